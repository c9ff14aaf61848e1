// SPDX-License-Identifier: MIT

//go:build freebsd || netbsd || dragonfly

package sysctl

import (
	"syscall"
	"unsafe"
)

// call is sysctl(3).
func call(mib []int32, old, new []byte) (n int, errno syscall.Errno) {
	size := uintptr(len(old))
	_, _, errno = syscall.Syscall6(syscall.SYS___SYSCTL,
		uintptr(unsafe.Pointer(unsafe.SliceData(mib))), uintptr(len(mib)),
		uintptr(unsafe.Pointer(unsafe.SliceData(old))), uintptr(unsafe.Pointer(&size)),
		uintptr(unsafe.Pointer(unsafe.SliceData(new))), uintptr(len(new)))
	return int(size), errno
}
