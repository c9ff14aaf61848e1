// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

func TestParseSetting(t *testing.T) {
	const inf = procinfo.Infinity
	for _, test := range []struct {
		arg        string
		soft, hard bool
		want       procinfo.Limits
	}{
		{"NOFILE", false, false, procinfo.Limits{}},
		{"NOFILE=5", true, false, procinfo.Limits{Soft: 5}},
		{"nofile=5:6", true, true, procinfo.Limits{Soft: 5, Hard: 6}},
		{"rlimit_nofile=5:", true, false, procinfo.Limits{Soft: 5}},
		{"RLIMIT_NOFILE=:6", false, true, procinfo.Limits{Hard: 6}},
		{"NOFILE=0", true, false, procinfo.Limits{}},
		{"NOFILE=unlimited", true, false, procinfo.Limits{Soft: inf}},
		{"NOFILE=5:infinity", true, true, procinfo.Limits{Soft: 5, Hard: inf}},
		{"NOFILE=unlimited:", true, false, procinfo.Limits{Soft: inf}},
		{"NOFILE=:unlimited", false, true, procinfo.Limits{Hard: inf}},
		{"NOFILE=18446744073709551614:18446744073709551615", true, true, procinfo.Limits{Soft: inf - 1, Hard: inf}},
	} {
		got, err := parseSetting(test.arg)
		if err != nil || got != (setting{procinfo.RLIMIT_NOFILE, test.want, test.soft, test.hard}) {
			t.Errorf("%s: %+v, %v", test.arg, got, err)
		}
	}
}

func TestUnits(t *testing.T) {
	for _, r := range procinfo.Resources() {
		if unit(r) == "" {
			t.Errorf("%v has no unit", r)
		}
	}
}

// rows are the lines of a table by their first cell, blanks made single.
func rows(text string) map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		m[f[0]] = strings.Join(f[1:], " ")
	}
	return m
}

func TestLimitShow(t *testing.T) {
	self := os.Getpid()
	l, err := procinfo.GetRlimit(self, procinfo.RLIMIT_NOFILE)
	needs(t, err)
	want := limitText(l.Soft) + " " + limitText(l.Hard) + " files"
	status, stdout, stderr := call(t, "limit", strconv.Itoa(self))
	got := rows(stdout)
	if status != statusOK || stderr != "" || got["RESOURCE"] != "SOFT HARD UNIT" || got["NOFILE"] != want || len(got) < 5 {
		t.Errorf("status %d, %q:\n%s", status, stderr, stdout)
	}
	status, stdout, stderr = call(t, "limit", strconv.Itoa(self), "rlimit_nofile", "core")
	got = rows(stdout)
	if status != statusOK || stderr != "" || got["NOFILE"] != want || got["CORE"] == "" || len(got) != 3 {
		t.Errorf("status %d, %q:\n%s", status, stderr, stdout)
	}
}

