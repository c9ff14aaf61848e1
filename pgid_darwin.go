// SPDX-License-Identifier: MIT

package procinfo

import "golang.org/x/sys/unix"

// getPgid asks getpgid(2), to which 0 is the caller, and which does not know zombies: their records do.
func getPgid(t target) (int, error) {
	if t.scope == nil && t.pid != 0 {
		if pgid, err := unix.Getpgid(t.pid); err == nil {
			return pgid, nil
		} else if err != unix.ESRCH {
			return -1, errnoKind(err)
		}
	}
	p, err := procRecord(t)
	if err != nil {
		return -1, err
	}
	if p.Dead && p.Pgid == 0 { // it is being reaped, and has left its group
		return -1, ErrZombieProcess
	}
	return int(p.Pgid), nil
}
