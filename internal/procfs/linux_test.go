// SPDX-License-Identifier: MIT

package procfs

import (
	"slices"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// linuxRows gives the rows of limits the numbers that the resources have.
func linuxRows(arch string) map[int]int {
	rows := map[int]int{
		0: LinuxCPU, 1: LinuxFSIZE, 2: LinuxDATA, 3: LinuxSTACK, 4: LinuxCORE,
		5: LinuxRSS, 6: LinuxNPROC, 7: LinuxNOFILE, 8: LinuxMEMLOCK, 9: LinuxAS,
		10: LinuxLOCKS, 11: LinuxSIGPENDING, 12: LinuxMSGQUEUE, 13: LinuxNICE, 14: LinuxRTPRIO, 15: LinuxRTTIME,
	}
	if strings.HasPrefix(arch, "mips") {
		rows[5], rows[6], rows[7], rows[8], rows[9] = LinuxNOFILE, LinuxAS, LinuxRSS, LinuxNPROC, LinuxMEMLOCK
	}
	return rows
}

// setOf is the set that truth means: nil is one that was not reported.
func setOf(signals []int) sigset.Set {
	if signals == nil {
		return sigset.Set{}
	}
	return sigset.Of(signals...)
}

func TestLinuxCases(t *testing.T) {
	records, values := 0, 0
	for _, c := range linuxCases(t) {
		if c.damaged() != "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if c.status != nil {
				records++
				values += checkStatus(t, &c)
			}
			if c.stat != nil {
				records++
				values += checkStat(t, &c)
			}
			if c.limits != nil {
				records++
				values += checkLimits(t, &c)
			}
		})
	}
	t.Logf("%d records, %d values", records, values)
	if records < 108 || values < 68000 {
		t.Error("fewer than there should be")
	}
}

func checkStatus(t *testing.T, c *linuxCase) (values int) {
	umask, err := LinuxUmask(c.status)
	switch want := c.truth.Umask; {
	case want != nil && (err != nil || umask != *want):
		t.Errorf("LinuxUmask = %#o, %v; want %#o", umask, err, *want)
	case want == nil && c.truth.Zombie && err != ErrDead:
		t.Errorf("LinuxUmask = %#o, %v; want ErrDead", umask, err)
	case want == nil && !c.truth.Zombie && err != ErrAbsent:
		t.Errorf("LinuxUmask = %#o, %v; want ErrAbsent", umask, err)
	}
	values++

	groups, err := LinuxGroups(c.status)
	switch want := c.truth.Groups; {
	case want == nil && err != ErrAbsent:
		t.Errorf("LinuxGroups = %v, %v; want ErrAbsent", groups, err)
	case want != nil && (err != nil || groups == nil || !slices.Equal(groups, want)):
		t.Errorf("LinuxGroups = %d of them, %v; want %d", len(groups), err, len(want))
	}
	values += max(1, len(c.truth.Groups))

	masks, err := LinuxSigmasks(c.status)
	want := sigset.Masks{
		Pending: setOf(c.truth.Pending),
		Blocked: setOf(c.truth.Blocked),
		Ignored: setOf(c.truth.Ignored),
		Caught:  setOf(c.truth.Caught),
		// Where the parts are not told, take what is there if it is possible.
		ProcessPending: masks.ProcessPending,
	}
	values += 4
	if c.truth.PendingProcess != nil {
		want.ProcessPending = setOf(c.truth.PendingProcess)
		values++
		if union := setOf(c.truth.PendingProcess).Union(setOf(c.truth.PendingThread)); union != masks.Pending {
			t.Errorf("Pending = %v, want the union %v", masks.Pending, union)
		}
		values++
	} else if len(c.truth.Pending) == 0 && c.truth.Pending != nil {
		want.ProcessPending = want.Pending
		values++
	}
	switch {
	case want == sigset.Masks{} && err != ErrAbsent:
		t.Errorf("LinuxSigmasks = %v, %v; want ErrAbsent", masks, err)
	case want != sigset.Masks{} && (err != nil || masks != want):
		t.Errorf("LinuxSigmasks = %v, %v; want %v", masks, err, want)
	}

	pgid, sid, err := LinuxIDs(c.status)
	if strings.Contains(string(c.status), "\nNSpgid:") {
		if err != nil || pgid != *c.truth.Pgid || sid != *c.truth.Sid {
			t.Errorf("LinuxIDs = %d, %d, %v; want %d, %d", pgid, sid, err, *c.truth.Pgid, *c.truth.Sid)
		}
		values += 2
	} else {
		if err != ErrAbsent {
			t.Errorf("LinuxIDs = %d, %d, %v; want ErrAbsent", pgid, sid, err)
		}
		values++
	}

	depth, err := LinuxDepth(c.status)
	switch {
	case c.truth.NStgid != nil && (err != nil || depth != len(c.truth.NStgid)):
		t.Errorf("LinuxDepth = %d, %v; want %d", depth, err, len(c.truth.NStgid))
	case c.truth.NStgid == nil && !(err == ErrAbsent || err == nil && depth == 1):
		t.Errorf("LinuxDepth = %d, %v; want 1 or ErrAbsent", depth, err)
	}
	return values + 1
}

