// SPDX-License-Identifier: MIT

package procfs

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// solarisCase is a line of testdata/illumos/truth.json.
type solarisCase struct {
	Name                              string
	Files                             map[string][2]int
	PID, Pgid, Sid                    int32
	Zombie                            bool
	Groups                            []uint32
	Pending, Blocked, Ignored, Caught []int
	PendingProcess                    []int `json:"pending_process"`
	Main, Representative              int32
	ExpectError                       string `json:"expect_error"`

	files map[string][]byte
}

func solarisCases(t testing.TB) []solarisCase {
	t.Helper()
	cases, err := loadSolaris()
	if err != nil {
		t.Fatal(err)
	}
	cases = slices.Clone(cases)
	for i := range cases {
		files := map[string][]byte{}
		for name, data := range cases[i].files {
			files[name] = slices.Clone(data)
		}
		cases[i].files = files
	}
	return cases
}

var loadSolaris = sync.OnceValues(func() (cases []solarisCase, err error) {
	text, err := os.ReadFile("../../testdata/illumos/truth.json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		return nil, err
	}
	packed, err := os.ReadFile("../../testdata/illumos/files.bin.gz")
	if err != nil {
		return nil, err
	}
	all, err := gunzip(packed)
	if err != nil {
		return nil, err
	}
	for i := range cases {
		cases[i].files = map[string][]byte{}
		for name, at := range cases[i].Files {
			cases[i].files[name] = all[at[0] : at[0]+at[1]]
		}
	}
	return cases, nil
})

// solarisFile returns a file of a case.
func solarisFile(t testing.TB, name, file string) []byte {
	t.Helper()
	for _, c := range solarisCases(t) {
		if c.Name == name {
			return c.files[file]
		}
	}
	t.Fatalf("no case %s", name)
	return nil
}

func TestSolarisFiles(t *testing.T) {
	files, values := 0, 0
	for _, c := range solarisCases(t) {
		check := func(what string, ok bool, got, want any) {
			t.Helper()
			values++
			if !ok {
				t.Errorf("%s: %s is %v, want %v", c.Name, what, got, want)
			}
		}
		set := func(what string, got sigset.Set, want []int) {
			t.Helper()
			check(what, got == sigset.Of(want...), got, want)
		}
		for name, data := range c.files {
			files++
			var err error
			switch name {
			case "psinfo":
				var p SolarisPsinfo
				p, err = DecodeSolarisPsinfo(data, c.PID)
				check("pid", p.PID == c.PID, p.PID, c.PID)
				check("pgid", p.Pgid == c.Pgid, p.Pgid, c.Pgid)
				check("sid", p.Sid == c.Sid, p.Sid, c.Sid)
				check("zombie", p.Zombie == c.Zombie, p.Zombie, c.Zombie)
				want := SolarisStart{1700000001, 654321000}
				if c.Zombie {
					want = SolarisStart{}
				}
				check("start", p.Start == want, p.Start, want)
			case "cred":
				var groups []uint32
				groups, err = DecodeSolarisCred(data, nil)
				check("groups", slices.Equal(groups, c.Groups), groups, c.Groups)
				if c.ExpectError != "" {
					if err == nil || groups != nil {
						t.Errorf("%s: got %v, %v; want nothing: %s", c.Name, groups, err, c.ExpectError)
					}
					continue
				}
			case "status":
				var s SolarisStatus
				s, err = DecodeSolarisStatus(data, c.PID)
				set("process's queue", s.Pending, c.PendingProcess)
				check("representative", s.LWP.ID == c.Representative, s.LWP.ID, c.Representative)
				if s.LWP.ID == c.Main {
					set("pending, from status", s.Pending.Union(s.LWP.Pending), c.Pending)
					set("blocked, from status", s.LWP.Blocked, c.Blocked)
				}
			case "lstatus":
				var lwp SolarisLWP
				lwp, err = DecodeSolarisLstatus(data)
				check("main thread", lwp.ID == c.Main, lwp.ID, c.Main)
				set("blocked", lwp.Blocked, c.Blocked)
				set("pending", lwp.Pending.Union(sigset.Of(c.PendingProcess...)), c.Pending)
			case "sigact":
				var ignored, caught sigset.Set
				ignored, caught, err = DecodeSolarisSigact(data)
				set("ignored", ignored, c.Ignored)
				set("caught", caught, c.Caught)
			default:
				t.Errorf("%s: unknown file %s", c.Name, name)
			}
			if err != nil {
				t.Errorf("%s: %s: %v", c.Name, name, err)
			}
		}
	}
	t.Logf("%d files, %d values", files, values)
	if files != 28 || values < 72 {
		t.Error("fewer than there should be")
	}
}

