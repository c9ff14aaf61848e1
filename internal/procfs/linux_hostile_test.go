// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// hostileNames are what processes can call themselves, raw.
func hostileNames() []string {
	names := []string{
		"", " ", "\t", "\n", "\r", "\r\n", "\\", "\\n", "\xff", "\xff\xfe\xfd", "a\rb", "a\x00b", "\u2028", "\u0085",
		"Groups:\t0", "\nGroups:\t0", "\nUmask:\t0777", "Umask:\t0000", "\\nUmask:\t0000", "\rUmask:\t0000",
		"\nSigBlk:\tffff", "\nThreads:\t0\n", "\nState:\tZ (z)", "\nName:\tx",
		")", "(", "))))", ") ) 1 2", ") Z 1 1 1", "a) Z 1 2 3 4 5", "x) R 1 1 1 (y", "\n) S 1", ") S\n",
		strings.Repeat(")", 15), strings.Repeat(" ", 15), strings.Repeat("\n", 15), strings.Repeat("\\", 15),
	}
	for b := range 256 {
		names = append(names, string([]byte{byte(b)}), string([]byte{'a', byte(b), 'b'}), strings.Repeat(string([]byte{byte(b)}), 15))
	}
	return names
}

// No name changes what the other lines say.
func TestLinuxNames(t *testing.T) {
	plain := linuxNamed(t, "plain")
	escape := strings.NewReplacer("\n", `\n`, "\\", `\\`) // as proc_task_name does in status, but not in stat
	_, afterName, _ := bytes.Cut(plain.status, []byte("\n"))
	afterParen := plain.stat[bytes.LastIndexByte(plain.stat, ')'):]
	wantStat, _ := DecodeLinuxStat(plain.stat)
	wantMasks, _ := LinuxSigmasks(plain.status)
	for _, name := range hostileNames() {
		status := []byte("Name:\t" + escape.Replace(name) + "\n" + string(afterName))
		if umask, err := LinuxUmask(status); err != nil || umask != *plain.truth.Umask {
			t.Errorf("%q: LinuxUmask = %#o, %v", name, umask, err)
		}
		if groups, err := LinuxGroups(status); err != nil || !slices.Equal(groups, plain.truth.Groups) {
			t.Errorf("%q: LinuxGroups = %v, %v", name, groups, err)
		}
		if masks, err := LinuxSigmasks(status); err != nil || masks != wantMasks {
			t.Errorf("%q: LinuxSigmasks = %v, %v", name, masks, err)
		}
		if pgid, sid, err := LinuxIDs(status); err != nil || pgid != *plain.truth.Pgid || sid != *plain.truth.Sid {
			t.Errorf("%q: LinuxIDs = %d, %d, %v", name, pgid, sid, err)
		}
		stat := []byte("2960 (" + name + string(afterParen))
		if got, err := DecodeLinuxStat(stat); err != nil || got != wantStat {
			t.Errorf("%q: DecodeLinuxStat = %v, %v", name, got, err)
		}
	}
}

// statusOf is a file with a name and these lines.
func statusOf(lines ...string) []byte {
	return []byte("Name:\tt\n" + strings.Join(lines, "\n") + "\n")
}

// errAny is an error that says nothing particular: one of ours would.
var errAny = fmt.Errorf("any error")

// like reports whether err is what is wanted: errAny is met by all that are not one of ours.
func like(err, want error) bool {
	if want == errAny {
		return err != nil && err != ErrAbsent && err != ErrDead && err != ErrExiting && err != ErrGone
	}
	return err == want
}

