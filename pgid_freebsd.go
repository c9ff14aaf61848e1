// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

func getPgid(t target) (int, error) {
	return idOf(t, unix.Getpgid, func(p *kinfo.FreeBSDProc) int { return p.PGID })
}
