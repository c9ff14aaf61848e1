// SPDX-License-Identifier: MIT

package procinfo

// getGroups: e_ucred has the kernel's list, up to 16, of which the first is the effective group. What a user is a member of
// beyond that is only known to directory services.
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
