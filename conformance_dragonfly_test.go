// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["drop"] = func(args []string) any { return asNobody(args) }
	roles["jailed"] = func(args []string) any { return fromJail(args) }
	roles["own-limits"] = func([]string) any { return changeOwnLimits() }
	roles["leader"] = func([]string) any { return leaveOrphan() }
	roles["orphan"] = func([]string) any { os.Stdin.Read(make([]byte, 1)); return nil }
}

func number(n int) string { return strconv.Itoa(n) }

// TestDragonFlyStates has still children in every state that a process can put itself into.
func TestDragonFlyStates(t *testing.T) {
	checkLeaks(t)
	many := []uint32{9, 3, 9, 0, 4294967290, 2147483648, 3000000000, 7, 8, 1, 2, 4, 5, 6, 65536}
	signals := childState{
		Blocked: []int{1, 35, 64, 65, 97, 125, 126, 127, 128}, Caught: []int{15, 16, 64, 66, 126}, Ignored: []int{2, 13, 19, 90},
	}
	for _, tt := range []struct {
		name  string
		state childState
		after func(t *testing.T, c *child)
		want  func(c *child) report
	}{
		{
			name:  "no groups but the effective one",
			state: childState{User: &user{12345, 23456, nil}},
			want:  func(*child) report { return report{"groups": "[23456]"} },
		},
		{
			name:  "sixteen groups, twice and in disorder",
			state: childState{User: &user{12345, 23456, many}},
			want:  func(*child) report { return report{"groups": fmt.Sprint(append([]uint32{23456}, many...))} },
		},
		{
			name:  "root with groups",
			state: childState{User: &user{0, 0, []uint32{0, 5, 0}}},
			want:  func(*child) report { return report{"groups": "[0 0 5 0]"} },
		},
		{
			name: "as this process",
			want: func(*child) report {
				truth := own(t)
				delete(truth, "rlimit") // set below, where it is still that of before Go raised it
				return truth
			},
		},
		{
			name: "another user",
			state: childState{
				User: &user{12345, 23456, []uint32{1, 2}}, Setsid: true, Blocked: []int{1, 65}, Caught: []int{66}, Ignored: []int{2},
			},
			want: func(c *child) report {
				return report{
					"groups": "[23456 1 2]", "pgid": number(c.Pid), "sid": number(c.Pid),
					"sigmasks": fmt.Sprint(procinfo.Sigmasks{
						Pending: sigs(), Blocked: sigs(1, 65), Ignored: ignoredSet([]int{2}, nil), Caught: sigs(66), ProcessPending: sigs(),
					}),
				}
			},
		},
		{
			name:  "own process group",
			state: childState{Setpgid: true},
			want:  func(c *child) report { return report{"pgid": number(c.Pid), "sid": own(t)["sid"]} },
		},
		{
			name:  "own session",
			state: childState{Setsid: true},
			want:  func(c *child) report { return report{"pgid": number(c.Pid), "sid": number(c.Pid)} },
		},
		{
			name:  "no signal handled at all",
			state: childState{Caught: []int{}},
			want: func(*child) report {
				return report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
					Pending: sigs(), Blocked: sigs(), Ignored: ignoredSet(nil, nil), Caught: sigs(), ProcessPending: sigs(),
				})}
			},
		},
		{
			name:  "signals",
			state: signals,
			after: func(t *testing.T, c *child) {
				send(t, c.Pid, 1)
				send(t, c.Pid, 64)
				send(t, c.Pid, 97)
				send(t, c.Pid, 126)
				send(t, c.Pid, 90) // ignored: thrown away
				sendToThread(t, c.Pid, c.Pid, 65)
				sendToThread(t, c.Pid, c.Pid, 125)
			},
			want: func(*child) report {
				return report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
					Pending: sigs(1, 64, 65, 97, 125, 126), ProcessPending: sigs(1, 64, 97, 126),
					Blocked: sigs(1, 35, 64, 65, 97, 125, 126, 127, 128),
					Ignored: ignoredSet(signals.Ignored, signals.Caught), Caught: sigs(15, 16, 64, 66, 126),
				})}
			},
		},
		{
			name:  "SIGCONT ignored shows as if it were not",
			state: childState{Caught: []int{}, Ignored: []int{19}},
			want: func(*child) report {
				return report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
					Pending: sigs(), Blocked: sigs(), Ignored: ignoredSet(nil, nil), Caught: sigs(), ProcessPending: sigs(),
				})}
			},
		},
		{
			name: "limits",
			state: childState{Limits: map[procinfo.Resource]procinfo.Limits{
				procinfo.RLIMIT_NOFILE: {Soft: 17, Hard: 64},
			}},
			want: func(*child) report { return report{"rlimit": "17:64"} },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.state.User != nil {
				needRoot(t)
			}
			if tt.state.Limits != nil {
				needProcfs(t)
			}
			c := still(t, tt.state)
			if tt.after != nil {
				tt.after(t, c)
			}
			want := tt.want(c)
			want["umask"] = "!unsupported"
			checkEverywhere(t, c.Pid, c.Process, want)

			// Nothing but the state can be told of a stopped process.
			send(t, c.Pid, unix.SIGSTOP)
			waitStopped(t, c.Pid)
			checkEverywhere(t, c.Pid, c.Process, want)
			send(t, c.Pid, unix.SIGCONT)

			// As a zombie it keeps all but its limits and what was pending.
			masks, err := procinfo.GetSigmasks(c.Pid)
			if err != nil {
				t.Fatal(err)
			}
			first := firstThread(t, c.Pid)
			send(t, c.Pid, unix.SIGKILL)
			waitZombie(t, c.Pid)
			masks.Pending, masks.ProcessPending = sigs(), sigs()
			if first != 1 {
				masks.Blocked = procinfo.SignalSet{} // the kernel does not tell whether that thread was the first
			}
			want["rlimit"], want["sigmasks"] = "!zombie", fmt.Sprint(masks)
			checkEverywhere(t, c.Pid, c.Process, want)
			_, err = procinfo.Rlimit(c.Pid, procinfo.RLIMIT_CORE, &procinfo.Limits{})
			wantKind(t, err, "unsupported")

			c.Process.Wait()
			for name := range want {
				if name != "umask" {
					want[name] = "!no such process"
				}
			}
			for _, f := range features {
				if truth := want[f.name]; truth != "" && f.name != "umask" {
					if got := truthOf(f.by, c.Pid); got != truth {
						t.Errorf("reaped: %s: %s", f.name, got)
					}
					if got := truthOf(f.by, c.Process); got != truth {
						t.Errorf("reaped, by handle: %s: %s", f.name, got)
					}
				}
			}
			_, err = procinfo.Get(c.Pid)
			wantKind(t, err, "no such process")
			_, err = procinfo.Rlimit(c.Pid, procinfo.RLIMIT_CORE, &procinfo.Limits{})
			wantKind(t, err, "no such process")
		})
	}
}

