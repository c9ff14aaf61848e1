// SPDX-License-Identifier: MIT

package kinfo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// FreeBSDLayout tells where a record, struct kinfo_proc of sys/user.h, has what. It is the caller's own layout, also for a
// 32-bit caller on a 64-bit kernel, and little-endian on all ports. Nothing used here has moved from 10 to 14.
type FreeBSDLayout struct {
	Size int // of the whole, and the value of ki_structsize, which comes first

	pid, pgid, sid                        int
	siglist, sigmask, sigignore, sigcatch int
	ngroups, groups, crFlags              int
	startSec, startUsec                   int
	stat, tid                             int
}

var (
	freeBSD64 = FreeBSDLayout{
		Size: 1088,
		pid:  72, pgid: 80, sid: 88,
		siglist: 104, sigmask: 120, sigignore: 136, sigcatch: 152,
		ngroups: 188, groups: 192, crFlags: 588,
		startSec: 336, startUsec: 344,
		stat: 388, tid: 600,
	}
	freeBSD386 = FreeBSDLayout{
		Size: 768,
		pid:  40, pgid: 48, sid: 56,
		siglist: 72, sigmask: 88, sigignore: 104, sigcatch: 120,
		ngroups: 156, groups: 160, crFlags: 508,
		startSec: 280, startUsec: 284,
		stat: 308, tid: 520,
	}
	freeBSDARM = FreeBSDLayout{ // as 386 up to its 64-bit time_t
		Size: 816,
		pid:  40, pgid: 48, sid: 56,
		siglist: 72, sigmask: 88, sigignore: 104, sigcatch: 120,
		ngroups: 156, groups: 160, crFlags: 524,
		startSec: 280, startUsec: 288,
		stat: 324, tid: 536,
	}
)

// FreeBSDMaxSize is the largest Size of any layout.
const FreeBSDMaxSize = 1088

// FreeBSDLayoutOf returns the layout of a GOARCH.
func FreeBSDLayoutOf(goarch string) *FreeBSDLayout {
	switch goarch {
	case "386":
		return &freeBSD386
	case "arm":
		return &freeBSDARM
	}
	return &freeBSD64
}

// FreeBSDProc is what a record tells of a process. Which queue Pending is depends on the call: the process's, or that of the
// thread TID if the record was asked for with KERN_PROC_INC_THREAD. Blocked is the mask of TID, and without
// KERN_PROC_INC_THREAD that is the first thread.
type FreeBSDProc struct {
	PID, PGID, SID int
	TID            int
	Birth          FreeBSDBirth
	Zombie         bool

	Pending, Blocked, Ignored, Caught sigset.Set

	GroupsCut bool // there are more groups than the record has room for
	ngroups   int
	groups    [16]uint32
}

// Groups returns the groups in the record, the effective one first. They are p's own.
func (p *FreeBSDProc) Groups() []uint32 { return p.groups[:p.ngroups] }

const (
	freeBSDZombie      = 5          // SZOMB, sys/proc.h
	freeBSDGroupsCut   = 0x80000000 // KI_CRF_GRP_OVERFLOW, sys/user.h
	freeBSDMaxUmask    = 0o7777     // ALLPERMS: the kernel keeps the upper three bits as well
	freeBSDInfinity    = math.MaxInt64
	freeBSDLimitsBytes = 16 // struct rlimit: two signed numbers of 64 bits, on every port
)

var errFreeBSD = errors.New("kinfo: malformed record of FreeBSD")

