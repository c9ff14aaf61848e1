// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"runtime"
	"time"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// lowestPID is the lowest PID that can be a process: 0 is the kernel's own, which the records know, but to system calls it
// is the caller.
const lowestPID = 0

// Numbers of sys/sysctl.h that x/sys lacks.
const (
	kernProc2   = 47 // KERN_PROC2
	kernProcAll = 0  // KERN_PROC_ALL
	kernProcPID = 1  // KERN_PROC_PID
)

// record is what the kernel tells of a process in one piece, the part of a kinfo_proc2.
type record struct {
	proc memo[kinfo.NetBSDProc]
}

func (r *record) release() { *r = record{} }

// begin has nothing to prepare: the first cell that wants the record reads it.
func (*record) begin(target, bool) error { return nil }

// recordOf returns the process's record, which may be of a moment in execve, when signal masks and start are not told.
func recordOf(t target) (kinfo.NetBSDProc, error) {
	return remember(t, func(r *record) *memo[kinfo.NetBSDProc] { return &r.proc },
		func() (kinfo.NetBSDProc, error) { return readProcess(t.pid) })
}

// wholeRecordOf waits a little for a process to be out of execve.
func wholeRecordOf(t target) (kinfo.NetBSDProc, error) {
	p, err := recordOf(t)
	if err != nil || p.Whole || p.Dead {
		return p, err
	}
	t.scope.has(false)
	pause(0)
	p, err = kinfo.WholeNetBSDProc(func() (kinfo.NetBSDProc, error) { return readProcess(t.pid) }, pause)
	if err == nil && t.scope != nil {
		t.scope.record.proc = memo[kinfo.NetBSDProc]{p, true}
	}
	return p, err
}

// pause gives way to a process that is in the middle of something.
func pause(try int) {
	if try < 3 {
		runtime.Gosched()
	} else {
		time.Sleep(50 * time.Microsecond << min(try-3, 7)) // at most 6.4 ms
	}
}

// errHidden: with security.curtain, an ordinary user sees its own processes only.
var errHidden = caused(ErrAccessDenied, errors.New("hidden by security.curtain"))

// readProcess reads a record. Where there is none, getpgid(2), which no curtain stops, tells whether there is a process.
func readProcess(pid int) (kinfo.NetBSDProc, error) {
	p, err := askProcess(pid)
	if err != ErrNoSuchProcess || !exists(pid) {
		return p, err
	}
	// It exists now. If it can be read now, it came between the two looks; if it is gone again, so is our question.
	p, err = askProcess(pid)
	if err == ErrNoSuchProcess && exists(pid) {
		return p, errHidden
	}
	return p, err
}

func exists(pid int) bool {
	_, err := unix.Getpgid(pid) // of 0 it is ours, and that process always exists
	return err == nil
}

// askProcess asks once. The kernel says with success and nothing that there is no such process.
func askProcess(pid int) (kinfo.NetBSDProc, error) {
	var buf [kinfo.NetBSDProcSize]byte
	mib := [6]int32{unix.CTL_KERN, kernProc2, kernProcPID, int32(pid), kinfo.NetBSDProcSize, 1}
	n, err := sysctl.Read(mib[:], buf[:])
	if err != nil {
		return kinfo.NetBSDProc{}, errnoKind(err)
	}
	if n == 0 {
		return kinfo.NetBSDProc{}, ErrNoSuchProcess
	}
	return kinfo.DecodeNetBSDProc(buf[:n], pid)
}

// idOf asks a system call for a process group or session, which is open to all, but knows no zombies and takes 0 for the
// caller: then, and if there is a record anyway, that answers.
func idOf(t target, call func(pid int) (int, error), field func(kinfo.NetBSDProc) int) (int, error) {
	if t.pid != 0 && t.scope == nil {
		if id, err := call(t.pid); err == nil {
			return id, nil
		}
	}
	p, err := recordOf(t)
	if err == errHidden && t.pid != 0 {
		if id, err := call(t.pid); err == nil {
			return id, nil
		}
	}
	if err != nil {
		return -1, err
	}
	return field(p), nil
}
