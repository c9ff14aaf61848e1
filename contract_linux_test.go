// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["contract"] = func(args []string) any { return contract(args) }
}

// TestContract holds every answer about every process of the machine against another reading of the same files: as we are,
// as nobody, and in PID namespaces up to three deep. A value is that of the files, an error of the documented kinds.
func TestContract(t *testing.T) {
	if os.Getenv(execEnv) != "" {
		t.Skip("an emulator answers for the kernel here and there")
	}
	checkLeaks(t)
	run := func(name string, c *child) {
		var got contractReport
		c.run(t, &got)
		got.check(t, name)
	}
	run("as we are", command(t, childState{Role: "contract"}))
	if os.Getuid() == 0 {
		t.Run("nobody", func(t *testing.T) {
			needRoot(t)
			run("nobody", command(t, childState{Role: "contract", Args: []string{"nobody"}}))
		})
	}
	t.Run("namespaces", func(t *testing.T) {
		needNamespaces(t)
		for _, depth := range []string{"1", "2", "3"} {
			run(depth+" namespaces deep", inNewPIDNamespace(command(t, childState{Role: "contract", Args: []string{depth}})))
		}
	})
}

// TestContractCrowd is the same among many processes.
func TestContractCrowd(t *testing.T) {
	checkLeaks(t)
	if os.Getenv(execEnv) != "" {
		t.Skip("an emulator answers for the kernel here and there")
	}
	n := 2000
	if raceEnabled {
		n = 200 // each is a fork of a much larger program
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var crowd []int
	defer func() {
		for _, pid := range crowd {
			unix.Kill(pid, unix.SIGKILL)
		}
		for _, pid := range crowd {
			reap(pid)
		}
	}()
	for i, slow := 0, time.Now().Add(20*time.Second); i < n; i++ {
		if i >= 100 && time.Now().After(slow) {
			t.Logf("a slow machine: only %d children", i)
			n = i
			break
		}
		pid, err := stillBorn(childState{Umask: i % 0o1000, Setsid: i%2 == 0})
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOMEM) {
			t.Skipf("no more than %d processes may be made here: %v", i, err)
		}
		if err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, pid)
	}
	got := contract(nil)
	got.check(t, "in the crowd")
	if got.Processes < n {
		t.Errorf("%d processes seen of %d", got.Processes, n)
	}
	seen := 0
	for info, err := range procinfo.All(procinfo.FieldUmask, procinfo.FieldSid) {
		if i := slices.Index(crowd, info.PID); err == nil && i >= 0 {
			seen++
			if info.Umask != i%0o1000 || (info.Sid == info.PID) != (i%2 == 0) {
				t.Errorf("%d has umask %04o and session %d", info.PID, info.Umask, info.Sid)
			}
		}
	}
	if seen != n {
		t.Errorf("All lists %d of %d children", seen, n)
	}
}

// reap waits for a child that was killed.
func reap(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}

// inNewPIDNamespace has a child start in a PID namespace, and in a mount namespace to go with it.
func inNewPIDNamespace(c *child) *child {
	c.SysProcAttr.Cloneflags = unix.CLONE_NEWPID
	c.SysProcAttr.Unshareflags = unix.CLONE_NEWNS
	return c
}

type contractReport struct {
	Processes, Values, Errors, Moving int
	Bad                               []string
}

func (r contractReport) check(t *testing.T, name string) {
	t.Helper()
	t.Logf("%s: %d processes, %d values, %d errors; %d changed all the time", name, r.Processes, r.Values, r.Errors, r.Moving)
	for _, bad := range r.Bad {
		t.Errorf("%s: %s", name, bad)
	}
	if r.Processes == 0 || r.Values == 0 {
		t.Errorf("%s: nothing was seen", name)
	}
}

// contract is the child's part: args are a depth of namespaces still to go, or "nobody".
func contract(args []string) contractReport {
	var r contractReport
	if len(args) > 0 && args[0] == "nobody" {
		becomeNobody()
	} else if len(args) > 0 {
		if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
			fail(err)
		}
		if args[0] != "1" {
			depth, _ := strconv.Atoi(args[0])
			c := inNewPIDNamespace(roleCommand("contract", strconv.Itoa(depth-1)))
			if err := c.decode(&r); err != nil {
				fail(err)
			}
			return r
		}
	}
	names, err := filepath.Glob("/proc/[1-9]*")
	if err != nil {
		fail(err)
	}
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if r.one(pid) {
			r.Processes++
		}
	}
	return r
}

