// SPDX-License-Identifier: MIT

package kinfo

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// OpenBSDSize is the size of a record to ask for. sysctl_doproc, sys/kern/kern_sysctl.c, copies out that much of its struct
// kinfo_proc, and refuses to give more than it has: 616 bytes in 6.5, 648 now, 4 fewer on i386. All that is decoded here
// ends with p_sigcatch, and up to there the structure is the same in all releases and on all architectures.
const OpenBSDSize = 304

// What OpenBSDMIB can ask for: KERN_PROC_PID, and KERN_PROC_KTHREAD, which is every process, those of the kernel too.
const (
	OpenBSDByPID = 1
	OpenBSDEvery = 7
)

// OpenBSDMIB is the name of a sysctl(2) that gives at most count records.
func OpenBSDMIB(op, arg, count int32) [6]int32 {
	const ctlKern, kernProc = 1, 66
	return [6]int32{ctlKern, kernProc, op, arg, OpenBSDSize, count}
}

// OpenBSDLayout is what differs by architecture.
type OpenBSDLayout struct{ BigEndian bool }

// OpenBSDLayoutOf returns the layout of a GOARCH.
func OpenBSDLayoutOf(goarch string) OpenBSDLayout {
	return OpenBSDLayout{BigEndian: goarch == "ppc64"}
}

// Offsets in struct kinfo_proc, sys/sys/sysctl.h.
const (
	openBSDPID       = 108 // p_pid
	openBSDSid       = 116 // p_sid
	openBSDPgid      = 120 // p__pgid
	openBSDGroups    = 144 // p_groups
	openBSDNGroups   = 208 // p_ngroups, 16 bits
	openBSDSiglist   = 288 // p_siglist, signed in the header, and signal 32 is its sign
	openBSDSigmask   = 292 // p_sigmask
	openBSDSigignore = 296 // p_sigignore
	openBSDSigcatch  = 300 // p_sigcatch
)

// OpenBSDProc is a record.
type OpenBSDProc struct {
	PID, Pgid int32
	Sid       int32 // 0 once the session's leader has exited
	NGroups   int
	AllGroups [16]uint32 // NGroups of them are the process's

	// Masks have in Pending what p_siglist has, the main thread's queue and the process's together (until 6.5 the thread's
	// alone), and no ProcessPending.
	Masks sigset.Masks
}

// Groups returns the supplementary groups, a part of p.
func (p *OpenBSDProc) Groups() []uint32 { return p.AllGroups[:p.NGroups] }

// OpenBSDAnyPID has DecodeOpenBSD accept the record of any process.
const OpenBSDAnyPID = -1

// DecodeOpenBSD decodes a record of OpenBSDSize bytes, which has to be of process pid.
func DecodeOpenBSD(record []byte, layout OpenBSDLayout, pid int32) (OpenBSDProc, error) {
	if len(record) != OpenBSDSize {
		return OpenBSDProc{}, fmt.Errorf("kinfo_proc of %d bytes, not %d", len(record), OpenBSDSize)
	}
	p := OpenBSDProc{
		PID:  int32(layout.word(record, openBSDPID)),
		Pgid: int32(layout.word(record, openBSDPgid)),
		Sid:  int32(layout.word(record, openBSDSid)),
	}
	switch {
	case pid != OpenBSDAnyPID && p.PID != pid:
		return OpenBSDProc{}, fmt.Errorf("kinfo_proc of process %d, not %d", p.PID, pid)
	case p.PID < 0 || p.Pgid < 0 || p.Sid < 0:
		return OpenBSDProc{}, fmt.Errorf("kinfo_proc of process %d, process group %d, session %d", p.PID, p.Pgid, p.Sid)
	}
	n := int16(layout.half(record, openBSDNGroups))
	if n < 0 || int(n) > len(p.AllGroups) {
		return OpenBSDProc{}, fmt.Errorf("kinfo_proc with %d groups", n)
	}
	p.NGroups = int(n)
	for i := range p.AllGroups[:n] {
		p.AllGroups[i] = layout.word(record, openBSDGroups+4*i)
	}
	p.Masks = sigset.Masks{
		Pending: layout.set(record, openBSDSiglist),
		Blocked: layout.set(record, openBSDSigmask),
		Ignored: layout.set(record, openBSDSigignore),
		Caught:  layout.set(record, openBSDSigcatch),
	}
	return p, nil
}

func (l OpenBSDLayout) word(record []byte, at int) uint32 {
	n := binary.LittleEndian.Uint32(record[at:])
	if l.BigEndian {
		n = bits.ReverseBytes32(n)
	}
	return n
}

func (l OpenBSDLayout) half(record []byte, at int) uint16 {
	n := binary.LittleEndian.Uint16(record[at:])
	if l.BigEndian {
		n = bits.ReverseBytes16(n)
	}
	return n
}

// set is a sigset_t: signals 1 to 32.
func (l OpenBSDLayout) set(record []byte, at int) sigset.Set {
	return sigset.Set{Bits: [2]uint64{uint64(l.word(record, at))}, Given: true}
}

// openBSDInfinity is RLIM_INFINITY. dosetrlimit, sys/kern/kern_resource.c, cuts down to it what is above.
const openBSDInfinity = math.MaxInt64

// OpenBSDLimit returns our value for the kernel's, in which the highest number means infinity.
func OpenBSDLimit(kernel uint64) uint64 {
	if kernel >= openBSDInfinity {
		return math.MaxUint64
	}
	return kernel
}

// OpenBSDKernelLimit returns the kernel's value for ours. It is not ok for a number that the kernel would take for another.
func OpenBSDKernelLimit(limit uint64) (kernel uint64, ok bool) {
	if limit == math.MaxUint64 {
		return openBSDInfinity, true
	}
	return limit, limit < openBSDInfinity
}
