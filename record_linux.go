// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"strconv"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"golang.org/x/sys/unix"
)

// lowestPID is the lowest PID that can be a process; to Linux 0 is the caller.
const lowestPID = 1

// record is what Linux tells of a process in one piece, /proc/PID/status, with what was decoded of it.
type record struct {
	status *[]byte // of buffers; nil if not read
	length int

	umask    memo[int]
	groups   memo[[]uint32]
	sigmasks memo[Sigmasks]

	// A snapshot is of one process. It takes from files what system calls would tell as well, as files cannot be those of a
	// successor; if files are refused, system calls answer for the process that same has. Limits are asked for while status
	// is open.
	snapshot   bool
	withLimits bool
	root       *procRoot
	proc       memo[int] // root, open, while All goes through it
	refused    error
	same       memo[identity]
	ids        memo[ids]
	limits     memo[procfs.LinuxLimits]
	limitsErr  error
}

// buffers have room for a status without many groups, and grow with it.
var buffers = sync.Pool{New: func() any { b := make([]byte, 4096); return &b }}

// release gives back what r holds, which is then empty.
func (r *record) release() {
	if r.status != nil {
		buffers.Put(r.status)
	}
	if r.same.known {
		r.same.value.close()
	}
	*r = record{}
}

// decodeStatus decodes something of /proc/PID/status, which the record keeps if there is one.
func decodeStatus[T any](t target, decode func(status []byte) (T, error)) (v T, err error) {
	if t.scope == nil {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		status, err := readFile(t, "status", buf)
		if err != nil {
			return v, err
		}
		v, err = decode(status)
		return v, decodeKind(err)
	}
	r := &t.scope.record
	if !t.scope.has(r.status != nil) {
		buf := buffers.Get().(*[]byte)
		status, err := readFile(t, "status", buf)
		if err != nil {
			buffers.Put(buf)
			return v, err
		}
		r.status, r.length = buf, len(status)
	}
	v, err = decode((*r.status)[:r.length])
	switch err {
	case nil, procfs.ErrAbsent, procfs.ErrDead, procfs.ErrExiting:
	default:
		if !r.snapshot { // the next question may find a sound one
			buffers.Put(r.status)
			r.status = nil
		}
	}
	return v, decodeKind(err)
}

// decodeKind says in our errors what a decoder says. ErrDead and ErrExiting are left to the cell that knows what is missing.
func decodeKind(err error) error {
	switch err {
	case procfs.ErrAbsent:
		return errors.ErrUnsupported
	case procfs.ErrGone:
		return ErrNoSuchProcess
	}
	return err
}

// readFile reads a file of the process whole. While a snapshot's status is open, limits are asked for.
func readFile(t target, file string, buf *[]byte) ([]byte, error) {
	p, err := procOf(t)
	if err != nil {
		return nil, err
	}
	dir, root := unix.AT_FDCWD, p.root
	var r *record
	var meanwhile func()
	if t.snapshot() {
		if r = &t.scope.record; r.refused != nil {
			return nil, r.refused
		}
		if r.proc.known {
			dir, root = r.proc.value, ""
		}
		if r.withLimits && file == "status" {
			meanwhile = func() { r.limits.value, r.limitsErr = limitsNow(t) }
		}
	}
	var short [80]byte
	text, err := procfs.ReadFile(dir, procfs.AppendPath(short[:0], root, t.pid, file), buf, meanwhile)
	refused := r != nil && (err == unix.EACCES || err == unix.EPERM)
	switch {
	case err == nil:
	case !p.foreign && (refused || err == unix.ENOENT && p.exists()):
		text, err = p.lookAgain(t, file, buf, meanwhile)
	default:
		err = p.kindOf(t.pid, file, err)
	}
	if meanwhile != nil {
		r.limits.known = err == nil && r.limitsErr == nil
	}
	return text, err
}

var errHidden = caused(ErrAccessDenied, errors.New("hidden by the mount option hidepid"))

// lookAgain reads a file that was refused or not there, now for a process that is known. If that has the PID all the while and
// no such file, it is hidden. A snapshot notes that it can have no files, and whom system calls will be asked about.
func (p *procRoot) lookAgain(t target, file string, buf *[]byte, meanwhile func()) ([]byte, error) {
	id, err := identify(t.pid)
	if err != nil {
		return nil, err
	}
	text, err := procfs.ReadFile(unix.AT_FDCWD, procfs.AppendPath(nil, p.root, t.pid, file), buf, meanwhile)
	switch {
	case err != unix.ENOENT:
		err = p.kindOf(t.pid, file, err)
	case id.holds(t.pid):
		err = errHidden
	default:
		err = ErrNoSuchProcess
	}
	if t.snapshot() && t.scope.record.refused == nil && errors.Is(err, ErrAccessDenied) {
		t.scope.record.refused, t.scope.record.same = err, memo[identity]{id, true}
	} else {
		id.close()
	}
	return text, err
}

// snapshot reports whether t is to be answered by one.
func (t target) snapshot() bool { return t.scope != nil && t.scope.record.snapshot }

// still reports, after a system call on the PID, whether that was about the process of which a snapshot is.
func (t target) still() bool {
	return t.scope == nil || !t.scope.record.same.known || t.scope.record.same.value.holds(t.pid)
}

// ids are process group and session.
type ids struct{ pgid, sid int }

// idsFromFile returns them where files have to answer. It is not ok where the system calls may.
func idsFromFile(t target) (found ids, ok bool, err error) {
	p, err := procOf(t)
	if err != nil {
		return found, false, err
	}
	if t.snapshot() {
		found, err = remember(t, func(r *record) *memo[ids] { return &r.ids },
			func() (ids, error) { return decodeStatus(t, decodeIDs) })
		if t.scope.record.refused == nil && err != errors.ErrUnsupported {
			return found, err == nil, err
		}
	}
	if !p.foreign {
		return found, false, nil
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	text, err := readFile(t, "stat", buf)
	if err != nil {
		return found, false, err
	}
	stat, err := procfs.DecodeLinuxStat(text)
	return ids{stat.Pgid, stat.Sid}, err == nil, decodeKind(err)
}

// idByCall asks getpgid or getsid.
func idByCall(t target, trap uintptr) (int, error) {
	id, _, errno := unix.RawSyscall(trap, uintptr(t.pid), 0, 0)
	switch {
	case !t.still():
		return 0, ErrNoSuchProcess
	case errno != 0:
		return 0, errnoKind(errno)
	}
	return int(id), nil
}

func decodeIDs(status []byte) (ids, error) {
	pgid, sid, err := procfs.LinuxIDs(status)
	return ids{pgid, sid}, err
}

// kindOf says in our errors what a failure on a file of a process means.
func (p *procRoot) kindOf(pid int, file string, err error) error {
	switch err {
	case nil:
		return nil
	case unix.ENOENT:
		if !p.exists() {
			return p.missing(err)
		}
		return ErrNoSuchProcess
	case unix.ESRCH, unix.EPERM, unix.EACCES:
		return errnoKind(err)
	}
	return about(p.root+"/"+strconv.Itoa(pid)+"/"+file, err)
}
