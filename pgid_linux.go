// SPDX-License-Identifier: MIT

package procinfo

import "golang.org/x/sys/unix"

func getPgid(t target) (int, error) {
	if ids, ok, err := idsFromFile(t); ok || err != nil {
		return ids.pgid, err
	}
	return idByCall(t, unix.SYS_GETPGID)
}
