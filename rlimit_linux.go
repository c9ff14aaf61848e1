// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"golang.org/x/sys/unix"
)

// The resources of this system, by its own numbers: those of MIPS are others, which x/sys knows.
const (
	rlimitCPU        = unix.RLIMIT_CPU
	rlimitFSIZE      = unix.RLIMIT_FSIZE
	rlimitDATA       = unix.RLIMIT_DATA
	rlimitSTACK      = unix.RLIMIT_STACK
	rlimitCORE       = unix.RLIMIT_CORE
	rlimitRSS        = unix.RLIMIT_RSS
	rlimitMEMLOCK    = unix.RLIMIT_MEMLOCK
	rlimitNPROC      = unix.RLIMIT_NPROC
	rlimitNOFILE     = unix.RLIMIT_NOFILE
	rlimitAS         = unix.RLIMIT_AS
	rlimitVMEM       = lacksVMEM
	rlimitSBSIZE     = lacksSBSIZE
	rlimitLOCKS      = unix.RLIMIT_LOCKS
	rlimitSIGPENDING = unix.RLIMIT_SIGPENDING
	rlimitMSGQUEUE   = unix.RLIMIT_MSGQUEUE
	rlimitNICE       = unix.RLIMIT_NICE
	rlimitRTPRIO     = unix.RLIMIT_RTPRIO
	rlimitRTTIME     = unix.RLIMIT_RTTIME
	rlimitNPTS       = lacksNPTS
	rlimitSWAP       = lacksSWAP
	rlimitKQUEUES    = lacksKQUEUES
	rlimitUMTXP      = lacksUMTXP
	rlimitPIPEBUF    = lacksPIPEBUF
	rlimitVMM        = lacksVMM
	rlimitNTHR       = lacksNTHR
	rlimitPOSIXLOCKS = lacksPOSIXLOCKS
)

// limitRows tells which row of /proc/PID/limits is about a resource. They are found by name, as their order differs on MIPS.
var limitRows = [...]int{
	RLIMIT_CPU:        procfs.LinuxCPU,
	RLIMIT_FSIZE:      procfs.LinuxFSIZE,
	RLIMIT_DATA:       procfs.LinuxDATA,
	RLIMIT_STACK:      procfs.LinuxSTACK,
	RLIMIT_CORE:       procfs.LinuxCORE,
	RLIMIT_RSS:        procfs.LinuxRSS,
	RLIMIT_NPROC:      procfs.LinuxNPROC,
	RLIMIT_NOFILE:     procfs.LinuxNOFILE,
	RLIMIT_MEMLOCK:    procfs.LinuxMEMLOCK,
	RLIMIT_AS:         procfs.LinuxAS,
	RLIMIT_LOCKS:      procfs.LinuxLOCKS,
	RLIMIT_SIGPENDING: procfs.LinuxSIGPENDING,
	RLIMIT_MSGQUEUE:   procfs.LinuxMSGQUEUE,
	RLIMIT_NICE:       procfs.LinuxNICE,
	RLIMIT_RTPRIO:     procfs.LinuxRTPRIO,
	RLIMIT_RTTIME:     procfs.LinuxRTTIME,
}

// getRlimit asks prlimit(2), and /proc/PID/limits where that would be of another process, or is refused, or missing
// (before 2.6.36).
func getRlimit(t target, resource Resource) (Limits, error) {
	if t.snapshot() {
		rows, err := snapshotLimits(t)
		if t.scope.record.refused == nil {
			return limitsOf(rows, resource, err)
		}
	}
	p, err := procOf(t)
	if err != nil {
		return Limits{}, err
	}
	if p.foreign {
		return limitsFromFile(t, resource)
	}
	limits, err := prlimit(t.pid, resource, nil)
	if err == unix.EPERM || err == unix.ENOSYS {
		fromFile, fileErr := limitsFromFile(t, resource)
		if fileErr == nil || err == unix.ENOSYS || p.exists() {
			return fromFile, fileErr
		}
	}
	if !t.still() {
		return Limits{}, ErrNoSuchProcess
	}
	return limits, rlimitKind(err)
}

