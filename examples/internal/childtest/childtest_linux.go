// SPDX-License-Identifier: MIT

package childtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
)

const roleEnv = "PROCINFO_EXAMPLES_ROLE"

func init() {
	// The main thread is the one whose signal mask and name count, so a child's main goroutine has to stay on it.
	if os.Getenv(roleEnv) != "" {
		runtime.LockOSThread()
	}
}

// Main is for TestMain. In a child it runs the role that the child was started for, which finds its arguments in os.Args.
func Main(m *testing.M, roles map[string]func()) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Unsetenv(roleEnv)
		roles[role]()
		os.Exit(0)
	}
	os.Unsetenv("HOST_PROC")
	code := m.Run()
	if copied != "" {
		os.RemoveAll(copied)
	}
	os.Exit(code)
}

// Command prepares a child with a role.
func Command(t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		needThreads(t)
	}
	exe, err := executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = "/" // which other users may enter as well
	cmd.Env = append(os.Environ(), roleEnv+"="+role, "GOCOVERDIR="+os.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	return cmd
}

// As has root start the child as another user; for others it skips the test.
func As(t testing.TB, cmd *exec.Cmd, id uint32, groups ...uint32) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can start processes of another user")
	}
	needThreads(t)
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: id, Gid: id, Groups: groups}
}

// needThreads skips a test whose children could not start the threads that Go wants. Root can start as many as it likes.
func needThreads(t testing.TB) {
	t.Helper()
	const enough = 200
	var l syscall.Rlimit
	if err := syscall.Getrlimit(int(procinfo.RLIMIT_NPROC), &l); err != nil {
		t.Fatal(err)
	}
	if l.Cur < enough && l.Max >= enough {
		l.Cur = enough
		if err := syscall.Setrlimit(int(procinfo.RLIMIT_NPROC), &l); err != nil {
			t.Fatal(err)
		}
	}
	if l.Cur < enough {
		t.Skipf("at most %d threads here, %d needed", l.Cur, enough)
	}
}

// Start starts the child and waits for its first line, which it returns. The child ends with the test.
func Start(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	SkipIfRefused(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("child says %q, %v", line, err)
	}
	return line[:len(line)-1]
}

// SkipIfRefused skips a test if no process could be started for lack of threads or, in a container, of privilege.
func SkipIfRefused(t testing.TB, err error) {
	t.Helper()
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EPERM):
		t.Skipf("cannot start a process here: %v", err)
	case err != nil:
		t.Fatal(err)
	}
}

// Wait is for roles: it says that the child is ready, and waits to be ended.
func Wait(words ...any) {
	fmt.Println(words...)
	io.Copy(io.Discard, os.Stdin)
}

// SetName gives this process another name.
func SetName(name string) {
	if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
		Fail(err)
	}
}

// Fail ends a child that cannot become what it should.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, "child:", err)
	os.Exit(3)
}

// Eventually waits for what does not happen at once. why tells what is still missing, or nothing.
func Eventually(t testing.TB, why func() string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		missing := why()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 30 s: %s", missing)
		}
	}
}

var copied string // a directory

// executable is this binary; for root a copy that every user can run.
var executable = sync.OnceValues(func() (string, error) {
	exe, err := os.Executable()
	if err != nil || os.Getuid() != 0 {
		return exe, err
	}
	if copied, err = os.MkdirTemp("", "procinfo"); err != nil {
		return "", err
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		return "", err
	}
	exe = filepath.Join(copied, "test.exe")
	if err := os.WriteFile(exe, data, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{copied, exe} { // whatever the umask
		if err := os.Chmod(name, 0o755); err != nil {
			return "", err
		}
	}
	return exe, nil
})
