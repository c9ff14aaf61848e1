// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// The public functions, against this process and children whose state is known. What only one system has is in
// conformance_<os>_test.go.

func TestOwnProcess(t *testing.T) {
	truth := own(t)
	for _, f := range features {
		t.Run(f.name, func(t *testing.T) {
			need(t, f.name)
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []any{os.Getpid(), self} {
				got, err := f.by(p)
				if err != nil {
					t.Fatalf("%T: %v", p, err)
				}
				if want, ok := truth[f.name]; ok && got != want {
					t.Errorf("%T: got %s, want %s", p, got, want)
				}
			}
		})
	}
}

func sigs(numbers ...procinfo.Signal) procinfo.SignalSet { return procinfo.NewSignalSet(numbers...) }

// TestChild has children in every state that a program can put itself into, and asks in every way.
func TestChild(t *testing.T) {
	need(t, "pgid")
	type test struct {
		name  string
		state childState
		root  bool
		after func(t *testing.T, c *child)
		want  func(c *child) report // what is left out is not compared
	}
	const hup, usr2, term = 1, 12, 15
	tests := []test{
		{
			name: "everything at once",
			root: true,
			state: childState{
				User: &user{0, 0, []uint32{7, 3000000000, 4294967294}}, Setsid: true,
				Umask: 0o137, Blocked: []int{hup, 39}, Ignored: []int{usr2}, Caught: []int{term, 64},
				Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 77, Hard: 88}},
			},
			after: func(t *testing.T, c *child) { send(t, c.Pid, hup) },
			want: func(c *child) report {
				return report{
					"umask": "0137", "groups": "[7 3000000000 4294967294]", "rlimit": "77:88",
					"pgid": fmt.Sprint(c.Pid), "sid": fmt.Sprint(c.Pid),
					"sigmasks": fmt.Sprint(procinfo.Sigmasks{
						Pending: sigs(hup), Blocked: sigs(hup, 39), Ignored: sigs(sigUSR2), Caught: sigs(term, 64), ProcessPending: sigs(hup),
					}),
				}
			},
		},
		{
			name:  "umask 0",
			state: childState{Umask: 0},
			want:  func(*child) report { return report{"umask": "0000"} },
		},
		{
			name:  "umask 0777",
			state: childState{Umask: 0o777},
			want:  func(*child) report { return report{"umask": "0777"} },
		},
		{
			name:  "another user without groups",
			root:  true,
			state: childState{User: &user{12345, 23456, []uint32{}}},
			want:  func(*child) report { return report{"groups": "[]"} },
		},
		{
			name:  "groups twice and in disorder",
			root:  true,
			state: childState{User: &user{12345, 23456, []uint32{9, 3, 9, 0, 23456}}},
			want:  func(*child) report { return report{"groups": inKernelOrder(9, 3, 9, 0, 23456)} },
		},
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
			name: "no signal handled at all",
			state: childState{
				Caught: []int{},
			},
			want: func(*child) report {
				return report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
					Pending: sigs(), Blocked: sigs(), Ignored: sigs(), Caught: sigs(), ProcessPending: sigs(),
				})}
			},
		},
		{
			name:  "the last and the real-time signals",
			state: childState{Blocked: []int{35, 63, 64}, Caught: []int{31, 50}, Ignored: []int{36, 62}},
			after: func(t *testing.T, c *child) {
				send(t, c.Pid, 64)
				sendToThread(t, c.Pid, c.Pid, 35)
				send(t, c.Pid, 36) // ignored: thrown away
			},
			want: func(*child) report {
				return report{"sigmasks": fmt.Sprint(procinfo.Sigmasks{
					Pending: sigs(35, 64), Blocked: sigs(35, 63, 64), Ignored: sigs(36, 62), Caught: sigs(31, 50), ProcessPending: sigs(64),
				})}
			},
		},
		{
			name: "limits out of the ordinary",
			state: childState{Limits: map[procinfo.Resource]procinfo.Limits{
				procinfo.RLIMIT_NOFILE: {Soft: 0, Hard: 88},
			}},
			want: func(*child) report { return report{"rlimit": "0:88"} },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root {
				needRoot(t)
			}
			c := still(t, tt.state)
			if tt.after != nil && os.Getenv(execEnv) == "" { // only sets of signals depend on it
				tt.after(t, c)
			}
			want := tt.want(c)
			for _, f := range features {
				truth, ok := want[f.name]
				if !ok {
					continue
				}
				t.Run(f.name, func(t *testing.T) {
					need(t, f.name)
					if f.name == "sigmasks" {
						needRealSignals(t)
					}
					check := func(how string, p any) {
						t.Helper()
						if got, err := f.by(p); err != nil || got != truth {
							t.Errorf("%s: got %s, %v; want %s", how, got, err, truth)
						}
					}
					check("by PID", c.Pid)
					check("by handle", c.Process)
					procinfo.Oneshot(c.Pid, func() error {
						check("by PID, Oneshot by PID", c.Pid)
						check("by handle, Oneshot by PID", c.Process)
						check("again", c.Pid)
						return nil
					})
					procinfo.Oneshot(c.Process, func() error {
						check("by PID, Oneshot by handle", c.Pid)
						check("by handle, Oneshot by handle", c.Process)
						return nil
					})
					info, err := procinfo.Get(c.Process)
					if err != nil {
						t.Fatal(err)
					}
					if got := reportFrom(info)[f.name]; got != truth {
						t.Errorf("Get: got %s, want %s", got, truth)
					}
					for info := range procinfo.All() {
						if got := reportFrom(info)[f.name]; info.PID == c.Pid && got != truth {
							t.Errorf("All: got %s, want %s", got, truth)
						}
					}
				})
			}
		})
	}
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

