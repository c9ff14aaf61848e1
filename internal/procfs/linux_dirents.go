// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"encoding/binary"
	"math"
)

// AppendLinuxPIDs appends the PIDs among the names in what getdents64(2) filled a buffer with. order is the machine's.
// An entry that does not end in the buffer ends the list.
func AppendLinuxPIDs(pids []int, entries []byte, order binary.ByteOrder) []int {
	const (
		reclen = 16 // of struct linux_dirent64
		name   = 19
	)
	for len(entries) > name {
		n := int(order.Uint16(entries[reclen:]))
		if n <= name || n > len(entries) {
			break
		}
		if pid, ok := pidOf(entries[name:n]); ok {
			pids = append(pids, pid)
		}
		entries = entries[n:]
	}
	return pids
}

// pidOf is the number that a name is, which ends with a NUL. The kernel writes no zero before it.
func pidOf(name []byte) (int, bool) {
	end := bytes.IndexByte(name, 0)
	if end < 1 || name[0] == '0' {
		return 0, false
	}
	pid, ok := decimal(name[:end], math.MaxInt32)
	return int(pid), ok
}