// Files on which every decoder of status has the same opinion.
func TestLinuxStatusUnsound(t *testing.T) {
	for _, test := range []struct {
		name, status string
		want         error
	}{
		{"empty", "", errAny},
		{"newline", "\n", errAny},
		{"newlines", "\n\n\n\n", errAny},
		{"NUL", "\x00", errAny},
		{"NULs", strings.Repeat("\x00", 4096), errAny},
		{"no Name", "Umask:\t0022\nGroups:\t5 \nSigBlk:\t0000000000000000\nNSpgid:\t1\nNSsid:\t1\nNStgid:\t1\n", errAny},
		{"Name second", "\nName:\tt\nUmask:\t0022\nGroups:\t5 \nSigBlk:\t0000000000000000\n", errAny},
		{"lower-case name", "name:\tt\nUmask:\t0022\n", errAny},
		{"stat", "2960 (t) S 2919 2960 5082 0 -1\n", errAny},
		{"cut in Name", "Name:\tt", errAny},
		{"CR for newline", "Name:\tt\rUmask:\t0022\rGroups:\t5 \rSigBlk:\t0000000000000000\rNSpgid:\t1\rNSsid:\t1\r", errAny},
	} {
		t.Run(test.name, func(t *testing.T) {
			status := []byte(test.status)
			if v, err := LinuxUmask(status); !like(err, test.want) {
				t.Errorf("LinuxUmask = %v, %v", v, err)
			}
			if v, err := LinuxGroups(status); !like(err, test.want) {
				t.Errorf("LinuxGroups = %v, %v", v, err)
			}
			if v, err := LinuxSigmasks(status); !like(err, test.want) {
				t.Errorf("LinuxSigmasks = %v, %v", v, err)
			}
			if v, err := linuxIDs(status); !like(err, test.want) {
				t.Errorf("LinuxIDs = %v, %v", v, err)
			}
			if v, err := LinuxDepth(status); !like(err, test.want) {
				t.Errorf("LinuxDepth = %v, %v", v, err)
			}
		})
	}
}

func TestLinuxUmask(t *testing.T) {
	for _, test := range []struct {
		lines []string
		want  int
		err   error
	}{
		{lines: []string{"Umask:\t0022"}, want: 0o22},
		{lines: []string{"Umask:\t0000"}, want: 0},
		{lines: []string{"Umask:\t0777"}, want: 0o777},
		{lines: []string{"Umask:\t777"}, want: 0o777},
		{lines: []string{"Umask:\t0"}, want: 0},
		{lines: []string{"Umask:\t" + strings.Repeat("0", 100) + "22"}, want: 0o22},
		{lines: []string{"Umask:\t0022", "Umask:\t0077"}, want: 0o22}, // the first counts
		{lines: []string{"Umask:\t0022", "Umask:\tx"}, want: 0o22},
		{lines: []string{"Umask:\tx", "Umask:\t0022"}, err: errAny},
		{lines: []string{"XUmask:\t0077", "Umask:\t0022"}, want: 0o22},
		{lines: []string{" Umask:\t0077", "Umask:\t0022"}, want: 0o22},
		{lines: []string{"\rUmask:\t0077", "Umask:\t0022"}, want: 0o22},
		{lines: []string{"Umask2:\t0077", "umask:\t0077", "Umask:\t0022"}, want: 0o22},
		{lines: []string{"Umask:\t0022\r"}, err: errAny},
		{lines: []string{"Umask:\t0022\x00"}, err: errAny},
		{lines: []string{"Umask:\t\x000022"}, err: errAny},
		{lines: []string{"Umask:\t00 22"}, err: errAny},
		{lines: []string{"Umask:\t0o22"}, err: errAny},
		{lines: []string{"Umask:\t0x12"}, err: errAny},
		{lines: []string{"Umask:\t0028"}, err: errAny},
		{lines: []string{"Umask:\t002a"}, err: errAny},
		{lines: []string{"Umask:\t+022"}, err: errAny},
		{lines: []string{"Umask:\t-022"}, err: errAny},
		{lines: []string{"Umask:\t1000"}, err: errAny},
		{lines: []string{"Umask:\t7777"}, err: errAny},
		{lines: []string{"Umask:\t" + strings.Repeat("7", 1000)}, err: errAny},
		{lines: []string{"Umask:\t2000000000000000000022"}, err: errAny}, // 2^64 and more
		{lines: []string{"Umask:\t"}, err: errAny},
		{lines: []string{"Umask:"}, err: errAny},
		{lines: []string{"Umask:\t\t \t"}, err: errAny},
		{lines: []string{"Umask:\t\u0660"}, err: errAny}, // a digit, but not of ours

		// Without the line.
		{lines: []string{"State:\tS (sleeping)", "VmSize:\t 1456 kB"}, err: ErrAbsent},
		{lines: []string{"State:\tZ (zombie)"}, err: ErrDead},
		{lines: []string{"State:\tX (dead)"}, err: ErrDead},
		{lines: []string{"State:\tZ (zombie)", "VmSize:\t 1456 kB"}, err: ErrDead},
		{lines: []string{"State:\tS (sleeping)"}, err: ErrExiting},
		{lines: []string{"State:\tR (running)"}, err: ErrExiting},
		{lines: []string{"State:\t"}, err: ErrExiting},
		{lines: []string{"Tgid:\t1"}, err: errAny},
		{lines: []string{"Umask:\tx", "State:\tZ (zombie)"}, err: errAny},
	} {
		status := statusOf(test.lines...)
		if got, err := LinuxUmask(status); !like(err, test.err) || got != test.want {
			t.Errorf("%q: LinuxUmask = %#o, %v; want %#o, %v", status, got, err, test.want, test.err)
		}
	}
}

