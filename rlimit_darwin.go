// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

// The resources of this system, by its own numbers. RLIMIT_AS and RLIMIT_RSS are one resource.
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
	rlimitPOSIXLOCKS = lacksPOSIXLOCKS
)

// getRlimit: the kernel tells a process its own limits, and of others nothing.
func getRlimit(t target, resource Resource) (Limits, error) {
	own := t.pid == os.Getpid()
	if !own {
		if _, err := procRecord(t); err != nil {
			return Limits{}, err
		}
	}
	if resource > rlimitNOFILE { // above that are flags of getrlimit(2), which a larger number would set
		return Limits{}, ErrInvalidResource
	}
	if !own {
		return Limits{}, errors.ErrUnsupported
	}
	var l syscall.Rlimit
	if err := syscall.Getrlimit(int(resource), &l); err != nil {
		return Limits{}, errnoKind(err)
	}
	return Limits{kinfo.DarwinLimit(l.Cur), kinfo.DarwinLimit(l.Max)}, nil
}

// setRlimit leaves it to the kernel what is too much: it refuses an infinite RLIMIT_NOFILE, and cuts others down to what it
// can grant. We go through package syscall, which must know: at exec it restores the RLIMIT_NOFILE that the process was
// started with, unless that was set.
func setRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	old, err := getRlimit(t, resource)
	if err != nil {
		return Limits{}, err
	}
	soft, softOK := kinfo.DarwinKernelLimit(limits.Soft)
	hard, hardOK := kinfo.DarwinKernelLimit(limits.Hard)
	if !softOK || !hardOK {
		return Limits{}, errTooLarge
	}
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	err = syscall.Setrlimit(int(resource), &syscall.Rlimit{Cur: soft, Max: hard})
	switch err {
	case nil:
		return old, nil
	case syscall.EINVAL: // the resource is known
		return Limits{}, caused(ErrInvalidLimits, err)
	}
	return Limits{}, errnoKind(err)
}

// hasResource: all kernels that Go runs on have the same ones.
func hasResource(Resource) bool { return true }
