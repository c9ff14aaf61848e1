// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["unprivileged"] = func(args []string) any { return asUser(args) }
	roles["own-nofile"] = func(args []string) any { return ownNofile(args) }
	roles["exec"] = func(args []string) any { return execUntil(args) }
}

// ignoredByDefault are the signals whose default is to be ignored: URG, CHLD, IO, WINCH, INFO, PWR.
var ignoredByDefault = []int{16, 20, 23, 28, 29, 32}

// setOf is a known set.
func setOf(signals []int) procinfo.SignalSet {
	numbers := make([]procinfo.Signal, len(signals))
	for i, n := range signals {
		numbers[i] = procinfo.Signal(n)
	}
	return procinfo.NewSignalSet(numbers...)
}

// masksOf is what the record says of a still child that handles its signals like this. It does not tell the queues apart, takes
// for ignored what is so by default, and never has CONT among these.
func masksOf(s childState, pending ...int) procinfo.Sigmasks {
	ignored := slices.Clone(s.Ignored)
	for _, sig := range ignoredByDefault {
		if !slices.Contains(s.Caught, sig) {
			ignored = append(ignored, sig)
		}
	}
	ignored = slices.DeleteFunc(ignored, func(sig int) bool { return sig == int(unix.SIGCONT) })
	return procinfo.Sigmasks{Pending: setOf(pending), Blocked: setOf(s.Blocked), Ignored: setOf(ignored), Caught: setOf(s.Caught)}
}

// TestNetBSDStates has still children in every state.
func TestNetBSDStates(t *testing.T) {
	all := make([]int, 0, lastSignal)
	for sig := 1; sig <= lastSignal; sig++ {
		if sig != int(unix.SIGKILL) && sig != int(unix.SIGSTOP) {
			all = append(all, sig)
		}
	}
	var realtime []int
	var realtimeSignals []procinfo.Signal
	for sig := 33; sig <= lastSignal; sig++ {
		realtime, realtimeSignals = append(realtime, sig), append(realtimeSignals, procinfo.Signal(sig))
	}
	for _, tt := range []struct {
		name    string
		root    bool
		state   childState
		kill    []procinfo.Signal // sent to it
		own     []int             // sent by its thread to itself
		pending []int
		stop    bool
	}{
		{name: "nothing special", state: childState{Caught: []int{}}},
		{name: "own process group", state: childState{Caught: []int{}, Setpgid: true}},
		{name: "own session", state: childState{Caught: []int{}, Setsid: true}},
		{name: "real-time signals", state: childState{Caught: []int{34, 48, 63}, Ignored: []int{33, 62}, Blocked: []int{35, 40, 63}},
			kill: []procinfo.Signal{40, 63, 62}, pending: []int{40, 63}},
		{name: "pending in the thread", state: childState{Caught: []int{}, Blocked: []int{3, 34, 35}},
			own: []int{3, 34}, kill: []procinfo.Signal{35}, pending: []int{3, 34, 35}},
		{name: "every real-time signal pending", state: childState{Caught: []int{}, Blocked: realtime}, kill: realtimeSignals, pending: realtime},
		{name: "every real-time signal pending in the thread", state: childState{Caught: []int{}, Blocked: realtime}, own: realtime, pending: realtime},
		{name: "all blocked", state: childState{Caught: []int{}, Blocked: all}, kill: []procinfo.Signal{1, 15, 33, 63}, pending: []int{1, 15, 33, 63}},
		{name: "all caught", state: childState{Caught: all, Blocked: all}},
		{name: "all ignored", state: childState{Caught: []int{}, Ignored: all}, kill: []procinfo.Signal{1, 15, 63}},
		{name: "CONT is never among the ignored", state: childState{Caught: []int{}, Ignored: []int{1, int(unix.SIGCONT)}}},
		{name: "caught what is ignored by default", state: childState{Caught: []int{2, 16, 20, 28}, Blocked: []int{20}},
			kill: []procinfo.Signal{20}, pending: []int{20}},
		{name: "stopped", stop: true, state: childState{Caught: []int{15}, Ignored: []int{33}, Blocked: []int{2, 40}, Setpgid: true},
			kill: []procinfo.Signal{40}, pending: []int{40}},
		{name: "no groups", root: true, state: childState{Caught: []int{}, User: &user{12345, 23456, []uint32{}}}},
		{name: "groups twice and in disorder", root: true,
			state: childState{Caught: []int{}, User: &user{12345, 23456, []uint32{9, 3, 9, 0, 23456, 4294967294}}}},
		{name: "everything at once", root: true, stop: true, state: childState{
			User: &user{1000, 1000, []uint32{7, 3000000000}}, Setsid: true, Umask: 0o137,
			Blocked: []int{1, 39}, Ignored: []int{31, 50}, Caught: []int{15, 63},
		}, kill: []procinfo.Signal{1, 39, 31}, pending: []int{1, 39}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root {
				needRoot(t)
			}
			var steps []step
			for _, sig := range tt.own {
				steps = append(steps, step{trap: unix.SYS__LWP_SELF}, step{trap: unix.SYS__LWP_KILL, chain: true, b: uintptr(sig)})
			}
			tt.state.Limits = map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}}
			c := stillThat(t, tt.state, steps, nil)
			for _, sig := range tt.kill {
				send(t, c.Pid, sig)
			}
			if tt.stop {
				send(t, c.Pid, unix.SIGSTOP)
				waitStopped(t, c.Pid)
			}
			want := own(t)
			want["umask"] = "!unsupported"
			want["rlimit"] = "77:88"
			want["sigmasks"] = fmt.Sprint(masksOf(tt.state, tt.pending...))
			if tt.state.User != nil {
				want["groups"] = fmt.Sprint(tt.state.User.Groups)
			}
			if tt.state.Setsid || tt.state.Setpgid {
				want["pgid"] = fmt.Sprint(c.Pid)
			}
			if tt.state.Setsid {
				want["sid"] = fmt.Sprint(c.Pid)
			}
			checkEverywhere(t, c.Pid, c.Process, want)
		})
	}
}

