// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["drop"] = func(args []string) any { return asNobody(args) }
	roles["set"] = func(args []string) any { return setAsNobody(args) }
	roles["own-nofile"] = func(args []string) any { return ownNofile(args) }
}

func masksText(m procinfo.Sigmasks) string { return fmt.Sprint(m) }

// maxGroups is how many groups there can be beside the effective one.
func maxGroups(t *testing.T) int {
	t.Helper()
	n, err := unix.SysctlUint32("kern.ngroups")
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// TestFreeBSDStates has a child in each state that FreeBSD has something of its own about.
func TestFreeBSDStates(t *testing.T) {
	many := func(n int) *user {
		u := user{UID: 0, GID: 7}
		for i := range n - 1 {
			u.Groups = append(u.Groups, uint32(n-i)*(math.MaxUint32/uint32(n))) // in disorder, some past 2^31
		}
		return &u
	}
	groups := func(u *user) report { return report{"groups": fmt.Sprint(credentialGroups(*u))} }
	type test struct {
		name  string
		state childState
		root  bool
		after func(t *testing.T, c *child)
		want  func(c *child) report
	}
	tests := []test{
		{
			name: "everything at once", root: true,
			state: childState{
				User: &user{0, 11, []uint32{3000000000, 7, 4294967294, 7}}, Setsid: true, Umask: 0o137,
				Blocked: []int{1, 39, 65, 100, 127}, Ignored: []int{12, 33, 96, 126}, Caught: []int{15, 64, 66, 128},
				Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}},
			},
			after: func(t *testing.T, c *child) {
				for _, sig := range []procinfo.Signal{1, 65, 127} {
					send(t, c.Pid, sig)
				}
				sendToThread(t, c.Pid, c.Pid, 39)
				sendToThread(t, c.Pid, c.Pid, 100)
				sendToThread(t, c.Pid, c.Pid, 65) // in both queues
			},
			want: func(c *child) report {
				return report{
					"umask": "0137", "groups": "[11 7 7 3000000000 4294967294]", "rlimit": "77:88",
					"pgid": fmt.Sprint(c.Pid), "sid": fmt.Sprint(c.Pid),
					"sigmasks": masksText(procinfo.Sigmasks{
						Pending: sigs(1, 39, 65, 100, 127), ProcessPending: sigs(1, 65, 127), Blocked: sigs(1, 39, 65, 100, 127),
						Ignored: ignoredBesides([]int{15, 64, 66, 128}, []int{12, 33, 96, 126}), Caught: sigs(15, 64, 66, 128),
					}),
				}
			},
		},
		{name: "umask 0", state: childState{Umask: 0}, want: func(*child) report { return report{"umask": "0000"} }},
		{name: "umask 0777", state: childState{Umask: 0o777}, want: func(*child) report { return report{"umask": "0777"} }},
		// The kernel keeps the bits for set-id and sticky as well.
		{name: "umask 07777", state: childState{Umask: 0o7777}, want: func(*child) report { return report{"umask": "7777"} }},
		{
			name:  "own process group",
			state: childState{Setpgid: true},
			want:  func(c *child) report { return report{"pgid": fmt.Sprint(c.Pid), "sid": own(t)["sid"]} },
		},
		{
			name:  "own session",
			state: childState{Setsid: true},
			want:  func(c *child) report { return report{"pgid": fmt.Sprint(c.Pid), "sid": fmt.Sprint(c.Pid)} },
		},
		{
			name:  "no signal handled at all",
			state: childState{Caught: []int{}},
			want: func(*child) report {
				return report{"sigmasks": masksText(procinfo.Sigmasks{
					Pending: sigs(), Blocked: sigs(), Ignored: sigs(16, 20, 23, 28, 29), Caught: sigs(), ProcessPending: sigs(),
				})}
			},
		},
		{
			name:  "the signals that are thrown away by default are caught",
			state: childState{Caught: []int{16, 20, 23, 28, 29}, Blocked: []int{20}},
			after: func(t *testing.T, c *child) { send(t, c.Pid, 20) },
			want: func(*child) report {
				return report{"sigmasks": masksText(procinfo.Sigmasks{
					Pending: sigs(20), Blocked: sigs(20), Ignored: sigs(), Caught: sigs(16, 20, 23, 28, 29), ProcessPending: sigs(20),
				})}
			},
		},
		{
			name:  "SIGCONT ignored, which the kernel does not note",
			state: childState{Caught: []int{}, Ignored: []int{19, 1}},
			want: func(*child) report {
				return report{"sigmasks": masksText(procinfo.Sigmasks{
					Pending: sigs(), Blocked: sigs(), Ignored: sigs(1, 16, 20, 23, 28, 29), Caught: sigs(), ProcessPending: sigs(),
				})}
			},
		},
		{
			name:  "an ignored signal is thrown away",
			state: childState{Caught: []int{}, Ignored: []int{98}, Blocked: []int{98, 99}},
			after: func(t *testing.T, c *child) { send(t, c.Pid, 99) },
			want: func(*child) report {
				return report{"sigmasks": masksText(procinfo.Sigmasks{
					Pending: sigs(99), Blocked: sigs(98, 99), Ignored: ignoredBesides(nil, []int{98}), Caught: sigs(), ProcessPending: sigs(99),
				})}
			},
		},
		{
			name:  "stopped, with signals waiting that nothing blocks",
			state: childState{Umask: 0o26, Setpgid: true, Caught: []int{}, Blocked: []int{65}},
			after: func(t *testing.T, c *child) {
				send(t, c.Pid, unix.SIGSTOP)
				waitStopped(t, c.Pid)
				for _, sig := range []procinfo.Signal{15, 30, 65} {
					send(t, c.Pid, sig)
				}
			},
			want: func(c *child) report {
				return report{
					"umask": "0026", "rlimit": own(t)["rlimit"], "pgid": fmt.Sprint(c.Pid), "sid": own(t)["sid"],
					"sigmasks": masksText(procinfo.Sigmasks{
						Pending: sigs(15, 30, 65), Blocked: sigs(65), Ignored: ignoredBesides(nil, nil), Caught: sigs(), ProcessPending: sigs(15, 30, 65),
					}),
				}
			},
		},
		{
			name: "limits out of the ordinary",
			state: childState{Limits: map[procinfo.Resource]procinfo.Limits{
				procinfo.RLIMIT_NOFILE: {Soft: 0, Hard: 88},
			}},
			want: func(*child) report { return report{"rlimit": "0:88"} },
		},
		{
			name: "another user, nothing but the effective group", root: true,
			state: childState{User: &user{12345, 23456, []uint32{}}},
			want:  func(*child) report { return report{"groups": "[23456]"} },
		},
	}
	everySignal := test{name: "all signals blocked", state: childState{Caught: []int{}}}
	blocked := procinfo.Sigmasks{Pending: sigs(), ProcessPending: sigs(), Ignored: ignoredBesides(nil, nil), Caught: sigs()}
	var left []procinfo.Signal
	for sig := 1; sig <= lastSignal; sig++ {
		everySignal.state.Blocked = append(everySignal.state.Blocked, sig)
		if sig != int(unix.SIGKILL) && sig != int(unix.SIGSTOP) {
			left = append(left, procinfo.Signal(sig))
		}
	}
	blocked.Blocked = sigs(left...)
	everySignal.want = func(*child) report { return report{"sigmasks": masksText(blocked)} }
	tests = append(tests, everySignal)
	for _, n := range []int{1, 2, 15, 16, 17, 18, 64, 65, 200, maxGroups(t) + 1} {
		u := many(n)
		tests = append(tests, test{
			name: fmt.Sprint(n, " groups"), root: true, state: childState{User: u},
			want: func(*child) report { return groups(u) },
		})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root {
				needRoot(t)
			}
			needRealSignals(t)
			c := still(t, tt.state)
			if tt.after != nil {
				tt.after(t, c)
			}
			want := tt.want(c)
			if want["umask"] != "" && !mayDebug() {
				want["umask"] = "!denied"
			}
			checkEverywhere(t, c.Pid, c.Process, want)
		})
	}
}

