// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["darwin-nobody"] = func(args []string) any { return darwinAsNobody(args) }
	roles["darwin-limits"] = func([]string) any { return darwinOwnLimits() }
	roles["darwin-nofile"] = func(args []string) any { return darwinNofile(args) }
}

// darwinMasks are those of a Go program that was started by this one: its runtime has a handler for each signal it can, as
// this one's has, and so nothing is ignored but by inheritance.
func darwinMasks(t *testing.T, ignored ...procinfo.Signal) procinfo.Sigmasks {
	t.Helper()
	m, err := procinfo.GetSigmasks(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	all, caught := m.Ignored, m.Caught
	for _, sig := range ignored {
		caught = darwinWithout(caught, sig)
		if sig != unix.SIGCONT { // is never told
			all = darwinWith(all, sig)
		}
	}
	return procinfo.Sigmasks{Ignored: all, Caught: caught}
}

func darwinWith(s procinfo.SignalSet, sig procinfo.Signal) procinfo.SignalSet {
	return sigs(append(slices.Collect(s.All()), sig)...)
}

func darwinWithout(s procinfo.SignalSet, sig procinfo.Signal) procinfo.SignalSet {
	return sigs(slices.DeleteFunc(slices.Collect(s.All()), func(have procinfo.Signal) bool { return have == sig })...)
}

// TestDarwinSigmasks: what the Go runtime is known to do with signals shows, and what the kernel does not tell is not known.
func TestDarwinSigmasks(t *testing.T) {
	m, err := procinfo.GetSigmasks(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]procinfo.SignalSet{"pending": m.Pending, "blocked": m.Blocked, "process's pending": m.ProcessPending} {
		if s.Known() || s.Len() != 0 {
			t.Errorf("%s: %v", what, s)
		}
	}
	if !m.Ignored.Known() || !m.Caught.Known() {
		t.Fatalf("got %+v", m)
	}
	for _, sig := range []procinfo.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGPROF, unix.SIGURG, unix.SIGCHLD, unix.SIGTERM} {
		if !m.Caught.Has(sig) || m.Ignored.Has(sig) {
			t.Errorf("%v: ignored %v, caught %v", sig, m.Ignored, m.Caught)
		}
	}
	for _, sig := range []procinfo.Signal{unix.SIGKILL, unix.SIGSTOP} {
		if m.Caught.Has(sig) || m.Ignored.Has(sig) {
			t.Errorf("%v: ignored %v, caught %v", sig, m.Ignored, m.Caught)
		}
	}
	for sig := range m.Caught.All() {
		if m.Ignored.Has(sig) || sig > 31 {
			t.Errorf("%v is in %+v", sig, m)
		}
	}
}