func TestLinuxGroups(t *testing.T) {
	var many strings.Builder
	for i := range uint32(65536) {
		fmt.Fprintf(&many, "%d ", math.MaxUint32-i)
	}
	all := make([]uint32, 65536)
	for i := range all {
		all[i] = math.MaxUint32 - uint32(i)
	}
	for _, test := range []struct {
		value string
		want  []uint32 // nil is an error
	}{
		{"\t ", []uint32{}},
		{"\t", []uint32{}},
		{"", []uint32{}},
		{"\t0 ", []uint32{0}},
		{"\t5", []uint32{5}},
		{"\t5 6 3000000000 ", []uint32{5, 6, 3000000000}},
		{"\t6 5 5 6 ", []uint32{6, 5, 5, 6}},
		{"\t4294967295 ", []uint32{math.MaxUint32}},
		{"\t00005 ", []uint32{5}},
		{"\t" + strings.Repeat("0", 1000) + "5 ", []uint32{5}},
		{"\t" + many.String(), all},
		{"\t4294967296 ", nil},
		{"\t18446744073709551616 ", nil},
		{"\t18446744073709551621 ", nil}, // 2^64+5
		{"\t" + strings.Repeat("9", 1000) + " ", nil},
		{"\t5 4294967296 ", nil},
		{"\t+5 ", nil},
		{"\t-1 ", nil},
		{"\t5 -1 ", nil},
		{"\t0x5 ", nil},
		{"\t0x ", nil},
		{"\t5_0 ", nil},
		{"\t5.0 ", nil},
		{"\t5,6 ", nil},
		{"\t5  6 ", nil},
		{"\t5\t6 ", nil},
		{"\t5 6 \r", nil},
		{"\t5\r", nil},
		{"\t\r", nil},
		{"\t5\x006 ", nil},
		{"\t5\x00", nil},
		{"\t5 x ", nil},
		{"\tx", nil},
		{"\t\u0665 ", nil},
		{"\t5\u00a06 ", nil},
		{"\t5\v6 ", nil},
		{"\t/ ", nil}, // the characters around the digits
		{"\t: ", nil},
		{"\t" + many.String() + "x", nil},
	} {
		status := statusOf("Groups:"+test.value, "Groups:\t1 2 3 ")
		got, err := LinuxGroups(status)
		if (err == nil) != (test.want != nil) || !reflect.DeepEqual(got, test.want) || err == ErrAbsent {
			t.Errorf("%.60q: LinuxGroups = %.60s, %v", test.value, fmt.Sprint(got), err)
		}
	}
	for _, line := range []string{"groups:\t5 ", "Groups\t5 ", "XGroups:\t5 ", " Groups:\t5 ", "\rGroups:\t5 ", "Groups"} {
		if got, err := LinuxGroups(statusOf(line)); err != ErrAbsent {
			t.Errorf("%q: LinuxGroups = %v, %v; want ErrAbsent", line, got, err)
		}
	}
}

