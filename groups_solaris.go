// SPDX-License-Identifier: MIT

package procinfo

// getGroups: cred has all groups there can be, and the effective one only if it was put there. A zombie has none.
func getGroups(t target) ([]uint32, error) {
	if t.scope == nil {
		groups, err := proc().Groups(t.pid, nil, []uint32{})
		return groups, procKind(err)
	}
	m := &t.scope.record.groups
	if !t.scope.has(m.known) {
		since, err := sinceOf(t)
		t.scope.has(false) // what follows is not in the record
		if err != nil {
			return nil, err
		}
		groups, err := proc().Groups(t.pid, since, []uint32{})
		if err != nil {
			return nil, procKind(err)
		}
		m.value, m.known = groups, true
	}
	return t.scope.clone(m.value), nil
}
