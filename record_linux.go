// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"fmt"
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

	// A snapshot takes from files what system calls would tell as well, as they cannot be those of a successor.
	snapshot bool
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
	if r.status == nil {
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
	var short [80]byte
	dir, path := unix.AT_FDCWD, short[:0]
	if t.scope != nil && t.scope.record.dir.known {
		dir, path = t.scope.record.dir.value, append(append(path, file...), 0)
	} else {
		path = procfs.AppendPath(path, p.root, t.pid, file)
	}
	text, err := procfs.ReadFile(dir, path, buf)
	if err == unix.ENOENT && p.hides(t.pid) {
		// It exists now. If it can be read now, another process has come between the two looks.
		again, err := procfs.ReadFile(unix.AT_FDCWD, procfs.AppendPath(nil, p.root, t.pid, file), buf)
		switch {
		case err == unix.ENOENT:
			return nil, errHidden
		case dir == unix.AT_FDCWD:
			return again, p.kindOf(t.pid, file, err)
		}
		return nil, ErrNoSuchProcess
	}
	return text, p.kindOf(t.pid, file, err)
}

var errHidden = caused(ErrAccessDenied, errors.New("hidden by the mount option hidepid"))

// openDir opens the process's directory for readFile.
func (r *record) openDir(t target) error {
	p, err := procOf(t)
	if err != nil {
		return err
	}
	path := procfs.AppendPath(nil, p.root, t.pid, "")
	dir, err := procfs.Open(unix.AT_FDCWD, path, unix.O_PATH|unix.O_DIRECTORY)
	if err == unix.ENOENT && p.hides(t.pid) {
		return errHidden
	}
	if err != nil {
		return p.kindOf(t.pid, "", err)
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
		found, err = decodeStatus(t, func(status []byte) (ids, error) {
			pgid, sid, err := procfs.LinuxIDs(status)
			return ids{pgid, sid}, err
		})
		if err == nil || err == ErrNoSuchProcess || p.foreign && err != errors.ErrUnsupported {
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
	return ids{stat.Pgid, stat.Sid}, err == nil, err
}

// kindOf says in our errors what a failure on a file of a process means.
func (p *procRoot) kindOf(pid int, file string, err error) error {
	switch err {
	case nil:
		return nil
	case unix.ENOENT:
		if !p.exists() {
			return fmt.Errorf("no procfs at %s: %w", p.root, err)
		}
		return ErrNoSuchProcess
	case unix.ESRCH, unix.EPERM, unix.EACCES:
		return errnoKind(err)
	}
	return fmt.Errorf("%s/%d/%s: %w", p.root, pid, file, err)
}
