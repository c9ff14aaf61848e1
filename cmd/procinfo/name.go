// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"
)

// processName is what the kernel calls a process, fit to print, or empty where that is not to be had cheaply.
func processName(pid int) string {
	if runtime.GOOS != "linux" && runtime.GOOS != "android" {
		return ""
	}
	root := os.Getenv("HOST_PROC")
	if root == "" {
		root = "/proc"
	}
	f, err := os.Open(root + "/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	defer f.Close()
	var buf [128]byte // 15 bytes, for kernel threads up to 63
	n, _ := f.Read(buf[:])
	return printable(strings.TrimSuffix(string(buf[:n]), "\n"))
}

// lookupGroup is empty for a group that has no name.
func lookupGroup(id uint32) string {
	g, err := user.LookupGroupId(strconv.FormatUint(uint64(id), 10))
	if err != nil {
		return ""
	}
	return printable(g.Name)
}

// printable escapes what could confuse or control a terminal: anybody may name a process, and with any bytes.
func printable(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			const hex = "0123456789abcdef"
			b.WriteString(`\x` + string(hex[s[0]>>4]) + string(hex[s[0]&15]))
		case r == '\\':
			b.WriteString(`\\`)
		case strconv.IsPrint(r):
			b.WriteString(s[:size])
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		s = s[size:]
	}
	return b.String()
}
