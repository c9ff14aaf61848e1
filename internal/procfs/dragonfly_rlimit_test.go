// SPDX-License-Identifier: MIT

package procfs

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// dragonFlyCase is a case of testdata/dragonfly/truth.json that has the file.
type dragonFlyCase struct {
	Name       string
	RlimitFile string `json:"rlimit_file"`
	Rlimits    map[int][2]uint64
}

func dragonFlyCases(tb testing.TB) []dragonFlyCase {
	tb.Helper()
	text, err := os.ReadFile("../../testdata/dragonfly/truth.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct{ Cases []dragonFlyCase }
	if err := json.Unmarshal(text, &file); err != nil {
		tb.Fatal(err)
	}
	return slices.DeleteFunc(file.Cases, func(c dragonFlyCase) bool { return c.RlimitFile == "" })
}

func TestDragonFlyLimits(t *testing.T) {
	files, values := 0, 0
	for _, c := range dragonFlyCases(t) {
		limits, err := DecodeDragonFlyLimits([]byte(c.RlimitFile))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		files++
		if c.Rlimits != nil && len(c.Rlimits) != len(limits) {
			t.Errorf("%s: truth has %d limits", c.Name, len(c.Rlimits))
		}
		for resource, want := range c.Rlimits {
			for i, n := range want {
				if n == math.MaxInt64 {
					want[i] = math.MaxUint64
				}
			}
			if limits[resource] != (DragonFlyLimit{want[0], want[1]}) {
				t.Errorf("%s: resource %d is %d, want %d", c.Name, resource, limits[resource], want)
			}
			values += 2
		}
	}
	t.Logf("%d files, %d values", files, values)
	if files < 43 || values < 1000 {
		t.Error("fewer than there should be")
	}
}

// TestDragonFlyLimitOrder: the lines are in the order of the resources' numbers, by the system's header.
func TestDragonFlyLimitOrder(t *testing.T) {
	text, err := os.ReadFile("../../testdata/abi/dragonfly.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Releases []struct {
			Arch map[string]struct{ Constants map[string]uint64 }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	ports := 0
	for _, release := range file.Releases {
		for arch, abi := range release.Arch {
			ports++
			for i, name := range dragonFlyLimitNames {
				constant := "RLIMIT_" + strings.ToUpper(name)
				if name == "posixlock" {
					constant += "S"
				}
				if n, ok := abi.Constants[constant]; !ok || n != uint64(i) {
					t.Errorf("%s: %s is %d, %t; line %d", arch, constant, n, ok, i)
				}
			}
			if abi.Constants["RLIM_NLIMITS"] != NumDragonFlyLimits || abi.Constants["RLIM_INFINITY"] != math.MaxInt64 {
				t.Errorf("%s: %v", arch, abi.Constants)
			}
		}
	}
	if ports == 0 {
		t.Error("no header")
	}
}

const dragonFlySound = "cpu 1 2\nfsize 3 4\ndata 5 6\nstack 7 8\ncore 9 10\nrss 11 12\nmemlock 13 14\nnproc 15 16\n" +
	"nofile 17 18\nsbsize 19 20\nvmem 9223372036854775806 -1\nposixlock 0 0\n"

func TestDragonFlyLimitsUnsound(t *testing.T) {
	limits, err := DecodeDragonFlyLimits([]byte(dragonFlySound))
	if err != nil || limits[0] != (DragonFlyLimit{1, 2}) || limits[10] != (DragonFlyLimit{math.MaxInt64 - 1, math.MaxUint64}) || limits[11] != (DragonFlyLimit{}) {
		t.Fatalf("%v, %v", limits, err)
	}
	for n := range len(dragonFlySound) {
		if l, err := DecodeDragonFlyLimits([]byte(dragonFlySound[:n])); err == nil || l != (DragonFlyLimits{}) {
			t.Errorf("cut after %d: %v, %v", n, l, err)
		}
	}
	// A resource that is new comes behind those known.
	if l, err := DecodeDragonFlyLimits([]byte(dragonFlySound + "newer 1 2\n")); err != nil || l != limits {
		t.Errorf("thirteen: %v, %v", l, err)
	}
	for _, change := range [][2]string{
		{"posixlock 0 0\n", "posixlock 0 0\nnewer 1"}, // cut
		{"cpu", ""}, {"cpu", "CPU"}, {"cpu 1 2\n", ""}, {"cpu 1 2\n", "\n"}, {"cpu 1 2", "cpu"}, {"cpu 1 2", "cpu "},
		{"cpu 1 2", "cpu 1"}, {"cpu 1 2", "cpu 1 "}, {"cpu 1 2", "cpu  1 2"}, {"cpu 1 2", "cpu 1  2"}, {"cpu 1 2", " cpu 1 2"},
		{"cpu 1 2", "cpu 1 2 "}, {"cpu 1 2", "cpu 1 2 3"}, {"cpu 1 2", "cpu\t1 2"}, {"cpu 1 2", "cpu1 2"}, {"cpu 1 2", "cpu -2 2"},
		{"cpu 1 2", "cpu 1 --1"}, {"cpu 1 2", "cpu +1 2"}, {"cpu 1 2", "cpu 1 0x2"}, {"cpu 1 2", "cpu 1 2\r"}, {"cpu 1 2", "cpu 1 2\x00"},
		{"cpu 1 2", "cpu 1 9223372036854775807"}, {"cpu 1 2", "cpu 1 9223372036854775808"}, {"cpu 1 2", "cpu 1 18446744073709551615"},
		{"cpu 1 2", "cpu 1 99999999999999999999"}, {"cpu 1 2", "cpu 1 000000000000000000002"}, {"cpu 1 2", "cpu unlimited 2"},
		{"fsize 3 4\ndata 5 6\n", "data 5 6\nfsize 3 4\n"}, {"vmem", "as"}, {"posixlock", "posixlocks"},
	} {
		text := strings.Replace(dragonFlySound, change[0], change[1], 1)
		if l, err := DecodeDragonFlyLimits([]byte(text)); err == nil || l != (DragonFlyLimits{}) {
			t.Errorf("%q for %q: %v, %v", change[1], change[0], l, err)
		}
	}
}

func FuzzDecodeDragonFlyLimits(f *testing.F) {
	for _, c := range dragonFlyCases(f) {
		f.Add([]byte(c.RlimitFile))
	}
	f.Add([]byte(dragonFlySound))
	f.Fuzz(func(t *testing.T, text []byte) {
		limits, err := DecodeDragonFlyLimits(text)
		if err != nil {
			if limits != (DragonFlyLimits{}) {
				t.Errorf("%v with %v", limits, err)
			}
			return
		}
		var again []byte
		for i, l := range limits {
			for _, n := range []uint64{l.Soft, l.Hard} {
				if n >= math.MaxInt64 && n != math.MaxUint64 {
					t.Errorf("limit %d", n)
				}
			}
			again = fmt.Appendf(again, "%s %d %d\n", dragonFlyLimitNames[i], int64(l.Soft), int64(l.Hard))
		}
		if l, err := DecodeDragonFlyLimits(again); err != nil || l != limits {
			t.Errorf("%v became %v, %v", limits, l, err)
		}
	})
}

var dragonFlyLimitsSink DragonFlyLimits

func TestDragonFlyLimitsAllocs(t *testing.T) {
	text := []byte(dragonFlySound)
	if n := testing.AllocsPerRun(100, func() { dragonFlyLimitsSink, sink.err = DecodeDragonFlyLimits(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecodeDragonFlyLimits(b *testing.B) {
	text := []byte(dragonFlySound)
	b.ReportAllocs()
	for b.Loop() {
		dragonFlyLimitsSink, sink.err = DecodeDragonFlyLimits(text)
	}
}

// dragonFlyFake is a procfs whose answers are told beforehand, the last of each kind again and again.
type dragonFlyFake struct {
	check, limits []error
	mounted       bool
	asked         []byte // what was asked for: 0 is the file with the plain number, z one with zeros before it
	zeros         []int
}

func nextOf(list *[]error) error {
	err := (*list)[0]
	if len(*list) > 1 {
		*list = (*list)[1:]
	}
	return err
}

func (k *dragonFlyFake) Check(pid int) error {
	k.asked = append(k.asked, 'c')
	return nextOf(&k.check)
}

func (k *dragonFlyFake) Limits(pid, zeros int) (DragonFlyLimits, error) {
	k.zeros = append(k.zeros, zeros)
	k.asked = append(k.asked, "0z"[min(zeros, 1)])
	if err := nextOf(&k.limits); err != nil {
		return DragonFlyLimits{}, err
	}
	return DragonFlyLimits{0: {uint64(pid), 0}}, nil
}

func (k *dragonFlyFake) Mounted() bool {
	k.asked = append(k.asked, 'm')
	return k.mounted
}

// TestFindDragonFlyLimits has names be lost to the cache, and processes die between any two looks.
func TestFindDragonFlyLimits(t *testing.T) {
	broken := errors.New("broken")
	type list = []error
	ok := list{nil}
	for _, test := range []struct {
		name          string
		check, limits list
		mounted       bool
		err           error
		asked         string
	}{
		{"plain", ok, ok, true, nil, "c0"},
		{"absent: its name is not looked up", list{ErrGone}, nil, true, ErrGone, "c"},
		{"zombie, likewise", list{ErrDead}, nil, true, ErrDead, "c"},
		{"hidden, likewise", list{broken}, nil, true, broken, "c"},
		{"first name is lost", ok, list{ErrAbsent, nil}, true, nil, "c0mcz"},
		{"three names are lost", ok, list{ErrAbsent, ErrAbsent, ErrAbsent, nil}, true, nil, "c0mczczcz"},
		{"all names are lost", ok, list{ErrAbsent}, true, ErrDragonFlyHidden, "c0m" + strings.Repeat("cz", dragonFlyNames-1) + "c"},
		{"no procfs", ok, list{ErrAbsent}, false, ErrDragonFlyNoProcfs, "c0m"},
		{"died before it was opened", list{nil, ErrDead}, list{ErrAbsent}, true, ErrDead, "c0mc"},
		{"died after two names", list{nil, nil, ErrGone}, list{ErrAbsent}, true, ErrGone, "c0mczc"},
		{"died at the last name", append(make(list, dragonFlyNames), ErrDead), list{ErrAbsent}, true, ErrDead, "c0m" + strings.Repeat("cz", dragonFlyNames-1) + "c"},
		{"died before it was read", list{nil, ErrDead}, list{ErrGone}, true, ErrDead, "c0c"},
		{"replaced before it was read", ok, list{ErrGone, nil}, true, nil, "c0c0"},
		{"exiting for long", ok, list{ErrGone}, true, ErrGone, strings.Repeat("c0", 2*dragonFlyNames)},
		{"refused", ok, list{broken}, true, broken, "c0"},
	} {
		k := &dragonFlyFake{check: test.check, limits: test.limits, mounted: test.mounted}
		limits, err := FindDragonFlyLimits(k, 7)
		var want DragonFlyLimits
		if test.err == nil {
			want[0] = DragonFlyLimit{7, 0}
		}
		if err != test.err || limits != want || string(k.asked) != test.asked {
			t.Errorf("%s: %v, %v after %s; want %v, %v after %s", test.name, limits[0], err, k.asked, want[0], test.err, test.asked)
		}
	}
}

// TestDragonFlyNames: which names are tried behind the first one, nobody can foresee; all of them are short enough.
func TestDragonFlyNames(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		k := &dragonFlyFake{check: []error{nil}, limits: []error{ErrAbsent}, mounted: true}
		FindDragonFlyLimits(k, math.MaxInt32)
		if len(k.zeros) != dragonFlyNames || k.zeros[0] != 0 {
			t.Fatalf("zeros %v", k.zeros)
		}
		for _, n := range k.zeros[1:] {
			seen[n] = true
			if n < 1 || n+len("2147483647") > 255 {
				t.Errorf("a name with %d zeros", n)
			}
		}
	}
	if len(seen) < dragonFlyZeros/2 {
		t.Errorf("only %d names in 50 searches", len(seen))
	}
}