// one compares the answers about a process with the files before and after. If it never keeps still, or is gone, nothing
// is compared but the kinds of errors.
func (r *contractReport) one(pid int) bool {
	var bad string
	stable := 0
	for try := 0; try < 200 && stable < 20; try++ {
		before, alive := filesOf(pid)
		got := reportOf(pid)
		info, err := procinfo.Get(pid)
		after, alive2 := filesOf(pid)
		for name, v := range got {
			if strings.Contains(v, "of the kinds") {
				r.Bad = append(r.Bad, fmt.Sprintf("%d: %s: %s", pid, name, v))
				return true
			}
		}
		if !alive || !alive2 {
			return false
		}
		if !equal(before, after) {
			runtime.Gosched()
			continue
		}
		stable++
		all := reportFrom(info)
		bad = ""
		for name, want := range before {
			if got[name] != want || all[name] != want {
				bad = fmt.Sprintf("%d: %s: got %s, Get %s (%v), files %s", pid, name, got[name], all[name], err, want)
			}
		}
		if bad == "" {
			for _, v := range got {
				if v[0] == '!' {
					r.Errors++
				} else {
					r.Values++
				}
			}
			return true
		}
	}
	if bad != "" {
		r.Bad = append(r.Bad, bad)
	} else {
		r.Moving++
	}
	return true
}

// filesOf reads a process's files in a way of its own. It is not alive if they are gone.
func filesOf(pid int) (truth report, alive bool) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	status, err1 := os.ReadFile(dir + "status")
	stat, err2 := os.ReadFile(dir + "stat")
	limits, err3 := os.ReadFile(dir + "limits")
	if err1 != nil || err2 != nil || err3 != nil || len(limits) == 0 {
		return nil, false
	}
	lines := map[string]string{}
	for i, line := range strings.Split(string(status), "\n") {
		label, value, _ := strings.Cut(line, ":")
		if _, twice := lines[label]; !twice && (i > 0) == (label != "Name") {
			lines[label] = strings.TrimSpace(value)
		}
	}
	if lines["Threads"] == "0" || strings.HasPrefix(lines["State"], "X") {
		return nil, false
	}
	truth = report{
		"groups": fmt.Sprint(strings.Fields(lines["Groups"])),
		"sigmasks": fmt.Sprint(procinfo.Sigmasks{
			Pending: hexSet(lines["SigPnd"], lines["ShdPnd"]), ProcessPending: hexSet(lines["ShdPnd"]),
			Blocked: hexSet(lines["SigBlk"]), Ignored: hexSet(lines["SigIgn"]), Caught: hexSet(lines["SigCgt"]),
		}),
		"umask": lines["Umask"],
	}
	if truth["umask"] == "" {
		truth["umask"] = "!zombie"
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	truth["pgid"], truth["sid"] = string(fields[2]), string(fields[3])
	for _, line := range strings.Split(string(limits), "\n") {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			values := strings.Fields(rest)
			truth["rlimit"] = values[0] + ":" + values[1]
		}
	}
	return truth, true
}

// hexSet is the union of sets as the files write them.
func hexSet(texts ...string) procinfo.SignalSet {
	var all []procinfo.Signal
	for _, text := range texts {
		for i := range text {
			digit, _ := strconv.ParseUint(text[len(text)-1-i:len(text)-i], 16, 8)
			for bit := range 4 {
				if digit&(1<<bit) != 0 {
					all = append(all, procinfo.Signal(4*i+bit+1))
				}
			}
		}
	}
	return sigs(all...)
}

// TestDomain: what is out of the kernel's range cannot come out of a function.
func TestDomain(t *testing.T) {
	checkLeaks(t)
	for info, err := range procinfo.All() {
		if err != nil {
			if kind := kindOf(err); kind != "denied" {
				t.Errorf("%d: %v", info.PID, err)
			}
			continue
		}
		if info.Umask < -1 || info.Umask > 0o777 || info.Pgid < -1 || info.Sid < -1 || info.Pgid > math.MaxInt32 || info.Sid > math.MaxInt32 {
			t.Errorf("%d: umask %04o, group %d, session %d", info.PID, info.Umask, info.Pgid, info.Sid)
		}
		for r, l := range info.Rlimits {
			if l.Soft > l.Hard {
				t.Errorf("%d: %v: %v", info.PID, r, l)
			}
		}
	}
}
