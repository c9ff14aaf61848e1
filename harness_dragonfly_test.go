// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"fmt"
	"math"
	"os"
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

// lastSignal is _SIG_MAXSIG. It and the one before are better not sent: then the kernel (5.9) writes over the set of ignored
// signals.
const lastSignal = 128

// sigaction is struct sigaction.
type sigaction struct {
	handler uintptr
	flags   int32
	mask    [4]uint32
}

func setAction(sig int, a *sigaction) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(a)), 0); errno != 0 {
		return fmt.Errorf("sigaction %d: %w", sig, errno)
	}
	return nil
}

// goAction is what the Go runtime, which does not know signals above 32, has for those that it catches.
func goAction() (a sigaction) {
	unix.RawSyscall(unix.SYS_SIGACTION, uintptr(sigUSR2), 0, uintptr(unsafe.Pointer(&a)))
	return a
}

// actionFor returns what a child in this state does about a signal; nil is what Go does.
func actionFor(sig int, caught, ignored []int) *sigaction {
	switch {
	case sig == int(unix.SIGKILL), sig == int(unix.SIGSTOP):
		return nil
	case slices.Contains(ignored, sig):
		return &sigaction{handler: 1}
	case slices.Contains(caught, sig):
		a := goAction()
		return &a
	case caught != nil:
		return new(sigaction)
	}
	return nil
}

func ignore(sig int) { setAction(sig, &sigaction{handler: 1}) }

// kernelLimit gives a limit the kernel's form.
func kernelLimit(n uint64) int64 {
	if n == procinfo.Infinity {
		return unix.RLIM_INFINITY
	}
	return int64(n)
}

func setOwnLimit(resource int, soft, hard uint64) error {
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: kernelLimit(soft), Max: kernelLimit(hard)})
}

func ownLimit(resource int) (procinfo.Limits, error) {
	var l syscall.Rlimit
	err := syscall.Getrlimit(resource, &l)
	ours := func(n int64) uint64 {
		if n == unix.RLIM_INFINITY {
			return procinfo.Infinity
		}
		return uint64(n)
	}
	return procinfo.Limits{Soft: ours(l.Cur), Hard: ours(l.Max)}, err
}

func maskOf(signals []int) (set [4]uint32) {
	for _, sig := range signals {
		set[(sig-1)/32] |= 1 << ((sig - 1) % 32)
	}
	return set
}

const sigSetmask = 3 // SIG_SETMASK

// blockOnly makes these signals the mask of this thread.
func blockOnly(signals []int) error {
	set := maskOf(signals)
	return setMask(&set, nil)
}

func setMask(set, old *[4]uint32) error {
	_, _, errno := unix.RawSyscall(unix.SYS_SIGPROCMASK, sigSetmask, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)))
	if errno != 0 {
		return errno
	}
	return nil
}

