// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo/examples/internal/childtest"
)

const otherUser = 54322 // no other test's

func TestMain(m *testing.M) {
	childtest.Main(m, map[string]func(){"audit": main, "idle": beIdle})
}

// idle is a process to look at.
type idle struct {
	Name  []byte
	Umask int
}

func beIdle() {
	var s idle
	if err := json.Unmarshal([]byte(os.Args[1]), &s); err != nil {
		childtest.Fail(err)
	}
	childtest.SetName(string(s.Name))
	syscall.Umask(s.Umask)
	childtest.Wait("ready")
}

func idleCommand(t *testing.T, name string, umask int) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(idle{[]byte(name), umask})
	if err != nil {
		t.Fatal(err)
	}
	return childtest.Command(t, "idle", string(text))
}

func startIdle(t *testing.T, name string, umask int) int {
	t.Helper()
	cmd := idleCommand(t, name, umask)
	childtest.Start(t, cmd)
	return cmd.Process.Pid
}

// output is what the program said and how it ended.
type output struct {
	status         int
	stdout, stderr string
}

func runAudit(t *testing.T, prepare func(*exec.Cmd), args ...string) output {
	t.Helper()
	cmd := childtest.Command(t, "audit", args...)
	if prepare != nil {
		prepare(cmd)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		childtest.SkipIfRefused(t, err)
	}
	o := output{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	for _, c := range o.stdout + o.stderr {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == '\uFFFD' {
			t.Errorf("%q: not printable: %q", args, o.stdout+o.stderr)
			break
		}
	}
	return o
}

// row returns the words of the table's row about a process.
func (o output) row(pid int) []string {
	for line := range strings.Lines(o.stdout) {
		if f := strings.Fields(line); f[0] == strconv.Itoa(pid) {
			return f
		}
	}
	return nil
}

func (o output) wantRow(t *testing.T, pid int, words ...string) {
	t.Helper()
	want := append([]string{strconv.Itoa(pid)}, words...)
	if got := o.row(pid); !slices.Equal(got, want) {
		t.Errorf("got row %q, want %q, in\n%s%s", got, want, o.stdout, o.stderr)
	}
	if o.status != statusFound {
		t.Errorf("status %d, want %d", o.status, statusFound)
	}
}

func (o output) wantNoRow(t *testing.T, pid int) {
	t.Helper()
	if got := o.row(pid); got != nil {
		t.Errorf("got row %q, want none", got)
	}
}

func (o output) report(t *testing.T) report {
	t.Helper()
	var r report
	d := json.NewDecoder(strings.NewReader(o.stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v in\n%s%s", err, o.stdout, o.stderr)
	}
	if r.Findings == nil || r.Unknown == nil {
		t.Errorf("null in\n%s", o.stdout)
	}
	return r
}

func (r report) of(pid int) *finding {
	for _, f := range r.Findings {
		if f.PID == pid {
			return &f
		}
	}
	return nil
}

func TestUmask(t *testing.T) {
	open, half, good := startIdle(t, "open", 0), startIdle(t, "half", 0o002), startIdle(t, "good", 0o027)
	user := userName(int64(os.Geteuid()))

	o := runAudit(t, nil)
	o.wantRow(t, open, user, "0000", "open", "umask", "lacks", "0022")
	o.wantRow(t, half, user, "0002", "half", "umask", "lacks", "0020")
	o.wantNoRow(t, good)
	if heading := strings.Fields(strings.SplitN(o.stdout, "\n", 2)[0]); !slices.Equal(heading, []string{"PID", "USER", "UMASK", "NAME", "PROBLEM"}) {
		t.Errorf("heading %q", heading)
	}

	o = runAudit(t, nil, "-umask", "027")
	o.wantRow(t, half, user, "0002", "half", "umask", "lacks", "0025")
	o.wantNoRow(t, good)
	o = runAudit(t, nil, "-umask", "077")
	o.wantRow(t, good, user, "0027", "good", "umask", "lacks", "0050")
	o = runAudit(t, nil, "-umask", "0")
	o.wantNoRow(t, open)

	o = runAudit(t, nil, "-json")
	r := o.report(t)
	f := r.of(open)
	if o.status != statusFound || f == nil || f.Name != "open" || f.UID != int64(os.Geteuid()) || f.Umask != "0000" ||
		!slices.Equal(f.Problems, []string{"umask lacks 0022"}) {
		t.Errorf("status %d, %+v", o.status, f)
	}
	if f := r.of(good); f != nil {
		t.Errorf("%+v", f)
	}
	if !slices.IsSortedFunc(r.Findings, func(a, b finding) int { return a.PID - b.PID }) {
		t.Errorf("not in order: %+v", r.Findings)
	}
}

func TestHostileName(t *testing.T) {
	pid := startIdle(t, "\x1b[2J\n1\troot\xff\u009b", 0)
	const want = `\x1b[2J\n1\troot\xff\u009b`
	o := runAudit(t, nil)
	o.wantRow(t, pid, userName(int64(os.Geteuid())), "0000", want, "umask", "lacks", "0022")
	if f := runAudit(t, nil, "-json").report(t).of(pid); f == nil || f.Name != want {
		t.Errorf("%+v", f)
	}
}

// TestGroups: what root started for somebody else, and did or did not clean up.
func TestGroups(t *testing.T) {
	start := func(name string, groups ...uint32) int {
		cmd := idleCommand(t, name, 0o022)
		childtest.As(t, cmd, otherUser, groups...)
		childtest.Start(t, cmd)
		return cmd.Process.Pid
	}
	kept, clean, none := start("kept", 0, otherUser), start("clean", otherUser, otherUser+1), start("none")
	roots := idleCommand(t, "roots", 0o022)
	roots.SysProcAttr.Credential = &syscall.Credential{Groups: []uint32{0, otherUser}}
	childtest.Start(t, roots)

	user := userName(otherUser)
	o := runAudit(t, nil)
	o.wantRow(t, kept, user, "0022", "kept", "kept", "group", "0")
	for _, pid := range []int{clean, none, roots.Process.Pid} {
		o.wantNoRow(t, pid)
	}
	o = runAudit(t, nil, "-drop", fmt.Sprintf("%d,0,27", otherUser))
	o.wantRow(t, kept, user, "0022", "kept", "kept", "groups", "0", strconv.Itoa(otherUser))
	o.wantRow(t, clean, user, "0022", "clean", "kept", "group", strconv.Itoa(otherUser))
	for _, pid := range []int{none, roots.Process.Pid} {
		o.wantNoRow(t, pid)
	}
	o = runAudit(t, nil, "-drop", "")
	o.wantNoRow(t, kept)

	f := runAudit(t, nil, "-json").report(t).of(kept)
	if f == nil || f.UID != otherUser || !slices.Equal(f.Groups, []uint32{0, otherUser}) || !slices.Equal(f.Problems, []string{"kept group 0"}) {
		t.Errorf("%+v", f)
	}
}

// TestOwnGroups is what an ordinary user can try: its processes have its groups.
func TestOwnGroups(t *testing.T) {
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 || len(groups) == 0 {
		t.Skip("for an ordinary user with supplementary groups")
	}
	pid := startIdle(t, "own", 0o022)
	o := runAudit(t, nil, "-drop", strconv.Itoa(groups[0]))
	o.wantRow(t, pid, userName(int64(os.Geteuid())), "0022", "own", "kept", "group", strconv.Itoa(groups[0]))
}

// fakeProc makes files like those of procfs, readable for other users too. Those whose text is "denied" nobody may read.
func fakeProc(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := os.MkdirTemp("", "procinfo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	dirs := []string{root}
	for name, text := range files {
		name = filepath.Join(root, name)
		dirs = append(dirs, filepath.Dir(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if text == "denied" {
			mode = 0
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range dirs { // whatever the umask
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func fakeStatus(umask string, uid, euid int, groups string) string {
	if umask != "" {
		umask = "Umask:\t" + umask + "\n"
	}
	return fmt.Sprintf("Name:\tfake\n%sState:\tS (sleeping)\nUid:\t%d\t%d\t0\t0\nGroups:\t%s \nVmSize:\t8 kB\nThreads:\t1\n", umask, uid, euid, groups)
}

// in has the program look at another procfs, as a user who may not read everything.
func in(t *testing.T, root string) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, "HOST_PROC="+root)
		if os.Getuid() == 0 {
			childtest.As(t, cmd, otherUser)
		}
	}
}

func TestStatus(t *testing.T) {
	good, bad := fakeStatus("0022", 0, 0, "0 1"), fakeStatus("0000", 0, 0, "")
	zombie := strings.NewReplacer("S (sleeping)", "Z (zombie)", "VmSize:\t8 kB\n", "").Replace(fakeStatus("", 5, 5, "0"))
	for _, test := range []struct {
		name   string
		files  map[string]string
		status int
		found  []int
		stderr string
	}{
		{"clean", map[string]string{"1/status": good}, statusClean, nil, ""},
		{"found", map[string]string{"1/status": good, "2/status": bad}, statusFound, []int{2}, ""},
		{"effective user", map[string]string{"1/status": good, "3/status": fakeStatus("0077", 0, 9, "0 4"), "2/status": fakeStatus("0022", 9, 0, "0")},
			statusFound, []int{3}, ""},
		{"gone, and a zombie", map[string]string{"1/status": good, "2/comm": "gone\n", "3/status": zombie, "3/stat": "3 (x) Z 1 3 3 0 -1\n"}, statusClean, nil, ""},
		{"denied", map[string]string{"1/status": good, "2/status": "denied", "3/status": "denied"}, statusFailed, nil,
			"audit: not examined, access denied: permission denied: processes 2, 3\n"},
		{"denied and found", map[string]string{"1/status": bad, "2/status": "denied"}, statusFound, []int{1},
			"audit: not examined, access denied: permission denied: process 2\n"},
		{"no umask, as before Linux 4.7", map[string]string{"1/status": fakeStatus("", 0, 0, "0")}, statusFailed, nil,
			"audit: not examined, unsupported operation: process 1\n"},
		{"no umask, but groups", map[string]string{"1/status": fakeStatus("", 7, 7, "0")}, statusFound, []int{1}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := fakeProc(t, test.files)
			o := runAudit(t, in(t, root))
			if o.status != test.status || o.stderr != test.stderr {
				t.Errorf("status %d, want %d; %q, want %q\n%s", o.status, test.status, o.stderr, test.stderr, o.stdout)
			}
			if rows := strings.Count(o.stdout, "\n"); rows != 0 && rows != len(test.found)+1 || (rows == 0) != (len(test.found) == 0) {
				t.Errorf("%d lines, want rows of %d:\n%s", rows, test.found, o.stdout)
			}
			r := runAudit(t, in(t, root), "-json")
			var found []int
			for _, f := range r.report(t).Findings {
				found = append(found, f.PID)
			}
			if r.status != test.status || !slices.Equal(found, test.found) {
				t.Errorf("JSON: status %d, found %d, want %d, %d", r.status, found, test.status, test.found)
			}
			if unknown := len(r.report(t).Unknown); (unknown > 0) != (test.stderr != "") {
				t.Errorf("JSON: %d unknown, %q", unknown, r.stderr)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"-h", statusClean, "-drop"},
		{"-x", statusFailed, "-x"},
		{"more", statusFailed, `unexpected argument "more"`},
		{"-umask 088", statusFailed, "not an octal mask"},
		{"-umask 1000", statusFailed, "not an octal mask"},
		{"-drop 0,,1", statusFailed, `no group ""`},
		{"-drop 4294967296", statusFailed, `no group "4294967296"`},
		{"-umask 0 -drop=", statusFailed, "both rules are switched off"},
	} {
		o := runAudit(t, nil, strings.Split(test.args, " ")...)
		if o.status != test.status || !strings.Contains(o.stderr, test.want) || o.stdout != "" {
			t.Errorf("%s: status %d, want %d with %q: %q, %q", test.args, o.status, test.status, test.want, o.stderr, o.stdout)
		}
	}
	o := runAudit(t, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "HOST_PROC="+t.TempDir()+"/none") })
	if o.status != statusFailed || !strings.Contains(o.stderr, "no procfs at") {
		t.Errorf("%+v", o)
	}
}

func TestSummary(t *testing.T) {
	var many []unexamined
	for pid := range 13 {
		many = append(many, unexamined{pid, "denied"})
	}
	many = append(many, unexamined{99, "broken"})
	want := []string{"not examined, broken: process 99", "not examined, denied: processes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more"}
	if got := summary(many); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
