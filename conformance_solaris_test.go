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
	"syscall"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["solaris-limits"] = func([]string) any { return solarisOwnLimits() }
	roles["solaris-nofile"] = func(args []string) any { return solarisNofile(args) }
}

// withoutLibc leaves out the signals that are libc's affair, or not the same on both systems.
func withoutLibc(m procinfo.Sigmasks) procinfo.Sigmasks {
	for _, set := range []*procinfo.SignalSet{&m.Pending, &m.Blocked, &m.Ignored, &m.Caught, &m.ProcessPending} {
		if set.Known() {
			*set = sigs(slices.DeleteFunc(slices.Collect(set.All()), func(s procinfo.Signal) bool { return s >= sigLibc })...)
		}
	}
	return m
}

// solarisMasks waits until a process has these sets: Go's runtime and libc block signals for moments.
func solarisMasks(t *testing.T, pid int, want procinfo.Sigmasks) string {
	t.Helper()
	var m procinfo.Sigmasks
	for range 200 {
		var err error
		if m, err = procinfo.GetSigmasks(pid); err != nil {
			t.Fatal(err)
		}
		if withoutLibc(m) == want {
			return fmt.Sprint(m)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("got %v, want %v", withoutLibc(m), want)
	return fmt.Sprint(m)
}

// TestSolarisStates has children in known states, asked for in every way.
func TestSolarisStates(t *testing.T) {
	mine := own(t)
	const hup, term = 1, 15
	usr1, usr2 := int(sigUSR1), int(sigUSR2)
	// Larger ids than these are for the kernel to give (setgroups).
	many := []uint32{2147483647, 9, 2000000000, 0, 1 << 30, 5, 4, 3, 2, 1, 65536, 65535, 32768, 7, 8, 10}
	for _, tt := range []struct {
		name  string
		state childState
		root  bool
		after func(*child)
		masks procinfo.Sigmasks // Pending is what is added by after, ProcessPending that without the thread's
	}{
		{name: "nothing handled", state: childState{Caught: []int{}}},
		{
			name:  "some of each",
			state: childState{Blocked: []int{hup, usr1}, Ignored: []int{2, 13}, Caught: []int{term, usr2}},
			after: func(c *child) {
				send(t, c.Pid, hup)
				send(t, c.Pid, 13) // is thrown away
				c.tell(t, "thread-kill", usr1)
			},
			masks: procinfo.Sigmasks{
				Pending: sigs(hup, sigUSR1), ProcessPending: sigs(hup), Blocked: sigs(hup, sigUSR1),
				Ignored: sigs(2, 13), Caught: sigs(term, sigUSR2),
			},
		},
		{
			name:  "another thread with another mask",
			state: childState{Blocked: []int{hup}, Caught: []int{}},
			after: func(c *child) { c.tell(t, "other-thread", usr2) },
			masks: procinfo.Sigmasks{Blocked: sigs(hup)},
		},
		{name: "own process group", state: childState{Caught: []int{}, Setpgid: true}},
		{name: "own session", state: childState{Caught: []int{}, Setsid: true}},
		{
			name: "stopped", state: childState{Caught: []int{}, Blocked: []int{term}},
			after: func(c *child) {
				send(t, c.Pid, term)
				send(t, c.Pid, unix.SIGSTOP)
				time.Sleep(100 * time.Millisecond)
			},
			masks: procinfo.Sigmasks{Pending: sigs(term), ProcessPending: sigs(term), Blocked: sigs(term)},
		},
		{name: "other user", root: true, state: childState{Caught: []int{}, User: &user{4000000, 4000001, many[:3]}}},
		{name: "no groups", root: true, state: childState{Caught: []int{}, User: &user{0, 0, []uint32{}}}},
		{name: "many groups", root: true, state: childState{Caught: []int{}, User: &user{0, 0, many}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root {
				needRoot(t)
			}
			c := still(t, tt.state)
			if tt.after != nil {
				tt.after(c)
			}
			want := tt.masks
			for _, set := range []*procinfo.SignalSet{&want.Pending, &want.Blocked, &want.Ignored, &want.Caught, &want.ProcessPending} {
				if !set.Known() {
					*set = sigs()
				}
			}
			truth := report{
				"umask": "!unsupported", "rlimit": "!unsupported", "groups": mine["groups"], "pgid": mine["pgid"], "sid": mine["sid"],
				"sigmasks": solarisMasks(t, c.Pid, want),
			}
			if tt.state.Setpgid || tt.state.Setsid {
				truth["pgid"] = strconv.Itoa(c.Pid)
			}
			if tt.state.Setsid {
				truth["sid"] = strconv.Itoa(c.Pid)
			}
			if u := tt.state.User; u != nil {
				groups, err := procinfo.GetGroups(c.Pid) // illumos sorts more than 16
				slices.Sort(groups)
				sorted := slices.Sorted(slices.Values(u.Groups))
				if err != nil || !slices.Equal(groups, sorted) {
					t.Errorf("groups are %v, %v; want %v", groups, err, sorted)
				}
				delete(truth, "groups")
			}
			checkEverywhere(t, c.Pid, c.Process, truth)
		})
	}
}

// TestSolarisSignalsComeAndGo is the masks before and after blocking, sending and catching.
func TestSolarisSignalsComeAndGo(t *testing.T) {
	c := start(t, childState{Caught: []int{int(sigUSR2)}})
	none := procinfo.Sigmasks{Pending: sigs(), Blocked: sigs(), Ignored: sigs(), Caught: sigs(sigUSR2), ProcessPending: sigs()}
	solarisMasks(t, c.Pid, none)
	c.tell(t, "block", int(sigUSR1))
	want := none
	want.Blocked = sigs(sigUSR1)
	solarisMasks(t, c.Pid, want)
	c.tell(t, "thread-kill", int(sigUSR1))
	want.Pending = sigs(sigUSR1) // the thread's queue
	solarisMasks(t, c.Pid, want)
	c.tell(t, "thread-kill", int(sigUSR2)) // is caught at once
	solarisMasks(t, c.Pid, want)
	fmt.Fprintln(c.in, "unblock") // USR1 takes its default action: it kills
	waitZombie(t, c.Pid)
	_, err := procinfo.GetSigmasks(c.Pid)
	wantKind(t, err, "zombie")
}

// TestSolarisZombie: it keeps process group and session alone.
func TestSolarisZombie(t *testing.T) {
	c := still(t, childState{Setsid: true})
	send(t, c.Pid, unix.SIGKILL)
	waitZombie(t, c.Pid)
	id := strconv.Itoa(c.Pid)
	checkEverywhere(t, c.Pid, c.Process, report{
		"umask": "!unsupported", "rlimit": "!unsupported", "groups": "!zombie", "sigmasks": "!zombie", "pgid": id, "sid": id,
	})
}

// TestSolarisOneshot: what was read is remembered, and what was not is not another's.
func TestSolarisOneshot(t *testing.T) {
	c := still(t, childState{Setpgid: true, Caught: []int{}})
	procinfo.Oneshot(c.Pid, func() error {
		pgid, err := procinfo.Getpgid(c.Pid)
		groups, err2 := procinfo.GetGroups(c.Pid)
		if err != nil || err2 != nil || pgid != c.Pid {
			t.Fatalf("%d, %v, %v", pgid, err, err2)
		}
		if len(groups) > 0 {
			groups[0]++ // the caller's own
		}
		c.stop()
		if again, err := procinfo.Getpgid(c.Pid); err != nil || again != pgid {
			t.Errorf("remembered: %d, %v", again, err)
		}
		if again, err := procinfo.GetGroups(c.Pid); err != nil || len(groups) > 0 && again[0] != groups[0]-1 {
			t.Errorf("remembered: %v, %v", again, err)
		}
		_, err = procinfo.GetSigmasks(c.Pid)
		wantKind(t, err, "no such process")
		_, err = procinfo.Getpgid(c.Process)
		wantKind(t, err, "no such process")
		return nil
	})
	_, err := procinfo.Getpgid(c.Pid)
	wantKind(t, err, "no such process")
}

// TestSolarisRefused: an ordinary user is told of others what psinfo says.
func TestSolarisRefused(t *testing.T) {
	needRoot(t)
	target := still(t, childState{User: &user{60001, 60001, nil}, Setsid: true, Caught: []int{}})
	zombie := still(t, childState{})
	send(t, zombie.Pid, unix.SIGKILL)
	waitZombie(t, zombie.Pid)
	id := strconv.Itoa(target.Pid)
	pids := []string{id, strconv.Itoa(os.Getpid()), strconv.Itoa(zombie.Pid)}
	for _, pid := range []string{"0", "1"} { // which need not be in a zone other than the global one
		if _, err := os.Stat("/proc/" + pid); err == nil {
			pids = append(pids, pid)
		}
	}
	var got []report
	c := command(t, childState{Role: "report", Args: pids, User: &user{60002, 60002, nil}})
	c.run(t, &got)
	for i, r := range got {
		want := "!denied"
		if i == 2 {
			want = "!zombie"
		}
		if r["groups"] != want || r["sigmasks"] != want || r["pgid"][0] == '!' || r["sid"][0] == '!' {
			t.Errorf("%s: %v", pids[i], r)
		}
	}
	if got[0]["pgid"] != id || got[0]["sid"] != id {
		t.Errorf("session %s is reported as %v", id, got[0])
	}
}

// TestSolarisAll: every process once, zombies and the kernel's own too.
func TestSolarisAll(t *testing.T) {
	zombie := still(t, childState{})
	send(t, zombie.Pid, unix.SIGKILL)
	waitZombie(t, zombie.Pid)
	seen := map[int]int{}
	for info, err := range procinfo.All() {
		if err != nil {
			t.Error(err)
			continue
		}
		seen[info.PID]++
		wantKind(t, info.Err(procinfo.FieldPgid), "")
		wantKind(t, info.Err(procinfo.FieldUmask), "unsupported")
	}
	for pid, n := range seen {
		if n != 1 {
			t.Errorf("process %d is seen %d times", pid, n)
		}
	}
	// In a zone other than the global one there need not be 0 and 1.
	for _, pid := range []int{os.Getpid(), zombie.Pid} {
		if seen[pid] != 1 {
			t.Errorf("process %d is not seen", pid)
		}
	}
}

// TestSolarisLimitsOfOthers: a process can be told and can set its own only.
func TestSolarisLimitsOfOthers(t *testing.T) {
	c := still(t, childState{})
	for _, r := range procinfo.Resources() {
		_, err := procinfo.GetRlimit(c.Pid, r)
		wantKind(t, err, "unsupported")
		_, err = procinfo.Rlimit(c.Process, r, &procinfo.Limits{})
		wantKind(t, err, "unsupported")
	}
	c.stop()
	_, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_CORE)
	wantKind(t, err, "no such process")
}

// TestSolarisOwnLimits has a child try everything on itself.
func TestSolarisOwnLimits(t *testing.T) {
	users := []*user{nil}
	if os.Getuid() == 0 {
		users = append(users, &user{60001, 60001, nil}) // who may not raise a hard limit
	}
	for _, u := range users {
		var problems []string
		command(t, childState{Role: "solaris-limits", User: u}).run(t, &problems)
		for _, p := range problems {
			t.Errorf("as %v: %s", u, p)
		}
	}
}

// solarisOwnLimits returns what is wrong.
func solarisOwnLimits() []string {
	problems := []string{}
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	pid := os.Getpid()
	kernel := func(r procinfo.Resource) procinfo.Limits {
		var l syscall.Rlimit
		if err := syscall.Getrlimit(int(r), &l); err != nil {
			problem("getrlimit(2) of %v: %v", r, err)
		}
		return limitsOf(l)
	}
	info, err := procinfo.Get(pid)
	if err != nil || len(info.Rlimits) != 7 {
		problem("Get: %v, %v", info.Rlimits, err)
	}
	for _, r := range procinfo.Resources() {
		if got, err := procinfo.GetRlimit(pid, r); err != nil || got != kernel(r) || info.Rlimits[r] != got {
			problem("%v: got %v, %v, %v; want %v", r, got, err, info.Rlimits[r], kernel(r))
		}
	}
	set := func(l procinfo.Limits, kind string) {
		r := procinfo.RLIMIT_CORE
		before := kernel(r)
		old, err := procinfo.Rlimit(pid, r, &l)
		if got := kindOf(err); got != kind || kind == "invalid limits" && !errors.Is(err, syscall.EINVAL) {
			problem("set to %v: %v, want %q", l, err, kind)
			return
		}
		want := l
		if kind != "" {
			want = before
		} else if old != before {
			problem("set to %v: old limits are %v, want %v", l, old, before)
		}
		if kind == "denied" && !errors.Is(err, fs.ErrPermission) {
			problem("set to %v: %v matches not all it should", l, err)
		}
		if got := kernel(r); got != want {
			problem("set to %v: the kernel has %v", l, got)
		}
	}
	raise := ""
	if os.Getuid() != 0 {
		raise = "denied"
	}
	set(procinfo.Limits{Soft: math.MaxUint64 - 1, Hard: procinfo.Infinity}, "invalid limits")
	set(procinfo.Limits{Soft: 1, Hard: math.MaxUint64 - 2}, "invalid limits")
	set(procinfo.Limits{Soft: procinfo.Infinity, Hard: 1 << 40}, "invalid limits")
	set(procinfo.Limits{Soft: 1 << 30, Hard: 1 << 40}, "")
	set(procinfo.Limits{Soft: 1 << 40, Hard: 1 << 40}, "") // the soft one up
	set(procinfo.Limits{Soft: 1 << 20, Hard: 1 << 21}, "") // both down
	set(procinfo.Limits{Soft: 1 << 22, Hard: 1 << 23}, raise)
	set(procinfo.Limits{Soft: 1, Hard: procinfo.Infinity}, raise)
	set(procinfo.Limits{Soft: 0, Hard: 0}, "")
	for _, r := range []procinfo.Resource{7, 99, math.MaxInt32, 1<<32 + procinfo.RLIMIT_NOFILE} {
		if _, err := procinfo.GetRlimit(pid, r); kindOf(err) != "invalid resource" {
			problem("resource %d: %v", int(r), err)
		}
	}
	return problems
}

// TestSolarisOwnNofile: limits of files that a program sets for itself are what it starts others with, although at exec the
// Go runtime restores the soft one that it has raised. Started programs raise theirs, too, so only the hard one shows.
func TestSolarisOwnNofile(t *testing.T) {
	var got procinfo.Limits
	command(t, childState{Role: "solaris-nofile", Args: []string{"50", "77"}}).run(t, &got)
	if got.Hard != 77 {
		t.Errorf("set to 50:77, and started with it: %v", got)
	}
}

func solarisNofile(args []string) any {
	if len(args) == 2 {
		soft, _ := strconv.ParseUint(args[0], 10, 64)
		hard, _ := strconv.ParseUint(args[1], 10, 64)
		if _, err := procinfo.Rlimit(os.Getpid(), procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: soft, Hard: hard}); err != nil {
			fail(err)
		}
		text, _ := json.Marshal(childState{Role: "solaris-nofile"})
		os.Setenv(childEnv, string(text))
		self := selfArgs()
		fail(syscall.Exec(self[0], self, os.Environ()))
	}
	l, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_NOFILE)
	if err != nil {
		fail(err)
	}
	return l
}

// TestSolarisAllocs: the paths are what is allocated for.
func TestSolarisAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	pid := os.Getpid()
	if n := testing.AllocsPerRun(50, func() { procinfo.Getpgid(pid) }); n > 4 {
		t.Errorf("Getpgid: %v allocations", n)
	}
	procinfo.Oneshot(pid, func() error {
		if n := testing.AllocsPerRun(50, func() { procinfo.Getpgid(pid); procinfo.Getsid(pid); procinfo.GetSigmasks(pid) }); n != 0 {
			t.Errorf("Oneshot: %v allocations", n)
		}
		return nil
	})
}
