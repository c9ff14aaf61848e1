// SPDX-License-Identifier: MIT

package main

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// A painter colours, or leaves alone.
type painter bool

// painterFor colours on a terminal that can, unless NO_COLOR (no-color.org) is set.
func painterFor(w io.Writer) painter {
	return painter(os.Getenv("NO_COLOR") == "" && canControl(w))
}

// canControl reports whether w is a terminal that knows escape sequences.
func canControl(w io.Writer) bool {
	if term := os.Getenv("TERM"); term == "" || term == "dumb" {
		return false
	}
	_, _, ok := window(w)
	return ok
}

// window returns the size of a terminal. It is not ok for anything else.
func window(w io.Writer) (rows, columns int, ok bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, 0, false
	}
	rows, columns, ok = windowSize(int(f.Fd()))
	if rows == 0 || columns == 0 { // a serial line
		rows, columns = 24, 80
	}
	return rows, columns, ok
}

func (p painter) heading(s string) string { return p.with("1", s) }  // bold
func (p painter) label(s string) string   { return p.with("36", s) } // cyan
func (p painter) warning(s string) string { return p.with("33", s) } // yellow
func (p painter) absent(s string) string  { return p.with("2", s) }  // dim

const paintEnd = "\x1b[0m"

func (p painter) with(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + paintEnd
}

// paintedWidth is the width of what may be painted.
func paintedWidth(s string) int {
	n := 0
	for s != "" {
		r, size := nextRune(s)
		if r >= 0 {
			n += runeWidth(r)
		}
		s = s[size:]
	}
	return n
}

// cut shortens a line, which may be painted, to so many columns.
func cut(line string, columns int) string {
	n := 0
	for at := 0; at < len(line); {
		r, size := nextRune(line[at:])
		if r >= 0 {
			if n += runeWidth(r); n > columns {
				line = line[:at]
				if strings.Contains(line, "\x1b") {
					line += paintEnd
				}
				return line
			}
		}
		at += size
	}
	return line
}

// nextRune returns the first rune of s and its size, -1 for one of our own escape sequences: others are never printed.
func nextRune(s string) (rune, int) {
	if s[0] == '\x1b' {
		return -1, strings.IndexByte(s, 'm') + 1
	}
	return utf8.DecodeRuneInString(s)
}
