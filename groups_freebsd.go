// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// getGroups asks for the groups alone, which are then complete. The record has up to 16 of them.
func getGroups(t target) ([]uint32, error) {
	if t.scope == nil {
		return listGroups(t)
	}
	p, err := processOf(t, nil)
	if err != nil {
		return nil, err
	}
	if !p.GroupsCut {
		return t.scope.clone(p.Groups()), nil
	}
	m := &t.scope.record.groups
	if !t.scope.has(m.known) {
		if m.value, err = listGroups(t); err != nil {
			return nil, err
		}
		m.known = true
	}
	return t.scope.clone(m.value), nil
}

func listGroups(t target) ([]uint32, error) {
	if err := refuseThread(t); err != nil {
		return nil, err
	}
	const longest = 4 << 20 // kern.ngroups can be raised, from 1023
	var few [256]byte
	buf := few[:]
	mib := [...]int32{unix.CTL_KERN, kernProc, procGroups, int32(t.pid)}
	list, err := sysctl.ReadAll(mib[:], &buf, longest)
	if err != nil {
		return nil, sysctlKind(err)
	}
	if err := vouch(t); err != nil {
		return nil, err
	}
	return kinfo.FreeBSDGroups(list)
}
