// SPDX-License-Identifier: MIT

package kinfo

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

var errFreeBSDFake = errors.New("fake")

// freeBSDKernel has one PID, and does at each call what it is told to.
type freeBSDKernel struct {
	calls   []FreeBSDAnswer // the last one for ever
	lives   []FreeBSDLife   // likewise
	lookErr []error         // nil where there is none
	log     []string
	slept   time.Duration
}

func nextFreeBSD[T any](list *[]T) (v T) {
	if len(*list) > 0 {
		v = (*list)[0]
	}
	if len(*list) > 1 {
		*list = (*list)[1:]
	}
	return v
}

func (k *freeBSDKernel) call() FreeBSDAnswer {
	k.log = append(k.log, "call")
	return nextFreeBSD(&k.calls)
}

func (k *freeBSDKernel) look() (FreeBSDLife, error) {
	k.log = append(k.log, "look")
	return nextFreeBSD(&k.lives), nextFreeBSD(&k.lookErr)
}

func (k *freeBSDKernel) sleep(d time.Duration) {
	k.log = append(k.log, "sleep")
	k.slept += d
}

func TestFreeBSDLiving(t *testing.T) {
	const answered, busy, missing = FreeBSDAnswered, FreeBSDBusy, FreeBSDMissing
	alive, zombie := FreeBSDLife{Start: 1}, FreeBSDLife{Start: 1, Zombie: true}
	successor := FreeBSDLife{Start: 2}
	for _, tt := range []struct {
		name string
		k    freeBSDKernel
		want error
		log  []string
	}{
		{"at once", freeBSDKernel{}, nil, []string{"call"}},
		{"inside execve", freeBSDKernel{calls: []FreeBSDAnswer{busy, busy, answered}}, nil, []string{"call", "sleep", "call", "sleep", "call"}},
		{"zombie", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{zombie}}, ErrFreeBSDDead, []string{"call", "look"}},
		{"gone", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lookErr: []error{errFreeBSDFake}}, errFreeBSDFake, []string{"call", "look"}},
		{"exiting", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{alive}}, ErrFreeBSDDead, []string{"call", "look", "call", "look"}},
		{"exiting, then a zombie", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{alive, zombie}}, ErrFreeBSDDead, []string{"call", "look", "call", "look"}},
		{"exiting, then gone", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{alive}, lookErr: []error{nil, errFreeBSDFake}}, errFreeBSDFake, []string{"call", "look", "call", "look"}},
		{"gone, and the PID taken", freeBSDKernel{calls: []FreeBSDAnswer{missing, answered}, lives: []FreeBSDLife{successor}}, nil, []string{"call", "look", "call"}},
		{"replaced, and that one dies as well", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{alive, successor}}, ErrFreeBSDDead, []string{"call", "look", "call", "look", "call", "look"}},
		{"the PID taken by one inside execve that then dies", freeBSDKernel{calls: []FreeBSDAnswer{missing, busy, missing}, lives: []FreeBSDLife{alive}},
			ErrFreeBSDDead, []string{"call", "look", "call", "sleep", "call", "look", "call", "look"}},
	} {
		k := tt.k
		if err := FreeBSDLiving(k.call, k.look, k.sleep); err != tt.want || !slices.Equal(k.log, tt.log) {
			t.Errorf("%s: %v by %v; want %v by %v", tt.name, err, k.log, tt.want, tt.log)
		}
	}

	// A process that never leaves execve: what the last call said stands, after a while.
	k := freeBSDKernel{calls: []FreeBSDAnswer{busy}}
	if err := FreeBSDLiving(k.call, k.look, k.sleep); err != nil || k.slept < time.Second || k.slept > 3*time.Second || k.log[len(k.log)-1] != "call" {
		t.Errorf("always busy: %v after %v", err, k.slept)
	}

	// One that is another one at each look.
	n := uint64(0)
	err := FreeBSDLiving(func() FreeBSDAnswer { return missing },
		func() (FreeBSDLife, error) { n++; return FreeBSDLife{Start: n}, nil }, k.sleep)
	if err != ErrFreeBSDOther || n > 1000 {
		t.Errorf("always another: %v after %d looks", err, n)
	}
}

