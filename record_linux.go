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
	// successor; if files are refused, system calls answer for the process that same has.
	snapshot bool
	refused  error
	same     memo[identity]
	ids      memo[ids]
	limits   memo[procfs.LinuxLimits]
	dir      memo[int] // /proc/PID, open if there is more to read than status
}

// buffers have room for a status without many groups, and grow with it.
var buffers = sync.Pool{New: func() any { b := make([]byte, 4096); return &b }}

// release gives back what r holds, which is then empty.
func (r *record) release() {
	if r.status != nil {
		buffers.Put(r.status)
	}
	if r.dir.known {
		unix.Close(r.dir.value)
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
	default: // an unsound one is not kept
		buffers.Put(r.status)
		r.status = nil
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

// readFile reads a file of the process whole.
func readFile(t target, file string, buf *[]byte) ([]byte, error) {
	p, err := procOf(t)
	if err != nil {
		return nil, err
	}
	var r *record
	if t.scope != nil && t.scope.record.snapshot {
		if r = &t.scope.record; r.refused != nil {
			return nil, r.refused
		}
	}
	var short [80]byte
	dir, path := unix.AT_FDCWD, short[:0]
	if r != nil && r.dir.known {
		dir, path = r.dir.value, append(append(path, file...), 0)
	} else {
		path = procfs.AppendPath(path, p.root, t.pid, file)
	}
	text, err := procfs.ReadFile(dir, path, buf)
	switch {
	case err == nil:
		return text, nil
	case err == unix.ENOENT && dir != unix.AT_FDCWD && !p.foreign:
		// hidepid hides the files of a process that lives; of one that is gone it would be ESRCH, or that the next time.
		if err = r.refuse(t, errHidden); err == errHidden {
			if _, again := procfs.ReadFile(dir, path, buf); again != unix.ENOENT {
				err = ErrNoSuchProcess
			}
		}
		return nil, err
	case err == unix.ENOENT:
		text, err = p.lookAgain(t, file, buf)
	default:
		err = p.kindOf(t.pid, file, err)
	}
	if r != nil && !p.foreign && errors.Is(err, ErrAccessDenied) {
		err = r.refuse(t, err)
	}
	return text, err
}

// refuse notes that a snapshot can have no files, and who has the PID that system calls will be asked about.
func (r *record) refuse(t target, why error) error {
	id, err := identify(t.pid)
	if err != nil {
		return err
	}
	r.refused, r.same = why, memo[identity]{id, true}
	return why
}

// bySystemCall returns what a system call on the PID has said, if that was about the snapshot's process.
func bySystemCall[T any](t target, v T, err error) (T, error) {
	if t.scope == nil || !t.scope.record.same.known || t.scope.record.same.value.holds(t.pid) {
		return v, err
	}
	return v, ErrNoSuchProcess
}

var errHidden = caused(ErrAccessDenied, errors.New("hidden by the mount option hidepid"))

// lookAgain reads a file that was not there. If a process has the PID all the while and has no such file, it is hidden.
func (p *procRoot) lookAgain(t target, file string, buf *[]byte) ([]byte, error) {
	if p.foreign || !p.exists() {
		return nil, p.kindOf(t.pid, file, unix.ENOENT)
	}
	id, err := identify(t.pid)
	if err != nil {
		return nil, err
	}
	defer id.close()
	text, err := procfs.ReadFile(unix.AT_FDCWD, procfs.AppendPath(nil, p.root, t.pid, file), buf)
	switch {
	case err != unix.ENOENT:
		return text, p.kindOf(t.pid, file, err)
	case id.holds(t.pid):
		return nil, errHidden
	}
	return nil, ErrNoSuchProcess
}

// openDir opens the process's directory for readFile. If there is none for a process that exists, system calls can still
// answer.
func (r *record) openDir(t target) error {
	p, err := procOf(t)
	if err != nil {
		return err
	}
	var short [80]byte
	path := procfs.AppendPath(short[:0], p.root, t.pid, "")
	const flags = unix.O_PATH | unix.O_DIRECTORY
	dir, err := procfs.Open(unix.AT_FDCWD, path, flags)
	if err != nil {
		if err != unix.ENOENT || p.foreign {
			return p.kindOf(t.pid, "", err)
		}
		why := errHidden
		if !p.exists() {
			why = p.missing(err)
		}
		if err := r.refuse(t, why); err != why {
			return err
		}
		if dir, err = procfs.Open(unix.AT_FDCWD, path, flags); err == unix.ENOENT {
			_, err := bySystemCall(t, 0, nil)
			return err
		}
		r.same.value.close()
		r.refused, r.same = nil, memo[identity]{}
		if err != nil {
			return p.kindOf(t.pid, "", err)
		}
	}
	r.dir = memo[int]{dir, true}
	return nil
}

// ids are process group and session.
type ids struct{ pgid, sid int }

// idsFromFile returns them where files have to answer. It is not ok where the system calls may.
func idsFromFile(t target) (found ids, ok bool, err error) {
	p, err := procOf(t)
	if err != nil {
		return ids{-1, -1}, false, err
	}
	if t.scope != nil && t.scope.record.snapshot {
		found, err = remember(t, func(r *record) *memo[ids] { return &r.ids },
			func() (ids, error) { return decodeStatus(t, decodeIDs) })
		if t.scope.record.refused == nil && err != errors.ErrUnsupported {
			return found, err == nil, err
		}
	}
	if !p.foreign {
		return ids{}, false, nil
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	text, err := readFile(t, "stat", buf)
	if err != nil {
		return ids{-1, -1}, false, err
	}
	stat, err := procfs.DecodeLinuxStat(text)
	return ids{stat.Pgid, stat.Sid}, err == nil, decodeKind(err)
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
