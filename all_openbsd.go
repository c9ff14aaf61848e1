// SPDX-License-Identifier: MIT

package procinfo

import (
	"fmt"
	"math"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
)

// listings have room for about 200 processes, and grow. The kernel wires the whole of one at each call, so they do not
// begin large. The largest holds twice as many as there are PIDs.
var listings = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

const maxListing = 64 << 20

// allProcesses has the kernel list every process, its own too, each with its record.
func allProcesses(yield func(target, error) bool) {
	buf := listings.Get().(*[]byte)
	defer listings.Put(buf)
	q := questions.Get().(*question)
	q.mib = kinfo.OpenBSDMIB(kinfo.OpenBSDEvery, 0, math.MaxInt32)
	list, err := sysctl.ReadAll(q.mib[:], buf, maxListing)
	questions.Put(q)
	if err == nil && len(list)%kinfo.OpenBSDSize != 0 {
		err = fmt.Errorf("a list of %d bytes has no whole number of records", len(list))
	}
	if err != nil {
		yield(target{pid: -1}, errnoKind(err))
		return
	}
	var s scope
	for ; len(list) > 0; list = list[kinfo.OpenBSDSize:] {
		p, err := kinfo.DecodeOpenBSD(list[:kinfo.OpenBSDSize], layout, kinfo.OpenBSDAnyPID)
		if err != nil {
			yield(target{pid: -1}, err)
			return
		}
		s = scope{chunk: s.chunk}
		s.record.proc = memo[kinfo.OpenBSDProc]{p, true}
		if !yield(target{pid: int(p.PID), scope: &s}, nil) {
			return
		}
	}
}
