// SPDX-License-Identifier: MIT

package kinfo

import (
	"errors"
	"strings"
	"testing"
)

// dragonFlyFake is a kernel whose answers are told beforehand, the last of each kind again and again.
type dragonFlyFake struct {
	live, listed []dragonFlyAnswer
	exists       []string // "yes" or "no"
	asked        []byte   // what was asked for, by first letter
}

type dragonFlyAnswer struct {
	found bool
	state int
	err   error
}

func nextDragonFly[T any](list *[]T) T {
	answer := (*list)[0]
	if len(*list) > 1 {
		*list = (*list)[1:]
	}
	return answer
}

func (a dragonFlyAnswer) proc(pid int) (DragonFlyProc, error) {
	switch {
	case a.err != nil:
		return DragonFlyProc{}, a.err
	case !a.found:
		return DragonFlyProc{}, ErrDragonFlyGone
	}
	if a.state == 0 {
		a.state = 2
	}
	return DragonFlyProc{PID: pid, State: a.state}, nil
}

func (k *dragonFlyFake) Live(pid int) (DragonFlyProc, error) {
	k.asked = append(k.asked, 'p')
	return nextDragonFly(&k.live).proc(pid)
}

func (k *dragonFlyFake) Listed(pid int) (DragonFlyProc, error) {
	k.asked = append(k.asked, 'a')
	return nextDragonFly(&k.listed).proc(pid)
}

func (k *dragonFlyFake) Exists(pid int) bool {
	k.asked = append(k.asked, 'k')
	return nextDragonFly(&k.exists) == "yes"
}

// TestFindDragonFly has processes be alive, dead, hidden, and change from one to the other between any two looks.
func TestFindDragonFly(t *testing.T) {
	broken := errors.New("broken")
	type answers = []dragonFlyAnswer
	none, live, zombie, embryo := dragonFlyAnswer{}, dragonFlyAnswer{found: true}, dragonFlyAnswer{found: true, state: 4}, dragonFlyAnswer{found: true, state: 1}
	failed := dragonFlyAnswer{err: broken}
	for _, test := range []struct {
		name         string
		pid          int
		live, listed answers
		exists       string
		err          error
		state        int
		asked        string
	}{
		{"alive", 7, answers{live}, nil, "", nil, 2, "p"},
		{"gone", 7, answers{none}, nil, "no", ErrDragonFlyGone, 0, "pk"},
		{"zombie", 7, answers{none}, answers{zombie}, "yes", nil, 4, "pka"},
		{"hidden zombie, or outside the jail", 7, answers{none}, answers{none}, "yes", ErrDragonFlyHidden, 0, "pkapkapka"},
		{"being made", 7, answers{embryo}, nil, "yes", ErrDragonFlyGone, 0, "p"},
		{"process 0 in a jail", 0, answers{none}, nil, "yes", ErrDragonFlyGone, 0, "p"},
		{"process 0", 0, answers{live}, nil, "", nil, 2, "p"},
		{"reaped while looked for", 7, answers{none}, answers{none}, "yes no", ErrDragonFlyGone, 0, "pkapk"},
		{"reused while looked for", 7, answers{none, live}, answers{none}, "yes", nil, 2, "pkap"},
		{"reused before the listing", 7, answers{none}, answers{live}, "yes", nil, 2, "pka"},
		{"dies after the second look", 7, answers{none, none}, answers{none, zombie}, "yes", nil, 4, "pkapka"},
		{"no sysctl", 7, answers{failed}, nil, "", broken, 0, "p"},
		{"no listing", 7, answers{none}, answers{failed}, "yes", broken, 0, "pka"},
	} {
		k := &dragonFlyFake{live: test.live, listed: test.listed, exists: strings.Fields(test.exists)}
		p, err := FindDragonFly(k, test.pid)
		if err != test.err || p.State != test.state || err == nil && p.PID != test.pid || string(k.asked) != test.asked {
			t.Errorf("%s: %+v, %v after %s; want state %d, %v after %s", test.name, p, err, k.asked, test.state, test.err, test.asked)
		}
	}
}
