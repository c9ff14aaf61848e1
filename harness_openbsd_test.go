// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"fmt"
	"math"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"github.com/gopsutil-extra/procinfo/internal/openbsdtest"
	"golang.org/x/sys/unix"
)

const sigUSR1, sigUSR2 = unix.SIGUSR1, unix.SIGUSR2

// sigTHR belongs to libc, which lets nobody change what it does. Whether a process catches it, or ignores it by default, is
// libc's affair.
const sigTHR = 32

func ignore(sig int) { signal.Ignore(procinfo.Signal(sig)) }

func setOwnLimit(resource int, soft, hard uint64) error {
	return syscall.Setrlimit(resource, kernelLimits(soft, hard))
}

func kernelLimits(soft, hard uint64) *syscall.Rlimit {
	return &syscall.Rlimit{Cur: min(soft, math.MaxInt64), Max: min(hard, math.MaxInt64)}
}

// maskOf is a set as the system's sigset_t.
func maskOf(signals []int) (mask uint32) {
	for _, sig := range signals {
		mask |= 1 << (sig - 1)
	}
	return mask
}

// canChange tells whether a program can say what a signal does.
func canChange(sig int) bool {
	return sig != int(unix.SIGKILL) && sig != int(unix.SIGSTOP) && 1 <= sig && sig < sigTHR
}

// keepHandlers gives every signal its default action but those caught, which keep Go's handler, and those ignored. To do so
// behind the runtime's back is safe in a child that only waits.
func keepHandlers(caught, ignored []int) error {
	for sig := 1; sig < sigTHR; sig++ {
		if !canChange(sig) || slices.Contains(caught, sig) || slices.Contains(ignored, sig) {
			continue
		}
		if err := openbsdtest.SetAction(sig, 0); err != nil {
			return fmt.Errorf("sigaction %d: %w", sig, err)
		}
	}
	return nil
}

// obey runs a command of the parent's in the child's main thread.
func obey(words []string) error {
	n := 0
	if len(words) > 1 {
		n, _ = strconv.Atoi(words[1])
	}
	switch words[0] {
	case "block":
		openbsdtest.SetMask(maskOf([]int{n}))
		return nil
	case "unblock":
		openbsdtest.SetMask(0)
		return nil
	case "thread-kill":
		return openbsdtest.KillThread(n)
	case "end-main-thread":
		fmt.Println("done")
		return openbsdtest.EndThread()
	case "other-thread": // blocks the signal, has it pending, and stays
		done := make(chan error)
		go func() {
			runtime.LockOSThread()
			openbsdtest.SetMask(maskOf([]int{n}))
			done <- openbsdtest.KillThread(n)
			select {}
		}()
		return <-done
	}
	return fmt.Errorf("unknown command %q", words)
}

// own returns what other calls tell of this process.
func own(t testing.TB) report {
	mask := unix.Umask(0)
	unix.Umask(mask)
	groups, err := syscall.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	var nofile syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &nofile); err != nil {
		t.Fatal(err)
	}
	limits := procinfo.Limits{Soft: nofile.Cur, Hard: nofile.Max}
	if limits.Soft == math.MaxInt64 {
		limits.Soft = procinfo.Infinity
	}
	if limits.Hard == math.MaxInt64 {
		limits.Hard = procinfo.Infinity
	}
	sid, err := unix.Getsid(0)
	if err == unix.ESRCH {
		sid, err = 0, nil // the session's leader has exited
	}
	if err != nil {
		t.Fatal(err)
	}
	return report{
		"umask":  fmt.Sprintf("%04o", mask),
		"groups": fmt.Sprint(groups),
		"rlimit": limits.String(),
		"pgid":   fmt.Sprint(unix.Getpgrp()),
		"sid":    fmt.Sprint(sid),
	}
}

// prepare has the kernel put a child into that part of its state that it cannot, or need not, reach by itself.
func prepare(c *child, s childState) {
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: s.Setsid, Setpgid: s.Setpgid}
	if s.User != nil {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: s.User.UID, Gid: s.User.GID, Groups: s.User.Groups}
	}
}

// waitZombie waits until a child has exited, without reaping it: getpgid(2) does not find it any more.
func waitZombie(t testing.TB, pid int) {
	t.Helper()
	eventually(t, "exit of the child", func() bool {
		_, err := unix.Getpgid(pid)
		return err == unix.ESRCH
	})
}

func needRealSignals(testing.TB) {}
