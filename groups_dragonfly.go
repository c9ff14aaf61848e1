// SPDX-License-Identifier: MIT

package procinfo

import "slices"

// getGroups: the record has them all, the effective gid first, as getgroups(2) tells them to the process itself.
func getGroups(t target) ([]uint32, error) {
	p, err := procOf(t)
	if err != nil {
		return nil, err
	}
	groups := p.Groups[:p.NGroups]
	if t.scope != nil {
		return t.scope.clone(groups), nil
	}
	return slices.Clone(groups), nil
}