// TestFreeBSDGroupsAreTheCallers: what a caller does to its slice, the next one does not see.
func TestFreeBSDGroupsAreTheCallers(t *testing.T) {
	needRoot(t)
	for _, u := range []user{{0, 7, []uint32{8, 9}}, {0, 7, make([]uint32, 40)}} {
		pid := still(t, childState{User: &u}).Pid
		want := credentialGroups(u)
		procinfo.Oneshot(pid, func() error {
			for range 3 {
				got, err := procinfo.GetGroups(pid)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("got %v, %v; want %v", got, err, want)
				}
				for i := range got {
					got[i] = 4711
				}
			}
			return nil
		})
	}
}

// TestFreeBSDMainThread: of a program with threads, mask and queue are those of the first one, and what waits for the whole
// process is told apart.
func TestFreeBSDMainThread(t *testing.T) {
	needRealSignals(t)
	c := start(t, childState{Caught: []int{}})
	ways := map[string]func() (procinfo.Sigmasks, error){
		"by PID":    func() (procinfo.Sigmasks, error) { return procinfo.GetSigmasks(c.Pid) },
		"by handle": func() (procinfo.Sigmasks, error) { return procinfo.GetSigmasks(c.Process) },
		"Oneshot": func() (m procinfo.Sigmasks, err error) {
			procinfo.Oneshot(c.Pid, func() error {
				procinfo.Getpgid(c.Pid)
				m, err = procinfo.GetSigmasks(c.Process)
				return nil
			})
			return m, err
		},
		"Get": func() (procinfo.Sigmasks, error) {
			info, err := procinfo.Get(c.Pid)
			return info.Sigmasks, err
		},
	}
	check := func(when string, pending, inProcess, blocked procinfo.SignalSet) {
		t.Helper()
		want := procinfo.Sigmasks{
			Pending: pending, Blocked: blocked, Ignored: ignoredBesides(nil, nil), Caught: sigs(), ProcessPending: inProcess,
		}
		for how, ask := range ways {
			// The runtime blocks all signals for a moment when it starts a thread.
			eventually(t, when+": masks of the main thread "+how, func() bool {
				got, err := ask()
				return err == nil && got == want
			})
		}
	}
	check("at first", sigs(), sigs(), sigs())
	c.tell(t, "block", 101)
	check("blocked", sigs(), sigs(), sigs(101))
	c.tell(t, "thread-kill", 101)
	check("sent", sigs(101), sigs(), sigs(101))
}

