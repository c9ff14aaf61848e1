// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["hidepid"] = func(args []string) any { return inHiddenProc(args) }
	roles["namespace"] = func(args []string) any { return inNamespace(args) }
	roles["reuse"] = func(args []string) any { return reusePID() }
	roles["own-nofile"] = func(args []string) any { return ownNofile(args) }
	roles["drop"] = func(args []string) any { return asNobody(args) }
}

// TestLinuxStates has children in every state that a program can put itself into, and asks in every way.
func TestLinuxStates(t *testing.T) {
	type test struct {
		name  string
		state childState
		root  bool
		after func(t *testing.T, c *child)
		want  func(c *child) report // what is left out is not compared
	}
	const hup, usr2, term = 1, 12, 15
	tests := []test{
		{
			name: "everything at once",
			root: true,
			state: childState{
				User: &user{0, 0, []uint32{7, 3000000000, 4294967294}}, Setsid: true,
				Umask: 0o137, Blocked: []int{hup, 39}, Ignored: []int{usr2}, Caught: []int{term, 64},
				Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}},
			},
			after: func(t *testing.T, c *child) { send(t, c.Pid, hup) },
			want: func(c *child) report {
				return report{
					"umask": "0137", "groups": "[7 3000000000 4294967294]", "rlimit": "77:88",
					"pgid": fmt.Sprint(c.Pid), "sid": fmt.Sprint(c.Pid),
					"sigmasks": fmt.Sprint(procinfo.Sigmasks{
						Pending: sigs(hup), Blocked: sigs(hup, 39), Ignored: sigs(sigUSR2), Caught: sigs(term, 64), ProcessPending: sigs(hup),
					}),
				}
			},
		},
		{
			name:  "umask 0",
			state: childState{Umask: 0},
			want:  func(*child) report { return report{"umask": "0000"} },
		},
		{
			name:  "umask 0777",
			state: childState{Umask: 0o777},
			want:  func(*child) report { return report{"umask": "0777"} },
		},
		{
			name:  "another user without groups",
			root:  true,
			state: childState{User: &user{12345, 23456, []uint32{}}},
			want:  func(*child) report { return report{"groups": "[]"} },
		},
		{
			name:  "groups twice and in disorder",
			root:  true,
			state: childState{User: &user{12345, 23456, []uint32{9, 3, 9, 0, 23456}}},
			want:  func(*child) report { return report{"groups": inKernelOrder(9, 3, 9, 0, 23456)} },
		},
		{
			name:  "own process group",
			state: childState{Setpgid: true},
			want:  func(c *child) report { return report{"pgid": fmt.Sprint(c.Pid), "sid": own(t)["sid"]} },
		},
		{
			name:  "own session",
			state: childState{Setsid: true},
			want:  func(c *child) report { return report{"pgid": fmt.Sprint(c.Pid), "sid": fmt.Sprint(c.Pid)} },
		},
		{
			name: "no signal handled at all",
			state: childState{
				Caught: []int{},
			},
			want: func(*child) report {
				return report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
					Pending: sigs(), Blocked: sigs(), Ignored: sigs(), Caught: sigs(), ProcessPending: sigs(),
				})}
			},
		},
		{
			name:  "the last and the real-time signals",
			state: childState{Blocked: []int{35, 63, 64}, Caught: []int{31, 50}, Ignored: []int{36, 62}},
			after: func(t *testing.T, c *child) {
				send(t, c.Pid, 64)
				sendToThread(t, c.Pid, c.Pid, 35)
				send(t, c.Pid, 36) // ignored: thrown away
			},
			want: func(*child) report {
				return report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
					Pending: sigs(35, 64), Blocked: sigs(35, 63, 64), Ignored: sigs(36, 62), Caught: sigs(31, 50), ProcessPending: sigs(64),
				})}
			},
		},
		{
			name: "limits out of the ordinary",
			state: childState{Limits: map[procinfo.Resource]procinfo.Limits{
				procinfo.RLIMIT_NOFILE: {Soft: 0, Hard: 88},
			}},
			want: func(*child) report { return report{"rlimit": "0:88"} },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root {
				needRoot(t)
			}
			c := still(t, tt.state)
			if tt.after != nil && os.Getenv(execEnv) == "" { // only sets of signals depend on it
				tt.after(t, c)
			}
			want := tt.want(c)
			if os.Getenv(execEnv) != "" {
				delete(want, "sigmasks") // the kernel's are the emulator's
			}
			checkEverywhere(t, c.Pid, c.Process, want)
		})
	}
}