// keepHandlers gives every signal its default action but those caught, which get Go's handler, and those ignored. To do so
// behind the runtime's back is safe in a child that only waits.
func keepHandlers(caught, ignored []int) error {
	for sig := 1; sig <= lastSignal; sig++ {
		if a := actionFor(sig, caught, ignored); a != nil {
			if err := setAction(sig, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// obey runs a command of the parent's in the child's main thread.
func obey(words []string) error {
	var n []int
	for _, word := range words[1:] {
		i, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		n = append(n, i)
	}
	switch words[0] {
	case "block":
		return blockOnly(n)
	case "unblock":
		return blockOnly(nil)
	case "thread-kill":
		return killThread(n[0])
	case "other-thread": // blocks these signals, and has the first of them pending
		done := make(chan error)
		go func() {
			runtime.LockOSThread()
			err := blockOnly(n)
			if err == nil {
				err = killThread(n[0])
			}
			done <- err
			select {}
		}()
		return <-done
	case "nofile":
		return setOwnLimit(unix.RLIMIT_NOFILE, uint64(n[0]), uint64(n[1]))
	}
	return fmt.Errorf("unknown command %q", words)
}

// killThread sends a signal to this very thread.
func killThread(sig int) error {
	_, _, errno := unix.RawSyscall(unix.SYS_LWP_KILL, uintptr(os.Getpid()), ownThread(), uintptr(sig))
	if errno != 0 {
		return errno
	}
	return nil
}

// own returns what other calls tell of this process.
func own(t testing.TB) report {
	groups, err := syscall.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	nofile, err := ownLimit(unix.RLIMIT_NOFILE)
	if err != nil {
		t.Fatal(err)
	}
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	return report{
		"groups": fmt.Sprint(groups),
		"rlimit": nofile.String(),
		"pgid":   fmt.Sprint(unix.Getpgrp()),
		"sid":    fmt.Sprint(sid),
	}
}

// groupList is what setgroups(2) takes here: the effective gid first.
func groupList(u *user) []uint32 { return append([]uint32{u.GID}, u.Groups...) }

// prepare has the kernel put a child into that part of its state that it cannot, or need not, reach by itself.
func prepare(c *child, s childState) {
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: s.Setsid, Setpgid: s.Setpgid}
	if s.User != nil {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: s.User.UID, Gid: s.User.GID, Groups: groupList(s.User)}
	}
}

// sendToThread takes the PID for the first thread, as on Linux.
func sendToThread(t testing.TB, pid, tid int, sig procinfo.Signal) {
	t.Helper()
	if tid == pid {
		tid = firstThread(t, pid)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LWP_KILL, uintptr(pid), uintptr(tid), uintptr(sig)); errno != 0 {
		t.Fatal(errno)
	}
}

// firstThread returns the id of a live process's first thread: 1 in a program that was executed, that of the thread that
// called fork in its child.
func firstThread(t testing.TB, pid int) int {
	t.Helper()
	for tid := 1; tid < 10000; tid++ {
		if _, _, errno := unix.Syscall(unix.SYS_LWP_KILL, uintptr(pid), uintptr(tid), 0); errno != unix.ESRCH {
			return tid
		}
	}
	t.Fatalf("process %d has no thread", pid)
	return 0
}

// onOtherThread runs f on a thread that is not this process's first one.
func onOtherThread(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if ownThread() == 1 {
			onOtherThread(f)
		} else {
			f()
		}
	}()
	<-done
}

func ownThread() uintptr {
	tid, _, _ := unix.RawSyscall(unix.SYS_LWP_GETTID, 0, 0, 0)
	return tid
}

// enterJail puts this process into a jail of its own, which has all the files and no address.
func enterJail() error {
	root, name := []byte("/\x00"), []byte("jail\x00")
	jail := struct {
		version    uint32
		path, name *byte
		addresses  uint32
		list       unsafe.Pointer
	}{version: 1, path: &root[0], name: &name[0]}
	if _, _, errno := unix.Syscall(unix.SYS_JAIL, uintptr(unsafe.Pointer(&jail)), 0, 0); errno != 0 {
		return fmt.Errorf("jail: %w", errno)
	}
	return nil
}

// waitZombie waits until a child has exited, without reaping it: then getpgid(2) does not find it any more, but kill(2) does.
func waitZombie(t testing.TB, pid int) {
	t.Helper()
	eventually(t, "zombie", func() bool {
		_, err := unix.Getpgid(pid)
		return err == unix.ESRCH && unix.Kill(pid, 0) != unix.ESRCH
	})
}

// waitStopped waits until a child has stopped.
func waitStopped(t testing.TB, pid int) {
	t.Helper()
	eventually(t, "stopped", func() bool {
		var status syscall.WaitStatus
		got, err := syscall.Wait4(pid, &status, unix.WUNTRACED|unix.WNOHANG, nil)
		return err == nil && got == pid && status&0xff == 0x7f // status.Stopped() leaves out SIGSTOP
	})
}

// needRealSignals: nothing stands between.
func needRealSignals(testing.TB) {}

// needProcfs skips what needs procfs where it is not mounted, and makes sure that it is said.
func needProcfs(t testing.TB) {
	t.Helper()
	var fs unix.Statfs_t
	if unix.Statfs("/proc", &fs) == nil && unix.ByteSliceToString(fs.Fstypename[:]) == "procfs" {
		return
	}
	_, err := procinfo.GetRlimit(still(t, childState{}).Pid, procinfo.RLIMIT_NOFILE)
	wantKind(t, err, "unsupported")
	t.Skip("procfs is not mounted")
}

// defaultIgnored are the signals whose default action is to be ignored, but for SIGCONT, which is never told.
func defaultIgnored() []procinfo.Signal {
	list := []procinfo.Signal{unix.SIGURG, unix.SIGCHLD, unix.SIGIO, unix.SIGWINCH, unix.SIGINFO, unix.SIGTHR}
	for sig := procinfo.Signal(35); sig <= 63; sig++ {
		list = append(list, sig)
	}
	return list
}

// ignoredSet is what is told to be ignored of a process that ignores these signals, and catches those.
func ignoredSet(ignored, caught []int) procinfo.SignalSet {
	var list []procinfo.Signal
	for _, sig := range ignored {
		if sig != int(unix.SIGCONT) {
			list = append(list, procinfo.Signal(sig))
		}
	}
	for _, sig := range defaultIgnored() {
		if !slices.Contains(caught, int(sig)) {
			list = append(list, sig)
		}
	}
	return sigs(list...)
}

var allSignals = [4]uint32{math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32}