// DecodeFreeBSD decodes one record into p.
func DecodeFreeBSD(l *FreeBSDLayout, b []byte, p *FreeBSDProc) error {
	if len(b) != l.Size {
		return fmt.Errorf("%w: %d bytes, want %d", errFreeBSD, len(b), l.Size)
	}
	number := func(offset int) int { return int(int32(binary.LittleEndian.Uint32(b[offset:]))) }
	if size := number(0); size != l.Size {
		return fmt.Errorf("%w: ki_structsize is %d, want %d", errFreeBSD, size, l.Size)
	}
	*p = FreeBSDProc{
		PID: number(l.pid), PGID: number(l.pgid), SID: number(l.sid),
		TID:       number(l.tid),
		Birth:     FreeBSDBirth{Start: l.time(b)},
		Zombie:    b[l.stat] == freeBSDZombie,
		Pending:   freeBSDSet(b[l.siglist:]),
		Blocked:   freeBSDSet(b[l.sigmask:]),
		Ignored:   freeBSDSet(b[l.sigignore:]),
		Caught:    freeBSDSet(b[l.sigcatch:]),
		GroupsCut: binary.LittleEndian.Uint32(b[l.crFlags:])&freeBSDGroupsCut != 0,
	}
	if p.PID < 0 || p.PGID < 0 || p.SID < 0 {
		return fmt.Errorf("%w: process %d, group %d, session %d", errFreeBSD, p.PID, p.PGID, p.SID)
	}
	n := int(int16(binary.LittleEndian.Uint16(b[l.ngroups:])))
	if n < 0 || n > len(p.groups) || p.GroupsCut && n != len(p.groups) {
		return fmt.Errorf("%w: %d groups", errFreeBSD, n)
	}
	p.ngroups = n
	for i := range p.groups[:p.ngroups] {
		p.groups[i] = binary.LittleEndian.Uint32(b[l.groups+4*i:])
	}
	return nil
}

// time decodes when the process started. A 32-bit second is a signed one; microseconds fit 32 bits everywhere.
func (l *FreeBSDLayout) time(b []byte) time.Duration {
	sec := int64(int32(binary.LittleEndian.Uint32(b[l.startSec:])))
	if l.startUsec-l.startSec == 8 {
		sec = int64(binary.LittleEndian.Uint64(b[l.startSec:]))
	}
	usec := int32(binary.LittleEndian.Uint32(b[l.startUsec:]))
	return time.Duration(sec)*time.Second + time.Duration(usec)*time.Microsecond
}

// freeBSDSet decodes a sigset_t, four words of 32 bits.
func freeBSDSet(b []byte) sigset.Set {
	return sigset.Set{
		Bits:  [2]uint64{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])},
		Given: true,
	}
}

// FreeBSDGroups decodes the answer to KERN_PROC_GROUPS: any number of ids, the effective one first.
func FreeBSDGroups(b []byte) ([]uint32, error) {
	if len(b) == 0 || len(b)%4 != 0 {
		return nil, fmt.Errorf("%w: %d bytes of groups", errFreeBSD, len(b))
	}
	groups := make([]uint32, len(b)/4)
	for i := range groups {
		groups[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return groups, nil
}

// FreeBSDUmask decodes the answer to KERN_PROC_UMASK.
func FreeBSDUmask(b []byte) (int, error) {
	if len(b) != 2 {
		return -1, fmt.Errorf("%w: %d bytes of umask", errFreeBSD, len(b))
	}
	mask := int(binary.LittleEndian.Uint16(b))
	if mask > freeBSDMaxUmask {
		return -1, fmt.Errorf("%w: umask %o", errFreeBSD, mask)
	}
	return mask, nil
}

// FreeBSDLimits decodes the answer to KERN_PROC_RLIMIT. Infinity is math.MaxUint64.
func FreeBSDLimits(b []byte) (soft, hard uint64, err error) {
	if len(b) != freeBSDLimitsBytes {
		return 0, 0, fmt.Errorf("%w: %d bytes of limits", errFreeBSD, len(b))
	}
	return FreeBSDFromLimit(int64(binary.LittleEndian.Uint64(b))), FreeBSDFromLimit(int64(binary.LittleEndian.Uint64(b[8:]))), nil
}

// FreeBSDFromLimit returns a limit of the kernel's as ours. It takes a negative one for infinity (kern_proc_setrlimit).
func FreeBSDFromLimit(n int64) uint64 {
	if n < 0 || n == freeBSDInfinity {
		return math.MaxUint64
	}
	return uint64(n)
}

// FreeBSDToLimit returns our limit as the kernel's. It is not ok for a number that would become another one there.
func FreeBSDToLimit(n uint64) (limit int64, ok bool) {
	if n == math.MaxUint64 {
		return freeBSDInfinity, true
	}
	return int64(n), n < freeBSDInfinity
}

// AppendFreeBSDLimits appends limits in the form that KERN_PROC_RLIMIT takes.
func AppendFreeBSDLimits(b []byte, soft, hard int64) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(soft))
	return binary.LittleEndian.AppendUint64(b, uint64(hard))
}