// TestFreeBSDThreadID: the kernel would take a thread's number for its process.
func TestFreeBSDThreadID(t *testing.T) {
	c := still(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}}})
	for name, tid := range map[string]int{"child's": mainThread(t, c.Pid), "own": ownThread(), "kernel's": 100000, "nobody's": 99999} {
		if tid < 99999 {
			t.Fatalf("%s thread is %d", name, tid)
		}
		for _, f := range features {
			_, err := f.by(tid)
			wantKind(t, err, "no such process")
		}
		procinfo.Oneshot(tid, func() error {
			for _, f := range features {
				_, err := f.by(tid)
				wantKind(t, err, "no such process")
			}
			return nil
		})
		if _, err := procinfo.Get(tid); kindOf(err) != "no such process" {
			t.Errorf("%s thread: Get: %v", name, err)
		}
		_, err := procinfo.Rlimit(tid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 3, Hard: 4})
		wantKind(t, err, "no such process")
	}
	if got, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE); err != nil || got != (procinfo.Limits{Soft: 77, Hard: 88}) {
		t.Errorf("limits are now %v, %v", got, err)
	}
}

// TestFreeBSDKernelProcess: 0 is the kernel's process, and never the caller.
func TestFreeBSDKernelProcess(t *testing.T) {
	if _, err := procinfo.GetGroups(0); kindOf(err) == "no such process" && os.Getuid() != 0 {
		t.Log("other users' processes are hidden")
		for _, f := range features {
			_, err := f.by(0)
			wantKind(t, err, "no such process")
		}
		return
	}
	check := func(how string, got report) {
		t.Helper()
		for name, want := range map[string]string{"umask": "!unsupported", "groups": "[0]", "pgid": "0", "sid": "0"} {
			if got[name] != want {
				t.Errorf("%s: %s is %s, want %s", how, name, got[name], want)
			}
		}
		if got["rlimit"] == "" || got["rlimit"][0] == '!' || got["sigmasks"][0] == '!' {
			t.Errorf("%s: %v", how, got)
		}
	}
	mask := unix.Umask(0o123)
	defer unix.Umask(mask)
	check("by PID", reportOf(0))
	procinfo.Oneshot(0, func() error {
		check("in Oneshot", reportOf(0))
		return nil
	})
	info, err := procinfo.Get(0)
	if err != nil {
		t.Fatal(err)
	}
	check("Get", reportFrom(info))
	seen := false
	for info := range procinfo.All() {
		if info.PID == 0 {
			check("All", reportFrom(info))
			seen = true
		}
	}
	if !seen {
		t.Error("All does not have it")
	}
}

