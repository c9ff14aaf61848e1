// SPDX-License-Identifier: MIT

package procfs

import (
	"encoding/binary"
	"fmt"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// SolarisPsinfoSize is the size of psinfo_t, as a program of 64 bits reads it. A newer kernel with more to tell gives its
// beginning to who asks for that much.
const SolarisPsinfoSize = 416

// Offsets in psinfo_t, sys/procfs.h.
const (
	solarisPID       = 8   // pr_pid
	solarisPgid      = 16  // pr_pgid
	solarisSid       = 20  // pr_sid
	solarisStartSec  = 88  // pr_start.tv_sec
	solarisStartNsec = 96  // pr_start.tv_nsec
	solarisSname     = 314 // pr_lwp.pr_sname
)

// SolarisPsinfo is what psinfo tells of a process.
type SolarisPsinfo struct {
	PID, Pgid, Sid int32
	Zombie         bool // the other files cannot be opened any more
	Start          SolarisStart
}

// SolarisStart is when a process was started. That and its number tell it from all others, but of a zombie it is not
// known and 0 (prgetpsinfo).
type SolarisStart struct{ Sec, Nsec int64 }

// DecodeSolarisPsinfo decodes /proc/PID/psinfo, which has to be of process pid.
func DecodeSolarisPsinfo(file []byte, pid int32) (SolarisPsinfo, error) {
	if len(file) != SolarisPsinfoSize {
		return SolarisPsinfo{}, fmt.Errorf("psinfo of %d bytes, not %d", len(file), SolarisPsinfoSize)
	}
	p := SolarisPsinfo{
		PID:    solarisInt(file, solarisPID),
		Pgid:   solarisInt(file, solarisPgid),
		Sid:    solarisInt(file, solarisSid),
		Zombie: file[solarisSname] == 'Z',
		Start:  SolarisStart{solarisLong(file, solarisStartSec), solarisLong(file, solarisStartNsec)},
	}
	switch {
	case p.PID != pid:
		return SolarisPsinfo{}, fmt.Errorf("psinfo of process %d, not %d", p.PID, pid)
	case p.Pgid < 0 || p.Sid < 0:
		return SolarisPsinfo{}, fmt.Errorf("psinfo with process group %d, session %d", p.Pgid, p.Sid)
	case p.Start.Nsec < 0 || p.Start.Nsec >= 1e9:
		return SolarisPsinfo{}, fmt.Errorf("psinfo with a start of %d s, %d ns", p.Start.Sec, p.Start.Nsec)
	}
	return p, nil
}

func solarisInt(file []byte, at int) int32  { return int32(binary.LittleEndian.Uint32(file[at:])) }
func solarisLong(file []byte, at int) int64 { return int64(binary.LittleEndian.Uint64(file[at:])) }

// solarisSet is a sigset_t, four words of 32 signals each.
func solarisSet(file []byte, at int) sigset.Set {
	return sigset.Set{Bits: [2]uint64{uint64(solarisLong(file, at)), uint64(solarisLong(file, at+8))}, Given: true}
}
