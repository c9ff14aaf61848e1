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
	pidfd int    // -1 if the kernel has none (before 5.3), refuses, or the PID is a thread's
	start uint64 // without pidfd: when it started, in clock ticks; 0 if no file tells
}

// identify returns the identity of the process that has the PID now, in our PID namespace.
func identify(pid int) (identity, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case nil:
		return identity{pidfd: fd}, nil
	case unix.ESRCH:
		return identity{}, ErrNoSuchProcess
	case unix.EMFILE, unix.ENFILE, unix.ENOMEM:
		return identity{}, err
	}
	start, err := startOf(pid)
	return identity{-1, start}, err
}

func (id identity) close() {
	if id.pidfd >= 0 {
		unix.Close(id.pidfd)
	}
}

// holds reports whether that process still has the PID. One that has exited keeps it until it is reaped.
func (id identity) holds(pid int) bool {
	if id.pidfd >= 0 {
		return unix.PidfdSendSignal(id.pidfd, 0, nil, 0) != unix.ESRCH
	}
	start, err := startOf(pid)
	return err == nil && start == id.start
}

// startOf returns when the process started, and 0 if there is no file that tells.
func startOf(pid int) (uint64, error) {
	p, err := procOf(target{pid: pid})
	if err != nil {
		return 0, err
	}
	var short [80]byte
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	text, err := procfs.ReadFile(unix.AT_FDCWD, procfs.AppendPath(short[:0], p.root, pid, "stat"), buf, nil)
	if err == unix.ENOENT {
		if unix.Kill(pid, 0) == unix.ESRCH {
			return 0, ErrNoSuchProcess
		}
		return 0, nil
	}
	if err != nil {
		return 0, p.kindOf(pid, "stat", err)
	}
	stat, err := procfs.DecodeLinuxStat(text)
	return stat.Start, decodeKind(err)
}