// TestDragonFlyGroups has children in one group to sixteen, which are all that the kernel keeps.
func TestDragonFlyGroups(t *testing.T) {
	needRoot(t)
	for n := range 16 {
		groups := make([]uint32, n)
		for i := range groups {
			groups[i] = math.MaxUint32 - uint32(1+3*i*i)%50 // some of them twice
		}
		u := user{0, uint32(100 + n), groups}
		c := still(t, childState{User: &u})
		if got, err := procinfo.GetGroups(c.Pid); err != nil || !slices.Equal(got, groupList(&u)) {
			t.Errorf("got %v, %v; want %v", got, err, groupList(&u))
		}
		c.stop()
	}
}

// TestDragonFlySignals has every signal pending that can be, by turns in the queue of the process and of its thread.
func TestDragonFlySignals(t *testing.T) {
	s := childState{Caught: []int{}}
	for sig := 1; sig <= lastSignal; sig++ {
		if sig != int(unix.SIGKILL) && sig != int(unix.SIGSTOP) {
			s.Blocked, s.Caught = append(s.Blocked, sig), append(s.Caught, sig)
		}
	}
	c := still(t, s)
	all := sigs()
	for _, sig := range s.Blocked {
		all = sigs(append(slices.Collect(all.All()), procinfo.Signal(sig))...)
	}
	var onProcess, pending []procinfo.Signal
	for _, sig := range s.Blocked {
		sig := procinfo.Signal(sig)
		if sig == unix.SIGCONT || sig > 126 { // takes those that stop out of the queue; see lastSignal
			continue
		}
		pending = append(pending, sig)
		if sig%2 == 0 {
			onProcess = append(onProcess, sig)
			send(t, c.Pid, sig)
		} else {
			sendToThread(t, c.Pid, c.Pid, sig)
		}
		want := procinfo.Sigmasks{
			Pending: sigs(pending...), ProcessPending: sigs(onProcess...), Blocked: all, Caught: all, Ignored: sigs(),
		}
		if got, err := procinfo.GetSigmasks(c.Pid); err != nil || got != want {
			t.Fatalf("after %v: got %v, %v; want %v", sig, got, err, want)
		}
	}
}

// TestDragonFlyForkOfThread: the child of a thread that is not the first of its process goes on with that one's number.
func TestDragonFlyForkOfThread(t *testing.T) {
	s := childState{Caught: []int{}, Blocked: []int{1, 65, 97}}
	var c *child
	onOtherThread(func() { c = still(t, s) })
	if c == nil {
		return
	}
	if first := firstThread(t, c.Pid); first == 1 {
		t.Fatal("it is thread 1")
	}
	send(t, c.Pid, 1)
	sendToThread(t, c.Pid, c.Pid, 97)
	masks := procinfo.Sigmasks{
		Pending: sigs(1, 97), ProcessPending: sigs(1), Blocked: sigs(1, 65, 97), Caught: sigs(), Ignored: ignoredSet(nil, nil),
	}
	checkEverywhere(t, c.Pid, c.Process, report{"sigmasks": fmt.Sprint(masks)})
	send(t, c.Pid, unix.SIGKILL)
	waitZombie(t, c.Pid)
	masks.Pending, masks.ProcessPending, masks.Blocked = sigs(), sigs(), procinfo.SignalSet{}
	checkEverywhere(t, c.Pid, c.Process, report{"sigmasks": fmt.Sprint(masks)})
}

