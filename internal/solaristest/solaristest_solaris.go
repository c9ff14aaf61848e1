// SPDX-License-Identifier: MIT

// Package solaristest has functions of the libc of Solaris and illumos that neither package syscall nor x/sys offers: the
// systems take calls from libc only. It is for tests, and nothing else imports it.
package solaristest

import (
	"syscall"
	"unsafe"
)

//go:cgo_import_dynamic libc_sigaction sigaction "libc.so"
//go:cgo_import_dynamic libc_sigprocmask sigprocmask "libc.so"
//go:cgo_import_dynamic libc_raise raise "libc.so"

//go:linkname procSigaction libc_sigaction
//go:linkname procSigprocmask libc_sigprocmask
//go:linkname procRaise libc_raise

var procSigaction, procSigprocmask, procRaise uintptr

func rawSysvicall6(trap, nargs, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno)

// A Set is a sigset_t.
type Set [4]uint32

// Of returns the set of these signals.
func Of(signals ...int) (s Set) {
	for _, sig := range signals {
		s[(sig-1)/32] |= 1 << ((sig - 1) % 32)
	}
	return s
}

type action struct {
	flags   int32
	handler uintptr
	mask    Set
}

func call(fn *uintptr, args ...uintptr) error {
	args = append(args, 0, 0, 0)
	r, _, errno := rawSysvicall6(uintptr(unsafe.Pointer(fn)), 3, args[0], args[1], args[2], 0, 0, 0)
	if int32(r) == -1 {
		return errno
	}
	return nil
}

// The memory that libc is given, as the stack can move.
var (
	givenAction action
	givenSet    Set
)

// SetAction sets what a signal does: 0 is its default, 1 to be ignored.
func SetAction(sig int, handler uintptr) error {
	givenAction = action{handler: handler}
	return call(&procSigaction, uintptr(sig), uintptr(unsafe.Pointer(&givenAction)), 0)
}

// SetMask sets the mask of the calling thread.
func SetMask(blocked Set) error {
	const sigSetmask = 3
	givenSet = blocked
	return call(&procSigprocmask, sigSetmask, uintptr(unsafe.Pointer(&givenSet)), 0)
}

// KillThread sends the calling thread a signal.
func KillThread(sig int) error { return call(&procRaise, uintptr(sig)) }
