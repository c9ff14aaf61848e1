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
// Every function exists on every system. What a system cannot tell is [errors.ErrUnsupported].
//
//	             Linux       macOS        FreeBSD      NetBSD       OpenBSD    DragonFly    Solaris
//	GetUmask     status      -            kern.proc    -            -          -            -
//	GetGroups    status      kern.proc    kern.proc    kern.proc2   kern.proc  kern.proc    cred
//	GetRlimit    prlimit(2)  own          kern.proc    proc         own        rlimit, own  own
//	Rlimit, set  prlimit(2)  own          kern.proc    proc         own        own          own
//	GetSigmasks  status      kern.proc*   kern.proc    kern.proc2   kern.proc  kern.proc    status
//	Getpgid      getpgid(2)  getpgid(2)+  getpgid(2)+  getpgid(2)+  kern.proc  getpgid(2)+  psinfo
//	Getsid       getsid(2)   getsid(2)    getsid(2)+   getsid(2)+   kern.proc  getsid(2)+   psinfo
//
// Solaris is illumos too. "Own" is the calling process only; "*" are the ignored and caught signals only; "+" are the
// records of zombies as well, which the call does not know. status, rlimit, cred and psinfo are files of /proc/PID;
// kern.proc, kern.proc2 and proc are nodes of sysctl(3). On all other systems everything is unsupported.
//
// # Errors
//
// Every failure is an [*Error], to be told apart with errors.Is:
//
//   - [ErrNoSuchProcess]: no process has the PID, or the handle's process is gone. A system that hides other users'
//     processes without saying so has none of them.
//   - [ErrZombieProcess]: it has exited, and no longer has the thing asked for.
//   - [ErrAccessDenied]: the system refuses, or is known to hide the process.
//   - [errors.ErrUnsupported]: this system, or this version of it, cannot tell.
//   - [ErrInvalidResource], [ErrInvalidLimits]: wrong arguments; nothing was changed.
//
// An error of none of these kinds is what the kernel said, or that it said something that makes no sense.
//
// # PIDs
//
// A PID is the number given. Negative ones, and 0 on Linux, are ErrNoSuchProcess; elsewhere 0 is the kernel's own process,
// never the caller.
//
// Linux: a thread id is accepted by the functions that read, as the kernel accepts it, and they answer for that thread: its
// own mask and its own queue of pending signals. Rlimit with new limits refuses it. Everywhere else a thread id is
// ErrNoSuchProcess.
//
// Linux: the environment variable HOST_PROC names another mount of procfs than /proc, as for gopsutil. If that one belongs
// to another PID namespace than ours, every answer comes from its files, limits cannot be set, and an *os.Process, which is
// of our namespace, is unsupported.
package procinfo

import (
	"math"
	"os"
	"slices"
)

// GetUmask returns the file mode creation mask of a process; on error -1. It is in the range 0 to 0777, on FreeBSD to
// 07777.
//
// Linux 4.7 and later: the Umask line of /proc/PID/status, readable by everybody. Kernel threads have one too.
//
// FreeBSD: sysctl kern.proc.umask, for those who may debug the process: root, or the same user with all its groups, if it
// has not changed its ids since it was executed; otherwise ErrAccessDenied. Unsupported for process 0.
//
// On both, a zombie has none any more: ErrZombieProcess. The other systems do not tell it.
func GetUmask[P Proc](proc P) (int, error) {
	return orMinusOne(ask("getumask", proc, getUmask))
}

// GetGroups returns the supplementary group ids of a process: what the kernel's credential holds, in its order,
// duplicates kept. The slice is the caller's own, and not nil if there is no error. Zombies keep their groups, but on
// Solaris and illumos.
//
// The list need not equal os.Getgroups of that process. On macOS, FreeBSD and DragonFly BSD its first element is the
// effective group id; elsewhere that is in the list only if it was put there.
//
// Linux: the Groups line of /proc/PID/status, readable by everybody; up to 65,536, sorted. Ids that the reader's user
// namespace does not map are given as the overflow id, usually 65534.
//
// FreeBSD: sysctl kern.proc.groups, up to 1,024 and more if kern.ngroups was raised, sorted behind the first.
//
// macOS, NetBSD, OpenBSD, DragonFly BSD: sysctl kern.proc or kern.proc2, up to 16. Memberships that macOS knows from
// directory services only are not among them.
//
// Solaris, illumos: /proc/PID/cred, for root and the process's own user; otherwise ErrAccessDenied. Zombies and processes
// that exit have none any more: ErrZombieProcess.
func GetGroups[P Proc](proc P) ([]uint32, error) {
	return ask("getgroups", proc, getGroups)
}

