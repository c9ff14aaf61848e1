// SPDX-License-Identifier: MIT

package daemontest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/gopsutil-extra/procinfo"
	"github.com/gopsutil-extra/procinfo/examples/internal/childtest"
	"golang.org/x/sys/unix"
)

const otherUser = 54323 // no other test's

func TestMain(m *testing.M) {
	childtest.Main(m, map[string]func(){"daemon": beDaemon, "launch": launch, "die": func() {
		fmt.Println("out of luck")
		os.Exit(7)
	}})
}

// daemon is what our daemon makes of itself.
type daemon struct {
	Delay    time.Duration // before it begins
	Setsid   bool
	Umask    int
	Blocked  []syscall.Signal // these alone
	Ignored  []syscall.Signal // these alone
	Limits   map[procinfo.Resource]procinfo.Limits
	PIDFile  string
	LifeTime time.Duration
}

func beDaemon() {
	var d daemon
	if err := json.Unmarshal([]byte(os.Args[1]), &d); err != nil {
		childtest.Fail(err)
	}
	time.Sleep(d.Delay)
	if d.Setsid {
		if _, err := syscall.Setsid(); err != nil {
			childtest.Fail(err)
		}
	}
	syscall.Umask(d.Umask)
	signal.Notify(make(chan os.Signal, 1)) // catches all, also what was ignored when we were started
	notIgnored(32, 33, 34)                 // which Go leaves to the C library
	for _, sig := range d.Ignored {
		signal.Ignore(sig)
	}
	var mask unix.Sigset_t
	bits := int(unsafe.Sizeof(mask.Val[0])) * 8
	for _, sig := range d.Blocked {
		mask.Val[int(sig-1)/bits] |= 1 << (int(sig-1) % bits)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil); err != nil {
		childtest.Fail(err)
	}
	for r, l := range d.Limits {
		if err := syscall.Setrlimit(int(r), &syscall.Rlimit{Cur: l.Soft, Max: l.Hard}); err != nil {
			childtest.Fail(err)
		}
	}
	if d.PIDFile != "" {
		if err := os.WriteFile(d.PIDFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
			childtest.Fail(err)
		}
	}
	time.Sleep(d.LifeTime) // if the test cannot end it
}

// notIgnored gives signals their default action if they were ignored when we were started.
func notIgnored(signals ...procinfo.Signal) {
	own, err := procinfo.GetSigmasks(os.Getpid())
	if err != nil {
		childtest.Fail(err)
	}
	size := uintptr(8)
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		size = 16
	}
	var byDefault [64]byte // a struct sigaction of zeros, whatever its layout
	for _, sig := range signals {
		if !own.Ignored.Has(sig) {
			continue
		}
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&byDefault)), 0, size, 0, 0)
		if errno != 0 {
			childtest.Fail(errno)
		}
	}
}

// launch starts the daemon in a session of its own and leaves it alone: init, or who stands in for it, inherits it.
func launch() {
	cmd := exec.Command(os.Args[0], os.Args[1])
	cmd.Env = append(os.Environ(), "PROCINFO_EXAMPLES_ROLE=daemon")
	if err := cmd.Start(); err != nil {
		childtest.Fail(err)
	}
}

func (d daemon) command(t testing.TB, role string) *exec.Cmd {
	t.Helper()
	d.LifeTime = 10 * time.Minute
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return childtest.Command(t, role, string(text))
}

