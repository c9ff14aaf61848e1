// SPDX-License-Identifier: MIT

package proc

import (
	"strings"
	"testing"
)

func TestParseStatus(t *testing.T) {
	none := unknown()
	for _, test := range []struct {
		text string
		want func(*Process)
	}{
		{"", func(*Process) {}},
		{"Name:\tsshd\nUid:\t1\t2\t3\t4\nThreads:\t5\n", func(p *Process) { p.Name, p.RealUID, p.UID, p.Threads = "sshd", 1, 2, 5 }},
		{"VmSize:\t    5004 kB\nVmLck:\t 1 kB\nVmData:\t2 kB\nVmStk:\t3 kB\nSigQ:\t7/96364\n", func(p *Process) {
			p.AddressSpace, p.Locked, p.Data, p.Stack, p.QueuedSignals = 5004<<10, 1<<10, 2<<10, 3<<10, 7
		}},
		// What a process can call itself. The kernel escapes end of line and backslash.
		{"Name:\ta\\nUid:\t0\t0\t0\t0\nUid:\t9\t8\t7\t6\n", func(p *Process) { p.Name, p.RealUID, p.UID = "a\nUid:\t0\t0\t0\t0", 9, 8 }},
		{"Name:\t\\\\n\xff\n", func(p *Process) { p.Name = "\\n\xff" }},
		{"Name:\tUid:\t1\nName:\tb\nUid:\t5\t5\t5\t5\nUid:\t6\t6\t6\t6\n", func(p *Process) { p.Name, p.RealUID, p.UID = "Uid:\t1", 5, 5 }},
		{"Name:\t\nThreads:\t1", func(p *Process) { p.Threads = 1 }},
		// What makes no sense is not known.
		{"Uid:\t1\nThreads:\tx\nVmSize:\t-1 kB\nVmData:\nSigQ:\n", func(p *Process) { p.RealUID = 1 }},
		{"VmSize:\t99999999999999999999 kB\nVmData:\t9999999999999999 kB\nUid:\t4294967295\t4294967294\n",
			func(p *Process) { p.RealUID, p.UID = 4294967295, 4294967294 }},
	} {
		want := none
		test.want(&want)
		if got := parseStatus([]byte(test.text)); got != want {
			t.Errorf("%q:\n%+v, want\n%+v", test.text, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":               "",
		"tmux: server":   "tmux: server",
		"größe":          "größe",
		"a\nb\r\t\x00":   `a\nb\r\t\x00`,
		"\x1b[31mroot":   `\x1b[31mroot`,
		"\xffa\x80":      `\xffa\x80`,
		`a\nb`:           `a\\nb`,
		"\u202egpj.exe":  `\u202egpj.exe`,
		"\u009b2J\u00a0": `\u009b2J\u00a0`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte("Name:\ta\\nb\nUid:\t1\t2\t3\t4\nVmSize:\t 1 kB\nSigQ:\t1/2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := parseStatus(text)
		if p.UID < -1 || p.Threads < -1 || p.AddressSpace < -1 || p.QueuedSignals < -1 {
			t.Errorf("%+v", p)
		}
		if s := Printable(p.Name); strings.ContainsAny(s, "\n\r\t\x1b\x00") {
			t.Errorf("%q", s)
		}
	})
}
