// SPDX-License-Identifier: MIT

package kinfo

import (
	"errors"
	"time"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// What follows takes several calls on one process, of which each can find it changed. The kernel comes as functions, so
// that tests can have one that misbehaves.

var (
	// ErrFreeBSDDead: the process exists, but is a zombie or about to be one.
	ErrFreeBSDDead = errors.New("kinfo: process is dead")

	// ErrFreeBSDOther: another process has the PID now.
	ErrFreeBSDOther = errors.New("kinfo: another process has the PID")
)

// FreeBSDLife is what tells whether a process is still the one it was.
type FreeBSDLife struct {
	Start  uint64
	Zombie bool
}

// FreeBSDAnswer is how a call ended that only living processes answer.
type FreeBSDAnswer int

const (
	FreeBSDAnswered FreeBSDAnswer = iota // or failed for a reason of its own
	FreeBSDBusy                          // EBUSY: inside execve(2)
	FreeBSDMissing                       // ESRCH: dead, dying, gone or hidden
)

// FreeBSDLiving makes a call that only living processes answer, again if need be. Without an error, the answer of the last
// call stands; it can be busy after two seconds of that. The errors are those of look, and ErrFreeBSDDead.
func FreeBSDLiving(call func() FreeBSDAnswer, look func() (FreeBSDLife, error), sleep func(time.Duration)) error {
	const (
		longest = time.Second
		tries   = 100
	)
	wait := time.Millisecond
	var before FreeBSDLife
	seen := false
	for range tries {
		switch call() {
		case FreeBSDAnswered:
			return nil
		case FreeBSDBusy:
			if wait > longest {
				return nil
			}
			sleep(wait)
			wait *= 2
			seen = false
		case FreeBSDMissing:
			// Dead, or replaced meanwhile, or still in exit1. The last is certain if it had the PID before this call and
			// has it after.
			now, err := look()
			if err != nil {
				return err
			}
			if now.Zombie || seen && now == before {
				return ErrFreeBSDDead
			}
			before, seen = now, true
		}
	}
	return ErrFreeBSDOther // again and again
}

// FreeBSDSet changes something of a process, and of none other that gets its PID meanwhile. Confirm is asked when it is
// known which process has the PID, undo is called if another one has it after the change. The errors are those of the
// functions, and ErrFreeBSDOther.
func FreeBSDSet(look func() (FreeBSDLife, error), confirm, set func() error, undo func()) error {
	before, err := look()
	if err != nil {
		return err
	}
	if err := confirm(); err != nil {
		return err
	}
	if err := set(); err != nil {
		return err
	}
	after, err := look()
	if err != nil {
		return err
	}
	if after.Start != before.Start {
		undo()
		return ErrFreeBSDOther
	}
	return nil
}

// FreeBSDThread is what the record of a thread has that the process's has not.
type FreeBSDThread struct {
	TID     int
	Start   uint64 // of its process
	Pending sigset.Set
}

// FreeBSDSigmasks returns the sets of the process p: pending is its queue and that of its first thread, which another
// record tells. If that is not the thread of p any more, p is read again.
func FreeBSDSigmasks(p *FreeBSDProc, first func() (FreeBSDThread, error), again func() (FreeBSDProc, error)) (sigset.Masks, error) {
	const tries = 10
	for try := 1; ; try++ {
		thread, err := first()
		if err != nil {
			return sigset.Masks{}, err
		}
		if thread.Start != p.Start {
			return sigset.Masks{}, ErrFreeBSDOther
		}
		if thread.TID == p.TID || try == tries {
			return sigset.Masks{
				Pending:        p.Pending.Union(thread.Pending),
				Blocked:        p.Blocked,
				Ignored:        p.Ignored,
				Caught:         p.Caught,
				ProcessPending: p.Pending,
			}, nil
		}
		fresh, err := again()
		if err != nil {
			return sigset.Masks{}, err
		}
		p = &fresh
	}
}