// ours is a daemon that differs from its parent in everything, and what is right of it.
func ours(t testing.TB) (daemon, Want) {
	t.Helper()
	var own syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &own); err != nil {
		t.Fatal(err)
	}
	if own.Max < 128 {
		t.Skipf("at most %d open files here, 128 needed", own.Max)
	}
	limits := map[procinfo.Resource]procinfo.Limits{
		procinfo.RLIMIT_NOFILE: {Soft: 64, Hard: 128},
		procinfo.RLIMIT_CORE:   {Soft: 0, Hard: 0},
	}
	d := daemon{
		Setsid:  true,
		Umask:   0o027,
		Blocked: []syscall.Signal{syscall.SIGUSR1},
		Ignored: []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR2},
		Limits:  limits,
	}
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	ids := []uint32{}
	for _, g := range groups {
		ids = append(ids, uint32(g))
	}
	return d, Want{
		Umask:   Is(0o027),
		Groups:  ids,
		Blocked: procinfo.NewSignalSet(syscall.SIGUSR1),
		Ignored: procinfo.NewSignalSet(syscall.SIGUSR2, syscall.SIGHUP),
		Caught:  procinfo.NewSignalSet(syscall.SIGTERM),
		Limits:  limits,
		Within:  time.Minute, // on the busiest machine
	}
}

// TestForeground: the daemon is our child, and becomes what it should only after a while.
func TestForeground(t *testing.T) {
	d, want := ours(t)
	d.Delay = 100 * time.Millisecond
	p := Start(t, d.command(t, "daemon"))
	want.Session, want.Pgid, want.Detached = Is(p.Pid), Is(p.Pid), true
	Check(t, p, want)
	Check(t, p.Pid, want)
	Check(t, p, Want{})
}

// TestBackground: the daemon leaves the process that was started.
func TestBackground(t *testing.T) {
	d, want := ours(t)
	d.PIDFile = filepath.Join(t.TempDir(), "pid")
	cmd := d.command(t, "launch")
	var p *os.Process
	t.Run("daemon", func(t *testing.T) {
		launcher := Start(t, cmd)
		p = FromPIDFile(t, d.PIDFile)
		if p.Pid == launcher.Pid {
			t.Errorf("%d is the launcher", p.Pid)
		}
		want.Session, want.Detached = Is(p.Pid), true
		Check(t, p, want)
	})
	if err := syscall.Kill(p.Pid, 0); err == nil { // it may be a zombie, of whoever inherited it
		if info, err := procinfo.Get(p.Pid); err == nil && !errors.Is(info.Err(procinfo.FieldUmask), os.ErrProcessDone) {
			t.Errorf("process %d is alive after its test", p.Pid)
		}
	}
}

// TestGroups: a daemon that runs as a user of its own.
func TestGroups(t *testing.T) {
	cmd := daemon{}.command(t, "daemon")
	childtest.As(t, cmd, otherUser, otherUser+1, otherUser)
	var f fake
	var p *os.Process
	if !f.run(t, func() { p = Start(&f, cmd) }) {
		t.Skipf("cannot start a process of another user here: %q", f.errors)
	}
	Check(t, p, Want{Groups: []uint32{otherUser, otherUser + 1}, Umask: Is(0), Within: time.Minute})

	f = fake{TB: t}
	Check(&f, p, Want{Groups: []uint32{}, Within: time.Millisecond})
	f.want(t, "groups are [54323 54324], want []")
	f = fake{TB: t}
	Check(&f, p, Want{Groups: []uint32{otherUser, otherUser}, Within: time.Millisecond})
	f.want(t, "groups are [54323 54324], want [54323 54323]")
}

// fake is a test whose failures are none of this one.
type fake struct {
	testing.TB
	errors, logs []string
	failed       bool
}

type fatal struct{}

func (f *fake) Errorf(format string, args ...any) {
	f.failed = true
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func (f *fake) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(fatal{})
}

func (f *fake) Logf(format string, args ...any) {
	f.logs = append(f.logs, fmt.Sprintf(format, args...))
}
func (f *fake) Failed() bool { return f.failed }

// run reports whether fn ran to its end.
func (f *fake) run(t testing.TB, fn func()) (done bool) {
	f.TB = t
	defer func() {
		if r := recover(); r != nil && r != any(fatal{}) {
			panic(r)
		}
	}()
	fn()
	return true
}

