// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"github.com/gopsutil-extra/procinfo/internal/solaristest"
	"golang.org/x/sys/unix"
)

const sigUSR1, sigUSR2 = unix.SIGUSR1, unix.SIGUSR2

// Signals 32 to 40 are mostly libc's own, and those above are not the same on Solaris and illumos.
const sigLibc = 32

// maskEnv says that a child has the mask of signals that it is to have.
const maskEnv = "PROCINFO_TEST_MASKED"

// A child has the same mask in all threads, so that no other one takes what its main thread blocks; and not that of whoever
// started this program. The runtime starts its threads with the mask that the program was executed with, so the child sets
// that and executes itself again.
func init() {
	text := os.Getenv(childEnv)
	if text == "" || os.Getenv(maskEnv) != "" {
		return
	}
	runtime.LockOSThread()
	var s childState
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		fail(err)
	}
	if err := solaristest.SetMask(solaristest.Of(s.Blocked...)); err != nil {
		fail(err)
	}
	os.Setenv(maskEnv, "1")
	self := selfArgs()
	fail(syscall.Exec(self[0], self, os.Environ()))
}

func ignore(sig int) { signal.Ignore(procinfo.Signal(sig)) }

func setOwnLimit(resource int, soft, hard uint64) error {
	return syscall.Setrlimit(resource, kernelLimits(soft, hard))
}

const solarisInfinity = math.MaxUint64 - 2 // RLIM_INFINITY

func kernelLimits(soft, hard uint64) *syscall.Rlimit {
	return &syscall.Rlimit{Cur: min(soft, solarisInfinity), Max: min(hard, solarisInfinity)}
}

func limitsOf(l syscall.Rlimit) procinfo.Limits {
	limits := procinfo.Limits{Soft: l.Cur, Hard: l.Max}
	for _, v := range []*uint64{&limits.Soft, &limits.Hard} {
		if *v == solarisInfinity {
			*v = procinfo.Infinity
		}
	}
	return limits
}

// keepHandlers gives every signal its default action but those caught, which keep Go's handler, and those ignored. To do so
// behind the runtime's back is safe in a child that only waits.
func keepHandlers(caught, ignored []int) error {
	for sig := 1; sig <= 74; sig++ {
		if sig == int(unix.SIGKILL) || sig == int(unix.SIGSTOP) || slices.Contains(caught, sig) || slices.Contains(ignored, sig) {
			continue
		}
		if err := solaristest.SetAction(sig, 0); err != nil && sig < sigLibc {
			return fmt.Errorf("sigaction %d: %w", sig, err)
		}
	}
	return nil
}

// obey runs a command of the parent's in the child's main thread.
func obey(words []string) error {
	var numbers []int
	for _, word := range words[1:] {
		n, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	switch words[0] {
	case "block":
		return solaristest.SetMask(solaristest.Of(numbers...))
	case "unblock":
		return solaristest.SetMask(solaristest.Set{})
	case "thread-kill":
		return solaristest.KillThread(numbers[0])
	case "other-thread": // blocks the signal, has it pending, and stays
		done := make(chan error)
		go func() {
			runtime.LockOSThread()
			err := solaristest.SetMask(solaristest.Of(numbers[0]))
			if err == nil {
				err = solaristest.KillThread(numbers[0])
			}
			done <- err
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
	pgid, err := unix.Getpgid(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	sid, err := unix.Getsid(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return report{
		"umask":  fmt.Sprintf("%04o", mask),
		"groups": fmt.Sprint(groups),
		"rlimit": limitsOf(nofile).String(),
		"pgid":   fmt.Sprint(pgid),
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

// still is start: the main thread of a child only waits.
func still(t testing.TB, s childState) *child { return start(t, s) }

// waitZombie waits until a child has exited, without reaping it: its psinfo says so.
func waitZombie(t testing.TB, pid int) {
	t.Helper()
	eventually(t, "exit of the child", func() bool {
		psinfo, err := os.ReadFile(fmt.Sprintf("/proc/%d/psinfo", pid))
		return err == nil && len(psinfo) > 314 && psinfo[314] == 'Z'
	})
}

func needRealSignals(t testing.TB) {
	t.Helper()
	t.Skip("libc catches a signal of its own: TestSolarisSignalsComeAndGo has all but those")
}