// TestDarwinStates has children in every state that can be made.
func TestDarwinStates(t *testing.T) {
	mine := reportOf(os.Getpid())
	sixteen := []uint32{2001, 9, 3000000000, 9, 0, 2147483648, 5, 4, 3, 2, 1, 65536, 65535, 32768, 7, 8}
	for _, tt := range []struct {
		name  string
		state childState
		root  bool
		after func(*testing.T, *child)
		want  func(c *child, r report) // from this process's
	}{
		{name: "nothing special"},
		{
			name:  "umask",
			state: childState{Umask: 0o137},
		},
		{
			name:  "signals ignored",
			state: childState{Ignored: []int{int(unix.SIGHUP), int(unix.SIGTSTP), int(unix.SIGUSR1), int(unix.SIGWINCH), int(unix.SIGCONT)}},
			want: func(_ *child, r report) {
				r["sigmasks"] = fmt.Sprint(darwinMasks(t, unix.SIGHUP, unix.SIGTSTP, unix.SIGUSR1, unix.SIGWINCH, unix.SIGCONT))
			},
		},
		{
			name:  "own process group",
			state: childState{Setpgid: true},
			want:  func(c *child, r report) { r["pgid"] = fmt.Sprint(c.Pid) },
		},
		{
			name:  "own session",
			state: childState{Setsid: true},
			want:  func(c *child, r report) { r["pgid"], r["sid"] = fmt.Sprint(c.Pid), fmt.Sprint(c.Pid) },
		},
		{
			name:  "limits",
			state: childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 50, Hard: 100}}},
		},
		{
			name:  "stopped",
			after: darwinStop,
		},
		{
			name:  "zombie",
			state: childState{Setpgid: true},
			after: darwinKill,
			want: func(c *child, r report) {
				r["pgid"], r["sid"] = fmt.Sprint(c.Pid), "!zombie"
				delete(r, "sigmasks")
			},
		},
		{
			name:  "zombie that led a session",
			state: childState{Setsid: true},
			after: darwinKill,
			want: func(c *child, r report) {
				r["pgid"], r["sid"] = fmt.Sprint(c.Pid), "!zombie"
				delete(r, "sigmasks")
			},
		},
		{
			name:  "zombie that was stopped",
			after: func(t *testing.T, c *child) { darwinStop(t, c); darwinKill(t, c) },
			want:  func(_ *child, r report) { r["sid"] = "!zombie"; delete(r, "sigmasks") },
		},
		{
			name:  "another user, one group",
			root:  true,
			state: childState{User: &user{1002, 2001, []uint32{2001}}},
			want:  func(_ *child, r report) { r["groups"] = "[2001]" },
		},
		{
			name:  "as many groups as there can be, in disorder and twice",
			root:  true,
			state: childState{User: &user{1002, 2001, sixteen}},
			want:  func(_ *child, r report) { r["groups"] = fmt.Sprint(sixteen) },
		},
		{
			name:  "zombie with groups",
			root:  true,
			state: childState{User: &user{1002, 2001, []uint32{2001, 4294967294, 12}}},
			after: darwinKill,
			want: func(_ *child, r report) {
				r["groups"], r["sid"] = "[2001 4294967294 12]", "!zombie"
				delete(r, "sigmasks")
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root {
				needRoot(t)
			}
			c := start(t, tt.state)
			want := report{
				"umask": "!unsupported", "groups": mine["groups"], "rlimit": "!unsupported",
				"sigmasks": fmt.Sprint(darwinMasks(t)), "pgid": mine["pgid"], "sid": mine["sid"],
			}
			if tt.after != nil {
				tt.after(t, c)
			}
			if tt.want != nil {
				tt.want(c, want)
			}
			checkEverywhere(t, c.Pid, c.Process, want)
		})
	}
}

func darwinKill(t *testing.T, c *child) {
	t.Helper()
	send(t, c.Pid, unix.SIGKILL)
	waitZombie(t, c.Pid)
}

