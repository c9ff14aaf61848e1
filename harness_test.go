// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
)

// The suite needs nothing but its own test binary: children whose state is known are that binary again, told by the
// environment what to be. It is built with go test -c for each system and runs there as root and as an ordinary user.

const (
	childEnv = "PROCINFO_TEST_CHILD" // what to be, as JSON

	// execEnv names the emulator to start children with, where the kernel itself cannot run the test binary.
	execEnv = "PROCINFO_TEST_EXEC"
)

// childState is what a child makes of itself before it says that it is ready.
type childState struct {
	Role            string // a function of roles to run instead of waiting
	Args            []string
	User            *user // only root can
	Setsid, Setpgid bool
	Umask           int
	Ignored         []int
	Caught          []int // these alone; nil leaves Go's own handlers
	Blocked         []int // still children only
	Undumpable      bool  // likewise, on Linux: nobody may trace it
	Limits          map[procinfo.Resource]procinfo.Limits
}

type user struct {
	UID, GID uint32
	Groups   []uint32
}

// roles are what children can do but wait. What one returns is printed as JSON.
var roles = map[string]func(args []string) any{
	"report": func(args []string) any { return reportOn(args) },
}

func init() {
	// The main thread is the one whose mask counts, so the child's main goroutine has to stay on it.
	if os.Getenv(childEnv) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		var s childState
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			fail(err)
		}
		beChild(s)
		os.Exit(0)
	}
	code := m.Run()
	for _, f := range atExit {
		f()
	}
	os.Exit(code)
}

func fail(err error) {
	fmt.Println("failed:", err)
	os.Exit(3)
}

func beChild(s childState) {
	if s.Role != "" {
		out, _ := json.Marshal(roles[s.Role](s.Args))
		fmt.Printf("%s\n", out)
		return
	}
	setUmask(s.Umask)
	for _, sig := range s.Ignored {
		ignore(sig)
	}
	if s.Caught != nil {
		if err := keepHandlers(s.Caught, s.Ignored); err != nil {
			fail(err)
		}
	}
	for r, l := range s.Limits {
		if err := setOwnLimit(int(r), l.Soft, l.Hard); err != nil {
			fail(err)
		}
	}
	fmt.Println("ready")
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		if err := obey(strings.Fields(commands.Text())); err != nil {
			fail(err)
		}
		fmt.Println("done")
	}
}

// selfArgs are the words that start this program again.
func selfArgs() []string {
	exe, err := os.Executable()
	if err != nil {
		fail(err)
	}
	if emulator := os.Getenv(execEnv); emulator != "" {
		path, err := exec.LookPath(emulator)
		if err != nil {
			fail(err)
		}
		return []string{path, exe}
	}
	return []string{exe}
}

// child is a running one.
type child struct {
	*exec.Cmd // nil for a still one
	Process   *os.Process
	Pid       int
	in        io.WriteCloser
	out       *bufio.Reader
}

// command prepares a child; more can be set before start.
func command(t testing.TB, s childState) *child {
	t.Helper()
	exe, err := publicCopy()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	if emulator := os.Getenv(execEnv); emulator != "" {
		cmd = exec.Command(emulator, exe)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), childEnv+"="+string(text), "GOCOVERDIR="+os.TempDir())
	cmd.Stderr = os.Stderr
	c := &child{Cmd: cmd}
	prepare(c, s)
	return c
}

