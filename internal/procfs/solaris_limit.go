// SPDX-License-Identifier: MIT

package procfs

import "math"

// solarisInfinity is RLIM_INFINITY of programs of 64 bits. The two numbers above, RLIM_SAVED_MAX and RLIM_SAVED_CUR, stand for
// limits that a program cannot be told, which do not exist for those of 64 bits.
const solarisInfinity = math.MaxUint64 - 2

// SolarisLimit returns our value for the kernel's. It is not ok for what is no limit.
func SolarisLimit(kernel uint64) (limit uint64, ok bool) {
	if kernel == solarisInfinity {
		return math.MaxUint64, true
	}
	return kernel, kernel < solarisInfinity
}

// SolarisKernelLimit returns the kernel's value for ours. It is not ok for a number that the kernel would take for another.
func SolarisKernelLimit(limit uint64) (kernel uint64, ok bool) {
	if limit == math.MaxUint64 {
		return solarisInfinity, true
	}
	return limit, limit < solarisInfinity
}
