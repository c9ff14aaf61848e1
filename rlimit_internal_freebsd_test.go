// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
)

// TestFreeBSDGiveBackRlimit takes this process for one that was mistaken for another.
func TestFreeBSDGiveBackRlimit(t *testing.T) {
	const resource = RLIMIT_CORE
	self := target{pid: os.Getpid()}
	put := func(l Limits) {
		t.Helper()
		soft, _ := kinfo.FreeBSDToLimit(l.Soft)
		hard, _ := kinfo.FreeBSDToLimit(l.Hard)
		if _, err := exchangeRlimit(self, resource, kinfo.AppendFreeBSDLimits(nil, soft, hard)); err != nil {
			t.Fatal(err)
		}
	}
	before, err := getRlimit(self, resource)
	if err != nil {
		t.Fatal(err)
	}
	if before.Hard < 40 {
		t.Skipf("limits are %v", before)
	}
	defer put(before)
	old, ours, others := before, before, before
	old.Soft, ours.Soft, others.Soft = 10, 20, 30
	for _, tt := range []struct {
		name       string
		pid        int
		now, later Limits
		fails      bool
	}{
		{"well", self.pid, ours, old, false},
		{"changed by somebody else", self.pid, others, others, true},
		{"gone", gonePID(t), others, others, false},
	} {
		put(tt.now)
		err := giveBackRlimit(target{pid: tt.pid}, resource, old, ours)
		if (err != nil) != tt.fails || tt.fails && (!errors.Is(err, ErrNoSuchProcess) || !strings.Contains(err.Error(), "not given back")) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if now, err := getRlimit(self, resource); err != nil || now != tt.later {
			t.Errorf("%s: limits are %v, %v; want %v", tt.name, now, err, tt.later)
		}
	}
}

// gonePID is the PID of a child that has ended.
func gonePID(t *testing.T) int {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}
