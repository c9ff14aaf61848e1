// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// unignored has children start with the signals' default actions, even if ours were started with them ignored.
func unignored(t *testing.T, signals ...os.Signal) {
	t.Helper()
	c := make(chan os.Signal, 1)
	signal.Notify(c, signals...)
	t.Cleanup(func() { signal.Stop(c) })
}

// watcher is procinfo -watch, of which standard output is read.
type watcher struct {
	*exec.Cmd
	out    *bufio.Reader
	stderr bytes.Buffer
}

func watch(t *testing.T, args ...string) *watcher {
	t.Helper()
	w := &watcher{Cmd: procinfoCommand(t, append([]string{"-watch", "0.1"}, args...)...)}
	stdout, err := w.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.out = bufio.NewReader(stdout)
	w.Stderr = &w.stderr
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// line reads lines until one has the prefix.
func (w *watcher) line(t *testing.T, prefix string) string {
	t.Helper()
	for {
		line, err := w.out.ReadString('\n')
		if err != nil {
			t.Fatalf("no line begins with %q: %v", prefix, err)
		}
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
}

// end waits until the watcher has ended and returns its exit status.
func (w *watcher) end(t *testing.T) int {
	t.Helper()
	if _, err := io.Copy(io.Discard, w.out); err != nil {
		t.Fatal(err)
	}
	w.Wait()
	return w.ProcessState.ExitCode()
}

func TestWatchSignal(t *testing.T) {
	needsGet(t)
	n := child(t, "")
	pid := strconv.Itoa(n)
	pgid, err := procinfo.Getpgid(n)
	needs(t, err)
	unignored(t, os.Interrupt, syscall.SIGTERM)
	for _, test := range []struct {
		args   []string
		prefix string
		empty  bool // there are empty lines between the rounds
	}{
		{[]string{pid}, pid, true},
		{[]string{"-json", pid}, `{"pid":` + pid + `,`, false},
		{[]string{"-a", "-pgid", strconv.Itoa(pgid)}, "", true},
		{[]string{"-a", "-json", "-pgid", strconv.Itoa(pgid)}, `{"pid":` + pid + `,`, false},
	} {
		for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			w := watch(t, test.args...)
			for range 3 {
				w.line(t, test.prefix)
				if test.empty {
					w.line(t, "\n")
				}
			}
			if err := w.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			// Of all processes, there may be some that we may not read.
			if status := w.end(t); status != statusOK || test.args[0] != "-a" && w.stderr.Len() > 0 {
				t.Errorf("%q, %v: status %d, %q", test.args, sig, status, w.stderr.String())
			}
		}
	}
}

// TestWatchEnd: when all that it shows have gone, it ends by itself.
func TestWatchEnd(t *testing.T) {
	needsGet(t)
	c := startChild(t, "")
	pid := strconv.Itoa(c.Process.Pid)
	w := watch(t, pid)
	w.line(t, pid)
	c.Process.Kill()
	c.Wait()
	if status := w.end(t); status != statusFailed || !strings.HasSuffix(w.stderr.String(), "procinfo: "+pid+": no such process\n") {
		t.Errorf("status %d, %q", status, w.stderr.String())
	}
}

// TestWatchIgnored: a signal that is ignored from the start, as by nohup(1) or of a shell's background job, does not end it.
func TestWatchIgnored(t *testing.T) {
	needsGet(t)
	pid := strconv.Itoa(child(t, ""))
	unignored(t, syscall.SIGTERM)
	if !signal.Ignored(os.Interrupt) {
		signal.Ignore(os.Interrupt)
		defer signal.Reset(os.Interrupt)
	}
	w := watch(t, pid)
	w.line(t, pid)
	if err := w.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.line(t, pid)
	}
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := w.end(t); status != statusOK {
		t.Errorf("status %d, %q", status, w.stderr.String())
	}
}

// TestWatchClosed: it ends when nobody reads any more.
func TestWatchClosed(t *testing.T) {
	needsGet(t)
	pid := strconv.Itoa(child(t, ""))
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := procinfoCommand(t, "-watch", "0.1", pid)
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if line, err := bufio.NewReader(r).ReadString('\n'); !strings.HasPrefix(line, pid) {
		t.Errorf("%q, %v", line, err)
	}
	r.Close()
	if err := cmd.Wait(); err == nil {
		t.Error("no failure")
	}
}
