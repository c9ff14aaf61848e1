// SPDX-License-Identifier: MIT

package kinfo

import (
	"errors"
	"fmt"
	"math"
	"syscall"
	"testing"
)

const netbsdInfinity = math.MaxInt64

// netbsdKernel does with the limits of one resource what dosetrlimit does: each call checks one half against the present
// other one, and then stores both.
type netbsdKernel struct {
	now      NetBSDPair
	cap      uint64 // of both, 0 for none
	page     uint64 // both are rounded up to, 0 for no rounding
	used     uint64 // a limit below is refused
	ordinary bool   // may not raise the hard limit

	before func(call int, set bool) error // every call, from 0; an error is the call's

	calls, refused int
	sets           []NetBSDHalf
	invalid        bool // has been soft above hard
}

func (k *netbsdKernel) call(set bool) error {
	k.calls++
	if k.before != nil {
		return k.before(k.calls-1, set)
	}
	return nil
}

func (k *netbsdKernel) Get(h NetBSDHalf) (uint64, error) {
	if err := k.call(false); err != nil {
		return 0, err
	}
	return *k.now.half(h), nil
}

func (k *netbsdKernel) Set(h NetBSDHalf, v uint64) error {
	if err := k.call(true); err != nil {
		return err
	}
	k.sets = append(k.sets, h)
	p := k.now
	*p.half(h) = v
	return k.store(p)
}

func (k *netbsdKernel) store(p NetBSDPair) error {
	if p.Soft > p.Hard {
		k.refused++
		return syscall.EINVAL
	}
	if p == k.now {
		return nil
	}
	if k.ordinary && p.Hard > k.now.Hard {
		return syscall.EPERM
	}
	if k.cap != 0 {
		p.Soft, p.Hard = min(p.Soft, k.cap), min(p.Hard, k.cap)
	}
	if p.Soft < k.used || p.Hard < k.used {
		return syscall.EINVAL
	}
	if k.page != 0 {
		p.Soft = (p.Soft + k.page - 1) / k.page * k.page
		p.Hard = (p.Hard + k.page - 1) / k.page * k.page
	}
	k.now = p
	k.invalid = k.invalid || p.Soft > p.Hard
	return nil
}

// netbsdPairs are all valid ones of these values.
func netbsdPairs(values ...uint64) []NetBSDPair {
	var all []NetBSDPair
	for _, soft := range values {
		for _, hard := range values {
			if soft <= hard {
				all = append(all, NetBSDPair{soft, hard})
			}
		}
	}
	return all
}

var netbsdFew = netbsdPairs(0, 1, 2, 3, 4, netbsdInfinity)

// TestSetNetBSDLimitsOrder: from any valid pair to any other, no step is refused, and every state between is valid.
func TestSetNetBSDLimitsOrder(t *testing.T) {
	for _, from := range netbsdFew {
		for _, to := range netbsdFew {
			k := &netbsdKernel{now: from}
			old, changed, err := SetNetBSDLimits(k, to)
			if err != nil || old != from || changed != (NetBSDChange{}) || k.now != to || k.refused != 0 || k.invalid || len(k.sets) > 2 {
				t.Errorf("%v to %v: is %v, old %v, %v, %v; steps %v, %d refused, invalid %t",
					from, to, k.now, old, changed, err, k.sets, k.refused, k.invalid)
			}
			raised := to.Hard > from.Hard
			if from == to && len(k.sets) != 0 || from != to && len(k.sets) == 0 ||
				len(k.sets) == 2 && (k.sets[0] == NetBSDHard) != raised || raised && k.sets[0] != NetBSDHard {
				t.Errorf("%v to %v: steps %v", from, to, k.sets)
			}
		}
	}
}

// truth is what is left of a change, by the kernel's own state.
func (k *netbsdKernel) truth(old NetBSDPair) NetBSDChange {
	return NetBSDChange{k.now.Soft != old.Soft, k.now.Hard != old.Hard}
}

// netbsdFailure names a case, once it has to.
type netbsdFailure struct {
	from, to NetBSDPair
	at       int
	only     string
	lasting  bool
}

func (f netbsdFailure) String() string {
	return fmt.Sprintf("%v to %v, call %d fails, %s, lasting %t", f.from, f.to, f.at, f.only, f.lasting)
}