func TestFreeBSDZombie(t *testing.T) {
	needDebug(t)
	needRealSignals(t)
	state := childState{
		Umask: 0o27, Setsid: true, Blocked: []int{65}, Ignored: []int{90}, Caught: []int{91},
		Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}},
	}
	root := os.Getuid() == 0
	if root {
		state.User = &user{0, 11, []uint32{3, 2, 1, 20, 19, 18, 17, 16, 15, 14, 13, 12, 10, 9, 8, 7, 6, 5, 4}}
	}
	c := still(t, state)
	send(t, c.Pid, 65)
	want := reportOf(c.Pid)
	if want["umask"] != "0027" || want["rlimit"] != "77:88" {
		t.Errorf("alive: %v", want)
	}
	send(t, c.Pid, unix.SIGKILL)
	waitZombie(t, c.Pid)
	want["umask"], want["rlimit"] = "!zombie", "!zombie"
	// Nothing waits for the dead.
	want["sigmasks"] = masksText(procinfo.Sigmasks{
		Pending: sigs(), Blocked: sigs(65), Ignored: ignoredBesides([]int{91}, []int{90}), Caught: sigs(91), ProcessPending: sigs(),
	})
	if want["pgid"] != fmt.Sprint(c.Pid) || want["sid"] != fmt.Sprint(c.Pid) {
		t.Errorf("process group and session: %v", want)
	}
	checkEverywhere(t, c.Pid, c.Process, want)
	for _, r := range procinfo.Resources() {
		_, err := procinfo.GetRlimit(c.Pid, r)
		if kind := kindOf(err); kind != "zombie" && kind != "invalid resource" {
			t.Errorf("%v: %v", r, err)
		}
	}
	_, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 3, Hard: 4})
	wantKind(t, err, "zombie")
	c.stop()
	for _, f := range features {
		_, err := f.by(c.Pid)
		wantKind(t, err, "no such process")
		_, err = f.by(c.Process)
		wantKind(t, err, "no such process")
	}
	_, err = procinfo.Rlimit(c.Process, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 3, Hard: 4})
	wantKind(t, err, "no such process")
	_, err = procinfo.Rlimit(c.Pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 3, Hard: 4})
	wantKind(t, err, "no such process")
	_, err = procinfo.Get(c.Pid)
	wantKind(t, err, "no such process")
}

// TestFreeBSDOneshot: what one record tells stays as it was, what is asked for each time does not.
func TestFreeBSDOneshot(t *testing.T) {
	c := still(t, childState{Setpgid: true, Umask: 0o26})
	want := reportOf(c.Pid)
	procinfo.Oneshot(c.Pid, func() error {
		if got := reportOf(c.Pid); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		c.stop()
		got := reportOf(c.Pid)
		for _, name := range []string{"groups", "sigmasks", "pgid", "sid"} {
			if got[name] != want[name] {
				t.Errorf("%s is %s after the process has ended, and was %s", name, got[name], want[name])
			}
		}
		for _, name := range []string{"umask", "rlimit"} {
			if got[name] != "!no such process" {
				t.Errorf("%s is %s after the process has ended", name, got[name])
			}
		}
		_, err := procinfo.Rlimit(c.Pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 3, Hard: 4})
		wantKind(t, err, "no such process")
		_, err = procinfo.Getpgid(c.Pid) // forgotten
		wantKind(t, err, "no such process")
		return nil
	})
}

// TestFreeBSDExec asks for the umask of processes that are just being started, which the kernel refuses while they are.
func TestFreeBSDExec(t *testing.T) {
	needDebug(t)
	mask := unix.Umask(0o31)
	defer unix.Umask(mask)
	for range 12 {
		c := command(t, childState{Umask: 0o31})
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		got, err := procinfo.GetUmask(c.Cmd.Process.Pid)
		if err != nil || got != 0o31 {
			t.Errorf("umask is %o, %v", got, err)
		}
		if os.Getuid() == 0 { // a program that gave up handlers can still be changing
			_, err = procinfo.Rlimit(c.Cmd.Process, procinfo.RLIMIT_CORE, &procinfo.Limits{})
			wantKind(t, err, "")
		}
		in.Close()
		c.Cmd.Process.Kill()
		c.Wait()
	}
}

