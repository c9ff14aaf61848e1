// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// listed returns the rows of -a by PID, and its heading.
func listed(t *testing.T, args ...string) (heading []string, rows map[string][]string) {
	t.Helper()
	status, stdout, stderr := call(t, append([]string{"-a"}, args...)...)
	if status != statusOK {
		t.Errorf("%q: status %d, %q", args, status, stderr)
	}
	rows = make(map[string][]string)
	for line := range strings.Lines(stdout) {
		f := strings.Fields(line)
		if len(f) < len(columns) {
			t.Fatalf("%q: %q", args, line)
		}
		if heading == nil {
			heading = f
			continue
		}
		if rows[f[0]] != nil {
			t.Errorf("%q: process %s twice", args, f[0])
		}
		rows[f[0]] = f
	}
	return heading, rows
}

func TestAll(t *testing.T) {
	needsGet(t)
	pid := strconv.Itoa(child(t, ""))
	heading, rows := listed(t)
	if len(heading) != len(columns) || heading[0] != "PID" || heading[11] != "NAME" {
		t.Errorf("heading %q", heading)
	}
	if rows[pid] == nil {
		t.Errorf("child %s not found", pid)
	}
	for _, r := range rows {
		if n, err := strconv.Atoi(r[0]); err != nil || n < 0 {
			t.Errorf("%q", r)
		}
	}

	status, stdout, stderr := call(t, "-a", "-json")
	if status != statusOK {
		t.Errorf("status %d, %q", status, stderr)
	}
	found := 0
	for _, info := range jsonLines(t, stdout) {
		if strconv.Itoa(info.PID) == pid {
			found++
			if err := info.Err(procinfo.FieldRlimits); runtime.GOOS == "linux" && err != nil {
				t.Error(err)
			}
		}
	}
	if found != 1 {
		t.Errorf("child %s found %d times as JSON", pid, found)
	}
}

// TestFilters has a child that each filter lets pass with one value and not with another. Of other processes it is known only
// that all that pass have that value.
func TestFilters(t *testing.T) {
	needsGet(t)
	pid := child(t, "")
	info, err := procinfo.Get(pid)
	needs(t, err)
	for _, test := range []struct {
		flag        string
		err         error
		value, none string
		column      int
		cell        string
	}{
		{"-pgid", info.Err(procinfo.FieldPgid), strconv.Itoa(info.Pgid), strconv.Itoa(info.Pgid ^ 1), 2, strconv.Itoa(info.Pgid)},
		{"-sid", info.Err(procinfo.FieldSid), strconv.Itoa(info.Sid), strconv.Itoa(info.Sid ^ 1), 3, strconv.Itoa(info.Sid)},
		{"-umask", info.Err(procinfo.FieldUmask), fmt.Sprintf("%o", max(info.Umask, 0)), fmt.Sprintf("%03o", max(info.Umask, 0)^1), 4, umaskText(info.Umask)},
		{"-user", identify(pid).uidErr, strconv.Itoa(os.Geteuid()), strconv.Itoa(os.Geteuid() ^ 1), 1, ""},
	} {
		t.Run(test.flag, func(t *testing.T) {
			if errors.Is(test.err, errors.ErrUnsupported) {
				status, stdout, stderr := call(t, "-a", test.flag, test.value)
				want := "procinfo: " + test.flag + ": not supported by this system (" + runtime.GOOS + ")\n"
				if status != statusFailed || stdout != "" || !strings.HasSuffix(stderr, want) {
					t.Errorf("status %d, %q, %q", status, stdout, stderr)
				}
			}
			needs(t, test.err)
			_, rows := listed(t, test.flag, test.value)
			if rows[strconv.Itoa(pid)] == nil {
				t.Errorf("child not found with %s", test.value)
			}
			for _, r := range rows {
				if test.cell != "" && r[test.column] != test.cell || test.cell == "" && r[test.column] != rows[strconv.Itoa(pid)][test.column] {
					t.Errorf("%s: %q", test.value, r)
				}
			}
			if _, rows = listed(t, test.flag, test.none); rows[strconv.Itoa(pid)] != nil {
				t.Errorf("child found with %s", test.none)
			}
			// Both have to be so, and the last value of a flag counts.
			if _, rows = listed(t, test.flag, test.value, "-pgid", strconv.Itoa(info.Pgid^1)); rows[strconv.Itoa(pid)] != nil {
				t.Errorf("child found though its process group is another one")
			}
			if _, rows = listed(t, test.flag, test.none, test.flag, test.value); rows[strconv.Itoa(pid)] == nil {
				t.Errorf("child not found with the last value")
			}
			_, stdout, _ := call(t, "-a", "-json", test.flag, test.value)
			if !slices.ContainsFunc(jsonLines(t, stdout), func(i procinfo.Info) bool { return i.PID == pid }) {
				t.Errorf("child not found as JSON")
			}
		})
	}
}

