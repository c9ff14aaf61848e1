// SPDX-License-Identifier: MIT

package kinfo

import (
	"archive/tar"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

const dragonFlyDir = "../../testdata/dragonfly/"

// dragonFlyTruth is a process in truth.json; testdata/dragonfly/README.md. Nil is not known.
type dragonFlyTruth struct {
	Name, Scenario string
	Synthetic      bool
	PID, Pgid, Sid int
	EUID           uint32
	Groups         []uint32
	Pending        []int
	PendingProcess []int `json:"pending_process"`
	Blocked        []int
	Ignored        []int
	IgnoredField   []int `json:"ignored_field"`
	Caught         []int
	Threads        []dragonFlyThread
	ExpectError    string `json:"expect_error"`
}

type dragonFlyThread struct {
	TID        int
	Blocked    []int
	Sigpending []int // what the thread was told: its own and the process's
	Pending    []int // its own
}

type dragonFlyData struct {
	Cases, Listing []dragonFlyTruth
	files          map[string][]byte
}

var loadDragonFly = sync.OnceValues(func() (*dragonFlyData, error) {
	text, err := os.ReadFile(dragonFlyDir + "truth.json")
	if err != nil {
		return nil, err
	}
	d := &dragonFlyData{files: map[string][]byte{}}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, err
	}
	f, err := os.Open(dragonFlyDir + "records.tar.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return d, nil
		}
		if err == nil {
			d.files[h.Name], err = io.ReadAll(r)
		}
		if err != nil {
			return nil, err
		}
	}
})