// want compares the errors, by how they end.
func (f *fake) want(t testing.TB, ends ...string) {
	t.Helper()
	same := len(f.errors) == len(ends)
	for i := range min(len(f.errors), len(ends)) {
		same = same && strings.HasPrefix(f.errors[i], "daemontest: ") && strings.HasSuffix(f.errors[i], ends[i])
	}
	if !same {
		t.Errorf("reported %q, want %q", f.errors, ends)
	}
}

// TestWrong: each thing that is not as wanted is reported, and nothing else.
func TestWrong(t *testing.T) {
	d, right := ours(t)
	p := Start(t, d.command(t, "daemon"))
	right.Session, right.Pgid, right.Detached = Is(p.Pid), Is(p.Pid), true
	Check(t, p, right)

	const never = -1 // a session that there cannot be
	for _, test := range []struct {
		name   string
		change func(*Want)
		report []string
	}{
		{"umask", func(w *Want) { w.Umask = Is(0) }, []string{"umask is 0027, want 0000"}},
		{"session", func(w *Want) { w.Session = Is(never) }, []string{fmt.Sprintf("session is %d (its own), want -1", p.Pid)}},
		{"process group", func(w *Want) { w.Pgid = Is(never) }, []string{fmt.Sprintf("process group is %d (its own), want -1", p.Pid)}},
		{"groups", func(w *Want) { w.Groups = append([]uint32{4294967294}, w.Groups...) },
			[]string{fmt.Sprintf("groups are %v, want %v", sorted(right.Groups), append(sorted(right.Groups), 4294967294))}},
		{"blocked, none wanted", func(w *Want) { w.Blocked = procinfo.NewSignalSet() }, []string{"blocked, but should not be: USR1"}},
		{"blocked, another wanted", func(w *Want) { w.Blocked = procinfo.NewSignalSet(syscall.SIGTERM) },
			[]string{"not blocked, but should be: TERM", "blocked, but should not be: USR1"}},
		{"ignored, one more", func(w *Want) { w.Ignored = procinfo.NewSignalSet(syscall.SIGUSR2) }, []string{"ignored, but should not be: HUP"}},
		{"ignored, one less", func(w *Want) { w.Ignored = procinfo.NewSignalSet(syscall.SIGHUP, syscall.SIGUSR2, syscall.SIGPIPE) }, []string{"not ignored, but should be: PIPE"}},
		{"caught", func(w *Want) { w.Caught = procinfo.NewSignalSet(syscall.SIGUSR2, syscall.SIGTERM) },
			[]string{"not caught, but should be: USR2"}},
		{"soft limit", func(w *Want) { w.limit(procinfo.RLIMIT_NOFILE, 65, 128) }, []string{"limit NOFILE is 64:128, want 65:128"}},
		{"hard limit", func(w *Want) { w.limit(procinfo.RLIMIT_CORE, 0, procinfo.Infinity) }, []string{"limit CORE is 0:0, want 0:unlimited"}},
		{"several", func(w *Want) { w.Umask = Is(0o777); w.Session = Is(never) },
			[]string{"umask is 0027, want 0777", fmt.Sprintf("session is %d (its own), want -1", p.Pid)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := fake{TB: t}
			want := right
			test.change(&want)
			want.Within = time.Millisecond
			Check(&f, p, want)
			f.want(t, test.report...)
		})
	}
}

func (want *Want) limit(r procinfo.Resource, soft, hard uint64) {
	limits := map[procinfo.Resource]procinfo.Limits{}
	for k, v := range want.Limits {
		limits[k] = v
	}
	limits[r] = procinfo.Limits{Soft: soft, Hard: hard}
	want.Limits = limits
}

