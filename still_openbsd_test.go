// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/gopsutil-extra/procinfo/internal/openbsdtest"
	"golang.org/x/sys/unix"
)

// A still child is a fork of this process that has never been a Go program: one thread, which makes the calls it was given and
// then waits. Go programs have threads that cannot be told to block a signal, and keep some from being blocked at all.

// still starts a still child in a state. Signals that it catches must not reach it: there are no handlers.
func still(t testing.TB, s childState) *child {
	t.Helper()
	var keep []any // what the steps point to
	ptr := func(p unsafe.Pointer) uintptr { keep = append(keep, p); return uintptr(p) }
	var steps []openbsdtest.Step
	step := func(fn uintptr, args ...uintptr) {
		args = append(args, 0, 0, 0)
		steps = append(steps, openbsdtest.Step{Fn: fn, A: args[0], B: args[1], C: args[2]})
	}

	var ready, alive [2]int // the child says that it is ready, and ends when this process does
	for _, p := range [...]*[2]int{&ready, &alive} {
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	step(openbsdtest.Close, uintptr(alive[1]))
	if s.Caught != nil || s.Ignored != nil {
		for sig := 1; sig < sigTHR; sig++ {
			action := new(openbsdtest.Action)
			switch {
			case !canChange(sig):
				continue
			case slices.Contains(s.Caught, sig):
				action.Handler = openbsdtest.Exit
			case slices.Contains(s.Ignored, sig):
				action.Handler = 1
			case s.Caught == nil:
				continue
			}
			step(openbsdtest.Sigaction, uintptr(sig), ptr(unsafe.Pointer(action)))
		}
	}
	for r, l := range s.Limits {
		step(openbsdtest.Setrlimit, uintptr(r), ptr(unsafe.Pointer(kernelLimits(l.Soft, l.Hard))))
	}
	if s.Setsid {
		step(openbsdtest.Setsid)
	}
	if s.Setpgid {
		step(openbsdtest.Setpgid)
	}
	if s.User != nil {
		groups := append(slices.Clone(s.User.Groups), 0)
		uid, gid := uintptr(s.User.UID), uintptr(s.User.GID)
		step(openbsdtest.Setgroups, uintptr(len(groups)-1), ptr(unsafe.Pointer(&groups[0])))
		step(openbsdtest.Setresgid, gid, gid, gid)
		step(openbsdtest.Setresuid, uid, uid, uid)
	}
	mask, word := new(uint32), new([1]byte)
	*mask, word[0] = maskOf(s.Blocked), '!'
	const sigSetmask = 3
	step(openbsdtest.Umask, uintptr(s.Umask))
	step(openbsdtest.Sigmask, sigSetmask, ptr(unsafe.Pointer(mask)))
	step(openbsdtest.Write, uintptr(ready[1]), ptr(unsafe.Pointer(word)), 1)
	wait := openbsdtest.Step{Fn: openbsdtest.Read, A: uintptr(alive[0]), B: ptr(unsafe.Pointer(word)), C: 1}

	runtime.LockOSThread()
	before := openbsdtest.SetMask(math.MaxUint32)
	pid, errno := openbsdtest.Run(steps, wait)
	openbsdtest.SetMask(before)
	runtime.UnlockOSThread()
	runtime.KeepAlive(keep)
	unix.Close(ready[1])
	unix.Close(alive[0])
	defer unix.Close(ready[0])
	t.Cleanup(func() { unix.Close(alive[1]) })
	if errno != 0 {
		t.Fatal(errno)
	}
	c := &child{Pid: pid}
	var err error
	if c.Process, err = os.FindProcess(pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	var n int
	for {
		n, err = unix.Read(ready[0], make([]byte, 1))
		if err != unix.EINTR {
			break
		}
	}
	if n != 1 {
		state, _ := c.Process.Wait()
		t.Fatalf("still child: step %v, %v", state, err)
	}
	return c
}
