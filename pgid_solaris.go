// SPDX-License-Identifier: MIT

package procinfo

// getPgid: pr_pgid of psinfo.
func getPgid(t target) (int, error) {
	p, err := psinfoOf(t)
	if err != nil {
		return -1, err
	}
	return int(p.Pgid), nil
}
