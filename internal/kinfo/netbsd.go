// SPDX-License-Identifier: MIT

package kinfo

import (
	"encoding/binary"
	"fmt"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// NetBSDProcSize is how much of struct kinfo_proc2 (sys/sysctl.h) is asked for and decoded: all up to p_realstat. The
// kernel cuts its record to what is asked for, so a structure that grows at its end does no harm. Every architecture has
// this layout, and all that Go knows are little-endian.
const NetBSDProcSize = 640

// Offsets in struct kinfo_proc2.
const (
	netbsdPID        = 116 // p_pid, int32
	netbsdSid        = 124 // p_sid, int32
	netbsdPgid       = 128 // p__pgid, int32
	netbsdGroups     = 152 // p_groups, uint32[16]
	netbsdNGroups    = 216 // p_ngroups, int16
	netbsdSiglist    = 296 // p_siglist, uint32[4], as the three that follow
	netbsdSigmask    = 312 // p_sigmask
	netbsdSigignore  = 328 // p_sigignore
	netbsdSigcatch   = 344 // p_sigcatch
	netbsdUvalid     = 448 // p_uvalid, int64
	netbsdUstartSec  = 456 // p_ustart_sec, uint32
	netbsdUstartUsec = 460 // p_ustart_usec, uint32
	netbsdRealstat   = 632 // p_realstat, uint64
)

// netbsdMaxGroups is KI_NGROUPS, the room in the record and NGROUPS_MAX: a list is never cut.
const netbsdMaxGroups = 16

// The states of a process, p_realstat (sys/proc.h).
const (
	netbsdIdle   = 1 // SIDL: being made
	netbsdActive = 2 // SACTIVE
	netbsdDying  = 3 // SDYING
	netbsdStop   = 4 // SSTOP
	netbsdZombie = 5 // SZOMB
	netbsdDead   = 6 // SDEAD
)

const netbsdSIGKILL = 9

// netbsdUnmixed is the first release, as kern.osrevision counts them, that keeps pending and blocked apart.
const netbsdUnmixed = 10_00_00_00_00

// NetBSDProc is what the kernel tells of a process in one record.
type NetBSDProc struct {
	PID, Pgid, Sid int
	NGroups        int
	Groups         [netbsdMaxGroups]uint32

	// Dead is one that is exiting or a zombie.
	Dead bool

	// Whole is false if the kernel could not look at the process's threads, since it was in execve, or dead: then Start
	// is unknown, Blocked is empty whatever the mask is, and Pending is without the threads' own signals.
	Whole bool
	Start NetBSDStart

	// Pending is the process's queue and those of all its threads, Blocked the union of all threads' masks.
	Pending, Blocked, Ignored, Caught sigset.Set
}

// NetBSDStart is when a process was started. The zero value is unknown.
type NetBSDStart struct{ Sec, Usec uint32 }

// SameAs is false if t is known to be another process's. What is unknown contradicts nothing.
func (s NetBSDStart) SameAs(t NetBSDStart) bool {
	return s == t || s == NetBSDStart{} || t == NetBSDStart{}
}

// DecodeNetBSDProc decodes a record, which must be of the process pid or, with a negative pid, can be of any.
func DecodeNetBSDProc(rec []byte, pid int) (NetBSDProc, error) {
	var p NetBSDProc
	if len(rec) != NetBSDProcSize {
		return p, fmt.Errorf("kinfo_proc2 of %d bytes", len(rec))
	}
	order := binary.LittleEndian
	p.PID = int(int32(order.Uint32(rec[netbsdPID:])))
	p.Pgid = int(int32(order.Uint32(rec[netbsdPgid:])))
	p.Sid = int(int32(order.Uint32(rec[netbsdSid:])))
	p.NGroups = int(int16(order.Uint16(rec[netbsdNGroups:])))
	state := order.Uint64(rec[netbsdRealstat:])
	switch {
	case p.PID < 0 || pid >= 0 && p.PID != pid:
		return NetBSDProc{}, fmt.Errorf("kinfo_proc2 of PID %d", p.PID)
	case p.Pgid < 0 || p.Sid < 0:
		return NetBSDProc{}, fmt.Errorf("kinfo_proc2 with p__pgid %d, p_sid %d", p.Pgid, p.Sid)
	case p.NGroups < 0 || p.NGroups > netbsdMaxGroups:
		return NetBSDProc{}, fmt.Errorf("kinfo_proc2 with p_ngroups %d", p.NGroups)
	case state < netbsdIdle || state > netbsdDead:
		return NetBSDProc{}, fmt.Errorf("kinfo_proc2 with p_realstat %d", state)
	}
	for i := range p.NGroups { // those beyond are the last record's
		p.Groups[i] = order.Uint32(rec[netbsdGroups+4*i:])
	}
	p.Pending = netbsdSet(rec[netbsdSiglist:])
	p.Blocked = netbsdSet(rec[netbsdSigmask:])
	p.Ignored = netbsdSet(rec[netbsdSigignore:])
	p.Caught = netbsdSet(rec[netbsdSigcatch:])
	// exit1 marks all signals as ignored; no live process can ignore this one.
	p.Dead = state == netbsdDying || state == netbsdZombie || state == netbsdDead || p.Ignored.Has(netbsdSIGKILL)
	p.Whole = !p.Dead && order.Uint64(rec[netbsdUvalid:]) != 0
	if p.Whole {
		p.Start = NetBSDStart{order.Uint32(rec[netbsdUstartSec:]), order.Uint32(rec[netbsdUstartUsec:])}
	}
	return p, nil
}

func netbsdSet(words []byte) sigset.Set {
	order := binary.LittleEndian
	return sigset.Set{Bits: [2]uint64{order.Uint64(words), order.Uint64(words[8:])}, Given: true}
}

// Masks returns the signal sets as far as they mean something in this release, given as kern.osrevision. Pending and
// Blocked of a process in execve are not told. A dead one has nothing pending, nor a thread that could block; what it is
// said to ignore is what exit1 put there. The process's own queue is not told apart from the threads'.
//
// Before NetBSD 10 (kern_proc.c up to revision 1.262), fill_kproc2 adds the process's own queue to p_sigmask instead of
// p_siglist: a signal that kill(2) made pending is missing among the pending ones, and is among the blocked ones even if
// no thread blocks it. Neither can be told then.
func (p *NetBSDProc) Masks(release uint32) sigset.Masks {
	m := sigset.Masks{Pending: p.Pending, Blocked: p.Blocked, Ignored: p.Ignored, Caught: p.Caught}
	if p.Dead {
		m.Ignored = sigset.Set{}
	}
	if !p.Dead && !p.Whole || release < netbsdUnmixed {
		m.Pending, m.Blocked = sigset.Set{}, sigset.Set{}
	}
	return m
}

// NetBSDProcs decodes a listing of all processes, a record after the other, and calls yield for each until that returns
// false.
//
// The kernel fills one record for all processes without clearing it between them. What it leaves out of one in execve,
// p_uvalid among it, is then that of the process before: one with the start of the process before is taken as such.
func NetBSDProcs(list []byte, yield func(NetBSDProc, error) bool) {
	var before NetBSDStart
	for ; len(list) >= NetBSDProcSize; list = list[NetBSDProcSize:] {
		p, err := DecodeNetBSDProc(list[:NetBSDProcSize], -1)
		if p.Whole {
			if p.Start == before {
				p.Whole, p.Start = false, NetBSDStart{}
			} else {
				before = p.Start
			}
		}
		if !yield(p, err) {
			return
		}
	}
	if len(list) > 0 {
		yield(NetBSDProc{}, fmt.Errorf("kinfo_proc2 of %d bytes", len(list)))
	}
}

// WholeNetBSDProc reads a record until it is of a process that is not in execve, or there is an error. The wait is bounded
// by netbsdTries: then it returns what it has.
func WholeNetBSDProc(read func() (NetBSDProc, error), pause func(try int)) (NetBSDProc, error) {
	for try := 0; ; try++ {
		p, err := read()
		if err != nil || p.Whole || p.Dead || try == netbsdTries {
			return p, err
		}
		pause(try)
	}
}

// netbsdTries bounds how often something is tried again that another process is in the way of.
const netbsdTries = 60
