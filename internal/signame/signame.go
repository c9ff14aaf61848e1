// SPDX-License-Identifier: MIT

// Package signame names signals as kill -l does: without SIG, and real-time signals by their place in the range.
package signame

import (
	"runtime"
	"strconv"
	"strings"
)

// Name returns the name of signal n on this system, or its number if it has none.
func Name(n int) string {
	if name := strings.TrimPrefix(nameOf(n), "SIG"); name != "" {
		return name
	}
	first, last := realTime(runtime.GOOS, runtime.GOARCH)
	switch half := (last - first - 1) / 2; {
	case n < first || n > last || first == 0:
		return strconv.Itoa(n)
	case n == first:
		return "RTMIN"
	case n == last:
		return "RTMAX"
	case n <= last-half-1:
		return "RTMIN+" + strconv.Itoa(n-first)
	default:
		return "RTMAX-" + strconv.Itoa(last-n)
	}
}

// Number returns the signal that s names, with or without SIG, in any case, or as a number from 1 to max.
func Number(s string, max int) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, 1 <= n && n <= max && s[0] != '+'
	}
	s = strings.TrimPrefix(Upper(s), "SIG")
	if n := numberOf("SIG" + s); n > 0 {
		return n, true
	}
	first, last := realTime(runtime.GOOS, runtime.GOARCH)
	if first == 0 {
		return 0, false
	}
	if s == "RTMIN" {
		return first, true
	}
	if s == "RTMAX" {
		return last, true
	}
	n := 0
	if by, ok := strings.CutPrefix(s, "RTMIN+"); ok {
		k, err := strconv.ParseUint(by, 10, 8)
		if err != nil {
			return 0, false
		}
		n = first + int(k)
	} else if by, ok := strings.CutPrefix(s, "RTMAX-"); ok {
		k, err := strconv.ParseUint(by, 10, 8)
		if err != nil {
			return 0, false
		}
		n = last - int(k)
	}
	return n, first <= n && n <= last
}

// Upper returns s in upper case, leaving alone what only other alphabets take for a letter of ours.
func Upper(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}, s)
}

// realTime returns the first and last real-time signal, 0 where there are none or they are not known. These are the
// numbers of the systems' signal.h; on Linux the C libraries keep 32 and 33 for themselves.
func realTime(goos, goarch string) (first, last int) {
	switch goos {
	case "linux", "android":
		if strings.HasPrefix(goarch, "mips") {
			return 34, 127
		}
		return 34, 64
	case "freebsd":
		return 65, 126
	case "netbsd":
		return 33, 63
	case "dragonfly":
		return 35, 126
	case "illumos":
		return 42, 74
	}
	return 0, 0
}
