// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"golang.org/x/sys/unix"
)

// leads reports whether pid is a process and not just one of its threads: only then is the thread in its own group.
func leads(pid int) bool { return unix.Tgkill(pid, pid, 0) != unix.ESRCH }

// identity tells a process from a successor with the same PID.
type identity struct {
	pidfd int    // -1 if the kernel has none (before 5.3) or refuses
	start uint64 // without pidfd: when it started, in clock ticks
}

// identify returns the identity of the process that has the PID now.
func identify(t target) (identity, error) {
	if fd, err := unix.PidfdOpen(t.pid, 0); err == nil {
		return identity{pidfd: fd}, nil
	} else if err == unix.ESRCH {
		return identity{}, ErrNoSuchProcess
	}
	start, err := startOf(t)
	return identity{-1, start}, err
}

func (id identity) close() {
	if id.pidfd >= 0 {
		unix.Close(id.pidfd)
	}
}

// holds reports whether that process still has the PID. One that has exited keeps it until it is reaped.
func (id identity) holds(t target) bool {
	if id.pidfd >= 0 {
		return unix.PidfdSendSignal(id.pidfd, 0, nil, 0) != unix.ESRCH
	}
	start, err := startOf(t)
	return err == nil && start == id.start
}

func startOf(t target) (uint64, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	text, err := readFile(t, "stat", buf)
	if err != nil {
		return 0, err
	}
	stat, err := procfs.DecodeLinuxStat(text)
	return stat.Start, err
}
