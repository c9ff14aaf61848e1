// SPDX-License-Identifier: MIT

package procinfo

// getGroups: p_groups has all groups there can be, 16, and not the effective one.
func getGroups(t target) ([]uint32, error) {
	p, err := procRecord(t)
	switch {
	case err != nil:
		return nil, err
	case t.scope != nil:
		return t.scope.clone(p.Groups()), nil
	}
	return append(make([]uint32, 0, p.NGroups), p.Groups()...), nil
}
