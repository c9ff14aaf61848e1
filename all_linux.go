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
	p, err := presentRoot()
	if err != nil {
		yield(nobody, err)
		return
	}
	proc, err := procfs.Open(unix.AT_FDCWD, append([]byte(p.root), 0), unix.O_DIRECTORY)
	var pids []int
	if err == nil {
		defer unix.Close(proc)
		pids, err = procfs.ReadPIDs(proc)
	}
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
		s = scope{chunk: s.chunk, record: record{root: p, proc: memo[int]{proc, true}}}
		if !yield(target{pid: pid, scope: &s}, nil) {
			return
		}
		s.record.release()
	}
}

// begin makes r a snapshot: one process's files.
func (r *record) begin(t target, limits bool) (err error) {
	if r.root, err = procOf(t); err != nil {
		return err
	}
	r.snapshot, r.withLimits = true, limits
	return nil
}
