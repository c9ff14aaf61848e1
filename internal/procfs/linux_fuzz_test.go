// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// The decoders are held against others that are written here in another way, slow and plain: what one accepts the other
// must, and with the same value. What is decoded is then written again and must decode to itself.

// addFiles seeds a fuzz target with the files of a kind and with more.
func addFiles(f *testing.F, kind string, more ...[]byte) {
	for _, file := range linuxFiles(f, kind, true) {
		f.Add(file)
	}
	for _, file := range more {
		f.Add(file)
	}
}

// plainLine returns the value of a line, and whether there is one; it is not ok if the file is unsound as far as this line goes.
func plainLine(status, label string) (value string, found, ok bool) {
	if !strings.HasPrefix(status, "Name:") {
		return "", false, false
	}
	lines := strings.Split(status, "\n")
	for i, line := range lines[1:] {
		if rest, found := strings.CutPrefix(line, label+":"); found {
			ended := i+1 < len(lines)-1
			return strings.Trim(rest, " \t"), ended, ended
		}
	}
	return "", false, lines[len(lines)-1] == ""
}

// plainError is what a decoder of one line must say.
func plainError(found, ok bool) error {
	switch {
	case !ok:
		return errAny
	case !found:
		return ErrAbsent
	}
	return nil
}

var octalRE = regexp.MustCompile(`^[0-7]+$`)

func plainUmask(status string) (int, error) {
	value, found, ok := plainLine(status, "Umask")
	if err := plainError(found, ok); err == ErrAbsent {
		state, found, _ := plainLine(status, "State")
		_, memory, _ := plainLine(status, "VmSize")
		switch {
		case !found:
			return 0, errAny
		case strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X"):
			return 0, ErrDead
		case !memory:
			return 0, ErrExiting
		}
		return 0, ErrAbsent
	} else if err != nil {
		return 0, err
	}
	mask, err := strconv.ParseUint(value, 8, 64)
	if err != nil || mask > 0o777 || !octalRE.MatchString(value) {
		return 0, errAny
	}
	return int(mask), nil
}

func FuzzLinuxUmask(f *testing.F) {
	addFiles(f, "status", statusOf("Umask:\t0022"), statusOf("State:\tZ (zombie)"), statusOf("Umask:\t1000"))
	f.Fuzz(func(t *testing.T, status []byte) {
		got, err := LinuxUmask(status)
		want, wantErr := plainUmask(string(status))
		if !like(err, wantErr) || err == nil && got != want {
			t.Fatalf("%#o, %v; want %#o, %v", got, err, want, wantErr)
		}
		if err != nil {
			return
		}
		if again, err := LinuxUmask(fmt.Appendf(nil, "Name:\tt\nUmask:\t%#04o\n", got)); err != nil || again != got {
			t.Fatalf("%#o became %#o, %v", got, again, err)
		}
	})
}

func plainGroups(status string) ([]uint32, error) {
	value, found, ok := plainLine(status, "Groups")
	if err := plainError(found, ok); err != nil {
		return nil, err
	}
	groups := []uint32{}
	if value == "" {
		return groups, nil
	}
	for _, word := range strings.Split(value, " ") {
		id, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, errAny
		}
		groups = append(groups, uint32(id))
	}
	return groups, nil
}

func FuzzLinuxGroups(f *testing.F) {
	addFiles(f, "status", statusOf("Groups:\t5 6 3000000000 "), statusOf("Groups:\t "), statusOf("Groups:\t4294967296 "))
	f.Fuzz(func(t *testing.T, status []byte) {
		got, err := LinuxGroups(status)
		want, wantErr := plainGroups(string(status))
		if !like(err, wantErr) || !slices.Equal(got, want) {
			t.Fatalf("%v, %v; want %v, %v", got, err, want, wantErr)
		}
		if err != nil {
			return
		}
		text := []byte("Name:\tt\nGroups:\t")
		for _, id := range got {
			text = fmt.Appendf(text, "%d ", id)
		}
		if again, err := LinuxGroups(append(text, " \n"...)); err != nil || !slices.Equal(again, got) {
			t.Fatalf("%v became %v, %v", got, again, err)
		}
	})
}