// TestNetBSDGroups has groups past 2^31, not sorted, of every number that the system allows.
func TestNetBSDGroups(t *testing.T) {
	needRoot(t)
	const most = 16 // NGROUPS_MAX
	for n := range most + 1 {
		groups := make([]uint32, 0, most)
		for i := n; i > 0; i-- {
			groups = append(groups, uint32(i)*268_000_000)
		}
		c := still(t, childState{Caught: []int{}, User: &user{12345, 12345, groups}})
		if got, err := procinfo.GetGroups(c.Pid); err != nil || !slices.Equal(got, groups) {
			t.Errorf("got %v, %v; want %v", got, err, groups)
		}
		if info, err := procinfo.Get(c.Pid, procinfo.FieldGroups); err != nil || !slices.Equal(info.Groups, groups) {
			t.Errorf("Get: got %v, %v; want %v", info.Groups, err, groups)
		}
		c.stop()
	}
}

// TestNetBSDZombie: what a zombie still has, and what it has no more.
func TestNetBSDZombie(t *testing.T) {
	state := childState{Caught: []int{15}, Ignored: []int{33}, Blocked: []int{2, 40}, Setpgid: true}
	if os.Getuid() == 0 {
		state.User = &user{0, 0, []uint32{5, 6}}
	}
	c := still(t, state)
	send(t, c.Pid, 40)
	want := reportOf(c.Pid)
	send(t, c.Pid, unix.SIGKILL)
	waitZombie(t, c.Pid)
	masks := masksOf(state)
	masks.Ignored, masks.Blocked = procinfo.SignalSet{}, sigs()
	want["sigmasks"] = fmt.Sprint(masks)
	want["umask"] = "!unsupported"
	want["rlimit"] = "!zombie"
	for name, v := range reportOf(c.Pid) {
		if v != want[name] {
			t.Errorf("%s: got %s, want %s", name, v, want[name])
		}
	}
	procinfo.Oneshot(c.Pid, func() error {
		for _, name := range []string{"groups", "pgid", "sid"} {
			if got := reportOf(c.Pid)[name]; got != want[name] {
				t.Errorf("%s in Oneshot: got %s, want %s", name, got, want[name])
			}
		}
		return nil
	})
	for _, p := range []any{c.Pid, c.Process} {
		_, err := call(p,
			func(pid int) (procinfo.Limits, error) {
				return procinfo.Rlimit(pid, procinfo.RLIMIT_CORE, &procinfo.Limits{})
			},
			func(p *os.Process) (procinfo.Limits, error) {
				return procinfo.Rlimit(p, procinfo.RLIMIT_CORE, &procinfo.Limits{})
			})
		wantKind(t, err, "zombie")
		if !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%v does not match os.ErrProcessDone", err)
		}
	}
	info, err := procinfo.Get(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, info.Err(procinfo.FieldRlimits), "zombie")
	if m := info.Sigmasks; m.Ignored.Known() || !m.Pending.Empty() || !m.Blocked.Empty() || m.Caught != setOf(state.Caught) {
		t.Errorf("Get: masks %v", m)
	}
	found := 0
	for info := range procinfo.All() {
		if info.PID == c.Pid {
			found++
			if got := reportFrom(info); got["groups"] != want["groups"] || got["pgid"] != want["pgid"] || got["sid"] != want["sid"] ||
				got["sigmasks"] != want["sigmasks"] {
				t.Errorf("All: got %v, want %v", got, want)
			}
		}
	}
	if found != 1 {
		t.Errorf("All has it %d times", found)
	}
	c.stop()
	for name, v := range reportOf(c.Pid) {
		if name != "umask" && v != "!no such process" {
			t.Errorf("reaped: %s: %s", name, v)
		}
	}
}

// TestNetBSDThreads: masks and queues of all threads are merged.
func TestNetBSDThreads(t *testing.T) {
	c := start(t, childState{Caught: []int{}})
	c.tell(t, "block", int(sigUSR1))
	c.tell(t, "thread-kill", int(sigUSR1))
	c.tell(t, "thread", 40)
	want := procinfo.Sigmasks{
		Pending: sigs(sigUSR1, 40), Blocked: sigs(sigUSR1, 40), Ignored: setOf(ignoredByDefault), Caught: sigs(),
	}
	// The Go runtime blocks everything for moments.
	eventually(t, "masks of two threads", func() bool {
		m, err := procinfo.GetSigmasks(c.Pid)
		if err != nil {
			t.Fatal(err)
		}
		return m == want
	})
}