// inKernelOrder: Linux sorts the list when it is set.
func inKernelOrder(groups ...int) string {
	slices.Sort(groups)
	return fmt.Sprint(groups)
}

func TestManyGroups(t *testing.T) {
	needRoot(t)
	for _, n := range []int{1, 33, 2000, 65536} {
		groups := make([]uint32, n)
		for i := range groups {
			groups[i] = uint32(i) * 65535 // sorted, and past 2^31
		}
		groups[n-1] = math.MaxUint32 - 1
		c := still(t, childState{User: &user{0, 0, groups}})
		got, err := procinfo.GetGroups(c.Pid)
		if err != nil || !slices.Equal(got, groups) {
			t.Errorf("%d groups: got %d, %v", n, len(got), err)
		}
		procinfo.Oneshot(c.Pid, func() error {
			first, _ := procinfo.GetGroups(c.Pid)
			first[0] = 4711
			if again, err := procinfo.GetGroups(c.Pid); err != nil || !slices.Equal(again, groups) {
				t.Errorf("%d groups in Oneshot, after a caller changed its own: got %d, %v", n, len(again), err)
			}
			return nil
		})
		// What follows the groups in the file.
		if m, err := procinfo.GetSigmasks(c.Pid); err != nil || !m.Pending.Known() {
			t.Errorf("%d groups: masks %v, %v", n, m, err)
		}
	}
}

// TestHostileNames: a process can call itself anything, in the first line of the file that everything is read from.
func TestHostileNames(t *testing.T) {
	c := start(t, childState{Umask: 0o137})
	want := reportOf(c.Pid)
	for _, name := range []string{
		"\xff", "a\rb", "Groups:\t0", "x\nGroups:\t0", "\nUmask:\t0000", "a\\nUmask:\t0", "\tSigCgt:\t0", ") R 1 1 1 1", ")", "(", "\\", "",
	} {
		c.tell(t, "name", hex.EncodeToString([]byte(name)))
		if got := reportOf(c.Pid); !equal(got, want) {
			t.Errorf("named %q: got %v, want %v", name, got, want)
		}
	}
}