// TestFreeBSDSetLimits sets all limits of a child, up and down, and both at once.
func TestFreeBSDSetLimits(t *testing.T) {
	needDebug(t)
	c := still(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_FSIZE: {Soft: 500, Hard: 1000}}})
	get := func() procinfo.Limits {
		t.Helper()
		l, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_FSIZE)
		if err != nil {
			t.Error(err)
		}
		return l
	}
	set := func(l procinfo.Limits, kind string) {
		t.Helper()
		before := get()
		old, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_FSIZE, &l)
		wantKind(t, err, kind)
		after := get()
		switch {
		case kind != "" && after != before:
			t.Errorf("%v is refused, and the limits were %v and are %v", l, before, after)
		case kind == "" && (old != before || after != l):
			t.Errorf("set %v: old %v, was %v, is %v", l, old, before, after)
		}
	}
	raise := "denied"
	if os.Getuid() == 0 {
		raise = ""
	}
	set(procinfo.Limits{Soft: 900, Hard: 1000}, "")                            // soft up
	set(procinfo.Limits{Soft: 300, Hard: 800}, "")                             // both down, past each other
	set(procinfo.Limits{Soft: 800, Hard: 800}, "")                             // soft up to hard
	set(procinfo.Limits{Soft: 801, Hard: 800}, "invalid limits")               // the kernel would cut it
	set(procinfo.Limits{Soft: procinfo.Infinity, Hard: 800}, "invalid limits") //
	set(procinfo.Limits{Soft: 700, Hard: 900}, raise)                          // hard up
	set(procinfo.Limits{Soft: 5000, Hard: 6000}, raise)                        // both up, past each other
	set(procinfo.Limits{Soft: 1 << 40, Hard: 1<<63 - 2}, raise)                // the highest numbers there are
	set(procinfo.Limits{Soft: 1, Hard: procinfo.Infinity}, raise)
	set(procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}, raise)
	set(procinfo.Limits{Soft: 0, Hard: 0}, "")
	set(procinfo.Limits{Soft: 1, Hard: 1}, raise)
	for _, n := range []uint64{1<<63 - 1, 1 << 63, math.MaxUint64 - 1} { // would be infinity, or negative
		for _, l := range []procinfo.Limits{{Soft: 0, Hard: n}, {Soft: n, Hard: n}, {Soft: n, Hard: procinfo.Infinity}} {
			before := get()
			_, err := procinfo.Rlimit(c.Pid, procinfo.RLIMIT_FSIZE, &l)
			if !errors.Is(err, syscall.EINVAL) || get() != before {
				t.Errorf("set %v: %v, limits are %v", l, err, get())
			}
		}
	}
	invalid := []procinfo.Resource{99, math.MaxInt32, -99}
	if strconv.IntSize == 64 {
		n := int64(1)<<32 + int64(procinfo.RLIMIT_FSIZE)
		invalid = append(invalid, procinfo.Resource(n)) // FSIZE if cut to 32 bits
	}
	for _, r := range invalid {
		_, err := procinfo.GetRlimit(c.Pid, r)
		wantKind(t, err, "invalid resource")
		_, err = procinfo.Rlimit(c.Pid, r, &procinfo.Limits{})
		wantKind(t, err, "invalid resource")
	}
	for _, r := range []procinfo.Resource{procinfo.RLIMIT_LOCKS, procinfo.RLIMIT_NTHR} {
		_, err := procinfo.GetRlimit(c.Pid, r)
		wantKind(t, err, "unsupported")
	}
}

