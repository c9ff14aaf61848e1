// SPDX-License-Identifier: MIT

package procinfo

import (
	"fmt"
	"os"
	"strconv"
)

// allProcesses lists the processes in /proc, each with an empty record.
func allProcesses(yield func(target, error) bool) {
	nobody := target{pid: -1}
	p, err := procOf(nobody)
	if err != nil {
		yield(nobody, err)
		return
	}
	names, err := namesIn(p.root)
	if err != nil {
		yield(nobody, fmt.Errorf("no procfs at %s: %w", p.root, err))
		return
	}
	var s scope
	defer s.record.release()
	for _, name := range names {
		pid, err := strconv.ParseInt(name, 10, 32)
		if err != nil || pid < lowestPID {
			continue
		}
		s = scope{chunk: s.chunk}
		if !yield(target{pid: int(pid), scope: &s}, nil) {
			return
		}
		s.record.release()
	}
}

func namesIn(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// begin makes r a snapshot: one process's files. With more than one to read, they are read through its directory.
func (r *record) begin(t target, limits bool) error {
	r.snapshot = true
	if limits {
		return r.openDir(t)
	}
	return nil
}
