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

	// ErrFreeBSDChanged: somebody else has changed what was to be given back.
	ErrFreeBSDChanged = errors.New("changed by somebody else meanwhile")
)

// FreeBSDBirth tells processes with the same PID apart.
type FreeBSDBirth struct {
	// Start is when the process started, counted from 1970. The kernel adds up how long it had been running then and when,
	// by the clock of now, it was booted (fill_kinfo_proc_only): if the clock is set, Start moves along.
	Start time.Duration

	// Seen is a moment before the record was made, by a clock that cannot be set.
	Seen time.Duration
}

// FreeBSDLife is what tells whether a process is still the one it was.
type FreeBSDLife struct {
	Birth  FreeBSDBirth
	Zombie bool
}

// FreeBSDClocks are two clocks, read one after the other: that by which Start counts, and that of Seen.
type FreeBSDClocks struct{ Set, Steady time.Duration }

// existed tells whether a process was there at a moment, given its Start by the clock of now.
func (c FreeBSDClocks) existed(start, moment time.Duration) bool {
	return c.Set-start >= c.Steady-moment
}

// FreeBSDWatch watches a PID.
type FreeBSDWatch struct {
	Look   func() (FreeBSDLife, error)
	Clocks func() FreeBSDClocks
}

// Still makes sure that the process that once had the PID is the one that has it now.
func (w FreeBSDWatch) Still(then FreeBSDBirth) error {
	now, err := w.Look()
	if err != nil {
		return err
	}
	if same, err := w.same(then, now.Birth); err != nil || same {
		return err
	}
	return ErrFreeBSDOther
}

// same tells whether the process that has the PID now, after another one had it, is that one. So it is if its start is the
// same. If not, the clock was set or it is a successor, which did not exist yet when the first one was seen.
func (w FreeBSDWatch) same(then, now FreeBSDBirth) (bool, error) {
	if now.Start == then.Start {
		return true, nil
	}
	return w.existed(now, then.Seen)
}

// existed tells whether the process that has the PID was there at a moment. Only between two looks that see the same start
// it is certain which clock that start counts by.
func (w FreeBSDWatch) existed(now FreeBSDBirth, moment time.Duration) (bool, error) {
	const tries = 100
	for range tries {
		clocks := w.Clocks()
		again, err := w.Look()
		if err != nil {
			return false, err
		}
		if again.Birth.Start == now.Start {
			return clocks.existed(now.Start, moment), nil
		}
		now = again.Birth
	}
	return false, ErrFreeBSDOther // again and again
}

// FreeBSDAnswer is how a call ended that only living processes answer.
type FreeBSDAnswer int

const (
	FreeBSDAnswered FreeBSDAnswer = iota // or failed for a reason of its own
	FreeBSDBusy                          // EBUSY: inside execve(2)
	FreeBSDMissing                       // ESRCH: dead, dying, gone or hidden
)

// FreeBSDLiving makes a call that only living processes answer, again if need be. Without an error, the answer of the last
// call stands; it can be busy after two seconds of that. The errors are those of looking, and ErrFreeBSDDead.
func FreeBSDLiving(call func() FreeBSDAnswer, w FreeBSDWatch, sleep func(time.Duration)) error {
	const (
		longest = time.Second
		tries   = 100
	)
	wait := time.Millisecond
	var before FreeBSDBirth
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
			now, err := w.Look()
			if err != nil {
				return err
			}
			if now.Zombie {
				return ErrFreeBSDDead
			}
			if seen {
				same, err := w.same(before, now.Birth)
				if err != nil {
					return err
				}
				if same {
					return ErrFreeBSDDead
				}
			}
			before, seen = now.Birth, true
		}
	}
	return ErrFreeBSDOther // again and again
}

// FreeBSDSet changes something of a process, and of none other that gets its PID meanwhile. Confirm is asked when it is
// known which process has the PID, undo is called if another one may have been changed. The errors are those of the
// functions, and ErrFreeBSDOther.
func FreeBSDSet(w FreeBSDWatch, confirm, set, undo func() error) error {
	before, err := w.Look()
	if err != nil {
		return err
	}
	if err := confirm(); err != nil {
		return err
	}
	if err := set(); err != nil {
		return err
	}
	done := w.Clocks().Steady
	after, err := w.Look()
	if err != nil {
		return err
	}
	same, err := w.same(before.Birth, after.Birth)
	if err != nil || same {
		return err
	}
	hit, err := w.existed(after.Birth, done)
	if err != nil {
		return err
	}
	if hit {
		if err := undo(); err != nil {
			return err
		}
	}
	return ErrFreeBSDOther
}

// FreeBSDGiveBack gives old back to whom set was given by mistake, unless somebody else has made it something else since. Swap
// returns what it replaces: if that was not ours, it has to be put back in turn. The errors are those of the functions, and
// ErrFreeBSDChanged.
func FreeBSDGiveBack[T comparable](old, set T, get func() (T, error), swap func(T) (T, error)) error {
	const tries = 10
	now, err := get()
	switch {
	case err != nil:
		return err
	case now == old:
		return nil
	case now != set: // or the kernel has made this of it
		return ErrFreeBSDChanged
	}
	ours, next := set, old
	for range tries {
		was, err := swap(next)
		if err != nil {
			return err
		}
		if was == ours || was == next {
			if next != old {
				return ErrFreeBSDChanged
			}
			return nil
		}
		ours, next = next, was
	}
	return ErrFreeBSDChanged
}

// FreeBSDThread is what the record of a thread has that the process's has not.
type FreeBSDThread struct {
	TID     int
	Birth   FreeBSDBirth // of its process
	Pending sigset.Set
}

// FreeBSDSigmasks returns the sets of the process p: pending is its queue and that of its first thread, which another
// record tells. If that is not the thread of p any more, p is read again.
func FreeBSDSigmasks(p *FreeBSDProc, first func() (FreeBSDThread, error), again func() (FreeBSDProc, error), w FreeBSDWatch) (sigset.Masks, error) {
	const tries = 10
	for try := 1; ; try++ {
		thread, err := first()
		if err != nil {
			return sigset.Masks{}, err
		}
		same, err := w.same(p.Birth, thread.Birth)
		if err != nil {
			return sigset.Masks{}, err
		}
		if !same {
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
		if same, err = w.same(p.Birth, fresh.Birth); err != nil {
			return sigset.Masks{}, err
		}
		if !same {
			return sigset.Masks{}, ErrFreeBSDOther
		}
		p = &fresh
	}
}