// inKernelOrder: Linux sorts the list when it is set.
func inKernelOrder(groups ...int) string {
	slices.Sort(groups)
	return fmt.Sprint(groups)
}

// TestSignalsComeAndGo is the masks before and after blocking, sending and catching.
func TestSignalsComeAndGo(t *testing.T) {
	need(t, "sigmasks")
	needRealSignals(t)
	c := start(t, childState{Caught: []int{int(sigUSR2)}})
	check := func(when string, pending, blocked, caught procinfo.SignalSet) {
		t.Helper()
		m, err := procinfo.GetSigmasks(c.Pid)
		if err != nil {
			t.Fatal(err)
		}
		if m.Pending != pending || m.Blocked != blocked || m.Caught != caught {
			t.Errorf("%s: pending %v, blocked %v, caught %v; want %v, %v, %v",
				when, m.Pending, m.Blocked, m.Caught, pending, blocked, caught)
		}
	}
	check("at first", sigs(), sigs(), sigs(sigUSR2))
	c.tell(t, "block", int(sigUSR1))
	check("USR1 blocked", sigs(), sigs(sigUSR1), sigs(sigUSR2))
	c.tell(t, "thread-kill", int(sigUSR1))
	check("USR1 sent", sigs(sigUSR1), sigs(sigUSR1), sigs(sigUSR2))
	c.tell(t, "thread-kill", int(sigUSR2)) // is caught at once
	check("USR2 sent", sigs(sigUSR1), sigs(sigUSR1), sigs(sigUSR2))
	fmt.Fprintln(c.in, "unblock") // USR1 takes its default action: it kills
	waitZombie(t, c.Pid)
	m, err := procinfo.GetSigmasks(c.Pid)
	if err != nil || !m.Pending.Empty() {
		t.Errorf("pending in the zombie: %v, %v", m.Pending, err)
	}
}

func TestNoSuchProcess(t *testing.T) {
	gone := start(t, childState{})
	gone.stop()
	for _, p := range []any{-1, math.MinInt32, gone.Pid, gone.Process, (*os.Process)(nil), &os.Process{}, 0, math.MaxInt32} {
		if p == 0 && !promises("umask") {
			continue // a process on some systems, and never ours
		}
		for _, f := range features {
			if !promises(f.name) {
				continue
			}
			_, err := f.by(p)
			wantKind(t, err, "no such process")
			if !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("%s %v: %v does not match os.ErrProcessDone", f.name, p, err)
			}
			pid, _ := p.(int)
			procinfo.Oneshot(pid, func() error {
				for range 2 {
					_, err := f.by(p)
					wantKind(t, err, "no such process")
				}
				return nil
			})
		}
	}
	// Cut to 32 bits these would be process 1.
	for _, pid := range []int64{1<<32 + 1, -1<<32 + 1} {
		if int64(int(pid)) == pid {
			_, err := procinfo.Getpgid(int(pid))
			wantKind(t, err, "no such process")
		}
	}
}

