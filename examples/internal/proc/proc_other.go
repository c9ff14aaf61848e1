// SPDX-License-Identifier: MIT

//go:build !linux && (nogopsutil || (freebsd && riscv64) || (netbsd && (386 || arm)) || (openbsd && ppc64) || (ios && !cgo))

package proc

// Read returns that nothing is known of a process.
func Read(int) (Process, error) { return unknown(), nil }

// OpenFiles returns -1: it is not known how many descriptors a process has open.
func OpenFiles(int) int64 { return -1 }
