// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

func TestHostileName(t *testing.T) {
	const name = "a\nb \x1b[2J\xff) 1"
	const want = `a\nb \x1b[2J\xff) 1`
	pid := strconv.Itoa(child(t, name))
	_, stdout, _ := call(t, pid)
	if first, _, _ := strings.Cut(stdout, "\n"); first != pid+" "+want {
		t.Errorf("heading %q", first)
	}
	_, stdout, _ = call(t, "-a")
	found := false
	for line := range strings.Lines(stdout) {
		found = found || strings.HasPrefix(strings.TrimSpace(line), pid+" ") && strings.HasSuffix(line, " "+want+"\n")
	}
	if !found {
		t.Errorf("not in\n%s", stdout)
	}
}

func TestNameHostProc(t *testing.T) {
	root := t.TempDir()
	t.Setenv("HOST_PROC", root)
	for comm, want := range map[string]string{
		"sh\n":                     "sh",
		"a\n\n":                    `a\n`,
		"no end":                   "no end",
		"":                         "",
		strings.Repeat("x", 63):    strings.Repeat("x", 63),
		"\x9b\u202e\n":             `\x9b\u202e`,
		strings.Repeat("y", 70000): strings.Repeat("y", 128),
	} {
		dir := filepath.Join(root, "77")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "comm"), []byte(comm), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := identify(77); (got.nameErr == nil) != (want != "") || printable(got.name) != want || got.uidErr == nil {
			t.Errorf("%q: %+v, want %q", comm, got, want)
		}
	}
	if got := identify(78); got.name != "" || !errors.Is(got.nameErr, procinfo.ErrNoSuchProcess) {
		t.Errorf("%+v", got)
	}
}

func TestEffectiveUID(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5":             2,
		"Name:\tUid:\t7\nUid:\t0\t4294967295\t0\t0\nGid:": 4294967295,
		"Name:\tx\nUid:\t1\t4294967296\t3\t4\n":           -1,
		"Name:\tx\nUid:\t1\t2\t3\t4":                      -1, // cut
		"Name:\tx\nUid:\t1\t2\t3\n":                       -1,
		"Name:\tx\nUid:\t1\t-2\t3\t4\n":                   -1,
		"Uid:\t1\t2\t3\t4\n":                              -1, // never the first line
		"":                                                -1,
	} {
		got, err := effectiveUID([]byte(status))
		if want < 0 && err == nil || want >= 0 && (err != nil || got != uint32(want)) {
			t.Errorf("%q: %d, %v, want %d", status, got, err, want)
		}
	}
}

// writeProc makes a directory of a procfs.
func writeProc(t *testing.T, root, pid string, files map[string]string) {
	t.Helper()
	dir := filepath.Join(root, pid)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	statZeros  = " 0 -1 4194304 0 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	masksZeros = "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n"
	limitsText = "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            100                  200                  files     \n"
)

// TestHostProcAll lists the processes of another system. 79 is a zombie, which has no umask any more, and 80 has gone while
// it was read.
func TestHostProcAll(t *testing.T) {
	root := t.TempDir()
	t.Setenv("HOST_PROC", root)
	for pid, state := range map[string]string{"77": "Umask:\t0027\nState:\tS (sleeping)", "78": "Umask:\t0000\nState:\tS (sleeping)", "79": "State:\tZ (zombie)"} {
		writeProc(t, root, pid, map[string]string{
			"comm":   "p" + pid + "\n",
			"status": "Name:\tp\n" + state + "\nTgid:\t" + pid + "\nPid:\t" + pid + "\nUid:\t1\t4000000001\t1\t1\nGroups:\t5 6 \n" + masksZeros,
			"stat":   pid + " (p) S 1 70 7" + pid[1:] + statZeros,
			"limits": limitsText,
		})
	}
	writeProc(t, root, "80", nil)
	const heading = "PID USER PGID SID UMASK GROUPS NOFILE PENDING BLOCKED IGN CGT NAME\n"
	row := func(pid, umask string) string {
		return pid + " 4000000001 70 7" + pid[1:] + " " + umask + " 2 100:200 none none 0 0 p" + pid + "\n"
	}
	for _, test := range []struct{ args, want string }{
		{"", heading + row("77", "0027") + row("78", "0000") + row("79", "zombie")},
		{"-umask 27", heading + row("77", "0027")},
		{"-umask 0", heading + row("78", "0000")},
		{"-umask 77", ""},
		{"-sid 79", heading + row("79", "zombie")},
		{"-sort -umask", heading + row("77", "0027") + row("78", "0000") + row("79", "zombie")},
		{"-sort umask -pgid 70", heading + row("78", "0000") + row("77", "0027") + row("79", "zombie")},
		{"-user 4000000001 -sort -pid", heading + row("79", "zombie") + row("78", "0000") + row("77", "0027")},
		{"-user 1", ""},
	} {
		status, stdout, stderr := call(t, append([]string{"-a"}, strings.Fields(test.args)...)...)
		got := ""
		for line := range strings.Lines(stdout) {
			got += strings.Join(strings.Fields(line), " ") + "\n"
		}
		if status != statusOK || stderr != "" || got != test.want {
			t.Errorf("%s: status %d, %q\n%swant\n%s", test.args, status, stderr, got, test.want)
		}
	}
}

// TestHostProc shows a process of another system, whose files are all there is.
func TestHostProc(t *testing.T) {
	root := t.TempDir()
	t.Setenv("HOST_PROC", root)
	writeProc(t, root, "77", map[string]string{
		"comm":   "x\x1by\n",
		"status": "Name:\tx\x1by\nUmask:\t0027\nState:\tS (sleeping)\nTgid:\t77\nPid:\t77\nUid:\t1\t4000000001\t1\t1\nGroups:\t5 6 \nSigPnd:\t0000000000000001\nShdPnd:\t0000000000000000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000000\n",
		"stat":   "77 (x\x1by) S 1 70 71" + statZeros,
		"limits": limitsText,
	})
	status, stdout, stderr := call(t, "77")
	if status != statusOK || stderr != "" {
		t.Fatalf("status %d, %q", status, stderr)
	}
	for _, want := range []string{
		"77 x\\x1by\n",
		label("user") + " 4000000001\n",
		label("umask") + " 0027\n",
		label("pgid") + " 70\n",
		label("sid") + " 71\n",
		label("pending") + " HUP\n",
		label("process pending") + " none\n",
		label("blocked") + " not reported by this system\n",
		label("ignored") + " PIPE\n",
		label("caught") + " none\n",
		label("limits") + " RESOURCE SOFT HARD UNIT\n",
		label("") + " NOFILE    100  200 files\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	status, _, stderr = call(t, "limit", "77", "NOFILE=50:")
	if status != statusFailed || stderr != "procinfo: 77: NOFILE: the limits of this process can be read, not set\n" {
		t.Errorf("status %d, %q", status, stderr)
	}
}
