// SPDX-License-Identifier: MIT

package procinfo

import "github.com/gopsutil-extra/procinfo/internal/procfs"

func getSigmasks(t target) (Sigmasks, error) {
	return fromStatus(t, decodeSigmasks, func(r *record) *memo[Sigmasks] { return &r.sigmasks })
}

func decodeSigmasks(status []byte) (Sigmasks, error) {
	masks, err := procfs.LinuxSigmasks(status)
	return sigmasks(masks), err
}