func TestLinuxSigmasks(t *testing.T) {
	none := sigset.Set{}
	all64 := sigset.Set{Bits: [2]uint64{math.MaxUint64, 0}, Given: true}
	all128 := sigset.Set{Bits: [2]uint64{math.MaxUint64, math.MaxUint64}, Given: true}
	for _, test := range []struct {
		value string
		want  sigset.Set // not given is an error
	}{
		{"\t0000000000000000", sigset.Of()},
		{"\t0000000000000001", sigset.Of(1)},
		{"\t8000000000000000", sigset.Of(64)},
		{"\tffffffffffffffff", all64},
		{"\t0123456789abcdef", sigset.Set{Bits: [2]uint64{0x0123456789abcdef, 0}, Given: true}},
		{"\t00000000000000000000000000000000", sigset.Of()},
		{"\t80000000000000000000000000000001", sigset.Of(1, 128)},
		{"\t00000000000000018000000000000000", sigset.Of(64, 65)},
		{"\tffffffffffffffffffffffffffffffff", all128},
		{"\t" + strings.Repeat("0", 15), none},
		{"\t" + strings.Repeat("0", 17), none},
		{"\t" + strings.Repeat("0", 31), none},
		{"\t" + strings.Repeat("0", 33), none},
		{"\t" + strings.Repeat("0", 64), none},
		{"\t" + strings.Repeat("f", 100000), none},
		{"\t0", none},
		{"\t0x", none},
		{"\t0x00000000000000", none},
		{"\t00000000000000AB", none},
		{"\t000000000000000g", none},
		{"\t000000000000000/", none},
		{"\t000000000000000:", none},
		{"\t000000000000000`", none},
		{"\t-000000000000001", none},
		{"\t+000000000000001", none},
		{"\t00000000 0000000", none},
		{"\t00000000,0000000", none},
		{"\t000000000000000\r", none},
		{"\t0000000000000000\r", none},
		{"\t000000000000000\x00", none},
		{"\t0000000000000000\x00", none},
		{"\t", none},
		{"", none},
	} {
		// In each of the lines.
		for i, label := range []string{"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"} {
			lines := []string{"Threads:\t1", "SigPnd:\t0000000000000000", "ShdPnd:\t0000000000000000", "SigBlk:\t0000000000000000",
				"SigIgn:\t0000000000000000", "SigCgt:\t0000000000000000"}
			lines[i+1] = label + ":" + test.value
			want := sigset.Masks{Pending: sigset.Of(), ProcessPending: sigset.Of(), Blocked: sigset.Of(), Ignored: sigset.Of(), Caught: sigset.Of()}
			switch i {
			case 0:
				want.Pending = test.want
			case 1:
				want.Pending, want.ProcessPending = test.want, test.want
			case 2:
				want.Blocked = test.want
			case 3:
				want.Ignored = test.want
			case 4:
				want.Caught = test.want
			}
			got, err := LinuxSigmasks(statusOf(lines...))
			if test.want.Given && (err != nil || got != want) || !test.want.Given && (!like(err, errAny) || got != sigset.Masks{}) {
				t.Errorf("%s:%.60q: LinuxSigmasks = %v, %v; want %v", label, test.value, got, err, want)
			}
		}
	}

	for _, test := range []struct {
		lines []string
		want  sigset.Masks
		err   error
	}{
		{lines: []string{"SigPnd:\t0000000000000001", "ShdPnd:\t0000000000000002"},
			want: sigset.Masks{Pending: sigset.Of(1, 2), ProcessPending: sigset.Of(2)}},
		{lines: []string{"SigPnd:\t0000000000000001"}}, // half a pending set is none
		{lines: []string{"ShdPnd:\t0000000000000002"}, want: sigset.Masks{ProcessPending: sigset.Of(2)}},
		{lines: []string{"SigIgn:\t0000000000000004"}, want: sigset.Masks{Ignored: sigset.Of(3)}},
		{lines: []string{"SigCgt:\t0000000000000004", "SigBlk:\t0000000000000008"},
			want: sigset.Masks{Caught: sigset.Of(3), Blocked: sigset.Of(4)}}, // in any order
		{lines: []string{"SigBlk:\t0000000000000001", "SigBlk:\t0000000000000002"}, want: sigset.Masks{Blocked: sigset.Of(1)}},
		{lines: []string{"SigBlk:\t0000000000000001", "SigBlk:\tx"}, want: sigset.Masks{Blocked: sigset.Of(1)}},
		{lines: []string{"XSigBlk:\t0000000000000001", "SigBlk:\t0000000000000002"}, want: sigset.Masks{Blocked: sigset.Of(2)}},
		{lines: []string{"SigQ:\t0/96365", "CapInh:\t0000000000000000"}, err: ErrAbsent},
		{lines: []string{"Threads:\t0", "SigPnd:\t0000000000000000", "ShdPnd:\t0000000000000000", "SigBlk:\t0000000000000000",
			"SigIgn:\t0000000000000000", "SigCgt:\t0000000000000000"}, err: ErrGone},
		{lines: []string{"Threads:\t10", "SigBlk:\t0000000000000001"}, want: sigset.Masks{Blocked: sigset.Of(1)}},
		{lines: []string{"Threads:\t00", "SigBlk:\t0000000000000001"}, want: sigset.Masks{Blocked: sigset.Of(1)}},
	} {
		if got, err := LinuxSigmasks(statusOf(test.lines...)); !like(err, test.err) || got != test.want {
			t.Errorf("%q: LinuxSigmasks = %v, %v; want %v, %v", test.lines, got, err, test.want, test.err)
		}
	}
}

