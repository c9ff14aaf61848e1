// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gopsutil-extra/procinfo"
)

// A row is what is known of one of all processes.
type row struct {
	info procinfo.Info
	err  error // why nothing is known of it but its PID

	identity
	nofile    procinfo.Limits
	nofileErr error
}

// fieldErr says why there is no such field.
func (r *row) fieldErr(f procinfo.Field) error {
	if r.err != nil {
		return r.err
	}
	return r.info.Err(f)
}

// A key is what rows are sorted by that have a value.
type key struct {
	number uint64
	text   string
}

func (k key) compare(l key) int {
	return cmp.Or(cmp.Compare(k.number, l.number), cmp.Compare(k.text, l.text))
}

// A column is one of the table of all processes.
type column struct {
	name  string
	align byte
	err   func(r *row) error // why there is no value
	cell  func(a *app, r *row) string
	key   func(r *row) key
}

func noErr(*row) error { return nil }

func field(f procinfo.Field) func(r *row) error { return func(r *row) error { return r.fieldErr(f) } }

// number is a column of numbers.
func number(name string, f procinfo.Field, value func(r *row) int) column {
	return column{name, 'r', field(f),
		func(_ *app, r *row) string { return strconv.Itoa(value(r)) },
		func(r *row) key { return key{number: uint64(value(r))} }}
}

// signals is a column of a set of signals, which is sorted by how many there are.
func signals(name string, align byte, set func(m *procinfo.Sigmasks) procinfo.SignalSet, text func(procinfo.SignalSet) string) column {
	err := func(r *row) error {
		if err := r.fieldErr(procinfo.FieldSigmasks); err != nil {
			return err
		}
		if !set(&r.info.Sigmasks).Known() {
			return errors.ErrUnsupported
		}
		return nil
	}
	return column{name, align, err,
		func(_ *app, r *row) string { return text(set(&r.info.Sigmasks)) },
		func(r *row) key { return key{number: uint64(set(&r.info.Sigmasks).Len())} }}
}

var columns = []column{
	{"PID", 'r', noErr,
		func(_ *app, r *row) string { return strconv.Itoa(r.info.PID) },
		func(r *row) key { return key{number: uint64(r.info.PID)} }},
	{"USER", 'l', func(r *row) error { return r.uidErr },
		func(a *app, r *row) string { return a.userName(r.uid) },
		func(r *row) key { return key{number: uint64(r.uid)} }},
	number("PGID", procinfo.FieldPgid, func(r *row) int { return r.info.Pgid }),
	number("SID", procinfo.FieldSid, func(r *row) int { return r.info.Sid }),
	{"UMASK", 'r', field(procinfo.FieldUmask),
		func(_ *app, r *row) string { return umaskText(r.info.Umask) },
		func(r *row) key { return key{number: uint64(r.info.Umask)} }},
	number("GROUPS", procinfo.FieldGroups, func(r *row) int { return len(r.info.Groups) }),
	{"NOFILE", 'r', func(r *row) error { return r.nofileErr },
		func(_ *app, r *row) string { return r.nofile.String() },
		func(r *row) key { return key{number: r.nofile.Soft} }},
	signals("PENDING", 'l', func(m *procinfo.Sigmasks) procinfo.SignalSet { return m.Pending }, fewSignals),
	signals("BLOCKED", 'l', func(m *procinfo.Sigmasks) procinfo.SignalSet { return m.Blocked }, fewSignals),
	signals("IGN", 'r', func(m *procinfo.Sigmasks) procinfo.SignalSet { return m.Ignored }, countSignals),
	signals("CGT", 'r', func(m *procinfo.Sigmasks) procinfo.SignalSet { return m.Caught }, countSignals),
	{"NAME", 'l', func(r *row) error { return r.nameErr },
		func(_ *app, r *row) string { return printable(r.name) },
		func(r *row) key { return key{text: r.name} }},
}

// The columns that are painted by what they say.
const (
	pendingColumn = "PENDING"
	umaskColumn   = "UMASK"
)

func columnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = strings.ToLower(c.name)
	}
	return names
}

