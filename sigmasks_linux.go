// SPDX-License-Identifier: MIT

package procinfo

import "github.com/gopsutil-extra/procinfo/internal/procfs"

func getSigmasks(t target) (Sigmasks, error) {
	return remember(t, func(r *record) *memo[Sigmasks] { return &r.sigmasks },
		func() (Sigmasks, error) { return decodeStatus(t, decodeSigmasks) })
}

func decodeSigmasks(status []byte) (Sigmasks, error) {
	masks, err := procfs.LinuxSigmasks(status)
	return sigmasks(masks), err
}
