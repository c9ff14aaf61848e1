// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// getSigmasks: the process's record has its queue, and the first thread's mask but not its queue.
func getSigmasks(t target) (Sigmasks, error) {
	if t.scope != nil && t.scope.has(t.scope.record.sigmasks.known) {
		return sigmasks(t.scope.record.sigmasks.value), nil
	}
	var p kinfo.FreeBSDProc
	process, err := processOf(t, &p)
	if err != nil {
		return Sigmasks{}, err
	}
	t.scope.has(false) // what follows is not in the record
	masks, err := kinfo.FreeBSDSigmasks(process,
		func() (kinfo.FreeBSDThread, error) {
			var first kinfo.FreeBSDProc
			err := read(t.pid, procThreads, &first)
			return kinfo.FreeBSDThread{TID: first.TID, Birth: first.Birth, Pending: first.Pending}, err
		},
		func() (kinfo.FreeBSDProc, error) {
			var p kinfo.FreeBSDProc
			err := read(t.pid, procByPID, &p)
			return p, err
		},
		watch(t.pid),
	)
	if err != nil {
		return Sigmasks{}, stepKind(err)
	}
	if t.scope != nil {
		t.scope.record.sigmasks = memo[sigset.Masks]{masks, true}
	}
	return sigmasks(masks), nil
}
