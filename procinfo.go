// SPDX-License-Identifier: MIT

// Package procinfo tells about a process what os and gopsutil do not: its umask, supplementary groups, resource limits
// (and changes them), signal masks, process group and session. It is pure Go and asks the kernel directly.
//
// A process is named by its PID or by a handle, an *os.Process or a *process.Process of gopsutil v3:
//
//	mask, err := procinfo.GetUmask(1)
//	limits, err := procinfo.GetRlimit(cmd.Process, procinfo.RLIMIT_NOFILE)
//
// [Oneshot] lets several calls on one process share what the kernel hands out in one piece; [Get] and [All] return
// everything at once.
//
// # Systems
//
// Every function exists on every system. What a system cannot tell, or is not written yet, is [errors.ErrUnsupported].
//
//	                  Linux
//	GetUmask          /proc/PID/status (4.7 and later)
//	GetGroups         /proc/PID/status
//	GetRlimit         prlimit(2), /proc/PID/limits where that is refused
//	Rlimit            prlimit(2)
//	GetSigmasks       /proc/PID/status
//	Getpgid           getpgid(2)
//	Getsid            getsid(2)
//
// macOS, FreeBSD, NetBSD, OpenBSD, DragonFly BSD, Solaris and illumos are to come: until then every function is
// unsupported there, as on all other systems.
//
// # Errors
//
// Every failure is an [*Error], to be told apart with errors.Is: [ErrNoSuchProcess], [ErrZombieProcess], [ErrAccessDenied],
// [ErrInvalidResource], [ErrInvalidLimits] and [errors.ErrUnsupported].
//
// # Linux
//
// A thread id is accepted by the functions that read, as the kernel accepts it, and they answer for that thread: its own
// mask and its own queue of pending signals. Rlimit with new limits refuses it with ErrNoSuchProcess.
//
// The environment variable HOST_PROC names another mount of procfs than /proc, as for gopsutil. If that one belongs to
// another PID namespace than ours, every answer comes from its files, limits cannot be set, and an *os.Process, which is
// of our namespace, is unsupported.
package procinfo

import (
	"math"
	"os"
)

// GetUmask returns the file mode creation mask of a process, 0 to 0777; on error -1.
//
// Linux 4.7 and later: the Umask line of /proc/PID/status, readable by everybody; proc_pid_status(5). A zombie has none any
// more: ErrZombieProcess. Kernel threads have one.
func GetUmask[P Proc](proc P) (int, error) {
	return ask("getumask", proc, getUmask, -1)
}

// GetGroups returns the supplementary group ids of a process: what the kernel's credential holds, in its order,
// duplicates kept. The slice is the caller's own, and not nil if there is no error.
//
// The list need not equal os.Getgroups of that process: whether it holds the effective group id differs by system. On
// Linux it does only if it was put there.
//
// Linux: the Groups line of /proc/PID/status, readable by everybody; proc_pid_status(5). Ids that the reader's user
// namespace does not map are given as the overflow id, usually 65534.
func GetGroups[P Proc](proc P) ([]uint32, error) {
	return ask("getgroups", proc, getGroups, nil)
}

// GetSigmasks returns the signals that are pending, blocked, ignored and caught in a process. Read [Sigmasks] for what
// each means; a set that the system does not report is not Known.
//
// Linux: the SigPnd, ShdPnd, SigBlk, SigIgn and SigCgt lines of /proc/PID/status, readable by everybody;
// proc_pid_status(5).
func GetSigmasks[P Proc](proc P) (Sigmasks, error) {
	return ask("getsigmasks", proc, getSigmasks, Sigmasks{})
}

// Getpgid returns the process group id of a process; on error -1.
//
// Linux: getpgid(2), allowed to everybody, for zombies too. 0 is a group whose leader is outside our PID namespace, and the
// group of kernel threads.
func Getpgid[P Proc](proc P) (int, error) {
	return ask("getpgid", proc, getPgid, -1)
}

// Getsid returns the session id of a process; on error -1.
//
// Linux: getsid(2), allowed to everybody, for zombies too. 0 is a session whose leader is outside our PID namespace, and
// the session of kernel threads.
func Getsid[P Proc](proc P) (int, error) {
	return ask("getsid", proc, getSid, -1)
}

// ask has a cell of the support matrix answer for a process, and wraps what goes wrong.
func ask[P Proc, T any](op string, proc P, cell func(target) (T, error), none T) (T, error) {
	t, err := targetOf(proc)
	if err == nil {
		t.scope = scopeOf(t.pid)
		var v T
		v, err = cell(t)
		if t.handle != nil {
			if gone := t.confirm(); gone != nil {
				err = gone
			}
		}
		if err == nil {
			return v, nil
		}
	}
	return none, &Error{Op: op, PID: t.pid, Err: err}
}

// target is a process as the caller named it.
type target struct {
	pid    int
	handle handle // nil if named by number
	scope  *scope // what is remembered of it; nil outside a Oneshot
}

// A handle is a process named by more than its number.
type handle interface {
	// gone tells whether the handle's process is known to have been reaped, so that its number can be another's.
	gone() bool
}

// targetOf refuses what can be no process before any kernel is asked: some take 0 for the caller, or cut to 32 bits.
func targetOf[P Proc](proc P) (target, error) {
	var t target
	switch p := any(&proc).(type) { // the address, as a number put into an interface would be copied to the heap
	case *int:
		t.pid = *p
	case *int32:
		t.pid = int(*p)
	case **os.Process:
		t.pid = -1
		if *p != nil {
			t.pid, t.handle = (*p).Pid, osHandle{*p}
		}
	default:
		t.pid, t.handle = gopsutilHandle(p)
	}
	if t.pid < lowestPID || t.pid > math.MaxInt32 || t.handle != nil && t.pid == 0 { // a handle that was never filled
		return t, ErrNoSuchProcess
	}
	return t, nil
}

// confirm makes sure, after something was read, that the process read is the handle's: as that one still exists, its
// number cannot have passed to another.
func (t target) confirm() error {
	if t.handle == nil || t.scope != nil && t.scope.confirmed == t.handle {
		return nil
	}
	if t.handle.gone() {
		return ErrNoSuchProcess
	}
	if t.scope != nil {
		t.scope.confirmed = t.handle
	}
	return nil
}
