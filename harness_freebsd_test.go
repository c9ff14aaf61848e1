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

const sigUSR1, sigUSR2 = unix.SIGUSR1, unix.SIGUSR2

const lastSignal = 128

// discarded are the signals that the kernel counts as ignored unless they are caught, as by default they are thrown away:
// URG, CHLD, IO, WINCH and INFO.
var discarded = []int{16, 20, 23, 28, 29}

// ignoredBesides returns what the kernel says is ignored, given what a program ignores and catches. CONT never is.
func ignoredBesides(caught, ignored []int) procinfo.SignalSet {
	var all []procinfo.Signal
	for sig := 1; sig <= lastSignal; sig++ {
		byDefault := slices.Contains(discarded, sig) && !slices.Contains(caught, sig)
		if sig != int(unix.SIGCONT) && (byDefault || slices.Contains(ignored, sig)) {
			all = append(all, procinfo.Signal(sig))
		}
	}
	return sigs(all...)
}

// credentialGroups returns the kernel's list of a process with these: the effective one, then the others in order.
func credentialGroups(u user) []uint32 {
	others := slices.Clone(u.Groups)
	slices.Sort(others)
	return append([]uint32{u.GID}, others...)
}

// action is a struct sigaction: the handler, an int of flags, a mask.
type action [32]byte

// handledBy returns an action that makes a signal caught, ignored (1) or what it is by default (0).
func handledBy(handler uintptr) *action {
	a := new(action)
	*(*uintptr)(unsafe.Pointer(a)) = handler
	return a
}

// nobodysHandler is the address of no handler, for signals that are never delivered.
const nobodysHandler = 4096

func setAction(sig int, a *action) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(a)), 0); errno != 0 {
		return fmt.Errorf("sigaction %d: %w", sig, errno)
	}
	return nil
}

// ignore: the Go runtime knows the first 32 signals only.
func ignore(sig int) {
	if sig <= 32 {
		signal.Ignore(procinfo.Signal(sig))
	} else if err := setAction(sig, handledBy(1)); err != nil {
		fail(err)
	}
}

func kernelLimit(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

func setOwnLimit(resource int, soft, hard uint64) error {
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: kernelLimit(soft), Max: kernelLimit(hard)})
}

// sigsetT is a sigset_t.
type sigsetT [4]uint32

func kernelSet(signals []int) *sigsetT {
	set := new(sigsetT)
	for _, sig := range signals {
		set[(sig-1)/32] |= 1 << ((sig - 1) % 32)
	}
	return set
}

const sigSetmask = 3 // SIG_SETMASK, sys/signal.h

func setMask(set, old *sigsetT) error {
	_, _, errno := unix.RawSyscall(unix.SYS_SIGPROCMASK, sigSetmask, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)))
	if errno != 0 {
		return errno
	}
	return nil
}

// blockOnly makes these signals the mask of this thread.
func blockOnly(signals []int) error { return setMask(kernelSet(signals), nil) }

// keepHandlers gives every signal its default action but those caught, which keep Go's handler, and those ignored. To do so
// behind the runtime's back is safe in a child that only waits.
func keepHandlers(caught, ignored []int) error {
	for sig := 1; sig <= lastSignal; sig++ {
		if sig == int(unix.SIGKILL) || sig == int(unix.SIGSTOP) || slices.Contains(caught, sig) || slices.Contains(ignored, sig) {
			continue
		}
		if err := setAction(sig, handledBy(0)); err != nil {
			return err
		}
	}
	return nil
}

// ownThread returns the number of this thread.
func ownThread() int {
	var tid int // a long
	unix.RawSyscall(unix.SYS_THR_SELF, uintptr(unsafe.Pointer(&tid)), 0, 0)
	return tid
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
		if _, _, errno := unix.RawSyscall(unix.SYS_THR_KILL, uintptr(ownThread()), uintptr(n), 0); errno != 0 {
			return errno
		}
		return nil
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
	limits := procinfo.Limits{Soft: uint64(nofile.Cur), Hard: uint64(nofile.Max)}
	if nofile.Cur == math.MaxInt64 {
		limits.Soft = procinfo.Infinity
	}
	if nofile.Max == math.MaxInt64 {
		limits.Hard = procinfo.Infinity
	}
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	return report{
		"umask":  fmt.Sprintf("%04o", mask),
		"groups": fmt.Sprint(groups), // the effective one first, as in the kernel's list
		"rlimit": limits.String(),
		"pgid":   fmt.Sprint(unix.Getpgrp()),
		"sid":    fmt.Sprint(sid),
	}
}

// prepare has the kernel put a child into that part of its state that it cannot, or need not, reach by itself. The first
// group that is set is the effective one, which setgid(2) then replaces.
func prepare(c *child, s childState) {
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: s.Setsid, Setpgid: s.Setpgid}
	if s.User != nil {
		c.SysProcAttr.Credential = &syscall.Credential{
			Uid: s.User.UID, Gid: s.User.GID, Groups: slices.Concat([]uint32{s.User.GID}, s.User.Groups),
		}
	}
}

// sendToThread takes the PID of a still child for its main thread, whose number is another here.
func sendToThread(t testing.TB, pid, tid int, sig procinfo.Signal) {
	t.Helper()
	if tid == pid {
		tid = mainThread(t, pid)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_THR_KILL2, uintptr(pid), uintptr(tid), uintptr(sig)); errno != 0 {
		t.Fatal("thr_kill2: ", errno)
	}
}

// waitZombie waits until a child has exited, without reaping it.
func waitZombie(t testing.TB, pid int) {
	t.Helper()
	const byPID, options = 0, unix.WEXITED | unix.WNOWAIT
	status := new(int32)
	at := uintptr(unsafe.Pointer(status))
	for {
		var errno syscall.Errno
		switch runtime.GOARCH { // an id_t has 64 bits
		case "386":
			_, _, errno = unix.Syscall9(unix.SYS_WAIT6, byPID, uintptr(pid), 0, at, options, 0, 0, 0, 0)
		case "arm": // and begins at an even argument
			_, _, errno = unix.Syscall9(unix.SYS_WAIT6, byPID, 0, uintptr(pid), 0, at, options, 0, 0, 0)
		default:
			_, _, errno = unix.Syscall6(unix.SYS_WAIT6, byPID, uintptr(pid), at, options, 0, 0)
		}
		runtime.KeepAlive(status)
		if errno == 0 {
			return
		}
		if errno != unix.EINTR {
			t.Fatal("wait6: ", errno)
		}
	}
}

// waitStopped waits until a child has stopped. Package syscall takes a stop by SIGSTOP for something else.
func waitStopped(t testing.TB, pid int) {
	t.Helper()
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil)
		if err == nil && status&0x7f == 0x7f {
			return
		}
		if err != unix.EINTR {
			t.Fatalf("wait4: %#x, %v", uint32(status), err)
		}
	}
}

// reap waits for a child that has been killed.
func reap(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}

// needRealSignals skips where an emulator stands between: it keeps the program's masks and handlers to itself, so the
// kernel's are its own.
func needRealSignals(t testing.TB) {
	t.Helper()
	if os.Getenv(execEnv) != "" {
		t.Skip("under an emulator the kernel's signal sets are the emulator's")
	}
}
