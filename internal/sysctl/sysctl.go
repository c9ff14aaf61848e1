// SPDX-License-Identifier: MIT

//go:build freebsd || netbsd || openbsd || dragonfly

// Package sysctl is the only place that talks to sysctl(3), by number. Errors are errnos.
package sysctl

import "syscall"

// maxRetries bounds how often a call is repeated: one that was interrupted, or whose answer grew between two calls.
const maxRetries = 100

// Read asks for a value of known size and returns how much of buf the kernel filled. A value that does not fit is ENOMEM.
func Read(mib []int32, buf []byte) (n int, err error) { return Exchange(mib, buf, nil) }

// Write sets a value.
func Write(mib []int32, value []byte) error {
	_, err := Exchange(mib, nil, value)
	return err
}

// ReadAll asks for a value of unknown size, at most max bytes, into *buf, which it replaces by a larger one if needed. It
// returns the part of *buf that the kernel filled. The systems' own estimate of the size is not asked for: it takes a
// whole call, and can be wrong by the next.
func ReadAll(mib []int32, buf *[]byte, max int) ([]byte, error) {
	for try := 0; ; try++ {
		n, err := Exchange(mib, *buf, nil)
		if err == nil {
			return (*buf)[:n], nil
		}
		if err != syscall.ENOMEM || len(*buf) >= max || try == maxRetries {
			return nil, err
		}
		*buf = make([]byte, min(max, 2*len(*buf)+4096))
	}
}

// Exchange asks for a value and sets it, which the kernel does to one and the same process; either part can be nil. An old
// value that does not fit is ENOMEM, and nothing is set. A call that was interrupted is made again.
func Exchange(mib []int32, old, new []byte) (n int, err error) {
	for try := 0; ; try++ {
		n, errno := call(mib, old, new)
		if errno == 0 {
			return n, nil
		}
		if errno != syscall.EINTR || try == maxRetries {
			return 0, errno
		}
	}
}
