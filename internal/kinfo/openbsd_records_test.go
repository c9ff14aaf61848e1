// SPDX-License-Identifier: MIT

package kinfo

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// openBSDCase is a line of testdata/openbsd/truth.json.
type openBSDCase struct {
	From                              string
	Records                           []int
	Synthetic                         bool
	PID                               int32
	Pgid, Sid                         *int32
	Groups                            []uint32
	Pending, Blocked, Ignored, Caught []int
	ExpectError                       string `json:"expect_error"`
}

func (c *openBSDCase) layout() OpenBSDLayout { return OpenBSDLayoutOf(strings.Fields(c.From)[1]) }

func openBSDCases(t testing.TB) (cases []openBSDCase, records [][]byte) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/openbsd/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile("../../testdata/openbsd/records.bin.gz")
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
	return cases, slices.Collect(slices.Chunk(all, OpenBSDSize))
}

func TestOpenBSDRecords(t *testing.T) {
	cases, records := openBSDCases(t)
	seen := map[int]bool{}
	values := 0
	for _, c := range cases {
		for _, i := range c.Records {
			seen[i] = true
			p, err := DecodeOpenBSD(records[i], c.layout(), c.PID)
			if c.ExpectError != "" {
				values++
				if err == nil || p != (OpenBSDProc{}) {
					t.Errorf("%s, record %d: got %+v, %v; want nothing: %s", c.From, i, p, err, c.ExpectError)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, record %d: %v", c.From, i, err)
				continue
			}
			check := func(what string, got, want any) {
				t.Helper()
				values++
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s, record %d: %s is %v, want %v", c.From, i, what, got, want)
				}
			}
			check("pid", p.PID, c.PID)
			if c.Pgid != nil {
				check("pgid", p.Pgid, *c.Pgid)
			}
			if c.Sid != nil {
				check("sid", p.Sid, *c.Sid)
			}
			if c.Groups != nil {
				check("groups", p.Groups(), c.Groups)
			}
			for _, s := range []struct {
				name string
				got  sigset.Set
				want []int
			}{
				{"pending", p.Masks.Pending, c.Pending}, {"blocked", p.Masks.Blocked, c.Blocked},
				{"ignored", p.Masks.Ignored, c.Ignored}, {"caught", p.Masks.Caught, c.Caught},
			} {
				if s.want != nil {
					check(s.name, s.got, sigset.Of(s.want...))
				}
				if !s.got.Given {
					t.Errorf("%s, record %d: %s is not given", c.From, i, s.name)
				}
			}
			check("process's pending", p.Masks.ProcessPending, sigset.Set{})
			if any, err := DecodeOpenBSD(records[i], c.layout(), OpenBSDAnyPID); err != nil || any != p {
				t.Errorf("%s, record %d: decoded for any PID: %+v, %v", c.From, i, any, err)
			}
		}
	}
	for i := range records {
		if !seen[i] {
			t.Errorf("record %d has no truth", i)
		}
	}
	t.Logf("%d records, %d values", len(records), values)
	if len(records) != 690 || values < 4500 {
		t.Error("fewer than there should be")
	}
}

// TestOpenBSDLayout holds the offsets, and the numbers asked with, against the systems' headers.
func TestOpenBSDLayout(t *testing.T) {
	text, err := os.ReadFile("../../testdata/abi/openbsd.json")
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
		"p_pid":       {openBSDPID, 4, 4},
		"p_sid":       {openBSDSid, 4, 4},
		"p__pgid":     {openBSDPgid, 4, 4},
		"p_groups":    {openBSDGroups, 4 * len(OpenBSDProc{}.AllGroups), 4},
		"p_ngroups":   {openBSDNGroups, 2, 2},
		"p_siglist":   {openBSDSiglist, 4, 4},
		"p_sigmask":   {openBSDSigmask, 4, 4},
		"p_sigignore": {openBSDSigignore, 4, 4},
		"p_sigcatch":  {openBSDSigcatch, 4, 4},
	}
	mib := OpenBSDMIB(OpenBSDByPID, 0, 1)
	constants := map[string]uint64{
		"CTL_KERN":          uint64(mib[0]),
		"KERN_PROC":         uint64(mib[1]),
		"KERN_PROC_PID":     OpenBSDByPID,
		"KERN_PROC_KTHREAD": OpenBSDEvery,
		"KI_NGROUPS":        uint64(len(OpenBSDProc{}.AllGroups)),
		"NSIG":              33,
		"RLIM_INFINITY":     openBSDInfinity,
		"RLIM_NLIMITS":      9,
	}
	end := 0
	for _, f := range want {
		end = max(end, f[0]+f[1])
	}
	if end != OpenBSDSize {
		t.Errorf("the last field ends at %d, and %d bytes are asked for", end, OpenBSDSize)
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
			if big := a.Endian == "big"; big != OpenBSDLayoutOf(arch).BigEndian {
				t.Errorf("%s %s is %s-endian", r.Version, arch, a.Endian)
			}
			if a.Size < OpenBSDSize {
				t.Errorf("%s %s has %d bytes, and %d are asked for", r.Version, arch, a.Size, OpenBSDSize)
			}
		}
	}
	t.Logf("%d offsets: %d fields in %d layouts", offsets, len(want), layouts)
	if layouts != 20 {
		t.Error("fewer than there should be")
	}
}

