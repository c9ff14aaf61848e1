// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gopsutil-extra/procinfo"
)

// show prints everything about some processes, and tells whether there still are any.
func (a *app) show(procs []proc) (more bool) {
	for i, p := range procs {
		info, err := procinfo.Get(p.pid)
		more = more || !errors.Is(err, procinfo.ErrNoSuchProcess) && !errors.Is(err, errors.ErrUnsupported)
		switch {
		case err != nil:
			a.failf("%s: %s", p.arg, reason(err))
		case a.json:
			a.writeJSON(info, nil)
		default:
			if i > 0 {
				a.out.WriteByte('\n')
			}
			a.block(info)
		}
	}
	return more
}

// block prints a process for reading.
func (a *app) block(info procinfo.Info) {
	id := identify(info.PID)
	heading := strconv.Itoa(info.PID)
	if id.nameErr == nil && id.name != "" {
		heading += " " + printable(id.name)
	}
	a.out.WriteString(a.paint.heading(heading) + "\n")

	if id.uidErr == nil {
		a.line("user", a.users.idAndName(id.uid))
	}
	a.field(info, procinfo.FieldUmask, "umask", func() []string {
		text := umaskText(info.Umask)
		if lax(info.Umask) {
			text = a.paint.warning(text)
		}
		return []string{text}
	})
	a.field(info, procinfo.FieldGroups, "groups", func() []string { return a.groups.groupWords(info.Groups) })
	a.field(info, procinfo.FieldPgid, "pgid", func() []string { return []string{strconv.Itoa(info.Pgid)} })
	a.field(info, procinfo.FieldSid, "sid", func() []string { return []string{strconv.Itoa(info.Sid)} })
	if err := info.Err(procinfo.FieldSigmasks); err != nil {
		a.absent("signals", reason(err))
	} else {
		m := info.Sigmasks
		a.signals("pending", m.Pending, a.paint.warning)
		a.signals("process pending", m.ProcessPending, a.paint.warning)
		a.signals("blocked", m.Blocked, nil)
		a.signals("ignored", m.Ignored, nil)
		a.signals("caught", m.Caught, nil)
	}
	if err := info.Err(procinfo.FieldRlimits); err != nil {
		a.absent("limits", reason(err))
		return
	}
	t := a.limitTable()
	for _, r := range procinfo.Resources() {
		if l, ok := info.Rlimits[r]; ok {
			t.limits(r, l)
		}
	}
	t.write(a.out, a.paint.label(label("limits"))+" ", label("")+" ")
}

func (a *app) field(info procinfo.Info, f procinfo.Field, name string, words func() []string) {
	if err := info.Err(f); err != nil {
		a.absent(name, reason(err))
		return
	}
	a.line(name, words()...)
}

// signals tells a set without signals from one that is not known.
func (a *app) signals(name string, s procinfo.SignalSet, paint func(string) string) {
	if !s.Known() {
		a.absent(name, "not reported by this system")
		return
	}
	words := strings.Split(s.String(), ",")
	if paint != nil && s.Len() > 0 {
		for i := range words {
			words[i] = paint(words[i])
		}
	}
	a.line(name, words...)
}

// absent says why there is no value.
func (a *app) absent(name, why string) { a.line(name, a.paint.absent(printable(why))) }

func label(name string) string { return fmt.Sprintf("  %-15s", name) }

// line prints a field's value, wrapped between words.
func (a *app) line(name string, words ...string) {
	const room = 79
	a.out.WriteString(a.paint.label(label(name)))
	used := width(label(name))
	for i, word := range words {
		n := 1 + paintedWidth(word)
		if i > 0 && used+n > room {
			a.out.WriteString("\n" + label(""))
			used = width(label(""))
		}
		a.out.WriteString(" " + word)
		used += n
	}
	a.out.WriteByte('\n')
}
