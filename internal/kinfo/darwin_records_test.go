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
	"reflect"
	"slices"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// darwinCase is a line of testdata/darwin/truth.json.
type darwinCase struct {
	From            string
	Record          int
	PID, Pgid       int32
	Dead            bool
	Groups          []uint32
	Ignored, Caught []int
	ExpectError     string `json:"expect_error"`
}

func darwinCases(t testing.TB) (cases []darwinCase, records [][]byte) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/darwin/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile("../../testdata/darwin/records.bin.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return cases, slices.Collect(slices.Chunk(all, DarwinSize))
}

func TestDarwinRecords(t *testing.T) {
	cases, records := darwinCases(t)
	if len(cases) != len(records) {
		t.Fatalf("%d records with %d truths", len(records), len(cases))
	}
	values := 0
	for i, c := range cases {
		if c.Record != i {
			t.Fatalf("%s: record %d at %d", c.From, c.Record, i)
		}
		p, err := DecodeDarwin(records[i], c.PID)
		if c.ExpectError != "" {
			values++
			if err == nil || p != (DarwinProc{}) {
				t.Errorf("%s: got %+v, %v; want nothing: %s", c.From, p, err, c.ExpectError)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.From, err)
			continue
		}
		check := func(what string, got, want any) {
			t.Helper()
			values++
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s is %v, want %v", c.From, what, got, want)
			}
		}
		ignored := sigset.Set{}
		if c.Ignored != nil {
			ignored = sigset.Of(c.Ignored...)
		}
		check("pid", p.PID, c.PID)
		check("pgid", p.Pgid, c.Pgid)
		check("dead", p.Dead, c.Dead)
		check("groups", p.Groups(), c.Groups)
		check("masks", p.Masks, sigset.Masks{Ignored: ignored, Caught: sigset.Of(c.Caught...)})
		if any, err := DecodeDarwin(records[i], DarwinAnyPID); err != nil || any != p {
			t.Errorf("%s: decoded for any PID: %+v, %v", c.From, any, err)
		}
	}
	t.Logf("%d records, %d values", len(records), values)
	if len(records) != 23 || values < 80 {
		t.Error("fewer than there should be")
	}
}

// TestDarwinLayout holds the offsets and numbers against the system's headers.
func TestDarwinLayout(t *testing.T) {
	text, err := os.ReadFile("../../testdata/abi/darwin.json")
	if err != nil {
		t.Fatal(err)
	}
	var abi struct {
		Releases []struct {
			Version string
			Arch    map[string]struct {
				Endian    string
				Size      int
				Fields    map[string][3]int
				Constants map[string]uint64
			}
		}
	}
	if err := json.Unmarshal(text, &abi); err != nil {
		t.Fatal(err)
	}
	want := map[string][3]int{
		"p_flag":             {darwinFlag, 4, 4},
		"p_stat":             {darwinStat, 1, 1},
		"p_pid":              {darwinPID, 4, 4},
		"p_sigignore":        {darwinSigignore, 4, 4},
		"p_sigcatch":         {darwinSigcatch, 4, 4},
		"e_ucred.cr_ngroups": {darwinNGroups, 2, 2},
		"e_ucred.cr_groups":  {darwinGroups, 4 * len(DarwinProc{}.AllGroups), 4},
		"e_pgid":             {darwinPgid, 4, 4},
	}
	constants := map[string]uint64{
		"SZOMB":         darwinZombie,
		"P_WEXIT":       darwinExiting,
		"NGROUPS":       uint64(len(DarwinProc{}.AllGroups)),
		"NSIG":          32,
		"RLIM_INFINITY": darwinInfinity,
		"RLIM_NLIMITS":  9,
	}
	offsets, layouts := 0, 0
	for _, r := range abi.Releases {
		for arch, a := range r.Arch {
			layouts++
			for name, w := range want {
				offsets++
				if got := a.Fields[name]; got != w {
					t.Errorf("%s %s: %s is %v in the header, %v here", r.Version, arch, name, got, w)
				}
			}
			for name, w := range constants {
				if got, ok := a.Constants[name]; got != w || !ok {
					t.Errorf("%s %s: %s is %d in the header, %d here", r.Version, arch, name, got, w)
				}
			}
			if len(a.Fields) != len(want) || len(a.Constants) != len(constants) {
				t.Errorf("%s %s: %d fields, %d constants", r.Version, arch, len(a.Fields), len(a.Constants))
			}
			if a.Size != DarwinSize || a.Endian != "little" {
				t.Errorf("%s %s: %d bytes, %s-endian", r.Version, arch, a.Size, a.Endian)
			}
		}
	}
	t.Logf("%d offsets: %d fields in %d layouts", offsets, len(want), layouts)
	if layouts != 8 {
		t.Error("fewer than there should be")
	}
}

