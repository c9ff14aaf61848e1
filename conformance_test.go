// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
)

// The public functions, against this process and children whose state is known. What only one system has is in
// conformance_<os>_test.go.

func TestOwnProcess(t *testing.T) {
	truth := own(t)
	for _, f := range features {
		t.Run(f.name, func(t *testing.T) {
			need(t, f.name)
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []any{os.Getpid(), self} {
				got, err := f.by(p)
				if err != nil {
					t.Fatalf("%T: %v", p, err)
				}
				if want, ok := truth[f.name]; ok && got != want {
					t.Errorf("%T: got %s, want %s", p, got, want)
				}
			}
		})
	}
}

func sigs(numbers ...procinfo.Signal) procinfo.SignalSet { return procinfo.NewSignalSet(numbers...) }

// TestSignalsComeAndGo is the masks before and after blocking, sending and catching.
func TestSignalsComeAndGo(t *testing.T) {
	need(t, "sigmasks")
	needRealSignals(t)
	c := start(t, childState{Caught: []int{int(sigUSR2)}})
	// The child is a Go program, whose runtime blocks signals for moments; NetBSD shows that of any thread.
	check := func(when string, pending, blocked, caught procinfo.SignalSet) {
		t.Helper()
		var m procinfo.Sigmasks
		for try := 0; try < 100; try++ {
			var err error
			if m, err = procinfo.GetSigmasks(c.Pid); err != nil {
				t.Fatal(err)
			}
			if runtime.GOOS == "openbsd" && m.Caught.Has(32) { // libc's own, which it catches once there are threads
				caught = sigs(sigUSR2, 32)
			}
			if m.Pending == pending && m.Blocked == blocked && m.Caught == caught {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%s: pending %v, blocked %v, caught %v; want %v, %v, %v",
			when, m.Pending, m.Blocked, m.Caught, pending, blocked, caught)
	}
	check("at first", sigs(), sigs(), sigs(sigUSR2))
	c.tell(t, "block", int(sigUSR1))
	check("USR1 blocked", sigs(), sigs(sigUSR1), sigs(sigUSR2))
	c.tell(t, "thread-kill", int(sigUSR1))
	check("USR1 sent", sigs(sigUSR1), sigs(sigUSR1), sigs(sigUSR2))
	c.tell(t, "thread-kill", int(sigUSR2)) // is caught at once
	check("USR2 sent", sigs(sigUSR1), sigs(sigUSR1), sigs(sigUSR2))
	fmt.Fprintln(c.in, "unblock") // USR1 takes its default action: it kills
	waitZombie(t, c.Pid)
	m, err := procinfo.GetSigmasks(c.Pid)
	if !promises("sigmasks of a zombie") {
		wantKind(t, err, "zombie")
	} else if err != nil || !m.Pending.Empty() {
		t.Errorf("pending in the zombie: %v, %v", m.Pending, err)
	}
}

func TestNoSuchProcess(t *testing.T) {
	gone := start(t, childState{})
	gone.stop()
	for _, p := range []any{-1, math.MinInt32, gone.Pid, gone.Process, (*os.Process)(nil), &os.Process{}, 0, math.MaxInt32} {
		if p == 0 && runtime.GOOS != "linux" {
			continue // the kernel's own process
		}
		for _, f := range features {
			if !promises(f.name) {
				continue
			}
			_, err := f.by(p)
			wantKind(t, err, "no such process")
			if !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("%s %v: %v does not match os.ErrProcessDone", f.name, p, err)
			}
			pid, _ := p.(int)
			procinfo.Oneshot(pid, func() error {
				for range 2 {
					_, err := f.by(p)
					wantKind(t, err, "no such process")
				}
				return nil
			})
		}
	}
	// Cut to 32 bits these would be process 1.
	for _, pid := range []int64{1<<32 + 1, -1<<32 + 1} {
		if int64(int(pid)) == pid {
			_, err := procinfo.Getpgid(int(pid))
			wantKind(t, err, "no such process")
		}
	}
}

