// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"golang.org/x/sys/unix"
)

// allProcesses lists the processes in /proc, each with an empty record.
func allProcesses(yield func(target, error) bool) {
	nobody := target{pid: -1}
	p, err := procOf(nobody)
	if err != nil {
		yield(nobody, err)
		return
	}
	pids, err := procfs.ReadPIDs(p.root)
	if err != nil {
		if errors.Is(err, unix.ENOENT) {
			err = p.missing(err)
		}
		yield(nobody, err)
		return
	}
	var s scope
	defer s.record.release()
	for _, pid := range pids {
		s = scope{chunk: s.chunk}
		if !yield(target{pid: pid, scope: &s}, nil) {
			return
		}
		s.record.release()
	}
}

// begin makes r a snapshot: one process's files. With more than one to read, they are read through its directory.
func (r *record) begin(t target, limits bool) error {
	r.snapshot = true
	if limits {
		return r.openDir(t)
	}
	return nil
}
