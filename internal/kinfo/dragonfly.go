// SPDX-License-Identifier: MIT

package kinfo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// The names {CTL_KERN, KERN_PROC, …} of sys/sysctl.h. With FlagLWP there is a record for each LWP, in ascending order of
// their ids. Without it kl_siglist and kl_sigmask are those of whichever LWP was written last, so it is always asked for.
const (
	DragonFlyKern    = 1
	DragonFlyProcs   = 14
	DragonFlyAll     = 0
	DragonFlyPID     = 1
	DragonFlyFlagLWP = 0x10
)

// DragonFlySize is that of struct kinfo_proc, sys/kinfo.h. amd64 is the only architecture.
const DragonFlySize = 992

// Offsets in struct kinfo_proc, of which kp_lwp is a struct kinfo_lwp.
const (
	dragonFlyFlags      = 8   // kp_flags, P_*
	dragonFlyStat       = 12  // kp_stat, enum
	dragonFlySiglist    = 40  // kp_siglist: pending on the process
	dragonFlySigignore  = 56  // kp_sigignore
	dragonFlySigcatch   = 72  // kp_sigcatch
	dragonFlyUID        = 132 // kp_uid, the effective one
	dragonFlyNgroups    = 136 // kp_ngroups, int16
	dragonFlyGroups     = 140 // kp_groups
	dragonFlyPid        = 220 // kp_pid
	dragonFlyPgid       = 228 // kp_pgid
	dragonFlySid        = 236 // kp_sid
	dragonFlyNthreads   = 296 // kp_nthreads
	dragonFlyLwpPid     = 664 // kp_lwp.kl_pid
	dragonFlyLwpTid     = 668 // kp_lwp.kl_tid
	dragonFlyLwpSiglist = 904 // kp_lwp.kl_siglist: pending on the LWP
	dragonFlyLwpSigmask = 920 // kp_lwp.kl_sigmask
)

// Values of kp_stat, sys/proc_common.h.
const (
	dragonFlyIdle   = 1 // SIDL: being made
	dragonFlyZombie = 4 // SZOMB
	dragonFlyCore   = 5 // SCORE, the last one
)

// dragonFlyPostExit is P_POSTEXIT, sys/proc.h: exit has begun, and what procfs needs of the process may be gone.
const dragonFlyPostExit = 0x40

// DragonFlyGroupsMax is NGROUPS: the effective gid and what comes with it.
const DragonFlyGroupsMax = 16

// DragonFlyProc is a process, and one of its LWPs.
type DragonFlyProc struct {
	PID       int // -1: a kernel thread that is no process
	Pgid, Sid int
	UID       uint32 // effective
	State     int    // SIDL, SACTIVE, SSTOP, SZOMB, SCORE
	Exiting   bool   // is no zombie yet, but procfs does not know it any more
	LWPs      int    // 0 for a zombie
	NGroups   int
	Groups    [DragonFlyGroupsMax]uint32 // the first NGroups; element 0 is the effective gid

	ProcessPending, Ignored, Caught sigset.Set

	TID                 int // of the LWP, 1 for a program's first; 0: no LWP is left; -1: the last of them
	LWPPending, Blocked sigset.Set
}

var errDragonFlyCut = errors.New("kinfo_proc: not a whole number of records")

// DecodeDragonFly decodes the answer to KERN_PROC_PID with FlagLWP, of which the end may be missing: it tells of the
// process and its first LWP. The records behind are only looked at to be of the process, as they are if this is the
// kernel's layout.
func DecodeDragonFly(records []byte, pid int) (p DragonFlyProc, err error) {
	if len(records) == 0 || len(records)%DragonFlySize != 0 {
		return p, errDragonFlyCut
	}
	err = p.decode(records)
	if err == nil && p.PID != pid {
		err = fmt.Errorf("kinfo_proc: kp_pid is %d, not %d", p.PID, pid)
	}
	if err == nil {
		var rest []byte
		if rest, err = skipDragonFlyLWPs(records[DragonFlySize:], p.PID, p.TID); err == nil && len(rest) > 0 {
			err = fmt.Errorf("kinfo_proc: a record of another process than %d", pid)
		}
	}
	if err != nil {
		return DragonFlyProc{}, err
	}
	return p, nil
}

