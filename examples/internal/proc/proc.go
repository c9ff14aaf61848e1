// SPDX-License-Identifier: MIT

// Package proc tells of a process what the examples need beside procinfo: its name, its user and, on Linux, how much it
// uses of what limits limit.
package proc

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Process is what one reading tells. Numbers that are not told are -1.
type Process struct {
	Name    string // as the kernel has it: any bytes, see Printable
	RealUID int64
	UID     int64 // the effective one
	Threads int64

	// Bytes, of the main thread's stack and of the whole address space. Kernel threads and zombies have none of these.
	AddressSpace, Data, Stack, Locked int64

	QueuedSignals int64 // of all processes of the real user
}

func unknown() Process {
	return Process{RealUID: -1, UID: -1, Threads: -1, AddressSpace: -1, Data: -1, Stack: -1, Locked: -1, QueuedSignals: -1}
}

// parseStatus reads Linux' /proc/PID/status. The process chooses its name, but not the line ends: in the name these are
// escaped.
func parseStatus(text []byte) Process {
	p := unknown()
	seen := make(map[string]bool) // a line counts the first time
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		key, value, _ := bytes.Cut(line, []byte(":\t"))
		if name := string(key); !seen[name] {
			seen[name] = true
			p.set(name, string(value))
		}
	}
	return p
}

func (p *Process) set(key, value string) {
	switch key {
	case "Name":
		p.Name = strings.NewReplacer(`\n`, "\n", `\\`, `\`).Replace(value)
	case "Uid":
		ids := strings.Fields(value)
		p.RealUID, p.UID = number(ids, 0), number(ids, 1)
	case "Threads":
		p.Threads = number(strings.Fields(value), 0)
	case "VmSize":
		p.AddressSpace = kilobytes(value)
	case "VmData":
		p.Data = kilobytes(value)
	case "VmStk":
		p.Stack = kilobytes(value)
	case "VmLck":
		p.Locked = kilobytes(value)
	case "SigQ":
		queued, _, _ := strings.Cut(value, "/")
		p.QueuedSignals = number([]string{queued}, 0)
	}
}

func number(words []string, i int) int64 {
	if i >= len(words) {
		return -1
	}
	n, err := strconv.ParseInt(words[i], 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

func kilobytes(value string) int64 {
	n := number(strings.Fields(value), 0)
	if n < 0 || n > 1<<53 {
		return -1
	}
	return n * 1024
}

// Printable escapes what could confuse or control a terminal, and what is no text: anybody may name a process, and with
// any bytes.
func Printable(s string) string {
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
