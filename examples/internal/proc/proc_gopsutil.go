// SPDX-License-Identifier: MIT

// gopsutil v3 does not compile on the ports named here.
//go:build !linux && !nogopsutil && !(freebsd && riscv64) && !(netbsd && (386 || arm)) && !(openbsd && ppc64) && (!ios || cgo)

package proc

import "github.com/shirou/gopsutil/v3/process"

// Read returns what is known of a process: name and user, as far as gopsutil can tell.
func Read(pid int) (Process, error) {
	p := unknown()
	handle := process.Process{Pid: int32(pid)} // NewProcess fails where gopsutil cannot list processes
	if name, err := handle.Name(); err == nil {
		p.Name = name
	}
	ids, err := handle.Uids()
	switch {
	case err != nil:
	case len(ids) == 1: // macOS: the effective one
		p.UID = int64(uint32(ids[0]))
	case len(ids) > 1: // real, effective, saved
		p.RealUID, p.UID = int64(uint32(ids[0])), int64(uint32(ids[1]))
	}
	return p, nil
}

// OpenFiles returns -1: it is not known how many descriptors a process has open.
func OpenFiles(int) int64 { return -1 }