// TestNetBSDExecve reads, and sets limits of, a process that is in execve most of the time. The kernel then leaves the mask out
// of its record, and keeps its limits to itself.
func TestNetBSDExecve(t *testing.T) {
	exe, err := publicCopy()
	if err != nil {
		t.Fatal(err)
	}
	goOn := filepath.Join(t.TempDir(), "go on")
	if err := os.WriteFile(goOn, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	role, err := json.Marshal(childState{Role: "exec", Args: []string{goOn}})
	if err != nil {
		t.Fatal(err)
	}
	path, err := unix.BytePtrFromString(exe)
	if err != nil {
		t.Fatal(err)
	}
	env, err := unix.BytePtrFromString(childEnv + "=" + string(role))
	if err != nil {
		t.Fatal(err)
	}
	argv, envv := [2]*byte{path, nil}, [2]*byte{env, nil}
	// The Go runtime leaves these two as it finds them; it unblocks what would end a program.
	state := childState{
		Caught: []int{}, Ignored: []int{33}, Blocked: []int{int(sigUSR1), 40}, Setpgid: true,
		Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_CORE: {Soft: 5, Hard: 6}},
	}
	groups := own(t)["groups"]
	if os.Getuid() == 0 {
		state.User = &user{0, 0, []uint32{5, 6}}
		groups = "[5 6]"
	}
	c := stillThat(t, state, nil, []step{{
		trap: unix.SYS_EXECVE, a: uintptr(unsafe.Pointer(path)), b: uintptr(unsafe.Pointer(&argv)), c: uintptr(unsafe.Pointer(&envv)),
	}})
	runtime.KeepAlive(argv)
	runtime.KeepAlive(envv)
	reads, unknown, listed := 0, 0, 0
	checkMasks := func(how string, m procinfo.Sigmasks) {
		t.Helper()
		if !m.Blocked.Known() {
			unknown++
		} else if !m.Blocked.Has(sigUSR1) || !m.Blocked.Has(40) {
			t.Errorf("%s: blocked %v", how, m.Blocked)
		}
		if m.Pending.Known() != m.Blocked.Known() || !m.Ignored.Known() || !m.Ignored.Has(33) {
			t.Errorf("%s: pending %v, ignored %v", how, m.Pending, m.Ignored)
		}
	}
	core := procinfo.Limits{Soft: 5, Hard: 6}
	for begin := time.Now(); (reads < 3 || time.Since(begin) < 3*time.Second) && !t.Failed(); {
		reads++
		m, err := procinfo.GetSigmasks(c.Pid)
		if err != nil {
			t.Fatal(err)
		}
		checkMasks("GetSigmasks", m)
		got := reportOf(c.Pid)
		if got["groups"] != groups || got["pgid"] != fmt.Sprint(c.Pid) || got["sid"] != own(t)["sid"] {
			t.Errorf("got %v", got)
		}
		procinfo.Oneshot(c.Pid, func() error {
			if g, err := procinfo.GetGroups(c.Pid); err != nil || fmt.Sprint(g) != groups {
				t.Errorf("groups in Oneshot: %v, %v", g, err)
			}
			m, err := procinfo.GetSigmasks(c.Pid)
			if err != nil {
				t.Error(err)
			}
			checkMasks("Oneshot", m)
			return nil
		})
		for info := range procinfo.All(procinfo.FieldSigmasks, procinfo.FieldGroups) {
			if info.PID == c.Pid {
				listed++
				checkMasks("All", info.Sigmasks)
				if fmt.Sprint(info.Groups) != groups {
					t.Errorf("All: groups %v", info.Groups)
				}
			}
		}
		if l, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_CORE); err != nil || l != core {
			t.Errorf("limits: %v, %v; want %v", l, err, core)
		}
		next := procinfo.Limits{Soft: uint64(reads % 5), Hard: 6}
		if old, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_CORE, &next); !mayLimit() {
			wantKind(t, err, "denied")
		} else if err != nil || old != core {
			t.Errorf("set %v: old %v, %v; want %v", next, old, err, core)
		} else {
			core = next
		}
	}
	t.Logf("%d rounds, %d times in a listing, %d masks not told", reads, listed, unknown)
	if listed != reads {
		t.Errorf("%d rounds, %d times in a listing", reads, listed)
	}
	os.Remove(goOn) // a KILL can be lost in execve
	if _, err := c.Process.Wait(); err != nil {
		t.Error(err)
	}
}

// execUntil starts itself again until the file given is gone, or its parent.
func execUntil(args []string) any {
	_, err := os.Stat(args[0])
	if os.IsNotExist(err) || os.Getppid() == 1 {
		os.Exit(0)
	}
	if err == nil {
		var exe string
		if exe, err = os.Executable(); err == nil {
			err = syscall.Exec(exe, []string{exe}, os.Environ())
		}
	}
	fail(err)
	return nil
}

