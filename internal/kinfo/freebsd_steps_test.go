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
	clocks  []FreeBSDClocks // likewise; without any, nothing ever existed before now
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

func (k *freeBSDKernel) watch() FreeBSDWatch {
	return FreeBSDWatch{k.look, func() FreeBSDClocks {
		k.log = append(k.log, "clocks")
		return nextFreeBSD(&k.clocks)
	}}
}

// freeBSDBorn is the life of a process that was seen when it started.
func freeBSDBorn(start time.Duration) FreeBSDLife {
	return FreeBSDLife{Birth: FreeBSDBirth{Start: start, Seen: start}}
}

func (k *freeBSDKernel) sleep(d time.Duration) {
	k.log = append(k.log, "sleep")
	k.slept += d
}

func TestFreeBSDLiving(t *testing.T) {
	const answered, busy, missing = FreeBSDAnswered, FreeBSDBusy, FreeBSDMissing
	alive, zombie, successor := freeBSDBorn(1), freeBSDBorn(1), freeBSDBorn(2)
	zombie.Zombie = true
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
		{"replaced, and that one dies as well", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{alive, successor}}, ErrFreeBSDDead, []string{"call", "look", "call", "look", "clocks", "look", "call", "look"}},
		{"exiting while the clock is set", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{alive, freeBSDBorn(1001)}, clocks: []FreeBSDClocks{{Set: 1030, Steady: 30}}},
			ErrFreeBSDDead, []string{"call", "look", "call", "look", "clocks", "look"}},
		{"exiting, replaced, and that one gone", freeBSDKernel{calls: []FreeBSDAnswer{missing}, lives: []FreeBSDLife{alive, successor}, lookErr: []error{nil, nil, errFreeBSDFake}},
			errFreeBSDFake, []string{"call", "look", "call", "look", "clocks", "look"}},
		{"the PID taken by one inside execve that then dies", freeBSDKernel{calls: []FreeBSDAnswer{missing, busy, missing}, lives: []FreeBSDLife{alive}},
			ErrFreeBSDDead, []string{"call", "look", "call", "sleep", "call", "look", "call", "look"}},
	} {
		k := tt.k
		if err := FreeBSDLiving(k.call, k.watch(), k.sleep); err != tt.want || !slices.Equal(k.log, tt.log) {
			t.Errorf("%s: %v by %v; want %v by %v", tt.name, err, k.log, tt.want, tt.log)
		}
	}

	// A process that never leaves execve: what the last call said stands, after a while.
	k := freeBSDKernel{calls: []FreeBSDAnswer{busy}}
	if err := FreeBSDLiving(k.call, k.watch(), k.sleep); err != nil || k.slept < time.Second || k.slept > 3*time.Second || k.log[len(k.log)-1] != "call" {
		t.Errorf("always busy: %v after %v", err, k.slept)
	}

	// One that is another one at each look.
	n := time.Duration(0)
	another := FreeBSDWatch{func() (FreeBSDLife, error) { n++; return freeBSDBorn(n), nil }, k.watch().Clocks}
	err := FreeBSDLiving(func() FreeBSDAnswer { return missing }, another, k.sleep)
	if err != ErrFreeBSDOther || n > 1000 {
		t.Errorf("always another: %v after %d looks", err, n)
	}
}

