// SPDX-License-Identifier: MIT

//go:build !nogopsutil && !(freebsd && riscv64) && !(netbsd && (386 || arm)) && !(openbsd && ppc64) && (!ios || cgo)

package procinfo_test

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"github.com/shirou/gopsutil/v3/process"
)

func init() {
	moreHandles = func(pid int) map[string]func(*procinfo.Limits) error {
		p, err := process.NewProcess(int32(pid))
		if err != nil {
			fail(err)
		}
		return map[string]func(*procinfo.Limits) error{
			"read by old gopsutil handle": func(*procinfo.Limits) error {
				_, err := procinfo.GetUmask(p)
				return err
			},
			"Get by old gopsutil handle": func(*procinfo.Limits) error {
				_, err := procinfo.Get(p)
				return err
			},
			"set by old gopsutil handle": func(l *procinfo.Limits) error {
				_, err := procinfo.Rlimit(p, procinfo.RLIMIT_NOFILE, l)
				return err
			},
		}
	}
}

// psHandle is a gopsutil handle. On some systems NewProcess fails, with a handle that has its PID all the same.
func psHandle(t testing.TB, pid int) *process.Process {
	p, err := process.NewProcess(int32(pid))
	if p == nil {
		t.Fatal(err)
	}
	return p
}

func TestGopsutilHandle(t *testing.T) {
	need(t, "pgid")
	c := start(t, childState{Umask: 0o137, Setpgid: true})
	p := psHandle(t, c.Pid)
	for range 2 {
		procinfo.Oneshot(p, func() error {
			for _, h := range []*process.Process{p, {Pid: int32(c.Pid)}} {
				if pgid, err := procinfo.Getpgid(h); err != nil || pgid != c.Pid {
					t.Errorf("pgid: %d, %v", pgid, err)
				}
				if mask, err := procinfo.GetUmask(h); seesUmask() && (err != nil || mask != 0o137) {
					t.Errorf("umask: %o, %v", mask, err)
				}
			}
			return nil
		})
	}
	if pgid, err := procinfo.Getpgid(int32(c.Pid)); err != nil || pgid != c.Pid {
		t.Errorf("by int32: %d, %v", pgid, err)
	}
	c.stop()
	_, err := procinfo.Getpgid(p)
	wantKind(t, err, "no such process")
	if !errors.Is(err, process.ErrorProcessNotRunning) {
		t.Errorf("%v does not match gopsutil's error", err)
	}
	for _, p := range []*process.Process{nil, {}, {Pid: -1}} {
		_, err := procinfo.Getpgid(p)
		wantKind(t, err, "no such process")
	}
}

// TestGopsutilHandleShared has goroutines share a handle that gopsutil would fill in, to no avail of the race detector.
func TestGopsutilHandleShared(t *testing.T) {
	need(t, "pgid")
	p := &process.Process{Pid: int32(os.Getpid())}
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, err := procinfo.Getpgid(p); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
}