func equal(a, b report) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func TestKernelThread(t *testing.T) {
	comm, err := os.ReadFile("/proc/2/comm")
	if err != nil || string(comm) != "kthreadd\n" {
		t.Skip("no kernel thread is visible here")
	}
	got := reportOf(2)
	for name, want := range map[string]string{"umask": "0022", "groups": "[]", "pgid": "0", "sid": "0"} {
		if got[name] != want {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
	if m, err := procinfo.GetSigmasks(2); err != nil || m.Ignored.Len() < 64 || !m.Caught.Empty() {
		t.Errorf("masks: %v, %v", m, err)
	}
}

// TestThread: the functions that read answer for a thread, those that set refuse it.
func TestThread(t *testing.T) {
	tid, stop := make(chan int), make(chan bool)
	defer close(stop)
	other := func() {
		runtime.LockOSThread() // and so ends with the goroutine
		blockOnly([]int{10, 40})
		tid <- unix.Gettid()
		<-stop
	}
	go other()
	id := <-tid
	if id == os.Getpid() { // it got the main thread, and keeps it
		go other()
		id = <-tid
	}
	self, thread := reportOf(os.Getpid()), reportOf(id)
	for _, name := range []string{"umask", "groups", "rlimit", "pgid", "sid"} {
		if self[name] != thread[name] {
			t.Errorf("%s: process %s, thread %s", name, self[name], thread[name])
		}
	}
	if os.Getenv(execEnv) == "" {
		if m, err := procinfo.GetSigmasks(id); err != nil || m.Blocked != sigs(10, 40) {
			t.Errorf("blocked in the thread: %v, %v", m.Blocked, err)
		}
	}
	old, err := procinfo.GetRlimit(id, procinfo.RLIMIT_CORE)
	if err != nil {
		t.Fatal(err)
	}
	_, err = procinfo.Rlimit(id, procinfo.RLIMIT_CORE, &procinfo.Limits{Soft: 0, Hard: old.Hard})
	wantKind(t, err, "no such process")
	for info := range procinfo.All(procinfo.FieldPgid) {
		if info.PID == id {
			t.Error("All lists a thread")
		}
	}
}

// TestBigLimits: every value that a 64-bit limit can have comes back, through both ways to read it.
func TestBigLimits(t *testing.T) {
	needRealLimits(t)
	for _, l := range []procinfo.Limits{
		{Soft: 18446744073709503040, Hard: procinfo.Infinity},
		{Soft: 18446744073709503040, Hard: 18446744073709503040},
		{Soft: 1 << 63, Hard: math.MaxUint64 - 1},
		{Soft: 1<<63 - 1, Hard: 1 << 63},
		{Soft: 0, Hard: 0},
	} {
		c := still(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_FSIZE: l}})
		if got, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_FSIZE); err != nil || got != l {
			t.Errorf("got %v, %v; want %v", got, err, l)
		}
		info, err := procinfo.Get(c.Pid)
		if got := info.Rlimits[procinfo.RLIMIT_FSIZE]; err != nil || got != l {
			t.Errorf("Get: got %v, %v; want %v", got, err, l)
		}
	}
}

// needRealLimits skips where an emulator puts its own figures for those of 32 bits.
func needRealLimits(t testing.TB) {
	if os.Getenv(execEnv) != "" {
		t.Skip("the emulator changes limits on their way")
	}
}

// TestAllLimits compares prlimit(2) with the file, for each resource.
func TestAllLimits(t *testing.T) {
	c := still(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{
		procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}, procinfo.RLIMIT_CORE: {Soft: 5, Hard: 6}, procinfo.RLIMIT_FSIZE: {Soft: 7, Hard: 8},
		procinfo.RLIMIT_MSGQUEUE: {Soft: 9, Hard: 10},
	}})
	info, err := procinfo.Get(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if len(procinfo.Resources()) != 16 || len(info.Rlimits) != 16 {
		t.Errorf("%d resources, %d limits", len(procinfo.Resources()), len(info.Rlimits))
	}
	for _, r := range procinfo.Resources() {
		got, err := procinfo.GetRlimit(c.Pid, r)
		if err != nil || got != info.Rlimits[r] && os.Getenv(execEnv) == "" {
			t.Errorf("%v: prlimit %v, %v; file %v", r, got, err, info.Rlimits[r])
		}
	}
	if got := info.Rlimits[procinfo.RLIMIT_MSGQUEUE]; got != (procinfo.Limits{Soft: 9, Hard: 10}) {
		t.Errorf("MSGQUEUE: %v", got)
	}
}

// TestUnprivileged asks as nobody about a process of root.
func TestUnprivileged(t *testing.T) {
	needRoot(t)
	target := still(t, childState{
		User: &user{0, 0, []uint32{3, 4}}, Umask: 0o137,
		Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}},
	})
	second := still(t, childState{User: &user{7, 8, []uint32{9}}, Umask: 0o2, Blocked: []int{10}})
	want := reportOf(target.Pid)
	var got []report
	command(t, childState{Role: "drop", Args: []string{strconv.Itoa(target.Pid), strconv.Itoa(second.Pid)}}).run(t, &got)
	if got[0]["rlimit"] != "77:88" || !equal(got[0], want) {
		t.Errorf("got %v, want %v", got[0], want)
	}
	if want := reportOf(second.Pid); !equal(got[1], want) {
		t.Errorf("a third user's: got %v, want %v", got[1], want)
	}
	if kind := got[2]["set"]; kind != "denied" {
		t.Errorf("setting a limit: %q", kind)
	}
	if now := reportOf(target.Pid); !equal(now, want) {
		t.Errorf("a refused set changed %v to %v", want, now)
	}
}

