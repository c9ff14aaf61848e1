// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"golang.org/x/sys/unix"
)

// The resources of this system, by its own numbers.
const (
	rlimitCPU        = unix.RLIMIT_CPU
	rlimitFSIZE      = unix.RLIMIT_FSIZE
	rlimitDATA       = unix.RLIMIT_DATA
	rlimitSTACK      = unix.RLIMIT_STACK
	rlimitCORE       = unix.RLIMIT_CORE
	rlimitRSS        = lacksRSS
	rlimitMEMLOCK    = lacksMEMLOCK
	rlimitNPROC      = lacksNPROC
	rlimitNOFILE     = unix.RLIMIT_NOFILE
	rlimitAS         = unix.RLIMIT_AS
	rlimitVMEM       = unix.RLIMIT_AS
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

// getRlimit: the kernel tells a process its own limits, and no file has those of others.
func getRlimit(t target, resource Resource) (Limits, error) {
	own := t.pid == os.Getpid()
	if !own {
		if _, err := psinfoOf(t); err != nil {
			return Limits{}, err
		}
	}
	limits, err := ownRlimit(resource)
	if !own && err != ErrInvalidResource {
		return Limits{}, errors.ErrUnsupported
	}
	return limits, err
}

// setRlimit leaves it to the kernel what is too much: to that it is infinite (rctl_rlimit_get). We go through package
// syscall, which must know: at exec it restores the RLIMIT_NOFILE that the process was started with, unless that was set.
func setRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	old, err := getRlimit(t, resource)
	if err != nil {
		return Limits{}, err
	}
	soft, softOK := procfs.SolarisKernelLimit(limits.Soft)
	hard, hardOK := procfs.SolarisKernelLimit(limits.Hard)
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

var errSaved = errors.New("a limit that the kernel cannot tell a program of this size")

func ownRlimit(resource Resource) (Limits, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(int(resource), &l); err != nil {
		return Limits{}, rlimitKind(err)
	}
	soft, softOK := procfs.SolarisLimit(l.Cur)
	hard, hardOK := procfs.SolarisLimit(l.Max)
	if !softOK || !hardOK {
		return Limits{}, errSaved
	}
	return Limits{soft, hard}, nil
}

// hasResource: all kernels that Go runs on have the same ones.
func hasResource(Resource) bool { return true }
