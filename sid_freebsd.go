// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

// getSid asks getsid(2), to which 0 is the caller, and which does not know zombies: their records do.
func getSid(t target) (int, error) {
	if t.scope == nil && t.pid != 0 {
		if sid, err := unix.Getsid(t.pid); err == nil {
			return sid, nil
		} else if err != unix.ESRCH {
			return -1, errnoKind(err)
		}
	}
	var p kinfo.FreeBSDProc
	process, err := processOf(t, &p)
	if err != nil {
		return -1, err
	}
	return process.SID, nil
}
