// SPDX-License-Identifier: MIT

//go:build !race

package procfs

// sparse: without the race detector files are cut everywhere.
const sparse = false
