// SPDX-License-Identifier: MIT

package kinfo

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// TestDragonFlyLayout holds the decoder against the system's headers.
func TestDragonFlyLayout(t *testing.T) {
	text, err := os.ReadFile("../../testdata/abi/dragonfly.json")
	if err != nil {
		t.Fatal(err)
	}
	type field struct {
		Offset, Size int
		Count        int
		ElemSize     int `json:"elem_size"`
		Signed       bool
	}
	var file struct {
		Releases []struct {
			Version string
			Arch    map[string]struct {
				Endian    string
				KinfoProc struct {
					Size   int
					Fields map[string]field
				} `json:"kinfo_proc"`
				Constants map[string]int64
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	fields := map[string]field{
		"kp_flags":                 {dragonFlyFlags, 4, 0, 0, true},
		"kp_stat":                  {dragonFlyStat, 4, 0, 0, false},
		"kp_siglist.__bits":        {dragonFlySiglist, 16, 4, 4, false},
		"kp_sigignore.__bits":      {dragonFlySigignore, 16, 4, 4, false},
		"kp_sigcatch.__bits":       {dragonFlySigcatch, 16, 4, 4, false},
		"kp_uid":                   {dragonFlyUID, 4, 0, 0, false},
		"kp_ngroups":               {dragonFlyNgroups, 2, 0, 0, true},
		"kp_groups":                {dragonFlyGroups, 4 * DragonFlyGroupsMax, DragonFlyGroupsMax, 4, false},
		"kp_pid":                   {dragonFlyPid, 4, 0, 0, true},
		"kp_pgid":                  {dragonFlyPgid, 4, 0, 0, true},
		"kp_sid":                   {dragonFlySid, 4, 0, 0, true},
		"kp_nthreads":              {dragonFlyNthreads, 4, 0, 0, true},
		"kp_lwp.kl_pid":            {dragonFlyLwpPid, 4, 0, 0, true},
		"kp_lwp.kl_tid":            {dragonFlyLwpTid, 4, 0, 0, true},
		"kp_lwp.kl_siglist.__bits": {dragonFlyLwpSiglist, 16, 4, 4, false},
		"kp_lwp.kl_sigmask.__bits": {dragonFlyLwpSigmask, 16, 4, 4, false},
	}
	constants := map[string]int64{
		"CTL_KERN": DragonFlyKern, "KERN_PROC": DragonFlyProcs, "KERN_PROC_ALL": DragonFlyAll, "KERN_PROC_PID": DragonFlyPID,
		"KERN_PROC_FLAG_LWP": DragonFlyFlagLWP, "NGROUPS": DragonFlyGroupsMax, "_SIG_MAXSIG": sigset.Max,
		"SIDL": dragonFlyIdle, "SZOMB": dragonFlyZombie, "SCORE": dragonFlyCore, "P_POSTEXIT": dragonFlyPostExit,
	}
	ports, offsets := 0, 0
	for _, release := range file.Releases {
		for arch, abi := range release.Arch {
			ports++
			if abi.KinfoProc.Size != DragonFlySize || abi.Endian != "little" {
				t.Errorf("%s %s: %d bytes, %s endian", release.Version, arch, abi.KinfoProc.Size, abi.Endian)
			}
			for name, want := range fields {
				if got, ok := abi.KinfoProc.Fields[name]; !ok || got != want {
					t.Errorf("%s %s: %s is %+v, the decoder has %+v", release.Version, arch, name, got, want)
				}
				offsets++
			}
			for name, want := range constants {
				if got, ok := abi.Constants[name]; !ok || got != want {
					t.Errorf("%s %s: %s is %d, the decoder has %d", release.Version, arch, name, got, want)
				}
			}
		}
	}
	t.Logf("%d offsets and %d constants on %d ports", offsets, ports*len(constants), ports)
	if ports != 1 || offsets != 16 {
		t.Error("fewer than there should be")
	}
}
