// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
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
// goroutine, and it has none. At last it reads from wait, which ends with this process.
//
//go:nosplit
//go:norace
//go:noinline
func runSteps(steps []step, wait uintptr, buf unsafe.Pointer) (pid uintptr, errno unix.Errno) {
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
		_, _, errno := unix.RawSyscall(unix.SYS_READ, wait, uintptr(buf), 1)
		if errno != unix.EINTR {
			unix.RawSyscall(unix.SYS_EXIT, 100, 0, 0)
		}
	}
}

// mainThreads are the thread numbers that still children told.
var mainThreads sync.Map

func mainThread(t testing.TB, pid int) int {
	t.Helper()
	tid, ok := mainThreads.Load(pid)
	if !ok {
		t.Fatalf("%d is no still child", pid)
	}
	return tid.(int)
}

// still starts a still child in a state.
func still(t testing.TB, s childState) *child {
	t.Helper()
	pid, tid, hold, err := stillBorn(s)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Pid: pid}
	if c.Process, err = os.FindProcess(c.Pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.stop(); unix.Close(hold) })
	mainThreads.Store(c.Pid, tid)
	return c
}

// stillBorn returns the process and thread number of a still child, and the descriptor that it lives as long as.
func stillBorn(s childState) (pid, tid, hold int, err error) {
	var keep []any // what the steps point to
	ptr := func(p unsafe.Pointer) uintptr { keep = append(keep, p); return uintptr(p) }
	var steps []step

	if s.Caught != nil || s.Ignored != nil {
		byDefault, ignore, caught := handledBy(0), handledBy(1), handledBy(nobodysHandler)
		for sig := 1; sig <= lastSignal; sig++ {
			action := byDefault
			switch {
			case sig == int(unix.SIGKILL), sig == int(unix.SIGSTOP):
				continue
			case slices.Contains(s.Caught, sig):
				action = caught
			case slices.Contains(s.Ignored, sig):
				action = ignore
			case s.Caught == nil:
				continue
			}
			steps = append(steps, step{unix.SYS_SIGACTION, uintptr(sig), ptr(unsafe.Pointer(action)), 0})
		}
	}
	for r, l := range s.Limits {
		limits := &[2]int64{kernelLimit(l.Soft), kernelLimit(l.Hard)}
		steps = append(steps, step{unix.SYS_SETRLIMIT, uintptr(r), ptr(unsafe.Pointer(limits)), 0})
	}
	if s.Setsid {
		steps = append(steps, step{unix.SYS_SETSID, 0, 0, 0})
	}
	if s.Setpgid {
		steps = append(steps, step{unix.SYS_SETPGID, 0, 0, 0})
	}
	if s.User != nil {
		groups := slices.Concat([]uint32{s.User.GID}, s.User.Groups)
		steps = append(steps,
			step{unix.SYS_SETGROUPS, uintptr(len(groups)), ptr(unsafe.Pointer(&groups[0])), 0},
			step{unix.SYS_SETRESGID, uintptr(s.User.GID), uintptr(s.User.GID), uintptr(s.User.GID)},
			step{unix.SYS_SETRESUID, uintptr(s.User.UID), uintptr(s.User.UID), uintptr(s.User.UID)})
	}
	var pipes [2][2]int
	for i := range pipes { // that block whoever reads, unlike those of package os
		if err := unix.Pipe2(pipes[i][:], unix.O_CLOEXEC); err != nil {
			return 0, 0, -1, err
		}
	}
	told, say, wait, hold := pipes[0][0], pipes[0][1], pipes[1][0], pipes[1][1]
	thread := new(uint64) // room for a long
	steps = append(steps,
		step{unix.SYS_UMASK, uintptr(s.Umask), 0, 0},
		step{unix.SYS_CLOSE, uintptr(hold), 0, 0},
		step{unix.SYS_THR_SELF, ptr(unsafe.Pointer(thread)), 0, 0},
		step{unix.SYS_SIGPROCMASK, sigSetmask, ptr(unsafe.Pointer(kernelSet(s.Blocked))), 0},
		step{unix.SYS_WRITE, uintptr(say), ptr(unsafe.Pointer(thread)), 8})

	// With all signals blocked, no handler of this process's runs in the child.
	all, before := &sigsetT{math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32}, new(sigsetT)
	buf := new([8]byte)
	runtime.LockOSThread()
	setMask(all, before)
	number, errno := runSteps(steps, uintptr(wait), unsafe.Pointer(buf))
	setMask(before, nil)
	runtime.UnlockOSThread()
	runtime.KeepAlive(keep)
	runtime.KeepAlive(buf)
	unix.Close(say)
	unix.Close(wait)
	defer unix.Close(told)
	if errno != 0 {
		unix.Close(hold)
		return 0, 0, -1, errno
	}
	pid = int(number)
	var answer [8]byte
	n, err := unix.Read(told, answer[:])
	for err == unix.EINTR {
		n, err = unix.Read(told, answer[:])
	}
	if n != len(answer) {
		unix.Close(hold)
		var status unix.WaitStatus
		unix.Wait4(pid, &status, 0, nil)
		return 0, 0, -1, fmt.Errorf("still child: %#x at step %d of %d, %v", uint32(status), status.ExitStatus(), len(steps), err)
	}
	told64 := *(*uint64)(unsafe.Pointer(&answer))
	if unsafe.Sizeof(uintptr(0)) == 4 {
		told64 &= math.MaxUint32
	}
	return pid, int(told64), hold, nil
}