// darwinStop stops a child, and returns when it is stopped.
func darwinStop(t *testing.T, c *child) {
	t.Helper()
	send(t, c.Pid, unix.SIGSTOP)
	for {
		pid, err := unix.Wait4(c.Pid, nil, unix.WUNTRACED, nil)
		if pid == c.Pid {
			return
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
}

// TestDarwinZombieSigmasks: an exiting process ignores all there is, which is not told.
func TestDarwinZombieSigmasks(t *testing.T) {
	c := start(t, childState{})
	darwinKill(t, c)
	for range 2 {
		m, err := procinfo.GetSigmasks(c.Pid)
		if err != nil || m.Ignored.Known() || m.Pending.Known() || m.Blocked.Known() || !m.Caught.Known() {
			t.Errorf("got %+v, %v", m, err)
		}
	}
}

// TestDarwinSignalsComeAndGo is a child that changes what it does with signals.
func TestDarwinSignalsComeAndGo(t *testing.T) {
	c := start(t, childState{})
	want := darwinMasks(t)
	check := func(when string) {
		t.Helper()
		if m, err := procinfo.GetSigmasks(c.Pid); err != nil || m != want {
			t.Errorf("%s: got %+v, %v; want %+v", when, m, err, want)
		}
	}
	check("at first")
	for _, sig := range []procinfo.Signal{unix.SIGUSR1, unix.SIGUSR2, unix.SIGINFO, unix.SIGTTOU} {
		c.tell(t, "ignore", int(sig))
		want.Ignored, want.Caught = darwinWith(want.Ignored, sig), darwinWithout(want.Caught, sig)
		check(fmt.Sprint(sig, " ignored"))
		c.tell(t, "catch", int(sig))
		want.Ignored, want.Caught = darwinWithout(want.Ignored, sig), darwinWith(want.Caught, sig)
		check(fmt.Sprint(sig, " caught"))
	}
	c.tell(t, "catch", int(unix.SIGCONT))
	want.Caught = darwinWith(want.Caught, unix.SIGCONT)
	check("CONT caught")
	c.tell(t, "ignore", int(unix.SIGCONT))
	want.Caught = darwinWithout(want.Caught, unix.SIGCONT)
	check("CONT ignored, which is not told")
}

// TestDarwinAgreesWithSystemCalls compares with other ways to ask.
func TestDarwinAgreesWithSystemCalls(t *testing.T) {
	c := start(t, childState{Setsid: true})
	for _, pid := range []int{1, os.Getpid(), os.Getppid(), c.Pid} {
		wantPgid, err := unix.Getpgid(pid)
		if err != nil {
			t.Fatal(err)
		}
		wantSid, err := unix.Getsid(pid)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(how string) {
			t.Helper()
			if pgid, err := procinfo.Getpgid(pid); err != nil || pgid != wantPgid {
				t.Errorf("%d, %s: process group %d, %v; getpgid(2) says %d", pid, how, pgid, err, wantPgid)
			}
			if sid, err := procinfo.Getsid(pid); err != nil || sid != wantSid {
				t.Errorf("%d, %s: session %d, %v; getsid(2) says %d", pid, how, sid, err, wantSid)
			}
		}
		ask("outside")
		procinfo.Oneshot(pid, func() error { ask("in a Oneshot"); return nil })
	}
	groups, err := procinfo.GetGroups(os.Getpid())
	if err != nil || len(groups) == 0 || int(groups[0]) != os.Getegid() {
		t.Errorf("groups %v, %v; the effective one is %d", groups, err, os.Getegid())
	}
	k, err := unix.SysctlKinfoProc("kern.proc.pid", c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	groups, err = procinfo.GetGroups(c.Pid)
	if err != nil || !slices.Equal(groups, k.Eproc.Ucred.Groups[:k.Eproc.Ucred.Ngroups]) {
		t.Errorf("groups of the child: %v, %v; the record has %+v", groups, err, k.Eproc.Ucred)
	}
}

// TestDarwinKernelProcess: 0 is the kernel, and never the caller.
func TestDarwinKernelProcess(t *testing.T) {
	ask := func() {
		t.Helper()
		if pgid, err := procinfo.Getpgid(0); err != nil || pgid != 0 {
			t.Errorf("process group %d, %v", pgid, err)
		}
		_, err := procinfo.Getsid(0)
		wantKind(t, err, "unsupported")
		m, err := procinfo.GetSigmasks(0)
		if err != nil || !m.Caught.Empty() {
			t.Errorf("masks %+v, %v", m, err)
		}
		_, err = procinfo.GetRlimit(0, procinfo.RLIMIT_CORE)
		wantKind(t, err, "unsupported")
		_, err = procinfo.Rlimit(0, procinfo.RLIMIT_CORE, &procinfo.Limits{})
		wantKind(t, err, "unsupported")
	}
	if _, err := unix.SysctlKinfoProc("kern.proc.pid", 0); err != nil {
		_, err := procinfo.Getpgid(0)
		wantKind(t, err, "no such process")
		_, err = procinfo.Getsid(0)
		wantKind(t, err, "no such process")
		return
	}
	ask()
	procinfo.Oneshot(0, func() error { ask(); return nil })
}

func TestDarwinNoSuchProcess(t *testing.T) {
	gone := start(t, childState{})
	gone.stop()
	ask := func(what string, err error) {
		t.Helper()
		wantKind(t, err, "no such process")
		if !errors.Is(err, syscall.ESRCH) || !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s: %v matches not all it should", what, err)
		}
	}
	for _, pid := range []int{gone.Pid, math.MaxInt32, -1, math.MinInt32} {
		for _, f := range features {
			if f.name == "umask" {
				continue
			}
			_, err := f.by(pid)
			ask(f.name, err)
			procinfo.Oneshot(pid, func() error {
				for range 2 {
					_, err := f.by(pid)
					ask(f.name, err)
				}
				return nil
			})
		}
		_, err := procinfo.Get(pid)
		ask("get", err)
		_, err = procinfo.Rlimit(pid, procinfo.RLIMIT_CORE, &procinfo.Limits{})
		ask("rlimit", err)
	}
	_, err := procinfo.Getsid(gone.Process)
	wantKind(t, err, "no such process")
	_, err = procinfo.Get(gone.Process)
	wantKind(t, err, "no such process")
}

// TestDarwinOneshot: what the record has is remembered, session and limits are always asked for.
func TestDarwinOneshot(t *testing.T) {
	c := start(t, childState{Setpgid: true})
	before := reportOf(c.Pid)
	procinfo.Oneshot(c.Pid, func() error {
		if pgid, err := procinfo.Getpgid(c.Pid); err != nil || pgid != c.Pid {
			t.Fatalf("process group %d, %v", pgid, err)
		}
		darwinKill(t, c)
		got := reportOf(c.Pid)
		for _, name := range []string{"groups", "sigmasks", "pgid"} {
			if got[name] != before[name] {
				t.Errorf("%s: got %s of the zombie, want %s", name, got[name], before[name])
			}
		}
		if got["sid"] != "!zombie" {
			t.Errorf("session: got %s of the zombie", got["sid"])
		}
		c.stop()
		got = reportOf(c.Pid)
		for _, name := range []string{"groups", "sigmasks", "pgid"} {
			if got[name] != before[name] {
				t.Errorf("%s: got %s after it has gone, want %s", name, got[name], before[name])
			}
		}
		if got["sid"] != "!no such process" {
			t.Errorf("session: got %s after it has gone", got["sid"])
		}
		_, err := procinfo.Getpgid(c.Process) // which knows better
		wantKind(t, err, "no such process")
		_, err = procinfo.Get(c.Pid)
		wantKind(t, err, "no such process")
		return nil
	})
	_, err := procinfo.Getpgid(c.Pid)
	wantKind(t, err, "no such process")
}

// TestDarwinGet has the errors of single fields.
func TestDarwinGet(t *testing.T) {
	c := start(t, childState{})
	darwinKill(t, c)
	info, err := procinfo.Get(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for f, kind := range map[procinfo.Field]string{
		procinfo.FieldUmask: "unsupported", procinfo.FieldGroups: "", procinfo.FieldSigmasks: "",
		procinfo.FieldPgid: "", procinfo.FieldSid: "zombie", procinfo.FieldRlimits: "unsupported",
	} {
		if err := info.Err(f); kindOf(err) != kind {
			t.Errorf("%v of a zombie: %v, want %q", f, err, kind)
		}
	}
	_, err = procinfo.Get(c.Pid, procinfo.FieldSid)
	wantKind(t, err, "zombie")
	_, err = procinfo.Get(c.Pid, procinfo.FieldUmask)
	wantKind(t, err, "unsupported")
	info, err = procinfo.Get(os.Getpid())
	if err != nil || len(info.Rlimits) != 9 || len(procinfo.Resources()) != 9 {
		t.Errorf("Get of this process: %+v, %v", info, err)
	}
}

// TestDarwinAll: every process once, zombies too.
func TestDarwinAll(t *testing.T) {
	zombie := start(t, childState{})
	darwinKill(t, zombie)
	seen := map[int]int{}
	for info, err := range procinfo.All() {
		if err != nil {
			t.Error(err)
			continue
		}
		seen[info.PID]++
		wantRlimits := "unsupported"
		if info.PID == os.Getpid() {
			wantRlimits = ""
		}
		wantKind(t, info.Err(procinfo.FieldRlimits), wantRlimits)
		wantKind(t, info.Err(procinfo.FieldUmask), "unsupported")
		for _, f := range []procinfo.Field{procinfo.FieldGroups, procinfo.FieldSigmasks} {
			wantKind(t, info.Err(f), "")
		}
	}
	for pid, n := range seen {
		if n != 1 || pid < 0 {
			t.Errorf("process %d is seen %d times", pid, n)
		}
	}
	for _, pid := range []int{1, os.Getpid(), zombie.Pid} {
		if seen[pid] != 1 {
			t.Errorf("process %d is not seen", pid)
		}
	}
	for range procinfo.All(procinfo.FieldPgid) {
		break
	}
}

// TestDarwinUnprivileged: an ordinary user is told as much as root.
func TestDarwinUnprivileged(t *testing.T) {
	needRoot(t)
	target := start(t, childState{User: &user{0, 7, []uint32{7, 3000000000, 4294967294}}, Setsid: true, Ignored: []int{2}})
	stopped := start(t, childState{})
	darwinStop(t, stopped)
	zombie := start(t, childState{})
	darwinKill(t, zombie)
	pids := []int{target.Pid, stopped.Pid, zombie.Pid, 1}
	var args []string
	var want []report
	for _, pid := range pids {
		args = append(args, strconv.Itoa(pid))
		want = append(want, reportOf(pid))
	}
	var got struct {
		Reports []report
		All     int
		Set     string
	}
	command(t, childState{Role: "darwin-nobody", Args: args}).run(t, &got)
	for i, pid := range pids {
		if !maps.Equal(got.Reports[i], want[i]) || want[i]["pgid"][0] == '!' {
			t.Errorf("%d: got %v, root gets %v", pid, got.Reports[i], want[i])
		}
	}
	if got.All != len(pids) {
		t.Errorf("All yields %d of %d", got.All, len(pids))
	}
	if got.Set != "unsupported" {
		t.Errorf("setting a limit: %s", got.Set)
	}
}

func darwinAsNobody(args []string) any {
	for _, err := range []error{syscall.Setgroups([]int{12}), syscall.Setgid(12), syscall.Setuid(32767)} {
		if err != nil {
			fail(err)
		}
	}
	result := map[string]any{"Reports": reportOn(args)}
	n := 0
	for info, err := range procinfo.All(procinfo.FieldGroups, procinfo.FieldSigmasks, procinfo.FieldPgid) {
		if err == nil && slices.Contains(args, strconv.Itoa(info.PID)) {
			n++
		}
	}
	result["All"] = n
	pid, _ := strconv.Atoi(args[0])
	_, err := procinfo.Rlimit(pid, procinfo.RLIMIT_CORE, &procinfo.Limits{Soft: 1, Hard: 2})
	result["Set"] = kindOf(err)
	return result
}

// darwinNoResources have no limits. 0x1000 is a flag of getrlimit(2), behind which the resource would be one that there is.
func darwinNoResources() []procinfo.Resource {
	cut := int64(1)<<32 + int64(procinfo.RLIMIT_NOFILE) // NOFILE in 32 bits
	return []procinfo.Resource{9, 99, 0x1000, 0x1008, math.MaxInt32, -99, procinfo.Resource(cut)}
}

// TestDarwinLimitsOfOthers: the kernel tells and sets the caller's own only.
func TestDarwinLimitsOfOthers(t *testing.T) {
	c := start(t, childState{})
	zombie := start(t, childState{})
	darwinKill(t, zombie)
	before := darwinKernelLimits(t, procinfo.RLIMIT_CORE)
	for _, pid := range []int{c.Pid, zombie.Pid, 1} {
		for _, r := range procinfo.Resources() {
			_, err := procinfo.GetRlimit(pid, r)
			wantKind(t, err, "unsupported")
			_, err = procinfo.Rlimit(pid, r, &procinfo.Limits{Soft: 0, Hard: 0})
			wantKind(t, err, "unsupported")
			_, err = procinfo.Rlimit(pid, r, &procinfo.Limits{Soft: 1, Hard: 0})
			wantKind(t, err, "invalid limits")
		}
		for _, r := range darwinNoResources() {
			_, err := procinfo.GetRlimit(pid, r)
			wantKind(t, err, "invalid resource")
			_, err = procinfo.Rlimit(pid, r, &procinfo.Limits{})
			wantKind(t, err, "invalid resource")
		}
	}
	_, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_CORE, &procinfo.Limits{Soft: 1, Hard: 2})
	wantKind(t, err, "unsupported")
	if after := darwinKernelLimits(t, procinfo.RLIMIT_CORE); before != after {
		t.Errorf("this process's limits were %v and are %v", before, after)
	}
}

// TestDarwinOwnLimits has a child try everything on itself.
func TestDarwinOwnLimits(t *testing.T) {
	var problems []string
	command(t, childState{Role: "darwin-limits"}).run(t, &problems)
	for _, p := range problems {
		t.Error(p)
	}
	if os.Getuid() != 0 {
		return
	}
	// Also as one who may not raise a hard limit.
	command(t, childState{Role: "darwin-limits", User: &user{32767, 12, []uint32{12}}}).run(t, &problems)
	for _, p := range problems {
		t.Error("ordinary user: ", p)
	}
}

// darwinOwnLimits returns what is wrong.
func darwinOwnLimits() []string {
	problems := []string{}
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	pid := os.Getpid()
	self, err := os.FindProcess(pid)
	if err != nil {
		fail(err)
	}
	kernel := func(r procinfo.Resource) procinfo.Limits {
		var l syscall.Rlimit
		if err := syscall.Getrlimit(int(r), &l); err != nil {
			problem("getrlimit(2) of %v: %v", r, err)
		}
		limits := procinfo.Limits{Soft: l.Cur, Hard: l.Max}
		for _, v := range []*uint64{&limits.Soft, &limits.Hard} {
			if *v == math.MaxInt64 {
				*v = procinfo.Infinity
			}
		}
		return limits
	}
	info, err := procinfo.Get(pid)
	if err != nil {
		problem("Get: %v", err)
	}
	for _, r := range procinfo.Resources() {
		want := kernel(r)
		for how, ask := range map[string]func() (procinfo.Limits, error){
			"GetRlimit": func() (procinfo.Limits, error) { return procinfo.GetRlimit(pid, r) },
			"Rlimit":    func() (procinfo.Limits, error) { return procinfo.Rlimit(int32(pid), r, nil) },
			"by handle": func() (procinfo.Limits, error) { return procinfo.GetRlimit(self, r) },
			"Get":       func() (procinfo.Limits, error) { return info.Rlimits[r], nil },
		} {
			if got, err := ask(); err != nil || got != want {
				problem("%s of %v: got %v, %v; want %v", how, r, got, err, want)
			}
		}
	}
	// set sets, and looks at what the kernel has then.
	set := func(r procinfo.Resource, l procinfo.Limits, kind string) {
		before := kernel(r)
		old, err := procinfo.Rlimit(pid, r, &l)
		if got := kindOf(err); got != kind {
			problem("set %v to %v: %v, want %q", r, l, err, kind)
			return
		}
		want := l
		if kind != "" {
			want = before
		} else if old != before {
			problem("set %v to %v: old limits are %v, want %v", r, l, old, before)
		}
		if kind == "denied" && (!errors.Is(err, fs.ErrPermission) || !errors.Is(err, syscall.EPERM)) ||
			kind == "invalid limits" && !errors.Is(err, syscall.EINVAL) {
			problem("set %v to %v: %v matches not all it should", r, l, err)
		}
		if got := kernel(r); got != want {
			problem("set %v to %v: the kernel has %v", r, l, got)
		}
		if got, err := procinfo.GetRlimit(pid, r); err != nil || got != want {
			problem("set %v to %v: read back as %v, %v", r, l, got, err)
		}
	}
	raise := ""
	if os.Getuid() != 0 {
		raise = "denied"
	}
	core := procinfo.RLIMIT_CORE
	hard := kernel(core).Hard
	if hard == procinfo.Infinity {
		set(core, procinfo.Limits{Soft: 1 << 50, Hard: hard}, "") // a finite one under an infinite one
	}
	set(core, procinfo.Limits{Soft: 1 << 40, Hard: math.MaxInt64}, "invalid limits")
	set(core, procinfo.Limits{Soft: 1<<63 + 1, Hard: 1<<63 + 2}, "invalid limits")
	set(core, procinfo.Limits{Soft: math.MaxUint64 - 1, Hard: procinfo.Infinity}, "invalid limits")
	set(core, procinfo.Limits{Soft: procinfo.Infinity, Hard: 1 << 50}, "invalid limits")
	set(core, procinfo.Limits{Soft: 1 << 45, Hard: 1 << 48}, "")
	set(core, procinfo.Limits{Soft: 1 << 48, Hard: 1 << 48}, "") // the soft one up
	set(core, procinfo.Limits{Soft: 1 << 40, Hard: 1 << 40}, "") // both down
	set(core, procinfo.Limits{Soft: 0, Hard: 1 << 40}, "")
	set(core, procinfo.Limits{Soft: 1 << 41, Hard: 1 << 42}, raise) // both up
	set(core, procinfo.Limits{Soft: 1, Hard: procinfo.Infinity}, raise)
	set(core, procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}, raise)
	set(core, procinfo.Limits{Soft: 3, Hard: 4}, "")
	set(core, procinfo.Limits{Soft: 5, Hard: 4}, "invalid limits")
	set(core, procinfo.Limits{Soft: 0, Hard: 0}, "")

	// Whether the kernel takes an infinite number of files, refuses it, or makes fewer of it: what it has then is what it
	// says, and an error means that it changed nothing.
	nofile := procinfo.RLIMIT_NOFILE
	before := kernel(nofile)
	if old, err := procinfo.Rlimit(pid, nofile, &procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}); err == nil {
		if old != before {
			problem("infinite files: old limits are %v, want %v", old, before)
		}
	} else if kind := kindOf(err); kind != "invalid limits" && kind != "denied" || kernel(nofile) != before {
		problem("infinite files: %v, and the kernel has %v after %v", err, kernel(nofile), before)
	}
	if got, err := procinfo.GetRlimit(pid, nofile); err != nil || got != kernel(nofile) {
		problem("infinite files: read back as %v, %v; the kernel has %v", got, err, kernel(nofile))
	}

	// What is remembered has no limits in it, and does not outlive a change.
	procinfo.Oneshot(pid, func() error {
		procinfo.GetGroups(pid)
		set(nofile, procinfo.Limits{Soft: 60, Hard: 100}, "")
		if old, err := procinfo.Rlimit(self, nofile, &procinfo.Limits{Soft: 59, Hard: 99}); err != nil || old != (procinfo.Limits{Soft: 60, Hard: 100}) {
			problem("set by handle: old limits are %v, %v", old, err)
		}
		return nil
	})
	if got := kernel(nofile); got != (procinfo.Limits{Soft: 59, Hard: 99}) {
		problem("set by handle: the kernel has %v", got)
	}

	for _, r := range darwinNoResources() {
		if _, err := procinfo.GetRlimit(pid, r); kindOf(err) != "invalid resource" {
			problem("GetRlimit of %d: %v", int(r), err)
		}
		if _, err := procinfo.Rlimit(pid, r, &procinfo.Limits{}); kindOf(err) != "invalid resource" {
			problem("Rlimit of %d: %v", int(r), err)
		}
	}
	if _, err := procinfo.GetRlimit(pid, procinfo.RLIMIT_NICE); kindOf(err) != "unsupported" {
		problem("GetRlimit of NICE: %v", err)
	}
	return problems
}

