// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// getUmask: to this sysctl 0 is the caller, so nothing tells the umask of the kernel's process.
func getUmask(t target) (int, error) {
	if t.pid == 0 {
		var p kinfo.FreeBSDProc
		if _, err := processOf(t, &p); err != nil {
			return -1, err
		}
		return -1, errors.ErrUnsupported
	}
	if err := refuseThread(t); err != nil {
		return -1, err
	}
	var mask [2]byte
	n := 0
	mib := [...]int32{unix.CTL_KERN, kernProc, procUmask, int32(t.pid)}
	err := living(t, func() (err error) {
		n, err = sysctl.Read(mib[:], mask[:])
		return err
	})
	if err == nil {
		err = vouch(t)
	}
	if err != nil {
		return -1, err
	}
	return kinfo.FreeBSDUmask(mask[:n])
}
