// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["churn"] = func(args []string) any { return churn(args) }
}

// longEnv is for how many seconds TestChurn runs, if not for a few.
const longEnv = "PROCINFO_TEST_SECONDS"

// TestChurn: children are born and die as fast as the machine allows, with few PIDs among them, while eight goroutines ask
// about them. Each child carries one number in its umask, groups and limits, so that no answer can mix two of them unseen.
func TestChurn(t *testing.T) {
	needNamespaces(t)
	checkLeaks(t)
	seconds := os.Getenv(longEnv)
	if seconds == "" {
		seconds = "4"
	}
	var r churnReport
	inNewPIDNamespace(command(t, childState{Role: "churn", Args: []string{seconds}})).run(t, &r)
	t.Logf("%d born, %d answers, %d gone, %d zombies; %d descriptors before, %d after", r.Born, r.Answers, r.Gone, r.Zombies, r.Before, r.After)
	for _, bad := range r.Bad {
		t.Error(bad)
	}
	if r.After > r.Before {
		t.Errorf("%d descriptors before, %d after", r.Before, r.After)
	}
	if r.Born < 2 || r.Answers < 100 {
		t.Errorf("too little was seen: %+v", r)
	}
}

type churnReport struct {
	Born, Answers, Gone, Zombies int64
	Before, After                int
	Bad                          []string
}

// signature is the state of the child with number n. The umask is set last, to one that nobody else here has: in a child
// with another one nothing need fit yet.
func signature(n int) childState {
	return childState{
		Umask: 0o200 | n%0o100, Setsid: true, User: &user{0, 0, []uint32{uint32(n)}},
		Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: uint64(n), Hard: 4096}},
	}
}

// fits reports whether what was told is of one child, with number n unless that is -1.
func fits(n, pid, umask int, groups []uint32, nofile procinfo.Limits, sid int) bool {
	if n < 0 {
		if umask&0o200 == 0 {
			return true
		}
		if len(groups) != 1 {
			return false
		}
		n = int(groups[0])
	}
	return umask == 0o200|n%0o100 && len(groups) == 1 && groups[0] == uint32(n) &&
		(nofile == procinfo.Limits{} || nofile.Soft == uint64(n)) && (sid < 0 || sid == pid)
}

