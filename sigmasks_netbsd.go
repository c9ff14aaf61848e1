// SPDX-License-Identifier: MIT

package procinfo

import (
	"encoding/binary"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// getSigmasks: in execve the kernel does not look at the threads, and leaves their sets empty.
func getSigmasks(t target) (Sigmasks, error) {
	p, err := wholeRecordOf(t)
	if err != nil {
		return Sigmasks{}, err
	}
	return sigmasks(p.Masks(osRevision())), nil
}

// osRevision is kern.osrevision, as 1000000000 for NetBSD 10.0, or 0 if it is not to be had.
var osRevision = sync.OnceValue(func() uint32 {
	const kernOSRevision = 3 // KERN_OSREV
	var buf [4]byte
	if n, err := sysctl.Read([]int32{unix.CTL_KERN, kernOSRevision}, buf[:]); err != nil || n != len(buf) {
		return 0
	}
	return binary.LittleEndian.Uint32(buf[:])
})
