// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// nursery is a process of this program that has children which do nothing but wait, and reaps them when it is told to end.
type nursery struct {
	cmd   *exec.Cmd
	stdin io.Closer
	pids  []int
}

const nurseryVar = "PROCINFO_BENCH_NURSERY"

// startNursery starts n children that have that many supplementary groups; with 0 it leaves them those that we have.
func startNursery(n, groups int) (*nursery, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = []string{fmt.Sprintf("%s=%d %d", nurseryVar, n, groups)}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &nursery{cmd: cmd, stdin: stdin}
	lines := bufio.NewScanner(stdout)
	for len(s.pids) < n && lines.Scan() {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			s.stop()
			return nil, errors.New(lines.Text())
		}
		s.pids = append(s.pids, pid)
	}
	if len(s.pids) < n {
		s.stop()
		return nil, fmt.Errorf("%d of %d children started", len(s.pids), n)
	}
	return s, nil
}

func (s *nursery) stop() {
	s.stdin.Close()
	s.cmd.Wait()
}

// runNursery is that process. It does not return if this is one.
func runNursery() {
	spec := os.Getenv(nurseryVar)
	if spec == "" {
		return
	}
	runtime.LockOSThread() // the children are told when the thread that forked them ends
	os.Exit(nurse(spec))
}

func nurse(spec string) int {
	var n, groups int
	if _, err := fmt.Sscan(spec, &n, &groups); err != nil {
		fmt.Println(err)
		return 2
	}
	if groups > 0 {
		if err := unix.Setgroups(someGroups(groups)); err != nil {
			fmt.Println("setgroups:", err)
			return 1
		}
	}
	var pids []int
	defer func() {
		for _, pid := range pids {
			unix.Kill(pid, unix.SIGKILL)
		}
		for _, pid := range pids {
			unix.Wait4(pid, nil, 0, nil)
		}
	}()
	out := bufio.NewWriter(os.Stdout)
	for range n {
		pid, errno := forkWaiting()
		if errno != 0 {
			fmt.Fprintln(out, "fork:", errno)
			break
		}
		pids = append(pids, int(pid))
		fmt.Fprintln(out, pid)
	}
	out.Flush()
	io.Copy(io.Discard, os.Stdin)
	return 0
}

// someGroups are usual ids or, if there are many, ids as long as they get, for the longest status there can be.
func someGroups(n int) []int {
	first := 1000
	if n > 1000 {
		first = 4_000_000_000
	}
	ids := make([]int, n)
	for i := range ids {
		ids[i] = first + i
	}
	return ids
}

// forkWaiting forks a process that waits for good. It is not a Go program any more: it cannot call ordinary functions, as
// their stack checks may find that the scheduler wants the goroutine, and it has none.
//
//go:nosplit
//go:norace
//go:noinline
func forkWaiting() (pid uintptr, errno unix.Errno) {
	if runtime.GOARCH == "s390x" { // takes the stack first
		pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, 0, uintptr(unix.SIGCHLD), 0, 0, 0, 0)
	} else {
		pid, _, errno = unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	}
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0, 0)
	for {
		unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

// fillTo starts as many children as make n processes of the whole system, but at least one.
func fillTo(n int) (*nursery, error) {
	now, err := processes()
	if err != nil {
		return nil, err
	}
	return startNursery(max(1, n-now-1), 0)
}

// processes counts those that there are.
func processes() (int, error) {
	d, err := os.Open("/proc")
	if err != nil {
		return 0, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	names = slices.DeleteFunc(names, func(name string) bool { return strings.Trim(name, "0123456789") != "" })
	return len(names), err
}
