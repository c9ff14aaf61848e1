// SPDX-License-Identifier: MIT

package procinfo

// getGroups: the record has the whole list, at most 16, as it was set.
func getGroups(t target) ([]uint32, error) {
	p, err := recordOf(t)
	if err != nil {
		return nil, err
	}
	if t.scope != nil {
		return t.scope.clone(p.Groups[:p.NGroups]), nil
	}
	return append(make([]uint32, 0, p.NGroups), p.Groups[:p.NGroups]...), nil
}
