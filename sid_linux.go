// SPDX-License-Identifier: MIT

package procinfo

import "golang.org/x/sys/unix"

func getSid(t target) (int, error) {
	if ids, ok, err := idsFromFile(t); ok || err != nil {
		return ids.sid, err
	}
	return idByCall(t, unix.SYS_GETSID)
}
