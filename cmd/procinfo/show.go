// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gopsutil-extra/procinfo"
)

// show prints everything about some processes; without any, about the one that started us.
func (a *app) show(procs []proc) {
	if len(procs) == 0 {
		p, err := parent()
		if err != nil {
			a.failf("%s", reason(err))
			return
		}
		procs = []proc{p}
	}
	for i, p := range procs {
		info, err := procinfo.Get(p.pid)
		switch {
		case err != nil:
			a.failf("%s: %s", p.arg, reason(err))
		case a.json:
			a.writeJSON(info)
		default:
			if i > 0 {
				a.out.WriteByte('\n')
			}
			a.block(info)
		}
	}
}

// parent is the process that started us.
func parent() (proc, error) {
	if pid := os.Getppid(); pid > 0 {
		return proc{strconv.Itoa(pid), pid}, nil
	}
	if _, err := procinfo.Get(1); errors.Is(err, errors.ErrUnsupported) {
		return proc{}, err
	}
	return proc{}, errors.New("what started procinfo is of another PID namespace: name a PID")
}

func (a *app) writeJSON(info procinfo.Info) error {
	text, err := json.Marshal(info)
	if err != nil {
		a.failf("%d: %v", info.PID, err)
		return nil
	}
	_, err = a.out.Write(append(text, '\n'))
	return err
}

// block prints a process for reading.
func (a *app) block(info procinfo.Info) {
	fmt.Fprintf(a.out, "%d", info.PID)
	if name := processName(info.PID); name != "" {
		a.out.WriteString(" " + name)
	}
	a.out.WriteByte('\n')

	a.field(info, procinfo.FieldUmask, "umask", func() []string { return []string{fmt.Sprintf("%04o", info.Umask)} })
	a.field(info, procinfo.FieldGroups, "groups", func() []string { return a.groups.words(info.Groups) })
	a.field(info, procinfo.FieldPgid, "pgid", func() []string { return []string{strconv.Itoa(info.Pgid)} })
	a.field(info, procinfo.FieldSid, "sid", func() []string { return []string{strconv.Itoa(info.Sid)} })
	if err := info.Err(procinfo.FieldSigmasks); err != nil {
		a.line("signals", printable(reason(err)))
	} else {
		m := info.Sigmasks
		a.line("pending", signalWords(m.Pending)...)
		a.line("process pending", signalWords(m.ProcessPending)...)
		a.line("blocked", signalWords(m.Blocked)...)
		a.line("ignored", signalWords(m.Ignored)...)
		a.line("caught", signalWords(m.Caught)...)
	}
	if err := info.Err(procinfo.FieldRlimits); err != nil {
		a.line("limits", printable(reason(err)))
		return
	}
	t := limitTable()
	for _, r := range procinfo.Resources() {
		if l, ok := info.Rlimits[r]; ok {
			t.limits(r, l)
		}
	}
	t.write(a.out, label("limits")+" ", label("")+" ")
}

func (a *app) field(info procinfo.Info, f procinfo.Field, name string, words func() []string) {
	if err := info.Err(f); err != nil {
		a.line(name, printable(reason(err)))
		return
	}
	a.line(name, words()...)
}

func label(name string) string { return fmt.Sprintf("  %-15s", name) }

// line prints a field's value, wrapped between words.
func (a *app) line(name string, words ...string) {
	const width = 79
	text := label(name)
	for i, word := range words {
		if i > 0 && len(text)+1+len(word) > width {
			a.out.WriteString(text + "\n")
			text = label("")
		}
		text += " " + word
	}
	a.out.WriteString(text + "\n")
}

// signalWords tells a set without signals from one that is not known.
func signalWords(s procinfo.SignalSet) []string {
	if !s.Known() {
		return []string{"not reported by this system"}
	}
	return strings.Split(s.String(), ",")
}

// groupNames finds out how groups are called, but does not wait long for a directory service that may be slow or dead.
type groupNames struct {
	lookup func(id uint32) string
	known  map[uint32]string
	spent  time.Duration
}

const (
	groupsShown = 50
	groupsPause = time.Second // all look-ups together
)

// words has as many groups as are readable.
func (g *groupNames) words(ids []uint32) []string {
	if len(ids) == 0 {
		return []string{"none"}
	}
	var words []string
	for _, id := range ids[:min(len(ids), groupsShown)] {
		word := fmt.Sprint(id)
		if name := g.name(id); name != "" {
			word += "(" + name + ")"
		}
		words = append(words, word)
	}
	if more := len(ids) - groupsShown; more > 0 {
		words = append(words, fmt.Sprintf("and %d more (-json has all)", more))
	}
	return words
}

// name is empty if the group has none, or if it is not known in time.
func (g *groupNames) name(id uint32) string {
	if name, ok := g.known[id]; ok {
		return name
	}
	if g.known == nil {
		g.known = make(map[uint32]string)
	}
	if g.spent >= groupsPause {
		return ""
	}
	start := time.Now()
	found, lookup := make(chan string, 1), g.lookup
	go func() { found <- lookup(id) }()
	select {
	case g.known[id] = <-found:
	case <-time.After(groupsPause - g.spent):
	}
	g.spent += time.Since(start)
	return g.known[id]
}
