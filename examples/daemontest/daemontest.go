// SPDX-License-Identifier: MIT

// Package daemontest helps the test of a daemon to make sure that the daemon left its parent's world in the state it
// should: umask, signal masks, session, groups and limits.
//
//	cmd := exec.Command("./mydaemon", "-foreground")
//	p := daemontest.Start(t, cmd)
//	daemontest.Check(t, p, daemontest.Want{
//		Umask:   daemontest.Is(0o027),
//		Session: daemontest.Is(p.Pid),
//		Blocked: procinfo.NewSignalSet(), // none
//		Caught:  procinfo.NewSignalSet(syscall.SIGHUP, syscall.SIGTERM),
//		Limits:  map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 4096, Hard: 4096}},
//	})
//
// A daemon that goes into the background by itself is found by its PID file: see [FromPIDFile].
package daemontest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
)

// Want is what a daemon should be like. What is left zero is not looked at.
type Want struct {
	Umask *int // see Is

	Session *int // the PID of a daemon that called setsid(2)
	Pgid    *int

	// Detached: neither the session nor the process group is that of the test, so no signal meant for the test, or for its
	// terminal, reaches the daemon. It is for daemons that are no session leaders, as after a second fork.
	Detached bool

	Groups []uint32 // the supplementary groups, in any order; []uint32{} is none

	// Blocked and Ignored are these signals and no others; procinfo.NewSignalSet() is none. On the BSDs and macOS, where the
	// ignored signals include those that do nothing by default, these may be ignored as well.
	Blocked, Ignored procinfo.SignalSet

	Caught procinfo.SignalSet // at least these: runtimes catch signals of their own

	Limits map[procinfo.Resource]procinfo.Limits // these resources only

	// Within is how long to wait for the daemon to become like this; by default 10 seconds.
	Within time.Duration
}

// Is returns the address of a value, to be wanted.
func Is[T any](v T) *T { return &v }

const (
	defaultWithin = 10 * time.Second
	pause         = 10 * time.Millisecond

	// minLooks are made even if the time is up, as on a busy machine much of it may have passed without us, or the daemon,
	// having run at all.
	minLooks = 20
)

