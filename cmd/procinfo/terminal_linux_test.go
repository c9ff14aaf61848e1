// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A pty is a pseudo-terminal, and what has been written on it.
type pty struct {
	master, terminal *os.File

	mu   sync.Mutex
	more *sync.Cond
	text []byte
	err  error
}

func newPty(t *testing.T, rows, columns uint16) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns}); err != nil {
		t.Fatal(err)
	}
	p := &pty{master: master, terminal: terminal}
	p.more = sync.NewCond(&p.mu)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			p.mu.Lock()
			p.text, p.err = append(p.text, buf[:n]...), err
			p.more.Broadcast()
			p.mu.Unlock()
			if err != nil { // EIO when nobody has the terminal open any more
				return
			}
		}
	}()
	t.Cleanup(func() {
		terminal.Close()
		<-ended
	})
	return p
}

// start has the command use the terminal for everything, and be controlled by it.
func (p *pty) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	unignored(t, os.Interrupt)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.terminal, p.terminal, p.terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// wait waits until something has been written n times, and returns all that has been written.
func (p *pty) wait(t *testing.T, what string, n int) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for bytes.Count(p.text, []byte(what)) < n {
		if p.err != nil {
			t.Fatalf("%v: no %d times %q in %q", p.err, n, what, p.text)
		}
		p.more.Wait()
	}
	return string(p.text)
}

// onTerminal runs the command and returns what it wrote.
func onTerminal(t *testing.T, env []string, args ...string) string {
	t.Helper()
	p := newPty(t, 24, 80)
	cmd := procinfoCommand(t, args...)
	cmd.Env = append(cmd.Env, env...)
	p.start(t, cmd)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%q: %v", args, err)
	}
	const end = "that is all"
	if _, err := p.terminal.WriteString(end); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(p.wait(t, end, 1), end)
}

func TestColours(t *testing.T) {
	pid := strconv.Itoa(child(t, ""))
	for _, test := range []struct {
		env      []string
		coloured bool
	}{
		{[]string{"TERM=xterm", "NO_COLOR="}, true},
		{[]string{"TERM=xterm", "NO_COLOR=1"}, false},
		{[]string{"TERM=dumb", "NO_COLOR="}, false},
		{[]string{"TERM=", "NO_COLOR="}, false},
	} {
		for _, args := range [][]string{{pid}, {"-a"}, {"limit", pid}} {
			if got := onTerminal(t, test.env, args...); strings.Contains(got, "\x1b[1m") != test.coloured || strings.Contains(got, "\x1b") != test.coloured {
				t.Errorf("%q, %q: %q", test.env, args, got)
			}
		}
		if got := onTerminal(t, test.env, "-json", pid); strings.Contains(got, "\x1b") {
			t.Errorf("%q, -json: %q", test.env, got)
		}
	}
}

// TestWatchTerminal ends it as a user does, and finds the terminal as it was.
func TestWatchTerminal(t *testing.T) {
	pid := strconv.Itoa(child(t, ""))
	const home, clear, rest = "\x1b[H", "\x1b[2J", "\x1b[J"
	for _, args := range [][]string{{pid}, {"-a"}, {pid, pid, nobody}} {
		p := newPty(t, 10, 30)
		before, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		cmd := procinfoCommand(t, append([]string{"-watch", "0.1"}, args...)...)
		cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=")
		p.start(t, cmd)
		text := p.wait(t, rest, 3)
		if _, err := p.master.Write([]byte{3}); err != nil { // control-C
			t.Fatal(err)
		}
		cmd.Wait()
		want := statusOK
		if args[len(args)-1] == nobody {
			want = statusFailed
		}
		if status := cmd.ProcessState.ExitCode(); status != want {
			t.Errorf("%q: status %d", args, status)
		}
		after, err := unix.IoctlGetTermios(int(p.terminal.Fd()), unix.TCGETS)
		if err != nil || *after != *before {
			t.Errorf("%q: the terminal is not what it was: %+v, %v, want %+v", args, after, err, before)
		}

		frames := strings.Split(text, rest)
		for i, frame := range frames[:3] {
			start := home
			if i == 0 {
				start = clear + home
			}
			frame, ok := strings.CutPrefix(frame, start)
			if !ok || strings.Contains(frame, clear) || !strings.Contains(frame, "every 100ms, ") {
				t.Errorf("%q: frame %d is %q", args, i, frame)
			}
			lines := strings.Split(strings.TrimSuffix(frame, "\r\n"), "\r\n")
			if len(lines) > 9 {
				t.Errorf("%q: %d lines on a terminal of 10: %q", args, len(lines), frame)
			}
			for _, line := range lines {
				line, ok := strings.CutPrefix(line, "\x1b[K")
				if n := paintedWidth(line); !ok || n > 30 {
					t.Errorf("%q: line of %d columns: %q", args, n, line)
				}
				if n := strings.Count(line, "\x1b"); n > 0 && !strings.HasSuffix(line, paintEnd) && strings.LastIndex(line, "\x1b") != strings.LastIndex(line, paintEnd) {
					t.Errorf("%q: still coloured after %q", args, line)
				}
			}
		}
	}
}

// TestWatchDumb: a terminal without escape sequences gets one block after the other.
func TestWatchDumb(t *testing.T) {
	pid := strconv.Itoa(child(t, ""))
	p := newPty(t, 10, 30)
	cmd := procinfoCommand(t, "-watch", "0.1", pid)
	cmd.Env = append(cmd.Env, "TERM=dumb", "NO_COLOR=")
	p.start(t, cmd)
	text := p.wait(t, "\r\n\r\n"+pid, 2)
	if strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
	if _, err := p.master.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
