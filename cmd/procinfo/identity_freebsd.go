// SPDX-License-Identifier: MIT

package main

import (
	"runtime"

	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

var layout = freeBSDLayout(runtime.GOARCH)

// Numbers of sys/sysctl.h.
const (
	kernProc    = 14 // KERN_PROC
	kernProcPID = 1  // KERN_PROC_PID
)

// identify asks for the process's own record, without threads.
func identify(pid int) identity {
	buf := make([]byte, 2048) // more than one record
	n, err := sysctl.Read([]int32{unix.CTL_KERN, kernProc, kernProcPID, int32(pid)}, buf)
	if err != nil {
		return notIdentified
	}
	return layout.identity(buf[:n], pid)
}
