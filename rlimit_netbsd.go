// SPDX-License-Identifier: MIT

package procinfo

import (
	"encoding/binary"
	"math"
	"os"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
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
	rlimitNTHR       = 11
	rlimitPOSIXLOCKS = lacksPOSIXLOCKS
)

// {CTL_PROC, pid, PROC_PID_LIMIT, resource + 1, half} is a limit (sys/sysctl.h).
const (
	ctlProc      = 10 // CTL_PROC
	procPidLimit = 2  // PROC_PID_LIMIT
)

// rlimInfinity is the kernel's RLIM_INFINITY.
const rlimInfinity = math.MaxInt64

// getRlimit: the kernel tells soft and hard in two calls; our own it tells in one.
func getRlimit(t target, resource Resource) (Limits, error) {
	if err := checkLimit(t, resource); err != nil {
		return Limits{}, err
	}
	if t.pid == os.Getpid() {
		return ownLimits(resource)
	}
	pair, err := kinfo.ReadNetBSDLimits(limitsOf(t, resource))
	return fromKernel(pair), err
}

// setRlimit sets soft and hard in two calls. It makes sure before and after that it is the same process.
func setRlimit(t target, resource Resource, limits Limits) (Limits, error) {
	if err := checkLimit(t, resource); err != nil {
		return Limits{}, err
	}
	pair, err := toKernel(limits)
	if err != nil {
		return Limits{}, err
	}
	if t.pid == os.Getpid() {
		return setOwnLimits(t, resource, pair)
	}
	t.scope = nil // the kernel's own word is wanted
	p, err := wholeRecordOf(t)
	if err != nil {
		return Limits{}, err
	}
	if p.Dead {
		return Limits{}, ErrZombieProcess
	}
	// Whom the handle knows to be alive now, p is of.
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	l := limitsOf(t, resource)
	l.start = p.Start
	old, changed, err := kinfo.SetNetBSDLimits(l, pair)
	if err == nil {
		err = l.alive()
		if err == ErrZombieProcess { // it died with its limits set
			err = nil
		}
	}
	switch {
	case err == nil:
		return fromKernel(old), nil
	case err == ErrNoSuchProcess || err == ErrZombieProcess: // its limits have gone with it
	case changed.Soft || changed.Hard:
		err = &PartialError{SoftChanged: changed.Soft, HardChanged: changed.Hard, Err: err}
	}
	return Limits{}, err
}

// checkLimit refuses what the kernel would take for something else: a PID that is the caller (PROC_CURPROC), and numbers
// that are cut to 32 bits.
func checkLimit(t target, resource Resource) error {
	if t.pid == math.MaxInt32 {
		return ErrNoSuchProcess
	}
	if resource >= math.MaxInt32 {
		return ErrInvalidResource
	}
	return nil
}

// kernelLimits are the limits of a process for one resource, in the kernel.
type kernelLimits struct {
	pid, resource int32
	start         kinfo.NetBSDStart // of the process meant, if it is known
}

func limitsOf(t target, resource Resource) kernelLimits {
	return kernelLimits{pid: int32(t.pid), resource: int32(resource)}
}

func (l kernelLimits) mib(h kinfo.NetBSDHalf) [5]int32 {
	return [5]int32{ctlProc, l.pid, procPidLimit, l.resource + 1, int32(h)}
}

func (l kernelLimits) Get(h kinfo.NetBSDHalf) (uint64, error) {
	v, err := l.get(h)
	if err == unix.EBUSY || err == unix.ESRCH {
		err = l.insist(err, func() error { v, err = l.get(h); return err })
	}
	return v, limitKind(err)
}

func (l kernelLimits) get(h kinfo.NetBSDHalf) (uint64, error) {
	var buf [8]byte
	mib := l.mib(h)
	n, err := sysctl.Read(mib[:], buf[:])
	if err != nil {
		return 0, err
	}
	return kinfo.DecodeNetBSDLimit(buf[:n])
}

func (l kernelLimits) Set(h kinfo.NetBSDHalf, v uint64) error {
	var buf [8]byte
	binary.LittleEndian.PutUint64(buf[:], v)
	mib := l.mib(h)
	err := sysctl.Write(mib[:], buf[:])
	if err == unix.EBUSY || err == unix.ESRCH {
		err = l.insist(err, func() error { return sysctl.Write(mib[:], buf[:]) })
	}
	return limitKind(err)
}

// insist repeats a call that failed since the process is in execve (EBUSY), or is ending (EBUSY, then ESRCH).
func (l kernelLimits) insist(err error, call func() error) error {
	first := true
	return kinfo.InsistNetBSD(func() (bool, error) {
		if !first {
			err = call()
		}
		first = false
		return err == unix.EBUSY || err == unix.ESRCH, err
	}, l.alive, pause)
}

// alive tells what has become of the process, if it is no longer alive or another one now.
func (l kernelLimits) alive() error {
	p, err := readProcess(int(l.pid))
	switch {
	case err != nil:
		return err
	case !p.Start.SameAs(l.start):
		return ErrNoSuchProcess
	case p.Dead:
		return ErrZombieProcess
	}
	return nil
}

// limitKind says in our errors what a failed call on a limit means. A resource that the kernel does not know is a node
// that it does not have.
func limitKind(err error) error {
	if err == unix.ENOENT {
		return ErrInvalidResource
	}
	return errnoKind(err)
}

func ownLimits(resource Resource) (Limits, error) {
	var own syscall.Rlimit
	if err := syscall.Getrlimit(int(resource), &own); err != nil {
		if err == unix.EINVAL {
			err = ErrInvalidResource
		}
		return Limits{}, err
	}
	return fromKernel(kinfo.NetBSDPair{Soft: own.Cur, Hard: own.Max}), nil
}

// setOwnLimits sets our own limits, in one call, through package syscall, which must know: at exec it restores the
// RLIMIT_NOFILE that the process was started with, unless that was set.
func setOwnLimits(t target, resource Resource, pair kinfo.NetBSDPair) (Limits, error) {
	if err := t.confirm(); err != nil {
		return Limits{}, err
	}
	old, err := ownLimits(resource)
	if err == nil {
		err = errnoKind(syscall.Setrlimit(int(resource), &syscall.Rlimit{Cur: pair.Soft, Max: pair.Hard}))
	}
	if err != nil {
		return Limits{}, err
	}
	return old, nil
}

func fromKernel(p kinfo.NetBSDPair) Limits {
	l := Limits{p.Soft, p.Hard}
	if l.Soft == rlimInfinity {
		l.Soft = Infinity
	}
	if l.Hard == rlimInfinity {
		l.Hard = Infinity
	}
	return l
}

func toKernel(l Limits) (kinfo.NetBSDPair, error) {
	p := kinfo.NetBSDPair{Soft: l.Soft, Hard: l.Hard}
	for _, n := range []*uint64{&p.Soft, &p.Hard} {
		if *n == Infinity {
			*n = rlimInfinity
		} else if *n >= rlimInfinity {
			return p, errTooLarge
		}
	}
	return p, nil
}

// hasResource: all kernels that Go runs on have the same ones.
func hasResource(Resource) bool { return true }
