// SPDX-License-Identifier: MIT

package kinfo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// A NetBSDHalf is one of the two limits of a resource: the kernel tells and takes them one at a time. The values are
// those of sysctl, PROC_PID_LIMIT_TYPE_SOFT and _HARD.
type NetBSDHalf int32

const (
	NetBSDSoft NetBSDHalf = 1
	NetBSDHard NetBSDHalf = 2
)

// NetBSDPair are the limits of a resource as the kernel has them.
type NetBSDPair struct{ Soft, Hard uint64 }

func (p *NetBSDPair) half(h NetBSDHalf) *uint64 {
	if h == NetBSDSoft {
		return &p.Soft
	}
	return &p.Hard
}

// NetBSDLimits are the limits of a resource of a process in the kernel. Set is refused with EINVAL where soft would be
// above hard.
type NetBSDLimits interface {
	Get(NetBSDHalf) (uint64, error)
	Set(NetBSDHalf, uint64) error
}

// ErrNetBSDUnsteady says that somebody else changed the limits again and again.
var ErrNetBSDUnsteady = errors.New("the limits keep changing")

// DecodeNetBSDLimit decodes a limit, a quad.
func DecodeNetBSDLimit(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("limit of %d bytes", len(b))
	}
	return binary.LittleEndian.Uint64(b), nil
}

// ReadNetBSDLimits reads soft and hard in turn until two pairs in a row agree. Such a pair was in force at one moment,
// unless both limits were changed and changed back meanwhile.
func ReadNetBSDLimits[L NetBSDLimits](l L) (NetBSDPair, error) {
	var p NetBSDPair
	known, agree := 0, 0
	for try := range 4 * netbsdTries {
		h := NetBSDSoft
		if try%2 == 1 {
			h = NetBSDHard
		}
		v, err := l.Get(h)
		if err != nil {
			return NetBSDPair{}, err
		}
		switch {
		case known < 2:
			known++
		case *p.half(h) == v:
			agree++
		default:
			agree = 0
		}
		*p.half(h) = v
		if agree == 2 {
			return p, nil
		}
	}
	return NetBSDPair{}, ErrNetBSDUnsteady
}

// NetBSDChange is what a failed SetNetBSDLimits has left behind.
type NetBSDChange struct{ Soft, Hard bool }

func (c *NetBSDChange) half(h NetBSDHalf) *bool {
	if h == NetBSDSoft {
		return &c.Soft
	}
	return &c.Hard
}

// nextNetBSDStep returns the half to set next on the way from now to want. A hard limit is raised before the soft one is
// touched, which is also where a lack of privilege shows, and lowered after it. If both pairs are valid, so is the one
// between them.
func nextNetBSDStep(now, want NetBSDPair) (h NetBSDHalf, more bool) {
	switch {
	case now == want:
		return 0, false
	case want.Hard > now.Hard, want.Soft == now.Soft:
		return NetBSDHard, true
	}
	return NetBSDSoft, true
}

// SetNetBSDLimits sets both limits, want.Soft not above want.Hard, and returns those of before. If it fails after it has
// set one, it puts that one back; changed tells where it could not.
//
// The kernel caps some limits at what the system allows, and rounds those of the stack up to pages, so that a soft one can
// get above the hard one asked for. What it makes of the first one, twice, decides about the second one as if it were
// asked for.
func SetNetBSDLimits(l NetBSDLimits, want NetBSDPair) (old NetBSDPair, changed NetBSDChange, err error) {
	now, err := ReadNetBSDLimits(l)
	if err != nil {
		return NetBSDPair{}, changed, err
	}
	old = now
	made := now // what we have made of it
	for range netbsdTries {
		h, more := nextNetBSDStep(now, want)
		if !more {
			return old, NetBSDChange{}, nil
		}
		before, value := now, *want.half(h)
		refused := l.Set(h, value)
		if err = refused; err != nil && err != syscall.EINVAL {
			break
		}
		capped := *changed.half(h) && *made.half(h) == *now.half(h)
		if refused == nil {
			*changed.half(h), *made.half(h) = true, value
		}
		if now, err = ReadNetBSDLimits(l); err != nil {
			break
		}
		if refused != nil {
			if now == before { // it is not that somebody has changed the other one
				err = refused
				break
			}
			continue
		}
		*made.half(h) = *now.half(h)
		if capped && *now.half(h) == *before.half(h) {
			*want.half(h) = *now.half(h)
			if h == NetBSDHard {
				want.Soft = min(want.Soft, want.Hard)
			} else {
				want.Hard = max(want.Hard, want.Soft)
			}
		}
	}
	if err == nil {
		err = ErrNetBSDUnsteady
	}
	return old, putBackNetBSDLimits(l, old, made, changed), err
}

// putBackNetBSDLimits gives the limits that were changed their old values, unless somebody else has set them since, and
// returns what is still changed.
func putBackNetBSDLimits(l NetBSDLimits, old, made NetBSDPair, changed NetBSDChange) NetBSDChange {
	for range netbsdTries {
		if changed == (NetBSDChange{}) {
			break
		}
		now, err := ReadNetBSDLimits(l)
		if err != nil {
			break
		}
		want := now
		for _, h := range []NetBSDHalf{NetBSDSoft, NetBSDHard} {
			ours := *changed.half(h) && *now.half(h) == *made.half(h) && *made.half(h) != *old.half(h)
			if ours {
				*want.half(h) = *old.half(h)
			}
			*changed.half(h) = ours
		}
		h, more := nextNetBSDStep(now, want)
		if !more {
			break
		}
		if err := l.Set(h, *want.half(h)); err != nil && err != syscall.EINVAL {
			break
		}
	}
	return changed
}

// InsistNetBSD makes a call that fails while the process is in execve, until it succeeds or fails for good; alive tells
// what is wrong with the process itself, if anything is.
func InsistNetBSD(call func() (again bool, err error), alive func() error, pause func(try int)) error {
	for try := 0; ; try++ {
		again, err := call()
		if err == nil || !again {
			return err
		}
		if gone := alive(); gone != nil {
			return gone
		}
		if try == netbsdTries {
			return err
		}
		pause(try)
	}
}
