// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
)

// NumDragonFlyLimits is RLIM_NLIMITS.
const NumDragonFlyLimits = 12

// DragonFlyLimit is a line of /proc/PID/rlimit. Unlimited is math.MaxUint64.
type DragonFlyLimit struct{ Soft, Hard uint64 }

// DragonFlyLimits are the lines by the numbers of the resources, sys/resource.h.
type DragonFlyLimits [NumDragonFlyLimits]DragonFlyLimit

// The lines' names, RLIM_STRINGS.
var dragonFlyLimitNames = [NumDragonFlyLimits]string{
	"cpu", "fsize", "data", "stack", "core", "rss", "memlock", "nproc", "nofile", "sbsize", "vmem", "posixlock",
}

// DecodeDragonFlyLimits decodes the file (procfs_dorlimit): a line "name soft hard" for each resource, in the order of
// their numbers, -1 being unlimited. Lines behind those known are of a newer kernel.
func DecodeDragonFlyLimits(text []byte) (DragonFlyLimits, error) {
	var limits DragonFlyLimits
	for i, name := range dragonFlyLimitNames {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return DragonFlyLimits{}, malformed("rlimit, cut", bytes.Clone(text))
		}
		line := text[:end]
		text = text[end+1:]
		if len(line) <= len(name) || string(line[:len(name)]) != name || line[len(name)] != ' ' {
			return DragonFlyLimits{}, malformed("rlimit", bytes.Clone(line))
		}
		soft, hard, ok := bytes.Cut(line[len(name)+1:], []byte{' '})
		limits[i].Soft, ok = dragonFlyLimitOf(soft, ok)
		limits[i].Hard, ok = dragonFlyLimitOf(hard, ok)
		if !ok {
			return DragonFlyLimits{}, malformed("rlimit", bytes.Clone(line))
		}
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return DragonFlyLimits{}, malformed("rlimit, cut", bytes.Clone(text))
	}
	return limits, nil
}

func dragonFlyLimitOf(text []byte, ok bool) (uint64, bool) {
	if !ok || string(text) == "-1" {
		return math.MaxUint64, ok
	}
	return decimal(text, math.MaxInt64-1) // MaxInt64 is infinity, and printed as -1
}

// DragonFlyFiles is what reading the limits of another process asks for.
type DragonFlyFiles interface {
	// Check returns nil if there is a live process that procfs shows us, ErrGone, or ErrDead for one that has begun to exit
	// or is a zombie; anything else is returned.
	Check(pid int) error
	// Limits reads the file, with zeros put before the number in its name. ErrAbsent: there is no such name. ErrGone: the
	// process has exited since. Anything else is returned.
	Limits(pid, zeros int) (DragonFlyLimits, error)
	// Mounted reports whether there is a procfs at all.
	Mounted() bool
}

var (
	// ErrDragonFlyNoProcfs says that procfs is not mounted.
	ErrDragonFlyNoProcfs = errors.New("procfs is not mounted")
	// ErrDragonFlyHidden says that procfs shows a live process under no name that was tried.
	ErrDragonFlyHidden = errors.New("hidden by procfs")
)

// dragonFlyNames is how many names of a process are tried. All but the first have some zeros, no more than fit with a number
// into NAME_MAX.
const (
	dragonFlyNames = 12
	dragonFlyZeros = 240
)

// FindDragonFlyLimits returns the limits of another process.
//
// That procfs has no such file does not say that there is no such process: the kernel remembers names that were looked up
// in vain (vop_compat_nresolve), and goes on to deny them when a process with that number comes to be. It does so for
// everybody, so no name is tried before the process is known to exist. A number with zeros before it is another name for
// the same process (atopid). How many is left to chance: otherwise somebody could spoil the names of processes to come.
func FindDragonFlyLimits(k DragonFlyFiles, pid int) (DragonFlyLimits, error) {
	zeros, lost := 0, 0
	for range 2 * dragonFlyNames {
		if err := k.Check(pid); err != nil {
			return DragonFlyLimits{}, err
		}
		limits, err := k.Limits(pid, zeros)
		switch err {
		case ErrAbsent:
			if lost == 0 && !k.Mounted() {
				return DragonFlyLimits{}, ErrDragonFlyNoProcfs
			}
			if lost++; lost < dragonFlyNames {
				zeros = 1 + rand.IntN(dragonFlyZeros)
				continue
			}
			if err := k.Check(pid); err != nil {
				return DragonFlyLimits{}, err
			}
			return DragonFlyLimits{}, ErrDragonFlyHidden
		case ErrGone: // or about to be, or replaced by another that has its number
			continue
		}
		return limits, err
	}
	return DragonFlyLimits{}, ErrGone
}
