// SPDX-License-Identifier: MIT

package procinfo

// allProcesses lists the processes in /proc, each with an empty record.
func allProcesses(yield func(target, error) bool) {
	var s scope
	more := true
	err := proc().List(func(pid int) bool {
		s = scope{chunk: s.chunk}
		more = yield(target{pid: pid, scope: &s}, nil)
		return more
	})
	if err != nil && more {
		yield(target{pid: -1}, procKind(err))
	}
}