// TestSetNetBSDLimitsFailure has each call fail, once or from then on, each kind of call or all of them: what is reported
// as changed is what has changed.
func TestSetNetBSDLimitsFailure(t *testing.T) {
	cause := errors.New("refused")
	few := netbsdPairs(0, 1, 2, netbsdInfinity)
	runs, partial, back := 0, 0, 0
	for _, from := range few {
		for _, to := range few {
			for at := 0; at < 24; at++ {
				for _, lasting := range []bool{false, true} {
					for _, only := range []string{"both", "get", "set"} {
						k := &netbsdKernel{now: from}
						failed := false
						everSet := false
						k.before = func(call int, set bool) error {
							if (call == at || call > at && lasting) && (only == "both" || set == (only == "set")) {
								failed = true
								return cause
							}
							everSet = everSet || set
							return nil
						}
						old, changed, err := SetNetBSDLimits(k, to)
						runs++
						name := netbsdFailure{from, to, at, only, lasting}
						if !failed {
							if err != nil || k.now != to {
								t.Errorf("%s: is %v, %v", name, k.now, err)
							}
							continue
						}
						if err == nil && k.now == to {
							continue // it was not needed
						}
						if err != cause {
							t.Errorf("%s: %v", name, err)
						}
						if changed != k.truth(from) {
							t.Errorf("%s: is %v, reported %v", name, k.now, changed)
						}
						if everSet && old != from {
							t.Errorf("%s: old %v", name, old)
						}
						if k.refused != 0 || k.invalid {
							t.Errorf("%s: %d refused, invalid %t", name, k.refused, k.invalid)
						}
						if changed != (NetBSDChange{}) {
							partial++
							if !lasting {
								t.Errorf("%s: %v was not put back", name, changed)
							}
						} else if everSet {
							back++
						}
					}
				}
			}
		}
	}
	t.Logf("%d runs, %d partial, %d put back", runs, partial, back)
	if partial < 100 || back < 100 {
		t.Error("too few of a kind")
	}
}

// TestSetNetBSDLimitsUnprivileged: a hard limit that may not be raised is found out before anything is changed.
func TestSetNetBSDLimitsUnprivileged(t *testing.T) {
	for _, from := range netbsdFew {
		for _, to := range netbsdFew {
			k := &netbsdKernel{now: from, ordinary: true}
			_, changed, err := SetNetBSDLimits(k, to)
			if to.Hard > from.Hard {
				if err != syscall.EPERM || changed != (NetBSDChange{}) || k.now != from || len(k.sets) != 1 {
					t.Errorf("%v to %v: is %v, %v, %v, steps %v", from, to, k.now, changed, err, k.sets)
				}
			} else if err != nil || k.now != to {
				t.Errorf("%v to %v: is %v, %v", from, to, k.now, err)
			}
		}
	}
}

// TestSetNetBSDLimitsCaps: capped and rounded, a pair arrives where setrlimit(2) would bring it, but for a soft limit
// above the hard one.
func TestSetNetBSDLimitsCaps(t *testing.T) {
	for _, limit := range []uint64{0, 1, 2, 3, 8} {
		for _, page := range []uint64{0, 2, 4} {
			if page != 0 && limit%max(page, 1) != 0 {
				continue // what a system allows is whole pages
			}
			for _, from := range netbsdFew {
				for _, to := range netbsdFew {
					if page != 0 && limit == 0 && max(to.Hard, from.Hard) == netbsdInfinity {
						continue // cannot be rounded up
					}
					one := &netbsdKernel{now: from, cap: limit, page: page}
					one.store(to)
					one.now.Hard = max(one.now.Hard, one.now.Soft)
					k := &netbsdKernel{now: from, cap: limit, page: page}
					old, changed, err := SetNetBSDLimits(k, to)
					if err != nil || changed != (NetBSDChange{}) || old != from {
						t.Errorf("cap %d, page %d, %v to %v: old %v, %v, %v", limit, page, from, to, old, changed, err)
					}
					want := one.now
					if to == from {
						want = from
					}
					if page != 0 && to.Soft == from.Soft {
						continue // then it was never set, and not rounded
					}
					if k.now != want && k.now != (NetBSDPair{want.Soft, to.Hard}) {
						t.Errorf("cap %d, page %d, %v to %v: is %v, want %v", limit, page, from, to, k.now, want)
					}
				}
			}
		}
	}
}

// TestSetNetBSDLimitsInUse: a limit of the stack below what is in use is refused, whichever step that is, and leaves
// nothing behind.
func TestSetNetBSDLimitsInUse(t *testing.T) {
	for _, from := range netbsdFew {
		for _, to := range netbsdFew {
			k := &netbsdKernel{now: from, used: 2}
			if from.Soft < 2 {
				continue
			}
			_, changed, err := SetNetBSDLimits(k, to)
			if to.Soft >= 2 {
				if err != nil || k.now != to {
					t.Errorf("%v to %v: is %v, %v", from, to, k.now, err)
				}
			} else if err != syscall.EINVAL || changed != (NetBSDChange{}) || k.now != from {
				t.Errorf("%v to %v: is %v, %v, %v", from, to, k.now, changed, err)
			}
		}
	}
}

