// SPDX-License-Identifier: MIT

package procinfo

// getSid: pr_sid of psinfo.
func getSid(t target) (int, error) {
	p, err := psinfoOf(t)
	if err != nil {
		return -1, err
	}
	return int(p.Sid), nil
}
