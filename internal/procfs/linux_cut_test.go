// SPDX-License-Identifier: MIT

package procfs

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// cut decodes every beginning of a file. None may give a value that the whole file does not: it gives the same, or fails.
// That something is absent it may say only where a line ends; same is told whether that is so.
func cut[T any](t *testing.T, name string, file []byte, decode func([]byte) (T, error), same func(got, want T, lineEnd bool) bool) (calls int) {
	t.Helper()
	want, wantErr := decode(file)
	for _, end := range cutsOf(file) {
		calls++
		// No bytes behind the end, so that a look at them panics.
		got, err := decode(slices.Clip(file[:end]))
		lineEnd := end == 0 || file[end-1] == '\n'
		absent := err == ErrAbsent || err == ErrDead || err == ErrExiting || err == ErrGone
		var wrong string
		switch {
		case absent && !lineEnd:
			wrong = "says so inside of a line"
		case err == nil && wantErr == nil && !same(got, want, lineEnd):
			wrong = "the whole says otherwise"
		case err == nil && (wantErr == ErrAbsent || wantErr == ErrDead || wantErr == ErrExiting):
			wrong = "the whole says " + wantErr.Error()
		default:
			continue
		}
		tail := file[max(0, end-30):end]
		t.Errorf("%s cut after %d of %d bytes, %q: %s, %v: %s", name, end, len(file), tail, short(got), err, wrong)
		break // the next ones are alike
	}
	return calls
}

func short(v any) string {
	s := fmt.Sprint(v)
	return s[:min(len(s), 200)]
}

// cutsOf returns where to cut: everywhere, but at some thousand places of a long file.
func cutsOf(file []byte) []int {
	var cuts []int
	for end := 0; end < len(file); end++ {
		step := 1
		if sparse {
			step = 11
		}
		if end > 2048 && end < len(file)-2048 {
			step = len(file)/1000 | 1
		}
		if end%step == 0 || end > 0 && file[end-1] == '\n' {
			cuts = append(cuts, end)
		}
	}
	return append(cuts, len(file))
}

func equal[T comparable](got, want T, _ bool) bool { return got == want }

func TestLinuxStatusCut(t *testing.T) {
	calls := 0
	for name, status := range linuxFiles(t, "status", testing.Short() || runtime.GOOS != "linux") {
		calls += cut(t, name+" umask", status, LinuxUmask, equal)
		calls += cut(t, name+" groups", status, LinuxGroups, func(got, want []uint32, _ bool) bool {
			return slices.Equal(got, want)
		})
		calls += cut(t, name+" sigmasks", status, LinuxSigmasks, func(got, want sigset.Masks, lineEnd bool) bool {
			return sameSet(got.Pending, want.Pending, lineEnd) &&
				sameSet(got.ProcessPending, want.ProcessPending, lineEnd) &&
				sameSet(got.Blocked, want.Blocked, lineEnd) &&
				sameSet(got.Ignored, want.Ignored, lineEnd) &&
				sameSet(got.Caught, want.Caught, lineEnd)
		})
		calls += cut(t, name+" ids", status, linuxIDs, equal)
		calls += cut(t, name+" depth", status, LinuxDepth, equal)
	}
	t.Log(calls, "calls")
}

func sameSet(got, want sigset.Set, lineEnd bool) bool {
	return got == want || lineEnd && got == sigset.Set{}
}

func linuxIDs(status []byte) ([2]int, error) {
	pgid, sid, err := LinuxIDs(status)
	return [2]int{pgid, sid}, err
}

func TestLinuxStatCut(t *testing.T) {
	calls := 0
	for name, stat := range linuxFiles(t, "stat", false) {
		calls += cut(t, name, stat, DecodeLinuxStat, equal)
	}
	t.Log(calls, "calls")
}

func TestLinuxLimitsCut(t *testing.T) {
	calls := 0
	for name, limits := range linuxFiles(t, "limits", false) {
		calls += cut(t, name, limits, DecodeLinuxLimits, func(got, want LinuxLimits, lineEnd bool) bool {
			for i := range got {
				if got[i] != want[i] && !(lineEnd && got[i] == LinuxLimit{}) {
					return false
				}
			}
			return true
		})
	}
	t.Log(calls, "calls")
}