// TestDragonFlyThreads: of several LWPs it is the first that counts, whatever the others block and have pending.
func TestDragonFlyThreads(t *testing.T) {
	checkLeaks(t)
	c := start(t, childState{Caught: []int{int(sigUSR2)}})
	check := func(when string, pending, blocked procinfo.SignalSet) {
		t.Helper()
		want := report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
			Pending: pending, Blocked: blocked, ProcessPending: sigs(),
			Caught: sigs(sigUSR2), Ignored: ignoredSet(nil, []int{int(sigUSR2)}),
		})}
		t.Log(when)
		checkEverywhere(t, c.Pid, c.Process, want)
	}
	check("at first", sigs(), sigs())
	c.tell(t, "block", int(sigUSR1), 64)
	c.tell(t, "other-thread", 65, int(sigUSR2), 3) // not one that is ignored by default: that would be thrown away
	check("65 pending on another thread", sigs(), sigs(sigUSR1, 64))
	for range 8 {
		c.tell(t, "other-thread", 66, 2)
	}
	check("and on eight more", sigs(), sigs(sigUSR1, 64))
	c.tell(t, "thread-kill", int(sigUSR1))
	check("USR1 pending on the first", sigs(sigUSR1), sigs(sigUSR1, 64))

	// A zombie of several LWPs was left with any of them.
	before := reportOf(c.Pid)
	send(t, c.Pid, unix.SIGKILL)
	waitZombie(t, c.Pid)
	after := reportOf(c.Pid)
	for _, name := range []string{"groups", "pgid", "sid"} {
		if after[name] != before[name] {
			t.Errorf("%s was %s, and is %s of the zombie", name, before[name], after[name])
		}
	}
	m, err := procinfo.GetSigmasks(c.Pid)
	if err != nil || !m.Pending.Empty() || !m.ProcessPending.Empty() || m.Caught != sigs(sigUSR2) || m.Ignored != ignoredSet(nil, []int{int(sigUSR2)}) {
		t.Errorf("zombie: %v, %v", m, err)
	}
	if m.Blocked.Known() && m.Blocked != sigs(sigUSR1, 64) {
		t.Errorf("blocked in the zombie: %v", m.Blocked)
	}
}

// TestDragonFlyLimits: every limit of another process, and what a Oneshot remembers.
func TestDragonFlyLimits(t *testing.T) {
	checkLeaks(t)
	needProcfs(t)
	limits := map[procinfo.Resource]procinfo.Limits{
		procinfo.RLIMIT_CPU:        {Soft: 1000, Hard: 2000},
		procinfo.RLIMIT_FSIZE:      {Soft: 0, Hard: 1 << 40},
		procinfo.RLIMIT_DATA:       {Soft: 1 << 26, Hard: 1 << 27},
		procinfo.RLIMIT_STACK:      {Soft: 1 << 22, Hard: 1 << 23},
		procinfo.RLIMIT_CORE:       {Soft: 0, Hard: procinfo.Infinity},
		procinfo.RLIMIT_RSS:        {Soft: 1<<32 - 1, Hard: 1 << 32},
		procinfo.RLIMIT_MEMLOCK:    {Soft: 1, Hard: 4096},
		procinfo.RLIMIT_NPROC:      {Soft: 50, Hard: 60},
		procinfo.RLIMIT_NOFILE:     {Soft: 17, Hard: 64},
		procinfo.RLIMIT_SBSIZE:     {Soft: 123456789012, Hard: procinfo.Infinity},
		procinfo.RLIMIT_VMEM:       {Soft: 1<<63 - 2, Hard: procinfo.Infinity},
		procinfo.RLIMIT_POSIXLOCKS: {Soft: 3, Hard: 7},
	}
	for r, l := range limits {
		if now, err := ownLimit(int(r)); err != nil || l.Hard > now.Hard && os.Getuid() != 0 {
			delete(limits, r) // not allowed here
		}
	}
	c := still(t, childState{Limits: limits})
	if n := len(procinfo.Resources()); n != 12 {
		t.Errorf("%d resources", n)
	}
	info, err := procinfo.Get(c.Pid, procinfo.FieldRlimits)
	if err != nil || len(info.Rlimits) != 12 {
		t.Fatalf("Get: %v, %v", info.Rlimits, err)
	}
	for _, r := range procinfo.Resources() {
		want, ok := limits[r]
		if !ok {
			if r == procinfo.RLIMIT_NOFILE || r == procinfo.RLIMIT_DATA || r == procinfo.RLIMIT_STACK || r == procinfo.RLIMIT_MEMLOCK {
				continue // what Go may have changed, or the kernel does
			}
			if want, err = ownLimit(int(r)); err != nil {
				t.Fatal(err)
			}
		}
		check := func(how string, got procinfo.Limits, err error) {
			t.Helper()
			if err != nil || got != want {
				t.Errorf("%v, %s: got %v, %v; want %v", r, how, got, err, want)
			}
		}
		got, err := procinfo.GetRlimit(c.Pid, r)
		check("by PID", got, err)
		got, err = procinfo.GetRlimit(c.Process, r)
		check("by handle", got, err)
		got, err = procinfo.Rlimit(c.Pid, r, nil)
		check("Rlimit", got, err)
		check("Get", info.Rlimits[r], nil)
		procinfo.Oneshot(c.Pid, func() error {
			for range 2 {
				got, err := procinfo.GetRlimit(c.Pid, r)
				check("Oneshot", got, err)
			}
			return nil
		})
	}

	// This process as another one sees it.
	var seen []report
	command(t, childState{Role: "report", Args: []string{number(os.Getpid())}}).run(t, &seen)
	truth := own(t)
	for name, want := range truth {
		if seen[0][name] != want {
			t.Errorf("%s of this process, seen by a child: %s, want %s", name, seen[0][name], want)
		}
	}

	// In a Oneshot the limits are those of the first look, all of them.
	g := start(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 40, Hard: 60}}})
	read := func(want string) {
		t.Helper()
		if l, err := procinfo.GetRlimit(g.Pid, procinfo.RLIMIT_NOFILE); err != nil || l.String() != want {
			t.Errorf("got %v, %v; want %s", l, err, want)
		}
	}
	read("40:60")
	procinfo.Oneshot(g.Pid, func() error {
		if _, err := procinfo.GetRlimit(g.Pid, procinfo.RLIMIT_CORE); err != nil {
			t.Error(err)
		}
		g.tell(t, "nofile", 30, 50)
		read("40:60")
		procinfo.Rlimit(g.Pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 1, Hard: 2}) // is refused, and forgets
		read("30:50")
		return nil
	})
	read("30:50")
}