func TestLimitSet(t *testing.T) {
	_, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_NOFILE)
	needs(t, err)
	n := child(t, "")
	first, err := procinfo.GetRlimit(n, procinfo.RLIMIT_NOFILE)
	needs(t, err)
	if first.Hard < 401 {
		t.Skipf("NOFILE is %v already", first)
	}
	// To set what is there already proves nothing on NetBSD, where that is open to all.
	first = procinfo.Limits{Soft: min(first.Soft, first.Hard-1), Hard: first.Hard - 1}
	_, err = procinfo.Rlimit(n, procinfo.RLIMIT_NOFILE, &first)
	if runtime.GOOS == "netbsd" && errors.Is(err, procinfo.ErrAccessDenied) {
		t.Skip(err) // our group is not among our supplementary ones
	}
	needs(t, err)
	pid := strconv.Itoa(n)
	old, err := procinfo.GetRlimit(n, procinfo.RLIMIT_NOFILE) // FreeBSD has cut it down, maybe
	needs(t, err)
	for _, step := range []struct {
		arg    string
		want   procinfo.Limits
		status int
		text   string // on stderr
	}{
		{"NOFILE=100:400", procinfo.Limits{Soft: 100, Hard: 400}, statusOK, ""},
		{"nofile=200:", procinfo.Limits{Soft: 200, Hard: 400}, statusOK, ""},
		{"RLIMIT_NOFILE=:300", procinfo.Limits{Soft: 200, Hard: 300}, statusOK, ""},
		{"NOFILE=301:", procinfo.Limits{Soft: 200, Hard: 300}, statusFailed, "procinfo: " + pid + ": NOFILE: invalid limits: soft limit above hard limit\n"},
		{"NOFILE=:199", procinfo.Limits{Soft: 200, Hard: 300}, statusFailed, "procinfo: " + pid + ": NOFILE: invalid limits: soft limit above hard limit\n"},
		{"NOFILE=150", procinfo.Limits{Soft: 150, Hard: 300}, statusOK, ""},
	} {
		status, stdout, stderr := call(t, "limit", pid, step.arg)
		if status != step.status || stderr != step.text {
			t.Errorf("%s: status %d, %q", step.arg, status, stderr)
		}
		now, err := procinfo.GetRlimit(n, procinfo.RLIMIT_NOFILE)
		if err != nil || now != step.want {
			t.Fatalf("%s: set to %v, %v", step.arg, now, err)
		}
		if step.status == statusOK {
			want := limitText(old.Soft) + " -> " + limitText(now.Soft) + " " + limitText(old.Hard) + " -> " + limitText(now.Hard) + " files"
			if got := rows(stdout)["NOFILE"]; got != want {
				t.Errorf("%s: printed %q, want %q", step.arg, got, want)
			}
		} else if stdout != "" {
			t.Errorf("%s: printed %q", step.arg, stdout)
		}
		old = now
	}

	// One that fails does not keep the others from being set.
	status, stdout, stderr := call(t, "limit", pid, "CORE=0:", "NOFILE=301:", "NOFILE=120:130", "NOFILE")
	lines := strings.Split(stdout, "\n")
	if status != statusFailed || strings.Count(stderr, "\n") != 1 || len(lines) != 5 ||
		!strings.HasPrefix(lines[1], "CORE ") || !strings.Contains(lines[2], "150 -> 120") || strings.Join(strings.Fields(lines[3]), " ") != "NOFILE 120 130 files" {
		t.Errorf("status %d, %q:\n%s", status, stderr, stdout)
	}

	// One that is wrong does.
	for _, wrong := range []string{"NOFILE=x", "NOFILE=6:5", "NOSUCH=1", "-json"} {
		status, stdout, stderr = call(t, "limit", pid, "NOFILE=1:2", wrong)
		if status != statusUsage || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, %q", wrong, status, stdout, stderr)
		}
		if now, err := procinfo.GetRlimit(n, procinfo.RLIMIT_NOFILE); err != nil || now != (procinfo.Limits{Soft: 120, Hard: 130}) {
			t.Fatalf("%s: set to %v, %v", wrong, now, err)
		}
	}
}

// TestLimitLacking uses a resource that no system has together with the other one. Nothing is set then.
func TestLimitLacking(t *testing.T) {
	lacking := procinfo.RLIMIT_SWAP
	if lacking >= 0 {
		lacking = procinfo.RLIMIT_RTTIME
	}
	self := os.Getpid()
	before, err := procinfo.GetRlimit(self, procinfo.RLIMIT_CORE)
	for _, suffix := range []string{"", "=5", "=5:"} {
		args := []string{"limit", strconv.Itoa(self)}
		if err == nil && before.Soft > 0 {
			args = append(args, "CORE=0:")
		}
		status, stdout, stderr := call(t, append(args, lacking.String()+suffix)...)
		want := "procinfo: " + lacking.String() + ": not supported by this system (" + runtime.GOOS + ")\n"
		if status != statusFailed || stdout != "" || stderr != want {
			t.Errorf("status %d, %q, %q", status, stdout, stderr)
		}
	}
	if after, _ := procinfo.GetRlimit(self, procinfo.RLIMIT_CORE); err == nil && after != before {
		t.Errorf("set to %v", after)
	}
}
