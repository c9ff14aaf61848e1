// SPDX-License-Identifier: MIT

package main

import (
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// Numbers of sys/sysctl.h.
const (
	kernProc2   = 47 // KERN_PROC2
	kernProcPID = 1  // KERN_PROC_PID
)

const netBSDRecord = 392 // as much as is asked for

// identify asks for the beginning of a record.
func identify(pid int) identity {
	buf := make([]byte, netBSDRecord)
	n, err := sysctl.Read([]int32{unix.CTL_KERN, kernProc2, kernProcPID, int32(pid), netBSDRecord, 1}, buf)
	if err != nil {
		return notIdentified
	}
	return netBSDLayout.identity(buf[:n], pid)
}