// TestDragonFlyInvalidLimits: nothing of another process can be set, and nothing without meaning asked for.
func TestDragonFlyInvalidLimits(t *testing.T) {
	c := still(t, childState{})
	zero := &procinfo.Limits{}
	for _, p := range []int{c.Pid, 1, 0} {
		_, err := procinfo.Rlimit(p, procinfo.RLIMIT_CORE, zero)
		wantKind(t, err, "unsupported")
		_, err = procinfo.Rlimit(p, procinfo.RLIMIT_CORE, &procinfo.Limits{Soft: 2, Hard: 1})
		wantKind(t, err, "invalid limits")
	}
	_, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_CORE, zero)
	wantKind(t, err, "unsupported")
	for _, p := range []int{c.Pid, os.Getpid()} {
		for _, r := range []procinfo.Resource{12, 99, math.MaxInt32, 1<<32 + 4, -99, math.MinInt32} {
			_, err := procinfo.GetRlimit(p, r)
			wantKind(t, err, "invalid resource")
			_, err = procinfo.Rlimit(p, r, zero)
			wantKind(t, err, "invalid resource")
		}
		_, err := procinfo.GetRlimit(p, procinfo.RLIMIT_SIGPENDING)
		wantKind(t, err, "unsupported")
	}
	for _, pid := range []int{-1, 99999, math.MaxInt32} {
		if pid > 0 && unix.Kill(pid, 0) != unix.ESRCH {
			continue
		}
		_, err := procinfo.Rlimit(pid, procinfo.RLIMIT_CORE, zero)
		wantKind(t, err, "no such process")
	}
}

// TestDragonFlyOwnLimits has a child change its own limits.
func TestDragonFlyOwnLimits(t *testing.T) {
	checkLeaks(t)
	var complaints []string
	command(t, childState{Role: "own-limits"}).run(t, &complaints)
	for _, text := range complaints {
		t.Error(text)
	}
}

