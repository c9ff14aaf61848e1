// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

const sigUSR1, sigUSR2 = unix.SIGUSR1, unix.SIGUSR2

func ignore(sig int) { signal.Ignore(procinfo.Signal(sig)) }

func setOwnLimit(resource int, soft, hard uint64) error {
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: soft, Max: hard})
}

// blockOnly makes these signals the mask of this thread.
func blockOnly(signals []int) error {
	var set unix.Sigset_t
	bits := unsafe.Sizeof(set.Val[0]) * 8
	for _, sig := range signals {
		set.Val[uintptr(sig-1)/bits] |= 1 << (uintptr(sig-1) % bits)
	}
	return unix.PthreadSigmask(unix.SIG_SETMASK, &set, nil)
}

// keepHandlers gives every signal its default action but those caught, which keep Go's handler, and those ignored. To do so
// behind the runtime's back is safe in a child that only waits.
func keepHandlers(caught, ignored []int) error {
	size, last := uintptr(8), 64
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		size, last = 16, 128
	}
	var byDefault [64]byte // a struct sigaction of zeros, whatever its layout
	for sig := 1; sig <= last; sig++ {
		if sig == int(unix.SIGKILL) || sig == int(unix.SIGSTOP) || slices.Contains(caught, sig) || slices.Contains(ignored, sig) {
			continue
		}
		_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&byDefault)), 0, size, 0, 0)
		if errno != 0 {
			return fmt.Errorf("sigaction %d: %w", sig, errno)
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
		return unix.Tgkill(os.Getpid(), unix.Gettid(), syscall.Signal(n))
	case "name":
		name, err := hex.DecodeString(strings.Join(words[1:], ""))
		if err != nil {
			return err
		}
		name = append(name, 0)
		return unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0)
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
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	return report{
		"umask":  fmt.Sprintf("%04o", mask),
		"groups": fmt.Sprint(groups),
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

// roleCommand prepares a child with a role for a child: nobody has to make a copy of the program any more.
func roleCommand(role string, args ...string) *child {
	self := selfArgs()
	text, err := json.Marshal(childState{Role: role, Args: args})
	if err != nil {
		fail(err)
	}
	c := &child{Cmd: exec.Command(self[0], self[1:]...)}
	c.Env = append(os.Environ(), childEnv+"="+string(text))
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{}
	return c
}

// decode runs the child and decodes what it prints.
func (c *child) decode(result any) error {
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("child: %w: %s", err, out)
	}
	return json.Unmarshal(out, result)
}

func sendToThread(t testing.TB, pid, tid int, sig procinfo.Signal) {
	t.Helper()
	if err := unix.Tgkill(pid, tid, sig); err != nil {
		t.Fatal(err)
	}
}

// waitZombie waits until a child has exited, without reaping it.
func waitZombie(t testing.TB, pid int) {
	t.Helper()
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			return
		}
		if err != unix.EINTR {
			t.Fatal(err)
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
