// SPDX-License-Identifier: MIT

package procfs

import (
	"encoding/binary"
	"fmt"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// SolarisStatusSize is the size of pstatus_t.
const SolarisStatusSize = 1680

// Offsets in pstatus_t and lwpstatus_t, sys/procfs.h.
const (
	solarisStatusNLWP    = 4   // pr_nlwp
	solarisStatusPID     = 8   // pr_pid
	solarisStatusSigpend = 32  // pr_sigpend
	solarisStatusLWP     = 384 // pr_lwp

	solarisLWPSize = 1296
	solarisLWPID   = 4   // pr_lwpid
	solarisLWPPend = 272 // pr_lwppend
	solarisLWPHold = 288 // pr_lwphold

	solarisHeaderSize = 16 // prheader_t
	solarisNEnt       = 0  // pr_nent
	solarisEntSize    = 8  // pr_entsize
)

// SolarisLWP is a thread, as the kernel sees it.
type SolarisLWP struct {
	ID               int32
	Pending, Blocked sigset.Set // its own queue alone
}

// SolarisStatus is what status tells of a process.
type SolarisStatus struct {
	Pending sigset.Set // the process's queue
	NLWP    int32

	// LWP is one of the threads: one that is stopped or runs, rather than one that sleeps (prchoose).
	LWP SolarisLWP
}

// Main reports whether LWP is the main thread. That one is number 1 or, in the child of a fork by another thread, the only
// one at first.
func (s *SolarisStatus) Main() bool { return s.LWP.ID == 1 || s.NLWP == 1 }

// DecodeSolarisStatus decodes /proc/PID/status, which has to be of process pid.
func DecodeSolarisStatus(file []byte, pid int32) (SolarisStatus, error) {
	if len(file) != SolarisStatusSize {
		return SolarisStatus{}, fmt.Errorf("status of %d bytes, not %d", len(file), SolarisStatusSize)
	}
	if got := solarisInt(file, solarisStatusPID); got != pid {
		return SolarisStatus{}, fmt.Errorf("status of process %d, not %d", got, pid)
	}
	s := SolarisStatus{
		Pending: solarisSet(file, solarisStatusSigpend),
		NLWP:    solarisInt(file, solarisStatusNLWP),
		LWP:     solarisLWP(file[solarisStatusLWP:]),
	}
	if s.NLWP < 1 || s.LWP.ID < 1 {
		return SolarisStatus{}, fmt.Errorf("status with %d threads, of which %d", s.NLWP, s.LWP.ID)
	}
	return s, nil
}

func solarisLWP(entry []byte) SolarisLWP {
	return SolarisLWP{
		ID:      solarisInt(entry, solarisLWPID),
		Pending: solarisSet(entry, solarisLWPPend),
		Blocked: solarisSet(entry, solarisLWPHold),
	}
}

// DecodeSolarisLstatus decodes /proc/PID/lstatus, all threads in the order of the kernel's table, and returns the main
// thread: the one with the lowest number. Entries are larger than lwpstatus_t. ErrDead: no thread is left.
func DecodeSolarisLstatus(file []byte) (SolarisLWP, error) {
	n, size, err := solarisEntries(file)
	if err != nil {
		return SolarisLWP{}, err
	}
	if int64(len(file)) != solarisHeaderSize+n*size {
		return SolarisLWP{}, fmt.Errorf("lstatus of %d bytes with %d entries of %d", len(file), n, size)
	}
	if n == 0 {
		return SolarisLWP{}, ErrDead
	}
	first := -1
	var lowest int32
	for i := range int(n) {
		id := solarisInt(file, solarisHeaderSize+i*int(size)+solarisLWPID)
		if id < 1 {
			return SolarisLWP{}, fmt.Errorf("lstatus with a thread %d", id)
		}
		if first < 0 || id < lowest {
			first, lowest = i, id
		}
	}
	return solarisLWP(file[solarisHeaderSize+first*int(size):]), nil
}

// solarisEntries returns what the header, which may be all that there is of the file, says that it holds.
func solarisEntries(file []byte) (n, size int64, err error) {
	if len(file) < solarisHeaderSize {
		return 0, 0, fmt.Errorf("lstatus of %d bytes", len(file))
	}
	n, size = solarisLong(file, solarisNEnt), solarisLong(file, solarisEntSize)
	if n < 0 || n > 1<<24 || size < solarisLWPSize || size > 1<<16 || size%8 != 0 {
		return 0, 0, fmt.Errorf("lstatus with %d entries of %d bytes", n, size)
	}
	return n, size, nil
}

// Records of /proc/PID/sigact, struct sigaction. Signal 1 is first.
const (
	solarisActionSize    = 32
	solarisActionHandler = 8 // sa_handler

	solarisDefault, solarisIgnore, solarisHold = 0, 1, 2 // SIG_DFL, SIG_IGN, SIG_HOLD

	// There are as many as signals: 74 on illumos, another number on Oracle Solaris. All have 1 to 40.
	solarisLeastSignals = 40
)

// DecodeSolarisSigact decodes /proc/PID/sigact.
func DecodeSolarisSigact(file []byte) (ignored, caught sigset.Set, err error) {
	n := len(file) / solarisActionSize
	if len(file)%solarisActionSize != 0 || n < solarisLeastSignals || n > sigset.Max {
		return sigset.Set{}, sigset.Set{}, fmt.Errorf("sigact of %d bytes", len(file))
	}
	ignored.Given, caught.Given = true, true
	for i := range n {
		switch binary.LittleEndian.Uint64(file[i*solarisActionSize+solarisActionHandler:]) {
		case solarisDefault, solarisHold:
		case solarisIgnore:
			ignored.Add(i + 1)
		default:
			caught.Add(i + 1)
		}
	}
	return ignored, caught, nil
}
