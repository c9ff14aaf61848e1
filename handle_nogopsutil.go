// SPDX-License-Identifier: MIT

//go:build nogopsutil || (freebsd && riscv64) || (netbsd && (386 || arm)) || (openbsd && ppc64) || (ios && !cgo)

package procinfo

import "os"

// Proc names a process: by its PID, or by a handle of os. This build is without gopsutil, so there is no
// *process.Process here.
//
// A handle names one process, not whichever has its number: if that process is known to be gone, the answer is
// ErrNoSuchProcess.
type Proc interface {
	int | int32 | *os.Process
}

func gopsutilHandle(any) (pid int, h handle) { return -1, nil }

func isGopsutilGone(error) bool { return false }
