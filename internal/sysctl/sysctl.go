// SPDX-License-Identifier: MIT

//go:build freebsd || netbsd || openbsd || dragonfly

// Package sysctl is the only place that talks to sysctl(3), by number. Errors are errnos.
package sysctl

import (
	"syscall"
	"unsafe"
)

// maxRetries bounds how often a call is repeated: one that was interrupted, or whose answer grew between two calls.
const maxRetries = 100

// Read asks for a value of known size and returns how much of buf the kernel filled. A value that does not fit is ENOMEM.
func Read(mib []int32, buf []byte) (n int, err error) { return exchange(mib, buf, nil) }

// Write sets a value.
func Write(mib []int32, value []byte) error {
	_, err := exchange(mib, nil, value)
	return err
}

// ReadAll asks for a value of unknown size, at most max bytes, into *buf, which it replaces by a larger one if needed. It
// returns the part of *buf that the kernel filled. The systems' own estimate of the size is not asked for: it takes a
// whole call, and can be wrong by the next.
func ReadAll(mib []int32, buf *[]byte, max int) ([]byte, error) {
	for try := 0; ; try++ {
		n, err := exchange(mib, *buf, nil)
		if err == nil {
			return (*buf)[:n], nil
		}
		if err != syscall.ENOMEM || len(*buf) >= max || try == maxRetries {
			return nil, err
		}
		*buf = make([]byte, min(max, 2*len(*buf)+4096))
	}
}

// exchange is sysctl(3). OpenBSD takes no system calls from outside its libc: package syscall hands this one, by its
// number, to libc's function.
func exchange(mib []int32, old, new []byte) (n int, err error) {
	for try := 0; ; try++ {
		size := uintptr(len(old))
		_, _, errno := syscall.Syscall6(syscall.SYS___SYSCTL,
			uintptr(unsafe.Pointer(unsafe.SliceData(mib))), uintptr(len(mib)),
			uintptr(unsafe.Pointer(unsafe.SliceData(old))), uintptr(unsafe.Pointer(&size)),
			uintptr(unsafe.Pointer(unsafe.SliceData(new))), uintptr(len(new)))
		if errno == 0 {
			return int(size), nil
		}
		if errno != syscall.EINTR || try == maxRetries {
			return 0, errno
		}
	}
}