// skipDragonFlyLWPs skips the records of a process's other LWPs than the first one, and returns what follows.
func skipDragonFlyLWPs(records []byte, pid, first int) (rest []byte, err error) {
	last := first
	for len(records) > 0 && int(int32(binary.LittleEndian.Uint32(records[dragonFlyPid:]))) == pid {
		tid := int(int32(binary.LittleEndian.Uint32(records[dragonFlyLwpTid:])))
		if tid <= last || last < 1 {
			err = fmt.Errorf("kinfo_proc: LWP %d after %d", tid, last)
		}
		last, records = tid, records[DragonFlySize:]
	}
	return records, err
}

// DragonFlyListing goes through the answer to KERN_PROC_ALL with FlagLWP: each process with its first LWP. Kernel threads
// that are no processes are left out. With an error only PID is to be used, -1 if it is the listing that is unsound.
func DragonFlyListing(records []byte) iter.Seq2[DragonFlyProc, error] {
	return func(yield func(DragonFlyProc, error) bool) {
		if len(records)%DragonFlySize != 0 {
			yield(DragonFlyProc{PID: -1}, errDragonFlyCut)
			return
		}
		for len(records) > 0 {
			var p DragonFlyProc
			err := p.decode(records)
			records = records[DragonFlySize:]
			if p.PID < 0 {
				continue
			}
			rest, err2 := skipDragonFlyLWPs(records, p.PID, p.TID)
			records = rest
			if err == nil {
				err = err2
			}
			if err != nil {
				p = DragonFlyProc{PID: p.PID}
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// DecodeDragonFlyRecord decodes one record. With an error only PID and TID are to be used.
func DecodeDragonFlyRecord(record []byte) (p DragonFlyProc, err error) {
	if len(record) != DragonFlySize {
		return DragonFlyProc{PID: -1}, errDragonFlyCut
	}
	err = p.decode(record)
	return p, err
}

// decode decodes the first of some whole records into p, which is zero. With an error only PID and TID are to be used.
func (p *DragonFlyProc) decode(records []byte) error {
	record := records[:DragonFlySize]
	int32At := func(offset int) int { return int(int32(binary.LittleEndian.Uint32(record[offset:]))) }
	setAt := func(offset int) sigset.Set { // words of 32 bits, signal 1 the lowest bit of the first
		return sigset.Set{Given: true, Bits: [2]uint64{
			binary.LittleEndian.Uint64(record[offset:]), binary.LittleEndian.Uint64(record[offset+8:]),
		}}
	}
	p.PID = int32At(dragonFlyPid) // field by field: a literal would be copied
	p.Pgid = int32At(dragonFlyPgid)
	p.Sid = int32At(dragonFlySid)
	p.UID = binary.LittleEndian.Uint32(record[dragonFlyUID:])
	p.State = int32At(dragonFlyStat)
	p.Exiting = int32At(dragonFlyFlags)&dragonFlyPostExit != 0
	p.LWPs = int32At(dragonFlyNthreads)
	p.NGroups = int(int16(binary.LittleEndian.Uint16(record[dragonFlyNgroups:])))
	p.ProcessPending = setAt(dragonFlySiglist)
	p.Ignored = setAt(dragonFlySigignore)
	p.Caught = setAt(dragonFlySigcatch)
	p.TID = int32At(dragonFlyLwpTid)
	p.LWPPending = setAt(dragonFlyLwpSiglist)
	p.Blocked = setAt(dragonFlyLwpSigmask)
	// Only what has no credentials yet, or is no process, has no group.
	fewest := 1
	if p.PID == -1 || p.State == dragonFlyIdle {
		fewest = 0
	}
	owner := int32At(dragonFlyLwpPid)
	switch {
	case p.PID < -1 || p.Pgid < 0 || p.Sid < 0:
		return fmt.Errorf("kinfo_proc: process %d, group %d, session %d", p.PID, p.Pgid, p.Sid)
	case p.State < dragonFlyIdle || p.State > dragonFlyCore:
		return fmt.Errorf("kinfo_proc: kp_stat is %d", p.State)
	case p.NGroups < fewest || p.NGroups > DragonFlyGroupsMax:
		return fmt.Errorf("kinfo_proc: kp_ngroups is %d", p.NGroups)
	case p.LWPs < 0 || p.TID < -1:
		return fmt.Errorf("kinfo_proc: LWP %d of %d", p.TID, p.LWPs)
	case owner != p.PID && !(owner == 0 && p.TID == 0): // fill_kinfo_lwp was not called if there is no LWP
		return fmt.Errorf("kinfo_proc: LWP %d is of process %d, not %d", p.TID, owner, p.PID)
	}
	for i := range p.NGroups {
		p.Groups[i] = binary.LittleEndian.Uint32(record[dragonFlyGroups+4*i:])
	}
	return nil
}

// Masks returns the signal sets, those of the main LWP as far as the record tells of it.
func (p *DragonFlyProc) Masks() sigset.Masks {
	m := sigset.Masks{Ignored: p.Ignored, Caught: p.Caught, ProcessPending: p.ProcessPending}
	switch {
	case p.mainLWP():
		m.Blocked = p.Blocked
		m.Pending = p.ProcessPending.Union(p.LWPPending)
	case p.State == dragonFlyZombie: // exit1 has emptied all queues
		m.Pending = p.ProcessPending
	}
	return m
}

// mainLWP reports whether it is the main LWP that p tells of. A zombie keeps the LWP that called exit, which can be any;
// that it is the main one is sure only of number 1. The first LWP that fork makes has the number of the one that called it.
func (p *DragonFlyProc) mainLWP() bool {
	if p.State == dragonFlyZombie {
		return p.TID == 1
	}
	return p.TID > 0 || p.TID == -1 && p.LWPs == 1
}

// DragonFlyKernel is what finding a process asks for.
type DragonFlyKernel interface {
	// Live is KERN_PROC_PID, which is ErrDragonFlyGone for zombies too.
	Live(pid int) (DragonFlyProc, error)
	// Exists is kill(2) with signal 0, which knows zombies, and what is outside our jail.
	Exists(pid int) bool
	// Listed looks the process up in KERN_PROC_ALL; ErrDragonFlyGone if it is not there.
	Listed(pid int) (DragonFlyProc, error)
}

var (
	// ErrDragonFlyGone says that there is no such process.
	ErrDragonFlyGone = errors.New("no such process")
	// ErrDragonFlyHidden says that there is a process outside our jail, or a zombie that the listing hides from us.
	ErrDragonFlyHidden = errors.New("hidden by a jail or by security.ps_showallprocs")
)

// dragonFlyTries bounds how often a process is looked for that is neither where the living are nor where the dead are: it
// can pass from one to the other, or its number to another process, while it is looked for.
const dragonFlyTries = 3

// FindDragonFly returns the record of a process, alive or dead.
func FindDragonFly(k DragonFlyKernel, pid int) (DragonFlyProc, error) {
	for range dragonFlyTries {
		p, err := k.Live(pid)
		if err == nil && p.State == dragonFlyIdle { // fork has not returned yet
			return DragonFlyProc{}, ErrDragonFlyGone
		}
		if err != ErrDragonFlyGone {
			return p, err
		}
		if pid <= 0 { // to kill(2) a group, not a process; and process 0 does not die
			return p, ErrDragonFlyGone
		}
		if !k.Exists(pid) {
			return p, ErrDragonFlyGone
		}
		p, err = k.Listed(pid)
		if err != ErrDragonFlyGone {
			return p, err
		}
	}
	return DragonFlyProc{}, ErrDragonFlyHidden
}
