// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

var (
	cwd   = unix.AT_FDCWD
	atCWD = uintptr(cwd)
)

// withoutLimits are the fields of Info that need one file.
var withoutLimits = []procinfo.Field{
	procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldSigmasks, procinfo.FieldPgid, procinfo.FieldSid,
}

const usualGroups = 3

// forOne are the rows about one process, which waits, with a few groups if we may give it some.
func forOne(e effort) []row {
	groups := 0
	if os.Geteuid() == 0 {
		groups = usualGroups
	}
	child, err := startNursery(1, groups)
	if err != nil {
		return []row{newRow(bare, "one process", "").failed(err)}
	}
	defer child.stop()
	pid := child.pids[0]
	rows := uncachedRows(e, pid)
	rows = append(rows, cachedRows(e, pid)...)
	rows = append(rows, peerRows(e, pid)...)
	return append(rows, partRows(e, pid)...)
}

// calls are the bare ones about a process.
type calls struct{ status, limitsFile, limit, limits, pgid, sid work }

func callsOf(pid int) calls {
	status, limits, buf := newPath("/proc/%d/status", pid), newPath("/proc/%d/limits", pid), make([]byte, 8192)
	var old unix.Rlimit
	return calls{
		status:     once(func() error { return readBare(cwd, status, buf) }),
		limitsFile: once(func() error { return readBare(cwd, limits, buf) }),
		limit:      once(func() error { return prlimitBare(pid, unix.RLIMIT_NOFILE, &old) }),
		limits: once(func() error {
			for r := range 16 {
				if err := prlimitBare(pid, r, &old); err != nil {
					return err
				}
			}
			return nil
		}),
		pgid: once(func() error { return idBare(unix.SYS_GETPGID, pid) }),
		sid:  once(func() error { return idBare(unix.SYS_GETSID, pid) }),
	}
}

// allStatuses are the bare calls about all processes.
func allStatuses() work {
	names, buf := make([]byte, 1<<16), make([]byte, 1<<16)
	return once(func() error { _, err := readAllBare(names, buf); return err })
}

func uncachedRows(e effort, pid int) []row {
	const reading = "open, read, close of `status`"
	c := callsOf(pid)

	// Whichever is cheaper here is what Get with all limits has to stand beside.
	cheaper, which := c.limits, "16 prlimits"
	if ts, err := compare(effort{5, e.batch}, c.limits, c.limitsFile); err == nil && ts[1].median() < ts[0].median() {
		cheaper, which = c.limitsFile, "a read of `limits`"
	}

	return []row{
		besideBare(e, newRow(bare, "GetUmask", reading).atMost(1.10).allocating(0),
			once(func() error { _, err := procinfo.GetUmask(pid); return err }), c.status),
		besideBare(e, newRow(bare, "GetSigmasks", reading).atMost(1.10).allocating(0),
			once(func() error { _, err := procinfo.GetSigmasks(pid); return err }), c.status),
		besideBare(e, newRow(bare, "GetGroups, few groups", reading).atMost(1.12).allocating(1),
			once(func() error { _, err := procinfo.GetGroups(pid); return err }), c.status),
		besideBare(e, newRow(bare, "Getpgid", "getpgid(2)").atMost(1.15).allocating(0),
			once(func() error { _, err := procinfo.Getpgid(pid); return err }), c.pgid),
		besideBare(e, newRow(bare, "Getsid", "getsid(2)").atMost(1.15).allocating(0),
			once(func() error { _, err := procinfo.Getsid(pid); return err }), c.sid),
		besideBare(e, newRow(bare, "GetRlimit", "prlimit(2)").atMost(1.15).allocating(0),
			once(func() error { _, err := procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE); return err }), c.limit),
		besideBare(e, newRow(bare, "Get, everything but limits", "one `status`, getpgid, getsid").atMost(1.15),
			once(func() error { _, err := procinfo.Get(pid, withoutLimits...); return err }),
			inTurn(c.status, c.pgid, c.sid)),
		besideBare(e, newRow(bare, "Get, everything with all limits", "the same and "+which).atMost(1.20),
			once(func() error { _, err := procinfo.Get(pid); return err }),
			inTurn(c.status, c.pgid, c.sid, cheaper)),
	}
}

// besideBare measures ours and the bare calls.
func besideBare(e effort, r row, ours, calls work) row {
	ts, err := compare(e, ours, calls)
	if err != nil {
		return r.failed(err)
	}
	r.times = []named{{"procinfo", ts[0].median()}, {"bare", ts[1].median()}}
	r.allocs = ts[0].allocs
	return r.ratio(ts[0], ts[1])
}

// inTurn does each of the works each time.
func inTurn(works ...work) work {
	return once(func() error {
		for _, w := range works {
			if err := w(1); err != nil {
				return err
			}
		}
		return nil
	})
}

// longGroups is the row about as many groups as Linux allows.
func longGroups(e effort) row {
	const most = 65536
	r := newRow(bare, "GetGroups, 65,536 groups", "the same, into a buffer with room for all").atMost(1.3)
	if os.Geteuid() != 0 {
		return r.failed(errors.New("only root can set groups"))
	}
	child, err := startNursery(1, most)
	if err != nil {
		return r.failed(err)
	}
	defer child.stop()
	pid := child.pids[0]
	if groups, err := procinfo.GetGroups(pid); err != nil || len(groups) != most {
		return r.failed(fmt.Errorf("%d groups, %v", len(groups), err))
	}
	status, buf := newPath("/proc/%d/status", pid), make([]byte, 1<<20)
	return besideBare(e, r,
		once(func() error { _, err := procinfo.GetGroups(pid); return err }),
		once(func() error { return readBare(cwd, status, buf) }))
}

