// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/openbsdtest"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

func init() {
	roles["openbsd-nobody"] = func(args []string) any { return openbsdAsNobody(args) }
	roles["openbsd-leave"] = func([]string) any { return openbsdLeave() }
	roles["openbsd-limits"] = func([]string) any { return openbsdOwnLimits() }
	roles["openbsd-nofile"] = func(args []string) any { return openbsdNofile(args) }
	roles["openbsd-pledge"] = func(args []string) any { return openbsdPledge(args) }
}

// openbsdState is all that the kernel tells of a process.
type openbsdState struct {
	Groups    []uint32
	Masks     procinfo.Sigmasks
	Pgid, Sid int
}

func (s openbsdState) String() string {
	return fmt.Sprintf("groups %v, masks %v, process group %d, session %d", s.Groups, s.Masks, s.Pgid, s.Sid)
}

// equal leaves out the signal that is libc's affair.
func (s openbsdState) equal(t openbsdState) bool {
	return slices.Equal(s.Groups, t.Groups) && withoutTHR(s.Masks) == withoutTHR(t.Masks) && s.Pgid == t.Pgid && s.Sid == t.Sid
}

func withoutTHR(m procinfo.Sigmasks) procinfo.Sigmasks {
	for _, set := range []*procinfo.SignalSet{&m.Ignored, &m.Caught} {
		if set.Known() {
			*set = sigs(slices.DeleteFunc(slices.Collect(set.All()), func(s procinfo.Signal) bool { return s == sigTHR })...)
		}
	}
	return m
}

func openbsdStateOf[P procinfo.Proc](proc P) (s openbsdState, err error) {
	var errs [4]error
	s.Groups, errs[0] = procinfo.GetGroups(proc)
	s.Masks, errs[1] = procinfo.GetSigmasks(proc)
	s.Pgid, errs[2] = procinfo.Getpgid(proc)
	s.Sid, errs[3] = procinfo.Getsid(proc)
	return s, errors.Join(errs[:]...)
}

func openbsdStateIn(i procinfo.Info) (openbsdState, error) {
	return openbsdState{i.Groups, i.Sigmasks, i.Pgid, i.Sid},
		errors.Join(i.Err(procinfo.FieldGroups), i.Err(procinfo.FieldSigmasks), i.Err(procinfo.FieldPgid), i.Err(procinfo.FieldSid))
}

