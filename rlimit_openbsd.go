// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

// The resources of this system, by its own numbers.
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
	rlimitAS         = lacksAS
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
	if t.pid != os.Getpid() {
		if _, err := procRecord(t); err != nil {
			return Limits{}, err
		}
	}
	limits, err := ownRlimit(resource)
	if err == nil && t.pid != os.Getpid() {
		return Limits{}, errors.ErrUnsupported
	}
	return limits, err
}

// setRlimit: the kernel cuts limits down to what it can grant, but one that it would take for infinity is refused here. We
// go through package syscall, which must know: at exec it restores the RLIMIT_NOFILE that the process was started with,
// unless that was set.
func setRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	old, err := getRlimit(t, resource)
	if err != nil {
		return Limits{}, err
	}
	soft, softOK := kinfo.OpenBSDKernelLimit(limits.Soft)
	hard, hardOK := kinfo.OpenBSDKernelLimit(limits.Hard)
	if !softOK || !hardOK {
		return Limits{}, errTooLarge
	}
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	return old, rlimitKind(syscall.Setrlimit(int(resource), &syscall.Rlimit{Cur: soft, Max: hard}))
}

func ownRlimit(resource Resource) (Limits, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(int(resource), &l); err != nil {
		return Limits{}, rlimitKind(err)
	}
	return Limits{kinfo.OpenBSDLimit(l.Cur), kinfo.OpenBSDLimit(l.Max)}, nil
}

// hasResource: all kernels that Go runs on have the same ones.
func hasResource(Resource) bool { return true }