func TestFreeBSDSet(t *testing.T) {
	alive, zombie, successor := freeBSDBorn(1), freeBSDBorn(1), freeBSDBorn(2)
	zombie.Zombie = true
	set, clocks := freeBSDBorn(1+1000), FreeBSDClocks{Set: 1030, Steady: 30} // the clock was set by 1000
	type errs struct{ confirm, set, undo error }
	fine := errs{}
	for _, tt := range []struct {
		name string
		k    freeBSDKernel
		errs errs
		want error
		log  []string
	}{
		{"well", freeBSDKernel{lives: []FreeBSDLife{alive}}, fine, nil, []string{"look", "confirm", "set", "clocks", "look"}},
		{"dies afterwards", freeBSDKernel{lives: []FreeBSDLife{alive, zombie}}, fine, nil, []string{"look", "confirm", "set", "clocks", "look"}},
		{"gone before", freeBSDKernel{lookErr: []error{errFreeBSDFake}}, fine, errFreeBSDFake, []string{"look"}},
		{"not the handle's", freeBSDKernel{lives: []FreeBSDLife{alive}}, errs{confirm: errFreeBSDFake}, errFreeBSDFake, []string{"look", "confirm"}},
		{"refused", freeBSDKernel{lives: []FreeBSDLife{alive}}, errs{set: errFreeBSDFake}, errFreeBSDFake, []string{"look", "confirm", "set"}},
		{"gone afterwards", freeBSDKernel{lives: []FreeBSDLife{alive}, lookErr: []error{nil, errFreeBSDFake}}, fine, errFreeBSDFake,
			[]string{"look", "confirm", "set", "clocks", "look"}},
		{"replaced afterwards", freeBSDKernel{lives: []FreeBSDLife{alive, freeBSDBorn(20)}, clocks: []FreeBSDClocks{{Set: 15, Steady: 15}, {Set: 30, Steady: 30}}},
			fine, ErrFreeBSDOther, []string{"look", "confirm", "set", "clocks", "look", "clocks", "look", "clocks", "look"}},
		{"replaced before", freeBSDKernel{lives: []FreeBSDLife{alive, freeBSDBorn(10)}, clocks: []FreeBSDClocks{{Set: 15, Steady: 15}, {Set: 30, Steady: 30}}},
			fine, ErrFreeBSDOther, []string{"look", "confirm", "set", "clocks", "look", "clocks", "look", "clocks", "look", "undo"}},
		{"replaced before, and not to be undone", freeBSDKernel{lives: []FreeBSDLife{alive, freeBSDBorn(10)}, clocks: []FreeBSDClocks{{Set: 15, Steady: 15}, {Set: 30, Steady: 30}}},
			errs{undo: errFreeBSDFake}, errFreeBSDFake, []string{"look", "confirm", "set", "clocks", "look", "clocks", "look", "clocks", "look", "undo"}},
		{"replaced, and that one gone", freeBSDKernel{lives: []FreeBSDLife{alive, successor}, lookErr: []error{nil, nil, nil, errFreeBSDFake}},
			fine, errFreeBSDFake, []string{"look", "confirm", "set", "clocks", "look", "clocks", "look", "clocks", "look"}},
		{"clock set meanwhile", freeBSDKernel{lives: []FreeBSDLife{alive, set}, clocks: []FreeBSDClocks{clocks}},
			fine, nil, []string{"look", "confirm", "set", "clocks", "look", "clocks", "look"}},
		{"clock set twice", freeBSDKernel{lives: []FreeBSDLife{alive, freeBSDBorn(77), set}, clocks: []FreeBSDClocks{clocks}},
			fine, nil, []string{"look", "confirm", "set", "clocks", "look", "clocks", "look", "clocks", "look"}},
		{"clock set back", freeBSDKernel{lives: []FreeBSDLife{alive, freeBSDBorn(1 - 1000)}, clocks: []FreeBSDClocks{{Set: 30 - 1000, Steady: 30}}},
			fine, nil, []string{"look", "confirm", "set", "clocks", "look", "clocks", "look"}},
	} {
		k := tt.k
		log := func(what string, err error) func() error {
			return func() error { k.log = append(k.log, what); return err }
		}
		err := FreeBSDSet(k.watch(), log("confirm", tt.errs.confirm), log("set", tt.errs.set), log("undo", tt.errs.undo))
		if err != tt.want || !slices.Equal(k.log, tt.log) {
			t.Errorf("%s: %v by %v; want %v by %v", tt.name, err, k.log, tt.want, tt.log)
		}
	}
}