// openbsdCheck asks for the state of a child in every way there is.
func openbsdCheck(t *testing.T, c *child, want openbsdState) {
	t.Helper()
	check := func(how string, got openbsdState, err error) {
		t.Helper()
		if err != nil || !got.equal(want) {
			t.Errorf("%s:\n got %v, %v\nwant %v", how, got, err, want)
		}
	}
	got, err := openbsdStateOf(c.Pid)
	check("by PID", got, err)
	got, err = openbsdStateOf(int32(c.Pid))
	check("by PID of 32 bits", got, err)
	got, err = openbsdStateOf(c.Process)
	check("by handle", got, err)
	procinfo.Oneshot(c.Pid, func() error {
		for range 2 {
			got, err := openbsdStateOf(c.Pid)
			check("Oneshot by PID, by PID", got, err)
			got, err = openbsdStateOf(c.Process)
			check("Oneshot by PID, by handle", got, err)
			if len(got.Groups) > 0 {
				got.Groups[0]++ // the caller's own
			}
		}
		return nil
	})
	procinfo.Oneshot(c.Process, func() error {
		got, err := openbsdStateOf(c.Process)
		check("Oneshot by handle, by handle", got, err)
		got, err = openbsdStateOf(c.Pid)
		check("Oneshot by handle, by PID", got, err)
		return nil
	})
	info, err := procinfo.Get(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	got, err = openbsdStateIn(info)
	check("Get by PID", got, err)
	wantKind(t, info.Err(procinfo.FieldUmask), "unsupported")
	wantKind(t, info.Err(procinfo.FieldRlimits), "unsupported")
	if info, err = procinfo.Get(c.Process); err != nil {
		t.Fatal(err)
	}
	got, err = openbsdStateIn(info)
	check("Get by handle", got, err)
	seen := 0
	for info, err := range procinfo.All() {
		if err != nil {
			t.Error(err)
		}
		if info.PID == c.Pid {
			seen++
			got, err := openbsdStateIn(info)
			check("All", got, err)
		}
	}
	if seen != 1 {
		t.Errorf("All yields it %d times", seen)
	}
	if m := got.Masks; m.Ignored.Has(sigTHR) && m.Caught.Has(sigTHR) {
		t.Errorf("32 is both ignored and caught: %v", m)
	}
}

// openbsdByDefault are the signals that are ignored unless a program says otherwise: URG, CHLD, IO, WINCH and INFO.
var openbsdByDefault = []int{16, 20, 23, 28, 29}

// openbsdMasks are the sets of a still child in a state, with these signals pending.
func openbsdMasks(s childState, pending ...procinfo.Signal) procinfo.Sigmasks {
	set := func(signals []int) procinfo.SignalSet {
		var list []procinfo.Signal
		for _, sig := range signals {
			list = append(list, procinfo.Signal(sig))
		}
		return sigs(list...)
	}
	ignored := slices.DeleteFunc(slices.Clone(s.Ignored), func(sig int) bool { return sig == int(unix.SIGCONT) })
	for _, sig := range openbsdByDefault {
		if !slices.Contains(s.Caught, sig) {
			ignored = append(ignored, sig)
		}
	}
	blocked := slices.DeleteFunc(slices.Clone(s.Blocked), func(sig int) bool { return !canChange(sig) })
	return procinfo.Sigmasks{Pending: sigs(pending...), Blocked: set(blocked), Ignored: set(ignored), Caught: set(s.Caught)}
}

// openbsdSignals are those that a program can do something about.
func openbsdSignals() []int {
	var all []int
	for sig := 1; sig < sigTHR; sig++ {
		if canChange(sig) {
			all = append(all, sig)
		}
	}
	return all
}

// openbsdStop stops a child, and returns when it is stopped.
func openbsdStop(t *testing.T, c *child) {
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

// TestOpenBSDStates has children in every state that one can make of itself or that others can bring it into.
func TestOpenBSDStates(t *testing.T) {
	own, err := openbsdStateOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	many := []uint32{4294967294, 9, 3000000000, 9, 0, 2147483648, 5, 4, 3, 2, 1, 65536, 65535, 32768, 7, 8}
	const hup, quit, alrm, term = 1, 3, 14, 15
	usr1, usr2 := int(sigUSR1), int(sigUSR2)
	for _, tt := range []struct {
		name  string
		state childState
		root  bool
		after func(*testing.T, *child)
		want  func(c *child, s *openbsdState) // from a state that is this process's in all but the masks
	}{
		{name: "nothing handled", state: childState{Caught: []int{}}},
		{
			name:  "some of each",
			state: childState{Blocked: []int{hup, term, 28, usr1}, Ignored: []int{2, 13}, Caught: []int{term, 29, usr1}},
			after: func(t *testing.T, c *child) {
				for _, sig := range []int{hup, usr1, 13, 20} { // those that are ignored are thrown away
					send(t, c.Pid, procinfo.Signal(sig))
				}
			},
			want: func(_ *child, s *openbsdState) { s.Masks.Pending = sigs(hup, sigUSR1) },
		},
		{
			name:  "all ignored, all blocked",
			state: childState{Blocked: openbsdSignals(), Ignored: openbsdSignals(), Caught: []int{}},
			after: func(t *testing.T, c *child) { send(t, c.Pid, term) },
		},
		{
			name:  "all caught, all blocked, many pending",
			state: childState{Blocked: append(openbsdSignals(), 9, 17), Caught: openbsdSignals()},
			after: func(t *testing.T, c *child) {
				for _, sig := range []int{hup, quit, alrm, term, 16, 20, 23, 28, 29, usr1, usr2} {
					send(t, c.Pid, procinfo.Signal(sig))
				}
			},
			want: func(_ *child, s *openbsdState) {
				s.Masks.Pending = sigs(hup, quit, alrm, term, 16, 20, 23, 28, 29, sigUSR1, sigUSR2)
			},
		},
		{
			name:  "stopped",
			state: childState{Blocked: []int{18, usr1}, Caught: []int{}},
			after: func(t *testing.T, c *child) { send(t, c.Pid, sigUSR1); openbsdStop(t, c) },
			want:  func(_ *child, s *openbsdState) { s.Masks.Pending = sigs(sigUSR1) },
		},
		{
			name:  "stopped, with signals that wait for it to go on",
			state: childState{Caught: []int{term, usr2}},
			after: func(t *testing.T, c *child) { openbsdStop(t, c); send(t, c.Pid, term); send(t, c.Pid, sigUSR2) },
			want:  func(_ *child, s *openbsdState) { s.Masks.Pending = sigs(term, sigUSR2) },
		},
		{
			name:  "own process group",
			state: childState{Setpgid: true, Caught: []int{}},
			want:  func(c *child, s *openbsdState) { s.Pgid = c.Pid },
		},
		{
			name:  "own session",
			state: childState{Setsid: true, Caught: []int{}},
			after: func(t *testing.T, c *child) {
				if _, err := unix.Getsid(c.Pid); err != unix.EPERM {
					t.Errorf("getsid(2) of another session: %v", err)
				}
				if _, err := unix.Getpgid(c.Pid); err != unix.EPERM {
					t.Errorf("getpgid(2) of another session: %v", err)
				}
			},
			want: func(c *child, s *openbsdState) { s.Pgid, s.Sid = c.Pid, c.Pid },
		},
		{
			name:  "no groups",
			root:  true,
			state: childState{User: &user{12345, 23456, nil}, Caught: []int{}},
			want:  func(_ *child, s *openbsdState) { s.Groups = nil },
		},
		{
			name:  "one group",
			root:  true,
			state: childState{User: &user{12345, 23456, []uint32{4242}}, Caught: []int{}},
			want:  func(_ *child, s *openbsdState) { s.Groups = []uint32{4242} },
		},
		{
			name:  "as many groups as there can be, in disorder and twice",
			root:  true,
			state: childState{User: &user{0, 0, many}, Caught: []int{}},
			want:  func(_ *child, s *openbsdState) { s.Groups = many },
		},
		{
			name: "zombie",
			state: childState{
				Setpgid: true, Blocked: []int{usr1, usr2}, Ignored: []int{2}, Caught: []int{term},
			},
			after: func(t *testing.T, c *child) { send(t, c.Pid, sigUSR2); send(t, c.Pid, 9); waitZombie(t, c.Pid) },
			want:  func(c *child, s *openbsdState) { s.Pgid = c.Pid },
		},
		{
			name:  "zombie that led a session",
			root:  true,
			state: childState{Setsid: true, User: &user{0, 0, []uint32{5, 6}}, Blocked: []int{usr1}, Caught: []int{term}},
			after: func(t *testing.T, c *child) { send(t, c.Pid, 9); waitZombie(t, c.Pid) },
			want:  func(c *child, s *openbsdState) { s.Pgid, s.Sid, s.Groups = c.Pid, 0, []uint32{5, 6} },
		},
		{
			name:  "zombie that was stopped",
			state: childState{Caught: []int{}},
			after: func(t *testing.T, c *child) { openbsdStop(t, c); send(t, c.Pid, 9); waitZombie(t, c.Pid) },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root {
				needRoot(t)
			}
			c := still(t, tt.state)
			want := own
			want.Groups = slices.Clone(own.Groups)
			want.Masks = openbsdMasks(tt.state)
			if tt.after != nil {
				tt.after(t, c)
			}
			if tt.want != nil {
				tt.want(c, &want)
			}
			openbsdCheck(t, c, want)
		})
	}
}

// TestOpenBSDGroups has children with every number of groups that there can be.
func TestOpenBSDGroups(t *testing.T) {
	needRoot(t)
	var groups []uint32
	for n := range 17 {
		c := still(t, childState{User: &user{12345, 23456, groups}})
		want := fmt.Sprint(groups)
		info, err := procinfo.Get(c.Pid, procinfo.FieldGroups)
		if got := fmt.Sprint(info.Groups); err != nil || got != want {
			t.Errorf("Get: %s, %v; want %s", got, err, want)
		}
		list, err := procinfo.GetGroups(c.Pid)
		if got := fmt.Sprint(list); err != nil || got != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
		c.stop()
		groups = append(groups, 3000000000-uint32(n))
	}
}

// TestOpenBSDAgreesWithSystemCalls compares with what the caller's session may ask in other ways.
func TestOpenBSDAgreesWithSystemCalls(t *testing.T) {
	c := still(t, childState{Setpgid: true})
	for _, pid := range []int{os.Getpid(), c.Pid} {
		s, err := openbsdStateOf(pid)
		if err != nil {
			t.Fatal(err)
		}
		if pgid, err := unix.Getpgid(pid); err != nil || s.Pgid != pgid {
			t.Errorf("%d: process group %d, getpgid(2) says %d, %v", pid, s.Pgid, pgid, err)
		}
		if sid, err := unix.Getsid(pid); err == nil && s.Sid != sid || err == unix.ESRCH && s.Sid != 0 {
			t.Errorf("%d: session %d, getsid(2) says %d, %v", pid, s.Sid, sid, err)
		}
	}
}

// openbsdGoMasks compares the sets of a Go child's main thread, whose runtime blocks signals for moments.
func openbsdGoMasks(t *testing.T, when string, c *child, want procinfo.Sigmasks) {
	t.Helper()
	var m procinfo.Sigmasks
	for try := 0; try < 100; try++ {
		var err error
		if m, err = procinfo.GetSigmasks(c.Pid); err != nil {
			t.Fatal(err)
		}
		if withoutTHR(m) == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s: got %v, want %v", when, m, want)
}

// TestOpenBSDMaskComesAndGoes is a Go child whose main thread changes its mask.
func TestOpenBSDMaskComesAndGoes(t *testing.T) {
	c := start(t, childState{Caught: []int{int(sigUSR2)}, Ignored: []int{int(unix.SIGHUP)}})
	check := func(when string, pending, blocked procinfo.SignalSet) {
		t.Helper()
		want := openbsdMasks(childState{Caught: []int{int(sigUSR2)}, Ignored: []int{int(unix.SIGHUP)}})
		want.Pending, want.Blocked = pending, blocked
		openbsdGoMasks(t, when, c, want)
	}
	check("at first", sigs(), sigs())
	c.tell(t, "block", int(sigUSR1))
	check("USR1 blocked", sigs(), sigs(sigUSR1))
	c.tell(t, "thread-kill", int(sigUSR1))
	check("USR1 sent by the thread to itself", sigs(sigUSR1), sigs(sigUSR1))
	fmt.Fprintln(c.in, "unblock") // USR1 takes its default action: it kills
	waitZombie(t, c.Pid)
	m, err := procinfo.GetSigmasks(c.Pid)
	if err != nil || !m.Pending.Empty() {
		t.Errorf("pending in the zombie: %v, %v", m.Pending, err)
	}
}

// TestOpenBSDOtherThread: the record has the main thread's sets; what waits for another thread alone is not told.
func TestOpenBSDOtherThread(t *testing.T) {
	c := start(t, childState{Caught: []int{}})
	c.tell(t, "block", int(sigUSR1))
	c.tell(t, "other-thread", 15)
	want := openbsdMasks(childState{Caught: []int{}})
	want.Blocked = sigs(sigUSR1)
	openbsdGoMasks(t, "15 pending elsewhere", c, want)
}

// TestOpenBSDMainThreadGone: the record still has the main thread's sets when only others are left.
func TestOpenBSDMainThreadGone(t *testing.T) {
	c := start(t, childState{Caught: []int{int(sigUSR2)}})
	c.tell(t, "block", int(sigUSR1))
	want, err := openbsdStateOf(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	want.Masks = openbsdMasks(childState{Caught: []int{int(sigUSR2)}})
	want.Masks.Blocked = sigs(sigUSR1)
	c.tell(t, "end-main-thread")
	buf := make([]byte, 64*kinfo.OpenBSDSize)
	eventually(t, "end of the main thread", func() bool {
		const showThreads = 0x40000000
		mib := kinfo.OpenBSDMIB(kinfo.OpenBSDByPID|showThreads, int32(c.Pid), 64)
		n, err := sysctl.Read(mib[:], buf)
		if err != nil {
			t.Fatal(err)
		}
		threads := 0 // with the main thread's mask, which no other has
		for rows := buf[:n]; len(rows) > 0; rows = rows[kinfo.OpenBSDSize:] {
			p, err := kinfo.DecodeOpenBSD(rows[:kinfo.OpenBSDSize], kinfo.OpenBSDLayoutOf(runtime.GOARCH), int32(c.Pid))
			if err != nil {
				t.Fatal(err)
			}
			if p.Masks.Blocked.Bits[0] == uint64(maskOf([]int{int(sigUSR1)})) {
				threads++
			}
		}
		return n > kinfo.OpenBSDSize && threads == 1 // the process's own row
	})
	openbsdCheck(t, c, want)
}

// TestOpenBSDThreadID: a thread's number is no process's.
func TestOpenBSDThreadID(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tid := openbsdtest.ThreadID()
	if tid <= 0 || tid == os.Getpid() {
		t.Fatalf("thread %d of process %d", tid, os.Getpid())
	}
	_, err := openbsdStateOf(tid)
	wantKind(t, err, "no such process")
	_, err = procinfo.Get(tid)
	wantKind(t, err, "no such process")
	_, err = procinfo.GetRlimit(tid, procinfo.RLIMIT_CORE)
	wantKind(t, err, "no such process")
	_, err = procinfo.Rlimit(tid, procinfo.RLIMIT_CORE, &procinfo.Limits{})
	wantKind(t, err, "no such process")
	for info := range procinfo.All(procinfo.FieldPgid) {
		if info.PID == tid {
			t.Error("All lists a thread")
		}
	}
}

// TestOpenBSDKernelProcess: 0 is the swapper, and never the caller.
func TestOpenBSDKernelProcess(t *testing.T) {
	s, err := openbsdStateOf(0)
	if err != nil || s.Pgid != 0 || s.Sid != 0 || !s.Masks.Blocked.Empty() || !s.Masks.Caught.Empty() || !s.Masks.Pending.Empty() {
		t.Errorf("got %v, %v", s, err)
	}
	for _, sig := range openbsdByDefault {
		if !s.Masks.Ignored.Has(procinfo.Signal(sig)) {
			t.Errorf("%d is not ignored: %v", sig, s.Masks.Ignored)
		}
	}
	_, err = procinfo.Rlimit(0, procinfo.RLIMIT_CORE, &procinfo.Limits{})
	wantKind(t, err, "unsupported")
	_, err = procinfo.GetRlimit(0, procinfo.RLIMIT_CORE)
	wantKind(t, err, "unsupported")
	s, err = openbsdStateOf(1)
	if err != nil || s.Pgid < 0 || s.Sid < 0 {
		t.Errorf("process 1: got %v, %v", s, err)
	}
}

// TestOpenBSDUmask: the kernel tells nobody's umask.
func TestOpenBSDUmask(t *testing.T) {
	_, err := procinfo.GetUmask(os.Getpid())
	wantKind(t, err, "unsupported")
	_, err = procinfo.GetUmask(1)
	wantKind(t, err, "unsupported")
	_, err = procinfo.Get(1, procinfo.FieldUmask)
	wantKind(t, err, "unsupported")
}

func TestOpenBSDNoSuchProcess(t *testing.T) {
	gone := still(t, childState{})
	gone.stop()
	ask := func(what string, err error) {
		t.Helper()
		wantKind(t, err, "no such process")
		if !errors.Is(err, os.ErrProcessDone) || !errors.Is(err, syscall.ESRCH) {
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
	_, err := openbsdStateOf(gone.Process)
	wantKind(t, err, "no such process")
}

// TestOpenBSDOneshot: all answers are of one record, and so of one moment.
func TestOpenBSDOneshot(t *testing.T) {
	c := still(t, childState{Setpgid: true, Blocked: []int{15}, Caught: []int{}})
	before, err := openbsdStateOf(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	procinfo.Oneshot(c.Pid, func() error {
		if pgid, err := procinfo.Getpgid(c.Pid); err != nil || pgid != c.Pid {
			t.Fatalf("process group %d, %v", pgid, err)
		}
		send(t, c.Pid, 15)
		c.stop()
		if got, err := openbsdStateOf(c.Pid); err != nil || !got.equal(before) {
			t.Errorf("after it has gone: got %v, %v; want %v", got, err, before)
		}
		_, err := openbsdStateOf(c.Process) // which knows better
		wantKind(t, err, "no such process")
		_, err = procinfo.Get(c.Pid)
		wantKind(t, err, "no such process")
		return nil
	})
	_, err = openbsdStateOf(c.Pid)
	wantKind(t, err, "no such process")
}

// TestOpenBSDLeaderGone: a session whose leader has exited has no number any more. Its process group still has.
func TestOpenBSDLeaderGone(t *testing.T) {
	in, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer hold.Close() // and then the one left behind ends
	c := command(t, childState{Role: "openbsd-leave", Setsid: true})
	c.Stdin = in
	var left int
	c.run(t, &left)
	leader := c.Cmd.Process.Pid
	s, err := openbsdStateOf(left)
	if err != nil || s.Pgid != leader || s.Sid != 0 {
		t.Errorf("left behind by %d: %v, %v", leader, s, err)
	}
	info, err := procinfo.Get(left)
	if err != nil || info.Sid != 0 || info.Err(procinfo.FieldSid) != nil {
		t.Errorf("Get: session %d, %v, %v", info.Sid, info.Err(procinfo.FieldSid), err)
	}
}

// openbsdLeave starts a child that outlives this process, and returns its PID.
func openbsdLeave() int {
	args := selfArgs()
	cmd := exec.Command(args[0], args[1:]...)
	text, _ := json.Marshal(childState{})
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, len("ready\n")))
	}
	if err != nil {
		fail(err)
	}
	return cmd.Process.Pid
}

// TestOpenBSDAll: every process once, zombies and the kernel's own too.
func TestOpenBSDAll(t *testing.T) {
	zombie := still(t, childState{})
	send(t, zombie.Pid, 9)
	waitZombie(t, zombie.Pid)
	seen := map[int]int{}
	system := 0
	for info, err := range procinfo.All() {
		if err != nil {
			t.Error(err)
			continue
		}
		seen[info.PID]++
		if _, err := openbsdStateIn(info); err != nil {
			t.Errorf("%d: %v", info.PID, err)
		}
		want := "unsupported"
		if info.PID == os.Getpid() {
			want = ""
		}
		wantKind(t, info.Err(procinfo.FieldRlimits), want)
		wantKind(t, info.Err(procinfo.FieldUmask), "unsupported")
		if info.PID > 1 && info.Pgid == 0 {
			system++
		}
	}
	for pid, n := range seen {
		if n != 1 || pid < 0 {
			t.Errorf("process %d is seen %d times", pid, n)
		}
	}
	for _, pid := range []int{0, 1, os.Getpid(), zombie.Pid} {
		if seen[pid] != 1 {
			t.Errorf("process %d is not seen", pid)
		}
	}
	if system == 0 {
		t.Error("no process of the kernel's is seen")
	}
	for range procinfo.All(procinfo.FieldPgid) {
		break
	}
}

// TestOpenBSDComingAndGoing asks while processes come and go, and listings grow and shrink.
func TestOpenBSDComingAndGoing(t *testing.T) {
	steady := still(t, childState{Setpgid: true, Blocked: []int{15}, Caught: []int{}})
	want, err := openbsdStateOf(steady.Pid)
	if err != nil {
		t.Fatal(err)
	}
	var latest atomic.Int32
	problems := make(chan []string, 1)
	go func() {
		var all []string
		for range 20 {
			seen := 0
			for info, err := range procinfo.All(procinfo.FieldGroups, procinfo.FieldSigmasks, procinfo.FieldPgid, procinfo.FieldSid) {
				if err != nil {
					all = append(all, fmt.Sprintf("All: %v", err))
				}
				if info.PID == steady.Pid {
					seen++
					if got, err := openbsdStateIn(info); err != nil || !got.equal(want) {
						all = append(all, fmt.Sprintf("All: got %v, %v; want %v", got, err, want))
					}
				}
			}
			if seen != 1 {
				all = append(all, fmt.Sprintf("All yields a process %d times", seen))
			}
			if _, err := procinfo.Get(latest.Load()); err != nil && kindOf(err) != "no such process" {
				all = append(all, fmt.Sprintf("Get: %v", err))
			}
			time.Sleep(5 * time.Millisecond) // on a single slow CPU the others must have their turn
		}
		problems <- all
	}()
	for {
		select {
		case all := <-problems:
			for _, p := range all {
				t.Error(p)
			}
			return
		default:
			c := still(t, childState{})
			latest.Store(int32(c.Pid))
			c.stop()
		}
	}
}

// TestOpenBSDUnprivileged: an ordinary user is told as much as root.
func TestOpenBSDUnprivileged(t *testing.T) {
	needRoot(t)
	target := still(t, childState{
		User: &user{0, 0, []uint32{7, 3000000000, 4294967294}}, Setsid: true, Blocked: []int{1}, Ignored: []int{2}, Caught: []int{15},
	})
	send(t, target.Pid, 1)
	stopped := still(t, childState{})
	openbsdStop(t, stopped)
	zombie := still(t, childState{User: &user{0, 0, []uint32{4}}})
	send(t, zombie.Pid, 9)
	waitZombie(t, zombie.Pid)
	pids := []int{target.Pid, stopped.Pid, zombie.Pid, 0, 1}
	var args []string
	var want []report
	for _, pid := range pids {
		args = append(args, strconv.Itoa(pid))
		want = append(want, reportOf(pid))
	}
	delete(want[4], "sigmasks") // init's own affair, from moment to moment
	var got struct {
		Reports []report
		All     int
		Set     string
	}
	command(t, childState{Role: "openbsd-nobody", Args: args}).run(t, &got)
	if masks := got.Reports[4]["sigmasks"]; masks == "" || masks[0] == '!' {
		t.Errorf("masks of process 1: %s", masks)
	}
	delete(got.Reports[4], "sigmasks")
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

func openbsdAsNobody(args []string) any {
	for _, err := range []error{syscall.Setgroups([]int{32767}), syscall.Setgid(32767), syscall.Setuid(32767)} {
		if err != nil {
			fail(err)
		}
	}
	result := map[string]any{"Reports": reportOn(args)}
	n := 0
	for info, err := range procinfo.All(procinfo.FieldGroups, procinfo.FieldSigmasks, procinfo.FieldPgid, procinfo.FieldSid) {
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

// TestOpenBSDPledge: what a program must promise, or be killed or, with the promise "error", refused.
func TestOpenBSDPledge(t *testing.T) {
	target := still(t, childState{})
	pid := strconv.Itoa(target.Pid)
	steps := []struct{ promises, what, want string }{
		{"stdio ps proc error", "handle", ""},
		{"stdio ps proc error", "set", ""},
		{"stdio ps error", "read", ""},
		{"stdio ps error", "handle", ""}, // which is taken to be good, as it cannot be asked
		{"stdio ps error", "own handle", ""},
		{"stdio ps error", "set", "unsupported"},
		{"stdio error", "read", "unsupported"},
		{"stdio error", "own limits", ""},
	}
	args := []string{pid}
	for _, s := range steps {
		args = append(args, s.promises, s.what)
	}
	var got []string
	command(t, childState{Role: "openbsd-pledge", Args: args}).run(t, &got)
	for i, s := range steps {
		if got[i] != s.want {
			t.Errorf("%s under %q: %q, want %q", s.what, s.promises, got[i], s.want)
		}
	}
	for _, deadly := range [][]string{
		{pid, "stdio", "read"},
		{pid, "stdio ps", "handle"}, // to ask whether its process is there, package os sends a signal
		{pid, "stdio ps", "set"},
	} {
		c := command(t, childState{Role: "openbsd-pledge", Args: deadly})
		if out, err := c.Output(); c.ProcessState == nil || c.ProcessState.Sys().(syscall.WaitStatus).Signal() != unix.SIGABRT {
			t.Errorf("%q: %v, %s", deadly, err, out)
		}
	}
}

// openbsdPledge makes promises and does things in turn, and returns what goes wrong with each.
func openbsdPledge(args []string) any {
	if err := setOwnLimit(int(procinfo.RLIMIT_CORE), 0, 0); err != nil {
		fail(err)
	}
	pid, _ := strconv.Atoi(args[0])
	var kinds []string
	for args = args[1:]; len(args) > 0; args = args[2:] {
		if err := unix.PledgePromises(args[0]); err != nil {
			fail(err)
		}
		kinds = append(kinds, kindOf(openbsdPledged(pid, args[1])))
	}
	return kinds
}

func openbsdPledged(pid int, what string) error {
	self := os.Getpid()
	var err error
	switch what {
	case "read":
		for _, pid := range []int{pid, self, 1} {
			_, err1 := openbsdStateOf(pid)
			_, err2 := procinfo.Get(pid)
			err = cmp.Or(err, err1, err2)
		}
		for _, err1 := range procinfo.All() {
			err = cmp.Or(err, err1)
		}
	case "handle", "own handle":
		if what == "own handle" {
			pid = self
		}
		var p *os.Process
		if p, err = os.FindProcess(pid); err == nil {
			_, err = openbsdStateOf(p)
		}
	case "own limits":
		_, err = procinfo.GetRlimit(self, procinfo.RLIMIT_NOFILE)
	case "set":
		_, err = procinfo.Rlimit(self, procinfo.RLIMIT_CORE, &procinfo.Limits{})
	}
	return err
}

// TestOpenBSDLimitsOfOthers: the kernel tells and sets the caller's own only.
func TestOpenBSDLimitsOfOthers(t *testing.T) {
	c := still(t, childState{})
	zombie := still(t, childState{})
	send(t, zombie.Pid, 9)
	waitZombie(t, zombie.Pid)
	var before, after syscall.Rlimit
	syscall.Getrlimit(int(procinfo.RLIMIT_CORE), &before)
	for _, pid := range []int{c.Pid, zombie.Pid, 0, 1} {
		for _, r := range procinfo.Resources() {
			_, err := procinfo.GetRlimit(pid, r)
			wantKind(t, err, "unsupported")
			_, err = procinfo.Rlimit(pid, r, &procinfo.Limits{Soft: 0, Hard: 0})
			wantKind(t, err, "unsupported")
		}
		for _, r := range []procinfo.Resource{9, 99, math.MaxInt32} {
			_, err := procinfo.GetRlimit(pid, r)
			wantKind(t, err, "invalid resource")
			_, err = procinfo.Rlimit(pid, r, &procinfo.Limits{})
			wantKind(t, err, "invalid resource")
		}
	}
	_, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_CORE, &procinfo.Limits{Soft: 1, Hard: 2})
	wantKind(t, err, "unsupported")
	syscall.Getrlimit(int(procinfo.RLIMIT_CORE), &after)
	if before != after {
		t.Errorf("this process's limits were %v and are %v", before, after)
	}
}

// TestOpenBSDOwnLimits has a child try everything on itself.
func TestOpenBSDOwnLimits(t *testing.T) {
	var problems []string
	command(t, childState{Role: "openbsd-limits"}).run(t, &problems)
	for _, p := range problems {
		t.Error(p)
	}
	if os.Getuid() != 0 {
		return
	}
	// Also as one who may not raise a hard limit.
	command(t, childState{Role: "openbsd-limits", User: &user{32767, 32767, nil}}).run(t, &problems)
	for _, p := range problems {
		t.Error("ordinary user: ", p)
	}
}

// openbsdOwnLimits returns what is wrong.
func openbsdOwnLimits() []string {
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
	if err != nil || len(info.Rlimits) != 9 || len(procinfo.Resources()) != 9 {
		problem("Get: %v, %v", info.Rlimits, err)
	}
	for _, r := range procinfo.Resources() {
		want := kernel(r)
		for how, ask := range map[string]func() (procinfo.Limits, error){
			"GetRlimit":      func() (procinfo.Limits, error) { return procinfo.GetRlimit(pid, r) },
			"Rlimit":         func() (procinfo.Limits, error) { return procinfo.Rlimit(int32(pid), r, nil) },
			"by handle":      func() (procinfo.Limits, error) { return procinfo.GetRlimit(self, r) },
			"Get":            func() (procinfo.Limits, error) { return info.Rlimits[r], nil },
			"own, in a list": func() (procinfo.Limits, error) { return openbsdListed(pid, r), nil },
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
		if kind == "denied" && (!errors.Is(err, fs.ErrPermission) || !errors.Is(err, syscall.EPERM)) {
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
	r := procinfo.RLIMIT_FSIZE
	hard := kernel(r).Hard
	set(r, procinfo.Limits{Soft: 1 << 50, Hard: hard}, "") // where that is infinite: a finite one under it
	set(r, procinfo.Limits{Soft: 1 << 62, Hard: math.MaxInt64}, "invalid limits")
	set(r, procinfo.Limits{Soft: 1<<63 + 1, Hard: 1<<63 + 2}, "invalid limits")
	set(r, procinfo.Limits{Soft: math.MaxUint64 - 1, Hard: procinfo.Infinity}, "invalid limits")
	set(r, procinfo.Limits{Soft: procinfo.Infinity, Hard: 1 << 50}, "invalid limits")
	set(r, procinfo.Limits{Soft: 1 << 45, Hard: 1 << 48}, "")
	set(r, procinfo.Limits{Soft: 1 << 48, Hard: 1 << 48}, "") // the soft one up
	set(r, procinfo.Limits{Soft: 1 << 40, Hard: 1 << 40}, "") // both down
	set(r, procinfo.Limits{Soft: 0, Hard: 1 << 40}, "")
	set(r, procinfo.Limits{Soft: 1 << 41, Hard: 1 << 42}, raise) // both up
	set(r, procinfo.Limits{Soft: 1, Hard: procinfo.Infinity}, raise)
	set(r, procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}, raise)
	core := procinfo.RLIMIT_CORE
	set(core, procinfo.Limits{Soft: 3, Hard: 4}, "")
	set(core, procinfo.Limits{Soft: 5, Hard: 4}, "invalid limits")
	set(core, procinfo.Limits{Soft: 0, Hard: 0}, "")

	// What is remembered has no limits in it, and does not outlive a change.
	procinfo.Oneshot(pid, func() error {
		procinfo.Getpgid(pid)
		set(procinfo.RLIMIT_NPROC, procinfo.Limits{Soft: 30, Hard: 40}, "")
		if old, err := procinfo.Rlimit(self, procinfo.RLIMIT_NPROC, &procinfo.Limits{Soft: 29, Hard: 39}); err != nil || old != (procinfo.Limits{Soft: 30, Hard: 40}) {
			problem("set by handle: old limits are %v, %v", old, err)
		}
		return nil
	})
	if got := kernel(procinfo.RLIMIT_NPROC); got != (procinfo.Limits{Soft: 29, Hard: 39}) {
		problem("set by handle: the kernel has %v", got)
	}

	for r, kind := range map[procinfo.Resource]string{
		9: "invalid resource", 99: "invalid resource", math.MaxInt32: "invalid resource", -99: "invalid resource",
		procinfo.RLIMIT_AS: "unsupported", procinfo.RLIMIT_NICE: "unsupported",
		openbsdCut(): "invalid resource", // would be NOFILE if cut to 32 bits
	} {
		if _, err := procinfo.GetRlimit(pid, r); kindOf(err) != kind {
			problem("GetRlimit of %d: %v, want %s", int(r), err, kind)
		}
		if _, err := procinfo.Rlimit(pid, r, &procinfo.Limits{}); kindOf(err) != kind {
			problem("Rlimit of %d: %v, want %s", int(r), err, kind)
		}
	}
	return problems
}

// openbsdListed returns limits as All gives them of a process.
func openbsdListed(pid int, r procinfo.Resource) procinfo.Limits {
	for info := range procinfo.All(procinfo.FieldRlimits) {
		if info.PID == pid {
			return info.Rlimits[r]
		}
	}
	return procinfo.Limits{}
}

func openbsdCut() procinfo.Resource {
	n := int64(1<<32) + int64(procinfo.RLIMIT_NOFILE)
	if strconv.IntSize == 32 {
		return 99
	}
	return procinfo.Resource(n)
}

// TestOpenBSDOwnNofile: limits of files that a program sets for itself are what it starts others with, although the Go runtime
// raises the first soft one, and at exec restores what there was. Started programs raise theirs, too, so only the hard one shows.
func TestOpenBSDOwnNofile(t *testing.T) {
	needRoot(t) // others could not restore the higher one anyway
	var got procinfo.Limits
	command(t, childState{Role: "openbsd-nofile", Args: []string{"50", "77"}}).run(t, &got)
	if got.Hard != 77 {
		t.Errorf("set to 50:77, and started with it: %v", got)
	}
}

func openbsdNofile(args []string) any {
	if len(args) == 2 {
		var l procinfo.Limits
		fmt.Sscan(strings.Join(args, " "), &l.Soft, &l.Hard)
		if _, err := procinfo.Rlimit(os.Getpid(), procinfo.RLIMIT_NOFILE, &l); err != nil {
			fail(err)
		}
		text, _ := json.Marshal(childState{Role: "openbsd-nofile"})
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

// TestOpenBSDAllocs: the record goes through memory that is used again.
func TestOpenBSDAllocs(t *testing.T) {
	pid := os.Getpid()
	for _, tt := range []struct {
		name string
		most float64
		ask  func() error
	}{
		{"Getpgid", 0, func() error { _, err := procinfo.Getpgid(pid); return err }},
		{"Getsid", 0, func() error { _, err := procinfo.Getsid(pid); return err }},
		{"GetSigmasks", 0, func() error { _, err := procinfo.GetSigmasks(pid); return err }},
		{"GetGroups", 1, func() error { _, err := procinfo.GetGroups(pid); return err }},
	} {
		var failed error
		n := testing.AllocsPerRun(100, func() {
			if err := tt.ask(); err != nil {
				failed = err
			}
		})
		if failed != nil || n > tt.most {
			t.Errorf("%s: %v allocations, %v", tt.name, n, failed)
		}
	}
}

func BenchmarkOpenBSD(b *testing.B) {
	pid := os.Getpid()
	b.Run("GetSigmasks", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := procinfo.GetSigmasks(pid); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("four answers, Oneshot", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			procinfo.Oneshot(pid, func() error { _, err := openbsdStateOf(pid); return err })
		}
	})
	b.Run("All", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for range procinfo.All(procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks, procinfo.FieldGroups) {
			}
		}
	})
}