// GetSigmasks returns the signals that are pending, blocked, ignored and caught in a process. Read [Sigmasks] for what
// each means; a set that the system does not report is not Known. Everybody may ask, and zombies answer, without pending
// signals; but not on Solaris and illumos.
//
// Linux: the SigPnd, ShdPnd, SigBlk, SigIgn and SigCgt lines of /proc/PID/status. FreeBSD: sysctl kern.proc.pid, for the
// process and for its first thread. NetBSD: sysctl kern.proc2. OpenBSD, DragonFly BSD: sysctl kern.proc. macOS: sysctl
// kern.proc, ignored and caught signals only.
//
// Solaris, illumos: /proc/PID/status, lstatus and sigact, for root and the process's own user; otherwise ErrAccessDenied.
// Zombies and processes that exit have no signals any more: ErrZombieProcess.
func GetSigmasks[P Proc](proc P) (Sigmasks, error) {
	return ask("getsigmasks", proc, getSigmasks)
}

// Getpgid returns the process group id of a process; on error -1. Everybody may ask, for zombies too.
//
// Linux: getpgid(2). 0 is a group whose leader is outside our PID namespace, and the group of kernel threads.
//
// macOS, FreeBSD, NetBSD, DragonFly BSD: getpgid(2), and the record of sysctl kern.proc or kern.proc2 for zombies.
//
// OpenBSD: sysctl kern.proc, as getpgid(2) does not tell of other sessions.
//
// Solaris, illumos: /proc/PID/psinfo.
func Getpgid[P Proc](proc P) (int, error) {
	return orMinusOne(ask("getpgid", proc, getPgid))
}

// Getsid returns the session id of a process; on error -1. Everybody may ask, for zombies too.
//
// Linux: getsid(2). 0 is a session whose leader is outside our PID namespace, and the session of kernel threads.
//
// FreeBSD, NetBSD, DragonFly BSD: getsid(2), and the record of sysctl kern.proc or kern.proc2 for zombies.
//
// macOS: getsid(2). No record has the session: a zombie is ErrZombieProcess, and process 0 unsupported.
//
// OpenBSD: sysctl kern.proc, as getsid(2) does not tell of other sessions. 0 is a session whose leader has exited.
//
// Solaris, illumos: /proc/PID/psinfo.
func Getsid[P Proc](proc P) (int, error) {
	return orMinusOne(ask("getsid", proc, getSid))
}

// ask has a cell of the support matrix answer for a process, and wraps what goes wrong.
func ask[P Proc, T any](op string, proc P, cell func(target) (T, error)) (v T, err error) {
	t, err := targetOf(proc)
	if err == nil {
		t.scope = scopeOf(t.pid)
		t.scope.has(false)
		if t.handle != nil {
			t.scope.meet(t.handle)
		}
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
	var none T
	return none, &Error{Op: op, PID: t.pid, Err: err}
}

// orMinusOne makes a number -1 if there is an error.
func orMinusOne(n int, err error) (int, error) {
	if err != nil {
		return -1, err
	}
	return n, nil
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
// number cannot have passed to another. What was only found in a Oneshot's record may have been confirmed before.
func (t target) confirm() error {
	if t.handle == nil || t.scope != nil && t.scope.found && slices.Contains(t.scope.confirmed, t.handle) {
		return nil
	}
	if t.handle.gone() {
		return ErrNoSuchProcess
	}
	if t.scope != nil && !slices.Contains(t.scope.confirmed, t.handle) {
		t.scope.confirmed = append(t.scope.confirmed, t.handle)
	}
	return nil
}
