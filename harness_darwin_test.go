// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

const sigUSR1, sigUSR2 = unix.SIGUSR1, unix.SIGUSR2

func init() {
	if os.Getuid() == 0 {
		os.Setenv("TMPDIR", "/tmp") // the one each user has is closed to others, and so would be what children of other users execute
	}
}

func ignore(sig int) { signal.Ignore(procinfo.Signal(sig)) }

func setOwnLimit(resource int, soft, hard uint64) error {
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: min(soft, math.MaxInt64), Max: min(hard, math.MaxInt64)})
}

// keepHandlers: without libc's sigaction(2), what the Go runtime handles is up to the runtime.
func keepHandlers(caught, ignored []int) error { return errors.ErrUnsupported }

// obey runs a command of the parent's.
func obey(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("unknown command %q", words)
	}
	n, err := strconv.Atoi(words[1])
	if err != nil {
		return err
	}
	switch sig := procinfo.Signal(n); words[0] {
	case "ignore":
		signal.Ignore(sig)
	case "catch":
		signal.Notify(make(chan os.Signal, 1), sig)
	default:
		return fmt.Errorf("unknown command %q", words)
	}
	return nil
}

// own returns what other calls tell of this process.
func own(t testing.TB) report {
	groups, err := syscall.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	return report{
		"groups": fmt.Sprint(groups),
		"rlimit": darwinKernelLimits(t, procinfo.RLIMIT_NOFILE).String(),
		"pgid":   fmt.Sprint(unix.Getpgrp()),
		"sid":    fmt.Sprint(sid),
	}
}

// darwinKernelLimits are this process's, as getrlimit(2) tells them.
func darwinKernelLimits(t testing.TB, r procinfo.Resource) procinfo.Limits {
	t.Helper()
	var l syscall.Rlimit
	if err := syscall.Getrlimit(int(r), &l); err != nil {
		t.Fatal(err)
	}
	limits := procinfo.Limits{Soft: l.Cur, Hard: l.Max}
	for _, v := range []*uint64{&limits.Soft, &limits.Hard} {
		if *v == math.MaxInt64 {
			*v = procinfo.Infinity
		}
	}
	return limits
}

// prepare has the kernel put a child into that part of its state that it cannot, or need not, reach by itself.
func prepare(c *child, s childState) {
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: s.Setsid, Setpgid: s.Setpgid}
	if s.User != nil {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: s.User.UID, Gid: s.User.GID, Groups: s.User.Groups}
	}
}

// still is start: here all goes through libc, so a child cannot live without having executed a program, and the runtime of
// that one has its own idea of signals.
func still(t testing.TB, s childState) *child {
	t.Helper()
	if s.Blocked != nil || s.Caught != nil {
		t.Fatal("no child can be given a mask and handlers here")
	}
	return start(t, s)
}

// waitZombie waits until a child has exited, without reaping it.
func waitZombie(t testing.TB, pid int) {
	t.Helper()
	const zombie = 5 // SZOMB
	eventually(t, "exit of the child", func() bool {
		k, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
		return err == nil && k.Proc.P_stat == zombie
	})
}

func needRealSignals(t testing.TB) {
	t.Helper()
	t.Skip("macOS tells neither pending nor blocked signals")
}