// darwinSample is a sound record of process 0x01020304 with that many groups.
func darwinSample(groups int16) []byte {
	record := bytes.Repeat([]byte{0x55}, DarwinSize)
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(record[at:], v) }
	put(darwinFlag, 4)
	record[darwinStat] = 3
	put(darwinPID, 0x01020304)
	put(darwinPgid, 0x02030405)
	put(darwinSigignore, 0x20000004)
	put(darwinSigcatch, 0x10000008)
	binary.LittleEndian.PutUint16(record[darwinNGroups:], uint16(groups))
	for i := range 16 {
		put(darwinGroups+4*i, 0xfffffff0+uint32(i))
	}
	return record
}

// Those that are dead or dying ignore everything, which means nothing.
func TestDarwinDead(t *testing.T) {
	for _, flag := range []uint32{0, 4, darwinExiting, darwinExiting | 4, math.MaxUint32} {
		for stat := range byte(8) {
			record := darwinSample(1)
			binary.LittleEndian.PutUint32(record[darwinFlag:], flag)
			record[darwinStat] = stat
			p, err := DecodeDarwin(record, DarwinAnyPID)
			if err != nil {
				t.Fatal(err)
			}
			dead := stat == 5 || flag >= 0x2000
			masks := sigset.Masks{Ignored: sigset.Of(3, 30), Caught: sigset.Of(4, 29)}
			if dead {
				masks.Ignored = sigset.Set{}
			}
			if p.Dead != dead || p.Masks != masks {
				t.Errorf("flags %x, state %d: %+v", flag, stat, p)
			}
		}
	}
}

func TestDarwinUnsound(t *testing.T) {
	refuse := func(what string, record []byte, pid int32) {
		t.Helper()
		if p, err := DecodeDarwin(record, pid); err == nil || p != (DarwinProc{}) {
			t.Errorf("%s: got %+v, %v", what, p, err)
		}
	}
	if _, err := DecodeDarwin(darwinSample(3), 0x01020304); err != nil {
		t.Fatal(err)
	}
	for n := range DarwinSize {
		refuse("cut", darwinSample(3)[:n], DarwinAnyPID)
	}
	for _, n := range []int{1, 8, DarwinSize} {
		refuse("too long", append(darwinSample(3), make([]byte, n)...), DarwinAnyPID)
	}
	for _, n := range []int16{-1, 17, 256, math.MaxInt16, math.MinInt16} {
		refuse("number of groups", darwinSample(n), DarwinAnyPID)
	}
	for _, pid := range []int32{0, 1, 0x01020303, math.MaxInt32, math.MinInt32, -2} {
		refuse("other process", darwinSample(3), pid)
	}
	for _, at := range []int{darwinPID, darwinPgid} {
		for _, id := range []int32{-1, math.MinInt32} {
			record := darwinSample(3)
			binary.LittleEndian.PutUint32(record[at:], uint32(id))
			refuse("negative id", record, DarwinAnyPID)
		}
	}
}

// What lies behind the groups that the process has is nobody's, and does not come out.
func TestDarwinGroups(t *testing.T) {
	for n := range int16(17) {
		p, err := DecodeDarwin(darwinSample(n), DarwinAnyPID)
		if err != nil || len(p.Groups()) != int(n) {
			t.Errorf("%d groups: %v, %v", n, p.Groups(), err)
		}
		for i, id := range p.AllGroups {
			if want := 0xfffffff0 + uint32(i); i < int(n) && id != want || i >= int(n) && id != 0 {
				t.Errorf("%d groups: %d at %d", n, id, i)
			}
		}
	}
}

