// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

// getSid: the session keeps its id when its leader has gone, in the record as in getsid(2).
func getSid(t target) (int, error) {
	return idOf(t, unix.Getsid, func(p kinfo.DragonFlyProc) int { return p.Sid })
}