func changeOwnLimits() (complaints []string) {
	complain := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	pid, r := os.Getpid(), procinfo.RLIMIT_CORE
	self, err := os.FindProcess(pid)
	if err != nil {
		fail(err)
	}
	now, err := ownLimit(int(r))
	if err != nil {
		fail(err)
	}
	set := func(l procinfo.Limits, kind string) {
		procinfo.Oneshot(pid, func() error {
			if got, err := procinfo.GetRlimit(pid, r); err != nil || got != now {
				complain("before setting %v: %v, %v; want %v", l, got, err, now)
			}
			old, err := procinfo.Rlimit(self, r, &l)
			if got := kindOf(err); got != kind {
				complain("setting %v: %v, want kind %q", l, err, kind)
			}
			if err == nil {
				if old != now {
					complain("setting %v: old ones %v, want %v", l, old, now)
				}
				now = l
			}
			got, err := procinfo.GetRlimit(pid, r)
			bare, err2 := ownLimit(int(r))
			if err != nil || err2 != nil || got != now || bare != now {
				complain("after setting %v: %v, %v; getrlimit %v, %v; want %v", l, got, err, bare, err2, now)
			}
			return nil
		})
	}
	if now.Hard < 1000 {
		return append(complaints, fmt.Sprintf("the limits %v are too low to begin with", now))
	}
	info, err := procinfo.Get(self, procinfo.FieldRlimits)
	if err != nil || len(info.Rlimits) != 12 {
		complain("Get: %v, %v", info.Rlimits, err)
	}
	for _, r := range procinfo.Resources() {
		want, err := ownLimit(int(r))
		got, err2 := procinfo.GetRlimit(pid, r)
		if err != nil || err2 != nil || got != want || info.Rlimits[r] != want {
			complain("%v: %v, %v, Get %v; getrlimit %v, %v", r, got, err2, info.Rlimits[r], want, err)
		}
	}
	set(procinfo.Limits{Soft: 1<<63 - 1, Hard: procinfo.Infinity}, "invalid limits") // would be infinity
	set(procinfo.Limits{Soft: 1 << 63, Hard: procinfo.Infinity}, "invalid limits")
	set(procinfo.Limits{Soft: 10, Hard: math.MaxUint64 - 1}, "invalid limits")
	set(procinfo.Limits{Soft: procinfo.Infinity, Hard: 1 << 40}, "invalid limits")
	set(procinfo.Limits{Soft: 10, Hard: now.Hard}, "")
	set(procinfo.Limits{Soft: 500, Hard: 600}, "") // the soft one up, the hard one down
	set(procinfo.Limits{Soft: 600, Hard: 600}, "")
	set(procinfo.Limits{Soft: 0, Hard: 10}, "") // both below the old soft one
	set(procinfo.Limits{Soft: 11, Hard: 10}, "invalid limits")
	if os.Getuid() == 0 {
		set(procinfo.Limits{Soft: 700, Hard: 800}, "") // both above the old hard one
		set(procinfo.Limits{Soft: 1<<63 - 2, Hard: 1<<63 - 2}, "")
		set(procinfo.Limits{Soft: 5, Hard: procinfo.Infinity}, "")
		set(procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}, "")
		set(procinfo.Limits{Soft: 0, Hard: 10}, "")
		becomeNobody()
	}
	set(procinfo.Limits{Soft: 0, Hard: 11}, "denied")
	set(procinfo.Limits{Soft: 0, Hard: procinfo.Infinity}, "denied")
	_, err = procinfo.Rlimit(pid, r, &procinfo.Limits{Soft: 0, Hard: 11})
	if !errors.Is(err, fs.ErrPermission) || !errors.Is(err, syscall.EPERM) {
		complain("raising: %v matches neither fs.ErrPermission nor EPERM", err)
	}
	set(procinfo.Limits{Soft: 10, Hard: 10}, "")
	set(procinfo.Limits{Soft: 0, Hard: 0}, "")
	return complaints
}

func becomeNobody() {
	for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(65534), syscall.Setuid(65534)} {
		if err != nil {
			fail(err)
		}
	}
}

// TestDragonFlyUnprivileged: an ordinary user is told the same about a process of root.
func TestDragonFlyUnprivileged(t *testing.T) {
	needRoot(t)
	target := still(t, childState{
		User: &user{0, 0, []uint32{3, 4}}, Setsid: true, Blocked: []int{1, 65}, Caught: []int{15}, Ignored: []int{2},
		Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 17, Hard: 64}},
	})
	send(t, target.Pid, 1)
	dead := still(t, childState{User: &user{0, 0, []uint32{5, 6}}, Setsid: true, Caught: []int{15}})
	send(t, dead.Pid, unix.SIGKILL)
	waitZombie(t, dead.Pid)
	pids := []string{number(target.Pid), number(dead.Pid), "1", "0"}
	var got []report
	command(t, childState{Role: "drop", Args: pids}).run(t, &got)
	if len(got) != len(pids)+1 {
		t.Fatalf("reports: %v", got)
	}
	for i, want := range reportOn(pids) {
		for name, truth := range want {
			if got[i][name] != truth {
				t.Errorf("process %s: %s: got %s, want %s", pids[i], name, got[i][name], truth)
			}
		}
	}
	if kind := got[len(pids)]["set"]; kind != "unsupported" {
		t.Errorf("setting a limit: %q", kind)
	}
}

// asNobody reports on PIDs as an ordinary user, and what it is told when it sets a limit of the first.
func asNobody(pids []string) []report {
	becomeNobody()
	reports := reportOn(pids)
	for i, text := range pids {
		pid, _ := strconv.Atoi(text)
		_, err := procinfo.Get(pid)
		reports[i]["get"] = kindOf(err)
	}
	pid, _ := strconv.Atoi(pids[0])
	_, err := procinfo.Rlimit(pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 1, Hard: 2})
	return append(reports, report{"set": kindOf(err)})
}

