// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["reuse-often"] = func(args []string) any { return reuseOften(args) }
}

// TestReuseOften replaces the process of a handle by another one with its PID, again and again: half of the time between
// the opening of the handle and the set, half of the time while a thread sets and reads without pause.
func TestReuseOften(t *testing.T) {
	needNamespaces(t)
	if _, err := os.Stat("/proc/sys/kernel/ns_last_pid"); err != nil {
		t.Skip("this kernel does not let choose PIDs: ", err)
	}
	checkLeaks(t)
	var r reuseReport
	inNewPIDNamespace(command(t, childState{Role: "reuse-often", Args: []string{"1000", "20"}})).run(t, &r)
	t.Logf("%d replaced, %d sets and %d reads by handle", r.Replaced, r.Sets, r.Reads)
	for _, bad := range r.Bad {
		t.Error(bad)
	}
	if r.Replaced < 20 || r.Sets < r.Replaced || r.Reads < r.Replaced {
		t.Errorf("too little was done: %+v", r)
	}
}

type reuseReport struct {
	Replaced, Sets, Reads int64
	Bad                   []string
}

// reuseOften does as many rounds as the first argument says, but ends after as many seconds as the second one does.
func reuseOften(args []string) reuseReport {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		fail(err)
	}
	runtime.LockOSThread()
	rounds, _ := strconv.Atoi(args[0])
	seconds, _ := strconv.Atoi(args[1])
	deadline := time.Now().Add(time.Duration(seconds) * time.Second)
	var r reuseReport
	bad := func(format string, args ...any) {
		if len(r.Bad) < 10 {
			r.Bad = append(r.Bad, fmt.Sprintf(format, args...))
		}
	}
	// A successor has the limits of its parent from the first moment on. A set that hits it is undone, which takes no
	// privilege as long as the hard limit stays.
	const resource = procinfo.RLIMIT_CORE
	first, second := procinfo.Limits{Soft: 60, Hard: 90}, procinfo.Limits{Soft: 80, Hard: 90}
	if _, err := procinfo.Rlimit(os.Getpid(), resource, &second); err != nil {
		fail(err)
	}
	for round := 0; round < rounds && time.Now().Before(deadline); round++ {
		pid, err := stillBorn(childState{Umask: 0o11, Limits: map[procinfo.Resource]procinfo.Limits{resource: first}})
		if err != nil {
			fail(err)
		}
		handle, err := os.FindProcess(pid)
		if err != nil {
			fail(err)
		}
		wanted := procinfo.Limits{Soft: uint64(round % 50), Hard: 90}
		set := func() {
			atomic.AddInt64(&r.Sets, 1)
			if _, err := procinfo.Rlimit(handle, resource, &wanted); err != nil && !errors.Is(err, procinfo.ErrNoSuchProcess) {
				fail(err)
			}
		}
		read := func() {
			atomic.AddInt64(&r.Reads, 1)
			if mask, err := procinfo.GetUmask(handle); err == nil && mask != 0o11 {
				fail(fmt.Errorf("the successor's umask: %04o", mask))
			} else if err != nil && !errors.Is(err, procinfo.ErrNoSuchProcess) && !errors.Is(err, procinfo.ErrZombieProcess) {
				fail(err)
			}
			if l, err := procinfo.GetRlimit(handle, resource); err == nil && l == second {
				fail(errors.New("the successor's limits"))
			}
		}
		stop, stopped := make(chan struct{}), make(chan struct{})
		if round%2 == 1 {
			go func() {
				defer close(stopped)
				for {
					select {
					case <-stop:
						return
					default:
						set()
						read()
					}
				}
			}()
		} else {
			close(stopped)
		}
		unix.Kill(pid, unix.SIGKILL)
		reap(pid)
		successor := 0
		for try := 0; successor != pid && try < 100; try++ {
			if successor != 0 {
				unix.Kill(successor, unix.SIGKILL)
				reap(successor)
			}
			if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0); err != nil {
				fail(err)
			}
			if successor, err = stillBorn(childState{Umask: 0o22}); err != nil {
				fail(err)
			}
		}
		if successor == pid {
			r.Replaced++
			set()
			read()
		}
		close(stop)
		<-stopped
		if l, err := procinfo.GetRlimit(successor, resource); err != nil || l != second {
			bad("round %d: the successor has %v, %v", round, l, err)
		}
		unix.Kill(successor, unix.SIGKILL)
		reap(successor)
		handle.Release()
	}
	return r
}
