// SPDX-License-Identifier: MIT

//go:build race

package procinfo_test

const raceEnabled = true
