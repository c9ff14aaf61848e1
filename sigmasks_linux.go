// SPDX-License-Identifier: MIT

package procinfo

import (
	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

func getSigmasks(t target) (Sigmasks, error) {
	masks, err := fromStatus(t, procfs.LinuxSigmasks, func(r *record) *memo[sigset.Masks] { return &r.sigmasks })
	if err != nil {
		return Sigmasks{}, err
	}
	return sigmasks(masks), nil
}
