// SPDX-License-Identifier: MIT

//go:build unix

package procfs

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// SolarisProc reads the process file system of Solaris and illumos. It compiles on every Unix system, so that it can be
// tested on made-up files.
//
// Its methods return ErrGone if there is no such process, ErrHidden if there is one of which nothing is shown, ErrDead for
// one that has exited or is about to and no longer has the thing asked for, the errno itself if the kernel refuses, and
// otherwise what is wrong.
//
// The answer to one call, and those to several calls with the same since, are of one and the same process: where more
// than one file is needed, psinfo has to tell the same start before and after.
type SolarisProc struct {
	Root  string       // "/proc"
	Self  int          // our own PID, which has to be there
	Files SolarisFiles // nil: the kernel's
}

// ErrHidden says that the process exists, but that we lack the privilege to see others' (PRIV_PROC_INFO).
var ErrHidden = errors.New("hidden, without the privilege proc_info")

// SolarisFiles are the calls that are made.
type SolarisFiles interface {
	Open(path string) (fd int, err error)
	Read(fd int, b []byte) (int, error)
	Close(fd int)
	Probe(pid int) error // kill(2) with signal 0
}

type kernelFiles struct{}

func (kernelFiles) Open(path string) (int, error) {
	return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
}
func (kernelFiles) Read(fd int, b []byte) (int, error) { return syscall.Read(fd, b) }
func (kernelFiles) Close(fd int)                       { syscall.Close(fd) }
func (kernelFiles) Probe(pid int) error                { return syscall.Kill(pid, 0) }

func (s *SolarisProc) files() SolarisFiles {
	if s.Files != nil {
		return s.Files
	}
	return kernelFiles{}
}

const (
	// maxSolarisFile bounds what is read of lstatus: about 50,000 threads.
	maxSolarisFile = 64 << 20

	// maxSolarisTries bounds how often a process that was replaced, or executed another program, is looked at again.
	maxSolarisTries = 20
)

// solarisBuffers have room for psinfo, cred, status and sigact, and for a lstatus of 12 threads. They grow.
var solarisBuffers = sync.Pool{New: func() any { b := make([]byte, 16<<10); return &b }}

func putSolarisBuffer(b *[]byte) {
	if len(*b) <= 1<<20 {
		solarisBuffers.Put(b)
	}
}

// Psinfo reads what everybody is told of a process, zombies too.
func (s *SolarisProc) Psinfo(pid int) (SolarisPsinfo, error) {
	buf := solarisBuffers.Get().(*[]byte)
	defer putSolarisBuffer(buf)
	return s.psinfo(pid, *buf)
}

func (s *SolarisProc) psinfo(pid int, buf []byte) (SolarisPsinfo, error) {
	n, err := s.read(pid, "psinfo", buf[:SolarisPsinfoSize])
	if err == syscall.ENOENT {
		if _, err := s.read(s.Self, "psinfo", buf[:SolarisPsinfoSize]); err == syscall.ENOENT {
			return SolarisPsinfo{}, fmt.Errorf("no procfs at %s: %w", s.Root, err)
		}
		if !s.hides(pid) {
			return SolarisPsinfo{}, ErrGone
		}
		n, err = s.read(pid, "psinfo", buf[:SolarisPsinfoSize]) // it may have been started between the two looks
		switch {
		case err == syscall.ENOENT && s.hides(pid):
			return SolarisPsinfo{}, ErrHidden
		case err == syscall.ENOENT:
			return SolarisPsinfo{}, ErrGone
		}
	}
	if err != nil {
		return SolarisPsinfo{}, err
	}
	return DecodeSolarisPsinfo(buf[:n], int32(pid))
}

// hides reports whether the process exists and is another user's: without PRIV_PROC_INFO its directory does not exist for us
// (pr_lookup_procdir). Process 0 cannot be asked for.
func (s *SolarisProc) hides(pid int) bool { return pid > 0 && s.files().Probe(pid) == syscall.EPERM }

// Groups reads the supplementary groups and appends them to groups. Of a process with another start than since, if that is
// not nil, it knows nothing.
func (s *SolarisProc) Groups(pid int, since *SolarisStart, groups []uint32) ([]uint32, error) {
	buf := solarisBuffers.Get().(*[]byte)
	defer putSolarisBuffer(buf)
	var found []uint32
	read := func() error {
		cred, err := s.readAll(pid, "cred", buf)
		if err == nil {
			found, err = DecodeSolarisCred(cred, groups)
		}
		return err
	}
	if since == nil {
		if err := read(); err != syscall.ENOENT {
			return found, err
		}
	}
	if err := s.whole(pid, since, buf, read); err != nil {
		return nil, err
	}
	return found, nil
}

