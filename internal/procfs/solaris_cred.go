// SPDX-License-Identifier: MIT

package procfs

import (
	"encoding/binary"
	"fmt"
)

// Offsets in prcred_t, sys/procfs.h, which has room for one group and is followed by the others.
const (
	solarisCredSize = 32
	solarisNGroups  = 24 // pr_ngroups
	solarisGroups   = 28 // pr_groups
)

// DecodeSolarisCred appends to groups the supplementary groups in /proc/PID/cred. The file has no more than it says it has,
// but room for one even if there is none (pr_read_cred).
func DecodeSolarisCred(file []byte, groups []uint32) ([]uint32, error) {
	if len(file) < solarisCredSize {
		return nil, fmt.Errorf("cred of %d bytes", len(file))
	}
	n := int64(solarisInt(file, solarisNGroups))
	if n < 0 || int64(len(file)) != max(solarisCredSize, solarisGroups+4*n) {
		return nil, fmt.Errorf("cred of %d bytes with %d groups", len(file), n)
	}
	for i := range int(n) {
		groups = append(groups, binary.LittleEndian.Uint32(file[solarisGroups+4*i:]))
	}
	return groups, nil
}