// TestNotDetached: a child that never left us.
func TestNotDetached(t *testing.T) {
	p := Start(t, daemon{}.command(t, "daemon"))
	sid, err := procinfo.Getsid(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	pgid := syscall.Getpgrp()
	f := fake{TB: t}
	Check(&f, p, Want{Detached: true, Session: Is(p.Pid), Pgid: Is(p.Pid), Within: time.Millisecond})
	f.want(t,
		fmt.Sprintf("session is %d (that of the test), want %d", sid, p.Pid),
		fmt.Sprintf("process group is %d (that of the test), want %d", pgid, p.Pid),
		fmt.Sprintf("session is %d, that of the test, want another", sid),
		fmt.Sprintf("process group is %d, that of the test, want another", pgid))
}

// TestDied: a daemon that ends is reported at once, with what it said.
func TestDied(t *testing.T) {
	cmd := childtest.Command(t, "die")
	var f fake
	t.Run("daemon", func(t *testing.T) {
		f = fake{TB: t}
		p := Start(&f, cmd)
		start := time.Now()
		Check(&f, p, Want{Umask: Is(-1), Within: 10 * time.Minute})
		if d := time.Since(start); d > 9*time.Minute {
			t.Errorf("noticed after %v", d)
		}
		f.want(t, fmt.Sprintf("process %d has ended", p.Pid))
	})
	if len(f.logs) != 1 || !strings.Contains(f.logs[0], "out of luck") || !strings.Contains(f.logs[0], "exit status 7") {
		t.Errorf("logged %q", f.logs)
	}
}

// TestZombie: who died and was not waited for looks much as before, but is not what is wanted.
func TestZombie(t *testing.T) {
	cmd := childtest.Command(t, "die")
	childtest.SkipIfRefused(t, cmd.Start())
	defer cmd.Wait()
	f := fake{TB: t}
	Check(&f, cmd.Process.Pid, Want{Session: Is(-1), Within: 10 * time.Minute})
	f.want(t, fmt.Sprintf("process %d has ended", cmd.Process.Pid))
}

func TestNoCommand(t *testing.T) {
	var f fake
	if f.run(t, func() { Start(&f, exec.Command(filepath.Join(t.TempDir(), "none"))) }) || len(f.errors) != 1 || !strings.Contains(f.errors[0], "no such file") {
		t.Errorf("%q", f.errors)
	}
}

func TestParsePID(t *testing.T) {
	for _, test := range []struct {
		text, before string
		pid          int // 0: none
	}{
		{"123\n", "", 123},
		{" 123 \nmore\n", "", 123},
		{"123", "", 0}, // maybe the beginning of 1234
		{"123", "12", 0},
		{"123", "123", 123},
		{"", "", 0},
		{"\n", "", 0},
		{"0\n", "", 0},
		{"1\n", "", 0},
		{"-5\n", "", 0},
		{"x\n", "", 0},
	} {
		pid, ok := parsePID(test.text, test.before)
		if ok != (test.pid != 0) || ok && pid != test.pid {
			t.Errorf("%q after %q: %d, %v, want %d", test.text, test.before, pid, ok, test.pid)
		}
	}
}

// TestWait: a machine on which nothing happens for long does not use up the looks.
func TestWait(t *testing.T) {
	w := newWait(time.Nanosecond)
	n := 1
	for w.more() {
		n++
	}
	if n != minLooks {
		t.Errorf("%d looks, want %d", n, minLooks)
	}
	if got := newWait(0).within; got != defaultWithin {
		t.Errorf("%v", got)
	}
}

// TestUntold: what the system does not tell is said, and not taken for wrong.
func TestUntold(t *testing.T) {
	want := Want{Umask: Is(1), Groups: []uint32{}, Blocked: procinfo.NewSignalSet(9), Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_SWAP: {}}}
	var got procinfo.Info
	text := `{"pid":1,"groups":[],"sigmasks":{"pending":null,"blocked":null,"ignored":[],"caught":[],"process_pending":null},"rlimits":{}}`
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want.Umask = nil
	wrong, untold, err := want.compare(got)
	if err != nil || len(wrong) != 0 || !slices.Equal(untold, []string{"blocked signals", "limit SWAP"}) {
		t.Errorf("%q, %q, %v", wrong, untold, err)
	}
}
