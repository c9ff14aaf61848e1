// SPDX-License-Identifier: MIT

package procinfo

import "github.com/gopsutil-extra/procinfo/internal/procfs"

func getSigmasks(t target) (Sigmasks, error) {
	place := func(r *record) *memo[Sigmasks] { return &r.sigmasks }
	if masks := recall(t, place); masks != nil {
		return *masks, nil
	}
	return learn(t, place, func() (Sigmasks, error) { return decodeStatus(t, decodeSigmasks) })
}

func decodeSigmasks(status []byte) (Sigmasks, error) {
	masks, err := procfs.LinuxSigmasks(status)
	return sigmasks(masks), err
}
