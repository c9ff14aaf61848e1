// SPDX-License-Identifier: MIT

package kinfo

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// netbsdRecord is the whole struct kinfo_proc2, of which the decoder wants a part.
const netbsdRecord = 680

// netbsdEntry is an entry of testdata/netbsd/truth.json.
type netbsdEntry struct {
	Name, Source string
	Headers      []string // of a synthetic one
	At, Records  int
	LimitsAt     int `json:"limits_at"`
	Processes    []netbsdTruth

	bytes, limits []byte
}

// netbsdTruth is what is known of a process; nil is not known.
type netbsdTruth struct {
	PID            int
	Pgid, Sid      int
	State          string
	Groups         *[]uint32
	Pending        *[]int
	Blocked        *[]int
	Ignored        *[]int
	Caught         *[]int
	DefaultIgnored []int `json:"default_ignored"`
	Rlimits        [][2]uint64
	ExpectError    string `json:"expect_error"`
}

var loadNetBSD = sync.OnceValues(func() ([]netbsdEntry, error) {
	const dir = "../../testdata/netbsd/"
	text, err := os.ReadFile(dir + "truth.json")
	if err != nil {
		return nil, err
	}
	var entries []netbsdEntry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	packed, err := os.Open(dir + "records.bin.gz")
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		e := &entries[i]
		e.bytes = all[e.At : e.At+e.Records*netbsdRecord]
		if e.LimitsAt != 0 {
			e.limits = all[e.LimitsAt : e.LimitsAt+12*16]
		}
	}
	return entries, nil
})