// someRows are of processes that no one system has.
func someRows(t *testing.T) []*row {
	t.Helper()
	var rows []*row
	for _, text := range []string{
		`{"pid":0,"pgid":0,"groups":[],"errors":{"sid":"no session","umask":"no umask"},"sigmasks":{"pending":[],"blocked":[],"ignored":[],"caught":[],"process_pending":[]}}`,
		`{"pid":70,"umask":18,"pgid":70,"sid":70,"groups":[1,2,3],"sigmasks":{"pending":[1],"blocked":[1,2,3],"ignored":[],"caught":[2],"process_pending":null}}`,
		`{"pid":4194304,"umask":0,"pgid":70,"sid":70,"groups":[1],"sigmasks":{"pending":null,"blocked":null,"ignored":[1],"caught":[2,3],"process_pending":null}}`,
	} {
		r := &row{identity: notIdentified}
		if err := json.Unmarshal([]byte(text), &r.info); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	rows[0].nofileErr = errors.ErrUnsupported
	rows[1].identity = identity{uid: 4000000001, name: "猫 \x1b[2J\xff"}
	rows[1].nofile = procinfo.Limits{Soft: 1024, Hard: procinfo.Infinity}
	rows[2].identity = identity{uid: 4000000000, name: "größe"}
	rows[2].nofile = procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}
	denied := &procinfo.Error{Op: "all", PID: 71, Err: procinfo.ErrAccessDenied}
	return append(rows, &row{info: procinfo.Info{PID: 71}, err: denied, nofileErr: denied, identity: identity{uidErr: denied, nameErr: denied}})
}

func testApp(out *bytes.Buffer) *app {
	nameless := idNames{lookup: func(id uint32) string {
		if id == 4000000000 {
			return "ユーザ"
		}
		return ""
	}}
	return &app{out: bufio.NewWriter(out), err: out, users: nameless, groups: nameless}
}

