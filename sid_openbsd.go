// SPDX-License-Identifier: MIT

package procinfo

// getSid: getsid(2) refuses other sessions, to root too, knows no zombies, and fails where p_sid is 0, as the session's
// leader has exited.
func getSid(t target) (int, error) {
	p, err := procRecord(t)
	if err != nil {
		return -1, err
	}
	return int(p.Sid), nil
}
