// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// effort says how long to measure.
type effort struct {
	rounds int           // how often each side of a comparison has its turn
	batch  time.Duration // how long such a turn is
}

// work does something n times.
type work func(n int) error

// once makes a work of what has no loop of its own.
func once(do func() error) work {
	return func(n int) error {
		for range n {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}
}

// timing is what was measured of a work, for one time that it is done.
type timing struct {
	ns     []float64 // of each round
	allocs float64
}

func (t timing) median() float64 { return quantile(t.ns, 0.5) }

// compare has the works take turns, in changing order, so that what disturbs the machine disturbs all of them. Garbage is
// collected between the turns and not during them.
func compare(e effort, works ...work) ([]timing, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	counts := make([]int, len(works))
	for i, w := range works {
		n, err := calibrate(e, w)
		if err != nil {
			return nil, err
		}
		counts[i] = n
	}
	timings := make([]timing, len(works))
	for round := range e.rounds {
		for turn := range works {
			i := turn
			if round%2 == 1 {
				i = len(works) - 1 - turn
			}
			took, mallocs, err := batch(works[i], counts[i])
			if err != nil {
				return nil, err
			}
			timings[i].ns = append(timings[i].ns, float64(took.Nanoseconds())/float64(counts[i]))
			// What the runtime allocates now and then for itself is not the work's: the least is.
			allocs := float64(mallocs) / float64(counts[i])
			if round == 0 || allocs < timings[i].allocs {
				timings[i].allocs = allocs
			}
		}
	}
	return timings, nil
}

func batch(w work, n int) (time.Duration, uint64, error) {
	var before, after runtime.MemStats
	runtime.GC()
	if err := w(1); err != nil { // pools are empty after a collection
		return 0, 0, err
	}
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := w(n)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return took, after.Mallocs - before.Mallocs, err
}

// calibrate finds how often a work can be done in a batch.
func calibrate(e effort, w work) (int, error) {
	for n := 1; ; {
		took, _, err := batch(w, n)
		if err != nil {
			return 0, err
		}
		if took >= e.batch/2 || n >= 1e8 {
			return max(1, int(float64(n)*float64(e.batch)/float64(took))), nil
		}
		n = max(2*n, int(float64(n)*float64(e.batch)/float64(took+1)/2))
	}
}

// ratios returns a by b of each round, in which both had their turn close together.
func ratios(a, b timing) []float64 {
	rs := make([]float64, len(a.ns))
	for i := range rs {
		rs[i] = a.ns[i] / b.ns[i]
	}
	return rs
}

func quantile(values []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if len(s) == 0 {
		return 0
	}
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 == len(s) {
		return s[i]
	}
	return s[i] + (s[i+1]-s[i])*(at-float64(i))
}

// duration prints nanoseconds with three digits.
func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return digits(ns) + " ns"
	case ns < 1e6:
		return digits(ns/1e3) + " µs"
	}
	return digits(ns/1e6) + " ms"
}

func digits(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