// asNobody reports on PIDs as an ordinary user, and what it is told when it sets a limit of the first.
func asNobody(pids []string) []report {
	becomeNobody()
	reports := reportOn(pids)
	pid, _ := strconv.Atoi(pids[0])
	_, err := procinfo.Rlimit(pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 1, Hard: 2})
	return append(reports, report{"set": kindOf(err)})
}

func becomeNobody() {
	for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(65534), syscall.Setuid(65534)} {
		if err != nil {
			fail(err)
		}
	}
}

// TestHidepid: a process that procfs hides is denied, and one that is gone is still gone.
func TestHidepid(t *testing.T) {
	needNamespaces(t)
	gone := still(t, childState{})
	gone.stop()
	target := still(t, childState{})
	want := reportOf(target.Pid)
	for _, option := range []string{"1", "2"} {
		c := command(t, childState{Role: "hidepid", Args: []string{option, strconv.Itoa(target.Pid), strconv.Itoa(gone.Pid)}})
		c.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
		var got []report
		c.run(t, &got)
		for _, name := range []string{"umask", "groups", "sigmasks", "rlimit"} {
			if got[0][name] != "!denied" {
				t.Errorf("hidepid=%s: %s: %s", option, name, got[0][name])
			}
		}
		for _, name := range []string{"pgid", "sid"} {
			if got[0][name] != want[name] {
				t.Errorf("hidepid=%s: %s: got %s, want %s", option, name, got[0][name], want[name])
			}
		}
		for name, v := range got[1] {
			if v != "!no such process" {
				t.Errorf("hidepid=%s, gone: %s: %s", option, name, v)
			}
		}
		if g := got[2]; g["umask"] != "!denied" || g["rlimit"] != "!denied" || g["pgid"] != want["pgid"] || g["sid"] != want["sid"] {
			t.Errorf("hidepid=%s: Get: %v", option, g)
		}
		if own := got[3]; own["umask"] == "" || own["umask"][0] == '!' {
			t.Errorf("hidepid=%s, own process: %v", option, own)
		}
	}
}

func inHiddenProc(args []string) []report {
	if err := unix.Mount("proc", "/proc", "proc", 0, "hidepid="+args[0]); err != nil {
		fail(err)
	}
	becomeNobody()
	reports := reportOn(args[1:])
	pid, _ := strconv.Atoi(args[1])
	info, err := procinfo.Get(pid)
	if err != nil {
		fail(err)
	}
	return append(reports, reportFrom(info), reportOf(os.Getpid()))
}

// needNamespaces skips where an emulator does not know the flags of clone(2).
func needNamespaces(t testing.TB) {
	t.Helper()
	needRoot(t)
	if os.Getenv(execEnv) != "" {
		t.Skip("the emulator cannot start a child in a PID namespace")
	}
	if err := tryNamespaces(); err != nil {
		t.Skip("no namespaces can be made here: ", err)
	}
}

// tryNamespaces starts a child in namespaces of its own, which a container's root may not.
var tryNamespaces = sync.OnceValue(func() error {
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS}
	return cmd.Run()
})

// TestNamespace: in a nested PID namespace, numbers are those of the procfs in use, not those of system calls.
func TestNamespace(t *testing.T) {
	needNamespaces(t)
	target := still(t, childState{
		Umask: 0o137, Setsid: true, User: &user{0, 0, []uint32{7, 3000000000}},
		Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}},
	})
	want := reportOf(target.Pid)
	c := command(t, childState{Role: "namespace", Args: []string{strconv.Itoa(target.Pid)}, Umask: 0o26})
	c.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID
	c.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	var got namespaceReport
	c.run(t, &got)
	if got.Pid != 1 {
		t.Fatalf("the child is %d in its namespace", got.Pid)
	}
	for _, how := range []struct {
		name string
		got  report
	}{{"/proc of outside", got.Outer}, {"HOST_PROC of outside", got.HostProc}} {
		if !equal(how.got, want) {
			t.Errorf("%s: got %v, want %v", how.name, how.got, want)
		}
	}
	for name, v := range got.InnerTarget {
		if v != "!no such process" {
			t.Errorf("own /proc, PID of outside: %s: %s", name, v)
		}
	}
	for name, v := range map[string]string{
		"set": "unsupported", "os handle": "unsupported", "absent": "no such process", "unreadable root": "other",
	} {
		if got.Kinds[name] != v {
			t.Errorf("%s: got %q, want %q", name, got.Kinds[name], v)
		}
	}
	if got.Inner["umask"] != "0026" || got.Inner["pgid"] != got.InnerPgid || got.Inner["rlimit"][0] == '!' {
		t.Errorf("own /proc, PID 1: %v", got.Inner)
	}
	if now := reportOf(target.Pid); !equal(now, want) {
		t.Errorf("changed from %v to %v", want, now)
	}
}

