// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"io"
	"os"
	"testing"
)

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"":                       0,
		"procinfo":               8,
		"größe":                  5,
		"gro\u0308\u00dfe":       5, // a combining mark
		"猫":                      2,
		"プロセス":                   8,
		"한글":                     4,
		"ｆｕｌｌ":                   8,
		"ｶﾅ":                     2, // half-width forms
		"😀":                      2,
		"\U00020000":             2,
		"кот ":                   4,
		printable("\x1b[2J\xff"): 11,
	} {
		if got := width(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
		if got := paintedWidth(painter(true).with("33", text)); got != want {
			t.Errorf("%q painted: %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	red := painter(true).with("31", "red猫")
	for _, test := range []struct {
		line    string
		columns int
		want    string
	}{
		{"", 5, ""},
		{"abcde", 5, "abcde"},
		{"abcdef", 5, "abcde"},
		{"猫猫猫", 6, "猫猫猫"},
		{"猫猫猫", 5, "猫猫"},
		{red, 5, red},
		{red, 4, "\x1b[31mred" + paintEnd},
		{red + "x", 5, red + paintEnd},
		{"x" + red, 1, "x\x1b[31m" + paintEnd},
	} {
		if got := cut(test.line, test.columns); got != test.want {
			t.Errorf("%q, %d: %q, want %q", test.line, test.columns, got, test.want)
		}
	}
}

// TestNoTerminal: what is no terminal is neither coloured nor drawn on, whatever the environment says.
func TestNoTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm-256color")
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, w := range []io.Writer{null, file, new(bytes.Buffer)} {
		if bool(painterFor(w)) || canControl(w) {
			t.Errorf("%T taken for a terminal", w)
		}
	}
}

func TestPainter(t *testing.T) {
	if got := painter(false).heading("x"); got != "x" {
		t.Errorf("%q", got)
	}
	if got := painter(true).heading("x"); got != "\x1b[1mx\x1b[0m" {
		t.Errorf("%q", got)
	}
	if got := painter(true).heading(""); got != "" {
		t.Errorf("%q", got)
	}
}
