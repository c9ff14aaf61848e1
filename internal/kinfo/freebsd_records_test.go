// SPDX-License-Identifier: MIT

package kinfo

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

const freeBSDDir = "../../testdata/freebsd"

// freeBSDTruth is what a process is known to be; testdata/freebsd/README.md.
type freeBSDTruth struct {
	PID, TID         int
	PGID, SID        *int
	QueriedID        int `json:"queried_id"`
	Umask            *int
	Groups           []uint32
	GroupsFull       []uint32 `json:"groups_full"`
	Pending          []int
	PendingProcess   []int `json:"pending_process"`
	Sigpending       []int
	Blocked          []int
	Ignored          []int
	IgnoredByDefault []int `json:"ignored_by_default"`
	Caught           []int
	Threads          []struct {
		TID                 int
		Blocked, Sigpending []int
		Pending             []int
	}
	Zombie       bool
	Rlimits      map[string][2]int64
	Errors       map[string]string
	ExpectError  string           `json:"expect_error"`
	PIDs         []int            `json:"pids"`
	PgidSidByPid map[string][]int `json:"pgid_sid_by_pid"`
	Processes    []freeBSDTruth
}

// freeBSDCase is a case of a directory below testdata/freebsd. A record that was not to be had is nil.
type freeBSDCase struct {
	freeBSDTruth
	Name   string
	Files  map[string]int
	dir    string
	layout *FreeBSDLayout
	record map[string][]byte
}

func (c *freeBSDCase) synthetic() bool { return strings.HasPrefix(c.dir, "synthetic") }

// freeBSDOrder is that of a case's records in records.gz.
var freeBSDOrder = func() []string {
	names := []string{"kinfo", "kinfo-threads", "groups", "umask", "all", "all-threads"}
	for i := range 20 {
		names = append(names, fmt.Sprint("rlimit-", i))
	}
	return names
}()

var loadFreeBSD = sync.OnceValues(func() ([]freeBSDCase, error) {
	dirs, err := filepath.Glob(freeBSDDir + "/*/truth.json")
	if err != nil {
		return nil, err
	}
	var all []freeBSDCase
	for _, file := range dirs {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var cases []freeBSDCase
		if err := json.Unmarshal(text, &cases); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		packed, err := os.Open(filepath.Join(filepath.Dir(file), "records.gz"))
		if err != nil {
			return nil, err
		}
		defer packed.Close()
		records, err := gzip.NewReader(packed)
		if err != nil {
			return nil, err
		}
		for i := range cases {
			c := &cases[i]
			c.dir = filepath.Base(filepath.Dir(file))
			c.layout = FreeBSDLayoutOf(c.dir[strings.Index(c.dir, "-")+1:])
			c.record = map[string][]byte{}
			for _, name := range freeBSDOrder {
				if n, ok := c.Files[name]; ok {
					c.record[name] = make([]byte, n)
					if _, err := io.ReadFull(records, c.record[name]); err != nil {
						return nil, err
					}
				}
			}
			if len(c.record) != len(c.Files) {
				return nil, fmt.Errorf("%s/%s: files %v", c.dir, c.Name, c.Files)
			}
		}
		if n, err := records.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			return nil, fmt.Errorf("%s: records without a case", file)
		}
		all = append(all, cases...)
	}
	return all, nil
})

func freeBSDCases(tb testing.TB) []freeBSDCase {
	tb.Helper()
	cases, err := loadFreeBSD()
	if err != nil {
		tb.Fatal(err)
	}
	if len(cases) == 0 {
		tb.Skip("no data in " + freeBSDDir)
	}
	return cases
}

func freeBSDNamed(tb testing.TB, dir, name string) *freeBSDCase {
	tb.Helper()
	for _, c := range freeBSDCases(tb) {
		if c.dir == dir && c.Name == name {
			return &c
		}
	}
	tb.Fatalf("no case %s/%s", dir, name)
	return nil
}

// freeBSDCheck counts what it compares.
type freeBSDCheck struct {
	*testing.T
	records, values int
}