func checkStat(t *testing.T, c *linuxCase) (values int) {
	stat, err := DecodeLinuxStat(c.stat)
	if err != nil || stat.Pgid != *c.truth.Pgid || stat.Sid != *c.truth.Sid {
		t.Errorf("DecodeLinuxStat = %+v, %v; want %d, %d", stat, err, *c.truth.Pgid, *c.truth.Sid)
	}
	// State and start are not in the truth; a zombie is, and none of the others ran for less than a tick after boot.
	if stat.State == 'Z' != c.truth.Zombie || stat.Start == 0 {
		t.Errorf("DecodeLinuxStat = %+v", stat)
	}
	return 4
}

func checkLimits(t *testing.T, c *linuxCase) (values int) {
	limits, err := DecodeLinuxLimits(c.limits)
	if err != nil {
		t.Errorf("DecodeLinuxLimits: %v", err)
	}
	for number, row := range linuxRows(c.truth.Arch) {
		var want LinuxLimit
		if w, ok := c.truth.Rlimits[number]; ok {
			want = LinuxLimit{w[0], w[1], true}
		}
		if limits[row] != want {
			t.Errorf("resource %d = %v, want %v", number, limits[row], want)
		}
		values += 2
	}
	return values
}

// A damaged file is an error for the decoder that the damage concerns, and for the others at least no different value.
func TestLinuxDamaged(t *testing.T) {
	plain := linuxNamed(t, "plain")
	plainGroups, _ := LinuxGroups(plain.status)
	plainUmask, _ := LinuxUmask(plain.status)
	plainMasks, _ := LinuxSigmasks(plain.status)
	plainPgid, plainSid, _ := LinuxIDs(plain.status)
	damaged := 0
	for _, c := range linuxCases(t) {
		kind := c.damaged()
		if kind == "" {
			continue
		}
		damaged++
		t.Run(c.name, func(t *testing.T) {
			refused := false
			note := func(what string, err error, same bool) {
				concerned := strings.Contains(c.name, what) || strings.HasSuffix(c.name, "-empty") && kind != "status" ||
					c.name == "syn-bad-empty" || c.name == "syn-bad-cut-name"
				switch {
				case err == nil && concerned:
					t.Errorf("%s is accepted", what)
				case err == nil && !same:
					t.Errorf("%s is another", what)
				case err == ErrAbsent:
					t.Errorf("%s: ErrAbsent", what)
				case err != nil:
					refused = true
				}
			}
			switch kind {
			case "status":
				umask, err := LinuxUmask(c.status)
				note("umask", err, umask == plainUmask)
				groups, err := LinuxGroups(c.status)
				note("groups", err, slices.Equal(groups, plainGroups))
				masks, err := LinuxSigmasks(c.status)
				note("sig", err, masks == plainMasks)
				pgid, sid, err := LinuxIDs(c.status)
				note("ids", err, pgid == plainPgid && sid == plainSid)
			case "stat":
				_, err := DecodeLinuxStat(c.stat)
				note("stat", err, false)
			case "limits":
				_, err := DecodeLinuxLimits(c.limits)
				note("limits", err, false)
			}
			if !refused {
				t.Error("nothing is refused")
			}
		})
	}
	t.Logf("%d damaged files", damaged)
	if damaged < 18 {
		t.Error("fewer than there should be")
	}
}
