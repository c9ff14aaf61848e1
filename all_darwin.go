// SPDX-License-Identifier: MIT

package procinfo

import (
	"fmt"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

// allProcesses has the kernel list every process, each with its record.
func allProcesses(yield func(target, error) bool) {
	list, err := listProcs()
	if err == nil && len(list)%kinfo.DarwinSize != 0 {
		err = fmt.Errorf("a list of %d bytes has no whole number of records", len(list))
	}
	if err != nil {
		yield(target{pid: -1}, errnoKind(err))
		return
	}
	var s scope
	for ; len(list) > 0; list = list[kinfo.DarwinSize:] {
		p, err := kinfo.DecodeDarwin(list[:kinfo.DarwinSize], kinfo.DarwinAnyPID)
		if err != nil {
			yield(target{pid: -1}, err)
			return
		}
		s = scope{chunk: s.chunk}
		s.record.proc = memo[kinfo.DarwinProc]{p, true}
		if !yield(target{pid: int(p.PID), scope: &s}, nil) {
			return
		}
	}
}

// listProcs asks for the list and its size, again if there were more processes than that by then.
func listProcs() (list []byte, err error) {
	for range 100 {
		if list, err = unix.SysctlRaw("kern.proc.all"); err != unix.ENOMEM {
			break
		}
	}
	return list, err
}
