// SPDX-License-Identifier: MIT

package procinfo

import "github.com/gopsutil-extra/procinfo/internal/procfs"

func getGroups(t target) ([]uint32, error) {
	place := func(r *record) *memo[[]uint32] { return &r.groups }
	if groups := recall(t, place); groups != nil {
		return t.scope.clone(*groups), nil
	}
	groups, err := learn(t, place, func() ([]uint32, error) { return decodeStatus(t, procfs.LinuxGroups) })
	if err == nil && t.scope != nil && !t.snapshot() { // of a snapshot they are given out once
		groups = t.scope.clone(groups)
	}
	return groups, err
}