// TestSolarisLayout holds the offsets against the system's headers.
func TestSolarisLayout(t *testing.T) {
	text, err := os.ReadFile("../../testdata/abi/illumos.json")
	if err != nil {
		t.Fatal(err)
	}
	var abi struct {
		Structs map[string]struct {
			Size   int
			Fields map[string][2]int
		}
		Constants map[string]uint64
	}
	if err := json.Unmarshal(text, &abi); err != nil {
		t.Fatal(err)
	}
	type fields map[string][2]int
	offsets := 0
	for name, want := range map[string]struct {
		size   int
		fields fields
	}{
		"psinfo_t": {SolarisPsinfoSize, fields{
			"pr_pid": {solarisPID, 4}, "pr_pgid": {solarisPgid, 4}, "pr_sid": {solarisSid, 4}, "pr_lwp.pr_sname": {solarisSname, 1},
			"pr_start.tv_sec": {solarisStartSec, 8}, "pr_start.tv_nsec": {solarisStartNsec, 8},
		}},
		"prcred_t": {solarisCredSize, fields{"pr_ngroups": {solarisNGroups, 4}, "pr_groups": {solarisGroups, 4}}},
		"pstatus_t": {SolarisStatusSize, fields{
			"pr_nlwp": {solarisStatusNLWP, 4}, "pr_pid": {solarisStatusPID, 4}, "pr_sigpend": {solarisStatusSigpend, 16},
			"pr_lwp":            {solarisStatusLWP, solarisLWPSize},
			"pr_lwp.pr_lwpid":   {solarisStatusLWP + solarisLWPID, 4},
			"pr_lwp.pr_lwppend": {solarisStatusLWP + solarisLWPPend, 16},
			"pr_lwp.pr_lwphold": {solarisStatusLWP + solarisLWPHold, 16},
		}},
		"lwpstatus_t": {solarisLWPSize, fields{
			"pr_lwpid": {solarisLWPID, 4}, "pr_lwppend": {solarisLWPPend, 16}, "pr_lwphold": {solarisLWPHold, 16},
		}},
		"prheader_t": {solarisHeaderSize, fields{"pr_nent": {solarisNEnt, 8}, "pr_entsize": {solarisEntSize, 8}}},
		"sigaction":  {solarisActionSize, fields{"_funcptr": {solarisActionHandler, 8}}},
	} {
		got := abi.Structs[name]
		if got.Size != want.size || len(got.Fields) != len(want.fields) {
			t.Errorf("%s has %d bytes and %d fields, here %d and %d", name, got.Size, len(got.Fields), want.size, len(want.fields))
		}
		for f, w := range want.fields {
			offsets++
			if got.Fields[f] != w {
				t.Errorf("%s.%s is %v in the header, %v here", name, f, got.Fields[f], w)
			}
		}
	}
	for name, want := range map[string]uint64{
		"NSIG": 75, "SIG_DFL": solarisDefault, "SIG_IGN": solarisIgnore, "SIG_HOLD": solarisHold,
		"RLIM_INFINITY": solarisInfinity, "RLIM_SAVED_MAX": solarisInfinity + 1, "RLIM_SAVED_CUR": solarisInfinity + 2,
	} {
		if got, ok := abi.Constants[name]; !ok || got != want {
			t.Errorf("%s is %d in the header, %d here", name, got, want)
		}
	}
	t.Logf("%d offsets", offsets)
}