// TestDragonFlySwapper: process 0 is the kernel's, and never the caller.
func TestDragonFlySwapper(t *testing.T) {
	want := report{"umask": "!unsupported", "groups": "[0]", "pgid": "0", "sid": "0"}
	procinfo.Oneshot(0, func() error {
		for _, how := range []report{reportOf(0), reportOf(0)} {
			for name, truth := range want {
				if how[name] != truth {
					t.Errorf("Oneshot: %s: got %s, want %s", name, how[name], truth)
				}
			}
		}
		return nil
	})
	got := reportOf(0)
	info, err := procinfo.Get(0)
	if err != nil {
		t.Fatal(err)
	}
	for name, truth := range want {
		if got[name] != truth || reportFrom(info)[name] != truth {
			t.Errorf("%s: got %s, Get %s; want %s", name, got[name], reportFrom(info)[name], truth)
		}
	}
	m, err := procinfo.GetSigmasks(0)
	if err != nil || !m.Caught.Empty() || !m.Blocked.Empty() || !m.Pending.Empty() || m.Ignored != ignoredSet(nil, nil) {
		t.Errorf("masks %v, %v", m, err)
	}
	t.Run("limits", func(t *testing.T) {
		needProcfs(t)
		if l, err := procinfo.GetRlimit(0, procinfo.RLIMIT_CPU); err != nil || l.Soft != procinfo.Infinity {
			t.Errorf("%v, %v", l, err)
		}
	})
}

// TestDragonFlyAll: the listing has every process once, no kernel thread, and says what the single questions say.
func TestDragonFlyAll(t *testing.T) {
	checkLeaks(t)
	dead := still(t, childState{Setpgid: true})
	send(t, dead.Pid, unix.SIGKILL)
	waitZombie(t, dead.Pid)
	children := []*child{
		still(t, childState{Setsid: true, Blocked: []int{1, 97}, Caught: []int{}}),
		still(t, childState{Setpgid: true}),
		dead,
	}
	seen := map[int]int{}
	for info, err := range procinfo.All(procinfo.FieldGroups, procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks) {
		if err != nil || info.PID < 0 {
			t.Errorf("process %d: %v", info.PID, err)
			continue
		}
		seen[info.PID]++
		for _, c := range children {
			if c.Pid != info.PID {
				continue
			}
			got, want := reportFrom(info), reportOf(c.Pid)
			for _, name := range []string{"groups", "sigmasks", "pgid", "sid"} {
				if got[name] != want[name] {
					t.Errorf("%d: %s: got %s, want %s", c.Pid, name, got[name], want[name])
				}
			}
		}
	}
	for _, pid := range []int{0, 1, os.Getpid(), os.Getppid(), children[0].Pid, children[1].Pid, dead.Pid} {
		if seen[pid] != 1 {
			t.Errorf("process %d: seen %d times", pid, seen[pid])
		}
	}
	for pid, n := range seen {
		if n != 1 {
			t.Errorf("process %d: seen %d times", pid, n)
		}
	}
	for range procinfo.All() {
		for range procinfo.All(procinfo.FieldPgid) { // has a listing of its own
			break
		}
		break
	}
}

// TestDragonFlyOrphan: a session keeps its id when its leader has gone.
func TestDragonFlyOrphan(t *testing.T) {
	checkLeaks(t)
	in, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close() // ends the orphan
	c := command(t, childState{Role: "leader", Setsid: true})
	c.Stdin = in
	var pid int
	c.run(t, &pid)
	in.Close()
	leader := c.Cmd.Process.Pid
	orphan, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	checkEverywhere(t, pid, orphan, report{"pgid": number(leader), "sid": number(leader), "groups": own(t)["groups"]})
}

// leaveOrphan starts a process that goes on when this one has ended, until its input does.
func leaveOrphan() any {
	text, _ := json.Marshal(childState{Role: "orphan"})
	args := selfArgs()
	p, err := os.StartProcess(args[0], args, &os.ProcAttr{
		Env:   append([]string{childEnv + "=" + string(text)}, os.Environ()...), // the first one counts; there is the leader's
		Files: []*os.File{os.Stdin, nil, os.Stderr},
	})
	if err != nil {
		fail(err)
	}
	return p.Pid
}

// TestDragonFlyDying has several ask about children while they are killed and reaped: they are as they were, or dead, or gone.
func TestDragonFlyDying(t *testing.T) {
	checkLeaks(t)
	for range 8 {
		c := still(t, childState{Setpgid: true, Caught: []int{}})
		before := reportOf(c.Pid)
		var asking, done sync.WaitGroup
		for range 3 {
			asking.Add(1)
			done.Add(1)
			go func() {
				defer done.Done()
				for i := 0; ; i++ {
					now := reportOf(c.Pid)
					if i == 0 {
						asking.Done()
					}
					gone := 0
					for name, v := range now {
						switch {
						case v == "!no such process":
							gone++
						case v == before[name], name == "rlimit" && v == "!zombie", name == "sigmasks" && !strings.HasPrefix(v, "!"):
						default:
							t.Errorf("%s was %s, and is %s", name, before[name], v)
						}
					}
					if gone == len(now)-1 { // the umask is unsupported
						return
					}
				}
			}()
		}
		asking.Wait()
		send(t, c.Pid, unix.SIGKILL)
		waitZombie(t, c.Pid)
		for info, err := range procinfo.All(procinfo.FieldPgid, procinfo.FieldGroups) {
			if err != nil || info.PID == c.Pid && info.Pgid != c.Pid {
				t.Errorf("process %d: group %d, %v", info.PID, info.Pgid, err)
			}
		}
		c.Process.Wait()
		done.Wait()
	}
}