type namespaceReport struct {
	Pid                                 int
	Outer, HostProc, Inner, InnerTarget report
	InnerPgid                           string
	Kinds                               map[string]string
}

func inNamespace(args []string) any {
	setUmask(0o26)
	target, _ := strconv.Atoi(args[0])
	r := namespaceReport{Pid: os.Getpid(), Kinds: map[string]string{}}
	// The /proc of outside is still mounted.
	r.Outer = reportOf(target)
	os.Setenv("HOST_PROC", "/proc/")
	r.HostProc = reportOf(target)
	_, err := procinfo.Rlimit(target, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 1, Hard: 2})
	r.Kinds["set"] = kindOf(err)
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		fail(err)
	}
	_, err = procinfo.Getpgid(self)
	r.Kinds["os handle"] = kindOf(err)
	_, err = procinfo.Getpgid(math.MaxInt32)
	r.Kinds["absent"] = kindOf(err)
	os.Setenv("HOST_PROC", "/nonexistent")
	_, err = procinfo.Getpgid(1)
	r.Kinds["unreadable root"] = "other"
	if errors.Is(err, procinfo.ErrNoSuchProcess) || err == nil {
		r.Kinds["unreadable root"] = fmt.Sprint(err)
	}

	dir, err := os.MkdirTemp("", "proc")
	if err == nil {
		err = unix.Mount("proc", dir, "proc", 0, "")
	}
	if err != nil {
		fail(err)
	}
	os.Setenv("HOST_PROC", dir)
	r.Inner = reportOf(1)
	r.InnerTarget = reportOf(target)
	r.InnerPgid = strconv.Itoa(unix.Getpgrp())
	unix.Unmount(dir, 0)
	os.Remove(dir)
	return r
}

// TestOwnNofile: the soft limit of files that a program sets for itself is what it starts others with, although the Go
// runtime has raised the first one and puts that back at exec.
func TestOwnNofile(t *testing.T) {
	if os.Getenv(execEnv) != "" {
		t.Skip("the emulator has no ptrace(2)")
	}
	var got []procinfo.Limits
	command(t, childState{Role: "own-nofile", Args: []string{"50", "77"}}).run(t, &got)
	if len(got) != 2 || got[0].Soft != 77 || got[1].Soft != 77 {
		t.Errorf("set to 77; own and started: %v", got)
	}
}

// ownNofile sets its limit and starts over with what the arguments leave; at last it looks at a child that has not run yet.
func ownNofile(args []string) any {
	l, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_NOFILE)
	if err == nil {
		l.Soft, err = strconv.ParseUint(args[0], 10, 64)
	}
	if err == nil {
		_, err = procinfo.Rlimit(os.Getpid(), procinfo.RLIMIT_NOFILE, &l)
	}
	if err != nil {
		fail(err)
	}
	exe, _ := os.Executable()
	if len(args) > 1 {
		text, _ := json.Marshal(childState{Role: "own-nofile", Args: args[1:]})
		os.Setenv(childEnv, string(text))
		fail(syscall.Exec(exe, []string{exe}, os.Environ()))
	}
	p, err := os.StartProcess(exe, []string{exe}, &os.ProcAttr{Sys: &syscall.SysProcAttr{Ptrace: true}})
	if err != nil {
		fail(err)
	}
	defer p.Kill()
	var status unix.WaitStatus
	if _, err := unix.Wait4(p.Pid, &status, 0, nil); err != nil || !status.Stopped() {
		fail(fmt.Errorf("traced child: %v, %v", status, err))
	}
	var got []procinfo.Limits
	for _, pid := range []int{os.Getpid(), p.Pid} {
		l, err := procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE)
		if err != nil {
			fail(err)
		}
		got = append(got, l)
	}
	return got
}

