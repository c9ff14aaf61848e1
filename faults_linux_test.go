// SPDX-License-Identifier: MIT

//go:build linux && (amd64 || arm64)

package procinfo_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["fault"] = func(args []string) any { return withFault(args) }
}

// TestFaults has the kernel fail one system call, with each errno, whenever it is made: the error says so, nothing is lost,
// and nothing is tried for ever.
func TestFaults(t *testing.T) {
	if os.Getenv(execEnv) != "" {
		t.Skip("the emulator does not know the filters of seccomp(2)")
	}
	checkLeaks(t)
	c := still(t, childState{Umask: 0o21, Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_CORE: {Soft: 5, Hard: 6}}})
	const (
		emfile, enfile, enomem, eintr = unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.EINTR
		eio, esrch, eperm, enosys     = unix.EIO, unix.ESRCH, unix.EPERM, unix.ENOSYS
	)
	const value, gone, denied, unsupported = "", "no such process", "denied", "unsupported"
	for _, tt := range []struct {
		call  string
		trap  int
		errno syscall.Errno
		want  report // by function: value, a kind, or the errno's text
	}{
		{"openat", unix.SYS_OPENAT, emfile, report{"files": emfile.Error(), "ids": value, "limit": value, "set": value}},
		{"openat", unix.SYS_OPENAT, enfile, report{"files": enfile.Error(), "ids": value, "limit": value, "set": value}},
		{"openat", unix.SYS_OPENAT, enomem, report{"files": enomem.Error(), "ids": value, "limit": value, "set": value}},
		{"openat", unix.SYS_OPENAT, eintr, report{"files": eintr.Error(), "ids": value, "limit": value, "set": value}},
		{"openat", unix.SYS_OPENAT, eio, report{"files": eio.Error(), "ids": value, "limit": value, "set": value}},
		{"openat", unix.SYS_OPENAT, esrch, report{"files": gone, "ids": value, "limit": value, "set": value}},
		{"openat", unix.SYS_OPENAT, eperm, report{"files": denied, "ids": value, "limit": value, "set": value}},
		{"read", unix.SYS_READ, eintr, report{"files": eintr.Error(), "ids": value, "limit": value, "set": value}},
		{"read", unix.SYS_READ, enomem, report{"files": enomem.Error(), "ids": value, "limit": value, "set": value}},
		{"read", unix.SYS_READ, eio, report{"files": eio.Error(), "ids": value, "limit": value, "set": value}},
		{"read", unix.SYS_READ, esrch, report{"files": gone, "ids": value, "limit": value, "set": value}},
		{"prlimit64", unix.SYS_PRLIMIT64, eperm, report{"files": value, "ids": value, "limit": value, "set": denied}},
		{"prlimit64", unix.SYS_PRLIMIT64, enosys, report{"files": value, "ids": value, "limit": value, "set": unsupported}},
		{"prlimit64", unix.SYS_PRLIMIT64, esrch, report{"files": value, "ids": value, "limit": gone, "set": gone}},
		{"prlimit64", unix.SYS_PRLIMIT64, enomem, report{"files": value, "ids": value, "limit": enomem.Error(), "set": enomem.Error()}},
		{"pidfd_open", unix.SYS_PIDFD_OPEN, enosys, report{"files": value, "ids": value, "limit": value, "set": value}},
		{"pidfd_open", unix.SYS_PIDFD_OPEN, eperm, report{"files": value, "ids": value, "limit": value, "set": value}},
		{"pidfd_open", unix.SYS_PIDFD_OPEN, emfile, report{"files": value, "ids": value, "limit": value, "set": emfile.Error()}},
		{"pidfd_open", unix.SYS_PIDFD_OPEN, esrch, report{"files": value, "ids": value, "limit": value, "set": gone}},
		{"getpgid", unix.SYS_GETPGID, esrch, report{"files": value, "ids": gone, "limit": value, "set": value}},
		{"getpgid", unix.SYS_GETPGID, eperm, report{"files": value, "ids": denied, "limit": value, "set": value}},
	} {
		t.Run(tt.call+" "+unix.ErrnoName(tt.errno), func(t *testing.T) {
			var r faultReport
			command(t, childState{Role: "fault", Args: []string{
				strconv.Itoa(c.Pid), strconv.Itoa(tt.trap), strconv.Itoa(int(tt.errno)),
			}}).run(t, &r)
			if r.Failed != "" {
				t.Skip("no filter can be set here: ", r.Failed)
			}
			for name, want := range tt.want {
				if r.Answers[name] != want {
					t.Errorf("%s: got %q, want %q", name, r.Answers[name], want)
				}
			}
			if r.After > r.Before {
				t.Errorf("%d descriptors before, %d after", r.Before, r.After)
			}
			if r.Took > 20*time.Second {
				t.Errorf("it took %v", r.Took)
			}
			// What was set is that or what was before, and what was not is as before.
			want := procinfo.Limits{Soft: 5, Hard: 6}
			if l, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_CORE); err != nil || l != want {
				t.Errorf("the limits have become %v, %v", l, err)
			}
		})
	}
}

