// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"

	"golang.org/x/sys/unix"
)

// getSid asks getsid(2), to which 0 is the caller, and which does not know zombies. Records have no session: that of a
// zombie, and of the kernel's process, nobody tells.
func getSid(t target) (int, error) {
	if t.pid == 0 {
		if _, err := procRecord(t); err != nil {
			return -1, err
		}
		return -1, errors.ErrUnsupported
	}
	if t.scope != nil && t.scope.record.proc.value.Dead {
		return -1, ErrZombieProcess
	}
	return askLiving(t.pid, unix.Getsid)
}