// TestPIDReuse gives a PID to another process on purpose, in a PID namespace where nobody else takes numbers.
func TestPIDReuse(t *testing.T) {
	needNamespaces(t)
	if _, err := os.Stat("/proc/sys/kernel/ns_last_pid"); err != nil {
		t.Skip("this kernel does not let choose PIDs: ", err)
	}
	c := command(t, childState{Role: "reuse"})
	c.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID
	c.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	var got map[string]string
	c.run(t, &got)
	for name, v := range got {
		want := "no such process"
		switch name {
		case "limits before", "limits after":
			want = got["limits before"]
		case "read by PID", "set by PID", "read by new handle", "set by new handle", "successor's handle in Oneshot":
			want = ""
		}
		if v != want {
			t.Errorf("%s: got %q, want %q", name, v, want)
		}
	}
	if got["limits before"] == "" || len(got) < 8 {
		t.Errorf("report is short: %v", got)
	}
}

func reusePID() any {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		fail(err)
	}
	sleeper := func() *os.Process {
		in, _, err := os.Pipe() // never ends
		if err != nil {
			fail(err)
		}
		args := selfArgs()
		p, err := os.StartProcess(args[0], args, &os.ProcAttr{
			Env: append([]string{childEnv + "={}"}, os.Environ()...), Files: []*os.File{in, nil, os.Stderr},
		})
		if err != nil {
			fail(err)
		}
		return p
	}
	first := sleeper()
	pid := first.Pid
	other := moreHandles(pid)
	if other != nil {
		time.Sleep(4 * time.Second) // what they know of time is coarse
	}
	// Behind the handle's back.
	unix.Kill(pid, unix.SIGKILL)
	if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
		fail(err)
	}
	successor := func() *os.Process {
		for range 1000 {
			if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0); err != nil {
				fail(err)
			}
			p := sleeper()
			if p.Pid == pid {
				return p
			}
			p.Kill()
			p.Wait()
		}
		fail(errors.New("the number did not come back"))
		return nil
	}
	second := successor()
	got := map[string]string{"limits before": reportOf(pid)["rlimit"]}
	lower := &procinfo.Limits{Soft: 3, Hard: 4}
	_, err := procinfo.GetUmask(first)
	got["read by old handle"] = kindOf(err)
	_, err = procinfo.Get(first)
	got["Get by old handle"] = kindOf(err)
	procinfo.Oneshot(first, func() error {
		procinfo.GetUmask(pid)
		_, err = procinfo.GetGroups(first)
		got["read by old handle in Oneshot"] = kindOf(err)
		return nil
	})
	procinfo.Oneshot(pid, func() error { // remembered by number, asked anew by handle
		procinfo.GetUmask(pid)
		_, err = procinfo.GetRlimit(first, procinfo.RLIMIT_NOFILE)
		got["limits by old handle in Oneshot"] = kindOf(err)
		_, err = procinfo.Getsid(first)
		got["session by old handle in Oneshot"] = kindOf(err)
		return nil
	})
	_, err = procinfo.Rlimit(first, procinfo.RLIMIT_NOFILE, lower)
	got["set by old handle"] = kindOf(err)
	for name, ask := range other {
		got[name] = kindOf(ask(lower))
	}
	got["limits after"] = reportOf(pid)["rlimit"]
	_, err = procinfo.GetUmask(pid)
	got["read by PID"] = kindOf(err)
	_, err = procinfo.GetUmask(second)
	got["read by new handle"] = kindOf(err)
	_, err = procinfo.Rlimit(second, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 30, Hard: 40})
	got["set by new handle"] = kindOf(err)
	_, err = procinfo.Rlimit(pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 3, Hard: 4})
	got["set by PID"] = kindOf(err)
	procinfo.Oneshot(pid, func() error { // remembered by number, and then there is a successor
		before, err := procinfo.GetUmask(pid)
		second.Kill()
		second.Wait()
		unix.Umask(before ^ 0o700)
		third := successor()
		after, err2 := procinfo.GetUmask(third)
		if err := errors.Join(err, err2); err != nil || after != before^0o700 {
			got["successor's handle in Oneshot"] = fmt.Sprintf("%#o, %#o, %v", before, after, err)
		}
		return nil
	})
	return got
}