// Start starts a command that is ended and waited for with the test. What it writes, unless cmd says where to, is shown if
// the test fails.
func Start(t testing.TB, cmd *exec.Cmd) *os.Process {
	t.Helper()
	// A file, as a pipe would stay open until the last of the daemon's children has ended.
	log, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if cmd.Stdout == nil {
		cmd.Stdout = log
	}
	if cmd.Stderr == nil {
		cmd.Stderr = log
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("daemontest: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // at once, or a daemon that has died would stay a zombie and look alive
	t.Cleanup(func() {
		cmd.Process.Kill()
		err := <-ended
		if !t.Failed() {
			return
		}
		text, _ := os.ReadFile(log.Name())
		t.Logf("daemontest: %s, process %d, ended: %v; its output:\n%s", cmd.Path, cmd.Process.Pid, err, text)
	})
	return cmd.Process
}

// FromPIDFile waits until a daemon has written its PID to a file, and returns it. The daemon is killed with the test.
//
// Remove the file before the daemon is started: the PID in an old one can be anybody's by now.
func FromPIDFile(t testing.TB, name string) *os.Process {
	t.Helper()
	w := newWait(0)
	for last := ""; ; {
		text, err := os.ReadFile(name)
		pid, ok := parsePID(string(text), last)
		if ok {
			p, err := os.FindProcess(pid)
			if err != nil {
				t.Fatalf("daemontest: %s: %v", name, err)
			}
			t.Cleanup(func() { end(t, p) })
			return p
		}
		last = string(text)
		if err == nil {
			err = fmt.Errorf("no PID in %q", text)
		}
		if !w.more() {
			t.Fatalf("daemontest: no PID file after %v: %v", w.passed(), err)
		}
	}
}

// parsePID reads a PID file. Without an end of line it may be half written, and counts only if it was the same before.
func parsePID(text, before string) (int, bool) {
	line, _, complete := strings.Cut(text, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	return pid, err == nil && pid > 1 && (complete || text == before)
}

// end kills a process that is not our child, and waits until it is gone, or a zombie that somebody else has to reap.
func end(t testing.TB, p *os.Process) {
	p.Kill()
	for w := newWait(0); ; {
		info, err := procinfo.Get(p, procinfo.FieldUmask, procinfo.FieldPgid)
		if err == nil {
			err = info.Err(procinfo.FieldUmask)
		}
		if errors.Is(err, os.ErrProcessDone) {
			return
		}
		if !w.more() {
			t.Logf("daemontest: process %d does not end", p.Pid)
			return
		}
	}
}

// Check waits until a process is as wanted. If that does not happen in time, it reports each difference as an error of the
// test. Call it when the daemon is ready to serve: an earlier state can be right by chance.
//
// What this system does not tell of a process is logged, and not compared.
func Check[P procinfo.Proc](t testing.TB, proc P, want Want) {
	t.Helper()
	w := newWait(want.Within)
	for {
		got, err := procinfo.Get(proc, want.fields()...)
		var wrong, untold []string
		if err == nil {
			wrong, untold, err = want.compare(got)
		}
		switch {
		case errors.Is(err, os.ErrProcessDone):
			t.Errorf("daemontest: process %d has ended", got.PID)
			return
		case errors.Is(err, errors.ErrUnsupported):
			untold, err = []string{"anything of this"}, nil
		}
		done := err == nil && len(wrong) == 0
		if !done && w.more() {
			continue
		}
		if err != nil {
			t.Errorf("daemontest: %v", err)
		}
		for _, text := range wrong {
			t.Errorf("daemontest: process %d after %v: %s", got.PID, w.passed(), text)
		}
		for _, text := range untold {
			t.Logf("daemontest: process %d: not compared, as %s does not tell: %s", got.PID, runtime.GOOS, text)
		}
		return
	}
}

// fields are what has to be known. The umask is among them in any case, as it is what a zombie no longer has.
func (want Want) fields() []procinfo.Field {
	fields := []procinfo.Field{procinfo.FieldUmask}
	for f, wanted := range map[procinfo.Field]bool{
		procinfo.FieldSid:      want.Session != nil || want.Detached,
		procinfo.FieldPgid:     want.Pgid != nil || want.Detached,
		procinfo.FieldGroups:   want.Groups != nil,
		procinfo.FieldSigmasks: want.Blocked.Known() || want.Ignored.Known() || want.Caught.Known(),
		procinfo.FieldRlimits:  want.Limits != nil,
	} {
		if wanted {
			fields = append(fields, f)
		}
	}
	return fields
}

// compare returns what is wrong, and what is wanted but cannot be known here.
func (want Want) compare(got procinfo.Info) (wrong, untold []string, err error) {
	// known tells whether to compare a field. An error that is not the system's ignorance ends it all.
	known := func(what string, f procinfo.Field) bool {
		switch e := got.Err(f); {
		case e == nil:
			return true
		case errors.Is(e, errors.ErrUnsupported):
			untold = append(untold, what)
		case err == nil:
			err = e
		}
		return false
	}
	differ := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }

	if errors.Is(got.Err(procinfo.FieldUmask), procinfo.ErrZombieProcess) {
		return nil, nil, got.Err(procinfo.FieldUmask)
	}
	if want.Umask != nil && known("umask", procinfo.FieldUmask) && got.Umask != *want.Umask {
		differ("umask is %04o, want %04o", got.Umask, *want.Umask)
	}
	if want.Session != nil && known("session", procinfo.FieldSid) && got.Sid != *want.Session {
		differ("session is %s, want %d", ofWhom(got.Sid, got.PID, "sid"), *want.Session)
	}
	if want.Pgid != nil && known("process group", procinfo.FieldPgid) && got.Pgid != *want.Pgid {
		differ("process group is %s, want %d", ofWhom(got.Pgid, got.PID, "pgid"), *want.Pgid)
	}
	if want.Detached && known("session", procinfo.FieldSid) && known("process group", procinfo.FieldPgid) {
		own, e := procinfo.Get(os.Getpid(), procinfo.FieldSid, procinfo.FieldPgid)
		if e != nil {
			return nil, nil, e
		}
		if got.Sid == own.Sid {
			differ("session is %d, that of the test, want another", got.Sid)
		}
		if got.Pgid == own.Pgid {
			differ("process group is %d, that of the test, want another", got.Pgid)
		}
	}
	if want.Groups != nil && known("groups", procinfo.FieldGroups) {
		have, wanted := sorted(got.Groups), sorted(want.Groups)
		if !slices.Equal(have, wanted) {
			differ("groups are %v, want %v", have, wanted)
		}
	}
	if (want.Blocked.Known() || want.Ignored.Known() || want.Caught.Known()) && known("signals", procinfo.FieldSigmasks) {
		for _, set := range []struct {
			name       string
			got, want  procinfo.SignalSet
			moreIsGood bool
		}{
			{"blocked", got.Sigmasks.Blocked, want.Blocked, false},
			{"ignored", got.Sigmasks.Ignored, want.Ignored, ignoredByDefault},
			{"caught", got.Sigmasks.Caught, want.Caught, true},
		} {
			switch missing, extra := without(set.want, set.got), without(set.got, set.want); {
			case !set.want.Known():
			case !set.got.Known():
				untold = append(untold, set.name+" signals")
			default:
				if !missing.Empty() {
					differ("not %s, but should be: %v", set.name, missing)
				}
				if !extra.Empty() && !set.moreIsGood {
					differ("%s, but should not be: %v", set.name, extra)
				}
			}
		}
	}
	if want.Limits != nil && known("limits", procinfo.FieldRlimits) {
		for _, r := range sortedKeys(want.Limits) {
			l, ok := got.Rlimits[r]
			switch {
			case !ok:
				untold = append(untold, fmt.Sprintf("limit %v", r))
			case l != want.Limits[r]:
				differ("limit %v is %v, want %v", r, l, want.Limits[r])
			}
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return wrong, slices.Compact(untold), nil
}

// ignoredByDefault: here the system counts what is ignored by default among what is ignored.
var ignoredByDefault = slices.Contains([]string{"darwin", "ios", "freebsd", "netbsd", "openbsd", "dragonfly"}, runtime.GOOS)

// ofWhom says of a session or process group that is the test's own how it came about.
func ofWhom(id, pid int, kind string) string {
	text := strconv.Itoa(id)
	own, err := procinfo.Getsid(os.Getpid())
	if kind == "pgid" {
		own, err = procinfo.Getpgid(os.Getpid())
	}
	switch {
	case id == pid:
		return text + " (its own)"
	case err == nil && id == own:
		return text + " (that of the test)"
	}
	return text
}

// without returns the signals of a that are not in b.
func without(a, b procinfo.SignalSet) procinfo.SignalSet {
	var left []procinfo.Signal
	for sig := range a.All() {
		if !b.Has(sig) {
			left = append(left, sig)
		}
	}
	return procinfo.NewSignalSet(left...)
}

func sorted(groups []uint32) []uint32 {
	list := slices.Clone(groups)
	slices.Sort(list)
	return list
}

func sortedKeys(limits map[procinfo.Resource]procinfo.Limits) []procinfo.Resource {
	var keys []procinfo.Resource
	for r := range limits {
		keys = append(keys, r)
	}
	slices.Sort(keys)
	return keys
}

// A wait is for something to happen in time.
type wait struct {
	start  time.Time
	within time.Duration
	looks  int
}

func newWait(within time.Duration) *wait {
	if within <= 0 {
		within = defaultWithin
	}
	return &wait{start: time.Now(), within: within}
}

// more pauses, and returns true, unless the time is up.
func (w *wait) more() bool {
	w.looks++
	if time.Since(w.start) > w.within && w.looks >= minLooks {
		return false
	}
	time.Sleep(pause)
	return true
}

func (w *wait) passed() time.Duration { return time.Since(w.start).Round(time.Millisecond) }
