// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const manual = "procinfo.1"

// TestManual compares the options and columns of the manual page with those that exist, and each option's value.
func TestManual(t *testing.T) {
	page, err := os.ReadFile(manual)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("not among the sources")
	}
	if err != nil {
		t.Fatal(err)
	}
	valued := make(map[string]bool)
	var options, columns, synopsis []string
	section := ""
	for line := range strings.Lines(string(page)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == ".Sh" || f[0] == ".Ss":
			section = f[1]
		case section == "DESCRIPTION" && f[0] == ".It":
			for i, word := range f {
				if word == "Fl" {
					options = append(options, f[i+1])
					valued[f[i+1]] = i+2 < len(f) && f[i+2] == "Ar"
				}
			}
		case section == "SYNOPSIS" && (f[0] == ".Fl" || f[0] == ".Op" && f[1] == "Fl"):
			synopsis = append(synopsis, f[slices.IndexFunc(f, func(s string) bool { return strings.HasSuffix(s, "Fl") })+1])
		case section == "Columns" && f[0] == ".It":
			columns = append(columns, strings.ToLower(f[1]))
		}
	}
	var flagNames []string
	for _, f := range flags() {
		flagNames = append(flagNames, f.name)
		if valued[f.name] != (f.value != "") {
			t.Errorf("-%s: that it takes a value is %v, in the manual %v", f.name, f.value != "", valued[f.name])
		}
		if about := f.name == "h" || f.name == "help" || f.name == "version"; about == slices.Contains(synopsis, f.name) {
			t.Errorf("-%s: in the synopsis of the manual: %v", f.name, !about)
		}
		if f.name != "help" && !strings.Contains(help, "-"+f.name) {
			t.Errorf("-h does not tell of -%s", f.name)
		}
	}
	slices.Sort(flagNames)
	if !slices.Equal(options, flagNames) {
		t.Errorf("the manual has %q, sorted flags are %q", options, flagNames)
	}
	if !slices.Equal(columns, columnNames()) {
		t.Errorf("the manual has the columns %q, not %q", columns, columnNames())
	}
}

// TestManualLint is for machines that have mandoc(1).
func TestManualLint(t *testing.T) {
	path, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat(manual); err != nil {
		t.Skip(err)
	}
	out, err := exec.Command(path, "-T", "lint", "-W", "style", manual).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		// Which other pages there are, and in what order its index is, are the machine's affairs.
		if !strings.Contains(line, "mandoc.db") && !strings.Contains(line, "referenced manual not found") {
			t.Errorf("%s", line)
		}
	}
	if err != nil && len(out) == 0 {
		t.Error(err)
	}
}