func TestInvalidArguments(t *testing.T) {
	need(t, "set rlimit")
	c := start(t, childState{})
	before, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE)
	if err != nil {
		t.Fatal(err)
	}
	_, err = procinfo.Rlimit(c.Pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 5, Hard: 4})
	wantKind(t, err, "invalid limits")
	_, err = procinfo.Rlimit(c.Pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: procinfo.Infinity, Hard: 4})
	wantKind(t, err, "invalid limits")
	resources := []procinfo.Resource{99, math.MaxInt32, -99, math.MinInt32}
	if big := int64(1)<<32 + int64(procinfo.RLIMIT_NOFILE); int64(int(big)) == big {
		resources = append(resources, procinfo.Resource(big)) // NOFILE in 32 bits
	}
	for _, r := range resources {
		_, err = procinfo.GetRlimit(c.Pid, r)
		wantKind(t, err, "invalid resource")
		_, err = procinfo.Rlimit(c.Pid, r, &before)
		wantKind(t, err, "invalid resource")
	}
	after, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE)
	if err != nil || after != before {
		t.Errorf("limits were %v and are %v, %v", before, after, err)
	}
}

// TestSetRlimit lowers and raises limits of a child, and reads back every time.
func TestSetRlimit(t *testing.T) {
	need(t, "set rlimit")
	c := start(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 50, Hard: 100}}})
	now := procinfo.Limits{Soft: 50, Hard: 100}
	if !mayLimitOthers() {
		_, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 1, Hard: 2})
		wantKind(t, err, "denied")
		t.Skip("this user can set no limits but its own")
	}
	for _, next := range []procinfo.Limits{{Soft: 100, Hard: 100}, {Soft: 20, Hard: 90}, {Soft: 90, Hard: 90}, {Soft: 0, Hard: 10}} {
		procinfo.Oneshot(c.Pid, func() error {
			old, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_NOFILE, &next)
			if err != nil || old != now {
				t.Errorf("set %v: old %v, %v; want %v", next, old, err, now)
			}
			if got, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE); err != nil || got != next {
				t.Errorf("after setting %v: %v, %v", next, got, err)
			}
			return nil
		})
		now = next
	}
	// An unlimited hard limit with a finite soft one is sound; whether raising is allowed is up to privilege.
	core := procinfo.RLIMIT_CORE
	limits := procinfo.Limits{Soft: 1, Hard: procinfo.Infinity}
	if _, err := procinfo.Rlimit(c.Pid, core, &limits); err != nil {
		wantKind(t, err, "denied")
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v does not match fs.ErrPermission", err)
		}
	} else if got, err := procinfo.GetRlimit(c.Pid, core); err != nil || got != limits {
		t.Errorf("after setting %v: %v, %v", limits, got, err)
	}
}

func TestZombie(t *testing.T) {
	need(t, "pgid")
	c := still(t, childState{Umask: 0o27, Setpgid: true})
	before := reportOf(c.Pid)
	send(t, c.Pid, 9)
	waitZombie(t, c.Pid)
	after := reportOf(c.Pid)
	if promises("umask") && after["umask"] != "!zombie" {
		t.Errorf("umask of a zombie: %s", after["umask"])
	}
	for _, name := range []string{"groups", "pgid", "sid"} {
		if name != "pgid" && promises(name) && !promises(name+" of a zombie") {
			before[name] = "!zombie"
		}
		if promises(name) && after[name] != before[name] {
			t.Errorf("%s was %s, and is %s of the zombie", name, before[name], after[name])
		}
	}
	limits := "!zombie" // but Linux keeps them
	if promises("rlimit of a zombie") {
		limits = before["rlimit"]
	}
	if promises("rlimit") && after["rlimit"] != limits {
		t.Errorf("rlimit was %s, and is %s of the zombie", before["rlimit"], after["rlimit"])
	}
	info, err := procinfo.Get(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if promises("umask") {
		wantKind(t, info.Err(procinfo.FieldUmask), "zombie")
	} else {
		wantKind(t, info.Err(procinfo.FieldUmask), "unsupported")
	}
	wantKind(t, info.Err(procinfo.FieldPgid), "")
}

// TestAll finds a child once, and this process.
func TestAll(t *testing.T) {
	need(t, "pgid")
	c := start(t, childState{Umask: 0o26})
	seen := map[int]int{}
	for info, err := range procinfo.All() {
		if err != nil {
			wantKind(t, err, "denied")
			continue
		}
		seen[info.PID]++
		if info.PID == c.Pid && seesUmask() && info.Umask != 0o26 {
			t.Errorf("child's umask is %04o", info.Umask)
		}
	}
	if seen[c.Pid] != 1 || seen[os.Getpid()] != 1 {
		t.Errorf("child seen %d times, this process %d times", seen[c.Pid], seen[os.Getpid()])
	}
	for info := range procinfo.All(procinfo.FieldPgid) {
		if info.Err(procinfo.FieldUmask) == nil || info.Err(procinfo.FieldRlimits) == nil {
			t.Fatal("a field that was not asked for has no error")
		}
		break // and the rest is not read
	}
}