// TestSetNetBSDLimitsRival has somebody else set the pair at any one moment, in one step with setrlimit(2) or by a sysctl
// that writes back what it had copied earlier: afterwards one of the two pairs is there, whole.
func TestSetNetBSDLimitsRival(t *testing.T) {
	few := netbsdPairs(0, 1, netbsdInfinity)
	runs := 0
	for _, from := range few {
		for _, to := range few {
			for _, other := range few {
				for at := 0; at < 40; at++ {
					k := &netbsdKernel{now: from}
					came := false
					k.before = func(call int, set bool) error {
						if call == at {
							k.now, came = other, true
						}
						return nil
					}
					old, changed, err := SetNetBSDLimits(k, to)
					runs++
					if err != nil || changed != (NetBSDChange{}) || k.now != to && k.now != other || old != from && old != other {
						t.Fatalf("%v to %v, %v comes at call %d: is %v, old %v, %v, %v", from, to, other, at, k.now, old, changed, err)
					}
					if k.now != to && at < k.calls-4 {
						t.Fatalf("%v to %v, %v comes at call %d of %d: is %v", from, to, other, at, k.calls, k.now)
					}
					if !came {
						break
					}
				}
				// A lost update: both halves as they were at one call, one of them changed, stored at a later one.
				for copied := 0; copied < 16; copied++ {
					for stored := copied; stored < 16; stored++ {
						k := &netbsdKernel{now: from}
						var stale NetBSDPair
						k.before = func(call int, set bool) error {
							if call == copied {
								stale = k.now
								stale.Soft = min(other.Soft, stale.Hard)
							}
							if call == stored {
								k.now = stale
							}
							return nil
						}
						_, changed, err := SetNetBSDLimits(k, to)
						runs++
						if err != nil || changed != (NetBSDChange{}) || k.now != to && stored < k.calls-4 {
							t.Fatalf("%v to %v, %v lost update %d-%d: is %v, %v, %v", from, to, other, copied, stored, k.now, changed, err)
						}
					}
				}
			}
		}
	}
	t.Log(runs, "runs")
}

// TestSetNetBSDLimitsRivalAndFailure: a limit reported as changed is, and of one that is not, nothing of ours remains.
func TestSetNetBSDLimitsRivalAndFailure(t *testing.T) {
	cause := errors.New("refused")
	few := netbsdPairs(0, 1, 2, 3)
	runs := 0
	for _, from := range few {
		for _, to := range few {
			for _, other := range few {
				if other.Soft == to.Soft || other.Hard == to.Hard || other.Soft == from.Soft || other.Hard == from.Hard {
					continue // then nobody can tell whose it is
				}
				for at := 0; at < 20; at++ {
					// The second step fails, and so does every further one; at another moment somebody else comes.
					k := &netbsdKernel{now: from}
					sets, came := 0, false
					k.before = func(call int, set bool) error {
						if call == at {
							k.now, came = other, true
						}
						if set {
							if sets++; sets > 1 {
								return cause
							}
						}
						return nil
					}
					_, changed, err := SetNetBSDLimits(k, to)
					runs++
					if !came || err == nil || at < 4 {
						continue
					}
					for _, h := range []NetBSDHalf{NetBSDSoft, NetBSDHard} {
						now := *k.now.half(h)
						if *changed.half(h) && now == *from.half(h) || !*changed.half(h) && now != *from.half(h) && now != *other.half(h) {
							t.Fatalf("%v to %v, %v comes at call %d: is %v, reported %v, %v", from, to, other, at, k.now, changed, err)
						}
					}
				}
			}
		}
	}
	t.Log(runs, "runs")
}

// TestSetNetBSDLimitsEnds: somebody else who never stops is given up on.
func TestSetNetBSDLimitsEnds(t *testing.T) {
	for seed := range uint64(50) {
		k := &netbsdKernel{now: NetBSDPair{1, 2}}
		x := seed
		k.before = func(call int, set bool) error {
			x = x*6364136223846793005 + 1442695040888963407
			p := netbsdFew[x>>33%uint64(len(netbsdFew))]
			k.now = p
			return nil
		}
		_, _, err := SetNetBSDLimits(k, NetBSDPair{100, 200})
		if err != nil && err != ErrNetBSDUnsteady && err != syscall.EINVAL || k.calls > 100000 {
			t.Errorf("seed %d: %v after %d calls", seed, err, k.calls)
		}
	}
	k := &netbsdKernel{}
	n := uint64(0)
	k.before = func(int, bool) error { n++; k.now = NetBSDPair{n, n}; return nil }
	if _, err := ReadNetBSDLimits(k); err != ErrNetBSDUnsteady {
		t.Errorf("read: %v after %d calls", err, k.calls)
	}
}