// decimals are texts that the decoders of ids take or not.
var decimals = []struct {
	text string
	n    int
	ok   bool
}{
	{"0", 0, true},
	{"1", 1, true},
	{"2960", 2960, true},
	{"2147483647", math.MaxInt32, true},
	{"0002960", 2960, true},
	{"00000000002147483647", math.MaxInt32, true},
	{"2147483648", 0, false},
	{"4294967295", 0, false},
	{"4294967296", 0, false},
	{"4294970256", 0, false},           // 2^32+2960
	{"18446744073709554576", 0, false}, // 2^64+2960
	{"99999999999999999999", 0, false},
	{strings.Repeat("0", 20) + "5", 0, false},
	{strings.Repeat("9", 1000), 0, false},
	{"+5", 0, false},
	{"-1", 0, false},
	{"-0", 0, false},
	{"0x5", 0, false},
	{"0x", 0, false},
	{"5_0", 0, false},
	{"5.0", 0, false},
	{"5e0", 0, false},
	{"5/", 0, false},
	{"5:", 0, false},
	{"5\r", 0, false},
	{"5\x00", 0, false},
	{"\x005", 0, false},
	{"x", 0, false},
	{"\u0665", 0, false},
	{"unlimited", 0, false},
}

func TestLinuxIDs(t *testing.T) {
	for _, d := range decimals {
		for _, inner := range []string{"", "\t1", "\t1\t0", "\tx"} { // those are not judged
			status := statusOf("NSpgid:\t"+d.text+inner, "NSsid:\t7"+inner)
			if pgid, sid, err := LinuxIDs(status); (err == nil) != d.ok || err == ErrAbsent || d.ok && (pgid != d.n || sid != 7) {
				t.Errorf("%.60q: LinuxIDs = %d, %d, %v", status, pgid, sid, err)
			}
			status = statusOf("NSpgid:\t7"+inner, "NSsid:\t"+d.text+inner)
			if pgid, sid, err := LinuxIDs(status); (err == nil) != d.ok || err == ErrAbsent || d.ok && (pgid != 7 || sid != d.n) {
				t.Errorf("%.60q: LinuxIDs = %d, %d, %v", status, pgid, sid, err)
			}
		}
	}
	for _, test := range []struct {
		lines []string
		want  [2]int
		err   error
	}{
		{lines: []string{"NSpgid:\t5", "NSsid:\t6"}, want: [2]int{5, 6}},
		{lines: []string{"NSsid:\t6", "NSpgid:\t5"}, want: [2]int{5, 6}},
		{lines: []string{"NSpgid:\t5", "NSpgid:\t7", "NSsid:\t6", "NSsid:\t8"}, want: [2]int{5, 6}},
		{lines: []string{"NSpgid:\t0\t1", "NSsid:\t0\t1"}, want: [2]int{0, 0}},
		{lines: []string{"NSpgid:\t5"}, err: ErrAbsent},
		{lines: []string{"NSsid:\t5"}, err: ErrAbsent},
		{lines: []string{"NSpid:\t5", "NStgid:\t5"}, err: ErrAbsent},
		{lines: []string{"NSpgid:\t5 6", "NSsid:\t6"}, err: errAny},
		{lines: []string{"NSpgid:\t", "NSsid:\t6"}, err: errAny},
		{lines: []string{"NSpgid:", "NSsid:\t6"}, err: errAny},
	} {
		if got, err := linuxIDs(statusOf(test.lines...)); !like(err, test.err) || err == nil && got != test.want {
			t.Errorf("%q: LinuxIDs = %v, %v; want %v, %v", test.lines, got, err, test.want, test.err)
		}
	}
}