type faultReport struct {
	Failed        string
	Answers       report
	Before, After int
	Took          time.Duration
}

func withFault(args []string) any {
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(args[i])
	}
	pid := n[0]
	runtime.LockOSThread()
	primeRuntime()
	if _, err := procinfo.GetUmask(pid); err != nil { // whatever is found out at the first use
		fail(err)
	}
	r := faultReport{Answers: report{}, Before: openDescriptors()}
	if err := failCall(n[1], syscall.Errno(n[2])); err != nil {
		r.Failed = err.Error()
		return r
	}
	note := func(name string, err error) {
		text := kindOf(err)
		var errno syscall.Errno
		if err != nil && errors.As(err, &errno) && errno == syscall.Errno(n[2]) {
			switch text {
			case "no such process", "denied", "unsupported":
			default:
				text = errno.Error()
			}
		}
		if old, ok := r.Answers[name]; ok && old != text {
			text = fmt.Sprintf("%q and %q", old, text)
		}
		r.Answers[name] = text
	}
	start := time.Now()
	_, err := procinfo.GetUmask(pid)
	note("files", err)
	_, err = procinfo.GetGroups(pid)
	note("files", err)
	_, err = procinfo.GetSigmasks(pid)
	note("files", err)
	_, err = procinfo.Getpgid(pid)
	note("ids", err)
	_, err = procinfo.GetRlimit(pid, procinfo.RLIMIT_CORE)
	note("limit", err)
	same := procinfo.Limits{Soft: 5, Hard: 6}
	_, err = procinfo.Rlimit(pid, procinfo.RLIMIT_CORE, &same)
	note("set", err)
	procinfo.Get(pid)
	for range procinfo.All() {
		break
	}
	r.Took = time.Since(start)
	r.After = openDescriptors()
	return r
}

// failCall has a system call of this thread fail from now on.
func failCall(trap int, errno syscall.Errno) error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // seccomp_data.nr
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(trap)},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x00050000 | uint32(errno)}, // SECCOMP_RET_ERRNO
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x7fff0000},                 // SECCOMP_RET_ALLOW
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}

// TestRefusedSets: every way in which a set fails leaves the limits as they were.
func TestRefusedSets(t *testing.T) {
	checkLeaks(t)
	const resource = procinfo.RLIMIT_CORE
	before := procinfo.Limits{Soft: 5, Hard: 6}
	c := still(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{resource: before}})
	check := func(name string, err error, kind string) {
		t.Helper()
		if got := kindOf(err); got != kind {
			t.Errorf("%s: %v, of kind %q, want %q", name, err, got, kind)
		}
		if now, err := procinfo.GetRlimit(c.Pid, resource); err != nil || now != before {
			t.Errorf("%s: the limits have become %v, %v", name, now, err)
		}
	}
	_, err := procinfo.Rlimit(c.Pid, resource, &procinfo.Limits{Soft: 7, Hard: 6})
	check("soft above hard", err, "invalid limits")
	for _, r := range []procinfo.Resource{procinfo.RLIMIT_NPTS, procinfo.RLIMIT_SBSIZE} {
		_, err = procinfo.Rlimit(c.Pid, r, &procinfo.Limits{})
		check("another system's resource", err, "unsupported")
	}
	_, err = procinfo.Rlimit(c.Pid, 99, &procinfo.Limits{})
	check("no resource", err, "invalid resource")
	_, err = procinfo.Rlimit(-c.Pid, resource, &procinfo.Limits{})
	check("negative PID", err, "no such process")
	other := start(t, childState{})
	other.stop()
	_, err = procinfo.Rlimit(other.Process, resource, &procinfo.Limits{})
	check("a handle that was waited for", err, "no such process")
	// Without privilege a hard limit cannot be raised; with it, this is no refusal.
	if _, err = procinfo.Rlimit(c.Pid, resource, &procinfo.Limits{Soft: 5, Hard: 7}); err != nil {
		check("hard limit raised", err, "denied")
	} else if _, err = procinfo.Rlimit(c.Pid, resource, &before); err != nil {
		t.Error(err)
	}
	procinfo.Oneshot(c.Pid, func() error {
		_, err := procinfo.Rlimit(c.Pid, resource, &procinfo.Limits{Soft: 7, Hard: 6})
		check("in Oneshot", err, "invalid limits")
		return nil
	})
}