// TestNetBSDAllLimits has another value for each resource.
func TestNetBSDAllLimits(t *testing.T) {
	state := childState{Caught: []int{}, Limits: map[procinfo.Resource]procinfo.Limits{
		procinfo.RLIMIT_CPU:     {Soft: 101, Hard: 201},
		procinfo.RLIMIT_FSIZE:   {Soft: 102, Hard: 202},
		procinfo.RLIMIT_DATA:    {Soft: 100 << 20, Hard: 200 << 20},
		procinfo.RLIMIT_STACK:   {Soft: 1 << 20, Hard: 2 << 20},
		procinfo.RLIMIT_CORE:    {Soft: 0, Hard: procinfo.Infinity},
		procinfo.RLIMIT_RSS:     {Soft: 50 << 20, Hard: 60 << 20},
		procinfo.RLIMIT_MEMLOCK: {Soft: 1 << 10, Hard: 2 << 10},
		procinfo.RLIMIT_NPROC:   {Soft: 21, Hard: 31},
		procinfo.RLIMIT_NOFILE:  {Soft: 77, Hard: 88},
		procinfo.RLIMIT_SBSIZE:  {Soft: 1 << 20, Hard: 1<<62 + 1},
		procinfo.RLIMIT_AS:      {Soft: 1 << 50, Hard: math.MaxInt64 - 1},
		procinfo.RLIMIT_NTHR:    {Soft: 41, Hard: 51},
	}}
	c := still(t, state)
	if n := len(procinfo.Resources()); n != len(state.Limits) {
		t.Errorf("%d resources", n)
	}
	info, err := procinfo.Get(c.Pid)
	if err != nil || info.Err(procinfo.FieldRlimits) != nil {
		t.Fatal(err, info.Err(procinfo.FieldRlimits))
	}
	for r, want := range state.Limits {
		if got, err := procinfo.GetRlimit(c.Pid, r); err != nil || got != want {
			t.Errorf("%v: got %v, %v; want %v", r, got, err, want)
		}
		if got := info.Rlimits[r]; got != want {
			t.Errorf("%v: Get: got %v, want %v", r, got, want)
		}
		if got, err := procinfo.Rlimit(c.Process, r, nil); err != nil || got != want {
			t.Errorf("%v: Rlimit: got %v, %v; want %v", r, got, err, want)
		}
	}
	if procinfo.RLIMIT_VMEM != procinfo.RLIMIT_AS {
		t.Error("RLIMIT_VMEM is another one than RLIMIT_AS")
	}
}

// setAndCheck sets limits, and compares the old ones and what is read back. It returns those that are then in force.
func setAndCheck(t *testing.T, c *child, r procinfo.Resource, old, next procinfo.Limits) procinfo.Limits {
	t.Helper()
	if next != old && (!mayLimit() || next.Hard > old.Hard && os.Getuid() != 0) {
		refused(t, c, r, next, "denied")
		return old
	}
	got, err := procinfo.Rlimit(c.Process, r, &next)
	if err != nil || got != old {
		t.Errorf("%v, from %v to %v: old %v, %v", r, old, next, got, err)
	}
	if got, err := procinfo.GetRlimit(c.Pid, r); err != nil || got != next {
		t.Errorf("%v, from %v to %v: is %v, %v", r, old, next, got, err)
	}
	return next
}

// refused checks that limits cannot be set, and that nothing has changed.
func refused(t *testing.T, c *child, r procinfo.Resource, next procinfo.Limits, kind string) {
	t.Helper()
	before, err := procinfo.GetRlimit(c.Pid, r)
	if err != nil {
		t.Fatal(err)
	}
	old, err := procinfo.Rlimit(c.Pid, r, &next)
	if kind == "EINVAL" {
		if !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%v to %v: %v does not match EINVAL", r, next, err)
		}
	} else {
		wantKind(t, err, kind)
	}
	if partial := new(procinfo.PartialError); errors.As(err, &partial) {
		t.Errorf("%v to %v: %v", r, next, err)
	}
	if now, err := procinfo.GetRlimit(c.Pid, r); err != nil || now != before || old != (procinfo.Limits{}) {
		t.Errorf("%v, refused: was %v, is %v, %v; old %v", r, before, now, err, old)
	}
}

// TestNetBSDSetRlimit goes from every pair to every other one, so that each half is raised, lowered and left, with the
// other one.
func TestNetBSDSetRlimit(t *testing.T) {
	values := []uint64{0, 7, 100, procinfo.Infinity}
	var pairs []procinfo.Limits
	for _, soft := range values {
		for _, hard := range values {
			if soft <= hard {
				pairs = append(pairs, procinfo.Limits{Soft: soft, Hard: hard})
			}
		}
	}
	c := still(t, childState{Caught: []int{}, Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_FSIZE: pairs[0]}})
	now := pairs[0]
	for _, from := range pairs {
		for _, to := range pairs {
			for _, next := range []procinfo.Limits{from, to} {
				now = setAndCheck(t, c, procinfo.RLIMIT_FSIZE, now, next)
			}
		}
	}

	// An ordinary user, too, can go down, and up to the hard limit.
	c = still(t, childState{Caught: []int{}, Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 50, Hard: 100}}})
	now = procinfo.Limits{Soft: 50, Hard: 100}
	for _, next := range []procinfo.Limits{{Soft: 100, Hard: 100}, {Soft: 20, Hard: 90}, {Soft: 90, Hard: 90}, {Soft: 0, Hard: 10}, {Soft: 10, Hard: 10}, {Soft: 0, Hard: 0}} {
		now = setAndCheck(t, c, procinfo.RLIMIT_NOFILE, now, next)
	}

	// What the kernel has no number for.
	c = still(t, childState{Caught: []int{}})
	for _, next := range []procinfo.Limits{
		{Soft: 0, Hard: math.MaxInt64}, {Soft: math.MaxInt64, Hard: procinfo.Infinity}, {Soft: 0, Hard: 1 << 63},
		{Soft: 1 << 63, Hard: procinfo.Infinity}, {Soft: math.MaxUint64 - 1, Hard: math.MaxUint64 - 1},
	} {
		refused(t, c, procinfo.RLIMIT_FSIZE, next, "invalid limits")
		refused(t, &child{Pid: os.Getpid()}, procinfo.RLIMIT_FSIZE, next, "invalid limits")
	}
	refused(t, c, procinfo.RLIMIT_FSIZE, procinfo.Limits{Soft: 2, Hard: 1}, "invalid limits")
}