// TestFreeBSDSame has a process that started at 100 and was seen at 150, by a clock that never was set.
func TestFreeBSDSame(t *testing.T) {
	then := FreeBSDBirth{Start: 100, Seen: 150}
	for _, tt := range []struct {
		name   string
		start  time.Duration // by the clock of now
		clocks FreeBSDClocks
		want   bool
	}{
		{"nothing happened", 100, FreeBSDClocks{200, 200}, true},
		{"clock set forward", 100 + 7000, FreeBSDClocks{200 + 7000, 200}, true},
		{"clock set back", 100 - 7000, FreeBSDClocks{200 - 7000, 200}, true},
		{"clock set forward a little", 101, FreeBSDClocks{201, 200}, true},
		{"successor", 160, FreeBSDClocks{200, 200}, false},
		{"successor of just now", 200, FreeBSDClocks{200, 200}, false},
		{"successor, clock set forward", 160 + 7000, FreeBSDClocks{200 + 7000, 200}, false},
		{"successor, clock set back", 160 - 7000, FreeBSDClocks{200 - 7000, 200}, false},
		{"successor, clock set back to where the first one started", 101, FreeBSDClocks{200 - 59, 200}, false},
	} {
		k := freeBSDKernel{lives: []FreeBSDLife{freeBSDBorn(tt.start)}, clocks: []FreeBSDClocks{tt.clocks}}
		if got, err := k.watch().same(then, FreeBSDBirth{Start: tt.start, Seen: 190}); got != tt.want || err != nil {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}

	for _, tt := range []struct {
		name string
		k    freeBSDKernel
		want error
	}{
		{"the same", freeBSDKernel{lives: []FreeBSDLife{freeBSDBorn(100)}}, nil},
		{"the same, clock set", freeBSDKernel{lives: []FreeBSDLife{freeBSDBorn(7100)}, clocks: []FreeBSDClocks{{7200, 200}}}, nil},
		{"another", freeBSDKernel{lives: []FreeBSDLife{freeBSDBorn(160)}, clocks: []FreeBSDClocks{{200, 200}}}, ErrFreeBSDOther},
		{"gone", freeBSDKernel{lookErr: []error{errFreeBSDFake}}, errFreeBSDFake},
		{"another, and gone", freeBSDKernel{lives: []FreeBSDLife{freeBSDBorn(160)}, lookErr: []error{nil, errFreeBSDFake}}, errFreeBSDFake},
	} {
		if err := tt.k.watch().Still(then); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}

	n := time.Duration(0)
	restless := FreeBSDWatch{func() (FreeBSDLife, error) { n++; return freeBSDBorn(n), nil }, func() FreeBSDClocks { return FreeBSDClocks{} }}
	if same, err := restless.same(then, FreeBSDBirth{Start: -1}); same || err != ErrFreeBSDOther || n > 1000 {
		t.Errorf("another start at each look: %v, %v after %d looks", same, err, n)
	}
}

func TestFreeBSDGiveBack(t *testing.T) {
	const before, ours, others, more = 1, 2, 3, 4
	for _, tt := range []struct {
		name    string
		now     int
		was     []int // what swap says it replaced, if not what is there
		getErr  error
		swapErr error
		want    error
		left    int
	}{
		{"well", ours, nil, nil, nil, nil, before},
		{"nothing to do", before, nil, nil, nil, nil, before},
		{"changed by another", others, nil, nil, nil, ErrFreeBSDChanged, others},
		{"gone", ours, nil, errFreeBSDFake, nil, errFreeBSDFake, ours},
		{"refused", ours, nil, nil, errFreeBSDFake, errFreeBSDFake, ours},
		{"changed by another at the last moment", ours, []int{others}, nil, nil, ErrFreeBSDChanged, others},
		{"and once more", ours, []int{others, more}, nil, nil, ErrFreeBSDChanged, more},
		{"changed all the time", ours, []int{11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, nil, nil, ErrFreeBSDChanged, 19},
	} {
		now := tt.now
		err := FreeBSDGiveBack(before, ours,
			func() (int, error) { return now, tt.getErr },
			func(next int) (int, error) {
				if tt.swapErr != nil {
					return 0, tt.swapErr
				}
				was := now
				if len(tt.was) > 0 {
					was, tt.was = tt.was[0], tt.was[1:]
				}
				now = next
				return was, nil
			})
		if err != tt.want || now != tt.left {
			t.Errorf("%s: %v, left %d; want %v, %d", tt.name, err, now, tt.want, tt.left)
		}
	}
}

func TestFreeBSDSigmasks(t *testing.T) {
	born := func(start time.Duration) FreeBSDBirth { return freeBSDBorn(start).Birth }
	process := FreeBSDProc{TID: 100, Birth: born(1), Pending: sigset.Of(1, 128), Blocked: sigset.Of(2), Ignored: sigset.Of(3), Caught: sigset.Of(4)}
	want := sigset.Masks{
		Pending: sigset.Of(1, 65, 128), ProcessPending: sigset.Of(1, 128), Blocked: sigset.Of(2), Ignored: sigset.Of(3), Caught: sigset.Of(4),
	}
	thread := func(tid int) FreeBSDThread { return FreeBSDThread{TID: tid, Birth: born(1), Pending: sigset.Of(65)} }
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
		{"replaced", []FreeBSDThread{{TID: 100, Birth: born(2)}}, nil, []error{nil, nil}, sigset.Masks{}, ErrFreeBSDOther, 0},
		{
			"the first thread has ended", []FreeBSDThread{thread(101)},
			[]FreeBSDProc{{TID: 101, Birth: born(1), Pending: sigset.Of(7), Blocked: sigset.Of(8), Ignored: sigset.Of(), Caught: sigset.Of(9)}}, []error{nil, nil},
			sigset.Masks{Pending: sigset.Of(7, 65), ProcessPending: sigset.Of(7), Blocked: sigset.Of(8), Ignored: sigset.Of(), Caught: sigset.Of(9)}, nil, 1,
		},
		{"gone when read again", []FreeBSDThread{thread(101)}, []FreeBSDProc{{}}, []error{nil, errFreeBSDFake}, sigset.Masks{}, errFreeBSDFake, 1},
		{"replaced when read again", []FreeBSDThread{thread(101)}, []FreeBSDProc{{TID: 101, Birth: born(2)}}, []error{nil, nil}, sigset.Masks{}, ErrFreeBSDOther, 1},
		{"never the same thread", []FreeBSDThread{thread(101)}, []FreeBSDProc{process}, []error{nil, nil}, want, nil, 9},
	} {
		p, reads := process, 0
		k := freeBSDKernel{lives: []FreeBSDLife{freeBSDBorn(2)}}
		got, err := FreeBSDSigmasks(&p,
			func() (FreeBSDThread, error) { return nextFreeBSD(&tt.threads), tt.errs[0] },
			func() (FreeBSDProc, error) { reads++; return nextFreeBSD(&tt.again), tt.errs[1] },
			k.watch())
		if err != tt.err || fmt.Sprint(got) != fmt.Sprint(tt.want) || reads != tt.reads || p != process {
			t.Errorf("%s: got %v, %v, read again %d times", tt.name, got, err, reads)
		}
	}
	// The record of a Oneshot or All, then the clock is set: also while the process is read again.
	for _, tids := range [][]int{{100}, {101, 101}} {
		var threads []FreeBSDThread
		for _, tid := range tids {
			threads = append(threads, FreeBSDThread{TID: tid, Birth: born(1001), Pending: sigset.Of(65)})
		}
		k := freeBSDKernel{lives: []FreeBSDLife{freeBSDBorn(1001)}, clocks: []FreeBSDClocks{{Set: 1030, Steady: 30}}}
		fresh := process
		fresh.TID, fresh.Birth = 101, born(1001)
		got, err := FreeBSDSigmasks(&process,
			func() (FreeBSDThread, error) { return nextFreeBSD(&threads), nil },
			func() (FreeBSDProc, error) { return fresh, nil },
			k.watch())
		if err != nil || got != want {
			t.Errorf("clock set, threads %v: got %v, %v", tids, got, err)
		}
	}
}
