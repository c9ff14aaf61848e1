// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

// getPgid asks getpgid(2), to which 0 is the caller, and which does not know zombies: their records do.
func getPgid(t target) (int, error) {
	if t.scope == nil && t.pid != 0 {
		if pgid, err := unix.Getpgid(t.pid); err == nil {
			return pgid, nil
		} else if err != unix.ESRCH {
			return -1, errnoKind(err)
		}
	}
	var p kinfo.FreeBSDProc
	process, err := processOf(t, &p)
	if err != nil {
		return -1, err
	}
	return process.PGID, nil
}
