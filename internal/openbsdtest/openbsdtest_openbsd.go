// SPDX-License-Identifier: MIT

// Package openbsdtest has functions of OpenBSD's libc that neither package syscall nor x/sys offers: the system takes calls
// from libc only. It is for tests, and nothing else imports it.
//
// What libc's functions are called by is what the Go runtime and x/sys link to themselves.
package openbsdtest

import (
	"syscall"
	"unsafe"
)

// The addresses of functions of libc, defined in libc_openbsd.s.
var Close, Exit, Fork, Getthrid, Read, Setgroups, Setpgid, Setresgid, Setresuid, Setrlimit, Setsid, Sigaction, Sigmask, Threxit, Thrkill, Umask, Write uintptr

//go:cgo_import_dynamic libc_close close "libc.so"
//go:cgo_import_dynamic libc_exit exit "libc.so"
//go:cgo_import_dynamic libc_fork fork "libc.so"
//go:cgo_import_dynamic libc_getthrid getthrid "libc.so"
//go:cgo_import_dynamic libc_read read "libc.so"
//go:cgo_import_dynamic libc_setgroups setgroups "libc.so"
//go:cgo_import_dynamic libc_setpgid setpgid "libc.so"
//go:cgo_import_dynamic libc_setresgid setresgid "libc.so"
//go:cgo_import_dynamic libc_setresuid setresuid "libc.so"
//go:cgo_import_dynamic libc_setrlimit setrlimit "libc.so"
//go:cgo_import_dynamic libc_setsid setsid "libc.so"
//go:cgo_import_dynamic libc_sigaction sigaction "libc.so"
//go:cgo_import_dynamic libc_pthread_sigmask pthread_sigmask "libpthread.so"
//go:cgo_import_dynamic libc_threxit __threxit "libc.so"
//go:cgo_import_dynamic libc_thrkill thrkill "libc.so"
//go:cgo_import_dynamic libc_umask umask "libc.so"
//go:cgo_import_dynamic libc_write write "libc.so"

// rawSyscall calls a function of libc without telling the scheduler. The runtime offers it to x/sys, too.
//
//go:linkname rawSyscall syscall.rawSyscall
func rawSyscall(fn, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno)

// blockingCall does tell the scheduler.
//
//go:linkname blockingCall syscall.syscall
func blockingCall(fn, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno)

// A Step is a call of a function of libc.
type Step struct{ Fn, A, B, C uintptr }

// Run forks. The child makes the calls of steps, and exits with the number of the one that fails; then it repeats wait for
// as long as that is interrupted or returns anything but 0, and exits.
//
// The child cannot call ordinary Go functions: their stack checks may find that the scheduler wants the goroutine, and it has
// none. All signals should be blocked, or Go's handlers run in it.
//
//go:nosplit
//go:norace
//go:noinline
func Run(steps []Step, wait Step) (pid int, errno syscall.Errno) {
	r, _, errno := rawSyscall(Fork, 0, 0, 0)
	if errno != 0 || int32(r) != 0 {
		return int(int32(r)), errno
	}
	for i := 0; i < len(steps); i++ {
		s := &steps[i]
		if _, _, errno := rawSyscall(s.Fn, s.A, s.B, s.C); errno != 0 {
			rawSyscall(Exit, uintptr(i+1), 0, 0)
		}
	}
	for {
		r, _, errno := rawSyscall(wait.Fn, wait.A, wait.B, wait.C)
		if errno != syscall.EINTR && int32(r) <= 0 {
			rawSyscall(Exit, 0, 0, 0)
		}
	}
}

const sigSetmask = 3

// SetMask makes these signals the mask of this thread: signal n is bit n-1.
func SetMask(mask uint32) (old uint32) {
	rawSyscall(Sigmask, sigSetmask, uintptr(unsafe.Pointer(&mask)), uintptr(unsafe.Pointer(&old)))
	return old
}

// An Action is a struct sigaction. Handler 0 is the default action, 1 is to ignore.
type Action struct {
	Handler uintptr
	Mask    uint32
	Flags   int32
}

// SetAction sets what a signal does.
func SetAction(sig int, handler uintptr) error {
	action := Action{Handler: handler}
	if _, _, errno := rawSyscall(Sigaction, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0); errno != 0 {
		return errno
	}
	return nil
}

// ThreadID returns the number of this thread.
func ThreadID() int {
	r, _, _ := rawSyscall(Getthrid, 0, 0, 0)
	return int(int32(r))
}

// KillThread sends a signal to this thread.
func KillThread(sig int) error {
	if _, _, errno := rawSyscall(Thrkill, 0, uintptr(sig), 0); errno != 0 {
		return errno
	}
	return nil
}

// EndThread ends this thread, and with it the goroutine, for good. Others go on.
func EndThread() error {
	_, _, errno := blockingCall(Threxit, 0, 0, 0)
	return errno
}