// TestNetBSDCaps: the kernel makes something else of some limits, and refuses a stack smaller than in use.
func TestNetBSDCaps(t *testing.T) {
	if !mayLimit() {
		t.Skip("this user can set no limits but its own")
	}
	page := uint64(os.Getpagesize())
	mib := uint64(1) << 20
	stack := func(soft, hard uint64) childState {
		return childState{Caught: []int{}, Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_STACK: {Soft: soft, Hard: hard}}}
	}
	c := still(t, stack(2*mib, 4*mib))
	// Both are rounded up to pages.
	for _, next := range []procinfo.Limits{{Soft: mib + 1, Hard: 3 * mib}, {Soft: mib + 1, Hard: 2*mib + 1}, {Soft: mib + 1, Hard: mib + 1}} {
		if _, err := procinfo.Rlimit(c.Pid, procinfo.RLIMIT_STACK, &next); err != nil {
			t.Errorf("%v: %v", next, err)
		}
		want := procinfo.Limits{Soft: mib + page, Hard: (next.Hard + page - 1) / page * page}
		if got, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_STACK); err != nil || got != want {
			t.Errorf("%v: got %v, %v; want %v", next, got, err, want)
		}
	}
	c = still(t, stack(2*mib, 4*mib))
	refused(t, c, procinfo.RLIMIT_STACK, procinfo.Limits{Soft: 0, Hard: 4 * mib}, "EINVAL")
	refused(t, c, procinfo.RLIMIT_STACK, procinfo.Limits{Soft: 0, Hard: 2 * mib}, "EINVAL")
	refused(t, c, procinfo.RLIMIT_STACK, procinfo.Limits{Soft: 0, Hard: 0}, "EINVAL")

	needRoot(t)
	// The hard limit is raised first, and put back when the soft one is refused.
	refused(t, c, procinfo.RLIMIT_STACK, procinfo.Limits{Soft: 0, Hard: 5 * mib}, "EINVAL")
	for _, r := range []procinfo.Resource{procinfo.RLIMIT_NOFILE, procinfo.RLIMIT_NPROC, procinfo.RLIMIT_DATA, procinfo.RLIMIT_NTHR} {
		all := procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}
		if _, err := procinfo.Rlimit(c.Pid, r, &all); err != nil {
			t.Errorf("%v: %v", r, err)
		}
		most, err := procinfo.GetRlimit(c.Pid, r)
		if err != nil || most.Soft != most.Hard || most.Soft == 0 {
			t.Errorf("%v, unlimited: %v, %v", r, most, err)
		}
		if most.Hard == procinfo.Infinity {
			continue // nothing is capped here
		}
		half := procinfo.Limits{Soft: most.Soft / 2, Hard: procinfo.Infinity}
		if _, err := procinfo.Rlimit(c.Pid, r, &half); err != nil {
			t.Errorf("%v: %v", r, err)
		}
		if got, err := procinfo.GetRlimit(c.Pid, r); err != nil || got != (procinfo.Limits{Soft: most.Soft / 2, Hard: most.Hard}) {
			t.Errorf("%v, half of %v: %v, %v", r, most, got, err)
		}
	}
}

// TestNetBSDTearing reads limits that are changed all the time, both at once: pairs that never were must be rare.
func TestNetBSDTearing(t *testing.T) {
	needRoot(t) // to raise the hard one
	c := start(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_CORE: {Soft: 1, Hard: 10}}})
	fmt.Fprintln(c.in, "toggle", 30_000)
	done := make(chan bool)
	go func() {
		defer close(done)
		c.out.ReadString('\n')
	}()
	reads, torn, unsteady := 0, 0, 0
	for running := true; running; reads++ {
		select {
		case <-done:
			running = false
		default:
		}
		l, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_CORE)
		switch {
		case err != nil:
			unsteady++
		case l.Hard != 10*l.Soft:
			torn++
		}
	}
	t.Logf("%d readings, %d torn, %d without two that agree", reads, torn, unsteady)
	if torn > reads/10 || unsteady > reads/10 {
		t.Errorf("%d of %d readings torn, %d without two that agree", torn, reads, unsteady)
	}
}

