// SPDX-License-Identifier: MIT

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly || solaris

package procinfo_test

import (
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// What is the same on all systems that have something to test.

func setUmask(mask int) { syscall.Umask(mask) }

func send(t testing.TB, pid int, sig procinfo.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}