// publicCopy is this binary, as a copy that every user can run.
var publicCopy = sync.OnceValues(func() (string, error) {
	exe, err := os.Executable()
	if err != nil || os.Getuid() != 0 {
		return exe, err
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "procinfo")
	if err != nil {
		return "", err
	}
	atExit = append(atExit, func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	exe = filepath.Join(dir, "test.exe")
	if err := os.WriteFile(exe, data, 0o700); err != nil {
		return "", err
	}
	return exe, os.Chmod(exe, 0o755) // whatever our umask is
})

var atExit []func()

// start starts the child and waits until it is ready. It ends with the test.
func (c *child) start(t testing.TB) *child {
	t.Helper()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	c.in, c.out, c.Process, c.Pid = in, bufio.NewReader(out), c.Cmd.Process, c.Cmd.Process.Pid
	t.Cleanup(c.stop)
	c.expect(t, "ready")
	return c
}

func start(t testing.TB, s childState) *child { return command(t, s).start(t) }

func (c *child) expect(t testing.TB, want string) {
	t.Helper()
	line, err := c.out.ReadString('\n')
	if line != want+"\n" {
		t.Fatalf("child says %q, %v; want %q", line, err, want)
	}
}

// tell has the child obey a command.
func (c *child) tell(t testing.TB, words ...any) {
	t.Helper()
	fmt.Fprintln(c.in, words...)
	c.expect(t, "done")
}

// stop ends the child and reaps it.
func (c *child) stop() {
	c.Process.Kill()
	if c.Cmd == nil {
		c.Process.Wait()
	} else if c.ProcessState == nil {
		c.in.Close()
		c.Wait()
	}
}

// run runs a child with a role and returns what it printed.
func (c *child) run(t testing.TB, result any) {
	t.Helper()
	out, err := c.Output()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	if err := json.Unmarshal(out, result); err != nil {
		t.Fatalf("child said %q: %v", out, err)
	}
}

// moreHandles are other ways to hold on to a process; each asks for its umask and sets its limits, and returns the first
// error or, where both succeed, none.
var moreHandles = func(pid int) map[string]func(*procinfo.Limits) error { return nil }

// kinds are the errors that a program can tell apart.
var kinds = []struct {
	name string
	err  error
}{
	{"no such process", procinfo.ErrNoSuchProcess},
	{"zombie", procinfo.ErrZombieProcess},
	{"denied", procinfo.ErrAccessDenied},
	{"unsupported", errors.ErrUnsupported},
	{"invalid resource", procinfo.ErrInvalidResource},
	{"invalid limits", procinfo.ErrInvalidLimits},
}

// kindOf names the kind of err, "" for nil. An error of two kinds, or of none, or that is no *Error, is named as such.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	var found []string
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			found = append(found, k.name)
		}
	}
	if e := new(procinfo.Error); !errors.As(err, &e) {
		found = append(found, "not wrapped")
	}
	if len(found) != 1 {
		return fmt.Sprintf("%q is of the kinds %q", err, found)
	}
	return found[0]
}

func wantKind(t testing.TB, err error, kind string) {
	t.Helper()
	if got := kindOf(err); got != kind {
		t.Errorf("got error %v, kind %q; want kind %q", err, got, kind)
	}
}

// features are the reading functions, each giving a text that can be compared.
var features = []struct {
	name string
	by   func(proc any) (string, error)
}{
	{"umask", func(p any) (string, error) {
		v, err := call(p, procinfo.GetUmask[int], procinfo.GetUmask[*os.Process])
		return fmt.Sprintf("%04o", v), err
	}},
	{"groups", func(p any) (string, error) {
		v, err := call(p, procinfo.GetGroups[int], procinfo.GetGroups[*os.Process])
		return fmt.Sprint(v), err
	}},
	{"rlimit", func(p any) (string, error) {
		v, err := call(p,
			func(pid int) (procinfo.Limits, error) { return procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE) },
			func(p *os.Process) (procinfo.Limits, error) { return procinfo.GetRlimit(p, procinfo.RLIMIT_NOFILE) })
		return v.String(), err
	}},
	{"sigmasks", func(p any) (string, error) {
		v, err := call(p, procinfo.GetSigmasks[int], procinfo.GetSigmasks[*os.Process])
		return fmt.Sprint(v), err
	}},
	{"pgid", func(p any) (string, error) {
		v, err := call(p, procinfo.Getpgid[int], procinfo.Getpgid[*os.Process])
		return fmt.Sprint(v), err
	}},
	{"sid", func(p any) (string, error) {
		v, err := call(p, procinfo.Getsid[int], procinfo.Getsid[*os.Process])
		return fmt.Sprint(v), err
	}},
}

func call[T any](p any, byPID func(int) (T, error), byHandle func(*os.Process) (T, error)) (T, error) {
	if pid, ok := p.(int); ok {
		return byPID(pid)
	}
	return byHandle(p.(*os.Process))
}