func dragonFlyFixtures(tb testing.TB) *dragonFlyData {
	tb.Helper()
	d, err := loadDragonFly()
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// file returns a record or more; a copy, as tests write to it.
func (d *dragonFlyData) file(tb testing.TB, name string) []byte {
	tb.Helper()
	data, ok := d.files[name]
	if !ok {
		tb.Fatalf("no %s in records.tar.gz", name)
	}
	return slices.Clone(data)
}

// dragonFlyDefaultIgnored are the signals whose default action is to be ignored, but for SIGCONT.
func dragonFlyDefaultIgnored() []int {
	list := []int{16, 20, 23, 28, 29, 32}
	for sig := 35; sig <= 63; sig++ {
		list = append(list, sig)
	}
	return list
}

// ignored is what the field holds: of a capture, also what is ignored by default and not caught, never SIGCONT.
func (c *dragonFlyTruth) ignored() sigset.Set {
	switch {
	case c.Synthetic:
		return sigset.Of(c.Ignored...)
	case c.IgnoredField != nil:
		return sigset.Of(c.IgnoredField...)
	}
	set := sigset.Of()
	for _, sig := range append(dragonFlyDefaultIgnored(), c.Ignored...) {
		if sig != 19 && !slices.Contains(c.Caught, sig) {
			set.Add(sig)
		}
	}
	return set
}

// checkProcess compares what does not depend on the LWP.
func (c *dragonFlyTruth) checkProcess(t *testing.T, p *DragonFlyProc) (values int) {
	t.Helper()
	if p.PID != c.PID || p.Pgid != c.Pgid || p.Sid != c.Sid || p.UID != c.EUID {
		t.Errorf("%s: pid %d, pgid %d, sid %d, uid %d; want %d, %d, %d, %d", c.Name, p.PID, p.Pgid, p.Sid, p.UID, c.PID, c.Pgid, c.Sid, c.EUID)
	}
	values = 4
	if c.Groups != nil {
		if !slices.Equal(p.Groups[:p.NGroups], c.Groups) {
			t.Errorf("%s: groups %d, want %d", c.Name, p.Groups[:p.NGroups], c.Groups)
		}
		values += len(c.Groups)
	}
	if c.Caught != nil {
		m := p.Masks()
		if m.Caught != sigset.Of(c.Caught...) || m.Ignored != c.ignored() {
			t.Errorf("%s: caught %v, ignored %v; want %v, %v", c.Name, m.Caught, m.Ignored, sigset.Of(c.Caught...), c.ignored())
		}
		values += 2
	}
	return values
}

// checkSets compares the sets that depend on the LWP.
func (c *dragonFlyTruth) checkSets(t *testing.T, how string, m sigset.Masks) (values int) {
	t.Helper()
	if c.Pending == nil {
		return 0
	}
	pending, blocked := sigset.Of(c.Pending...), sigset.Of(c.Blocked...)
	if m.Pending != pending || m.Blocked != blocked {
		t.Errorf("%s, %s: pending %v, blocked %v; want %v, %v", c.Name, how, m.Pending, m.Blocked, pending, blocked)
	}
	values = 2
	if c.PendingProcess != nil {
		if want := sigset.Of(c.PendingProcess...); m.ProcessPending != want {
			t.Errorf("%s, %s: pending on the process %v, want %v", c.Name, how, m.ProcessPending, want)
		}
		values++
	}
	return values
}

func TestDragonFlyCases(t *testing.T) {
	d := dragonFlyFixtures(t)
	records, values := 0, 0
	for _, c := range d.Cases {
		zombie := false
		// The answer that the library asks for.
		if lwps, ok := d.files[c.Name+"/kinfo-lwp.bin"]; ok && len(lwps) > 0 {
			p, err := DecodeDragonFly(lwps, c.PID)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				continue
			}
			values += c.checkProcess(t, &p)
			first := c
			if len(c.Threads) > 0 { // the top level of a synthetic one is the last LWP's
				first.Blocked = c.Threads[0].Blocked
				if c.Synthetic {
					first.Pending = append(slices.Clone(c.Threads[0].Pending), c.PendingProcess...)
				}
			}
			values += first.checkSets(t, "LWPs", p.Masks())
			if want := len(lwps) / DragonFlySize; c.PID != 0 && p.LWPs != want || p.TID != 1 {
				t.Errorf("%s: LWP %d of %d, want 1 of %d", c.Name, p.TID, p.LWPs, want)
			}
			values += 2
			values += c.checkThreads(t, lwps)
			records += len(lwps) / DragonFlySize
			// Cut after any record it says the same.
			for n := DragonFlySize; n < len(lwps); n += DragonFlySize {
				if cut, err := DecodeDragonFly(lwps[:n], c.PID); err != nil || cut != p {
					t.Errorf("%s, cut after %d: %v, %v", c.Name, n, cut, err)
				}
			}
		}
		// What is summed over the LWPs.
		for _, file := range []string{"/kinfo.bin", "/kinfo-from-all.bin"} {
			record, ok := d.files[c.Name+file]
			if !ok || len(record) == 0 {
				continue
			}
			p, err := DecodeDragonFly(record, c.PID)
			if c.ExpectError != "" {
				if err == nil {
					t.Errorf("%s is accepted", c.Name)
				}
				records++
				continue
			}
			if err != nil {
				t.Errorf("%s%s: %v", c.Name, file, err)
				continue
			}
			records++
			values += c.checkProcess(t, &p)
			m := p.Masks()
			zombie = p.State == dragonFlyZombie
			switch {
			case zombie:
				if m.Blocked.Given || m.Pending != sigset.Of() || m.ProcessPending != sigset.Of() || p.LWPs != 0 || p.Blocked != sigset.Of(c.Blocked...) {
					t.Errorf("%s%s: %+v", c.Name, file, m)
				}
				values += 5
			case p.LWPs > 1:
				if m.Blocked.Given || m.Pending.Given || !m.ProcessPending.Given {
					t.Errorf("%s%s: %+v", c.Name, file, m)
				}
				values += 3
			case c.PID != 0:
				values += c.checkSets(t, file, m)
			}
			if p.TID != -1 || p.Exiting != (zombie && !strings.HasPrefix(c.Name, "synthetic-")) {
				t.Errorf("%s%s: LWP %d, exiting %t", c.Name, file, p.TID, p.Exiting)
			}
		}
		if strings.Contains(c.Name, "zombie") != zombie {
			t.Errorf("%s: zombie %t", c.Name, zombie)
		}
		if lwps, ok := d.files[c.Name+"/kinfo-lwp.bin"]; ok && len(lwps) == 0 {
			if _, err := DecodeDragonFly(lwps, c.PID); err == nil {
				t.Errorf("%s: nothing is accepted", c.Name)
			}
			records++
		}
	}
	t.Logf("%d cases, %d records, %d values", len(d.Cases), records, values)
	if len(d.Cases) < 54 || records < 112 || values < 1160 {
		t.Error("fewer than there should be")
	}
}

// checkThreads compares each LWP's sets.
func (c *dragonFlyTruth) checkThreads(t *testing.T, lwps []byte) (values int) {
	t.Helper()
	if c.Threads != nil && len(c.Threads) != len(lwps)/DragonFlySize {
		t.Errorf("%s: %d records, %d threads", c.Name, len(lwps)/DragonFlySize, len(c.Threads))
		return 0
	}
	for i, thread := range c.Threads {
		p, err := DecodeDragonFlyRecord(lwps[i*DragonFlySize:][:DragonFlySize])
		pending, want := p.LWPPending, sigset.Of(thread.Pending...)
		if thread.Sigpending != nil {
			pending, want = pending.Union(p.ProcessPending), sigset.Of(thread.Sigpending...)
		}
		if err != nil || p.TID != thread.TID || p.Blocked != sigset.Of(thread.Blocked...) || pending != want {
			t.Errorf("%s: LWP %d: blocked %v, pending %v, %v; want %+v", c.Name, p.TID, p.Blocked, pending, err, thread)
		}
		values += 3
	}
	return values
}

