// SPDX-License-Identifier: MIT

package procinfo

import "golang.org/x/sys/unix"

func getSid(t target) (int, error) {
	if ids, ok, err := idsFromFile(t); ok || err != nil {
		return ids.sid, err
	}
	sid, err := unix.Getsid(t.pid)
	return bySystemCall(t, sid, errnoKind(err))
}