// setRlimit refuses what is not a whole process of our PID namespace, and a successor of the process meant.
func setRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	p, err := procOf(t)
	if err != nil {
		return Limits{}, err
	}
	if p.foreign {
		return Limits{}, p.refuse("prlimit(2)")
	}
	if !leads(t.pid) {
		return Limits{}, ErrNoSuchProcess
	}
	if t.pid == os.Getpid() {
		return setOwnRlimit(t, resource, limits)
	}
	id, err := identify(t.pid)
	if err != nil {
		return Limits{}, err
	}
	defer id.close()
	// Whom the handle knows to be alive now, id is of.
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	old, err := prlimit(t.pid, resource, &limits)
	if err != nil {
		return Limits{}, rlimitKind(err)
	}
	if !id.holds(t.pid) {
		// It has died: either now that its limits are set, or just before. Then a successor was hit, whose limits are
		// those just set, and which gets its own back.
		if now, err := prlimit(t.pid, resource, nil); err == nil && now == limits {
			if _, err := prlimit(t.pid, resource, &old); err != nil && err != unix.ESRCH {
				return Limits{}, notGivenBack(resource, old, limits, err)
			}
		}
		return Limits{}, ErrNoSuchProcess
	}
	return old, nil
}

// setOwnRlimit sets our own limits through package syscall, which must know: at exec it restores the RLIMIT_NOFILE that the
// process was started with, unless that was set.
func setOwnRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	old, err := prlimit(t.pid, resource, nil)
	if err == nil {
		err = syscall.Setrlimit(int(resource), &syscall.Rlimit{Cur: limits.Soft, Max: limits.Hard})
	}
	return old, rlimitKind(err)
}

// prlimit is prlimit(2) without the allocations of the one in x/sys. Its infinity is ours on all architectures.
func prlimit(pid int, resource Resource, limits *Limits) (old Limits, err error) {
	_, _, errno := unix.RawSyscall6(unix.SYS_PRLIMIT64, uintptr(pid), uintptr(resource),
		uintptr(unsafe.Pointer(limits)), uintptr(unsafe.Pointer(&old)), 0, 0)
	if errno != 0 {
		return Limits{}, errno
	}
	return old, nil
}

// limitsFromFile is for who cannot ask prlimit(2).
func limitsFromFile(t target, resource Resource) (Limits, error) {
	rows, err := readLimits(t)
	return limitsOf(&rows, resource, err)
}

func limitsOf(rows *procfs.LinuxLimits, resource Resource, err error) (Limits, error) {
	if resource < 0 || int(resource) >= len(limitRows) {
		if _, err := prlimit(os.Getpid(), resource, nil); err != nil {
			return Limits{}, rlimitKind(err)
		}
		return Limits{}, errors.ErrUnsupported // the kernel is newer than the table
	}
	if err != nil {
		return Limits{}, err
	}
	row := rows[limitRows[resource]]
	if !row.Given {
		return Limits{}, errors.ErrUnsupported
	}
	return Limits{row.Soft, row.Hard}, nil
}

// snapshotLimits returns all limits of a snapshot. If status was read they were asked for meanwhile.
func snapshotLimits(t target) (*procfs.LinuxLimits, error) {
	r := &t.scope.record
	switch {
	case r.limits.known:
		return &r.limits.value, nil
	case r.limitsErr != nil:
		return nil, r.limitsErr
	case r.refused != nil:
		return nil, r.refused
	}
	r.limits.value, r.limitsErr = loneLimits(t)
	r.limits.known = r.limitsErr == nil
	return &r.limits.value, r.limitsErr
}

// loneLimits asks for all limits of a snapshot of which nothing else is read: that one process answers is sure only if it
// still has the PID afterwards.
func loneLimits(t target) (procfs.LinuxLimits, error) {
	if !t.scope.record.root.foreign {
		if fd, err := unix.PidfdOpen(t.pid, 0); err == nil {
			id := identity{pidfd: fd}
			defer id.close()
			if rows, ok := limitsByCall(t.pid); ok && id.holds(t.pid) {
				return rows, nil
			}
		}
	}
	return readLimits(t)
}

// limitsNow asks for all limits of whoever has the PID. To call prlimit(2) for each is cheaper than to have the kernel print
// them, but it is refused for the processes of other users.
func limitsNow(t target) (procfs.LinuxLimits, error) {
	if !t.scope.record.root.foreign {
		if rows, ok := limitsByCall(t.pid); ok {
			return rows, nil
		}
	}
	return readLimits(t)
}

func limitsByCall(pid int) (rows procfs.LinuxLimits, ok bool) {
	for resource, row := range limitRows {
		limits, err := prlimit(pid, Resource(resource), nil)
		if err != nil {
			return rows, false
		}
		rows[row] = procfs.LinuxLimit{Soft: limits.Soft, Hard: limits.Hard, Given: true}
	}
	return rows, true
}

func readLimits(t target) (procfs.LinuxLimits, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	text, err := readFile(t, "limits", buf)
	if err != nil {
		return procfs.LinuxLimits{}, err
	}
	rows, err := procfs.DecodeLinuxLimits(text)
	return rows, decodeKind(err)
}

// hasResource: all kernels that Go runs on have the same ones.
func hasResource(Resource) bool { return true }