func churn(args []string) churnReport {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		fail(err)
	}
	seconds, _ := strconv.Atoi(args[0])
	var r churnReport
	var mu sync.Mutex
	bad := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		if len(r.Bad) < 10 {
			r.Bad = append(r.Bad, fmt.Sprintf(format, args...))
		}
	}
	// answered counts an answer, and tells whether there is a value.
	answered := func(err error) bool {
		atomic.AddInt64(&r.Answers, 1)
		switch {
		case err == nil:
			return true
		case errors.Is(err, procinfo.ErrNoSuchProcess):
			atomic.AddInt64(&r.Gone, 1)
		case errors.Is(err, procinfo.ErrZombieProcess):
			atomic.AddInt64(&r.Zombies, 1)
		default:
			bad("%v", err)
		}
		return false
	}

	primeRuntime()
	r.Before = openDescriptors()
	type subject struct {
		n      int
		pid    int
		handle *os.Process
	}
	var living [16]atomic.Pointer[subject]
	done := make(chan struct{})
	var parents, scanners sync.WaitGroup

	// Two parents, each with half of the places.
	for p := range 2 {
		parents.Add(1)
		go func() {
			defer parents.Done()
			runtime.LockOSThread() // until it ends: its children die with the thread
			place := func(i int) *atomic.Pointer[subject] { return &living[2*i+p] }
			clear := func(i int) {
				if s := place(i).Swap(nil); s != nil {
					unix.Kill(s.pid, unix.SIGKILL)
					if i%2 == 0 {
						runtime.Gosched() // leave a zombie for a moment
					}
					reap(s.pid) // the handle is still in use
				}
			}
			for n := 1000; ; n++ {
				select {
				case <-done:
					for i := range len(living) / 2 {
						clear(i)
					}
					return
				default:
				}
				i := n % (len(living) / 2)
				clear(i)
				os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(100+n%50)), 0) // the numbers come back soon
				s := &subject{n: 2*(n%1000) + 500 + p}
				var err error
				if s.pid, err = stillBorn(signature(s.n)); err == nil {
					s.handle, err = os.FindProcess(s.pid)
				}
				if err != nil {
					bad("born: %v", err)
					return
				}
				atomic.AddInt64(&r.Born, 1)
				place(i).Store(s)
			}
		}()
	}

	for g := range 8 {
		scanners.Add(1)
		go func() {
			defer scanners.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				s := living[rand.N(len(living))].Load()
				if s == nil {
					runtime.Gosched()
					continue
				}
				switch g % 4 {
				case 0: // by number, what one record or one Get tells
					info, err := procinfo.Get(s.pid)
					if answered(err) {
						checkInfo(info, -1, answered, bad)
					}
				case 1:
					procinfo.Oneshot(s.pid, func() error {
						umask, err := procinfo.GetUmask(s.pid)
						ok := answered(err)
						groups, err := procinfo.GetGroups(s.pid)
						if answered(err) && ok && !fits(-1, s.pid, umask, groups, procinfo.Limits{}, -1) {
							bad("Oneshot: umask %04o with groups %v", umask, groups)
						}
						return nil
					})
				case 2: // by handle: all is of this one child
					ask := func() error {
						umask, err := procinfo.GetUmask(s.handle)
						if answered(err) && umask != 0o200|s.n%0o100 {
							bad("handle: umask %04o of number %d", umask, s.n)
						}
						groups, err := procinfo.GetGroups(s.handle)
						if answered(err) && (len(groups) != 1 || groups[0] != uint32(s.n)) {
							bad("handle: groups %v of number %d", groups, s.n)
						}
						nofile, err := procinfo.GetRlimit(s.handle, procinfo.RLIMIT_NOFILE)
						if answered(err) && nofile.Soft != uint64(s.n) {
							bad("handle: limit %v of number %d", nofile, s.n)
						}
						sid, err := procinfo.Getsid(s.handle)
						if answered(err) && sid != s.pid {
							bad("handle: session %d of process %d", sid, s.pid)
						}
						return nil
					}
					ask()
					procinfo.Oneshot(s.handle, ask)
					info, err := procinfo.Get(s.handle)
					if answered(err) {
						checkInfo(info, s.n, answered, bad)
					}
				case 3:
					for info, err := range procinfo.All() {
						if answered(err) {
							checkInfo(info, -1, answered, bad)
						}
					}
				}
			}
		}()
	}
	time.Sleep(time.Duration(seconds) * time.Second)
	close(done)
	scanners.Wait()
	parents.Wait()
	for try := 0; try < 1000; try++ {
		if r.After = openDescriptors(); r.After <= r.Before {
			break
		}
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
	return r
}

// checkInfo counts each field as an answer, and checks that they fit together.
func checkInfo(info procinfo.Info, n int, answered func(error) bool, bad func(string, ...any)) {
	all := true
	for f := procinfo.FieldUmask; f <= procinfo.FieldRlimits; f++ {
		if !answered(info.Err(f)) {
			all = false
		}
	}
	nofile := info.Rlimits[procinfo.RLIMIT_NOFILE]
	// Limits are asked for just before the umask is read: a child can have set both between the two.
	if own, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_NOFILE); n < 0 && err == nil && nofile == own {
		nofile = procinfo.Limits{}
	}
	if all && info.PID != 1 && !fits(n, info.PID, info.Umask, info.Groups, nofile, info.Sid) {
		bad("mixed, number %d: %d has umask %04o, groups %v, limits %v, session %d", n,
			info.PID, info.Umask, info.Groups, nofile, info.Sid)
	}
}
