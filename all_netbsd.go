// SPDX-License-Identifier: MIT

package procinfo

import (
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// listings have room for some hundred processes, and grow.
var listings = sync.Pool{New: func() any { b := make([]byte, 256*kinfo.NetBSDProcSize); return &b }}

// maxProcesses is beyond what a kernel can have: PIDs end at 30000, and a table of them is doubled when it is full.
const maxProcesses = 100_000

// allProcesses asks for all records at once. Each process comes with its own, zombies first. One that was in execve is read
// again if somebody wants its signal masks.
func allProcesses(yield func(target, error) bool) {
	buf := listings.Get().(*[]byte)
	defer listings.Put(buf)
	mib := [6]int32{unix.CTL_KERN, kernProc2, kernProcAll, 0, kinfo.NetBSDProcSize, maxProcesses}
	list, err := sysctl.ReadAll(mib[:], buf, maxProcesses*kinfo.NetBSDProcSize)
	if err != nil {
		yield(target{pid: -1}, err)
		return
	}
	var s scope
	kinfo.NetBSDProcs(list, func(p kinfo.NetBSDProc, err error) bool {
		if err != nil {
			return yield(target{pid: -1}, err)
		}
		s = scope{chunk: s.chunk, record: record{memo[kinfo.NetBSDProc]{p, true}}}
		return yield(target{pid: p.PID, scope: &s}, nil)
	})
}
