// SPDX-License-Identifier: MIT

//go:build unix

package signame

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func nameOf(n int) string { return unix.SignalName(syscall.Signal(n)) }

func numberOf(name string) int { return int(unix.SignalNum(name)) }