// dragonFlyUntold are in the listings, but not in the truth: the last one is the parent of ctty-member.
var dragonFlyUntold = []int{0, 1, 55}

// TestDragonFlyListing goes through the listings, with a record for each LWP and without.
func TestDragonFlyListing(t *testing.T) {
	d := dragonFlyFixtures(t)
	values := 0
	for _, file := range []string{"all/all-lwp.bin", "all/all.bin", "all/all-no-kthreads.bin"} {
		seen := map[int]DragonFlyProc{}
		for p, err := range DragonFlyListing(d.file(t, file)) {
			if _, twice := seen[p.PID]; err != nil || twice || p.PID < 0 {
				t.Errorf("%s: process %d: %v, twice %t", file, p.PID, err, twice)
			}
			seen[p.PID] = p
		}
		if len(seen) != len(d.Listing)+len(dragonFlyUntold) {
			t.Errorf("%s: %d processes, want %d", file, len(seen), len(d.Listing)+len(dragonFlyUntold))
		}
		for _, pid := range dragonFlyUntold {
			if _, ok := seen[pid]; !ok {
				t.Errorf("%s: process %d is missing", file, pid)
			}
		}
		for _, want := range d.Listing {
			p, ok := seen[want.PID]
			if !ok {
				t.Errorf("%s: process %d is missing", file, want.PID)
				continue
			}
			want.Name = file + " " + want.Scenario
			if want.Scenario == "capturing program" {
				if p.Pgid != want.Pgid {
					t.Errorf("%s: pgid %d, want %d", want.Name, p.Pgid, want.Pgid)
				}
				values++
				continue
			}
			values += want.checkProcess(t, &p)
			m := p.Masks()
			zombie := p.State == dragonFlyZombie
			if strings.Contains(want.Scenario, "zombie") != zombie {
				t.Errorf("%s: state %d", want.Name, p.State)
			}
			if zombie {
				want.Pending = []int{} // they were, before it exited
			}
			if file != "all/all-lwp.bin" && (zombie || p.LWPs > 1) {
				if m.Blocked.Given {
					t.Errorf("%s: %+v", want.Name, m)
				}
				values++
				continue
			}
			values += want.checkSets(t, "listing", m)
		}
	}
	t.Logf("%d values", values)
	if values < 1650 {
		t.Error("fewer than there should be")
	}
	for range DragonFlyListing(d.file(t, "all/all.bin")) {
		break // and no more
	}
}

func putDragonFly32(record []byte, offset, n int) {
	binary.LittleEndian.PutUint32(record[offset:], uint32(n))
}