// Sigmasks reads the sets of signals. Of a process with another start than since, if that is not nil, it knows nothing.
func (s *SolarisProc) Sigmasks(pid int, since *SolarisStart) (sigset.Masks, error) {
	buf := solarisBuffers.Get().(*[]byte)
	defer putSolarisBuffer(buf)
	var masks sigset.Masks
	if err := s.whole(pid, since, buf, func() (err error) {
		masks, err = s.masks(pid, buf)
		return err
	}); err != nil {
		return sigset.Masks{}, err
	}
	return masks, nil
}

// whole has read read files of one process, that was started at since or, if that is nil, of any. psinfo is looked at in
// between. As long as that tells the same start, the process was there all the time, and files that were missing are gone
// because it exits: of these psinfo has the last thread as if it lived (prlock, proc_exit).
func (s *SolarisProc) whole(pid int, since *SolarisStart, buf *[]byte, read func() error) error {
	var start SolarisStart
	known := since != nil
	if known {
		start = *since
	}
	for range maxSolarisTries {
		var err error
		if known {
			err = read()
		}
		p, gone := s.psinfo(pid, *buf)
		switch {
		case gone != nil:
			return gone
		case p.Zombie: // since whenever
			return ErrDead
		case known && p.Start == start:
			if err == syscall.ENOENT {
				return ErrDead
			}
			return err
		case since != nil:
			return ErrGone
		}
		start, known = p.Start, true // what was read, or refused, can be another's
	}
	return fmt.Errorf("%s/%d: another process at every look", s.Root, pid)
}

// masks reads the files that have sets of signals.
func (s *SolarisProc) masks(pid int, buf *[]byte) (sigset.Masks, error) {
	n, err := s.read(pid, "status", (*buf)[:SolarisStatusSize])
	if err != nil {
		return sigset.Masks{}, err
	}
	status, err := DecodeSolarisStatus((*buf)[:n], int32(pid))
	if err != nil {
		return sigset.Masks{}, err
	}
	if !status.Main() {
		lstatus, err := s.readAll(pid, "lstatus", buf)
		if err != nil {
			return sigset.Masks{}, err
		}
		if status.LWP, err = DecodeSolarisLstatus(lstatus); err != nil {
			return sigset.Masks{}, err
		}
	}
	sigact, err := s.readAll(pid, "sigact", buf)
	if err != nil {
		return sigset.Masks{}, err
	}
	masks := sigset.Masks{
		Pending:        status.Pending.Union(status.LWP.Pending),
		Blocked:        status.LWP.Blocked,
		ProcessPending: status.Pending,
	}
	masks.Ignored, masks.Caught, err = DecodeSolarisSigact(sigact)
	if err != nil {
		return sigset.Masks{}, err
	}
	return masks, nil
}

// List calls each with the number of every process, in the directory's order, until that returns false.
func (s *SolarisProc) List(each func(pid int) bool) error {
	names, err := namesIn(s.Root)
	if err == nil && !slices.Contains(names, strconv.Itoa(s.Self)) { // an empty directory, or another file system
		err = syscall.ENOENT
	}
	if err != nil {
		return fmt.Errorf("no procfs at %s: %w", s.Root, err)
	}
	for _, name := range names {
		pid, err := strconv.ParseInt(name, 10, 32)
		if err == nil && pid >= 0 && !each(int(pid)) {
			break
		}
	}
	return nil
}

func namesIn(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// readAll reads a file whose length is not known, into *buf, which it replaces by a larger one if needed. Each read makes the
// file anew, so the whole is had only in one.
func (s *SolarisProc) readAll(pid int, file string, buf *[]byte) ([]byte, error) {
	for {
		n, err := s.read(pid, file, *buf)
		if err != nil {
			return nil, err
		}
		if n < len(*buf) {
			return (*buf)[:n], nil
		}
		if len(*buf) >= maxSolarisFile {
			return nil, fmt.Errorf("%s/%d/%s is longer than %d bytes", s.Root, pid, file, maxSolarisFile)
		}
		*buf = make([]byte, min(4*len(*buf), maxSolarisFile))
	}
}

// read reads a file, or as much of it as fits, in a single call. A file that was opened before its process executed another
// program can be EAGAIN: it has to be opened anew, as by then we might not be allowed to.
func (s *SolarisProc) read(pid int, file string, buf []byte) (int, error) {
	files := s.files()
	path := s.Root + "/" + strconv.Itoa(pid) + "/" + file
	var err error
	for again, interrupted := 0, 0; again < maxSolarisTries && interrupted < 1000; {
		var fd, n int
		if fd, err = files.Open(path); err == nil {
			n, err = files.Read(fd, buf)
			files.Close(fd)
		}
		switch err {
		case nil:
			return n, nil
		case syscall.EAGAIN:
			again++
		case syscall.EINTR:
			interrupted++
		case syscall.ENOENT, syscall.EACCES, syscall.EPERM:
			return 0, err
		default:
			return 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return 0, fmt.Errorf("%s: %w", path, err)
}