// TestMadeUpProc has HOST_PROC name a directory that only looks like procfs.
func TestMadeUpProc(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOST_PROC", dir)
	write := func(pid int, file, text string) {
		t.Helper()
		name := filepath.Join(dir, strconv.Itoa(pid), file)
		os.MkdirAll(filepath.Dir(name), 0o755)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sets := "SigPnd:\t%016x\nShdPnd:\t%016x\nSigBlk:\t%016x\nSigIgn:\t%016x\nSigCgt:\t%016x\n"
	write(7, "status", "Name:\tx\nUmask:\t0137\nState:\tS (sleeping)\nGroups:\t1 2 \n"+fmt.Sprintf(sets, 1, 2, 4, 8, uint64(1)<<63))
	write(7, "stat", "7 (x) y) S 1 5 6 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0\n")
	write(7, "limits", "Limit                     Soft Limit           Hard Limit           Units     \n"+
		"Max open files            77                   unlimited            files     \n")
	want := report{
		"umask": "0137", "groups": "[1 2]", "rlimit": "77:unlimited", "pgid": "5", "sid": "6",
		"sigmasks": fmt.Sprint(procinfo.Sigmasks{
			Pending: sigs(1, 2), ProcessPending: sigs(2), Blocked: sigs(3), Ignored: sigs(4), Caught: sigs(64),
		}),
	}
	if got := reportOf(7); !equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	info, err := procinfo.Get(7)
	if got := reportFrom(info); err != nil || !equal(got, want) {
		t.Errorf("Get: got %v, %v; want %v", got, err, want)
	}
	if _, err := procinfo.GetRlimit(7, procinfo.RLIMIT_CPU); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a limit that the file lacks: %v", err)
	}

	// What a system does not report is unsupported, or a set that is not known.
	write(8, "status", "Name:\tgvisor\nState:\tS (sleeping)\nVmSize:\t1 kB\n")
	for _, name := range []string{"umask", "groups", "sigmasks"} {
		if got := reportOf(8)[name]; got != "!unsupported" {
			t.Errorf("without the lines: %s: %s", name, got)
		}
	}
	write(9, "status", "Name:\tx\nState:\tS (sleeping)\nSigBlk:\t0000000000000000\n")
	m, err := procinfo.GetSigmasks(9)
	if err != nil || m.Pending.Known() || m.Caught.Known() || !m.Blocked.Empty() {
		t.Errorf("one set: %v, %v", m, err)
	}

	// Bad files are errors of no kind, not guesses.
	write(10, "status", "Name:\tx\nState:\tS (sleeping)\nUmask:\t9\nGroups:\t1 x\nSigCgt:\t12\n")
	write(10, "stat", "10 (x) S 1\n")
	write(10, "limits", "nonsense\n")
	for name, v := range reportOf(10) {
		if !strings.Contains(v, "of the kinds []") {
			t.Errorf("malformed: %s: %s", name, v)
		}
	}
	var pids []int
	for info, err := range procinfo.All(procinfo.FieldUmask, procinfo.FieldGroups) {
		pids = append(pids, info.PID)
		if info.PID == 10 && err == nil {
			t.Error("All: malformed text is no error")
		}
	}
	slices.Sort(pids)
	if !slices.Equal(pids, []int{7, 8, 9, 10}) {
		t.Errorf("All lists %v", pids)
	}
}