var hexRE = regexp.MustCompile(`^([0-9a-f]{16}){1,2}$`)

func plainMask(status, label string) (sigset.Set, error) {
	value, found, ok := plainLine(status, label)
	if err := plainError(found, ok); err != nil {
		return sigset.Set{}, err
	}
	n, ok := new(big.Int).SetString(value, 16)
	if !ok || !hexRE.MatchString(value) {
		return sigset.Set{}, errAny
	}
	set := sigset.Of()
	for bit := range n.BitLen() {
		if n.Bit(bit) == 1 {
			set.Add(bit + 1)
		}
	}
	return set, nil
}

// sigmaskRE is the piece that the kernel writes. If the first line with Threads begins one, that is taken, whatever else there is.
var sigmaskRE = regexp.MustCompile(`^Threads:\t[1-9].*\nSigQ:\t.*\n` +
	strings.Join([]string{"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"}, `:\t[0-9a-f]{16}\n`) + `:\t[0-9a-f]{16}\n`)

func plainSigmasks(status string) (sigset.Masks, error) {
	if head, rest, found := strings.Cut(status, "\nThreads:\t"); found && strings.HasPrefix(head, "Name:") {
		if piece := sigmaskRE.FindString("Threads:\t" + rest); piece != "" {
			status = "Name:\n" + piece
		}
	}
	if threads, found, _ := plainLine(status, "Threads"); found && threads == "0" {
		return sigset.Masks{}, ErrGone
	}
	sets := map[string]sigset.Set{}
	given := false
	for _, label := range []string{"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"} {
		set, err := plainMask(status, label)
		if err == errAny {
			return sigset.Masks{}, err
		}
		sets[label] = set
		given = given || set.Given
	}
	if !given {
		return sigset.Masks{}, ErrAbsent
	}
	masks := sigset.Masks{ProcessPending: sets["ShdPnd"], Blocked: sets["SigBlk"], Ignored: sets["SigIgn"], Caught: sets["SigCgt"]}
	if sets["SigPnd"].Given && sets["ShdPnd"].Given {
		masks.Pending = sigset.Of()
		for n := 1; n <= sigset.Max; n++ {
			if sets["SigPnd"].Has(n) || sets["ShdPnd"].Has(n) {
				masks.Pending.Add(n)
			}
		}
	}
	return masks, nil
}

// appendMask writes a line as render_sigset_t does, in 32 digits.
func appendMask(text []byte, label string, set sigset.Set) []byte {
	if !set.Given {
		return text
	}
	return fmt.Appendf(text, "%s:\t%016x%016x\n", label, set.Bits[1], set.Bits[0])
}

func FuzzLinuxSigmasks(f *testing.F) {
	addFiles(f, "status",
		statusOf("SigPnd:\t0000000000000001", "ShdPnd:\t0000000000000002", "SigBlk:\t80000000000000000000000000000000"),
		statusOf("Threads:\t0", "SigPnd:\t0000000000000000"))
	f.Fuzz(func(t *testing.T, status []byte) {
		got, err := LinuxSigmasks(status)
		want, wantErr := plainSigmasks(string(status))
		if !like(err, wantErr) || got != want {
			t.Fatalf("%v, %v; want %v, %v", got, err, want, wantErr)
		}
		if err != nil || got.Pending.Given != got.ProcessPending.Given || got == (sigset.Masks{}) {
			return // it cannot be told what to write
		}
		text := []byte("Name:\tt\nThreads:\t1\n")
		text = appendMask(text, "SigPnd", got.Pending)
		text = appendMask(text, "ShdPnd", got.ProcessPending)
		text = appendMask(text, "SigBlk", got.Blocked)
		text = appendMask(text, "SigIgn", got.Ignored)
		text = appendMask(text, "SigCgt", got.Caught)
		if again, err := LinuxSigmasks(text); err != nil || again != got {
			t.Fatalf("%v became %v, %v", got, again, err)
		}
	})
}

