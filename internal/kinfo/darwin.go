// SPDX-License-Identifier: MIT

package kinfo

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// DarwinSize is the size of struct kinfo_proc, the same on all architectures.
const DarwinSize = 648

// Offsets in struct kinfo_proc, bsd/sys/sysctl.h and proc.h.
const (
	darwinFlag      = 32  // p_flag
	darwinStat      = 36  // p_stat, one byte
	darwinPID       = 40  // p_pid
	darwinSigignore = 232 // p_sigignore
	darwinSigcatch  = 236 // p_sigcatch
	darwinNGroups   = 424 // e_ucred.cr_ngroups, 16 bits
	darwinGroups    = 428 // e_ucred.cr_groups
	darwinPgid      = 564 // e_pgid
)

const (
	darwinZombie  = 5      // SZOMB
	darwinExiting = 0x2000 // P_WEXIT
)

// DarwinProc is a record.
type DarwinProc struct {
	PID, Pgid int32
	NGroups   int
	AllGroups [16]uint32 // NGroups of them are the process's; the first is the effective one

	// Masks have Ignored and Caught only: p_siglist and p_sigmask are never filled.
	Masks sigset.Masks

	// Dead is one that is exiting or a zombie. The kernel has it ignore everything, so Ignored is not given.
	Dead bool
}

// Groups returns the group ids, a part of p.
func (p *DarwinProc) Groups() []uint32 { return p.AllGroups[:p.NGroups] }

// DarwinAnyPID has DecodeDarwin accept the record of any process.
const DarwinAnyPID = -1

// DecodeDarwin decodes a record, which has to be of process pid.
func DecodeDarwin(record []byte, pid int32) (DarwinProc, error) {
	if len(record) != DarwinSize {
		return DarwinProc{}, fmt.Errorf("kinfo_proc of %d bytes, not %d", len(record), DarwinSize)
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(record[at:]) }
	set := func(at int) sigset.Set { return sigset.Set{Bits: [2]uint64{uint64(word(at))}, Given: true} }
	p := DarwinProc{
		PID:   int32(word(darwinPID)),
		Pgid:  int32(word(darwinPgid)),
		Masks: sigset.Masks{Caught: set(darwinSigcatch)},
		Dead:  record[darwinStat] == darwinZombie || word(darwinFlag)&darwinExiting != 0,
	}
	if pid != DarwinAnyPID && p.PID != pid {
		return DarwinProc{}, fmt.Errorf("kinfo_proc of process %d, not %d", p.PID, pid)
	}
	if p.PID < 0 || p.Pgid < 0 {
		return DarwinProc{}, fmt.Errorf("kinfo_proc of process %d, process group %d", p.PID, p.Pgid)
	}
	n := int16(binary.LittleEndian.Uint16(record[darwinNGroups:]))
	if n < 0 || int(n) > len(p.AllGroups) {
		return DarwinProc{}, fmt.Errorf("kinfo_proc with %d groups", n)
	}
	p.NGroups = int(n)
	for i := range p.AllGroups[:n] {
		p.AllGroups[i] = word(darwinGroups + 4*i)
	}
	if !p.Dead {
		p.Masks.Ignored = set(darwinSigignore)
	}
	return p, nil
}

// DarwinAsk makes a call that only living processes answer: found is false for ESRCH. Then it looks whether the process is
// dead, and if so returns that. One that lives after all is another that got the number meanwhile, and is asked; if it
// is not found either, found is false.
func DarwinAsk(call func() (found bool, err error), look func() (dead bool, err error)) (found, dead bool, err error) {
	for range 3 {
		if found, err = call(); found || err != nil {
			return found, false, err
		}
		if dead, err = look(); dead || err != nil {
			return false, dead, err
		}
	}
	return false, false, nil
}

// darwinInfinity is RLIM_INFINITY.
const darwinInfinity = math.MaxInt64

// DarwinLimit returns our value for the kernel's, in which the highest number means infinity.
func DarwinLimit(kernel uint64) uint64 {
	if kernel >= darwinInfinity {
		return math.MaxUint64
	}
	return kernel
}

// DarwinKernelLimit returns the kernel's value for ours. It is not ok for a number that would come back as another.
func DarwinKernelLimit(limit uint64) (kernel uint64, ok bool) {
	if limit == math.MaxUint64 {
		return darwinInfinity, true
	}
	return limit, limit < darwinInfinity
}