// listAll prints every process: as a table, or everything as JSON.
func (a *app) listAll() (more bool) {
	fields := []procinfo.Field{procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks}
	if a.json {
		fields = nil // all of them
	}
	var rows []*row
	var unread []*row
	lacking := make([]error, len(a.filters)) // why a filter has not seen one value yet
	for info, err := range procinfo.All(fields...) {
		if err != nil && info.PID < 0 {
			a.failf("%s", reason(err))
			return false
		}
		r := &row{info: info, err: err, identity: identify(info.PID), nofileErr: err}
		if errors.Is(r.uidErr, procinfo.ErrNoSuchProcess) {
			continue // it has gone meanwhile
		}
		if err != nil {
			unread = append(unread, r)
		}
		if !a.pass(r, lacking) {
			continue
		}
		if err == nil && !a.json {
			// One limit costs far less than all of them.
			r.nofile, r.nofileErr = procinfo.GetRlimit(info.PID, procinfo.RLIMIT_NOFILE)
			if errors.Is(r.nofileErr, procinfo.ErrNoSuchProcess) {
				continue
			}
		}
		rows = append(rows, r)
	}
	a.sortRows(rows)
	if a.json {
		for _, r := range rows {
			if a.writeJSON(r.info, r.err) != nil {
				break
			}
		}
	} else {
		a.writeRows(rows)
	}
	a.reportLacking(lacking)
	a.unread(unread)
	return true
}

// reportLacking says which filters cannot let anything pass on this system.
func (a *app) reportLacking(lacking []error) {
	for i, f := range a.filters {
		if errors.Is(lacking[i], errors.ErrUnsupported) {
			a.failf("%s: %s", f.flag, reason(lacking[i]))
		}
	}
}

// pass asks all filters, so that it is known of each whether there are such values at all.
func (a *app) pass(r *row, lacking []error) bool {
	pass := true
	for i, f := range a.filters {
		ok, err := f.pass(r)
		switch {
		case err == nil:
			lacking[i] = errValueSeen
		case lacking[i] == nil:
			lacking[i] = err
		}
		pass = pass && ok && err == nil
	}
	return pass
}

var errValueSeen = errors.New("there are such values")

func (a *app) sortRows(rows []*row) {
	by := a.sort
	if by == nil {
		by = &columns[0]
	}
	slices.SortFunc(rows, func(x, y *row) int {
		order := 0
		switch xErr, yErr := by.err(x), by.err(y); {
		case xErr != nil && yErr == nil:
			return 1
		case xErr == nil && yErr != nil:
			return -1
		case xErr == nil:
			order = by.key(x).compare(by.key(y))
		}
		if a.descending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(x.info.PID, y.info.PID))
	})
}

func (a *app) writeRows(rows []*row) {
	t := &table{}
	var heading []string
	for _, c := range columns {
		t.align += string(c.align)
		heading = append(heading, c.name)
	}
	t.add(heading...)
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			if err := c.err(r); err != nil {
				cells[i] = shortReason(err)
			} else {
				cells[i] = c.cell(a, r)
			}
		}
		t.add(cells...)
	}
	if a.paint {
		t.paint = func(line, i int, cell string) string {
			if line == 0 {
				return a.paint.heading(cell)
			}
			switch c, r := columns[i], rows[line-1]; {
			case c.err(r) != nil:
				return a.paint.absent(cell)
			case c.name == pendingColumn && !r.info.Sigmasks.Pending.Empty(), c.name == umaskColumn && lax(r.info.Umask):
				return a.paint.warning(cell)
			}
			return cell
		}
	}
	if !t.empty() {
		t.write(a.out, "", "")
	}
}

// unread explains in one line why processes could not be read: as with hidepid, that can be nearly all of them.
func (a *app) unread(rows []*row) {
	if len(rows) == 0 {
		return
	}
	first := rows[0]
	for _, r := range rows {
		if !errors.Is(r.err, procinfo.ErrAccessDenied) {
			a.failed = true
			first = r
		}
	}
	if len(rows) == 1 {
		a.warnf("%d: %s", first.info.PID, reason(first.err))
		return
	}
	a.warnf("%d processes could not be read, such as %d: %s", len(rows), first.info.PID, reason(first.err))
}

// writeJSON prints a process, one that could not be read as if that were so of each of its fields.
func (a *app) writeJSON(info procinfo.Info, err error) error {
	var value any = info
	if err != nil {
		errs := make(map[string]string)
		for f := procinfo.FieldUmask; f <= procinfo.FieldRlimits; f++ {
			errs[f.String()] = reason(err)
		}
		value = struct {
			PID    int               `json:"pid"`
			Errors map[string]string `json:"errors"`
		}{info.PID, errs}
	}
	text, err := json.Marshal(value)
	if err != nil {
		a.failf("%d: %v", info.PID, err)
		return nil
	}
	_, err = a.out.Write(append(text, '\n'))
	return err
}

func umaskText(mask int) string { return fmt.Sprintf("%04o", mask) }

// lax is a umask with which files are made that others may write.
func lax(mask int) bool { return mask&0o022 != 0o022 }

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
	text := s.String()
	if len(text) <= fit {
		return text
	}
	end := strings.LastIndexByte(text[:fit-len("+99")+1], ',')
	return text[:end] + "+" + strconv.Itoa(strings.Count(text[end:], ","))
}

func countSignals(s procinfo.SignalSet) string { return strconv.Itoa(s.Len()) }