var decimalRE = regexp.MustCompile(`^[0-9]{1,20}$`)

// plainDecimal parses what is nothing but digits, and no more than the greatest number has.
func plainDecimal(text string, max uint64) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > max || !decimalRE.MatchString(text) {
		return 0, errAny
	}
	return n, nil
}

func plainIDs(status string) (ids [2]int, err error) {
	for i, label := range []string{"NSpgid", "NSsid"} {
		value, found, ok := plainLine(status, label)
		if err := plainError(found, ok); err != nil {
			return ids, err
		}
		id, err := plainDecimal(strings.Split(value, "\t")[0], math.MaxInt32)
		if err != nil {
			return ids, err
		}
		ids[i] = int(id)
	}
	if threads, found, _ := plainLine(status, "Threads"); found && threads == "0" && (ids[0] == 0 || ids[1] == 0) {
		return [2]int{}, ErrGone
	}
	return ids, nil
}

func plainDepth(status string) (int, error) {
	value, found, ok := plainLine(status, "NStgid")
	if err := plainError(found, ok); err != nil {
		return 0, err
	}
	values := strings.Split(value, "\t")
	for _, v := range values {
		if _, err := plainDecimal(v, math.MaxInt32); err != nil {
			return 0, err
		}
	}
	return len(values), nil
}

func FuzzLinuxIDs(f *testing.F) {
	addFiles(f, "status", statusOf("NSpgid:\t5\t1", "NSsid:\t6\t1"), statusOf("NSpgid:\t2147483648", "NSsid:\t6"))
	f.Fuzz(func(t *testing.T, status []byte) {
		got, err := linuxIDs(status)
		want, wantErr := plainIDs(string(status))
		if !like(err, wantErr) || err == nil && got != want {
			t.Fatalf("%v, %v; want %v, %v", got, err, want, wantErr)
		}
		if err == nil {
			text := statusOf(fmt.Sprintf("NSpgid:\t%d\t1", got[0]), fmt.Sprintf("NSsid:\t%d\t1", got[1]))
			if again, err := linuxIDs(text); err != nil || again != got {
				t.Fatalf("%v became %v, %v", got, again, err)
			}
		}
		depth, err := LinuxDepth(status)
		wantDepth, wantErr := plainDepth(string(status))
		if !like(err, wantErr) || depth != wantDepth {
			t.Fatalf("LinuxDepth = %d, %v; want %d, %v", depth, err, wantDepth, wantErr)
		}
	})
}

func plainStat(stat string) (s LinuxStat, err error) {
	paren := strings.LastIndex(stat, ")")
	rest, ended := strings.CutSuffix(stat, "\n")
	if paren < 0 || !ended {
		return s, errAny
	}
	fields := strings.Split(rest[paren+1:], " ")
	if len(fields) < 21 || fields[0] != "" || slices.Contains(fields[1:21], "") || len(fields[1]) != 1 {
		return s, errAny
	}
	gone := fields[3] == "-1"
	for i := range fields[3:5] {
		if gone && fields[3+i] == "-1" {
			fields[3+i] = "0"
		}
	}
	pgid, err1 := plainDecimal(fields[3], math.MaxInt32)
	sid, err2 := plainDecimal(fields[4], math.MaxInt32)
	start, err3 := plainDecimal(fields[20], math.MaxUint64)
	if err1 != nil || err2 != nil || err3 != nil {
		return s, errAny
	}
	if gone {
		return s, ErrGone
	}
	return LinuxStat{fields[1][0], int(pgid), int(sid), start}, nil
}