// TestReadNetBSDLimits has somebody else toggle the pair at every combination of moments. A pair that was never in force
// comes out only if it was toggled at each of the three last moments between two reads.
func TestReadNetBSDLimits(t *testing.T) {
	a, b := NetBSDPair{1, 10}, NetBSDPair{2, 20}
	const moments = 12
	torn := 0
	for when := range 1 << moments {
		k := &netbsdKernel{now: a}
		toggles := make([]bool, 0, moments)
		k.before = func(call int, set bool) error {
			toggle := call < moments && when>>call&1 == 1
			if toggle && k.now == a {
				k.now = b
			} else if toggle {
				k.now = a
			}
			toggles = append(toggles, toggle)
			return nil
		}
		p, err := ReadNetBSDLimits(k)
		if err != nil {
			t.Fatalf("%b: %v", when, err)
		}
		if p == a || p == b {
			continue
		}
		torn++
		for _, toggle := range toggles[len(toggles)-3:] {
			if !toggle {
				t.Fatalf("%b: %v after %v", when, p, toggles)
			}
		}
	}
	t.Logf("%d of %d torn, each by three toggles in step", torn, 1<<moments)

	// One change, or one change and its undoing, never tears.
	for first := 0; first < 20; first++ {
		for second := first; second < 20; second++ {
			k := &netbsdKernel{now: a}
			k.before = func(call int, set bool) error {
				if call == first {
					k.now = b
				}
				if call == second && second != first {
					k.now = a
				}
				return nil
			}
			if p, err := ReadNetBSDLimits(k); err != nil || p != a && p != b {
				t.Errorf("changed at %d and %d: %v, %v", first, second, p, err)
			}
		}
	}
	k := &netbsdKernel{now: a}
	if p, err := ReadNetBSDLimits(k); err != nil || p != a || k.calls != 4 {
		t.Errorf("undisturbed: %v, %v, %d calls", p, err, k.calls)
	}
	for at := range 4 {
		cause := errors.New("refused")
		k := &netbsdKernel{now: a, before: func(call int, set bool) error {
			if call == at {
				return cause
			}
			return nil
		}}
		if p, err := ReadNetBSDLimits(k); err != cause || p != (NetBSDPair{}) {
			t.Errorf("call %d fails: %v, %v", at, p, err)
		}
	}
}

// netbsdConstant is passed by value, as the real ones are.
type netbsdConstant struct{ pid, resource int32 }

func (c netbsdConstant) Get(h NetBSDHalf) (uint64, error) { return uint64(c.pid) + uint64(h), nil }
func (c netbsdConstant) Set(NetBSDHalf, uint64) error     { return nil }

func TestReadNetBSDLimitsAllocs(t *testing.T) {
	l := netbsdConstant{7, 8}
	if n := testing.AllocsPerRun(100, func() {
		if p, err := ReadNetBSDLimits(l); err != nil || p != (NetBSDPair{8, 9}) {
			t.Error(p, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestInsistNetBSD is a process that stays in execve for any time, and may end there.
func TestInsistNetBSD(t *testing.T) {
	gone := errors.New("gone")
	for busy := range 2 * netbsdTries {
		for _, dies := range []int{0, 1, busy / 2, 10 * netbsdTries} {
			calls, looks, pauses := 0, 0, 0
			err := InsistNetBSD(func() (bool, error) {
				calls++
				if calls <= busy {
					return true, syscall.EBUSY
				}
				return false, nil
			}, func() error {
				looks++
				if looks > dies {
					return gone
				}
				return nil
			}, func(try int) {
				if try != pauses {
					t.Errorf("pause %d is told as %d", pauses, try)
				}
				pauses++
			})
			var want error
			switch {
			case busy > dies && dies <= netbsdTries:
				want = gone
			case busy > netbsdTries:
				want = syscall.EBUSY
			}
			if err != want || calls > netbsdTries+1 || pauses > netbsdTries {
				t.Errorf("busy %d times, dies at %d: %v after %d calls, %d pauses; want %v", busy, dies, err, calls, pauses, want)
			}
		}
	}
	cause := errors.New("refused")
	if err := InsistNetBSD(func() (bool, error) { return false, cause }, nil, nil); err != cause {
		t.Error(err)
	}
}

func TestDecodeNetBSDLimit(t *testing.T) {
	if v, err := DecodeNetBSDLimit([]byte{1, 2, 0, 0, 0, 0, 0, 0x80}); err != nil || v != 1<<63|513 {
		t.Error(v, err)
	}
	for n := range 17 {
		if _, err := DecodeNetBSDLimit(make([]byte, n)); (err == nil) != (n == 8) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
