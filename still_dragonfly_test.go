// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A still child is a fork of this process that has never been a Go program: one thread, which makes the system calls it
// was given and then waits. Go programs have threads that cannot be told to block a signal, and keep some from being
// blocked at all.

// step is a system call.
type step struct{ trap, a, b, c uintptr }

// runSteps forks. The child cannot call ordinary Go functions: their stack checks may find that the scheduler wants the
// goroutine, and it has none. It ends with its parent, within a second.
//
//go:nosplit
//go:norace
//go:noinline
func runSteps(steps []step, parent uintptr) (pid uintptr, errno unix.Errno) {
	pid, _, errno = unix.RawSyscall(unix.SYS_FORK, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	for i := 0; i < len(steps); i++ {
		s := &steps[i]
		if _, _, errno := unix.RawSyscall(s.trap, s.a, s.b, s.c); errno != 0 {
			unix.RawSyscall(unix.SYS_EXIT, uintptr(i), 0, 0)
		}
	}
	for {
		unix.RawSyscall(unix.SYS_POLL, 0, 0, 1000)
		if now, _, _ := unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0); now != parent {
			unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
		}
	}
}

// still starts a still child in a state.
func still(t testing.TB, s childState) *child {
	t.Helper()
	var keep []any // what the steps point to
	ptr := func(p unsafe.Pointer) uintptr { keep = append(keep, p); return uintptr(p) }
	var steps []step

	// Signal handlers are this process's; with all signals blocked none of them runs in the child.
	for sig := 1; sig <= lastSignal; sig++ {
		if a := actionFor(sig, s.Caught, s.Ignored); a != nil {
			steps = append(steps, step{unix.SYS_SIGACTION, uintptr(sig), ptr(unsafe.Pointer(a)), 0})
		}
	}
	for r, l := range s.Limits {
		limit := &syscall.Rlimit{Cur: kernelLimit(l.Soft), Max: kernelLimit(l.Hard)}
		steps = append(steps, step{unix.SYS_SETRLIMIT, uintptr(r), ptr(unsafe.Pointer(limit)), 0})
	}
	if s.Setsid {
		steps = append(steps, step{unix.SYS_SETSID, 0, 0, 0})
	}
	if s.Setpgid {
		steps = append(steps, step{unix.SYS_SETPGID, 0, 0, 0})
	}
	if s.User != nil {
		groups := groupList(s.User)
		steps = append(steps,
			step{unix.SYS_SETGROUPS, uintptr(len(groups)), ptr(unsafe.Pointer(&groups[0])), 0},
			step{unix.SYS_SETRESGID, uintptr(s.User.GID), uintptr(s.User.GID), uintptr(s.User.GID)},
			step{unix.SYS_SETRESUID, uintptr(s.User.UID), uintptr(s.User.UID), uintptr(s.User.UID)})
	}
	mask, all := new([4]uint32), allSignals
	*mask = maskOf(s.Blocked)
	ready, said, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	word := new([1]byte)
	steps = append(steps,
		step{unix.SYS_UMASK, uintptr(s.Umask), 0, 0},
		step{unix.SYS_SIGPROCMASK, sigSetmask, ptr(unsafe.Pointer(mask)), 0},
		step{unix.SYS_WRITE, said.Fd(), ptr(unsafe.Pointer(word)), 1})

	parent := uintptr(os.Getpid())
	var before [4]uint32
	runtime.LockOSThread()
	setMask(&all, &before)
	pid, errno := runSteps(steps, parent)
	setMask(&before, nil)
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
		t.Fatalf("still child: step %v, %v", state, err)
	}
	return c
}
