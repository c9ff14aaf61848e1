// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"golang.org/x/sys/unix"
)

// The resources of this system, by its own numbers. What x/sys lacks is from sys/resource.h.
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
	rlimitVMEM       = unix.RLIMIT_AS
	rlimitSBSIZE     = 9
	rlimitLOCKS      = lacksLOCKS
	rlimitSIGPENDING = lacksSIGPENDING
	rlimitMSGQUEUE   = lacksMSGQUEUE
	rlimitNICE       = lacksNICE
	rlimitRTPRIO     = lacksRTPRIO
	rlimitRTTIME     = lacksRTTIME
	rlimitNPTS       = lacksNPTS
	rlimitSWAP       = lacksSWAP
	rlimitKQUEUES    = lacksKQUEUES
	rlimitUMTXP      = lacksUMTXP
	rlimitPIPEBUF    = lacksPIPEBUF
	rlimitVMM        = lacksVMM
	rlimitNTHR       = lacksNTHR
	rlimitPOSIXLOCKS = 11
)

// getRlimit: no call tells the limits of another process, but a file of procfs does, all at once. Our own need no procfs.
func getRlimit(t target, resource Resource) (Limits, error) {
	own := t.pid == os.Getpid()
	if own || resource >= procfs.NumDragonFlyLimits {
		limits, err := ownLimits(resource)
		if err == nil && !own {
			err = errors.ErrUnsupported // the kernel is newer than the decoder
		}
		return limits, err
	}
	all, err := limitsOf(t)
	if err != nil {
		return Limits{}, err
	}
	return Limits{all[resource].Soft, all[resource].Hard}, nil
}

// setRlimit: nothing sets the limits of another process. Our own are set through package syscall, which must know: at exec
// it restores the RLIMIT_NOFILE that the process was started with, unless that was set.
func setRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	if t.pid != os.Getpid() {
		if _, err := procOf(t); err == ErrNoSuchProcess {
			return Limits{}, err
		}
		if _, err := ownLimits(resource); err != nil {
			return Limits{}, err
		}
		return Limits{}, errors.ErrUnsupported
	}
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	old, err := ownLimits(resource)
	if err != nil {
		return Limits{}, err
	}
	var l syscall.Rlimit
	if l.Cur, err = kernelLimit(limits.Soft); err == nil {
		l.Max, err = kernelLimit(limits.Hard)
	}
	if err == nil {
		err = rlimitKind(syscall.Setrlimit(int(resource), &l))
	}
	if err != nil {
		return Limits{}, err
	}
	return old, nil
}

// ownLimits is getrlimit(2).
func ownLimits(resource Resource) (Limits, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(int(resource), &l); err != nil {
		return Limits{}, rlimitKind(err)
	}
	return Limits{limitOf(l.Cur), limitOf(l.Max)}, nil
}

// limitOf gives a limit of the kernel's our form. A negative one would be infinity as well (kern_setrlimit).
func limitOf(n int64) uint64 {
	if n < 0 || n == unix.RLIM_INFINITY {
		return Infinity
	}
	return uint64(n)
}

// kernelLimit gives a limit of ours the kernel's form. What it has no number for is refused, not made infinite.
func kernelLimit(n uint64) (int64, error) {
	switch {
	case n == Infinity:
		return unix.RLIM_INFINITY, nil
	case n >= unix.RLIM_INFINITY:
		return 0, errTooLarge
	}
	return int64(n), nil
}

// hasResource: all kernels that Go runs on have the same ones.
func hasResource(Resource) bool { return true }
