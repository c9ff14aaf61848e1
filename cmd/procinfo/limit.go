// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/gopsutil-extra/procinfo"
)

// A setting is an argument of limit: what to set, or nothing, to show it.
type setting struct {
	resource   procinfo.Resource
	limits     procinfo.Limits
	soft, hard bool // which ones are given
}

// limit shows limits of a process, or sets them. It looks at all arguments before it does anything.
func (a *app) limit(args []string) error {
	if len(args) == 0 {
		return usagef("limit: no PID given")
	}
	if args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		a.out.WriteString(help)
		return nil
	}
	if isFlag(args[0]) {
		return noLimitFlags(args[0])
	}
	p, err := parsePID(args[0])
	if err != nil {
		return err
	}
	settings := make([]setting, len(args)-1)
	for i, arg := range args[1:] {
		if settings[i], err = parseSetting(arg); err != nil {
			return err
		}
	}
	lacking := false
	for _, s := range settings {
		if s.resource < 0 {
			a.failf("%s: %s", s.resource, reason(errors.ErrUnsupported))
			lacking = true
		}
	}
	if lacking {
		return nil
	}
	t := a.limitTable()
	if len(settings) == 0 {
		a.allLimits(t, p)
	} else {
		a.theseLimits(t, p, settings)
	}
	if !t.empty() {
		t.write(a.out, "", "")
	}
	return nil
}

// allLimits asks one by one, which is cheap and, on Linux, needs no procfs.
func (a *app) allLimits(t *table, p proc) {
	var err error
	for _, r := range procinfo.Resources() {
		var l procinfo.Limits
		l, err = procinfo.GetRlimit(p.pid, r)
		switch {
		case err == nil:
			t.limits(r, l)
		case !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, procinfo.ErrInvalidResource):
			a.failf("%s: %s", p.arg, reason(err))
			return
		}
	}
	if t.empty() {
		if err == nil {
			err = errors.ErrUnsupported
		}
		a.failf("%s: %s", p.arg, reason(err))
	}
}

func (a *app) theseLimits(t *table, p proc, settings []setting) {
	// The handle makes sure that all is set on one and the same process.
	handle, _ := os.FindProcess(p.pid)
	if handle != nil {
		defer handle.Release()
		// It knows our own PID namespace only. What HOST_PROC leads to can be another, of which the PID is.
		if _, err := procinfo.Getpgid(handle); errors.Is(err, procinfo.ErrNoSuchProcess) {
			handle = nil
		}
	}
	for _, s := range settings {
		var err error
		switch {
		case !s.soft && !s.hard:
			err = showLimit(t, p.pid, s.resource)
		case handle != nil:
			err = setLimit(t, handle, s)
		default:
			err = setLimit(t, p.pid, s)
		}
		if err != nil {
			a.failf("%s: %s: %s", p.arg, s.resource, reason(err))
		}
	}
}

func showLimit(t *table, pid int, r procinfo.Resource) error {
	l, err := procinfo.GetRlimit(pid, r)
	if err == nil {
		t.limits(r, l)
	}
	return err
}

func setLimit[P int | *os.Process](t *table, p P, s setting) error {
	limits := s.limits
	if !s.soft || !s.hard {
		now, err := procinfo.GetRlimit(p, s.resource)
		if err != nil {
			return err
		}
		if !s.soft {
			limits.Soft = now.Soft
		}
		if !s.hard {
			limits.Hard = now.Hard
		}
	}
	old, err := procinfo.Rlimit(p, s.resource, &limits)
	if errors.Is(err, errors.ErrUnsupported) {
		if _, readErr := procinfo.GetRlimit(p, s.resource); readErr == nil {
			return errOnlyRead
		}
	}
	if err != nil {
		return err
	}
	// The kernel may have rounded or capped it. If the process is gone by now, what it was given has to do.
	if now, err := procinfo.GetRlimit(p, s.resource); err == nil {
		limits = now
	}
	t.add(s.resource.String(), change(old.Soft, limits.Soft), change(old.Hard, limits.Hard), unit(s.resource))
	return nil
}

var errOnlyRead = errors.New("the limits of this process can be read, not set")

func change(old, now uint64) string { return limitText(old) + " -> " + limitText(now) }

// parseSetting reads NAME, or NAME= and SOFT, SOFT:, SOFT:HARD or :HARD. A single number is the soft limit: prlimit(1) would
// set both, but a hard limit lowered by mistake cannot be raised again.
func parseSetting(arg string) (setting, error) {
	name, value, set := strings.Cut(arg, "=")
	r, err := procinfo.ParseResource(name)
	if err != nil {
		if isFlag(arg) {
			return setting{}, noLimitFlags(arg)
		}
		return setting{}, usagef(`unknown resource "%s"`, name)
	}
	s := setting{resource: r}
	if !set {
		return s, nil
	}
	bad := usagef(`bad limit "%s": it is SOFT, SOFT:HARD or :HARD, of numbers or "unlimited"`, arg)
	soft, hard, _ := strings.Cut(value, ":")
	if soft == "" && hard == "" {
		return s, bad
	}
	ok := true
	if soft != "" {
		s.soft = true
		s.limits.Soft, ok = parseLimit(soft)
	}
	if hard != "" && ok {
		s.hard = true
		s.limits.Hard, ok = parseLimit(hard)
	}
	if !ok {
		return s, bad
	}
	if s.soft && s.hard && s.limits.Soft > s.limits.Hard {
		return s, usagef(`bad limit "%s": soft limit above hard limit`, arg)
	}
	return s, nil
}

func parseLimit(text string) (n uint64, ok bool) {
	if text == "unlimited" || text == "infinity" {
		return procinfo.Infinity, true
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

func limitText(n uint64) string {
	if n == procinfo.Infinity {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

func noLimitFlags(arg string) error { return usagef(`limit takes no flags: "%s"`, arg) }

func (a *app) limitTable() *table {
	t := &table{align: "lrrl"}
	t.add("RESOURCE", "SOFT", "HARD", "UNIT")
	if a.paint {
		t.paint = func(row, _ int, cell string) string {
			if row == 0 {
				return a.paint.heading(cell)
			}
			return cell
		}
	}
	return t
}

func (t *table) limits(r procinfo.Resource, l procinfo.Limits) {
	t.add(r.String(), limitText(l.Soft), limitText(l.Hard), unit(r))
}

// unit goes by name, as systems differ in which resources are the same number.
func unit(r procinfo.Resource) string {
	switch r.String() {
	case "CPU":
		return "seconds"
	case "RTTIME":
		return "microseconds"
	case "FSIZE", "DATA", "STACK", "CORE", "RSS", "MEMLOCK", "AS", "VMEM", "SBSIZE", "MSGQUEUE", "SWAP", "PIPEBUF":
		return "bytes"
	case "NPROC":
		return "processes"
	case "NOFILE":
		return "files"
	case "LOCKS", "UMTXP", "POSIXLOCKS":
		return "locks"
	case "SIGPENDING":
		return "signals"
	case "NPTS":
		return "terminals"
	case "KQUEUES":
		return "kqueues"
	case "VMM":
		return "machines"
	case "NTHR":
		return "threads"
	case "NICE", "RTPRIO":
		return "priority"
	}
	return ""
}
