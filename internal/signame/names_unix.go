// SPDX-License-Identifier: MIT

//go:build unix

package signame

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// nameOf: the tables of the BSDs have signal 6 by its old name.
func nameOf(n int) string {
	name := unix.SignalName(syscall.Signal(n))
	if name == "SIGIOT" {
		return "SIGABRT"
	}
	return name
}

func numberOf(name string) int {
	n := unix.SignalNum(name)
	if n == 0 && (name == "SIGABRT" || name == "SIGIOT") {
		n = syscall.SIGABRT
	}
	return int(n)
}