// TestNetBSDUnprivileged asks, and sets, as an ordinary user.
func TestNetBSDUnprivileged(t *testing.T) {
	needRoot(t)
	if now, err := curtain(); err == nil && now != 0 {
		t.Skip("the curtain is drawn")
	}
	limits := map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}}
	roots := still(t, childState{Caught: []int{15}, Blocked: []int{40}, Setsid: true, User: &user{0, 0, []uint32{3, 4}}, Limits: limits})
	same := still(t, childState{Caught: []int{}, User: &user{65534, 65534, nil}, Limits: limits})
	group := still(t, childState{Caught: []int{}, User: &user{65534, 12345, nil}, Limits: limits})
	for _, tt := range []struct {
		name   string
		target *child
		groups string
		want   map[string]string
	}{
		{"root's", roots, "65534", map[string]string{"as it is": "", "lower": "denied", "raise": "denied", "after": "77:88"}},
		{"own without its group among ours", same, "", map[string]string{"as it is": "", "lower": "denied", "raise": "denied", "after": "77:88"}},
		{"own with another group", group, "65534", map[string]string{"as it is": "", "lower": "denied", "raise": "denied", "after": "77:88"}},
		{"own", same, "65534", map[string]string{"as it is": "", "lower": "", "raise": "denied", "after": "1:2"}},
	} {
		want := reportOf(tt.target.Pid)
		var got userReport
		command(t, childState{Role: "unprivileged", Args: []string{tt.groups, strconv.Itoa(tt.target.Pid)}}).run(t, &got)
		if fmt.Sprint(got.Target) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", tt.name, got.Target, want)
		}
		got.Kinds["after"] = reportOf(tt.target.Pid)["rlimit"]
		for name, want := range tt.want {
			if got.Kinds[name] != want {
				t.Errorf("%s, %s: got %q, want %q", tt.name, name, got.Kinds[name], want)
			}
		}
		if !got.Listed {
			t.Errorf("%s: not in All", tt.name)
		}
	}
}

// TestNetBSDCurtain: what the kernel hides from a user is denied, not absent.
func TestNetBSDCurtain(t *testing.T) {
	needRoot(t)
	old, err := curtain()
	if err != nil {
		t.Skip("this kernel has no curtain: ", err)
	}
	if err := setCurtain(1); err != nil {
		t.Skip("the curtain cannot be drawn: ", err)
	}
	t.Cleanup(func() { setCurtain(int32(old)) })
	if now, err := curtain(); err != nil || now != 1 {
		t.Fatal(now, err)
	}
	gone := still(t, childState{})
	gone.stop()
	target := still(t, childState{Caught: []int{}, Setsid: true})
	before := reportOf(target.Pid)
	want := report{"umask": "!unsupported", "groups": "!denied", "rlimit": "!denied", "sigmasks": "!denied", "pgid": before["pgid"], "sid": before["sid"]}
	var got userReport
	command(t, childState{Role: "unprivileged", Args: []string{"65534", strconv.Itoa(target.Pid), strconv.Itoa(gone.Pid), "0"}}).run(t, &got)
	for how, r := range map[string]report{"outside": got.Target, "in Oneshot": got.Oneshot, "Get": got.Get} {
		for name, v := range want {
			if r[name] != v {
				t.Errorf("%s, %s: got %s, want %s", how, name, r[name], v)
			}
		}
	}
	for _, name := range []string{"as it is", "lower", "raise"} {
		if got.Kinds[name] != "denied" {
			t.Errorf("set, %s: %q", name, got.Kinds[name])
		}
	}
	if got.Listed {
		t.Error("All has it")
	}
	for name, v := range got.More[0] {
		if name != "umask" && v != "!no such process" {
			t.Errorf("gone: %s: %s", name, v)
		}
	}
	for name, v := range got.More[1] {
		if name != "umask" && v != "!denied" {
			t.Errorf("PID 0: %s: %s", name, v)
		}
	}
	if want := []string{"denied", "no such process", "denied", "no such process"}; !slices.Equal(got.NoGet, want) {
		t.Errorf("Get: got %q, want %q", got.NoGet, want)
	}
	if now := reportOf(target.Pid); fmt.Sprint(now) != fmt.Sprint(before) {
		t.Errorf("changed from %v to %v", before, now)
	}
}

type userReport struct {
	Target, Oneshot, Get report
	Kinds                map[string]string
	More                 []report
	NoGet                []string // what Get says of each PID, and of one that nobody has, without pgid and sid
	Listed               bool
}

// asUser reports on PIDs as an ordinary user with one supplementary group or none, which comes first, and what it is told
// when it sets limits of the first.
func asUser(args []string) any {
	pids := args[1:]
	groups := []int{}
	if group, err := strconv.Atoi(args[0]); err == nil {
		groups = append(groups, group)
	}
	for _, err := range []error{syscall.Setgroups(groups), syscall.Setgid(65534), syscall.Setuid(65534)} {
		if err != nil {
			fail(err)
		}
	}
	pid, _ := strconv.Atoi(pids[0])
	r := userReport{Target: reportOf(pid), More: reportOn(pids[1:]), Kinds: map[string]string{}}
	procinfo.Oneshot(pid, func() error { r.Oneshot = reportOf(pid); return nil })
	if info, err := procinfo.Get(pid); err != nil {
		r.Get = report{"error": err.Error()}
	} else {
		r.Get = reportFrom(info)
	}
	for _, pid := range append(pids, "2147483646") {
		n, _ := strconv.Atoi(pid)
		_, err := procinfo.Get(n, procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldRlimits)
		r.NoGet = append(r.NoGet, kindOf(err))
	}
	for info := range procinfo.All(procinfo.FieldPgid) {
		r.Listed = r.Listed || info.PID == pid
	}
	for _, set := range []struct {
		name       string
		soft, hard uint64
	}{{"as it is", 77, 88}, {"raise", 77, 89}, {"lower", 1, 2}} {
		_, err := procinfo.Rlimit(pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: set.soft, Hard: set.hard})
		r.Kinds[set.name] = kindOf(err)
	}
	return r
}