func TestRows(t *testing.T) {
	var out bytes.Buffer
	a := testApp(&out)
	rows := someRows(t)
	a.sortRows(rows)
	a.writeRows(rows)
	a.unread(rows[2:3])
	want := "" +
		"    PID USER       PGID    SID  UMASK GROUPS              NOFILE PENDING BLOCKED      IGN    CGT NAME\n" +
		"      0 -             0  error  error      0                   - none    none           0      0 -\n" +
		"     70 4000000001   70     70   0022      3      1024:unlimited " + fewSignals(rows[1].info.Sigmasks.Pending) + " " + fewSignals(rows[1].info.Sigmasks.Blocked) + "    0      1 猫 \\x1b[2J\\xff\n" +
		"     71 denied    denied denied denied denied              denied denied  denied       denied denied denied\n" +
		"4194304 ユーザ       70     70   0000      1 unlimited:unlimited -       -              1      2 größe\n" +
		"procinfo: 71: access denied\n"
	a.out.Flush()
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if squeeze(out.String()) != squeeze(want) {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if a.failed {
		t.Error("what is denied is a failure")
	}

	// Every column begins or ends where it does in the heading.
	lines := strings.Split(out.String(), "\n")[:5]
	for _, c := range columns {
		at := strings.Index(lines[0], c.name)
		if c.align == 'r' {
			at += len(c.name) - 1
		}
		for _, line := range lines[1:] {
			before, ok := atColumn(line, at-1)
			here, _ := atColumn(line, at)
			after, more := atColumn(line, at+1)
			if here == ' ' || c.align == 'l' && ok && before != ' ' || c.align == 'r' && more && after != ' ' {
				t.Errorf("%s is not where it should be:\n%s", c.name, out.String())
			}
		}
	}
}

// atColumn returns what a terminal shows in a column.
func atColumn(line string, column int) (rune, bool) {
	n := 0
	for _, r := range line {
		w := runeWidth(r)
		if n <= column && column < n+w {
			return r, true
		}
		n += w
	}
	return ' ', false
}

// TestLackingField: a process without a value does not pass, and is no failure.
func TestLackingField(t *testing.T) {
	for _, test := range []struct {
		flag, value string
		want        []int
	}{
		{"-sid", "70", []int{70, 4194304}},
		{"-sid", "0", nil},
		{"-umask", "0", []int{4194304}},
		{"-pgid", "0", []int{0}},
		{"-user", "4000000001", []int{70}},
	} {
		var a app
		if _, err := a.options.parse([]string{"-a", test.flag, test.value}); err != nil {
			t.Fatal(err)
		}
		lacking := make([]error, 1)
		var got []int
		for _, r := range someRows(t) {
			if a.pass(r, lacking) {
				got = append(got, r.info.PID)
			}
		}
		if !slices.Equal(got, test.want) || lacking[0] != errValueSeen {
			t.Errorf("%s %s: %d, %v; want %d", test.flag, test.value, got, lacking[0], test.want)
		}
	}
}

// TestLackingEverywhere: a filter by what no process has says so.
func TestLackingEverywhere(t *testing.T) {
	var out bytes.Buffer
	a := testApp(&out)
	if _, err := a.options.parse([]string{"-a", "-user", "0", "-umask", "0"}); err != nil {
		t.Fatal(err)
	}
	lacking := make([]error, 2)
	for _, r := range someRows(t)[2:] {
		r.uid, r.uidErr = 0, errors.ErrUnsupported
		if a.pass(r, lacking) {
			t.Errorf("%d passes", r.info.PID)
		}
	}
	a.reportLacking(lacking)
	if want := "procinfo: -user: not supported by this system (" + runtime.GOOS + ")\n"; !a.failed || out.String() != want {
		t.Errorf("%v, %q, want %q", a.failed, out.String(), want)
	}
}

func TestSort(t *testing.T) {
	for value, want := range map[string][]int{
		"pid":      {0, 70, 71, 4194304},
		"-pid":     {4194304, 71, 70, 0},
		"PGID":     {0, 70, 4194304, 71},
		"-sid":     {70, 4194304, 0, 71},
		"umask":    {4194304, 70, 0, 71},
		"groups":   {0, 4194304, 70, 71},
		"-nofile":  {4194304, 70, 0, 71},
		"nofile":   {70, 4194304, 0, 71},
		"user":     {4194304, 70, 0, 71},
		"name":     {4194304, 70, 0, 71},
		"-name":    {70, 4194304, 0, 71},
		"-blocked": {70, 0, 71, 4194304},
		"pending":  {0, 70, 71, 4194304},
		"ign":      {0, 70, 4194304, 71},
		"-cgt":     {4194304, 70, 0, 71},
	} {
		var a app
		if _, err := a.options.parse([]string{"-a", "-sort", value}); err != nil {
			t.Fatal(err)
		}
		rows := someRows(t)
		slices.Reverse(rows)
		a.sortRows(rows)
		var got []int
		for _, r := range rows {
			got = append(got, r.info.PID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d, want %d", value, got, want)
		}
	}
}

// TestUnread: what is denied is explained, anything else is a failure.
func TestUnread(t *testing.T) {
	denied := someRows(t)[3]
	broken := &row{info: procinfo.Info{PID: 72}, err: &procinfo.Error{Op: "all", PID: 72, Err: errors.New("malformed")}}
	for _, test := range []struct {
		rows   []*row
		failed bool
		want   string
	}{
		{nil, false, ""},
		{[]*row{denied}, false, "procinfo: 71: access denied\n"},
		{[]*row{denied, denied}, false, "procinfo: 2 processes could not be read, such as 71: access denied\n"},
		{[]*row{denied, broken}, true, "procinfo: 2 processes could not be read, such as 72: malformed\n"},
		{[]*row{broken}, true, "procinfo: 72: malformed\n"},
	} {
		var out bytes.Buffer
		a := testApp(&out)
		a.unread(test.rows)
		if a.failed != test.failed || out.String() != test.want {
			t.Errorf("%v, %q, want %v, %q", a.failed, out.String(), test.failed, test.want)
		}
	}
	var out bytes.Buffer
	a := testApp(&out)
	a.writeJSON(denied.info, denied.err)
	a.out.Flush()
	infos := jsonLines(t, out.String())
	if len(infos) != 1 || infos[0].PID != 71 || infos[0].Err(procinfo.FieldUmask) == nil || infos[0].Err(procinfo.FieldUmask).Error() != "access denied" ||
		infos[0].Err(procinfo.FieldRlimits) == nil {
		t.Errorf("%s", out.String())
	}
}
