// SPDX-License-Identifier: MIT

//go:build race

package procfs

// sparse has files cut at some places only, as the race detector is slow.
const sparse = true
