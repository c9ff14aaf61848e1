// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"slices"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// The resources of this system, by its own numbers. What x/sys lacks is from sys/resource.h: KQUEUES and UMTXP came with 11,
// PIPEBUF with 14.2, VMM with 15.
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
	rlimitNPTS       = 11
	rlimitSWAP       = 12
	rlimitKQUEUES    = 13
	rlimitUMTXP      = 14
	rlimitPIPEBUF    = 15
	rlimitVMM        = 16
	rlimitNTHR       = lacksNTHR
	rlimitPOSIXLOCKS = lacksPOSIXLOCKS
)

// getRlimit takes a number that the kernel does not know for invalid, as the kernel does before it looks for the process.
func getRlimit(t target, resource Resource) (Limits, error) {
	if err := refuseThread(t); err != nil {
		return Limits{}, err
	}
	limits, err := exchangeRlimit(t, resource, nil)
	if err != nil {
		return Limits{}, err
	}
	if t.scope != nil && t.scope.record.snapshot && resource != slices.Max(resources()) {
		return limits, nil // all of them are asked for, and the last one vouches
	}
	return limits, vouch(t)
}

// exchangeRlimit returns the limits of a process and sets new ones, if given. It is one call on one process, but not one
// step: of two that set at once, both can get the same old limits.
func exchangeRlimit(t target, resource Resource, limits []byte) (Limits, error) {
	var buf [16]byte
	n := 0
	mib := [...]int32{unix.CTL_KERN, kernProc, procRlimit, int32(t.pid), int32(resource)}
	err := living(t, func() (err error) {
		n, err = sysctl.Exchange(mib[:], buf[:], limits)
		return err
	})
	if err != nil {
		return Limits{}, resourceKind(err)
	}
	soft, hard, err := kinfo.FreeBSDLimits(buf[:n])
	return Limits{soft, hard}, err
}

// setRlimit refuses a thread, for whose process the kernel would take it, and a successor of the process meant.
func setRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	soft, ok1 := kinfo.FreeBSDToLimit(limits.Soft)
	hard, ok2 := kinfo.FreeBSDToLimit(limits.Hard)
	if !ok1 || !ok2 {
		return Limits{}, errTooLarge
	}
	if t.pid == os.Getpid() {
		return setOwnRlimit(t, resource, soft, hard)
	}
	var room [16]byte
	wanted := kinfo.AppendFreeBSDLimits(room[:0], soft, hard)
	var old Limits
	err := kinfo.FreeBSDSet(
		watch(t.pid),
		t.confirm,
		func() (err error) {
			old, err = exchangeRlimit(t, resource, wanted)
			return err
		},
		func() error { return giveBackRlimit(t, resource, old, limits) },
	)
	if err != nil {
		return Limits{}, stepKind(err)
	}
	return old, nil
}

// giveBackRlimit gives the limits back that a successor of the process had before it was mistaken for that.
func giveBackRlimit(t target, resource Resource, old, set Limits) error {
	err := kinfo.FreeBSDGiveBack(old, set,
		func() (Limits, error) { return exchangeRlimit(t, resource, nil) },
		func(l Limits) (Limits, error) {
			soft, _ := kinfo.FreeBSDToLimit(l.Soft)
			hard, _ := kinfo.FreeBSDToLimit(l.Hard)
			return exchangeRlimit(t, resource, kinfo.AppendFreeBSDLimits(nil, soft, hard))
		})
	switch {
	case err == nil, errors.Is(err, ErrNoSuchProcess), errors.Is(err, ErrZombieProcess):
		return nil
	}
	return notGivenBack(resource, old, set, err)
}

// setOwnRlimit sets our own limits through package syscall, which must know: at exec it restores the RLIMIT_NOFILE that the
// process was started with, unless that was set.
func setOwnRlimit(t target, resource Resource, soft, hard int64) (Limits, error) {
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	old, err := exchangeRlimit(t, resource, nil)
	if err == nil {
		err = resourceKind(sysctlKind(syscall.Setrlimit(int(resource), &syscall.Rlimit{Cur: soft, Max: hard})))
	}
	if err != nil {
		return Limits{}, err
	}
	return old, nil
}

func resourceKind(err error) error {
	if err == unix.EINVAL {
		return ErrInvalidResource
	}
	return err
}

// hasResource: newer kernels have more. They judge the number before they look for the process.
func hasResource(resource Resource) bool {
	_, err := exchangeRlimit(target{pid: os.Getpid()}, resource, nil)
	return err != ErrInvalidResource
}
