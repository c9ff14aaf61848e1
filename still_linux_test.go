// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A still child is a fork of this process that has never been a Go program: one thread, which makes the system calls it
// was given and then waits. Go programs have threads that cannot be told to block a signal, and keep some from being
// blocked at all.

// step is a system call.
type step struct{ trap, a, b, c, d, e uintptr }

// runSteps forks. The child cannot call ordinary Go functions: their stack checks may find that the scheduler wants the
// goroutine, and it has none.
//
//go:nosplit
//go:norace
//go:noinline
func runSteps(steps []step) (pid uintptr, errno unix.Errno) {
	if runtime.GOARCH == "s390x" { // takes the stack first
		pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, 0, uintptr(unix.SIGCHLD), 0, 0, 0, 0)
	} else {
		pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	}
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	for i := 0; i < len(steps); i++ {
		s := &steps[i]
		if _, _, errno := unix.RawSyscall6(s.trap, s.a, s.b, s.c, s.d, s.e, 0); errno != 0 {
			unix.RawSyscall6(unix.SYS_EXIT_GROUP, uintptr(i), 0, 0, 0, 0, 0)
		}
	}
	for {
		unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

// still starts a still child in a state. It ends with the test.
func still(t testing.TB, s childState) *child {
	t.Helper()
	runtime.LockOSThread() // see stillBorn
	t.Cleanup(runtime.UnlockOSThread)
	pid, err := stillBorn(s)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Pid: pid}
	if c.Process, err = os.FindProcess(pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	return c
}

// stillBorn starts a still child for a caller who will kill and reap it. The child is killed when the thread that made it
// ends, so the caller's goroutine has to stay on its thread.
func stillBorn(s childState) (pid int, err error) {
	var keep []any // what the steps point to
	ptr := func(p unsafe.Pointer) uintptr { keep = append(keep, p); return uintptr(p) }
	var steps []step

	// Signal handlers are this process's; with all signals blocked none of them runs in the child.
	size, last := uintptr(8), 64
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		size, last = 16, 128
	}
	if s.Caught != nil || s.Ignored != nil {
		byDefault, ignore := new([64]byte), new([64]byte) // a struct sigaction
		*(*uintptr)(unsafe.Pointer(&ignore[handlerOffset()])) = 1
		for sig := 1; sig <= last; sig++ {
			action := byDefault
			switch {
			case sig == int(unix.SIGKILL), sig == int(unix.SIGSTOP), slices.Contains(s.Caught, sig):
				continue
			case slices.Contains(s.Ignored, sig):
				action = ignore
			case s.Caught == nil:
				continue
			}
			steps = append(steps, step{unix.SYS_RT_SIGACTION, uintptr(sig), ptr(unsafe.Pointer(action)), 0, size, 0})
		}
	}
	for r, l := range s.Limits {
		steps = append(steps, step{unix.SYS_PRLIMIT64, 0, uintptr(r), ptr(unsafe.Pointer(&l)), 0, 0})
	}
	if s.Setsid {
		steps = append(steps, step{unix.SYS_SETSID, 0, 0, 0, 0, 0})
	}
	if s.Setpgid {
		steps = append(steps, step{unix.SYS_SETPGID, 0, 0, 0, 0, 0})
	}
	if s.User != nil {
		groups := append(s.User.Groups, 0)
		steps = append(steps,
			step{sysSetgroups, uintptr(len(groups) - 1), ptr(unsafe.Pointer(&groups[0])), 0, 0, 0},
			step{sysSetresgid, uintptr(s.User.GID), uintptr(s.User.GID), uintptr(s.User.GID), 0, 0},
			step{sysSetresuid, uintptr(s.User.UID), uintptr(s.User.UID), uintptr(s.User.UID), 0, 0})
	}
	if s.Undumpable { // setting the ids has cleared it, or not
		steps = append(steps, step{unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0, 0, 0})
	} else if s.User != nil {
		steps = append(steps, step{unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1, 0, 0, 0})
	}
	var mask, all, before unix.Sigset_t
	for _, sig := range s.Blocked {
		bits := int(unsafe.Sizeof(mask.Val[0]) * 8)
		mask.Val[(sig-1)/bits] |= 1 << ((sig - 1) % bits)
	}
	for i := range all.Val {
		all.Val[i] = math.MaxUint32
		all.Val[i] |= all.Val[i] << (unsafe.Sizeof(all.Val[0])*8 - 32)
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return 0, err
	}
	defer unix.Close(pipe[0])
	word := [1]byte{'!'}
	steps = append(steps,
		step{unix.SYS_UMASK, uintptr(s.Umask), 0, 0, 0, 0},
		step{unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0},
		step{unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, ptr(unsafe.Pointer(&mask)), 0, size, 0},
		step{unix.SYS_WRITE, uintptr(pipe[1]), ptr(unsafe.Pointer(&word)), 1, 0, 0})

	unix.PthreadSigmask(unix.SIG_SETMASK, &all, &before)
	child, errno := runSteps(steps)
	unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	runtime.KeepAlive(keep)
	unix.Close(pipe[1])
	if errno != 0 {
		return 0, errno
	}
	for {
		n, err := unix.Read(pipe[0], word[:])
		if n == 1 {
			return int(child), nil
		}
		if err != unix.EINTR {
			var status unix.WaitStatus
			unix.Wait4(int(child), &status, 0, nil)
			return 0, fmt.Errorf("still child: step %d, %v", status.ExitStatus(), err)
		}
	}
}

func handlerOffset() int {
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		return int(unsafe.Sizeof(uintptr(0))) // flags first, in a word's room
	}
	return 0
}
