// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

func getSid(t target) (int, error) {
	return idOf(t, unix.Getsid, func(p *kinfo.FreeBSDProc) int { return p.SID })
}