// TestNetBSDKernelProcess: PID 0 is the kernel's own, and never the caller.
func TestNetBSDKernelProcess(t *testing.T) {
	if now, err := curtain(); err == nil && now != 0 && os.Getuid() != 0 {
		t.Skip("behind the curtain")
	}
	check := func(how string) {
		t.Helper()
		got := reportOf(0)
		if got["groups"] != "[]" || got["pgid"] != "0" || got["sid"] != "0" || got["rlimit"][0] == '!' || got["umask"] != "!unsupported" {
			t.Errorf("PID 0%s: %v", how, got)
		}
		if m, err := procinfo.GetSigmasks(0); err != nil || !m.Caught.Empty() || !m.Ignored.Known() {
			t.Errorf("PID 0%s: masks %v, %v", how, m, err)
		}
	}
	check("")
	procinfo.Oneshot(0, func() error { check(" in Oneshot"); return nil })
	if info, err := procinfo.Get(0); err != nil || info.Pgid != 0 || info.Sid != 0 || len(info.Rlimits) == 0 {
		t.Errorf("Get(0): %v, %v", info, err)
	}
	for _, pid := range []int{1, os.Getppid()} {
		pgid, err := unix.Getpgid(pid)
		if err != nil || pid == 0 {
			continue
		}
		sid, _ := unix.Getsid(pid)
		for how, get := range map[string]func() report{
			"":            func() report { return reportOf(pid) },
			" in Oneshot": func() (r report) { procinfo.Oneshot(pid, func() error { r = reportOf(pid); return nil }); return r },
		} {
			if r := get(); r["pgid"] != fmt.Sprint(pgid) || r["sid"] != fmt.Sprint(sid) {
				t.Errorf("PID %d%s: %v; want pgid %d, sid %d", pid, how, r, pgid, sid)
			}
		}
	}
	seen := map[int]int{}
	for info, err := range procinfo.All(procinfo.FieldPgid) {
		if err != nil {
			t.Error(err)
		}
		seen[info.PID]++
	}
	if seen[0] != 1 || seen[1] != 1 || seen[os.Getpid()] != 1 {
		t.Errorf("All has 0, 1 and us %d, %d, %d times", seen[0], seen[1], seen[os.Getpid()])
	}
	for pid, n := range seen {
		if n != 1 || pid < 0 {
			t.Errorf("All has %d %d times", pid, n)
		}
	}
}

// TestNetBSDChurn lists all processes while some of them end: those that stay are there once and whole, and those that go are
// there, or are zombies, or are not there.
func TestNetBSDChurn(t *testing.T) {
	stays := still(t, childState{Caught: []int{15}, Blocked: []int{40}, Setpgid: true})
	truth := reportOf(stays.Pid)
	for round := range 5 {
		goes := map[int]bool{}
		for i := range 6 {
			// With every signal blocked, as it has this process's handlers.
			runtime.LockOSThread()
			old := setMask(&allSignals)
			pid, errno := runSteps([]step{{trap: unix.SYS_POLL, c: uintptr(i * round)}, {trap: unix.SYS_EXIT}})
			setMask(&old)
			runtime.UnlockOSThread()
			if errno != 0 {
				t.Fatal(errno)
			}
			goes[int(pid)] = true
		}
		for range 2 {
			seen := map[int]int{}
			for info, err := range procinfo.All() {
				if err != nil {
					wantKind(t, err, "denied")
					continue
				}
				seen[info.PID]++
				got := reportFrom(info)
				if info.PID == stays.Pid && fmt.Sprint(got) != fmt.Sprint(truth) {
					t.Errorf("got %v, want %v", got, truth)
				}
				if goes[info.PID] && (info.Pgid != unix.Getpgrp() || got["sigmasks"][0] == '!' ||
					got["rlimit"][0] == '!' && got["rlimit"] != "!zombie") {
					t.Errorf("one that goes: %v", got)
				}
			}
			if seen[stays.Pid] != 1 || seen[os.Getpid()] != 1 {
				t.Errorf("one that stays is there %d times, and we are %d times", seen[stays.Pid], seen[os.Getpid()])
			}
			for pid := range goes {
				if seen[pid] > 1 {
					t.Errorf("one that goes is there %d times", seen[pid])
				}
			}
		}
		for pid := range goes {
			if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestNetBSDNotProcesses: numbers of threads, and the one that is the caller to a part of sysctl, are no processes.
func TestNetBSDNotProcesses(t *testing.T) {
	ids := []int{math.MaxInt32}
	lwp, stop := make(chan int), make(chan bool)
	defer close(stop)
	for range 3 { // at most one of them is the main thread, whose number is the PID
		go func() {
			runtime.LockOSThread()
			id, _, _ := unix.RawSyscall(unix.SYS__LWP_SELF, 0, 0, 0)
			lwp <- int(id)
			<-stop
		}()
		// Before NetBSD 10 the number can also be another process's.
		if id := <-lwp; id != os.Getpid() && unix.Kill(id, 0) == unix.ESRCH {
			ids = append(ids, id)
		}
	}
	before, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_CORE)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		for name, v := range reportOf(id) {
			if name != "umask" && v != "!no such process" {
				t.Errorf("%d: %s: %s", id, name, v)
			}
		}
		_, err := procinfo.Rlimit(id, procinfo.RLIMIT_CORE, &procinfo.Limits{Soft: 1, Hard: before.Hard})
		wantKind(t, err, "no such process")
		_, err = procinfo.Get(id)
		wantKind(t, err, "no such process")
	}
	if after, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_CORE); err != nil || after != before {
		t.Errorf("own limits were %v, are %v, %v", before, after, err)
	}
	t.Log(ids)
}