func TestOpenBSDMIB(t *testing.T) {
	if got, want := OpenBSDMIB(OpenBSDByPID, 4711, 1), [6]int32{1, 66, 1, 4711, 304, 1}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := OpenBSDMIB(OpenBSDEvery, 0, math.MaxInt32), [6]int32{1, 66, 7, 0, 304, math.MaxInt32}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// openBSDSample is a record that is sound in both byte orders, of process 0x01020304 with groups as many as groups says.
func openBSDSample(order binary.AppendByteOrder, groups int16) []byte {
	record := bytes.Repeat([]byte{0x55}, OpenBSDSize)
	put := func(at int, v uint32) { copy(record[at:], order.AppendUint32(nil, v)) }
	put(openBSDPID, 0x01020304)
	put(openBSDPgid, 0x02030405)
	put(openBSDSid, 0x03040506)
	copy(record[openBSDNGroups:], order.AppendUint16(nil, uint16(groups)))
	for i := range 16 {
		put(openBSDGroups+4*i, 0xfffffff0+uint32(i))
	}
	put(openBSDSiglist, 0x80000001)
	put(openBSDSigmask, 0x40000002)
	put(openBSDSigignore, 0x20000004)
	put(openBSDSigcatch, 0x10000008)
	return record
}

func TestOpenBSDByteOrder(t *testing.T) {
	for layout, order := range map[OpenBSDLayout]binary.AppendByteOrder{
		{}: binary.LittleEndian, {BigEndian: true}: binary.BigEndian,
	} {
		p, err := DecodeOpenBSD(openBSDSample(order, 16), layout, 0x01020304)
		if err != nil {
			t.Fatal(err)
		}
		if p.Pgid != 0x02030405 || p.Sid != 0x03040506 || p.NGroups != 16 || p.AllGroups[0] != 0xfffffff0 || p.AllGroups[15] != math.MaxUint32 {
			t.Errorf("%v: %+v", order, p)
		}
		if want := (sigset.Masks{Pending: sigset.Of(1, 32), Blocked: sigset.Of(2, 31), Ignored: sigset.Of(3, 30), Caught: sigset.Of(4, 29)}); p.Masks != want {
			t.Errorf("%v: %+v", order, p.Masks)
		}
		if _, err := DecodeOpenBSD(openBSDSample(order, 16), OpenBSDLayout{!layout.BigEndian}, OpenBSDAnyPID); err == nil {
			t.Errorf("%v: decoded in the other order", order)
		}
	}
}

func TestOpenBSDUnsound(t *testing.T) {
	sound := func() []byte { return openBSDSample(binary.LittleEndian, 3) }
	refuse := func(what string, record []byte, pid int32) {
		t.Helper()
		if p, err := DecodeOpenBSD(record, OpenBSDLayout{}, pid); err == nil || p != (OpenBSDProc{}) {
			t.Errorf("%s: got %+v, %v", what, p, err)
		}
	}
	if _, err := DecodeOpenBSD(sound(), OpenBSDLayout{}, 0x01020304); err != nil {
		t.Fatal(err)
	}
	for n := range OpenBSDSize {
		refuse("cut", sound()[:n], OpenBSDAnyPID)
	}
	for _, n := range []int{1, 8, 312, 344, OpenBSDSize} {
		refuse("too long", append(sound(), make([]byte, n)...), OpenBSDAnyPID)
	}
	for _, n := range []int16{-1, 17, 256, math.MaxInt16, math.MinInt16} {
		refuse("number of groups", openBSDSample(binary.LittleEndian, n), OpenBSDAnyPID)
	}
	for _, pid := range []int32{0, 1, 0x01020303, math.MaxInt32, math.MinInt32, -2} {
		refuse("other process", sound(), pid)
	}
	for _, at := range []int{openBSDPID, openBSDPgid, openBSDSid} {
		for _, id := range []int32{-1, math.MinInt32} {
			record := sound()
			binary.LittleEndian.PutUint32(record[at:], uint32(id))
			refuse("negative id", record, OpenBSDAnyPID)
		}
	}
}

// What lies behind the groups that the process has is another's, or nobody's, and does not come out.
func TestOpenBSDGroups(t *testing.T) {
	for n := range int16(17) {
		p, err := DecodeOpenBSD(openBSDSample(binary.LittleEndian, n), OpenBSDLayout{}, OpenBSDAnyPID)
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

func TestOpenBSDLimits(t *testing.T) {
	for _, l := range []struct {
		kernel, limit uint64
	}{{0, 0}, {1, 1}, {1 << 32, 1 << 32}, {math.MaxInt64 - 1, math.MaxInt64 - 1}, {math.MaxInt64, math.MaxUint64}} {
		if got := OpenBSDLimit(l.kernel); got != l.limit {
			t.Errorf("the kernel's %d is %d", l.kernel, got)
		}
		if got, ok := OpenBSDKernelLimit(l.limit); !ok || got != l.kernel {
			t.Errorf("the limit %d is the kernel's %d, %v", l.limit, got, ok)
		}
	}
	for _, kernel := range []uint64{1 << 63, math.MaxUint64} { // not that it has such
		if got := OpenBSDLimit(kernel); got != math.MaxUint64 {
			t.Errorf("the kernel's %d is %d", kernel, got)
		}
	}
	for _, limit := range []uint64{math.MaxInt64, 1 << 63, math.MaxUint64 - 1} {
		if got, ok := OpenBSDKernelLimit(limit); ok {
			t.Errorf("the limit %d is the kernel's %d", limit, got)
		}
	}
}

func FuzzDecodeOpenBSD(f *testing.F) {
	cases, records := openBSDCases(f)
	for _, c := range cases {
		if i := c.Records[0]; c.Synthetic || c.Pending != nil {
			f.Add(records[i], c.layout().BigEndian, c.PID)
			f.Add(records[i][:OpenBSDSize-1], c.layout().BigEndian, int32(OpenBSDAnyPID))
		}
	}
	f.Fuzz(func(t *testing.T, record []byte, big bool, pid int32) {
		before := bytes.Clone(record)
		p, err := DecodeOpenBSD(record, OpenBSDLayout{big}, pid)
		if !bytes.Equal(record, before) {
			t.Fatal("the record was changed")
		}
		if err != nil {
			if p != (OpenBSDProc{}) {
				t.Fatalf("%+v with %v", p, err)
			}
			return
		}
		var order binary.ByteOrder = binary.LittleEndian
		if big {
			order = binary.BigEndian
		}
		word := func(at int) uint32 { return order.Uint32(record[at:]) }
		if len(record) != OpenBSDSize || p.PID < 0 || p.Pgid < 0 || p.Sid < 0 || pid != OpenBSDAnyPID && p.PID != pid {
			t.Fatalf("accepted: %+v", p)
		}
		if uint32(p.PID) != word(108) || uint32(p.Sid) != word(116) || uint32(p.Pgid) != word(120) || uint16(len(p.Groups())) != order.Uint16(record[208:]) {
			t.Fatalf("decoded as %+v", p)
		}
		for i, id := range p.Groups() {
			if id != word(144+4*i) {
				t.Fatalf("group %d is %d", i, id)
			}
		}
		for i, s := range []sigset.Set{p.Masks.Pending, p.Masks.Blocked, p.Masks.Ignored, p.Masks.Caught} {
			if !s.Given || s.Bits != [2]uint64{uint64(word(288 + 4*i))} {
				t.Fatalf("set %d is %v", i, s)
			}
		}
		if p.Masks.ProcessPending.Given {
			t.Fatal("a set that there is not")
		}
	})
}

func TestOpenBSDNoAllocs(t *testing.T) {
	for _, layout := range []OpenBSDLayout{{}, {BigEndian: true}} {
		order := binary.AppendByteOrder(binary.LittleEndian)
		if layout.BigEndian {
			order = binary.BigEndian
		}
		record := openBSDSample(order, 16)
		var total int
		if n := testing.AllocsPerRun(100, func() {
			p, _ := DecodeOpenBSD(record, layout, 0x01020304)
			total += len(p.Groups())
		}); n != 0 || total == 0 {
			t.Errorf("%v: %v allocations", layout, n)
		}
	}
}

func BenchmarkDecodeOpenBSD(b *testing.B) {
	record := openBSDSample(binary.LittleEndian, 16)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeOpenBSD(record, OpenBSDLayout{}, 0x01020304); err != nil {
			b.Fatal(err)
		}
	}
}