// TestFreeBSDAllLimits compares all limits of a child, which it inherits, with our own.
func TestFreeBSDAllLimits(t *testing.T) {
	c := still(t, childState{})
	info, err := procinfo.Get(c.Pid, procinfo.FieldRlimits)
	if err != nil {
		t.Fatal(err)
	}
	had := 0
	for _, r := range procinfo.Resources() {
		var want syscall.Rlimit
		errno := syscall.Getrlimit(int(r), &want)
		got, err := procinfo.GetRlimit(c.Pid, r)
		if errno != nil { // of a newer kernel
			wantKind(t, err, "invalid resource")
			if _, ok := info.Rlimits[r]; ok {
				t.Errorf("Get has %v", r)
			}
			continue
		}
		had++
		limit := func(n int64) uint64 {
			if n == math.MaxInt64 {
				return procinfo.Infinity
			}
			return uint64(n)
		}
		if truth := (procinfo.Limits{Soft: limit(want.Cur), Hard: limit(want.Max)}); err != nil || got != truth || info.Rlimits[r] != truth {
			t.Errorf("%v: got %v, %v, and %v of Get; want %v", r, got, err, info.Rlimits[r], truth)
		}
	}
	if had < 13 || len(info.Rlimits) != had {
		t.Errorf("%d limits, %d of Get", had, len(info.Rlimits))
	}
}

// TestFreeBSDOwnNofile: what a program sets for itself is what it starts others with, although the Go runtime has raised the
// first limit and would put that back.
func TestFreeBSDOwnNofile(t *testing.T) {
	var got procinfo.Limits
	command(t, childState{Role: "own-nofile", Args: []string{"first"}}).run(t, &got)
	if got != (procinfo.Limits{Soft: 77, Hard: 77}) {
		t.Errorf("set to 77, started with %v", got)
	}
}

// ownNofile leaves the program that it becomes a soft limit to raise; that one sets its limits, and reports those of a
// program that it starts.
func ownNofile(args []string) any {
	next := func(role string) []string {
		text, err := json.Marshal(childState{Role: "own-nofile", Args: []string{role}})
		if err != nil {
			fail(err)
		}
		os.Setenv(childEnv, string(text))
		return os.Environ()
	}
	self := selfArgs()
	switch args[0] {
	case "first":
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 50, Max: 200}); err != nil {
			fail(err)
		}
		fail(syscall.Exec(self[0], self, next("second")))
	case "second":
		old, err := procinfo.Rlimit(os.Getpid(), procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 77, Hard: 77})
		if err != nil || old.Soft < 199 || old.Hard != 200 { // newer runtimes stay one below
			fail(fmt.Errorf("limits were %v, %v", old, err))
		}
		cmd := exec.Command(self[0], self[1:]...)
		cmd.Env = next("third")
		out, err := cmd.Output()
		if err != nil {
			fail(fmt.Errorf("%w: %s", err, out))
		}
		return json.RawMessage(out)
	}
	l, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_NOFILE)
	if err != nil {
		fail(err)
	}
	return l
}

const nobody = 65534

func becomeNobody() {
	for _, err := range []error{syscall.Setgroups([]int{nobody}), syscall.Setgid(nobody), syscall.Setuid(nobody)} {
		if err != nil {
			fail(err)
		}
	}
}

// mayDebug tells whether we may ask for, and change, what those may that debug a process.
func mayDebug() bool {
	n, err := unix.SysctlUint32("security.bsd.unprivileged_proc_debug")
	return os.Getuid() == 0 || err != nil || n != 0
}

func init() { seesUmask, mayLimitOthers = mayDebug, mayDebug }

func needDebug(t *testing.T) {
	t.Helper()
	if !mayDebug() {
		t.Skip("security.bsd.unprivileged_proc_debug is 0")
	}
}

func needVisible(t *testing.T) {
	t.Helper()
	for _, name := range []string{"security.bsd.see_other_uids", "security.bsd.see_other_gids", "security.bsd.unprivileged_proc_debug"} {
		if n, err := unix.SysctlUint32(name); err == nil && n == 0 {
			t.Skipf("%s is 0", name)
		}
	}
}

