// SPDX-License-Identifier: MIT

package sigset

import (
	"math"
	"testing"
)

func TestSet(t *testing.T) {
	for _, test := range []struct {
		signals []int
		want    [2]uint64
	}{
		{nil, [2]uint64{}},
		{[]int{1}, [2]uint64{1, 0}},
		{[]int{64}, [2]uint64{1 << 63, 0}},
		{[]int{65}, [2]uint64{0, 1}},
		{[]int{128}, [2]uint64{0, 1 << 63}},
		{[]int{15, 1, 15}, [2]uint64{1<<14 | 1, 0}},
		{[]int{0, -1, 129, 192, math.MaxInt, math.MinInt}, [2]uint64{}}, // out of range
		{[]int{-63, 2}, [2]uint64{2, 0}},
	} {
		if got := Of(test.signals...); got != (Set{Bits: test.want, Given: true}) {
			t.Errorf("Of(%v) = %v", test.signals, got)
		}
	}
}

func TestHas(t *testing.T) {
	for n := 1; n <= Max; n++ {
		s := Of(n)
		for m := -200; m <= 400; m++ {
			if s.Has(m) != (m == n) {
				t.Errorf("Of(%d).Has(%d) = %t", n, m, s.Has(m))
			}
		}
	}
	if s := Of(1, 128); s.Has(math.MaxInt) || s.Has(math.MinInt) || s.Has(0) {
		t.Error("has what is out of range")
	}
	if (Set{}).Has(1) {
		t.Error("a set that is not given has a signal")
	}
}

func TestUnion(t *testing.T) {
	for _, test := range []struct{ a, b, want Set }{
		{Of(), Of(), Of()},
		{Of(1), Of(), Of(1)},
		{Of(1, 65), Of(2, 65, 128), Of(1, 2, 65, 128)},
		{Set{}, Of(), Set{}},
		{Set{}, Of(1), Set{}}, // half an answer is none
		{Set{}, Set{}, Set{}},
	} {
		if got := test.a.Union(test.b); got != test.want {
			t.Errorf("%v.Union(%v) = %v, want %v", test.a, test.b, got, test.want)
		}
		if got := test.b.Union(test.a); got != test.want {
			t.Errorf("%v.Union(%v) = %v, want %v", test.b, test.a, got, test.want)
		}
	}
}

// Not given and empty are different values.
func TestGiven(t *testing.T) {
	if (Set{}) == Of() {
		t.Error("a set that is not given equals the empty one")
	}
	var s Set
	s.Add(1)
	if s.Given {
		t.Error("Add makes a set given")
	}
}
