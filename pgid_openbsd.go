// SPDX-License-Identifier: MIT

package procinfo

// getPgid: getpgid(2) refuses other sessions, to root too, and knows no zombies.
func getPgid(t target) (int, error) {
	p, err := procRecord(t)
	if err != nil {
		return -1, err
	}
	return int(p.Pgid), nil
}
