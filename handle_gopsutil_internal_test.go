// SPDX-License-Identifier: MIT

//go:build !nogopsutil && !(freebsd && riscv64) && !(netbsd && (386 || arm)) && !(openbsd && ppc64) && (!ios || cgo)

package procinfo

import "testing"

func TestSameCreation(t *testing.T) {
	const at, hour = 1_700_000_000_000, 3_600_000
	for _, tt := range []struct {
		name          string
		now, clockSet int64
		want          bool
	}{
		{"the same", at, 0, true},
		{"cut to other seconds", at + 1000, 0, true},
		{"cut to other seconds, earlier", at - 2000, 0, true},
		{"a successor", at + 3000, 0, false},
		{"after the clock was put forward", at + hour + 1000, hour, true},
		{"after the clock was put back", at - hour, -hour, true},
		{"a successor after the clock was set", at + hour + 60_000, hour, false},
		{"after the machine slept", at, hour, true},
	} {
		if got := sameCreation(at, tt.now, tt.clockSet); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if d := clockSet(); d < -1e9 || d > 1e9 {
		t.Errorf("the clock was set by %v", d)
	}
}
