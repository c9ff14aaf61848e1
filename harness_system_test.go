// SPDX-License-Identifier: MIT

//go:build freebsd || dragonfly

package procinfo_test

import (
	"fmt"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// systemEnv allows tests that change the whole system for a moment, or leave traces in it.
const systemEnv = "PROCINFO_TEST_SYSTEM"

func needSystem(t testing.TB) {
	t.Helper()
	needRoot(t)
	if os.Getenv(systemEnv) == "" {
		t.Skip(systemEnv + " is not set")
	}
}

// setSysctl sets a number by name.
func setSysctl(name string, value uint32) error {
	nameToOID := [2]int32{0, 3}
	var oid [24]int32
	size, word := unsafe.Sizeof(oid), []byte(name)
	_, _, errno := unix.Syscall6(unix.SYS___SYSCTL, uintptr(unsafe.Pointer(&nameToOID)), 2,
		uintptr(unsafe.Pointer(&oid)), uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&word[0])), uintptr(len(word)))
	if errno == 0 {
		_, _, errno = unix.Syscall6(unix.SYS___SYSCTL, uintptr(unsafe.Pointer(&oid)), size/4,
			0, 0, uintptr(unsafe.Pointer(&value)), unsafe.Sizeof(value))
	}
	if errno != 0 {
		return fmt.Errorf("sysctl %s: %w", name, errno)
	}
	return nil
}
