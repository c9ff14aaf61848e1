// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
)

// What a Oneshot is, apart from what it saves; that is in oneshot_linux_test.go.

func TestOneshotReturns(t *testing.T) {
	want := errors.New("mine")
	for _, pid := range []int{os.Getpid(), -1, 0} {
		if err := Oneshot(pid, func() error { return want }); err != want {
			t.Errorf("%d: got %v", pid, err)
		}
		if err := Oneshot(pid, func() error { return nil }); err != nil {
			t.Errorf("%d: got %v", pid, err)
		}
	}
	wantNoScope(t)
}

func TestOneshotEnds(t *testing.T) {
	pid := os.Getpid()
	func() {
		defer func() { recover() }()
		Oneshot(pid, func() error {
			return Oneshot(pid+1, func() error { panic("at the disco") })
		})
	}()
	wantNoScope(t)
	done := make(chan bool)
	go func() {
		defer close(done)
		Oneshot(pid, func() error { runtime.Goexit(); return nil })
	}()
	<-done
	wantNoScope(t)
}

func TestOneshotScopes(t *testing.T) {
	a, b := os.Getpid(), os.Getpid()+1
	Oneshot(a, func() error {
		outer := scopeOf(a)
		if outer == nil || scopeOf(b) != nil {
			t.Errorf("scopes %v, %v", outer, scopeOf(b))
		}
		Oneshot(b, func() error {
			if scopeOf(a) != outer || scopeOf(b) == nil || scopeOf(b) == outer {
				t.Error("two processes do not have a scope each")
			}
			Oneshot(a, func() error {
				if scopeOf(a) != outer {
					t.Error("a nested Oneshot is not part of the outer one")
				}
				return nil
			})
			if scopeOf(a) != outer {
				t.Error("a nested Oneshot has ended the outer one")
			}
			return nil
		})
		if scopeOf(b) != nil {
			t.Error("scope outlives its Oneshot")
		}
		done := make(chan bool)
		go func() {
			defer close(done)
			if scopeOf(a) != nil {
				t.Error("another goroutine takes part")
			}
			Oneshot(a, func() error {
				if s := scopeOf(a); s == nil || s == outer {
					t.Error("goroutines share a scope")
				}
				return nil
			})
		}()
		<-done
		if scopeOf(a) != outer {
			t.Error("another goroutine has ended this one's")
		}
		return nil
	})
	wantNoScope(t)
}

// TestOneshotMany has more goroutines than lists open and close scopes at once, each finding its own only.
func TestOneshotMany(t *testing.T) {
	var wg sync.WaitGroup
	for g := 1; g <= 200; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 50 {
				Oneshot(g, func() error {
					mine := scopeOf(g)
					return Oneshot(1000+i, func() error {
						runtime.Gosched()
						if s := scopeOf(g); s != mine || s == nil || s.pid != g {
							t.Error("not my scope")
						}
						if s := scopeOf(1000 + i); s == nil || s == mine {
							t.Error("no scope of the second process")
						}
						return nil
					})
				})
			}
		}()
	}
	wg.Wait()
	wantNoScope(t)
}

func wantNoScope(t *testing.T) {
	t.Helper()
	if n := openScopes.Load(); n != 0 {
		t.Errorf("%d scopes are open", n)
	}
	for i := range scopes {
		if s := scopes[i].first.Load(); s != nil {
			t.Errorf("list %d has a scope of process %d", i, s.pid)
		}
	}
}

func TestCloneGroups(t *testing.T) {
	s := new(scope)
	var all [][]uint32
	for i := range 100 {
		ids := make([]uint32, i)
		for j := range ids {
			ids[j] = uint32(1000*i + j)
		}
		all = append(all, s.clone(ids))
		_ = append(all[i], 4711) // must not reach the next one
	}
	for i, ids := range all {
		if ids == nil || len(ids) != i || i > 0 && ids[i-1] != uint32(1000*i+i-1) {
			t.Errorf("clone %d is %v", i, ids)
		}
	}
}

func BenchmarkScopeOf(b *testing.B) {
	pid := os.Getpid()
	b.Run("none open", func(b *testing.B) {
		for b.Loop() {
			scopeOf(pid)
		}
	})
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprintf("%d goroutines", n), func(b *testing.B) {
			b.SetParallelism(n)
			b.RunParallel(func(pb *testing.PB) {
				Oneshot(pid, func() error {
					for pb.Next() {
						scopeOf(pid)
					}
					return nil
				})
			})
		})
	}
}
