// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"math"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

// A still child is a fork of this process that has never been a Go program: one thread, which makes the system calls it
// was given and then waits. Go programs have threads that cannot be told to block a signal, and keep some from being
// blocked at all.

// step is a system call. With chain, its first argument is what the one before returned.
type step struct {
	trap, a, b, c, d, e uintptr
	chain               bool
}

// stillSeconds is how long a still child lives if nobody ends it: there is no signal for a parent's death.
const stillSeconds = 600

// runSteps forks. The child cannot call ordinary Go functions: their stack checks may find that the scheduler wants the
// goroutine, and it has none.
//
//go:nosplit
//go:norace
//go:noinline
func runSteps(steps []step) (pid uintptr, errno syscall.Errno) {
	pid, _, errno = syscall.RawSyscall(unix.SYS_FORK, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	last := uintptr(0)
	for i := 0; i < len(steps); i++ {
		s := &steps[i]
		a := s.a
		if s.chain {
			a = last
		}
		last, _, errno = syscall.RawSyscall6(s.trap, a, s.b, s.c, s.d, s.e, 0)
		if errno != 0 {
			syscall.RawSyscall(unix.SYS_EXIT, uintptr(i), 0, 0)
		}
	}
	syscall.RawSyscall(unix.SYS_POLL, 0, 0, stillSeconds*1000)
	for {
		syscall.RawSyscall(unix.SYS_EXIT, 255, 0, 0)
	}
}

// still starts a still child in a state.
func still(t testing.TB, s childState) *child {
	t.Helper()
	return stillThat(t, s, nil, nil)
}

// stillThat starts a still child that takes more steps: some before it says that it is ready, some after that.
func stillThat(t testing.TB, s childState, before, after []step) *child {
	t.Helper()
	var keep []any // what the steps point to
	ptr := func(p unsafe.Pointer) uintptr { keep = append(keep, p); return uintptr(p) }
	var steps []step
	add := func(trap uintptr, args ...uintptr) {
		args = append(args, 0, 0, 0)
		steps = append(steps, step{trap: trap, a: args[0], b: args[1], c: args[2]})
	}
	// Signal handlers are this process's; with all signals blocked none of them runs in the child.
	if s.Caught != nil || s.Ignored != nil {
		for sig := 1; sig <= lastSignal; sig++ {
			action := byDefault
			switch {
			case sig == int(unix.SIGKILL), sig == int(unix.SIGSTOP):
				continue
			case slices.Contains(s.Caught, sig):
				action = caught
			case slices.Contains(s.Ignored, sig):
				action = ignored
			case s.Caught == nil:
				continue
			}
			steps = append(steps, actionArgs(sig, action))
		}
	}
	for r, l := range s.Limits {
		l := procinfo.Limits{Soft: min(l.Soft, math.MaxInt64), Hard: min(l.Hard, math.MaxInt64)} // struct rlimit
		add(unix.SYS_SETRLIMIT, uintptr(r), ptr(unsafe.Pointer(&l)))
	}
	if s.Setsid {
		add(unix.SYS_SETSID)
	}
	if s.Setpgid {
		add(unix.SYS_SETPGID, 0, 0)
	}
	if s.User != nil {
		groups := append(slices.Clone(s.User.Groups), 0)
		add(unix.SYS_SETGROUPS, uintptr(len(groups)-1), ptr(unsafe.Pointer(&groups[0])))
		add(unix.SYS_SETGID, uintptr(s.User.GID))
		add(unix.SYS_SETUID, uintptr(s.User.UID))
	}
	ready, said, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	word := [1]byte{'!'}
	mask := sigsetOf(s.Blocked)
	add(unix.SYS_UMASK, uintptr(s.Umask))
	add(sysSigprocmask, sigSetmask, ptr(unsafe.Pointer(&mask)))
	steps = append(steps, before...)
	add(unix.SYS_WRITE, said.Fd(), ptr(unsafe.Pointer(&word)), 1)
	steps = append(steps, after...)

	runtime.LockOSThread() // whose mask is changed
	old := setMask(&allSignals)
	pid, errno := runSteps(steps)
	setMask(&old)
	runtime.UnlockOSThread()
	runtime.KeepAlive(keep)
	said.Close()
	if errno != 0 {
		t.Fatal(errno)
	}
	c := &child{Pid: int(pid)}
	if c.Process, err = os.FindProcess(c.Pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	if n, err := ready.Read(word[:]); n != 1 {
		state, _ := c.Process.Wait()
		t.Fatalf("still child: step %v of %d, %v", state, len(steps), err)
	}
	return c
}