// TestDragonFlyExiting has a child be held up while it exits, by a terminal that nobody reads: procfs does not know it any
// more, but all others still do.
func TestDragonFlyExiting(t *testing.T) {
	checkLeaks(t)
	master, err := os.OpenFile("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close() // throws away what was written, and lets the child go
	var st unix.Stat_t
	if err := unix.Fstat(int(master.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	slave, err := unix.Open("/dev/pts/"+number(int(unix.Minor(uint64(st.Rdev)))), unix.O_RDWR|unix.O_NOCTTY, 0) // blocking
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(slave, []byte("unread")); err != nil {
		t.Error(err)
	}
	c := still(t, childState{Setsid: true, Blocked: []int{1}, Caught: []int{15}})
	unix.Close(slave) // only the child has it now
	want := reportOf(c.Pid)
	want["rlimit"] = "!zombie"
	send(t, c.Pid, unix.SIGKILL)
	eventually(t, "exiting", func() bool {
		_, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE)
		return kindOf(err) == "zombie"
	})
	if pgid, err := unix.Getpgid(c.Pid); err != nil || pgid != c.Pid {
		t.Fatalf("it is a zombie already: getpgid: %d, %v", pgid, err)
	}
	checkEverywhere(t, c.Pid, c.Process, want)
	master.Close()
	waitZombie(t, c.Pid)
	delete(want, "sigmasks") // which thread it was left with is not this test's affair
	checkEverywhere(t, c.Pid, c.Process, want)
}

// TestDragonFlyLostNames: procfs denies a process whose name was looked up before it was there.
func TestDragonFlyLostNames(t *testing.T) {
	checkLeaks(t)
	needProcfs(t)
	needSystem(t)
	name := func(pid, zeros int) string { return "/proc/" + strings.Repeat("0", zeros) + number(pid) + "/rlimit" }
	lost := map[int]bool{}
	last := still(t, childState{}).Pid
	for len(lost) < 16 {
		last++
		if unix.Kill(last, 0) != unix.ESRCH {
			continue
		}
		lost[last] = true
		for zeros := range 12 {
			if _, err := os.Stat(name(last, zeros)); err == nil {
				t.Errorf("there is %s", name(last, zeros))
			}
		}
	}
	want := procinfo.Limits{Soft: 17, Hard: 64}
	tried := 0
	for range 64 { // until the numbers are used up, so that no other test meets them
		c := still(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: want}})
		if lost[c.Pid] {
			tried++
			for zeros := range 12 {
				if _, err := os.ReadFile(name(c.Pid, zeros)); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: %v", name(c.Pid, zeros), err)
				}
			}
			if got, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE); err != nil || got != want {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		}
		c.stop()
		if c.Pid > last || c.Pid < last-1000 {
			break
		}
	}
	t.Logf("%d processes under lost names", tried)
	if tried == 0 {
		t.Skip("no child got one of the next numbers")
	}
}

// TestDragonFlyJail: from inside a jail the processes outside are denied, not taken for zombies or for gone.
func TestDragonFlyJail(t *testing.T) {
	checkLeaks(t)
	needRoot(t)
	target := still(t, childState{Setsid: true})
	dead := still(t, childState{Setsid: true})
	send(t, dead.Pid, unix.SIGKILL)
	waitZombie(t, dead.Pid)
	live := report{
		"umask": "!unsupported", "groups": "!denied", "rlimit": "!denied", "sigmasks": "!denied",
		"pgid": number(target.Pid), "sid": number(target.Pid), // the calls do not ask about jails
		"set": "unsupported", "get": "",
	}
	zombie := report{
		"umask": "!unsupported", "groups": "!denied", "rlimit": "!zombie", "sigmasks": "!denied", "pgid": "!denied", "sid": "!denied",
		"set": "unsupported", "get": "denied",
	}
	gone := report{
		"umask": "!unsupported", "groups": "!no such process", "rlimit": "!no such process", "sigmasks": "!no such process",
		"pgid": "!no such process", "sid": "!no such process", "set": "no such process", "get": "no such process",
	}
	for _, who := range []string{"root", "nobody"} {
		var got []report
		command(t, childState{Role: "jailed", Args: []string{who, number(target.Pid), number(dead.Pid), "0"}}).run(t, &got)
		if len(got) != 4 {
			t.Fatalf("reports: %v", got)
		}
		for i, want := range []report{live, zombie, gone, {"seen": "1", "self": ""}} {
			for name, truth := range want {
				if got[i][name] != truth {
					t.Errorf("%s in a jail, process %d: %s: got %s, want %s", who, i, name, got[i][name], truth)
				}
			}
		}
	}
	t.Run("name", func(t *testing.T) { // the question has not cost the process its name
		needProcfs(t)
		if _, err := os.ReadFile("/proc/" + number(target.Pid) + "/rlimit"); err != nil {
			t.Error(err)
		}
	})
}

