// SPDX-License-Identifier: MIT

//go:build linux || dragonfly

package procinfo_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// checkLeaks makes sure that a test leaves no descriptor and no goroutine behind. It has to come first in the test, as what
// the test cleans up must have been cleaned up.
func checkLeaks(t testing.TB) {
	t.Helper()
	primeRuntime()
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors()
	t.Cleanup(func() {
		var g, d int
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if g, d = runtime.NumGoroutine(), openDescriptors(); g <= goroutines && d <= descriptors {
				return
			}
			runtime.GC() // what is closed by its finalizer only
		}
		t.Errorf("%d goroutines and %d descriptors before, %d and %d after", goroutines, descriptors, g, d)
	})
}

// openDescriptors counts ours.
func openDescriptors() int {
	n := 0
	var st syscall.Stat_t
	for fd := range 1024 {
		if syscall.Fstat(fd, &st) == nil {
			n++
		}
	}
	return n
}

// primeRuntime has the runtime open what it keeps open for good: the poller's descriptors.
func primeRuntime() {
	if r, w, err := os.Pipe(); err == nil {
		r.SetReadDeadline(time.Now())
		r.Read(make([]byte, 1))
		r.Close()
		w.Close()
	}
}
