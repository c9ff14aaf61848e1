// SPDX-License-Identifier: MIT

package procinfo

import (
	"fmt"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// lists have room for the records of some sixty processes, and grow.
var lists = sync.Pool{New: func() any { b := make([]byte, 1<<16); return &b }}

const longestList = 64 << 20

// allProcesses lists the processes that we may see, each with its record.
func allProcesses(yield func(target, error) bool) {
	buf := lists.Get().(*[]byte)
	defer lists.Put(buf)
	mib := [...]int32{unix.CTL_KERN, kernProc, procProcesses}
	seen := steady()
	list, err := sysctl.ReadAll(mib[:], buf, longestList)
	if err == nil && len(list)%layout.Size != 0 {
		err = fmt.Errorf("list of processes: %d bytes are no records of %d", len(list), layout.Size)
	}
	if err != nil {
		yield(target{pid: -1}, sysctlKind(err))
		return
	}
	var s scope
	defer s.record.release()
	for ; len(list) > 0; list = list[layout.Size:] {
		s = scope{chunk: s.chunk}
		p := &s.record.process
		if err := kinfo.DecodeFreeBSD(layout, list[:layout.Size], &p.value); err != nil {
			yield(target{pid: -1}, err)
			return
		}
		p.value.Birth.Seen = seen
		p.known = true
		if !yield(target{pid: p.value.PID, scope: &s}, nil) {
			return
		}
	}
}

// begin reads the record, unless the list has given it: what is asked for by PID later has to be of the same process.
func (r *record) begin(t target, _ bool) error {
	r.snapshot = true
	_, err := processOf(t, nil)
	return err
}
