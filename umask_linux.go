// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
)

// getUmask: a process loses its umask when it dies, so a missing line is unsupported only where the kernel never has one.
func getUmask(t target) (int, error) {
	place := func(r *record) *memo[int] { return &r.umask }
	if mask := recall(t, place); mask != nil {
		return *mask, nil
	}
	mask, err := learn(t, place, func() (int, error) { return decodeStatus(t, procfs.LinuxUmask) })
	switch err {
	case procfs.ErrDead:
		return 0, ErrZombieProcess
	case procfs.ErrExiting:
		if kernelTellsUmask() {
			return 0, ErrZombieProcess
		}
		return 0, errors.ErrUnsupported
	}
	return mask, err
}

// kernelTellsUmask reports whether this kernel is 4.7 or later, by our own status.
var kernelTellsUmask = sync.OnceValue(func() bool {
	var buf []byte
	status, err := readSelf("/proc", &buf)
	if err != nil {
		return false
	}
	_, err = procfs.LinuxUmask(status)
	return err == nil
})