func TestLinuxDepth(t *testing.T) {
	for _, test := range []struct {
		line string
		want int
		err  error
	}{
		{"NStgid:\t5", 1, nil},
		{"NStgid:\t5\t1", 2, nil},
		{"NStgid:\t5\t3\t1", 3, nil},
		{"NSpid:\t5\t3\t1", 0, ErrAbsent},
	} {
		if got, err := LinuxDepth(statusOf(test.line)); !like(err, test.err) || got != test.want {
			t.Errorf("%q: LinuxDepth = %d, %v; want %d, %v", test.line, got, err, test.want, test.err)
		}
	}
}

// statOf is a file with these fields, counted as in the manual page, where they are not those of a sound one.
func statOf(fields map[int]string) []byte {
	list := strings.Fields("2960 (t) S 2919 2960 5082 0 -1 4194560 33 0 1 0 0 0 0 0 20 0 1 0 611718 1490944 179")
	for i, value := range fields {
		list[i-1] = value
	}
	return []byte(strings.Join(list, " ") + "\n")
}

func TestLinuxStat(t *testing.T) {
	sound := LinuxStat{State: 'S', Pgid: 2960, Sid: 5082, Start: 611718}
	for _, d := range decimals {
		want := sound
		want.Pgid = d.n
		if got, err := DecodeLinuxStat(statOf(map[int]string{5: d.text})); (err == nil) != d.ok || d.ok && got != want {
			t.Errorf("group %q: DecodeLinuxStat = %v, %v", d.text, got, err)
		}
		want = sound
		want.Sid = d.n
		if got, err := DecodeLinuxStat(statOf(map[int]string{6: d.text})); (err == nil) != d.ok || d.ok && got != want {
			t.Errorf("session %q: DecodeLinuxStat = %v, %v", d.text, got, err)
		}
	}
	long := func(more string) string { return "2960 (t) S 2919 2960 5082" + more + "\n" }
	for _, test := range []struct {
		name, stat string
		ok         bool
		want       LinuxStat
	}{
		{"sound", string(statOf(nil)), true, sound},
		{"zombie", string(statOf(map[int]string{3: "Z"})), true, LinuxStat{'Z', 2960, 5082, 611718}},
		{"greatest start", string(statOf(map[int]string{22: "18446744073709551615"})), true, LinuxStat{'S', 2960, 5082, math.MaxUint64}},
		{"22 fields", long(strings.Repeat(" 0", 15) + " 7"), true, LinuxStat{'S', 2960, 5082, 7}},
		{"other fields are not judged", string(statOf(map[int]string{1: "x", 4: "-1", 7: "x", 21: "x", 23: "x"})), true, sound},
		{"the last parenthesis", string(statOf(map[int]string{23: "(x) Z 1 2 3"})), false, LinuxStat{}},
		{"empty", "", false, LinuxStat{}},
		{"newline", "\n", false, LinuxStat{}},
		{"newlines", "\n\n\n", false, LinuxStat{}},
		{"NUL", "\x00", false, LinuxStat{}},
		{"parenthesis", ")", false, LinuxStat{}},
		{"parenthesis, newline", ")\n", false, LinuxStat{}},
		{"parenthesis, blank", ") \n", false, LinuxStat{}},
		{"blanks", ")  \n", false, LinuxStat{}},
		{"many blanks", "1 (t)" + strings.Repeat(" ", 100) + "\n", false, LinuxStat{}},
		{"no name", "2960 S 2919 2960 5082 0 -1\n", false, LinuxStat{}},
		{"name only", "2960 (t)\n", false, LinuxStat{}},
		{"state only", "2960 (t) S\n", false, LinuxStat{}},
		{"21 fields", long(strings.Repeat(" 0", 15)), false, LinuxStat{}},
		{"no newline", strings.TrimSuffix(string(statOf(nil)), "\n"), false, LinuxStat{}},
		{"newline inside", strings.Replace(string(statOf(nil)), " 5082 ", "\n5082 ", 1), false, LinuxStat{}},
		{"newline after", strings.Replace(string(statOf(nil)), " 5082 ", " 5082\n", 1), false, LinuxStat{}},
		{"tabs", strings.ReplaceAll(string(statOf(nil)), " ", "\t"), false, LinuxStat{}},
		{"no blank", strings.Replace(string(statOf(nil)), ") S", ")S", 1), false, LinuxStat{}},
		{"two blanks before the state", strings.Replace(string(statOf(nil)), ") S", ")  S", 1), false, LinuxStat{}},
		{"two blanks after the state", strings.Replace(string(statOf(nil)), "S 2919", "S  2919", 1), false, LinuxStat{}},
		{"two blanks later", strings.Replace(string(statOf(nil)), " 20 0 ", " 20  0 ", 1), false, LinuxStat{}},
		{"no state", string(statOf(map[int]string{3: ""})), false, LinuxStat{}},
		{"a longer state", string(statOf(map[int]string{3: "SS"})), false, LinuxStat{}},
		{"start is not a number", string(statOf(map[int]string{22: "x"})), false, LinuxStat{}},
		{"start is negative", string(statOf(map[int]string{22: "-1"})), false, LinuxStat{}},
		{"start is 2^64", string(statOf(map[int]string{22: "18446744073709551616"})), false, LinuxStat{}},
		{"no start", string(statOf(map[int]string{22: ""})), false, LinuxStat{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := DecodeLinuxStat([]byte(test.stat))
			if (err == nil) != test.ok || got != test.want {
				t.Errorf("%q: DecodeLinuxStat = %v, %v; want %v", test.stat, got, err, test.want)
			}
		})
	}
}