// TestFreeBSDUnprivileged asks as nobody about a process of root in another session: all is told but the umask.
func TestFreeBSDUnprivileged(t *testing.T) {
	needRoot(t)
	needVisible(t)
	target := still(t, childState{
		User: &user{0, 0, []uint32{3, 4}}, Umask: 0o137, Setsid: true,
		Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}},
	})
	zombie := still(t, childState{Setsid: true})
	send(t, zombie.Pid, unix.SIGKILL)
	waitZombie(t, zombie.Pid)
	pids := []int{target.Pid, 1, zombie.Pid}
	args := []string{}
	var want []report
	for _, pid := range pids {
		args = append(args, strconv.Itoa(pid))
		r := reportOf(pid)
		if pid != zombie.Pid {
			r["umask"] = "!denied"
		}
		want = append(want, r)
	}
	var got []report
	command(t, childState{Role: "drop", Args: args}).run(t, &got)
	for i, w := range want {
		if pids[i] == 1 { // may be a program whose masks change
			delete(got[i], "sigmasks")
			delete(w, "sigmasks")
		}
		if fmt.Sprint(got[i]) != fmt.Sprint(w) {
			t.Errorf("process %d: got %v, want %v", pids[i], got[i], w)
		}
	}
	if kinds := got[len(want)]; kinds["set"] != "denied" || kinds["Get"] != "denied" || kinds["Get of the umask"] != "denied" || kinds["set of a zombie"] != "zombie" {
		t.Errorf("got %v", kinds)
	}
	if now := reportOf(target.Pid); now["rlimit"] != "77:88" {
		t.Errorf("a refused set made it %s", now["rlimit"])
	}
}

// asNobody reports on PIDs as an ordinary user, and what it is told when it sets a limit of the first and the last one.
func asNobody(pids []string) []report {
	becomeNobody()
	reports := reportOn(pids)
	kinds := report{}
	first, _ := strconv.Atoi(pids[0])
	last, _ := strconv.Atoi(pids[len(pids)-1])
	_, err := procinfo.Rlimit(first, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 1, Hard: 2})
	kinds["set"] = kindOf(err)
	_, err = procinfo.Rlimit(last, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 1, Hard: 2})
	kinds["set of a zombie"] = kindOf(err)
	info, err := procinfo.Get(first)
	if err != nil {
		fail(err)
	}
	kinds["Get"] = kindOf(info.Err(procinfo.FieldUmask))
	_, err = procinfo.Get(first, procinfo.FieldUmask)
	kinds["Get of the umask"] = kindOf(err)
	return append(reports, kinds)
}

// TestFreeBSDSameUser asks as nobody about processes of nobody: one that was always so, and one that has changed its user since
// it was started, which the kernel protects from its own.
func TestFreeBSDSameUser(t *testing.T) {
	needRoot(t)
	needVisible(t)
	nobodyNow := user{nobody, nobody, []uint32{}}
	limits := map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_FSIZE: {Soft: 500, Hard: 1000}}
	always := start(t, childState{User: &nobodyNow, Umask: 0o26, Setsid: true, Limits: limits})
	changed := still(t, childState{User: &nobodyNow, Umask: 0o26, Setsid: true, Limits: limits})
	c := command(t, childState{Role: "set", Args: []string{strconv.Itoa(always.Pid), strconv.Itoa(changed.Pid)}, User: &nobodyNow})
	var got map[string]string
	c.run(t, &got)
	want := map[string]string{
		"umask": "26 ", "raise soft": "", "lower both": "", "raise hard": "denied", "raise both": "denied", "infinity": "denied",
		"limits": "200:300", "umask of changed": "-1 denied", "set of changed": "denied", "limits of changed": "500:1000",
		"groups of changed": fmt.Sprint([]int{nobody}),
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: got %q, want %q", name, got[name], w)
		}
	}
}

func setAsNobody(args []string) any {
	always, _ := strconv.Atoi(args[0])
	changed, _ := strconv.Atoi(args[1])
	got := map[string]string{}
	umask := func(pid int) string {
		mask, err := procinfo.GetUmask(pid)
		if mask < 0 {
			return fmt.Sprint(mask, " ", kindOf(err))
		}
		return fmt.Sprintf("%o %s", mask, kindOf(err))
	}
	limits := func(pid int) string {
		l, err := procinfo.GetRlimit(pid, procinfo.RLIMIT_FSIZE)
		return l.String() + kindOf(err)
	}
	got["umask"], got["umask of changed"] = umask(always), umask(changed)
	for _, step := range []struct {
		name string
		procinfo.Limits
	}{
		{"raise soft", procinfo.Limits{Soft: 900, Hard: 1000}},
		{"lower both", procinfo.Limits{Soft: 200, Hard: 300}},
		{"raise hard", procinfo.Limits{Soft: 200, Hard: 301}},
		{"raise both", procinfo.Limits{Soft: 1000, Hard: 2000}},
		{"infinity", procinfo.Limits{Soft: procinfo.Infinity, Hard: procinfo.Infinity}},
	} {
		_, err := procinfo.Rlimit(always, procinfo.RLIMIT_FSIZE, &step.Limits)
		got[step.name] = kindOf(err)
	}
	got["limits"] = limits(always)
	_, err := procinfo.Rlimit(changed, procinfo.RLIMIT_FSIZE, &procinfo.Limits{})
	got["set of changed"] = kindOf(err)
	got["limits of changed"] = limits(changed)
	groups, err := procinfo.GetGroups(changed)
	got["groups of changed"] = fmt.Sprint(groups) + kindOf(err)
	return got
}

