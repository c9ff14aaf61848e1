// SPDX-License-Identifier: MIT

package main

import (
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

var layout = dragonFlyLayout

// Numbers of sys/sysctl.h.
const (
	kernProc    = 14 // KERN_PROC
	kernProcPID = 1  // KERN_PROC_PID
)

// identify gets no record of a zombie, which only listings have.
func identify(pid int) identity {
	buf := make([]byte, 2048) // more than one record
	n, err := sysctl.Read([]int32{unix.CTL_KERN, kernProc, kernProcPID, int32(pid)}, buf)
	if err != nil {
		return notIdentified
	}
	return layout.identity(buf[:n], pid)
}