// TestDarwinAsk has processes die, and their numbers go to others, between any two steps.
func TestDarwinAsk(t *testing.T) {
	errCall, errLook := errors.New("call"), errors.New("look")
	for _, tt := range []struct {
		name        string
		steps       string // what the kernel says in turn: f(ound), m(issing), e(rror); in looks a(live), d(ead), e(rror)
		found, dead bool
		err         error
	}{
		{"alive", "f", true, false, nil},
		{"refused", "e", false, false, errCall},
		{"zombie", "md", false, true, nil},
		{"gone", "me", false, false, errLook},
		{"replaced", "maf", true, false, nil},
		{"replaced, and the successor is a zombie", "mamd", false, true, nil},
		{"replaced, and the successor is refused", "mae", false, false, errCall},
		{"replaced, and the successor is gone", "mame", false, false, errLook},
		{"replaced twice", "mamaf", true, false, nil},
		{"never found, never dead", "mamama", false, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := 0
			next := func() byte { at++; return tt.steps[at-1] }
			found, dead, err := DarwinAsk(
				func() (bool, error) {
					switch next() {
					case 'f':
						return true, nil
					case 'e':
						return false, errCall
					}
					return false, nil
				},
				func() (bool, error) {
					switch next() {
					case 'd':
						return true, nil
					case 'e':
						return false, errLook
					}
					return false, nil
				})
			if found != tt.found || dead != tt.dead || err != tt.err || at != len(tt.steps) {
				t.Errorf("after %q: %v, %v, %v", tt.steps[:at], found, dead, err)
			}
		})
	}
}

func TestDarwinLimits(t *testing.T) {
	for _, l := range []struct {
		kernel, limit uint64
	}{{0, 0}, {1, 1}, {1 << 32, 1 << 32}, {math.MaxInt64 - 1, math.MaxInt64 - 1}, {math.MaxInt64, math.MaxUint64}} {
		if got := DarwinLimit(l.kernel); got != l.limit {
			t.Errorf("the kernel's %d is %d", l.kernel, got)
		}
		if got, ok := DarwinKernelLimit(l.limit); !ok || got != l.kernel {
			t.Errorf("the limit %d is the kernel's %d, %v", l.limit, got, ok)
		}
	}
	for _, kernel := range []uint64{1 << 63, math.MaxUint64} {
		if got := DarwinLimit(kernel); got != math.MaxUint64 {
			t.Errorf("the kernel's %d is %d", kernel, got)
		}
	}
	for _, limit := range []uint64{math.MaxInt64, 1 << 63, math.MaxUint64 - 1} {
		if got, ok := DarwinKernelLimit(limit); ok {
			t.Errorf("the limit %d is the kernel's %d", limit, got)
		}
	}
}

func FuzzDecodeDarwin(f *testing.F) {
	cases, records := darwinCases(f)
	for _, c := range cases {
		f.Add(records[c.Record], c.PID)
		f.Add(records[c.Record][:DarwinSize-1], int32(DarwinAnyPID))
	}
	f.Fuzz(func(t *testing.T, record []byte, pid int32) {
		before := bytes.Clone(record)
		p, err := DecodeDarwin(record, pid)
		if !bytes.Equal(record, before) {
			t.Fatal("the record was changed")
		}
		if err != nil {
			if p != (DarwinProc{}) {
				t.Fatalf("%+v with %v", p, err)
			}
			return
		}
		word := func(at int) uint32 { return binary.LittleEndian.Uint32(record[at:]) }
		if len(record) != DarwinSize || p.PID < 0 || p.Pgid < 0 || pid != DarwinAnyPID && p.PID != pid {
			t.Fatalf("accepted: %+v", p)
		}
		if uint32(p.PID) != word(40) || uint32(p.Pgid) != word(564) || uint16(len(p.Groups())) != binary.LittleEndian.Uint16(record[424:]) {
			t.Fatalf("decoded as %+v", p)
		}
		for i, id := range p.Groups() {
			if id != word(428+4*i) {
				t.Fatalf("group %d is %d", i, id)
			}
		}
		caught := sigset.Set{Bits: [2]uint64{uint64(word(236))}, Given: true}
		ignored := sigset.Set{Bits: [2]uint64{uint64(word(232))}, Given: true}
		if p.Dead {
			ignored = sigset.Set{}
		}
		if p.Masks != (sigset.Masks{Ignored: ignored, Caught: caught}) {
			t.Fatalf("masks are %v", p.Masks)
		}
	})
}

func TestDarwinNoAllocs(t *testing.T) {
	record := darwinSample(16)
	var total int
	if n := testing.AllocsPerRun(100, func() {
		p, _ := DecodeDarwin(record, 0x01020304)
		total += len(p.Groups())
	}); n != 0 || total == 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecodeDarwin(b *testing.B) {
	record := darwinSample(16)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeDarwin(record, 0x01020304); err != nil {
			b.Fatal(err)
		}
	}
}