func TestFreeBSDSet(t *testing.T) {
	alive, zombie, successor := FreeBSDLife{Start: 1}, FreeBSDLife{Start: 1, Zombie: true}, FreeBSDLife{Start: 2}
	for _, tt := range []struct {
		name         string
		k            freeBSDKernel
		confirm, set error
		want         error
		log          []string
	}{
		{"well", freeBSDKernel{lives: []FreeBSDLife{alive}}, nil, nil, nil, []string{"look", "confirm", "set", "look"}},
		{"dies afterwards", freeBSDKernel{lives: []FreeBSDLife{alive, zombie}}, nil, nil, nil, []string{"look", "confirm", "set", "look"}},
		{"gone before", freeBSDKernel{lookErr: []error{errFreeBSDFake}}, nil, nil, errFreeBSDFake, []string{"look"}},
		{"not the handle's", freeBSDKernel{lives: []FreeBSDLife{alive}}, errFreeBSDFake, nil, errFreeBSDFake, []string{"look", "confirm"}},
		{"refused", freeBSDKernel{lives: []FreeBSDLife{alive}}, nil, errFreeBSDFake, errFreeBSDFake, []string{"look", "confirm", "set"}},
		{"gone afterwards", freeBSDKernel{lives: []FreeBSDLife{alive}, lookErr: []error{nil, errFreeBSDFake}}, nil, nil, errFreeBSDFake, []string{"look", "confirm", "set", "look"}},
		{"replaced", freeBSDKernel{lives: []FreeBSDLife{alive, successor}}, nil, nil, ErrFreeBSDOther, []string{"look", "confirm", "set", "look", "undo"}},
	} {
		k := tt.k
		err := FreeBSDSet(k.look,
			func() error { k.log = append(k.log, "confirm"); return tt.confirm },
			func() error { k.log = append(k.log, "set"); return tt.set },
			func() { k.log = append(k.log, "undo") })
		if err != tt.want || !slices.Equal(k.log, tt.log) {
			t.Errorf("%s: %v by %v; want %v by %v", tt.name, err, k.log, tt.want, tt.log)
		}
	}
}

func TestFreeBSDSigmasks(t *testing.T) {
	process := FreeBSDProc{TID: 100, Start: 1, Pending: sigset.Of(1, 128), Blocked: sigset.Of(2), Ignored: sigset.Of(3), Caught: sigset.Of(4)}
	want := sigset.Masks{
		Pending: sigset.Of(1, 65, 128), ProcessPending: sigset.Of(1, 128), Blocked: sigset.Of(2), Ignored: sigset.Of(3), Caught: sigset.Of(4),
	}
	thread := func(tid int) FreeBSDThread { return FreeBSDThread{TID: tid, Start: 1, Pending: sigset.Of(65)} }
	for _, tt := range []struct {
		name    string
		threads []FreeBSDThread
		again   []FreeBSDProc
		errs    []error // of reading threads, then of reading again
		want    sigset.Masks
		err     error
		reads   int // again
	}{
		{"well", []FreeBSDThread{thread(100)}, nil, []error{nil, nil}, want, nil, 0},
		{"gone", []FreeBSDThread{{}}, nil, []error{errFreeBSDFake, nil}, sigset.Masks{}, errFreeBSDFake, 0},
		{"replaced", []FreeBSDThread{{TID: 100, Start: 2}}, nil, []error{nil, nil}, sigset.Masks{}, ErrFreeBSDOther, 0},
		{
			"the first thread has ended", []FreeBSDThread{thread(101)},
			[]FreeBSDProc{{TID: 101, Start: 1, Pending: sigset.Of(7), Blocked: sigset.Of(8), Ignored: sigset.Of(), Caught: sigset.Of(9)}}, []error{nil, nil},
			sigset.Masks{Pending: sigset.Of(7, 65), ProcessPending: sigset.Of(7), Blocked: sigset.Of(8), Ignored: sigset.Of(), Caught: sigset.Of(9)}, nil, 1,
		},
		{"gone when read again", []FreeBSDThread{thread(101)}, []FreeBSDProc{{}}, []error{nil, errFreeBSDFake}, sigset.Masks{}, errFreeBSDFake, 1},
		{"replaced when read again", []FreeBSDThread{thread(101)}, []FreeBSDProc{{TID: 101, Start: 2}}, []error{nil, nil}, sigset.Masks{}, ErrFreeBSDOther, 1},
		{"never the same thread", []FreeBSDThread{thread(101)}, []FreeBSDProc{process}, []error{nil, nil}, want, nil, 9},
	} {
		p, reads := process, 0
		got, err := FreeBSDSigmasks(&p,
			func() (FreeBSDThread, error) { return nextFreeBSD(&tt.threads), tt.errs[0] },
			func() (FreeBSDProc, error) { reads++; return nextFreeBSD(&tt.again), tt.errs[1] })
		if err != tt.err || fmt.Sprint(got) != fmt.Sprint(tt.want) || reads != tt.reads || p != process {
			t.Errorf("%s: got %v, %v, read again %d times", tt.name, got, err, reads)
		}
	}
}
