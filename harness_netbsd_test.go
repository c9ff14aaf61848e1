// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"fmt"
	"math"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"unsafe"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

const (
	sigUSR1, sigUSR2 = unix.SIGUSR1, unix.SIGUSR2

	lastSignal     = 63 // SIGRTMAX
	lastGoSignal   = 32 // package os/signal knows no real-time ones
	sigSetmask     = 3  // SIG_SETMASK
	sysSigprocmask = 293
)

// sigset is sigset_t.
type sigset [4]uint32

func sigsetOf(signals []int) (set sigset) {
	for _, sig := range signals {
		set[(sig-1)/32] |= 1 << ((sig - 1) % 32)
	}
	return set
}

var allSignals = sigset{math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32}

// setMask sets the mask of this thread and returns the old one.
//
//go:nosplit
func setMask(set *sigset) (old sigset) {
	unix.RawSyscall(sysSigprocmask, sigSetmask, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(&old)))
	return old
}

// blockOnly makes these signals the mask of this thread.
func blockOnly(signals []int) error {
	set := sigsetOf(signals)
	setMask(&set)
	return nil
}

// sigaction is struct sigaction. A handler is never called: such a signal is blocked, or not sent.
type sigaction struct {
	handler uintptr
	mask    sigset
	flags   int32
}

var (
	byDefault = &sigaction{}
	ignored   = &sigaction{handler: 1}
	caught    = &sigaction{handler: 4096}
)

// actionArgs are the arguments of sigaction. The way back from a handler is of no use here, but has to be there.
func actionArgs(sig int, action *sigaction) step {
	return step{trap: unix.SYS___SIGACTION_SIGTRAMP, a: uintptr(sig), b: uintptr(unsafe.Pointer(action)), d: 4096, e: 2}
}

func setAction(sig int, action *sigaction) error {
	s := actionArgs(sig, action)
	_, _, errno := unix.RawSyscall6(s.trap, s.a, s.b, s.c, s.d, s.e, 0)
	runtime.KeepAlive(action)
	if errno != 0 {
		return fmt.Errorf("sigaction %d: %w", sig, errno)
	}
	return nil
}

func ignore(sig int) {
	if sig <= lastGoSignal {
		signal.Ignore(procinfo.Signal(sig))
	} else if err := setAction(sig, ignored); err != nil {
		fail(err)
	}
}

func setOwnLimit(resource int, soft, hard uint64) error {
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: min(soft, math.MaxInt64), Max: min(hard, math.MaxInt64)})
}

// keepHandlers gives every signal its default action but those caught, which keep Go's handler, and those ignored. To do so
// behind the runtime's back is safe in a child that only waits.
func keepHandlers(keep, ignored []int) error {
	for sig := 1; sig <= lastSignal; sig++ {
		if sig == int(unix.SIGKILL) || sig == int(unix.SIGSTOP) || slices.Contains(keep, sig) || slices.Contains(ignored, sig) {
			continue
		}
		if err := setAction(sig, byDefault); err != nil {
			return err
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
		return blockOnly([]int{n})
	case "unblock":
		return blockOnly(nil)
	case "thread-kill":
		return killThread(n)
	case "thread": // one more, which blocks a signal and has it pending
		done := make(chan error)
		go func() {
			runtime.LockOSThread()
			blockOnly([]int{n})
			done <- killThread(n)
			select {}
		}()
		return <-done
	case "toggle": // limits of core files, n times
		for i := range n {
			k := uint64(1 + i%2)
			if err := setOwnLimit(unix.RLIMIT_CORE, k, 10*k); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("unknown command %q", words)
}

// killThread sends a signal to the thread that it runs in.
func killThread(sig int) error {
	self, _, _ := unix.RawSyscall(unix.SYS__LWP_SELF, 0, 0, 0)
	if _, _, errno := unix.RawSyscall(unix.SYS__LWP_KILL, self, uintptr(sig), 0); errno != 0 {
		return errno
	}
	return nil
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
	for _, n := range []*uint64{&nofile.Cur, &nofile.Max} {
		if *n == math.MaxInt64 {
			*n = procinfo.Infinity
		}
	}
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	return report{
		"umask":  fmt.Sprintf("%04o", mask),
		"groups": fmt.Sprint(append([]int{}, groups...)),
		"rlimit": procinfo.Limits{Soft: nofile.Cur, Hard: nofile.Max}.String(),
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

// waitZombie waits until a child has exited, without reaping it.
func waitZombie(t testing.TB, pid int) {
	t.Helper()
	const pPID = 1 // P_PID
	for {
		var status int32
		_, _, errno := syscall.Syscall6(syscall.SYS_WAIT6, pPID, uintptr(pid), uintptr(unsafe.Pointer(&status)),
			syscall.WEXITED|syscall.WNOWAIT, 0, 0)
		if errno == 0 {
			return
		}
		if errno != unix.EINTR {
			t.Fatal(errno)
		}
	}
}

// waitStopped waits until a child has been stopped.
func waitStopped(t testing.TB, pid int) {
	t.Helper()
	for {
		_, err := unix.Wait4(pid, nil, unix.WUNTRACED, nil)
		if err == nil {
			return
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
}

func needRealSignals(testing.TB) {}

func init() { mayLimitOthers = mayLimit }

// mayLimit tells whether this user can set limits of another process of its own: the kernel looks for that one's group
// among the supplementary groups, where the own group need not be.
func mayLimit() bool {
	groups, err := syscall.Getgroups()
	return os.Getuid() == 0 || err == nil && slices.Contains(groups, os.Getgid())
}

// curtain is security.curtain: with it, an ordinary user sees its own processes only.
func curtain() (uint32, error) { return unix.SysctlUint32("security.curtain") }

// setCurtain sets it. Its number is another one on each kernel.
func setCurtain(value int32) error {
	const ctlSecurity = 13 // CTL_SECURITY
	mib := []int32{ctlSecurity, unix.CTL_QUERY}
	query := unix.Sysctlnode{Flags: unix.SYSCTL_VERS_1}
	nodes := make([]unix.Sysctlnode, 64)
	size := unsafe.Sizeof(nodes[0]) * uintptr(len(nodes))
	if _, _, errno := unix.Syscall6(unix.SYS___SYSCTL, uintptr(unsafe.Pointer(&mib[0])), 2, uintptr(unsafe.Pointer(&nodes[0])),
		uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&query)), unsafe.Sizeof(query)); errno != 0 {
		return errno
	}
	for _, node := range nodes[:size/unsafe.Sizeof(nodes[0])] {
		name := make([]byte, 0, len(node.Name))
		for _, c := range node.Name {
			if c == 0 {
				break
			}
			name = append(name, byte(c))
		}
		if string(name) != "curtain" {
			continue
		}
		mib[1] = node.Num
		if _, _, errno := unix.Syscall6(unix.SYS___SYSCTL, uintptr(unsafe.Pointer(&mib[0])), 2, 0, 0,
			uintptr(unsafe.Pointer(&value)), unsafe.Sizeof(value)); errno != 0 {
			return errno
		}
		return nil
	}
	return os.ErrNotExist
}