func netbsdEntries(t testing.TB) []netbsdEntry {
	t.Helper()
	entries, err := loadNetBSD()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// record is the part of the record that the decoder wants.
func (e *netbsdEntry) record(i int) []byte {
	return e.bytes[i*netbsdRecord:][:NetBSDProcSize:NetBSDProcSize]
}

func netbsdNamed(t testing.TB, name string) *netbsdEntry {
	t.Helper()
	entries := netbsdEntries(t)
	for i := range entries {
		if entries[i].Name == name {
			return &entries[i]
		}
	}
	t.Fatalf("no entry %s", name)
	return nil
}

// checkNetBSD compares a decoded record with what is known, and counts the values compared.
func checkNetBSD(t *testing.T, p *NetBSDProc, truth *netbsdTruth, synthetic bool) (values int) {
	t.Helper()
	number := func(what string, got, want int) {
		t.Helper()
		values++
		if got != want {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	number("pid", p.PID, truth.PID)
	number("pgid", p.Pgid, truth.Pgid)
	number("sid", p.Sid, truth.Sid)
	if truth.Groups != nil {
		values++
		if !slices.Equal(p.Groups[:p.NGroups], *truth.Groups) {
			t.Errorf("groups: got %v, want %v", p.Groups[:p.NGroups], *truth.Groups)
		}
		for _, g := range p.Groups[p.NGroups:] {
			if g != 0 {
				t.Errorf("groups beyond the list: %v", p.Groups)
			}
		}
	}
	m := p.Masks(netbsdUnmixed)
	set := func(what string, got sigset.Set, want *[]int) {
		t.Helper()
		if want == nil {
			return
		}
		values++
		if got != sigset.Of(*want...) {
			t.Errorf("%s: got %v, want %v", what, got, *want)
		}
	}
	dead, exec := truth.State == "zombie", truth.State == "in execve"
	if p.Dead != dead || p.Whole == (dead || exec) || p.Whole != (p.Start != NetBSDStart{}) {
		t.Errorf("%q: dead %t, whole %t, start %v", truth.State, p.Dead, p.Whole, p.Start)
	}
	values += 2
	switch {
	case dead:
		values += 3
		if m.Ignored.Given || m.Pending != sigset.Of() || m.Blocked != sigset.Of() {
			t.Errorf("masks of a zombie: %v", m)
		}
		set("caught", m.Caught, truth.Caught)
	case exec:
		values += 2
		if m.Pending.Given || m.Blocked.Given {
			t.Errorf("masks in execve: %v", m)
		}
	default:
		set("pending", m.Pending, truth.Pending)
		set("blocked", m.Blocked, truth.Blocked)
		set("caught", m.Caught, truth.Caught)
	}
	if truth.Ignored != nil && !dead {
		ignored := slices.Clone(*truth.Ignored)
		if !synthetic {
			ignored = slices.DeleteFunc(append(ignored, truth.DefaultIgnored...), func(n int) bool { return n == 19 })
		}
		set("ignored", m.Ignored, &ignored)
	}
	if m.ProcessPending.Given {
		t.Errorf("the process's own queue: %v", m.ProcessPending)
	}
	values++
	return values
}

// TestDecodeNetBSDRecords decodes every record and limit that was captured or laid out.
func TestDecodeNetBSDRecords(t *testing.T) {
	records, refused, values, limits, layouts := 0, 0, 0, 0, 0
	for _, e := range netbsdEntries(t) {
		t.Run(e.Name, func(t *testing.T) {
			layouts += len(e.Headers)
			known := map[int]*netbsdTruth{}
			for i := range e.Processes {
				known[e.Processes[i].PID] = &e.Processes[i]
			}
			if len(known) != e.Records {
				t.Fatalf("%d processes in %d records", len(known), e.Records)
			}
			for i := range e.Records {
				records++
				first := &e.Processes[0]
				if first.ExpectError != "" {
					refused++
					if p, err := DecodeNetBSDProc(e.record(i), -1); err == nil || p != (NetBSDProc{}) {
						t.Errorf("got %v, %v; want error %s", p, err, first.ExpectError)
					}
					return
				}
				p, err := DecodeNetBSDProc(e.record(i), -1)
				if err != nil {
					t.Fatal(err)
				}
				truth := known[p.PID]
				if truth == nil {
					t.Fatalf("PID %d", p.PID)
				}
				delete(known, p.PID)
				values += checkNetBSD(t, &p, truth, e.Headers != nil)
				if q, err := DecodeNetBSDProc(e.record(i), p.PID); err != nil || q != p {
					t.Errorf("asked for by PID: %v, %v", q, err)
				}
				for _, pid := range []int{0, 1, p.PID + 1, p.PID | 1<<30, math.MaxInt32} {
					if pid == p.PID {
						continue
					}
					if q, err := DecodeNetBSDProc(e.record(i), pid); err == nil || q != (NetBSDProc{}) {
						t.Errorf("PID %d asked for: %v, %v", pid, q, err)
					}
				}
			}
			for n, want := range e.Processes[0].Rlimits {
				for i, want := range want {
					limits++
					if got, err := DecodeNetBSDLimit(e.limits[n*16+i*8:][:8]); err != nil || got != want {
						t.Errorf("limit %d: got %d, %v; want %d", n, got, err, want)
					}
				}
			}
		})
	}
	t.Logf("%d records, %d of them refused as they should be, %d values, %d limits; %d layouts by release and architecture",
		records, refused, values, limits, layouts)
	if records != 45 || values < 450 || limits != 552 || layouts != 27 {
		t.Error("fewer than there should be")
	}
}

// netbsdListing is records cut for NetBSDProcs.
func netbsdListing(e *netbsdEntry) []byte {
	var list []byte
	for i := range e.Records {
		list = append(list, e.record(i)...)
	}
	return list
}

func TestNetBSDProcs(t *testing.T) {
	e := netbsdNamed(t, "all2")
	list := netbsdListing(e)
	var all []NetBSDProc
	NetBSDProcs(list, func(p NetBSDProc, err error) bool {
		if err != nil {
			t.Error(err)
		}
		all = append(all, p)
		return true
	})
	if len(all) != e.Records {
		t.Fatalf("%d records of %d", len(all), e.Records)
	}
	doubtful := 0
	for i, p := range all {
		one, err := DecodeNetBSDProc(e.record(i), -1)
		if err != nil {
			t.Fatal(err)
		}
		if p != one {
			// Processes 1 and 0 are as old as each other.
			if one.Whole, one.Start = false, (NetBSDStart{}); p != one || p.PID != 0 {
				t.Errorf("PID %d: %v", p.PID, p)
			}
			doubtful++
		}
	}
	if doubtful != 1 {
		t.Errorf("%d of %d doubtful", doubtful, len(all))
	}

	// It stops when told to.
	for stop := 1; stop <= e.Records; stop++ {
		n := 0
		NetBSDProcs(list, func(NetBSDProc, error) bool { n++; return n < stop })
		if n != stop {
			t.Errorf("%d records, wanted %d", n, stop)
		}
	}
	// What is left over is an error, and so is a record that makes no sense; those around it are not lost.
	for _, cut := range []int{1, 300, NetBSDProcSize - 1} {
		var errs, n int
		NetBSDProcs(list[:3*NetBSDProcSize+cut], func(p NetBSDProc, err error) bool {
			n++
			if err != nil {
				errs++
				if n != 4 {
					t.Errorf("record %d: %v", n, err)
				}
			}
			return true
		})
		if n != 4 || errs != 1 {
			t.Errorf("cut at %d: %d records, %d errors", cut, n, errs)
		}
	}
	bad := bytes.Clone(list)
	bad[NetBSDProcSize+netbsdNGroups] = 17
	var sound, errs int
	NetBSDProcs(bad, func(p NetBSDProc, err error) bool {
		if err != nil {
			errs++
		} else {
			sound++
		}
		return true
	})
	if sound != e.Records-1 || errs != 1 {
		t.Errorf("%d sound, %d errors", sound, errs)
	}
	NetBSDProcs(nil, func(NetBSDProc, error) bool { t.Error("a record of nothing"); return true })
}

// TestNetBSDProcsStale: in a listing the kernel fills one record for all. Of a process in execve it writes p_sigmask, empty,
// and leaves p_uvalid and p_ustart_* as the last one's.
func TestNetBSDProcsStale(t *testing.T) {
	alive := netbsdNamed(t, "sig-blocked-pending").record(0)
	other := netbsdNamed(t, "lwps").record(0)
	exec := netbsdNamed(t, "execing").record(0)
	zombie := netbsdNamed(t, "zombie").record(0)
	after := func(before, rec []byte) []byte { // what the kernel leaves over
		stale := bytes.Clone(rec)
		copy(stale[netbsdUvalid:netbsdUstartUsec+4], before[netbsdUvalid:netbsdUstartUsec+4])
		for i := binary.LittleEndian.Uint16(rec[netbsdNGroups:]); i < netbsdMaxGroups; i++ {
			binary.LittleEndian.PutUint32(stale[netbsdGroups+4*int(i):], 4711)
		}
		return stale
	}
	for _, tt := range []struct {
		name  string
		list  [][]byte
		whole []bool
	}{
		{"first", [][]byte{exec, alive}, []bool{false, true}},
		{"after one", [][]byte{alive, after(alive, exec)}, []bool{true, false}},
		{"two after one", [][]byte{alive, after(alive, exec), after(alive, exec), other}, []bool{true, false, false, true}},
		{"after another", [][]byte{alive, other, after(other, exec), alive}, []bool{true, true, false, true}},
		{"after a zombie", [][]byte{zombie, exec, zombie}, []bool{false, false, false}},
		{"after one and a zombie", [][]byte{alive, after(alive, zombie), after(alive, exec)}, []bool{true, false, false}},
	} {
		var list []byte
		for _, rec := range tt.list {
			list = append(list, rec...)
		}
		i := 0
		NetBSDProcs(list, func(p NetBSDProc, err error) bool {
			if err != nil || p.Whole != tt.whole[i] || p.Whole != (p.Start != NetBSDStart{}) {
				t.Errorf("%s, record %d: %v, %v", tt.name, i, p, err)
			}
			if p.PID == 170 && (p.NGroups != 2 || p.Groups != [16]uint32{5, 6} || p.Pgid != 55 || p.Masks(netbsdUnmixed).Blocked.Given || p.Masks(netbsdUnmixed).Pending.Given) {
				t.Errorf("%s, record %d: %v", tt.name, i, p)
			}
			i++
			return true
		})
		if i != len(tt.whole) {
			t.Errorf("%s: %d records", tt.name, i)
		}
	}
}

// TestWholeNetBSDProc is a process that is in execve for any number of readings, and then is whole, dead or gone.
func TestWholeNetBSDProc(t *testing.T) {
	gone := errors.New("gone")
	for exec := range 2 * netbsdTries {
		for name, end := range map[string]struct {
			p   NetBSDProc
			err error
		}{
			"whole": {NetBSDProc{PID: 7, Whole: true}, nil}, "dead": {NetBSDProc{PID: 7, Dead: true}, nil}, "gone": {NetBSDProc{}, gone},
		} {
			reads, pauses := 0, 0
			p, err := WholeNetBSDProc(func() (NetBSDProc, error) {
				if reads++; reads <= exec {
					return NetBSDProc{PID: 7}, nil
				}
				return end.p, end.err
			}, func(int) { pauses++ })
			want, wantErr := end.p, end.err
			if exec > netbsdTries {
				want, wantErr = NetBSDProc{PID: 7}, nil
			}
			if p != want || err != wantErr || pauses != min(exec, netbsdTries) || reads != pauses+1 {
				t.Errorf("%d times in execve, then %s: %v, %v after %d readings, %d pauses", exec, name, p, err, reads, pauses)
			}
		}
	}
}

func TestNetBSDStart(t *testing.T) {
	var unknown NetBSDStart
	a, b, c := NetBSDStart{1, 2}, NetBSDStart{1, 3}, NetBSDStart{2, 2}
	for _, tt := range []struct {
		s, t NetBSDStart
		want bool
	}{{a, a, true}, {a, b, false}, {a, c, false}, {a, unknown, true}, {unknown, unknown, true}} {
		if tt.s.SameAs(tt.t) != tt.want || tt.t.SameAs(tt.s) != tt.want {
			t.Errorf("%v, %v: not %t", tt.s, tt.t, tt.want)
		}
	}
}

// TestNetBSDLayout holds the offsets against what C compilers made of the headers of each release and architecture.
func TestNetBSDLayout(t *testing.T) {
	text, err := os.ReadFile("../../testdata/abi/netbsd.json")
	if err != nil {
		t.Fatal(err)
	}
	var abi struct {
		Releases []struct {
			Version string
			Arch    map[string]struct {
				Endian    string
				Size      int
				Fields    map[string][4]int // offset, size, size of an element, signed
				Constants map[string]int64
			}
		}
	}
	if err := json.Unmarshal(text, &abi); err != nil {
		t.Fatal(err)
	}
	fields := map[string][4]int{
		"p_pid":        {netbsdPID, 4, 4, 1},
		"p_sid":        {netbsdSid, 4, 4, 1},
		"p__pgid":      {netbsdPgid, 4, 4, 1},
		"p_groups":     {netbsdGroups, 4 * netbsdMaxGroups, 4, 0},
		"p_ngroups":    {netbsdNGroups, 2, 2, 1},
		"p_siglist":    {netbsdSiglist, 16, 4, 0},
		"p_sigmask":    {netbsdSigmask, 16, 4, 0},
		"p_sigignore":  {netbsdSigignore, 16, 4, 0},
		"p_sigcatch":   {netbsdSigcatch, 16, 4, 0},
		"p_uvalid":     {netbsdUvalid, 8, 8, 1},
		"p_ustart_sec": {netbsdUstartSec, 4, 4, 0}, "p_ustart_usec": {netbsdUstartUsec, 4, 4, 0},
		"p_realstat": {netbsdRealstat, 8, 8, 0},
	}
	constants := map[string]int64{
		"CTL_KERN": 1, "KERN_PROC2": 47, "KERN_PROC_ALL": 0, "KERN_PROC_PID": 1,
		"CTL_PROC": 10, "PROC_CURPROC": math.MaxInt32, "PROC_PID_LIMIT": 2, "PROC_PID_LIMIT_CPU": 1,
		"PROC_PID_LIMIT_TYPE_SOFT": int64(NetBSDSoft), "PROC_PID_LIMIT_TYPE_HARD": int64(NetBSDHard),
		"KI_NGROUPS": netbsdMaxGroups, "RLIM_INFINITY": netbsdInfinity, "SIZEOF_rlim_t": 8, "SIGKILL": netbsdSIGKILL,
		"SIDL": netbsdIdle, "SACTIVE": netbsdActive, "SDYING": netbsdDying, "SSTOP": netbsdStop, "SZOMB": netbsdZombie, "SDEAD": netbsdDead,
	}
	offsets, numbers, arches := 0, 0, 0
	for _, release := range abi.Releases {
		for arch, a := range release.Arch {
			arches++
			name := release.Version + " " + arch
			if a.Endian != "little" || a.Size < NetBSDProcSize || a.Size != netbsdRecord {
				t.Errorf("%s: %s-endian, %d bytes", name, a.Endian, a.Size)
			}
			for field, want := range fields {
				offsets++
				if got, ok := a.Fields[field]; !ok || got != want {
					t.Errorf("%s: %s is %v, want %v", name, field, got, want)
				}
				if end := want[0] + want[1]; end > NetBSDProcSize {
					t.Errorf("%s ends at %d", field, end)
				}
			}
			for constant, want := range constants {
				numbers++
				if got, ok := a.Constants[constant]; !ok || got != want {
					t.Errorf("%s: %s is %d, want %d", name, constant, got, want)
				}
			}
		}
	}
	t.Logf("%d fields × %d releases and architectures: %d offsets, %d constants", len(fields), arches, offsets, numbers)
	if arches != 11 {
		t.Errorf("%d releases and architectures", arches)
	}
}

// TestDecodeNetBSDBad cuts and stretches a record, and makes each field that is checked wrong.
func TestDecodeNetBSDBad(t *testing.T) {
	sound := netbsdNamed(t, "stopped").record(0)
	for n := range netbsdRecord + 1 {
		rec := make([]byte, n)
		copy(rec, sound)
		_, err := DecodeNetBSDProc(rec, -1)
		if (err == nil) != (n == NetBSDProcSize) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, tt := range []struct {
		name   string
		offset int
		value  []byte
		sound  bool
	}{
		{"p_pid -1", netbsdPID, []byte{0xff, 0xff, 0xff, 0xff}, false},
		{"p_pid min", netbsdPID, []byte{0, 0, 0, 0x80}, false},
		{"p_pid max", netbsdPID, []byte{0xff, 0xff, 0xff, 0x7f}, true},
		{"p__pgid -1", netbsdPgid, []byte{0xff, 0xff, 0xff, 0xff}, false},
		{"p_sid -1", netbsdSid, []byte{0xff, 0xff, 0xff, 0xff}, false},
		{"p_ngroups 16", netbsdNGroups, []byte{16, 0}, true},
		{"p_ngroups 17", netbsdNGroups, []byte{17, 0}, false},
		{"p_ngroups -1", netbsdNGroups, []byte{0xff, 0xff}, false},
		{"p_ngroups 32767", netbsdNGroups, []byte{0xff, 0x7f}, false},
		{"p_ngroups -32768", netbsdNGroups, []byte{0, 0x80}, false},
		{"p_realstat 0", netbsdRealstat, []byte{0}, false},
		{"p_realstat 1", netbsdRealstat, []byte{1}, true},
		{"p_realstat 6", netbsdRealstat, []byte{6}, true},
		{"p_realstat 7", netbsdRealstat, []byte{7}, false},
		{"p_realstat beyond 32 bits", netbsdRealstat, []byte{2, 0, 0, 0, 1}, false},
	} {
		rec := bytes.Clone(sound)
		copy(rec[tt.offset:], tt.value)
		p, err := DecodeNetBSDProc(rec, -1)
		if (err == nil) != tt.sound || err != nil && p != (NetBSDProc{}) {
			t.Errorf("%s: %v, %v", tt.name, p, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "kinfo_proc2 ") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	// Each state, and one that is about to die: exit1 fills p_sigignore first.
	for state, dead := range map[byte]bool{1: false, 2: false, 3: true, 4: false, 5: true, 6: true} {
		rec := bytes.Clone(sound)
		rec[netbsdRealstat] = state
		if p, err := DecodeNetBSDProc(rec, -1); err != nil || p.Dead != dead || p.Whole == dead || p.Masks(netbsdUnmixed).Ignored.Given == dead {
			t.Errorf("p_realstat %d: %v, %v", state, p, err)
		}
	}
	rec := bytes.Clone(sound)
	copy(rec[netbsdSigignore:], bytes.Repeat([]byte{0xff}, 16))
	if p, err := DecodeNetBSDProc(rec, -1); err != nil || !p.Dead || p.Masks(netbsdUnmixed).Ignored.Given {
		t.Errorf("all ignored: %v, %v", p, err)
	}
}

// FuzzDecodeNetBSD: whatever comes is an error, or a record that is sound in itself and the same again.
func FuzzDecodeNetBSD(f *testing.F) {
	for _, e := range netbsdEntries(f) {
		f.Add(netbsdListing(&e), -1)
		f.Add(e.record(0), e.Processes[0].PID)
		f.Add(e.record(0)[:NetBSDProcSize-1], 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, pid int) {
		p, err := DecodeNetBSDProc(data, pid)
		if err != nil && p != (NetBSDProc{}) {
			t.Fatalf("%v with %v", p, err)
		}
		if err == nil {
			if len(data) != NetBSDProcSize || pid >= 0 && p.PID != pid {
				t.Fatalf("%d bytes, PID %d asked for: %v", len(data), pid, p)
			}
			checkSoundNetBSD(t, &p)
			if again, err := DecodeNetBSDProc(data, p.PID); err != nil || again != p {
				t.Fatalf("%v, then %v, %v", p, again, err)
			}
		}
		n, last := 0, false
		NetBSDProcs(data, func(p NetBSDProc, err error) bool {
			n++
			if last {
				t.Fatal("goes on behind the end")
			}
			last = n*NetBSDProcSize >= len(data)
			if err == nil {
				checkSoundNetBSD(t, &p)
			} else if p != (NetBSDProc{}) {
				t.Fatalf("%v with %v", p, err)
			}
			return true
		})
		if want := (len(data) + NetBSDProcSize - 1) / NetBSDProcSize; n != want {
			t.Fatalf("%d records of %d bytes", n, len(data))
		}
	})
}

func checkSoundNetBSD(t *testing.T, p *NetBSDProc) {
	t.Helper()
	m := p.Masks(netbsdUnmixed)
	switch {
	case p.PID < 0 || p.Pgid < 0 || p.Sid < 0 || p.NGroups < 0 || p.NGroups > len(p.Groups),
		p.Dead && p.Whole, !p.Whole && p.Start != NetBSDStart{},
		m.ProcessPending.Given, !m.Caught.Given, m.Ignored.Given == p.Dead, m.Blocked.Given != (p.Whole || p.Dead), m.Pending.Given != m.Blocked.Given,
		m.Ignored.Has(netbsdSIGKILL):
		t.Fatalf("unsound: %v", p)
	}
	for _, g := range p.Groups[p.NGroups:] {
		if g != 0 {
			t.Fatalf("a group beyond the list: %v", p)
		}
	}
}

func TestDecodeNetBSDAllocs(t *testing.T) {
	rec := netbsdNamed(t, "stopped").record(0)
	list := netbsdListing(netbsdNamed(t, "all2"))
	if n := testing.AllocsPerRun(100, func() {
		p, err := DecodeNetBSDProc(rec, 126)
		if err != nil || !p.Masks(netbsdUnmixed).Blocked.Has(40) {
			t.Error(p, err)
		}
		NetBSDProcs(list, func(p NetBSDProc, err error) bool { return err == nil })
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecodeNetBSDProc(b *testing.B) {
	rec := netbsdNamed(b, "stopped").record(0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeNetBSDProc(rec, 126); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNetBSDMasksByRelease: before NetBSD 10, what is pending and what is blocked cannot be told.
func TestNetBSDMasksByRelease(t *testing.T) {
	for _, name := range []string{"stopped", "zombie"} {
		p, err := DecodeNetBSDProc(netbsdNamed(t, name).record(0), -1)
		if err != nil {
			t.Fatal(err)
		}
		now := p.Masks(1099001200)
		if !now.Pending.Given || !now.Blocked.Given {
			t.Errorf("%s: %v", name, now)
		}
		if m := p.Masks(1000000000); m != now {
			t.Errorf("%s in 10.0: %v, want %v", name, m, now)
		}
		now.Pending, now.Blocked = sigset.Set{}, sigset.Set{}
		for _, release := range []uint32{0, 701000200, 999000000} {
			if m := p.Masks(release); m != now {
				t.Errorf("%s in %d: %v, want %v", name, release, m, now)
			}
		}
	}
}
