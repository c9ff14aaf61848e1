// SPDX-License-Identifier: MIT

package main

import (
	"runtime"

	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

var layout = openBSDLayout(runtime.GOARCH)

// Numbers of sys/sysctl.h.
const (
	kernProc    = 66 // KERN_PROC
	kernProcPID = 1  // KERN_PROC_PID
)

const openBSDRecord = 336 // as much as is asked for

// identify asks for the beginning of a record, which every release has.
func identify(pid int) identity {
	buf := make([]byte, openBSDRecord)
	n, err := sysctl.Read([]int32{unix.CTL_KERN, kernProc, kernProcPID, int32(pid), openBSDRecord, 1}, buf)
	if err != nil {
		return notIdentified
	}
	return layout.identity(buf[:n], pid)
}