// TestDarwinOwnNofile: limits of files that a program sets for itself are what it starts others with, although the Go runtime
// raises the first soft one, and at exec restores what there was. Started programs raise theirs, too, so only the hard one shows.
func TestDarwinOwnNofile(t *testing.T) {
	var got procinfo.Limits
	command(t, childState{Role: "darwin-nofile", Args: []string{"50", "77"}}).run(t, &got)
	if got.Hard != 77 {
		t.Errorf("set to 50:77, and started with it: %v", got)
	}
}

func darwinNofile(args []string) any {
	if len(args) == 2 {
		var l procinfo.Limits
		fmt.Sscan(strings.Join(args, " "), &l.Soft, &l.Hard)
		if _, err := procinfo.Rlimit(os.Getpid(), procinfo.RLIMIT_NOFILE, &l); err != nil {
			fail(err)
		}
		text, _ := json.Marshal(childState{Role: "darwin-nofile"})
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

func BenchmarkDarwin(b *testing.B) {
	pid := os.Getpid()
	b.Run("GetSigmasks", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := procinfo.GetSigmasks(pid); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("three answers, Oneshot", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			procinfo.Oneshot(pid, func() error {
				_, err1 := procinfo.GetGroups(pid)
				_, err2 := procinfo.GetSigmasks(pid)
				_, err3 := procinfo.Getpgid(pid)
				if err := errors.Join(err1, err2, err3); err != nil {
					b.Fatal(err)
				}
				return nil
			})
		}
	})
	b.Run("All", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for range procinfo.All(procinfo.FieldPgid, procinfo.FieldSigmasks, procinfo.FieldGroups) {
			}
		}
	})
}