func (c *freeBSDCheck) equal(what string, got, want any) {
	c.Helper()
	c.values++
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func (c *freeBSDCheck) set(what string, got sigset.Set, want []int) {
	c.Helper()
	c.values++
	if got != sigset.Of(want...) {
		c.Errorf("%s: got %x, want %v", what, got.Bits, want)
	}
}

// process holds a decoded record against the truth. Pending depends on whose record it is.
func (c *freeBSDCheck) process(p *FreeBSDProc, truth *freeBSDTruth, pending, blocked []int) {
	c.Helper()
	c.records++
	c.equal("pid", p.PID, truth.PID)
	if truth.PGID != nil {
		c.equal("pgid", p.PGID, *truth.PGID)
	}
	if truth.SID != nil {
		c.equal("sid", p.SID, *truth.SID)
	}
	c.equal("zombie", p.Zombie, truth.Zombie)
	c.set("pending", p.Pending, pending)
	c.set("blocked", p.Blocked, blocked)
	ignored := slices.Concat(truth.Ignored, truth.IgnoredByDefault)
	ignored = slices.DeleteFunc(ignored, func(sig int) bool { return sig == 19 }) // SIGCONT
	c.set("ignored", p.Ignored, ignored)
	c.set("caught", p.Caught, truth.Caught)
	c.equal("groups cut", p.GroupsCut, len(truth.Groups) > 16 || truth.GroupsFull != nil)
	c.equal("groups", p.Groups(), truth.Groups[:min(16, len(truth.Groups))])
}

// TestFreeBSDRecords decodes every record there is.
func TestFreeBSDRecords(t *testing.T) {
	records, values := 0, 0
	for _, tc := range freeBSDCases(t) {
		t.Run(tc.dir+"/"+tc.Name, func(t *testing.T) {
			c := &freeBSDCheck{T: t}
			defer func() { records += c.records; values += c.values }()
			truth := &tc.freeBSDTruth
			if tc.ExpectError != "" {
				var p FreeBSDProc
				err := DecodeFreeBSD(tc.layout, tc.record["kinfo"], &p)
				if !errors.Is(err, errFreeBSD) {
					t.Errorf("got %v, want an error: %s", err, tc.ExpectError)
				}
				c.records++
				c.values++
				return
			}
			inProcess, inMain := tc.Pending, tc.Sigpending
			if tc.synthetic() && tc.PendingProcess != nil {
				inProcess = tc.PendingProcess
			}
			switch {
			case tc.Zombie, strings.HasPrefix(tc.Name, "stopped"), tc.Sigpending == nil:
				inMain = tc.Pending // sigpending is from before, or unknown
			}
			var process FreeBSDProc
			if b := tc.record["kinfo"]; b != nil {
				if err := DecodeFreeBSD(tc.layout, b, &process); err != nil {
					t.Fatal(err)
				}
				c.process(&process, truth, inProcess, tc.Blocked)
				if tc.TID != 0 {
					c.equal("tid", process.TID, tc.TID)
				}
			}
			if b := tc.record["kinfo-threads"]; b != nil {
				c.threads(&tc, &process, b, inMain)
			}
			if b := tc.record["groups"]; b != nil {
				got, err := FreeBSDGroups(b)
				want := tc.Groups
				if tc.GroupsFull != nil {
					want = tc.GroupsFull
				}
				if err != nil {
					t.Error(err)
				}
				c.equal("groups", got, want)
				c.records++
			}
			if b := tc.record["umask"]; b != nil {
				got, err := FreeBSDUmask(b)
				want := 0o22 // the caller's; PID 0 is
				if tc.Umask != nil {
					want = *tc.Umask
				}
				if err != nil {
					t.Error(err)
				}
				c.equal("umask", got, want)
				c.records++
			}
			for n := range 15 {
				b := tc.record[fmt.Sprint("rlimit-", n)]
				if b == nil {
					continue
				}
				soft, hard, err := FreeBSDLimits(b)
				if err != nil {
					t.Error(err)
				}
				c.records++
				if want, ok := tc.Rlimits[fmt.Sprint(n)]; ok {
					for i, got := range []uint64{soft, hard} {
						w := uint64(want[i])
						if want[i] == math.MaxInt64 {
							w = math.MaxUint64
						}
						c.equal(fmt.Sprint("limit ", n), got, w)
					}
					s, ok1 := FreeBSDToLimit(soft)
					h, ok2 := FreeBSDToLimit(hard)
					if again := AppendFreeBSDLimits(nil, s, h); !ok1 || !ok2 || !bytes.Equal(again, b) {
						t.Errorf("limit %d became %x, want %x", n, again, b)
					}
				}
			}
			if b := tc.record["all"]; b != nil {
				c.all(&tc, b)
			}
			if b := tc.record["all-threads"]; b != nil {
				for ; len(b) > 0; b = b[tc.layout.Size:] {
					var p FreeBSDProc
					if err := DecodeFreeBSD(tc.layout, b[:tc.layout.Size], &p); err != nil {
						t.Fatal(err)
					}
					c.records++
					c.values++
					if !slices.Contains(tc.PIDs, p.PID) {
						t.Errorf("thread of process %d", p.PID)
					}
				}
			}
		})
	}
	t.Log(records, "records,", values, "values")
	if records < 1000 {
		t.Error("fewer records than there should be")
	}
}

// threads holds the records of a process's threads against the truth, and together with its own what they make.
func (c *freeBSDCheck) threads(tc *freeBSDCase, process *FreeBSDProc, b []byte, pending []int) {
	var first *FreeBSDProc
	for i := 0; len(b) > 0; i, b = i+1, b[tc.layout.Size:] {
		var p FreeBSDProc
		if err := DecodeFreeBSD(tc.layout, b[:tc.layout.Size], &p); err != nil {
			c.Fatal(err)
		}
		if first == nil {
			first = &p
		}
		c.equal("start", p.Birth, process.Birth)
		queue := slices.DeleteFunc(slices.Clone(pending), process.Pending.Has)
		blocked := tc.Blocked
		if tc.Threads != nil {
			thread := tc.Threads[i]
			c.equal("tid", p.TID, thread.TID)
			queue, blocked = thread.Pending, thread.Blocked
			if !tc.synthetic() {
				queue = slices.DeleteFunc(slices.Clone(thread.Sigpending), process.Pending.Has)
			}
		} else if i > 0 {
			blocked = nil
			for sig := 1; sig <= sigset.Max; sig++ { // not known of other threads
				if p.Blocked.Has(sig) {
					blocked = append(blocked, sig)
				}
			}
		}
		c.process(&p, &tc.freeBSDTruth, queue, blocked)
	}
	masks, err := FreeBSDSigmasks(process,
		func() (FreeBSDThread, error) {
			return FreeBSDThread{TID: first.TID, Birth: first.Birth, Pending: first.Pending}, nil
		},
		func() (FreeBSDProc, error) {
			c.Error("the process is read again")
			return *process, nil
		},
		FreeBSDWatch{})
	if err != nil {
		c.Error(err)
	}
	if tc.synthetic() {
		pending = slices.Concat(tc.PendingProcess, tc.Threads[0].Pending)
	}
	c.set("pending of process and first thread", masks.Pending, pending)
	c.set("blocked", masks.Blocked, tc.Blocked)
	c.equal("other sets", fmt.Sprint(masks.ProcessPending, masks.Ignored, masks.Caught),
		fmt.Sprint(process.Pending, process.Ignored, process.Caught))
}

func (c *freeBSDCheck) all(tc *freeBSDCase, b []byte) {
	truths := map[int]*freeBSDTruth{}
	for i := range tc.Processes {
		truths[tc.Processes[i].PID] = &tc.Processes[i]
	}
	var pids []int
	for ; len(b) > 0; b = b[tc.layout.Size:] {
		var p FreeBSDProc
		if err := DecodeFreeBSD(tc.layout, b[:tc.layout.Size], &p); err != nil {
			c.Fatal(err)
		}
		pids = append(pids, p.PID)
		if ids, ok := tc.PgidSidByPid[fmt.Sprint(p.PID)]; ok {
			c.equal(fmt.Sprint("ids of ", p.PID), []int{p.PGID, p.SID}, ids)
		}
		if truth := truths[p.PID]; truth != nil {
			c.process(&p, truth, truth.Pending, truth.Blocked)
			delete(truths, p.PID)
		}
	}
	slices.Sort(pids)
	c.equal("processes", pids, tc.PIDs)
	c.equal("processes left", slices.Collect(maps.Keys(truths)), []int{})
}

// TestFreeBSDThreadID: given a thread's number the kernel answers for its process, and the record says so.
func TestFreeBSDThreadID(t *testing.T) {
	for _, dir := range []string{"14.0-amd64", "14.0-386"} {
		c := freeBSDNamed(t, dir, "tid-as-pid")
		var p FreeBSDProc
		if err := DecodeFreeBSD(c.layout, c.record["kinfo"], &p); err != nil || c.QueriedID < 100000 || p.PID == c.QueriedID || p.PID != c.PID {
			t.Errorf("%s: asked for %d, got %d, %v", dir, c.QueriedID, p.PID, err)
		}
	}
}

// TestFreeBSDLayout holds the offsets against those of the systems' own headers.
func TestFreeBSDLayout(t *testing.T) {
	text, err := os.ReadFile("../../testdata/abi/freebsd.json")
	if err != nil {
		t.Skip("no data: ", err)
	}
	var file struct {
		Releases []struct {
			Version string
			Arch    map[string]struct {
				Endian    string
				KinfoProc int `json:"kinfo_proc"`
				Rlimit    int
				Fields    map[string][2]int
				Constants map[string]uint64
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	offsets, ports := 0, 0
	for _, release := range file.Releases {
		for goarch, abi := range release.Arch {
			l := FreeBSDLayoutOf(goarch)
			got := map[string][2]int{
				"ki_structsize":    {0, 4},
				"ki_pid":           {l.pid, 4},
				"ki_pgid":          {l.pgid, 4},
				"ki_sid":           {l.sid, 4},
				"ki_siglist":       {l.siglist, 16},
				"ki_sigmask":       {l.sigmask, 16},
				"ki_sigignore":     {l.sigignore, 16},
				"ki_sigcatch":      {l.sigcatch, 16},
				"ki_ngroups":       {l.ngroups, 2},
				"ki_groups":        {l.groups, 64},
				"ki_start.tv_sec":  {l.startSec, abi.Fields["ki_start.tv_sec"][1]}, // the low half is enough
				"ki_start.tv_usec": {l.startUsec, abi.Fields["ki_start.tv_usec"][1]},
				"ki_stat":          {l.stat, 1},
				"ki_cr_flags":      {l.crFlags, 4},
				"ki_tid":           {l.tid, 4},
			}
			if !maps.Equal(got, abi.Fields) {
				t.Errorf("%s %s: got %v, want %v", release.Version, goarch, got, abi.Fields)
			}
			if l.Size != abi.KinfoProc || l.Size > FreeBSDMaxSize || abi.Rlimit != freeBSDLimitsBytes || abi.Endian != "little" {
				t.Errorf("%s %s: size %d, want %d; struct rlimit of %d", release.Version, goarch, l.Size, abi.KinfoProc, abi.Rlimit)
			}
			for name, want := range map[string]uint64{
				"KI_NGROUPS": 16, "KI_CRF_GRP_OVERFLOW": freeBSDGroupsCut, "SZOMB": freeBSDZombie,
				"RLIM_INFINITY": freeBSDInfinity, "_SIG_MAXSIG": sigset.Max,
				"CTL_KERN": 1, "KERN_PROC": 14, "KERN_PROC_PID": 1, "KERN_PROC_INC_THREAD": 16, "KERN_PROC_PROC": 8,
				"KERN_PROC_GROUPS": 34, "KERN_PROC_RLIMIT": 37, "KERN_PROC_UMASK": 39,
			} {
				if got, ok := abi.Constants[name]; !ok || got != want {
					t.Errorf("%s %s: %s is %d, want %d", release.Version, goarch, name, got, want)
				}
			}
			offsets += len(got)
			ports++
		}
	}
	t.Log(offsets, "offsets,", ports, "times release and architecture")
	if ports != 13 || offsets != 13*15 {
		t.Error("fewer than there should be")
	}
}

// TestFreeBSDCut: a record of any other length is refused, and nothing outside it is looked at.
func TestFreeBSDCut(t *testing.T) {
	for _, c := range freeBSDCases(t) {
		b := c.record["kinfo"]
		if b == nil || c.Name != "plain" {
			continue
		}
		longer := append(slices.Clone(b), make([]byte, 2*len(b))...)
		for n := range longer {
			var p FreeBSDProc
			err := DecodeFreeBSD(c.layout, longer[:n:n], &p)
			if (err == nil) != (n == len(b)) {
				t.Errorf("%s: %d bytes: %v", c.dir, n, err)
			}
		}
		for n := range 64 {
			_, err := FreeBSDGroups(longer[:n])
			if (err == nil) != (n > 0 && n%4 == 0) {
				t.Errorf("groups of %d bytes: %v", n, err)
			}
			if _, err := FreeBSDUmask(make([]byte, n)); (err == nil) != (n == 2) {
				t.Errorf("umask of %d bytes: %v", n, err)
			}
			if _, _, err := FreeBSDLimits(longer[:n]); (err == nil) != (n == 16) {
				t.Errorf("limits of %d bytes: %v", n, err)
			}
		}
	}
}

// TestFreeBSDInconsistent changes one field of a sound record.
func TestFreeBSDInconsistent(t *testing.T) {
	for _, dir := range []string{"14.0-amd64", "14.0-386", "synthetic-arm"} {
		c := freeBSDNamed(t, dir, "plain")
		l := c.layout
		put16 := func(offset int, n int16) func([]byte) {
			return func(b []byte) { binary.LittleEndian.PutUint16(b[offset:], uint16(n)) }
		}
		put32 := func(offset int, n uint32) func([]byte) {
			return func(b []byte) { binary.LittleEndian.PutUint32(b[offset:], n) }
		}
		for name, change := range map[string]func([]byte){
			"no structsize":         put32(0, 0),
			"structsize one less":   put32(0, uint32(l.Size-1)),
			"structsize of another": put32(0, 1096),
			"17 groups":             put16(l.ngroups, 17),
			"-1 groups":             put16(l.ngroups, -1),
			"32767 groups":          put16(l.ngroups, 32767),
			"-32768 groups":         put16(l.ngroups, -32768),
			"cut off, but not full": put32(l.crFlags, freeBSDGroupsCut),
			"negative pid":          put32(l.pid, 0xffffffff),
			"negative pgid":         put32(l.pgid, 0x80000000),
			"negative sid":          put32(l.sid, 0xfffffffe),
		} {
			b := slices.Clone(c.record["kinfo"])
			change(b)
			var p FreeBSDProc
			if err := DecodeFreeBSD(l, b, &p); !errors.Is(err, errFreeBSD) {
				t.Errorf("%s: %s: %v", dir, name, err)
			}
			p.Groups() // must not panic
		}
	}
	for _, mask := range []uint16{0o10000, 0xffff} {
		if got, err := FreeBSDUmask(binary.LittleEndian.AppendUint16(nil, mask)); err == nil {
			t.Errorf("umask %o: %o", mask, got)
		}
	}
	if got, err := FreeBSDUmask([]byte{0xff, 0x0f}); err != nil || got != 0o7777 {
		t.Errorf("umask 07777: %o, %v", got, err)
	}
}

func TestFreeBSDLimitNumbers(t *testing.T) {
	for _, tt := range []struct {
		ours   uint64
		kernel int64
		ok     bool
	}{
		{0, 0, true}, {1, 1, true}, {math.MaxInt64 - 1, math.MaxInt64 - 1, true},
		{math.MaxUint64, math.MaxInt64, true},
		{math.MaxInt64, 0, false}, {1 << 63, 0, false}, {math.MaxUint64 - 1, 0, false},
	} {
		got, ok := FreeBSDToLimit(tt.ours)
		if ok != tt.ok || ok && (got != tt.kernel || FreeBSDFromLimit(got) != tt.ours) {
			t.Errorf("%d: got %d, %v", tt.ours, got, ok)
		}
	}
	for _, n := range []int64{-1, math.MinInt64, math.MaxInt64} {
		if got := FreeBSDFromLimit(n); got != math.MaxUint64 {
			t.Errorf("%d: got %d, want infinity", n, got)
		}
	}
}

func TestFreeBSDAllocs(t *testing.T) {
	c := freeBSDNamed(t, "14.0-amd64", "groups-200")
	b, layout := c.record["kinfo"], c.layout
	var p FreeBSDProc
	if n := testing.AllocsPerRun(100, func() { DecodeFreeBSD(layout, b, &p) }); n != 0 {
		t.Errorf("a record: %v allocations", n)
	}
	umask, limits := c.record["umask"], c.record["rlimit-8"]
	if n := testing.AllocsPerRun(100, func() { FreeBSDUmask(umask); FreeBSDLimits(limits) }); n != 0 {
		t.Errorf("umask and limits: %v allocations", n)
	}
	masks := func() {
		FreeBSDSigmasks(&p,
			func() (FreeBSDThread, error) {
				return FreeBSDThread{TID: p.TID, Birth: p.Birth, Pending: p.Pending}, nil
			},
			func() (FreeBSDProc, error) { return p, nil },
			FreeBSDWatch{})
	}
	if n := testing.AllocsPerRun(100, masks); n != 0 {
		t.Errorf("signal masks: %v allocations", n)
	}
}

func TestFreeBSDStart(t *testing.T) {
	for _, arch := range []string{"amd64", "386", "arm"} {
		l := FreeBSDLayoutOf(arch)
		for _, tt := range []struct{ sec, usec int64 }{{0, 0}, {1659999999, 999999}, {1659999999, 1}, {-2, 500000}, {1<<31 - 1, 0}, {-1 << 31, 0}} {
			b := make([]byte, l.Size)
			binary.LittleEndian.PutUint32(b, uint32(l.Size))
			binary.LittleEndian.PutUint32(b[l.startUsec:], uint32(tt.usec))
			if arch == "386" {
				binary.LittleEndian.PutUint32(b[l.startSec:], uint32(tt.sec))
			} else {
				binary.LittleEndian.PutUint64(b[l.startSec:], uint64(tt.sec))
			}
			var p FreeBSDProc
			err := DecodeFreeBSD(l, b, &p)
			if want := time.Unix(tt.sec, tt.usec*1000).UnixNano(); err != nil || int64(p.Birth.Start) != want {
				t.Errorf("%s: %v is %v, %v; want %d", arch, tt, int64(p.Birth.Start), err, want)
			}
		}
	}
}

func FuzzDecodeFreeBSD(f *testing.F) {
	for _, c := range freeBSDCases(f) {
		for _, b := range c.record {
			if len(b) <= FreeBSDMaxSize {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, goarch := range []string{"amd64", "386", "arm"} {
			l := FreeBSDLayoutOf(goarch)
			var p FreeBSDProc
			err := DecodeFreeBSD(l, b, &p)
			groups := p.Groups()
			if err != nil {
				continue
			}
			if len(b) != l.Size || len(groups) > 16 || p.PID < 0 || p.PGID < 0 || p.SID < 0 || p.GroupsCut && len(groups) != 16 ||
				!p.Pending.Given || !p.Blocked.Given || !p.Ignored.Given || !p.Caught.Given {
				t.Errorf("%s: %+v", goarch, p)
			}
			var again FreeBSDProc
			if DecodeFreeBSD(l, b, &again); again != p {
				t.Errorf("%s: %+v, then %+v", goarch, p, again)
			}
		}
		if groups, err := FreeBSDGroups(b); err == nil && 4*len(groups) != len(b) {
			t.Errorf("%d groups of %d bytes", len(groups), len(b))
		}
		if mask, err := FreeBSDUmask(b); err == nil && (mask < 0 || mask > 0o7777) {
			t.Errorf("umask %o", mask)
		}
		if soft, hard, err := FreeBSDLimits(b); err == nil {
			for _, n := range []uint64{soft, hard} {
				if _, ok := FreeBSDToLimit(n); !ok {
					t.Errorf("the kernel's limit %d cannot be given to it", n)
				}
			}
		}
	})
}

func BenchmarkDecodeFreeBSD(b *testing.B) {
	for _, name := range []string{"plain", "groups-16"} {
		b.Run(name, func(b *testing.B) {
			c := freeBSDNamed(b, "14.0-amd64", name)
			record, layout := c.record["kinfo"], c.layout
			var p FreeBSDProc
			b.ReportAllocs()
			for b.Loop() {
				if err := DecodeFreeBSD(layout, record, &p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