func TestSolarisUnsound(t *testing.T) {
	const pid = 43211
	psinfo, status := solarisFile(t, "signals", "psinfo"), solarisFile(t, "signals", "status")
	decoders := map[string]func([]byte) error{
		"psinfo":  func(b []byte) error { _, err := DecodeSolarisPsinfo(b, pid); return err },
		"cred":    func(b []byte) error { _, err := DecodeSolarisCred(b, nil); return err },
		"status":  func(b []byte) error { _, err := DecodeSolarisStatus(b, pid); return err },
		"lstatus": func(b []byte) error { _, err := DecodeSolarisLstatus(b); return err },
		"sigact":  func(b []byte) error { _, _, err := DecodeSolarisSigact(b); return err },
	}
	for name, decode := range decoders {
		file := solarisFile(t, "signals", name)
		if err := decode(file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for n := range len(file) {
			if name == "sigact" && n%solarisActionSize == 0 && n >= solarisLeastSignals*solarisActionSize {
				continue // a system with fewer signals
			}
			if decode(file[:n]) == nil {
				t.Errorf("%s cut to %d bytes is accepted", name, n)
			}
		}
		for _, n := range []int{1, 4, 8, 16, 4096} {
			if decode(append(slices.Clone(file), make([]byte, n)...)) == nil {
				t.Errorf("%s with %d bytes more is accepted", name, n)
			}
		}
	}
	refuse := func(what string, file []byte, at int, v uint64, size int) {
		t.Helper()
		file = slices.Clone(file)
		if size == 4 {
			binary.LittleEndian.PutUint32(file[at:], uint32(v))
		} else {
			binary.LittleEndian.PutUint64(file[at:], v)
		}
		if decoders[what](file) == nil {
			t.Errorf("%s with %#x at %d is accepted", what, v, at)
		}
	}
	for _, at := range []int{solarisPID, solarisPgid, solarisSid} {
		refuse("psinfo", psinfo, at, math.MaxUint32, 4)
		refuse("psinfo", psinfo, at, 1<<31, 4)
	}
	refuse("psinfo", psinfo, solarisPID, 43212, 4)
	refuse("psinfo", psinfo, solarisStartNsec, 1e9, 8)
	refuse("psinfo", psinfo, solarisStartNsec, math.MaxUint64, 8)
	refuse("status", status, solarisStatusPID, 1, 4)
	refuse("status", status, solarisStatusNLWP, 0, 4)
	refuse("status", status, solarisStatusLWP+solarisLWPID, 0, 4)
	cred, lstatus := solarisFile(t, "signals", "cred"), solarisFile(t, "signals", "lstatus")
	for _, n := range []uint64{0, 1, 3, math.MaxInt32, math.MaxUint32, 1 << 31} {
		refuse("cred", cred, solarisNGroups, n, 4)
	}
	for _, n := range []uint64{0, 2, math.MaxInt32, math.MaxInt64, math.MaxUint64, 1 << 60} {
		refuse("lstatus", lstatus, solarisNEnt, n, 8)
	}
	for _, n := range []uint64{0, 1, 1295, 1296, 1304, 1311, 1313, math.MaxInt64, math.MaxUint64} {
		refuse("lstatus", lstatus, solarisEntSize, n, 8)
	}
	refuse("lstatus", lstatus, solarisHeaderSize+solarisLWPID, 0, 4)
	if _, err := DecodeSolarisLstatus(make([]byte, 16)); err == nil {
		t.Error("an empty header is accepted")
	}
	none := binary.LittleEndian.AppendUint64(make([]byte, 8), 1312)
	if _, err := DecodeSolarisLstatus(none); err != ErrDead {
		t.Errorf("no threads: %v", err)
	}
}

// solarisThreads makes a lstatus whose threads block the signal of their number.
func solarisThreads(t testing.TB, ids ...int32) []byte {
	t.Helper()
	one := solarisFile(t, "signals", "lstatus")
	file := slices.Clone(one[:solarisHeaderSize])
	binary.LittleEndian.PutUint64(file, uint64(len(ids)))
	for _, id := range ids {
		at := len(file)
		file = append(file, one[solarisHeaderSize:]...)
		binary.LittleEndian.PutUint32(file[at+solarisLWPID:], uint32(id))
		clear(file[at+solarisLWPPend : at+solarisLWPHold+16])
		if id <= 64 {
			binary.LittleEndian.PutUint64(file[at+solarisLWPHold:], 1<<(id-1))
			binary.LittleEndian.PutUint64(file[at+solarisLWPPend+8:], 1<<(id-1))
		}
	}
	return file
}

// TestSolarisMainThread: the main thread is not always the first one.
func TestSolarisMainThread(t *testing.T) {
	for _, ids := range [][]int32{{1}, {2, 1}, {7, 9, 3}, {1, 2, 3}, {64, 63, math.MaxInt32}} {
		want := slices.Min(ids)
		lwp, err := DecodeSolarisLstatus(solarisThreads(t, ids...))
		if err != nil || lwp.ID != want || lwp.Blocked != sigset.Of(int(want)) || lwp.Pending != sigset.Of(int(want)+64) {
			t.Errorf("%v: %+v, %v", ids, lwp, err)
		}
	}
}

func TestSolarisSigact(t *testing.T) {
	for _, n := range []int{40, 48, 72, 74, 128} {
		file := make([]byte, n*solarisActionSize)
		want := [3]sigset.Set{{}, sigset.Of(), sigset.Of()}
		for i := range n {
			handler := uint64(i % 5)
			if i%5 == 4 {
				handler = math.MaxUint64 - uint64(i)
			}
			binary.LittleEndian.PutUint64(file[i*solarisActionSize+solarisActionHandler:], handler)
			switch i % 5 {
			case 1:
				want[1].Add(i + 1)
			case 3, 4:
				want[2].Add(i + 1)
			}
		}
		ignored, caught, err := DecodeSolarisSigact(file)
		if err != nil || ignored != want[1] || caught != want[2] {
			t.Errorf("%d signals: %v, %v, %v", n, ignored, caught, err)
		}
	}
}

func TestSolarisLimits(t *testing.T) {
	for _, l := range []struct {
		kernel, limit uint64
	}{{0, 0}, {1, 1}, {1 << 63, 1 << 63}, {math.MaxInt64, math.MaxInt64}, {math.MaxUint64 - 3, math.MaxUint64 - 3}, {math.MaxUint64 - 2, math.MaxUint64}} {
		if got, ok := SolarisLimit(l.kernel); !ok || got != l.limit {
			t.Errorf("the kernel's %d is %d, %v", l.kernel, got, ok)
		}
		if got, ok := SolarisKernelLimit(l.limit); !ok || got != l.kernel {
			t.Errorf("the limit %d is the kernel's %d, %v", l.limit, got, ok)
		}
	}
	for _, v := range []uint64{math.MaxUint64 - 1, math.MaxUint64} {
		if got, ok := SolarisLimit(v); ok {
			t.Errorf("the kernel's %d is %d", v, got)
		}
	}
	for _, v := range []uint64{math.MaxUint64 - 1, math.MaxUint64 - 2} {
		if got, ok := SolarisKernelLimit(v); ok {
			t.Errorf("the limit %d is the kernel's %d", v, got)
		}
	}
}

func FuzzDecodeSolaris(f *testing.F) {
	for _, c := range solarisCases(f) {
		for _, file := range c.files {
			f.Add(file, c.PID)
		}
	}
	f.Add(solarisThreads(f, 3, 2, 7), int32(1))
	f.Fuzz(func(t *testing.T, file []byte, pid int32) {
		if p, err := DecodeSolarisPsinfo(file, pid); err != nil && p != (SolarisPsinfo{}) || err == nil && p.PID != pid {
			t.Errorf("psinfo: %+v, %v", p, err)
		}
		if g, err := DecodeSolarisCred(file, nil); err != nil && g != nil || 4*len(g)+28 > max(len(file), 32) {
			t.Errorf("cred: %d groups of %d bytes, %v", len(g), len(file), err)
		}
		if s, err := DecodeSolarisStatus(file, pid); err != nil && s != (SolarisStatus{}) || err == nil && !(s.Pending.Given && s.LWP.Blocked.Given) {
			t.Errorf("status: %+v, %v", s, err)
		}
		if l, err := DecodeSolarisLstatus(file); err != nil && l != (SolarisLWP{}) || err == nil && l.ID < 1 {
			t.Errorf("lstatus: %+v, %v", l, err)
		}
		ignored, caught, err := DecodeSolarisSigact(file)
		if both := ignored.Bits[0]&caught.Bits[0] | ignored.Bits[1]&caught.Bits[1]; both != 0 || (err == nil) != ignored.Given || (err == nil) != caught.Given {
			t.Errorf("sigact: %v, %v, %v", ignored, caught, err)
		}
	})
}

func TestSolarisAllocs(t *testing.T) {
	files := map[string][]byte{}
	for _, name := range []string{"psinfo", "cred", "status", "lstatus", "sigact"} {
		files[name] = solarisFile(t, "signals", name)
	}
	groups := make([]uint32, 0, 8)
	if n := testing.AllocsPerRun(100, func() {
		DecodeSolarisPsinfo(files["psinfo"], 43211)
		DecodeSolarisCred(files["cred"], groups)
		DecodeSolarisStatus(files["status"], 43211)
		DecodeSolarisLstatus(files["lstatus"])
		DecodeSolarisSigact(files["sigact"])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecodeSolaris(b *testing.B) {
	for name, decode := range map[string]func([]byte){
		"psinfo": func(f []byte) { DecodeSolarisPsinfo(f, 43211) },
		"status": func(f []byte) { DecodeSolarisStatus(f, 43211) },
		"sigact": func(f []byte) { DecodeSolarisSigact(f) },
	} {
		file := solarisFile(b, "signals", name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decode(file)
			}
		})
	}
}
