// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gopsutil-extra/procinfo"
)

// A table has its columns aligned.
type table struct {
	align string // 'l' or 'r' for each column
	rows  [][]string
}

// empty reports whether there is nothing below the heading.
func (t *table) empty() bool { return len(t.rows) < 2 }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write puts first before the first row and other before all others.
func (t *table) write(out *bufio.Writer, first, other string) {
	widths := make([]int, len(t.align))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	indent := first
	for _, row := range t.rows {
		out.WriteString(indent)
		indent = other
		for i, cell := range row {
			if i > 0 {
				out.WriteByte(' ')
			}
			space := widths[i] - utf8.RuneCountInString(cell)
			if t.align[i] == 'l' {
				out.WriteString(cell)
				if i == len(row)-1 {
					break
				}
				pad(out, space)
				continue
			}
			pad(out, space)
			out.WriteString(cell)
		}
		out.WriteByte('\n')
	}
}

func pad(out *bufio.Writer, n int) {
	for ; n > 0; n-- {
		out.WriteByte(' ')
	}
}

// all prints every process: as a table, or everything as JSON.
func (a *app) all() {
	var unread []error // of processes that are seen but not told about
	if a.json {
		for info, err := range procinfo.All() {
			if err != nil {
				unread = append(unread, err)
			} else if a.writeJSON(info) != nil {
				break
			}
		}
		a.unread(unread)
		return
	}

	type line struct {
		pid   int
		cells []string
	}
	var lines []line
	for info, err := range procinfo.All(procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldPgid,
		procinfo.FieldSid, procinfo.FieldSigmasks) {
		if err != nil {
			unread = append(unread, err)
			continue
		}
		// One limit costs far less than all of them.
		nofile, err := procinfo.GetRlimit(info.PID, procinfo.RLIMIT_NOFILE)
		if errors.Is(err, procinfo.ErrNoSuchProcess) {
			continue
		}
		lines = append(lines, line{info.PID, cells(info, nofile, err)})
	}
	slices.SortFunc(lines, func(x, y line) int { return x.pid - y.pid })
	t := &table{align: "rrrrrrllrrl"}
	t.add("PID", "PGID", "SID", "UMASK", "GROUPS", "NOFILE", "PENDING", "BLOCKED", "IGN", "CGT", "NAME")
	for _, l := range lines {
		t.add(l.cells...)
	}
	if !t.empty() {
		t.write(a.out, "", "")
	}
	a.unread(unread)
}

// unread reports processes that could not be read in one line, as with hidepid that can be nearly all.
func (a *app) unread(errs []error) {
	if len(errs) == 0 {
		return
	}
	var e *procinfo.Error
	if !errors.As(errs[0], &e) || e.PID < 0 {
		a.failf("%s", reason(errs[0]))
		return
	}
	if len(errs) == 1 {
		a.failf("%d: %s", e.PID, reason(e))
		return
	}
	a.failf("%d processes could not be read, such as %d: %s", len(errs), e.PID, reason(e))
}

// cells is a row of the table of all processes.
func cells(info procinfo.Info, nofile procinfo.Limits, nofileErr error) []string {
	cell := func(f procinfo.Field, text func() string) string {
		if err := info.Err(f); err != nil {
			return shortReason(err)
		}
		return text()
	}
	row := []string{
		strconv.Itoa(info.PID),
		cell(procinfo.FieldPgid, func() string { return strconv.Itoa(info.Pgid) }),
		cell(procinfo.FieldSid, func() string { return strconv.Itoa(info.Sid) }),
		cell(procinfo.FieldUmask, func() string { return fmt.Sprintf("%04o", info.Umask) }),
		cell(procinfo.FieldGroups, func() string { return strconv.Itoa(len(info.Groups)) }),
		nofile.String(),
	}
	if nofileErr != nil {
		row[len(row)-1] = shortReason(nofileErr)
	}
	for _, s := range []procinfo.SignalSet{info.Sigmasks.Pending, info.Sigmasks.Blocked} {
		row = append(row, cell(procinfo.FieldSigmasks, func() string { return fewSignals(s) }))
	}
	for _, s := range []procinfo.SignalSet{info.Sigmasks.Ignored, info.Sigmasks.Caught} {
		row = append(row, cell(procinfo.FieldSigmasks, func() string { return countSignals(s) }))
	}
	name := processName(info.PID)
	if name == "" {
		name = "-"
	}
	return append(row, name)
}

// shortReason is a word that fits a column.
func shortReason(err error) string {
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return "-"
	case errors.Is(err, procinfo.ErrAccessDenied):
		return "denied"
	case errors.Is(err, procinfo.ErrZombieProcess):
		return "zombie"
	case errors.Is(err, procinfo.ErrNoSuchProcess):
		return "gone"
	}
	return "error"
}

// fewSignals names signals as far as they fit a column, and counts the others.
func fewSignals(s procinfo.SignalSet) string {
	const fit = 15
	if !s.Known() {
		return "-"
	}
	text := s.String()
	if len(text) <= fit {
		return text
	}
	end := strings.LastIndexByte(text[:fit-len("+99")+1], ',')
	return text[:end] + "+" + strconv.Itoa(strings.Count(text[end:], ","))
}

func countSignals(s procinfo.SignalSet) string {
	if !s.Known() {
		return "-"
	}
	return strconv.Itoa(s.Len())
}
