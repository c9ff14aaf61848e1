// SPDX-License-Identifier: MIT

package procinfo

import "github.com/gopsutil-extra/procinfo/internal/kinfo"

// allProcesses takes every process, with its record, from one listing: zombies and process 0 too, not the kernel threads
// that are no processes.
func allProcesses(yield func(target, error) bool) {
	buf := listings.Get().(*[]byte)
	defer listings.Put(buf)
	records, err := readListing(buf)
	if err != nil {
		yield(target{pid: -1}, err)
		return
	}
	var s scope
	for p, err := range kinfo.DragonFlyListing(records) {
		s = scope{chunk: s.chunk}
		s.record.proc = memo[kinfo.DragonFlyProc]{value: p, known: err == nil}
		if !yield(target{pid: p.PID, scope: &s}, err) {
			return
		}
	}
}
