// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gopsutil-extra/procinfo"
)

const (
	runEnv   = "PROCINFO_TEST_RUN"   // set in children that are the command
	childEnv = "PROCINFO_TEST_CHILD" // set in children; the name that one gives itself on Linux

	// execEnv names the emulator to start children with, where the kernel itself cannot run the test binary.
	execEnv = "PROCINFO_TEST_EXEC"
)

func TestMain(m *testing.M) {
	if os.Getenv(runEnv) != "" {
		main()
	}
	if name, ok := os.LookupEnv(childEnv); ok {
		if name != "" {
			if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// command is the test binary, to be started once more. It is killed when the test ends.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("no processes here")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	if emulator := os.Getenv(execEnv); emulator != "" {
		cmd = exec.Command(emulator, append([]string{exe}, args...)...)
	}
	t.Cleanup(func() {
		if cmd.Process != nil && cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return cmd
}

// procinfoCommand is procinfo with arguments, to be started. It writes to stderr what it fails at.
func procinfoCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, args...)
	cmd.Env = append(os.Environ(), runEnv+"=1")
	return cmd
}

// child starts the test binary again, to wait until the test ends, and returns its PID.
func child(t *testing.T, name string) int {
	t.Helper()
	return startChild(t, name).Process.Pid
}

func startChild(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	cmd := command(t)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	return cmd
}

// needs skips a test where this system cannot do what it is about; on Linux it can.
func needs(t *testing.T, err error) {
	t.Helper()
	if runtime.GOOS != "linux" && errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func needsGet(t *testing.T) {
	t.Helper()
	_, err := procinfo.Get(os.Getpid())
	needs(t, err)
}

// call runs the command and checks that it reported nothing or whole lines.
func call(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	status, stdout, stderr = callTabbed(t, args...)
	if strings.Contains(stdout, "\t") {
		t.Errorf("%q: a tab in %q", args, stdout)
	}
	return status, stdout, stderr
}

// callTabbed is call for what may have tabs in its output.
func callTabbed(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(args, &out, &err)
	for _, text := range []string{strings.ReplaceAll(out.String(), "\t", " "), err.String()} {
		if text != "" && !strings.HasSuffix(text, "\n") {
			t.Errorf("%q: no end of line in %q", args, text)
		}
		if !utf8.ValidString(text) || strings.Trim(text, "\n") != strings.Map(keepPrintable, strings.Trim(text, "\n")) {
			t.Errorf("%q: not printable: %q", args, text)
		}
	}
	for line := range strings.Lines(err.String()) {
		if !strings.HasPrefix(line, "procinfo: ") || strings.Contains(line, "procinfo: procinfo:") {
			t.Errorf("%q: %q on stderr", args, line)
		}
	}
	return status, out.String(), err.String()
}

func keepPrintable(r rune) rune {
	if r == '\n' || strconv.IsPrint(r) {
		return r
	}
	return -1
}

// nobody is a PID that no process has.
const nobody = "2147483647"

func TestUsage(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for _, test := range []struct {
		args string // separated by blanks
		want string
	}{
		{"-x", `unknown flag "-x"`},
		{"-", `not a PID: "-"`},
		{"-json=1 1", `-json takes no value: "-json=1"`},
		{"-xyz=1 1", `unknown flag "-xyz=1"`},
		{"---a", `unknown flag "---a"`},
		{"1x", `not a PID: "1x"`},
		{"0x10", `not a PID: "0x10"`},
		{"+1", `not a PID: "+1"`},
		{"1.0", `not a PID: "1.0"`},
		{"1_0", `not a PID: "1_0"`},
		{"-5", `not a PID: "-5"`},
		{"-- -5", `not a PID: "-5"`},
		{self + " 1x", `not a PID: "1x"`},
		{"-- -json", `flags go before PIDs: "-json"`},
		{self + " -json", `flags go before PIDs: "-json"`},
		{self + " -user=0", `flags go before PIDs: "-user=0"`},
		{self + " -x", `unknown flag "-x"`},
		{"sh\x1b[2J\n", `not a PID: "sh\x1b[2J\n"`},
		{"\xff", `not a PID: "\xff"`},
		{"-\xff\r", `unknown flag "-\xff\r"`},
		{"-a 1", `no PID such as "1"`},
		{"-a limit", `limit takes no flags: -a`},
		{"-json limit 1", `limit takes no flags: -json`},
		{"-watch 1 completion bash", `completion takes no flags: -watch`},
		{"completion", "completion is for one of bash, zsh, fish"},
		{"completion tcsh", "completion is for one of bash, zsh, fish"},
		{"completion bash zsh", "completion is for one of bash, zsh, fish"},
		{"-user 0", "-user is of use with -a only"},
		{"-sort pid " + self, "-sort is of use with -a only"},
		{"-umask 22 -json " + self, "-umask is of use with -a only"},
		{"-a -user", "-user needs its value: NAME|UID"},
		{"-a -user=", `no such user: ""`},
		{"-a -user no\x1bbody:", `no such user: "no\x1bbody:"`},
		{"-a -user 4294967296", `not a user: "4294967296"`},
		{"-a -user -1", `no such user: "-1"`},
		{"-a -pgid x", `bad -pgid "x"`},
		{"-a -pgid -1", `bad -pgid "-1"`},
		{"-a -sid=+1", `bad -sid "+1"`},
		{"-a -sid 2147483648", `bad -sid "2147483648"`},
		{"-a -umask 8", `bad -umask "8"`},
		{"-a -umask 10000", `bad -umask "10000"`},
		{"-a -umask 0o22", `bad -umask "0o22"`},
		{"-a -umask -2", `bad -umask "-2"`},
		{"-a -sort size", `no column "size" to sort by: it is one of pid, user, `},
		{"-a -sort --pid", `no column "-pid"`},
		{"-watch 0 " + self, `bad -watch "0"`},
		{"-watch 0.09 " + self, `bad -watch "0.09"`},
		{"-watch -1 " + self, `bad -watch "-1"`},
		{"-watch x " + self, `bad -watch "x"`},
		{"-watch 1s " + self, `bad -watch "1s"`},
		{"-watch NaN " + self, `bad -watch "NaN"`},
		{"-watch inf " + self, `bad -watch "inf"`},
		{"-watch 1e3 " + self, `bad -watch "1e3"`},
		{"-watch 0x1p1 " + self, `bad -watch "0x1p1"`},
		{"-watch 1_0 " + self, `bad -watch "1_0"`},
		{"-watch 1.0.0 " + self, `bad -watch "1.0.0"`},
		{"-watch . " + self, `bad -watch "."`},
		{"-watch 1000001 " + self, `bad -watch "1000001"`},
		{"-watch= " + self, `bad -watch ""`},
		{"-watch", "-watch needs its value: SECONDS"},
		{"limit", "no PID given"},
		{"limit NOFILE", `not a PID: "NOFILE"`},
		{"limit -json 1", `limit takes no flags: "-json"`},
		{"limit -5", `not a PID: "-5"`},
		{"limit 1 -x", `limit takes no flags: "-x"`},
		{"limit 1 2", `unknown resource "2"`},
		{"limit 1 NOFILES", `unknown resource "NOFILES"`},
		{"limit 1 =5", `unknown resource ""`},
		{"limit 1 NOFILE=", `bad limit "NOFILE="`},
		{"limit 1 NOFILE=:", `bad limit "NOFILE=:"`},
		{"limit 1 NOFILE=1:2:3", `bad limit`},
		{"limit 1 NOFILE=::", `bad limit`},
		{"limit 1 NOFILE=-1", `bad limit`},
		{"limit 1 NOFILE=+1", `bad limit`},
		{"limit 1 NOFILE=1k", `bad limit`},
		{"limit 1 NOFILE=0x10", `bad limit`},
		{"limit 1 NOFILE=1_000", `bad limit`},
		{"limit 1 NOFILE=5:x", `bad limit`},
		{"limit 1 NOFILE=x:5", `bad limit`},
		{"limit 1 NOFILE=18446744073709551616", `bad limit`},
		{"limit 1 NOFILE=5=6", `bad limit`},
		{"limit 1 NOFILE=6:5", `soft limit above hard limit`},
		{"limit 1 NOFILE=unlimited:5", `soft limit above hard limit`},
	} {
		status, stdout, stderr := call(t, strings.Split(test.args, " ")...)
		if status != statusUsage || stdout != "" {
			t.Errorf("%q: status %d, %q on stdout", test.args, status, stdout)
		}
		if strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: %q, want one line with %q", test.args, stderr, test.want)
		}
	}
	if status, _, stderr := call(t, ""); status != statusUsage || !strings.Contains(stderr, `not a PID: ""`) {
		t.Errorf("empty argument: status %d, %q", status, stderr)
	}
}

// TestNoPID: without anything to show, the synopsis, and nothing else.
func TestNoPID(t *testing.T) {
	for _, args := range [][]string{nil, {"-json"}, {"--"}, {"-watch", "1"}} {
		var stdout, stderr bytes.Buffer
		status := run(args, &stdout, &stderr)
		if status != statusUsage || stdout.Len() > 0 || stderr.String() != synopsis {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout.String(), stderr.String())
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"-help"}, {"--help"}, {"-a", "-h"}, {"-h", "-x"}, {"limit", "-h"}} {
		status, stdout, stderr := call(t, args...)
		if status != statusOK || stdout != help || stderr != "" {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
	if n := strings.Count(help, "\n"); n > 23 { // and a prompt
		t.Errorf("%d lines of help", n)
	}
	for line := range strings.Lines(help) {
		if len(line) > 80 || strings.ContainsRune(line, '\t') {
			t.Errorf("too wide: %q", line)
		}
	}
}

func TestVersion(t *testing.T) {
	status, stdout, stderr := call(t, "-version")
	if status != statusOK || !strings.HasPrefix(stdout, "procinfo ") || stderr != "" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestShow(t *testing.T) {
	needsGet(t)
	pid := child(t, "")
	status, stdout, stderr := call(t, strconv.Itoa(pid))
	if status != statusOK || stderr != "" {
		t.Fatalf("status %d, %q", status, stderr)
	}
	for line := range strings.Lines(stdout) {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("too wide: %q", line)
		}
	}
	if first, _, _ := strings.Cut(stdout, "\n"); !strings.HasPrefix(first, strconv.Itoa(pid)) {
		t.Errorf("heading %q", first)
	}
	for _, name := range []string{"umask", "groups", "pgid", "sid", "limits"} {
		if !strings.Contains(stdout, "\n"+label(name)+" ") {
			t.Errorf("no %s in\n%s", name, stdout)
		}
	}
	if pgid, err := procinfo.Getpgid(pid); err == nil && !strings.Contains(stdout, fmt.Sprintf("%s %d\n", label("pgid"), pgid)) {
		t.Errorf("not pgid %d in\n%s", pgid, stdout)
	}
	if mask, err := procinfo.GetUmask(pid); err == nil && !strings.Contains(stdout, fmt.Sprintf("%s %04o\n", label("umask"), mask)) {
		t.Errorf("not umask %o in\n%s", mask, stdout)
	}
}

func TestMissing(t *testing.T) {
	needsGet(t)
	self := strconv.Itoa(os.Getpid())
	for _, missing := range []string{nobody, "99999999999999", "4294967297", "99999999999999999999999"} {
		status, stdout, stderr := call(t, self, missing, self)
		if status != statusFailed || stderr != "procinfo: "+missing+": no such process\n" {
			t.Errorf("status %d, %q", status, stderr)
		}
		if n := strings.Count("\n"+stdout, "\n"+self); n != 2 {
			t.Errorf("%d of 2 others printed:\n%s", n, stdout)
		}
		status, stdout, stderr = call(t, "limit", missing, "NOFILE=5:")
		if status != statusFailed || stderr != "procinfo: "+missing+": NOFILE: no such process\n" || stdout != "" {
			t.Errorf("status %d, %q, %q", status, stdout, stderr)
		}
	}
	if runtime.GOOS == "linux" {
		for _, args := range [][]string{{"0"}, {"-json", "0"}, {"limit", "0"}} {
			if status, stdout, stderr := call(t, args...); status != statusFailed || stdout != "" || stderr != "procinfo: 0: no such process\n" {
				t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	needsGet(t)
	pids := []int{os.Getpid(), child(t, "")}
	status, stdout, stderr := call(t, "-json", strconv.Itoa(pids[0]), nobody, strconv.Itoa(pids[1]))
	if status != statusFailed || stderr != "procinfo: "+nobody+": no such process\n" {
		t.Errorf("status %d, %q", status, stderr)
	}
	got := jsonLines(t, stdout)
	if len(got) != len(pids) {
		t.Fatalf("%d lines:\n%s", len(got), stdout)
	}
	for i, info := range got {
		if info.PID != pids[i] {
			t.Errorf("PID %d, want %d", info.PID, pids[i])
		}
		want, err := procinfo.Get(pids[i])
		if err != nil {
			t.Fatal(err)
		}
		if info.Umask != want.Umask || info.Pgid != want.Pgid || info.Sid != want.Sid || !slices.Equal(info.Groups, want.Groups) {
			t.Errorf("%+v, want %+v", info, want)
		}
	}
}

func jsonLines(t *testing.T, text string) []procinfo.Info {
	t.Helper()
	var infos []procinfo.Info
	for line := range strings.Lines(text) {
		var info procinfo.Info
		if err := json.Unmarshal([]byte(line), &info); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		infos = append(infos, info)
	}
	return infos
}

// TestUnsupported: where nothing is supported, each way of asking says so in one line.
func TestUnsupported(t *testing.T) {
	if _, err := procinfo.Get(os.Getpid()); !errors.Is(err, errors.ErrUnsupported) {
		t.Skip("something is supported here")
	}
	for _, args := range [][]string{{"1"}, {"-json", "1"}, {"-watch", "0.1", "1"}, {"-watch", "0.1", "-a"}, {"-a"}, {"-a", "-umask", "22"}, {"-a", "-json"}, {"limit", "1"}, {"limit", "1", "NOFILE"}, {"limit", "1", "CORE=0"}} {
		status, stdout, stderr := call(t, args...)
		if status != statusFailed || stdout != "" || strings.Count(stderr, "\n") != 1 ||
			!strings.Contains(stderr, "not supported by this system ("+runtime.GOOS+")") {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}

// broken is a full disk, or a pipe that nobody reads.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestWriteError(t *testing.T) {
	ways := [][]string{{"-h"}, {"-version"}, {"completion", "zsh"}}
	if _, err := procinfo.Get(os.Getpid()); err == nil {
		self := strconv.Itoa(os.Getpid())
		ways = append(ways, []string{"-a"}, []string{"-a", "-json"}, []string{self}, []string{"-watch", "1000", self})
	}
	for _, args := range ways {
		var stderr bytes.Buffer
		status := run(args, broken{}, &stderr)
		if status != statusFailed || !strings.HasSuffix(stderr.String(), "procinfo: no space left on device\n") {
			t.Errorf("%q: status %d, %q", args, status, stderr.String())
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"bash":             "bash",
		"tmux: server":     "tmux: server",
		"größe 猫":          "größe 猫",
		"a\nb\r\t\x00":     `a\nb\r\t\x00`,
		"\x1b[31mroot":     `\x1b[31mroot`,
		"\xff\xfeab\x80":   `\xff\xfeab\x80`,
		"gr\xc3":           `gr\xc3`,
		`a\nb`:             `a\\nb`,
		"'\"":              `'"`,
		"\u202egpj.exe":    `\u202egpj.exe`,
		"\u009b2J\u00a0":   `\u009b2J\u00a0`,
		"\ufeff\U000e0041": `\ufeff\U000e0041`,
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestGroupNames(t *testing.T) {
	lookups := 0
	lookup := func(id uint32) string {
		lookups++
		if id == 4 {
			return "adm"
		}
		return ""
	}
	g := idNames{lookup: lookup}
	if got := strings.Join(g.groupWords([]uint32{4, 7, 4, 4294967295}), " "); got != "4(adm) 7 4(adm) 4294967295" || lookups != 3 {
		t.Errorf("%q, %d look-ups", got, lookups)
	}
	if got := g.groupWords(nil); !slices.Equal(got, []string{"none"}) {
		t.Errorf("no groups: %q", got)
	}
	many := make([]uint32, 65536)
	for i := range many {
		many[i] = uint32(i)
	}
	lookups = 0
	if got := g.groupWords(many); len(got) != groupsShown+1 || lookups > groupsShown || !strings.Contains(got[groupsShown], "65486 more") {
		t.Errorf("%d words, %d look-ups, the last one %q", len(got), lookups, got[len(got)-1])
	}

	// A dead directory service.
	block := make(chan struct{})
	defer close(block)
	lookup = func(uint32) string { <-block; return "late" }
	g = idNames{lookup: lookup, spent: lookupPause - 20*time.Millisecond}
	start := time.Now()
	if got := strings.Join(g.groupWords([]uint32{1, 2, 3}), " "); got != "1 2 3" {
		t.Errorf("%q", got)
	}
	if d := time.Since(start); d > lookupPause {
		t.Errorf("waited %v", d)
	}
}

func TestFewSignals(t *testing.T) {
	none, term := procinfo.NewSignalSet(), procinfo.NewSignalSet(15)
	for _, test := range []struct {
		set        procinfo.SignalSet
		few, count string
	}{
		{none, "none", "0"},
		{term, term.String(), "1"},
	} {
		if few, count := fewSignals(test.set), countSignals(test.set); few != test.few || count != test.count {
			t.Errorf("%v: %q, %q", test.set, few, count)
		}
	}
	many := procinfo.NewSignalSet(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	few := fewSignals(many)
	names, more, _ := strings.Cut(few, "+")
	shown := strings.Split(names, ",")
	if n, _ := strconv.Atoi(more); len(few) > 15 || n+len(shown) != 12 || !slices.Equal(shown, strings.Split(many.String(), ",")[:len(shown)]) {
		t.Errorf("%v: %q", many, few)
	}
}