const limitsHead = "Limit                     Soft Limit           Hard Limit           Units     \n"

// limitRow writes a row as the kernel does.
func limitRow(label, soft, hard string) string {
	return fmt.Sprintf("%-25s %-20s %-20s %-10s\n", label, soft, hard, "things")
}

func TestLinuxLimits(t *testing.T) {
	const unlimited = math.MaxUint64
	cpu := func(soft, hard uint64) LinuxLimits { return LinuxLimits{LinuxCPU: {soft, hard, true}} }
	for _, test := range []struct {
		name, rows string
		want       LinuxLimits
		err        error
	}{
		{name: "one row", rows: limitRow("Max cpu time", "1", "2"), want: cpu(1, 2)},
		{name: "unlimited", rows: limitRow("Max cpu time", "1", "unlimited"), want: cpu(1, unlimited)},
		{name: "greatest", rows: limitRow("Max cpu time", "18446744073709551614", "18446744073709551615"), want: cpu(unlimited-1, unlimited)},
		{name: "soft above hard", rows: limitRow("Max cpu time", "2", "1"), want: cpu(2, 1)}, // not ours to judge
		{name: "out of order", rows: limitRow("Max file size", "3", "4") + limitRow("Max realtime timeout", "5", "6") + limitRow("Max cpu time", "1", "2"),
			want: LinuxLimits{LinuxCPU: {1, 2, true}, LinuxFSIZE: {3, 4, true}, LinuxRTTIME: {5, 6, true}}},
		{name: "unknown", rows: limitRow("Max new things", "x", "y") + limitRow("Max cpu time", "1", "2") + limitRow("Max cpu", "3", "4"), want: cpu(1, 2)},
		{name: "only unknown", rows: limitRow("Max new things", "1", "2"), err: errAny},
		{name: "twice", rows: limitRow("Max cpu time", "1", "2") + limitRow("Max cpu time", "3", "4"), want: cpu(1, 2)},
		{name: "twice, the second damaged", rows: limitRow("Max cpu time", "1", "2") + limitRow("Max cpu time", "x", "4"), want: cpu(1, 2)},
		{name: "empty line", rows: "\n\n" + limitRow("Max cpu time", "1", "2") + "\n", want: cpu(1, 2)},
		{name: "NUL", rows: limitRow("Max cpu time", "1", "2") + "\x00\n", want: cpu(1, 2)},
		{name: "NULs in the row", rows: limitRow("Max cpu time", "\x001", "2"), err: errAny},
		{name: "CRLF", rows: strings.ReplaceAll(limitRow("Max cpu time", "1", "2"), "\n", "\r\n"), want: cpu(1, 2)}, // behind the values
		{name: "CR behind the hard one", rows: "Max cpu time 1 2\r\n", err: errAny},
		{name: "no unit", rows: "Max cpu time              1                    2                    \n", want: cpu(1, 2)},
		{name: "one blank each", rows: "Max cpu time 1 2 \n", want: cpu(1, 2)},
		{name: "20 digits fill the column", rows: "Max cpu time              18446744073709551613 18446744073709551614 seconds   \n", want: cpu(unlimited-2, unlimited-1)},
		{name: "no blank behind the label", rows: "Max cpu time1 2 3 \n", err: errAny}, // unknown
		{name: "lower case", rows: limitRow("max cpu time", "1", "2"), err: errAny},
		{name: "blank before", rows: limitRow(" Max cpu time", "1", "2"), err: errAny},
		{name: "misspelt", rows: limitRow("Max cpu time", "1", "unlimted"), err: errAny},
		{name: "misspelt by case", rows: limitRow("Max cpu time", "Unlimited", "1"), err: errAny},
		{name: "longer than unlimited", rows: limitRow("Max cpu time", "unlimited2", "1"), err: errAny},
		{name: "shorter than unlimited", rows: limitRow("Max cpu time", "unlimite", "1"), err: errAny},
		{name: "infinity", rows: limitRow("Max cpu time", "infinity", "1"), err: errAny},
		{name: "2^64", rows: limitRow("Max cpu time", "1", "18446744073709551616"), err: errAny},
		{name: "21 digits", rows: limitRow("Max cpu time", "1", "000000000000000000001"), err: errAny},
		{name: "long", rows: limitRow("Max cpu time", "1", strings.Repeat("9", 1000)), err: errAny},
		{name: "plus", rows: limitRow("Max cpu time", "+5", "6"), err: errAny},
		{name: "minus", rows: limitRow("Max cpu time", "-1", "6"), err: errAny},
		{name: "hexadecimal", rows: limitRow("Max cpu time", "0x5", "6"), err: errAny},
		{name: "tabs", rows: "Max cpu time \t1\t2\t\n", err: errAny},
		{name: "one value", rows: "Max cpu time 1\n", err: errAny},
		{name: "one value and blanks", rows: "Max cpu time 1                     \n", err: errAny},
		{name: "no values", rows: "Max cpu time \n", err: errAny},
		{name: "cut hard value", rows: "Max cpu time              1                    2\n", err: errAny},
		{name: "no values in a later row", rows: limitRow("Max cpu time", "1", "2") + "Max file size \n", err: errAny},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := DecodeLinuxLimits([]byte(limitsHead + test.rows))
			if !like(err, test.err) || got != test.want {
				t.Errorf("%q: DecodeLinuxLimits = %v, %v; want %v, %v", test.rows, got, err, test.want, test.err)
			}
		})
	}
	row := limitRow("Max cpu time", "1", "2")
	for _, test := range []struct {
		limits string
		err    error
	}{
		{"", ErrGone},
		{"\n", errAny},
		{"\x00", errAny},
		{row, errAny}, // no head
		{"\n" + limitsHead + row, errAny},
		{"limit \n" + row, errAny},
		{"Limit\n" + row, errAny},
		{limitsHead, errAny},
		{strings.TrimSuffix(limitsHead, "\n"), errAny},
		{limitsHead + strings.TrimSuffix(row, "\n"), errAny}, // others may have followed
		{strings.ReplaceAll(limitsHead+row, "\n", "\r"), errAny},
	} {
		if got, err := DecodeLinuxLimits([]byte(test.limits)); !like(err, test.err) {
			t.Errorf("%q: DecodeLinuxLimits = %v, %v; want %v", test.limits, got, err, test.err)
		}
	}
}

// What an error quotes is bounded, whatever the file holds.
func TestLinuxErrorsAreShort(t *testing.T) {
	for _, length := range []int{41, 200, 1 << 20} {
		errorsAreShort(t, strings.Repeat("\xff", length))
	}
}

func errorsAreShort(t *testing.T, long string) {
	t.Helper()
	for _, decode := range []func([]byte) error{
		func(b []byte) error { _, err := LinuxUmask(b); return err },
		func(b []byte) error { _, err := LinuxGroups(b); return err },
		func(b []byte) error { _, err := LinuxSigmasks(b); return err },
		func(b []byte) error { _, _, err := LinuxIDs(b); return err },
		func(b []byte) error { _, err := DecodeLinuxStat(b); return err },
		func(b []byte) error { _, err := DecodeLinuxLimits(b); return err },
	} {
		for _, text := range []string{
			long, ")" + long, "Limit " + long, limitsHead + "Max cpu time " + long + " \n",
			string(statusOf("Umask:\t"+long, "Groups:\t"+long, "SigPnd:\t"+long, "NSpgid:\t"+long)),
		} {
			if err := decode([]byte(text)); err == nil || len(err.Error()) > 250 {
				t.Errorf("%.20q: error %.400q", text, err)
			}
		}
	}
}