// fromJail reports on PIDs, and then on the jail itself.
func fromJail(args []string) []report {
	if err := enterJail(); err != nil {
		fail(err)
	}
	if args[0] != "root" {
		becomeNobody()
	}
	reports := reportOn(args[1:])
	for i, text := range args[1:] {
		pid, _ := strconv.Atoi(text)
		_, err := procinfo.Rlimit(pid, procinfo.RLIMIT_CORE, &procinfo.Limits{})
		reports[i]["set"] = kindOf(err)
		_, err = procinfo.Get(pid)
		reports[i]["get"] = kindOf(err)
	}
	seen := 0
	for _, err := range procinfo.All(procinfo.FieldGroups) {
		if err != nil {
			fail(err)
		}
		seen++
	}
	_, err := procinfo.Get(os.Getpid())
	return append(reports, report{"seen": number(seen), "self": kindOf(err)})
}

// TestDragonFlyHidden: where security.ps_showallprocs hides processes of others, their limits are denied, and so are
// zombies; all else is told.
func TestDragonFlyHidden(t *testing.T) {
	checkLeaks(t)
	needProcfs(t)
	needSystem(t)
	if all, err := unix.SysctlUint32("security.ps_showallprocs"); err != nil || all != 1 {
		t.Skipf("security.ps_showallprocs is %d, %v", all, err)
	}
	target := still(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 17, Hard: 64}}})
	dead := still(t, childState{})
	send(t, dead.Pid, unix.SIGKILL)
	waitZombie(t, dead.Pid)
	pids := []string{number(target.Pid), number(dead.Pid)}
	c := command(t, childState{Role: "drop", Args: pids})
	if err := setSysctl("security.ps_showallprocs", 0); err != nil {
		t.Fatal(err)
	}
	var got []report
	func() {
		defer func() {
			if err := setSysctl("security.ps_showallprocs", 1); err != nil {
				t.Error(err)
			}
		}()
		c.run(t, &got)
	}()
	want := reportOn(pids)
	want[0]["rlimit"], want[0]["get"] = "!denied", ""
	want[1]["get"] = "denied"
	for name := range want[1] {
		if name != "umask" && name != "rlimit" && name != "get" {
			want[1][name] = "!denied"
		}
	}
	for i := range want {
		for name, truth := range want[i] {
			if got[i][name] != truth {
				t.Errorf("process %s: %s: got %s, want %s", pids[i], name, got[i][name], truth)
			}
		}
	}
	// Nor has the question cost the process its name.
	if _, err := os.ReadFile("/proc/" + pids[0] + "/rlimit"); err != nil {
		t.Error(err)
	}
}

// TestDragonFlyAllocs holds the functions to what they promise to leave to the garbage collector.
func TestDragonFlyAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c := still(t, childState{})
	for _, tt := range []struct {
		name             string
		uncached, cached float64
		ask              func()
	}{
		{"GetGroups", 1, 0, func() { procinfo.GetGroups(c.Pid) }},
		{"GetGroups by *os.Process", 1, 0, func() { procinfo.GetGroups(c.Process) }},
		{"GetSigmasks", 0, 0, func() { procinfo.GetSigmasks(c.Pid) }},
		{"GetRlimit", 0, 0, func() { procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE) }},
		{"Getpgid", 0, 0, func() { procinfo.Getpgid(c.Pid) }},
		{"Getsid", 0, 0, func() { procinfo.Getsid(c.Pid) }},
	} {
		if _, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE); err != nil && tt.name == "GetRlimit" {
			continue // no procfs: an error
		}
		if got := testing.AllocsPerRun(100, tt.ask); got > tt.uncached {
			t.Errorf("%s: %v allocations, promised are %v", tt.name, got, tt.uncached)
		}
		procinfo.Oneshot(c.Pid, func() error {
			if got := testing.AllocsPerRun(100, tt.ask); got > tt.cached {
				t.Errorf("%s in Oneshot: %v allocations, promised are %v", tt.name, got, tt.cached)
			}
			return nil
		})
	}
}

// TestDragonFlyGroupsAreTheCallers: what is done to a list does not reach the next one.
func TestDragonFlyGroupsAreTheCallers(t *testing.T) {
	c := still(t, childState{})
	procinfo.Oneshot(c.Pid, func() error {
		first, err := procinfo.GetGroups(c.Pid)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(first)
		first[0] = 4711
		if again, err := procinfo.GetGroups(c.Pid); err != nil || !slices.Equal(again, want) {
			t.Errorf("got %v, %v; want %v", again, err, want)
		}
		return nil
	})
}