// forMany are the rows about the whole system with n processes.
func forMany(e effort, n int, withPeers bool) []row {
	r := newRow(bare, "", "getdents64 of `/proc`, and one `status` each").atMost(1.25)
	children, err := fillTo(n)
	if err == nil {
		defer children.stop()
		n, err = processes()
	}
	r.what = fmt.Sprintf("All, %s processes", thousands(n))
	if err != nil {
		return []row{r.failed(err)}
	}
	ts, err := compare(e,
		once(func() error {
			for _, err := range procinfo.All(withoutLimits...) {
				if err != nil {
					return err
				}
			}
			return nil
		}),
		allStatuses())
	if err != nil {
		return []row{r.failed(err)}
	}
	each := float64(n)
	r.times = []named{{"procinfo per process", ts[0].median() / each}, {"bare", ts[1].median() / each}}
	r.allocs, r.maxAllocs = ts[0].allocs/each, 2
	r.note = "allocations per process"
	rows := []row{r.ratio(ts[0], ts[1])}
	if withPeers {
		rows = append(rows, peersOfAll(e, n)...)
	}
	return rows
}

func cachedRows(e effort, pid int) []row {
	rows := []row{}
	add := func(what string, ask func() error) {
		r := newRow(cached, what, "").atMost(30).allocating(0)
		r.unit = "ns"
		var ts []timing
		err := procinfo.Oneshot(pid, func() (err error) {
			ts, err = compare(e, once(ask))
			return err
		})
		if err != nil {
			rows = append(rows, r.failed(err))
			return
		}
		r.figure, r.allocs = ts[0].median(), ts[0].allocs
		r.spread = [2]float64{quantile(ts[0].ns, 0.25), quantile(ts[0].ns, 0.75)}
		rows = append(rows, r)
	}
	add("GetUmask, remembered", func() error { _, err := procinfo.GetUmask(pid); return err })
	add("GetSigmasks, remembered", func() error { _, err := procinfo.GetSigmasks(pid); return err })
	add("GetGroups, remembered", func() error { _, err := procinfo.GetGroups(pid); return err })
	return append(rows, contention(e, pid))
}

// contention compares what goroutines, each with a Oneshot of its own, get done together with what one does.
func contention(e effort, pid int) row {
	const goroutines = 8
	cores := min(goroutines, runtime.GOMAXPROCS(0))
	r := newRow(cached, fmt.Sprintf("%d goroutines, each with its own Oneshot", goroutines),
		"one; times as much is done").atLeast(0.9 * float64(cores))
	r.note = fmt.Sprintf("linear is %d on this machine", cores)
	inOneshot := func(n int) error {
		return procinfo.Oneshot(pid, func() error {
			for range n {
				if _, err := procinfo.GetUmask(pid); err != nil {
					return err
				}
			}
			return nil
		})
	}
	n, err := calibrate(effort{1, max(e.batch, 2*time.Millisecond)}, inOneshot)
	if err != nil {
		return r.failed(err)
	}
	ts, err := compare(effort{e.rounds, time.Nanosecond},
		once(func() error { return inOneshot(n * goroutines) }),
		once(func() error {
			var wg sync.WaitGroup
			errs := make([]error, goroutines)
			for i := range errs {
				wg.Go(func() { errs[i] = inOneshot(n) })
			}
			wg.Wait()
			return errors.Join(errs...)
		}))
	if err != nil {
		return r.failed(err)
	}
	calls := float64(n * goroutines)
	r.times = []named{{"a call of one", ts[0].median() / calls}, {fmt.Sprintf("of %d", goroutines), ts[1].median() / calls}}
	return r.ratio(ts[0], ts[1])
}

// partRows tell what the calls are made of besides the kernel's work.
func partRows(e effort, pid int) []row {
	status, buf := newPath("/proc/%d/status", pid), make([]byte, 8192)
	ts, err := compare(e,
		once(func() error { return readAnnounced(cwd, status, buf) }),
		once(func() error { return readBare(cwd, status, buf) }),
		once(func() error { _ = os.Getenv("HOST_PROC"); return nil }))
	announced := newRow(parts, "open, read, close of `status` by Syscall", "the same by RawSyscall")
	getenv := newRow(parts, "os.Getenv of a variable that is not set", "")
	getenv.unit = "ns"
	if err != nil {
		return []row{announced.failed(err), getenv.failed(err)}
	}
	announced.times = []named{{"Syscall", ts[0].median()}, {"RawSyscall", ts[1].median()}}
	getenv.figure = ts[2].median()
	return []row{announced.ratio(ts[0], ts[1]), getenv}
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// kernelRows are all rows that ask the kernel. The last of the sizes that the system is filled to, except a larger one than
// 1,000, is that of the comparison with the other libraries.
func kernelRows(e effort, sizes []int) []row {
	rows := append(forOne(e), longGroups(e))
	withPeers := sizes[0]
	for _, n := range sizes {
		if n <= 1000 {
			withPeers = n
		}
	}
	for _, n := range sizes {
		rows = append(rows, forMany(e, n, n == withPeers)...)
	}
	return rows
}

const kernelMeasured = true

// machine describes this one.
func machine() string {
	var u unix.Utsname
	unix.Uname(&u)
	kernel := unix.ByteSliceToString(u.Release[:])
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	model := "unknown processor"
	for line := range strings.Lines(string(cpu)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
			break
		}
	}
	load, _ := os.ReadFile("/proc/loadavg")
	idle, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf("Linux %s, %s, load average %s before", kernel, model, idle)
}