// TestNetBSDOneshot: one record serves until limits are set.
func TestNetBSDOneshot(t *testing.T) {
	c := start(t, childState{Caught: []int{}})
	blocks := func(sig procinfo.Signal) func() bool {
		return func() bool {
			m, err := procinfo.GetSigmasks(c.Pid)
			if err != nil {
				t.Fatal(err)
			}
			return m.Blocked == sigs(sig)
		}
	}
	c.tell(t, "block", int(sigUSR1))
	eventually(t, "USR1 blocked", blocks(sigUSR1))
	procinfo.Oneshot(c.Pid, func() error {
		first, err := procinfo.GetSigmasks(c.Pid)
		if err != nil {
			t.Error(err)
		}
		c.tell(t, "block", int(sigUSR2))
		if again, err := procinfo.GetSigmasks(int32(c.Pid)); err != nil || again != first {
			t.Errorf("in Oneshot: %v, then %v, %v", first, again, err)
		}
		if info, err := procinfo.Get(c.Pid, procinfo.FieldSigmasks); err != nil || info.Sigmasks.Blocked.Has(sigUSR1) && info.Sigmasks.Blocked.Len() == 1 {
			t.Errorf("Get in Oneshot: %v, %v", info.Sigmasks, err)
		}
		l, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_CORE)
		if err != nil {
			t.Error(err)
		}
		if mayLimit() { // otherwise it sets what is there, which all may
			l.Soft = 0
		}
		if _, err := procinfo.Rlimit(c.Pid, procinfo.RLIMIT_CORE, &l); err != nil {
			t.Error(err)
		}
		if now, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_CORE); err != nil || now != l {
			t.Errorf("set in Oneshot: %v, %v; want %v", now, err, l)
		}
		if m, err := procinfo.GetSigmasks(c.Pid); err != nil || m.Blocked.Has(sigUSR1) && m.Blocked.Len() == 1 {
			t.Errorf("after a set: %v, %v", m, err)
		}
		return nil
	})
	eventually(t, "USR2 blocked", blocks(sigUSR2))
}

// TestNetBSDOwnNofile: the limit of files that a program sets for itself is what it starts others with, although the Go
// runtime has raised the first one and puts that back at exec.
func TestNetBSDOwnNofile(t *testing.T) {
	needRoot(t) // others could not get the first one back anyway
	var got procinfo.Limits
	command(t, childState{Role: "own-nofile", Args: []string{"1"}}).run(t, &got)
	if want := (procinfo.Limits{Soft: 70, Hard: 71}); got != want {
		t.Errorf("set to %v; started with %v", want, got)
	}
}

// ownNofile goes through three lives: in the first it makes a limit, which the runtime of the second raises; that one
// sets its own; and the third, which has no room for the runtime to raise it, tells what it was started with.
func ownNofile(args []string) any {
	var err error
	switch args[0] {
	case "1":
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 64, Max: 100})
	case "2":
		var old procinfo.Limits
		old, err = procinfo.Rlimit(os.Getpid(), procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 70, Hard: 71})
		if err == nil && old.Hard != 100 {
			err = fmt.Errorf("old limits %v", old)
		}
	default:
		l, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_NOFILE)
		if err != nil {
			fail(err)
		}
		return l
	}
	if err == nil {
		var exe string
		life, _ := strconv.Atoi(args[0])
		text, _ := json.Marshal(childState{Role: "own-nofile", Args: []string{strconv.Itoa(life + 1)}})
		os.Setenv(childEnv, string(text))
		if exe, err = os.Executable(); err == nil {
			err = syscall.Exec(exe, []string{exe}, os.Environ())
		}
	}
	fail(err)
	return nil
}

// TestNetBSDAllocs holds the functions to what they promise to leave to the garbage collector.
func TestNetBSDAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools lose on purpose")
	}
	state := childState{Caught: []int{}}
	if os.Getuid() == 0 {
		state.User = &user{0, 0, []uint32{7, 8, 9}}
	}
	pid := still(t, state).Pid
	one := 0.0
	if g, _ := procinfo.GetGroups(pid); len(g) > 0 {
		one = 1
	}
	for _, tt := range []struct {
		name             string
		uncached, cached float64
		ask              func()
	}{
		{"GetGroups", one, 0, func() { procinfo.GetGroups(pid) }},
		{"GetSigmasks", 0, 0, func() { procinfo.GetSigmasks(pid) }},
		{"GetRlimit", 0, 0, func() { procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE) }},
		{"Getpgid", 0, 0, func() { procinfo.Getpgid(pid) }},
		{"Getsid", 0, 0, func() { procinfo.Getsid(pid) }},
	} {
		if got := testing.AllocsPerRun(200, tt.ask); got > tt.uncached {
			t.Errorf("%s: %v allocations, promised are %v", tt.name, got, tt.uncached)
		}
		procinfo.Oneshot(pid, func() error {
			if got := testing.AllocsPerRun(200, tt.ask); got > tt.cached {
				t.Errorf("%s in Oneshot: %v allocations, promised are %v", tt.name, got, tt.cached)
			}
			return nil
		})
	}
}