// TestDragonFlyUnsoundListing: what is wrong with one process does not keep from the others.
func TestDragonFlyUnsoundListing(t *testing.T) {
	d := dragonFlyFixtures(t)
	list := d.file(t, "all/all-lwp.bin")
	for p, err := range DragonFlyListing(list[:len(list)-1]) {
		if err == nil || p.PID != -1 {
			t.Errorf("cut listing: %d, %v", p.PID, err)
		}
	}
	for range DragonFlyListing(nil) {
		t.Error("a process in nothing")
	}
	// Process 49 has four LWPs.
	at := 0
	for ; int(binary.LittleEndian.Uint32(list[at+dragonFlyPid:])) != 49; at += DragonFlySize {
	}
	for name, damage := range map[string]func(record []byte){
		"groups":   func(r []byte) { r[dragonFlyNgroups] = 17 },
		"second's": func(r []byte) { putDragonFly32(r[DragonFlySize:], dragonFlyLwpTid, 1) },
		"last's":   func(r []byte) { putDragonFly32(r[3*DragonFlySize:], dragonFlyLwpTid, 2) },
		"state":    func(r []byte) { putDragonFly32(r, dragonFlyStat, 0) },
		"owner":    func(r []byte) { putDragonFly32(r, dragonFlyLwpPid, 50) },
	} {
		damaged := slices.Clone(list)
		damage(damaged[at:])
		sound, unsound := 0, 0
		for p, err := range DragonFlyListing(damaged) {
			if err == nil {
				sound++
			} else if unsound++; p != (DragonFlyProc{PID: 49}) {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if unsound != 1 || sound != len(d.Listing)+len(dragonFlyUntold)-1 {
			t.Errorf("%s: %d sound, %d unsound", name, sound, unsound)
		}
	}
}

// TestDragonFlyUnsound: every length but whole records, and every contradiction, is an error.
func TestDragonFlyUnsound(t *testing.T) {
	d := dragonFlyFixtures(t)
	lwps := d.file(t, "lwps/kinfo-lwp.bin")
	oversized := append(slices.Clone(lwps), make([]byte, DragonFlySize)...)
	for n := range oversized {
		_, err := DecodeDragonFly(oversized[:n], 49)
		if sound := n > 0 && n <= len(lwps) && n%DragonFlySize == 0; sound != (err == nil) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := DecodeDragonFlyRecord(oversized[:n]); (n == DragonFlySize) != (err == nil) {
			t.Errorf("record of %d bytes: %v", n, err)
		}
	}
	if _, err := DecodeDragonFly(oversized, 49); err == nil { // as if behind ENOMEM nothing had been written
		t.Error("zeros behind the records are accepted")
	}
	if _, err := DecodeDragonFly(make([]byte, 2*DragonFlySize), 0); err == nil {
		t.Error("zeros are process 0")
	}
	for _, pid := range []int{0, 1, 48, -1, 50} {
		if _, err := DecodeDragonFly(lwps, pid); err == nil {
			t.Errorf("it is taken for process %d", pid)
		}
	}
	for name, damage := range map[string]func(r []byte){
		"17 groups":     func(r []byte) { r[dragonFlyNgroups] = 17 },
		"no group":      func(r []byte) { r[dragonFlyNgroups] = 0 },
		"-1 groups":     func(r []byte) { binary.LittleEndian.PutUint16(r[dragonFlyNgroups:], 0xffff) },
		"32767 groups":  func(r []byte) { binary.LittleEndian.PutUint16(r[dragonFlyNgroups:], 32767) },
		"state 0":       func(r []byte) { putDragonFly32(r, dragonFlyStat, 0) },
		"state 6":       func(r []byte) { putDragonFly32(r, dragonFlyStat, 6) },
		"pid -2":        func(r []byte) { putDragonFly32(r, dragonFlyPid, -2); putDragonFly32(r, dragonFlyLwpPid, -2) },
		"pgid -1":       func(r []byte) { putDragonFly32(r, dragonFlyPgid, -1) },
		"sid -1":        func(r []byte) { putDragonFly32(r, dragonFlySid, -1) },
		"-1 LWPs":       func(r []byte) { putDragonFly32(r, dragonFlyNthreads, -1) },
		"LWP -2":        func(r []byte) { putDragonFly32(r, dragonFlyLwpTid, -2) },
		"other's LWP":   func(r []byte) { putDragonFly32(r, dragonFlyLwpPid, 1) },
		"LWP of nobody": func(r []byte) { putDragonFly32(r, dragonFlyLwpPid, 0) },
	} {
		record := slices.Clone(lwps[:DragonFlySize])
		damage(record)
		pid := int(int32(binary.LittleEndian.Uint32(record[dragonFlyPid:])))
		if p, err := DecodeDragonFly(record, pid); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	record := slices.Clone(lwps[:DragonFlySize])
	record[dragonFlyFlags] |= dragonFlyPostExit
	if p, err := DecodeDragonFly(record, 49); err != nil || !p.Exiting {
		t.Errorf("exiting: %+v, %v", p, err)
	}
	// LWPs out of order, twice, or of another process.
	for name, damage := range map[string]func(r []byte){
		"first last":    func(r []byte) { putDragonFly32(r, dragonFlyLwpTid, 9) },
		"one twice":     func(r []byte) { putDragonFly32(r[DragonFlySize:], dragonFlyLwpTid, 1) },
		"other process": func(r []byte) { putDragonFly32(r[DragonFlySize:], dragonFlyPid, 48) },
	} {
		damaged := slices.Clone(lwps)
		damage(damaged)
		if p, err := DecodeDragonFly(damaged, 49); err == nil {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestDragonFlyMainLWP: whose mask a record has.
func TestDragonFlyMainLWP(t *testing.T) {
	one := sigset.Of(1)
	for _, test := range []struct {
		name             string
		state, tid, lwps int
		blocked, pending sigset.Set
	}{
		{"the first LWP", 2, 1, 4, one, sigset.Of(2, 3)},
		{"stopped", 3, 1, 4, one, sigset.Of(2, 3)},
		{"the first one is gone", 2, 5, 2, one, sigset.Of(2, 3)},
		{"no LWP", 2, 0, 0, sigset.Set{}, sigset.Set{}},
		{"the only LWP, summed", 2, -1, 1, one, sigset.Of(2, 3)},
		{"the last LWP, summed", 2, -1, 2, sigset.Set{}, sigset.Set{}},
		{"a zombie of one LWP", 4, 1, 0, one, sigset.Of(2, 3)},
		{"a zombie of several", 4, 3, 0, sigset.Set{}, sigset.Of(2)},
		{"a zombie, summed", 4, -1, 0, sigset.Set{}, sigset.Of(2)},
		{"a zombie without LWP", 4, 0, 0, sigset.Set{}, sigset.Of(2)},
	} {
		p := DragonFlyProc{
			State: test.state, TID: test.tid, LWPs: test.lwps,
			Blocked: one, ProcessPending: sigset.Of(2), LWPPending: sigset.Of(3), Ignored: sigset.Of(4), Caught: sigset.Of(5),
		}
		want := sigset.Masks{
			Blocked: test.blocked, Pending: test.pending, ProcessPending: sigset.Of(2), Ignored: sigset.Of(4), Caught: sigset.Of(5),
		}
		if got := p.Masks(); got != want {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
	}
}

func FuzzDecodeDragonFly(f *testing.F) {
	d := dragonFlyFixtures(f)
	for _, c := range d.Cases {
		for _, file := range []string{"/kinfo.bin", "/kinfo-lwp.bin", "/kinfo-from-all.bin"} {
			if data, ok := d.files[c.Name+file]; ok {
				f.Add(data, c.PID)
			}
		}
	}
	f.Add(d.files["all/all-lwp.bin"][:20*DragonFlySize], 3)
	f.Fuzz(func(t *testing.T, records []byte, pid int) {
		before := slices.Clone(records)
		p, err := DecodeDragonFly(records, pid)
		if err == nil {
			if p.PID != pid || len(records)%DragonFlySize != 0 || p.Pgid < 0 || p.Sid < 0 || p.NGroups > len(p.Groups) || p.NGroups < 0 {
				t.Errorf("accepted: %+v", p)
			}
			m := p.Masks()
			if !m.ProcessPending.Given || !m.Ignored.Given || !m.Caught.Given || m.Pending.Given && m.Pending.Union(m.ProcessPending) != m.Pending {
				t.Errorf("masks %+v", m)
			}
			if first, err := DecodeDragonFly(records[:DragonFlySize], pid); err != nil || first != p {
				t.Errorf("the first record alone: %+v, %v; want %+v", first, err, p)
			}
		} else if p != (DragonFlyProc{}) {
			t.Errorf("with an error: %+v", p)
		}
		n := 0
		for p, err := range DragonFlyListing(records) {
			n++
			if err != nil && p != (DragonFlyProc{PID: p.PID}) || err == nil && p.PID < 0 {
				t.Errorf("listed: %+v, %v", p, err)
			}
		}
		if n > len(records)/DragonFlySize+1 {
			t.Errorf("%d processes in %d bytes", n, len(records))
		}
		if !slices.Equal(before, records) {
			t.Error("the records were changed")
		}
	})
}

var dragonFlySink DragonFlyProc

func TestDragonFlyAllocs(t *testing.T) {
	d := dragonFlyFixtures(t)
	lwps := d.file(t, "lwps/kinfo-lwp.bin")
	if n := testing.AllocsPerRun(100, func() {
		dragonFlySink, _ = DecodeDragonFly(lwps, 49)
		_ = dragonFlySink.Masks()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	k := &dragonFlyFake{live: []dragonFlyAnswer{{found: true}}}
	if n := testing.AllocsPerRun(100, func() { k.asked = k.asked[:0]; dragonFlySink, _ = FindDragonFly(k, 7) }); n != 0 {
		t.Errorf("finding: %v allocations", n)
	}
}

func BenchmarkDecodeDragonFly(b *testing.B) {
	d := dragonFlyFixtures(b)
	record, two := d.file(b, "groups-16/kinfo-lwp.bin"), d.file(b, "lwps/kinfo-lwp.bin")[:2*DragonFlySize]
	all := d.file(b, "all/all-lwp.bin")
	b.Run("one LWP", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dragonFlySink, _ = DecodeDragonFly(record, 10)
		}
	})
	b.Run("two LWPs", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dragonFlySink, _ = DecodeDragonFly(two, 49)
		}
	})
	b.Run("listing", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			for p := range DragonFlyListing(all) {
				dragonFlySink = p
				n++
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/process")
	})
}
