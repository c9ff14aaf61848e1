// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sigset"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// lowestPID is the kernel's own process.
const lowestPID = 0

// highestPID is PID_MAX. Above it, the kernel takes a number for that of a thread and answers for its process (pget).
const highestPID = 99999

// What sysctl(3) is asked below CTL_KERN, KERN_PROC; sys/sysctl.h.
const (
	kernProc = 14

	procByPID     = 1
	procThreads   = 1 | 16 // a record for each thread, the first one's first
	procProcesses = 8
	procGroups    = 34
	procRlimit    = 37
	procUmask     = 39
)

// layout is that of the records this program gets.
var layout = kinfo.FreeBSDLayoutOf(runtime.GOARCH)

// record is what FreeBSD tells of a process in one piece, struct kinfo_proc, and what goes with it.
type record struct {
	process  memo[kinfo.FreeBSDProc]
	groups   memo[[]uint32] // if the record has not all of them
	sigmasks memo[sigset.Masks]
	snapshot bool // for Get and All: every field is asked for at once
}

func (r *record) release() { *r = record{} }

// processOf returns the process's record: the scope's or, without one, what it reads into p.
func processOf(t target, p *kinfo.FreeBSDProc) (*kinfo.FreeBSDProc, error) {
	if t.scope == nil {
		return p, read(t.pid, procByPID, p)
	}
	m := &t.scope.record.process
	if !t.scope.has(m.known) {
		if err := read(t.pid, procByPID, &m.value); err != nil {
			return nil, err
		}
		m.known = true
	}
	return &m.value, nil
}

// idOf asks a system call for a process group or session. To it 0 is the caller, and it does not know zombies: their
// records do.
func idOf(t target, call func(pid int) (int, error), field func(*kinfo.FreeBSDProc) int) (int, error) {
	if t.scope == nil && t.pid != 0 {
		if id, err := call(t.pid); err == nil {
			return id, nil
		} else if err != unix.ESRCH {
			return -1, sysctlKind(err)
		}
	}
	var p *kinfo.FreeBSDProc
	if t.scope == nil {
		p = new(kinfo.FreeBSDProc)
	}
	process, err := processOf(t, p)
	if err != nil {
		return -1, err
	}
	return field(process), nil
}

// read reads the process's record, or that of its first thread.
func read(pid int, what int32, p *kinfo.FreeBSDProc) error {
	var buf [kinfo.FreeBSDMaxSize]byte
	mib := [...]int32{unix.CTL_KERN, kernProc, what, int32(pid)}
	seen := steady()
	n, err := sysctl.Read(mib[:], buf[:layout.Size])
	if err == unix.ENOMEM && what == procThreads {
		n, err = layout.Size, nil // there are more threads; what fits was copied
	}
	if err != nil {
		return sysctlKind(err)
	}
	if err := kinfo.DecodeFreeBSD(layout, buf[:n], p); err != nil {
		return err
	}
	if p.PID != pid {
		return ErrNoSuchProcess // pid is a thread's
	}
	p.Birth.Seen = seen
	return nil
}

// refuseThread makes sure that the kernel will not take a PID for a thread.
func refuseThread(t target) error {
	if t.pid <= highestPID {
		return nil
	}
	var p kinfo.FreeBSDProc
	_, err := processOf(t, &p)
	t.scope.has(false) // what is asked next is not in the record
	return err
}

// vouch makes sure that what was just told of the PID is of the process whose record the scope has, if it has one.
func vouch(t target) error {
	if t.scope == nil || !t.scope.record.process.known {
		return nil
	}
	return stepKind(watch(t.pid).Still(t.scope.record.process.value.Birth))
}

// watch watches a PID.
func watch(pid int) kinfo.FreeBSDWatch {
	return kinfo.FreeBSDWatch{
		Look: func() (kinfo.FreeBSDLife, error) {
			var p kinfo.FreeBSDProc
			err := read(pid, procByPID, &p)
			return kinfo.FreeBSDLife{Birth: p.Birth, Zombie: p.Zombie}, err
		},
		Clocks: func() kinfo.FreeBSDClocks {
			set := time.Duration(time.Now().UnixNano())
			return kinfo.FreeBSDClocks{Set: set, Steady: steady()}
		},
	}
}

// steady is a clock that cannot be set.
func steady() time.Duration { return time.Since(firstSteady()) }

var firstSteady = sync.OnceValue(time.Now)

// living makes a call that only living processes answer.
func living(t target, call func() error) error {
	var err error
	dead := kinfo.FreeBSDLiving(
		func() kinfo.FreeBSDAnswer {
			switch err = call(); err {
			case unix.EBUSY:
				return kinfo.FreeBSDBusy
			case unix.ESRCH:
				return kinfo.FreeBSDMissing
			}
			return kinfo.FreeBSDAnswered
		},
		watch(t.pid),
		time.Sleep,
	)
	if dead != nil {
		return stepKind(dead)
	}
	return sysctlKind(err)
}

// stepKind says in our errors what the steps of package kinfo say.
func stepKind(err error) error {
	switch err {
	case kinfo.ErrFreeBSDDead:
		return ErrZombieProcess
	case kinfo.ErrFreeBSDOther:
		return ErrNoSuchProcess
	}
	return err
}

// sysctlKind says in our errors what a failed call on a process means. Hidden processes do not exist (p_cansee), and an
// older kernel lacks the node.
func sysctlKind(err error) error {
	if err == unix.ENOENT {
		return errors.ErrUnsupported
	}
	return errnoKind(err)
}