// promised tells which systems have a feature; there, unsupported is a failure.
var promised = map[string][]string{
	"umask":      {"linux", "freebsd"},
	"groups":     {"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos"},
	"rlimit":     {"linux", "freebsd", "netbsd", "dragonfly"},
	"set rlimit": {"linux", "freebsd", "netbsd"},
	"sigmasks":   {"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos"},
	"pgid":       {"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos"},
	"sid":        {"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos"},

	"rlimit of a zombie":   {"linux"},
	"groups of a zombie":   {"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly"},
	"sigmasks of a zombie": {"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly"},
	"sid of a zombie":      {"linux", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos"},
}

func promises(feature string) bool {
	goos := runtime.GOOS
	switch goos {
	case "android":
		goos = "linux"
	case "ios":
		goos = "darwin"
	}
	return slices.Contains(promised[feature], goos)
}

// need skips a test of a feature that this system does not have for other processes, and makes sure that it says so.
func need(t testing.TB, feature string) {
	t.Helper()
	if promises(feature) {
		return
	}
	const other = 1 // init, where there are processes
	if feature == "set rlimit" {
		_, err := procinfo.Rlimit(other, procinfo.RLIMIT_NOFILE, &procinfo.Limits{})
		wantKind(t, err, "unsupported")
	}
	for _, f := range features {
		if f.name == feature {
			_, err := f.by(other)
			wantKind(t, err, "unsupported")
		}
	}
	t.Skipf("%s has no %s", runtime.GOOS, feature)
}

// mayLimitOthers tells whether the system lets this user set the limits of another process of its own.
var mayLimitOthers = func() bool { return true }

// seesUmask tells whether the system lets this user see the umask of another process of its own.
var seesUmask = func() bool { return promises("umask") }

func needRoot(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can make this state")
	}
	// Linux: root of a user namespace has only the users that are mapped there.
	if ids, err := os.ReadFile("/proc/self/uid_map"); err == nil && !slices.Equal(strings.Fields(string(ids)), []string{"0", "0", "4294967295"}) {
		t.Skip("root of a user namespace only")
	}
}

// eventually waits for what the kernel does on its own time.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after 20 s", what)
		}
	}
}

// report is what every reading function says of a process: its value, or the kind of its error after "!".
type report map[string]string

func reportOf(pid int) report {
	r := report{}
	for _, f := range features {
		v, err := f.by(pid)
		if err != nil {
			v = "!" + kindOf(err)
		}
		r[f.name] = v
	}
	return r
}

// reportOn reports on each PID given, in order.
func reportOn(pids []string) []report {
	var all []report
	for _, text := range pids {
		var pid int
		fmt.Sscan(text, &pid)
		all = append(all, reportOf(pid))
	}
	return all
}

// reportFrom gives an Info the form of a report.
func reportFrom(i procinfo.Info) report {
	r := report{}
	put := func(f procinfo.Field, name, v string) {
		if err := i.Err(f); err != nil {
			v = "!" + kindOf(err)
		}
		r[name] = v
	}
	put(procinfo.FieldUmask, "umask", fmt.Sprintf("%04o", i.Umask))
	put(procinfo.FieldGroups, "groups", fmt.Sprint(i.Groups))
	put(procinfo.FieldSigmasks, "sigmasks", fmt.Sprint(i.Sigmasks))
	put(procinfo.FieldPgid, "pgid", fmt.Sprint(i.Pgid))
	put(procinfo.FieldSid, "sid", fmt.Sprint(i.Sid))
	put(procinfo.FieldRlimits, "rlimit", i.Rlimits[procinfo.RLIMIT_NOFILE].String())
	return r
}

// truthOf is what f says of p, with its kind for an error.
func truthOf(f func(any) (string, error), p any) string {
	v, err := f(p)
	if err != nil {
		return "!" + kindOf(err)
	}
	return v
}

// checkEverywhere asks about a process in every way. What is left out of want is not compared.
func checkEverywhere(t *testing.T, pid int, handle *os.Process, want report) {
	t.Helper()
	compare := func(how string, got report) {
		t.Helper()
		for name, truth := range want {
			if got[name] != truth {
				t.Errorf("%s, %s: got %s, want %s", name, how, got[name], truth)
			}
		}
	}
	ask := func(how string, p any) {
		t.Helper()
		got := report{}
		for _, f := range features {
			got[f.name] = truthOf(f.by, p)
		}
		compare(how, got)
	}
	ask("by PID", pid)
	ask("by handle", handle)
	procinfo.Oneshot(pid, func() error {
		ask("by PID, Oneshot by PID", pid)
		ask("by handle, Oneshot by PID", handle)
		ask("again", pid)
		return nil
	})
	procinfo.Oneshot(handle, func() error {
		ask("by PID, Oneshot by handle", pid)
		ask("by handle, Oneshot by handle", handle)
		return nil
	})
	info, err := procinfo.Get(pid)
	if err != nil {
		t.Errorf("Get: %v", err)
	}
	compare("Get", reportFrom(info))
	if info, err = procinfo.Get(handle); err != nil {
		t.Errorf("Get by handle: %v", err)
	}
	compare("Get by handle", reportFrom(info))
	seen := 0
	for info, err := range procinfo.All() {
		if info.PID != pid {
			continue
		}
		seen++
		if err != nil {
			t.Errorf("All: %v", err)
		}
		compare("All", reportFrom(info))
	}
	if seen != 1 {
		t.Errorf("All: seen %d times", seen)
	}
}