func FuzzLinuxStat(f *testing.F) {
	addFiles(f, "stat", statOf(nil), []byte("1 (t)  S 1 2 3\n"), []byte("1 () ) ) 1 2) S 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9\n"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		got, err := DecodeLinuxStat(stat)
		want, wantErr := plainStat(string(stat))
		if !like(err, wantErr) || got != want {
			t.Fatalf("%+v, %v; want %+v, %v", got, err, want, wantErr)
		}
		if err != nil {
			return
		}
		// Again behind the same name, whatever that is.
		text := slices.Clone(stat[:bytes.LastIndexByte(stat, ')')+1])
		text = fmt.Appendf(text, " %c 1 %d %d 0 -1%s %d 1\n", 'S', got.Pgid, got.Sid, strings.Repeat(" 0", 13), got.Start)
		got.State = 'S'
		if again, err := DecodeLinuxStat(text); err != nil || again != got {
			t.Fatalf("%+v became %+v, %v: %q", got, again, err, text)
		}
	})
}

var (
	limitLabels = []string{"Max cpu time", "Max file size", "Max data size", "Max stack size", "Max core file size",
		"Max resident set", "Max processes", "Max open files", "Max locked memory", "Max address space", "Max file locks",
		"Max pending signals", "Max msgqueue size", "Max nice priority", "Max realtime priority", "Max realtime timeout"}
	limitRE       = regexp.MustCompile(`(?s)^(` + strings.Join(limitLabels, "|") + `) `)
	limitValuesRE = regexp.MustCompile(`(?s)^(?:` + strings.Join(limitLabels, "|") + `) +(unlimited|[0-9]+) +(unlimited|[0-9]+) `)
)

func plainLimits(limits string) (LinuxLimits, error) {
	var none, rows LinuxLimits
	switch {
	case limits == "":
		return none, ErrGone
	case !strings.HasPrefix(limits, "Limit "):
		return none, errAny
	}
	found := 0
	for _, line := range strings.Split(limits, "\n") {
		label := limitRE.FindStringSubmatch(line)
		if label == nil {
			continue
		}
		row := &rows[slices.Index(limitLabels, label[1])]
		if row.Given {
			continue
		}
		values := limitValuesRE.FindStringSubmatch(line)
		if values == nil {
			return none, errAny
		}
		var err1, err2 error
		row.Soft, err1 = plainLimit(values[1])
		row.Hard, err2 = plainLimit(values[2])
		if err1 != nil || err2 != nil {
			return none, errAny
		}
		row.Given = true
		found++
	}
	if found == 0 || found < len(rows) && !strings.HasSuffix(limits, "\n") {
		return none, errAny
	}
	return rows, nil
}

func plainLimit(text string) (uint64, error) {
	if text == "unlimited" {
		return math.MaxUint64, nil
	}
	return plainDecimal(text, math.MaxUint64)
}

func FuzzLinuxLimits(f *testing.F) {
	addFiles(f, "limits", []byte(limitsHead+limitRow("Max cpu time", "1", "unlimited")), []byte("Limit \nMax cpu time 1 2 "))
	f.Fuzz(func(t *testing.T, limits []byte) {
		got, err := DecodeLinuxLimits(limits)
		want, wantErr := plainLimits(string(limits))
		if !like(err, wantErr) || got != want {
			t.Fatalf("%v, %v; want %v, %v", got, err, want, wantErr)
		}
		if err != nil {
			return
		}
		text := limitsHead
		for i, row := range got {
			if row.Given {
				text += limitRow(limitLabels[i], limitText(row.Soft), limitText(row.Hard))
			}
		}
		if again, err := DecodeLinuxLimits([]byte(text)); err != nil || again != got {
			t.Fatalf("%v became %v, %v", got, again, err)
		}
	})
}

func limitText(n uint64) string {
	if n == math.MaxUint64 {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}
