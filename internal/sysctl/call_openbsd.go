// SPDX-License-Identifier: MIT

package sysctl

import (
	"sync"
	"syscall"
	"unsafe"
)

// call is sysctl(3). OpenBSD takes no system calls from outside its libc: package syscall hands this one, by its number, to
// libc's function. On the way the stack can move, so all that the kernel is to find has to be on the heap.
func call(mib []int32, old, new []byte) (n int, errno syscall.Errno) {
	size := sizes.Get().(*uintptr)
	defer sizes.Put(size)
	*size = uintptr(len(old))
	errno = onHeap(
		uintptr(unsafe.Pointer(unsafe.SliceData(mib))), uintptr(len(mib)),
		uintptr(unsafe.Pointer(unsafe.SliceData(old))), uintptr(unsafe.Pointer(size)),
		uintptr(unsafe.Pointer(unsafe.SliceData(new))), uintptr(len(new)))
	return int(*size), errno
}

var sizes = sync.Pool{New: func() any { return new(uintptr) }}

// onHeap has the compiler put what its arguments point to on the heap, at every caller of this package.
//
//go:uintptrescapes
func onHeap(mib, mibLen, old, oldLen, new, newLen uintptr) syscall.Errno {
	_, _, errno := syscall.Syscall6(syscall.SYS___SYSCTL, mib, mibLen, old, oldLen, new, newLen)
	return errno
}