func TestInvalidArguments(t *testing.T) {
	need(t, "set rlimit")
	c := start(t, childState{})
	before, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE)
	if err != nil {
		t.Fatal(err)
	}
	_, err = procinfo.Rlimit(c.Pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 5, Hard: 4})
	wantKind(t, err, "invalid limits")
	_, err = procinfo.Rlimit(c.Pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: procinfo.Infinity, Hard: 4})
	wantKind(t, err, "invalid limits")
	for _, r := range []procinfo.Resource{99, math.MaxInt32, -99, math.MinInt32} {
		_, err = procinfo.GetRlimit(c.Pid, r)
		wantKind(t, err, "invalid resource")
		_, err = procinfo.Rlimit(c.Pid, r, &before)
		wantKind(t, err, "invalid resource")
	}
	after, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE)
	if err != nil || after != before {
		t.Errorf("limits were %v and are %v, %v", before, after, err)
	}
}

// TestSetRlimit lowers and raises limits of a child, and reads back every time.
func TestSetRlimit(t *testing.T) {
	need(t, "set rlimit")
	c := start(t, childState{Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: 50, Hard: 100}}})
	now := procinfo.Limits{Soft: 50, Hard: 100}
	for _, next := range []procinfo.Limits{{Soft: 100, Hard: 100}, {Soft: 20, Hard: 90}, {Soft: 90, Hard: 90}, {Soft: 0, Hard: 10}} {
		procinfo.Oneshot(c.Pid, func() error {
			old, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_NOFILE, &next)
			if err != nil || old != now {
				t.Errorf("set %v: old %v, %v; want %v", next, old, err, now)
			}
			if got, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_NOFILE); err != nil || got != next {
				t.Errorf("after setting %v: %v, %v", next, got, err)
			}
			return nil
		})
		now = next
	}
	// An unlimited hard limit with a finite soft one is sound; whether raising is allowed is up to privilege.
	core := procinfo.RLIMIT_CORE
	limits := procinfo.Limits{Soft: 1, Hard: procinfo.Infinity}
	if _, err := procinfo.Rlimit(c.Pid, core, &limits); err != nil {
		wantKind(t, err, "denied")
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v does not match fs.ErrPermission", err)
		}
	} else if got, err := procinfo.GetRlimit(c.Pid, core); err != nil || got != limits {
		t.Errorf("after setting %v: %v, %v", limits, got, err)
	}
}

func TestZombie(t *testing.T) {
	need(t, "pgid")
	c := still(t, childState{Umask: 0o27, Setpgid: true})
	before := reportOf(c.Pid)
	send(t, c.Pid, 9)
	waitZombie(t, c.Pid)
	after := reportOf(c.Pid)
	if promises("umask") && after["umask"] != "!zombie" {
		t.Errorf("umask of a zombie: %s", after["umask"])
	}
	for _, name := range []string{"groups", "pgid", "sid", "rlimit"} {
		if promises(name) && after[name] != before[name] {
			t.Errorf("%s was %s, and is %s of the zombie", name, before[name], after[name])
		}
	}
	info, err := procinfo.Get(c.Pid)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, info.Err(procinfo.FieldUmask), "zombie")
	wantKind(t, info.Err(procinfo.FieldPgid), "")
}

// TestAll finds a child once, and this process.
func TestAll(t *testing.T) {
	need(t, "pgid")
	c := start(t, childState{Umask: 0o26})
	seen := map[int]int{}
	for info, err := range procinfo.All() {
		if err != nil {
			wantKind(t, err, "denied")
			continue
		}
		seen[info.PID]++
		if info.PID == c.Pid && promises("umask") && info.Umask != 0o26 {
			t.Errorf("child's umask is %04o", info.Umask)
		}
	}
	if seen[c.Pid] != 1 || seen[os.Getpid()] != 1 {
		t.Errorf("child seen %d times, this process %d times", seen[c.Pid], seen[os.Getpid()])
	}
	for info := range procinfo.All(procinfo.FieldPgid) {
		if info.Err(procinfo.FieldUmask) == nil || info.Err(procinfo.FieldRlimits) == nil {
			t.Fatal("a field that was not asked for has no error")
		}
		break // and the rest is not read
	}
}