// TestFreeBSDAll: every process is listed once, with all that its record tells.
func TestFreeBSDAll(t *testing.T) {
	c := still(t, childState{Setsid: true})
	seen := map[int]int{}
	for info, err := range procinfo.All(procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldGroups, procinfo.FieldSigmasks) {
		if err != nil {
			t.Error(err)
			continue
		}
		seen[info.PID]++
		if info.PID == c.Pid || info.PID == os.Getpid() { // others may change
			pgid, err1 := unix.Getpgid(info.PID)
			sid, err2 := unix.Getsid(info.PID)
			if err1 != nil || err2 != nil || pgid != info.Pgid || sid != info.Sid {
				t.Errorf("process %d: got %d, %d; want %d, %d; %v, %v", info.PID, info.Pgid, info.Sid, pgid, sid, err1, err2)
			}
		}
		if len(info.Groups) == 0 || !info.Sigmasks.Pending.Known() || !info.Sigmasks.Blocked.Known() ||
			!info.Sigmasks.Ignored.Known() || !info.Sigmasks.Caught.Known() || !info.Sigmasks.ProcessPending.Known() {
			t.Errorf("process %d: %+v", info.PID, info)
		}
	}
	for pid, times := range seen {
		if times != 1 {
			t.Errorf("process %d is listed %d times", pid, times)
		}
	}
	if seen[c.Pid] != 1 || seen[os.Getpid()] != 1 {
		t.Errorf("of %d processes, the child is listed %d times, this one %d times", len(seen), seen[c.Pid], seen[os.Getpid()])
	}
}

func TestFreeBSDAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	needDebug(t) // errors are allocated
	pid := still(t, childState{Caught: []int{}}).Pid
	for _, tt := range []struct {
		name             string
		uncached, cached float64
		ask              func()
	}{
		{"GetUmask", 0, 0, func() { procinfo.GetUmask(pid) }},
		{"GetGroups", 1, 0, func() { procinfo.GetGroups(pid) }},
		{"GetSigmasks", 0, 0, func() { procinfo.GetSigmasks(pid) }},
		{"GetRlimit", 0, 0, func() { procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE) }},
		{"Getpgid", 0, 0, func() { procinfo.Getpgid(pid) }},
		{"Getsid", 0, 0, func() { procinfo.Getsid(pid) }},
	} {
		if got := testing.AllocsPerRun(200, tt.ask); got > tt.uncached {
			t.Errorf("%s: %v allocations, promised are %v", tt.name, got, tt.uncached)
		}
		procinfo.Oneshot(pid, func() error {
			if got := testing.AllocsPerRun(200, tt.ask); got > tt.cached {
				t.Errorf("%s in Oneshot: %v allocations, promised are %v", tt.name, got, tt.cached)
			}
			return nil
		})
	}
}

func BenchmarkFreeBSD(b *testing.B) {
	pid := os.Getpid()
	for _, f := range []struct {
		name string
		ask  func()
	}{
		{"GetUmask", func() { procinfo.GetUmask(pid) }},
		{"GetGroups", func() { procinfo.GetGroups(pid) }},
		{"GetSigmasks", func() { procinfo.GetSigmasks(pid) }},
		{"GetRlimit", func() { procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE) }},
		{"Getpgid", func() { procinfo.Getpgid(pid) }},
		{"All", func() {
			for range procinfo.All(procinfo.FieldPgid) {
			}
		}},
	} {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.ask()
			}
		})
		b.Run(f.name+" in Oneshot", func(b *testing.B) {
			b.ReportAllocs()
			procinfo.Oneshot(pid, func() error {
				for b.Loop() {
					f.ask()
				}
				return nil
			})
		})
	}
}
