// SPDX-License-Identifier: MIT

package gid

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/petermattis/goid"
)

// stackID is what the stack trace tells, read in another way.
func stackID() (id int64) {
	buf := make([]byte, 1000)
	if _, err := fmt.Sscanf(string(buf[:runtime.Stack(buf, false)]), "goroutine %d ", &id); err != nil {
		panic(err)
	}
	return id
}

// ids calls get on many goroutines that live at the same time, and returns what it told and what the stack traces did.
func ids(get func() int64, n int) (got, want []int64) {
	got, want = make([]int64, n), make([]int64, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	done.Add(n)
	for i := range n {
		go func() {
			defer done.Done()
			ready.Done()
			ready.Wait() // then they move between threads
			got[i], want[i] = get(), stackID()
			if again := get(); again != got[i] {
				got[i] = -1
			}
		}()
	}
	done.Wait()
	return got, want
}

func checkIDs(t *testing.T, get func() int64) {
	t.Helper()
	got, want := ids(get, 1000)
	seen := map[int64]bool{get(): true}
	for i, id := range got {
		if id != want[i] || id <= 0 {
			t.Errorf("a goroutine's id is %d, its stack trace says %d", id, want[i])
		}
		if seen[id] {
			t.Errorf("two goroutines have id %d", id)
		}
		seen[id] = true
	}
	if get() != fromStack() {
		t.Errorf("id is %d, the stack trace says %d", get(), stackID())
	}
}

func TestGet(t *testing.T) {
	checkIDs(t, Get)
	if hasFast && verdict.Load() != right { // right all the same, but slow
		t.Log("the fast way is not used with this release of Go")
	}
}

func TestGetFallback(t *testing.T) {
	defer verdict.Store(verdict.Swap(wrong))
	checkIDs(t, Get)
	defer debug.SetTraceback("single")
	debug.SetTraceback("system") // more on the first line
	checkIDs(t, Get)
}

// Ids of goroutines that are gone are not used again.
func TestGetUnique(t *testing.T) {
	seen := map[int64]bool{}
	for range 1000 {
		c := make(chan int64)
		go func() { c <- Get() }()
		id := <-c
		if seen[id] {
			t.Fatalf("id %d is used again", id)
		}
		seen[id] = true
	}
}

func TestAgree(t *testing.T) {
	here := stackID()
	var calls, first atomic.Int64
	for _, test := range []struct {
		name string
		get  func() int64
		want bool
	}{
		{"stack", stackID, true},
		{"zero", func() int64 { return 0 }, false},
		{"constant", func() int64 { return here }, false}, // right here
		{"off by one", func() int64 { return stackID() + 1 }, false},
		{"negative", func() int64 { return -stackID() }, false},
		{"wrong here only", func() int64 {
			if id := stackID(); id != here {
				return id
			}
			return here + 1
		}, false},
		{"32 bits too few", func() int64 { return stackID() << 32 }, false},
		{"the first one's", func() int64 { first.CompareAndSwap(0, stackID()); return first.Load() }, false},
		{"once wrong", func() int64 {
			if calls.Add(1) == 5 {
				return 0
			}
			return stackID()
		}, false},
	} {
		if got := agree(test.get); got != test.want {
			t.Errorf("%s: agree = %t", test.name, got)
		}
	}
}

func TestAllocs(t *testing.T) {
	Get()
	if allocs := testing.AllocsPerRun(100, func() { Get() }); allocs > 0 {
		t.Errorf("Get allocates %v times", allocs)
	}
	if allocs := testing.AllocsPerRun(100, func() { fromStack() }); allocs > 0 {
		t.Errorf("fromStack allocates %v times", allocs)
	}
}

func BenchmarkGet(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Get()
	}
}

func BenchmarkFast(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		goid.Get()
	}
}

func BenchmarkFromStack(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		fromStack()
	}
}
