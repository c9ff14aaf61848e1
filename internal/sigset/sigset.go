// SPDX-License-Identifier: MIT

// Package sigset holds the value that decoders hand up for a kernel's signal set.
package sigset

// A Set is a signal set: signal n is bit (n-1)%64 of word (n-1)/64. The zero value means that the kernel did not give the set.
type Set struct {
	Bits  [2]uint64
	Given bool
}

// Max is the highest signal a Set holds.
const Max = 128

// Of returns a given set of these signals; those out of range are left out.
func Of(signals ...int) Set {
	s := Set{Given: true}
	for _, n := range signals {
		s.Add(n)
	}
	return s
}

// Add adds signal n.
func (s *Set) Add(n int) {
	if 1 <= n && n <= Max {
		s.Bits[(n-1)/64] |= 1 << ((n - 1) % 64)
	}
}

// Has reports whether signal n is in the set.
func (s Set) Has(n int) bool {
	return 1 <= n && n <= Max && s.Bits[(n-1)/64]&(1<<((n-1)%64)) != 0
}

// Union returns what is in either set. It is given only if both are: half an answer is none.
func (s Set) Union(t Set) Set {
	if !s.Given || !t.Given {
		return Set{}
	}
	return Set{Bits: [2]uint64{s.Bits[0] | t.Bits[0], s.Bits[1] | t.Bits[1]}, Given: true}
}

// Masks are the sets that a kernel keeps for a process.
type Masks struct {
	Pending, Blocked, Ignored, Caught, ProcessPending Set
}
