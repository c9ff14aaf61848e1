// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"errors"
	"fmt"
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
	roles["hidden"] = func(args []string) any { becomeNobody(); return reportOn(args) }
}

// withSysctl sets a number for the time of a test.
func withSysctl(t *testing.T, name string, value uint32) {
	t.Helper()
	before, err := unix.SysctlUint32(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := setSysctl(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := setSysctl(name, before); err != nil {
			t.Error(err)
		}
	})
}

// TestFreeBSDHidden asks as nobody about a process of root, with what the system can be told to keep from him.
func TestFreeBSDHidden(t *testing.T) {
	needSystem(t)
	target := still(t, childState{User: &user{0, 7, []uint32{8}}, Setsid: true})
	for _, name := range []string{"see_other_uids", "see_other_gids", "unprivileged_proc_debug"} {
		t.Run(name, func(t *testing.T) {
			withSysctl(t, "security.bsd."+name, 0)
			want := report{}
			for _, f := range features {
				want[f.name] = "!no such process"
			}
			if name == "unprivileged_proc_debug" {
				want = reportOf(target.Pid)
				want["umask"] = "!denied"
			}
			var got []report
			command(t, childState{Role: "hidden", Args: []string{strconv.Itoa(target.Pid)}}).run(t, &got)
			if fmt.Sprint(got[0]) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", got[0], want)
			}
			checkEverywhere(t, target.Pid, target.Process, reportOf(target.Pid)) // root sees all the same
		})
	}
}

// setClock sets the clock on by some time, or back.
func setClock(t *testing.T, by time.Duration) {
	t.Helper()
	tv := unix.NsecToTimeval(time.Now().Add(by).UnixNano())
	if err := unix.Settimeofday(&tv); err != nil {
		t.Fatal(err)
	}
}

// keepClock sets the clock at the end of the test to what it would be then.
func keepClock(t *testing.T) {
	t.Helper()
	begun := time.Now()
	t.Cleanup(func() {
		now := time.Now()
		setClock(t, now.Sub(begun)-now.Round(0).Sub(begun.Round(0)))
	})
}

// TestFreeBSDClock: if the clock is set, the starts of all processes seem to move along.
func TestFreeBSDClock(t *testing.T) {
	needSystem(t)
	keepClock(t)
	c := still(t, childState{Setsid: true, Blocked: []int{65}, Umask: 0o26})
	want := reportOf(c.Pid)
	for _, by := range []time.Duration{time.Hour, -time.Hour, time.Millisecond, -time.Millisecond, 3 * time.Second, -3 * time.Second} {
		for _, first := range []string{"groups", "pgid", "sid"} { // which have the record read
			procinfo.Oneshot(c.Pid, func() error {
				for _, f := range features {
					if f.name == first {
						f.by(c.Pid)
					}
				}
				setClock(t, by)
				if got := reportOf(c.Pid); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("clock set by %v: got %v, want %v", by, got, want)
				}
				return nil
			})
		}
		seen := 0
		for info, err := range procinfo.All() {
			if err != nil {
				t.Error(err)
			}
			if seen++; seen == 1 {
				setClock(t, by)
			}
			if info.PID == c.Pid {
				seen += 1000
				if got := reportFrom(info); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("clock set by %v: All: got %v, want %v", by, got, want)
				}
			}
		}
		if seen < 1000 {
			t.Errorf("clock set by %v: All has only %d processes", by, seen)
		}
	}

	// The clock is set without pause.
	dying := still(t, childState{Setsid: true})
	send(t, dying.Pid, unix.SIGKILL)
	waitZombie(t, dying.Pid)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for by := time.Hour; ; by = -by {
			select {
			case <-stop:
				return
			default:
				setClock(t, by)
			}
		}
	}()
	for i := range 150 {
		if got := reportOf(c.Pid); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		info, err := procinfo.Get(c.Process, procinfo.FieldUmask, procinfo.FieldSigmasks, procinfo.FieldSid)
		if err != nil || info.Umask != 0o26 || info.Sid != c.Pid || !info.Sigmasks.Blocked.Has(65) {
			t.Errorf("Get: %+v, %v", info, err)
		}
		limits := procinfo.Limits{Soft: uint64(i), Hard: 1000}
		if _, err := procinfo.Rlimit(c.Process, procinfo.RLIMIT_FSIZE, &limits); err != nil {
			t.Error(err)
		} else if got, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_FSIZE); err != nil || got != limits {
			t.Errorf("set %v: %v, %v", limits, got, err)
		}
		_, err = procinfo.GetUmask(dying.Pid)
		wantKind(t, err, "zombie")
	}
	close(stop)
	<-stopped
}

// TestFreeBSDReuse: what a Oneshot or All has of a process is not added to by what is told of a successor with the same PID.
func TestFreeBSDReuse(t *testing.T) {
	needSystem(t)
	fewPIDs(t)
	keepClock(t)
	for _, by := range []time.Duration{0, time.Hour, -time.Hour} {
		// One whose record was read, one of which only the record was read, and one that All has.
		var first [3]*child
		for i := range first {
			for first[i] == nil || first[i].Pid < 100 || first[i].Pid > 299 { // FreeBSD 12 uses those below once only
				if first[i] != nil {
					first[i].stop()
				}
				first[i] = still(t, childState{Umask: 0o11, User: &user{0, 7, make([]uint32, 30)}})
			}
		}
		whole, bare, listed := first[0].Pid, first[1].Pid, first[2].Pid
		procinfo.Oneshot(whole, func() error {
			want := reportOf(whole)
			want["umask"], want["rlimit"] = "!no such process", "!no such process"
			return procinfo.Oneshot(bare, func() error {
				sid, err := procinfo.Getsid(bare)
				if err != nil {
					t.Error(err)
				}
				begun := false
				for info, err := range procinfo.All() {
					if err != nil {
						t.Error(err)
					}
					switch {
					case !begun && info.PID != listed:
						begun = true
						replace(t, first[:])
						setClock(t, by)
					case begun && (info.PID == whole || info.PID == bare || info.PID == listed):
						t.Errorf("clock set by %v: All tells of a process that is gone: %+v", by, info)
					}
				}
				if got := reportOf(whole); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("clock set by %v: got %v, want %v", by, got, want)
				}
				got, bareWant := reportOf(bare), report{"pgid": own(t)["pgid"], "sid": fmt.Sprint(sid)}
				for _, f := range features {
					if bareWant[f.name] == "" { // 31 groups are more than the record has
						bareWant[f.name] = "!no such process"
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(bareWant) {
					t.Errorf("clock set by %v: got %v, want %v", by, got, bareWant)
				}
				return nil
			})
		})
		for _, c := range first {
			if mask, err := procinfo.GetUmask(c.Pid); err != nil || mask != 0o22 {
				t.Errorf("the successor's umask: %o, %v", mask, err)
			}
		}
	}
}

// replace ends children and has others get their PIDs, until the test is over.
func replace(t *testing.T, all []*child) {
	t.Helper()
	missing := map[int]bool{}
	for _, c := range all {
		c.stop()
		missing[c.Pid] = true
	}
	last := 0
	withSysctl(t, "kern.randompid", 0)
	for try := 0; len(missing) > 0; try++ {
		// The PIDs up to there are skipped by leaps of up to 100.
		leap := uint32(100)
		for pid := range missing {
			if ahead := pid - last; ahead >= 0 && ahead <= 100 {
				leap = 0
			}
		}
		if err := setSysctl("kern.randompid", leap); err != nil {
			t.Fatal(err)
		}
		pid, _, hold, err := stillBorn(childState{Umask: 0o22, Setsid: true})
		if err != nil {
			t.Fatal(err)
		}
		last = pid
		end := func() {
			unix.Kill(pid, unix.SIGKILL)
			reap(pid)
			unix.Close(hold)
		}
		if !missing[pid] {
			end()
		} else {
			t.Cleanup(end)
			delete(missing, pid)
		}
		if try > 3000 {
			t.Fatalf("no processes got the PIDs %v", missing)
		}
	}
}

// fewPIDs has the kernel use PIDs up to 299 only.
func fewPIDs(t *testing.T) {
	t.Helper()
	withSysctl(t, "kern.pid_max", 300)
}

// TestFreeBSDChurn: children are born and die, while others ask about all that there are. Each has one number in its umask
// and limits, and for root in its groups, so that no answer can mix two of them unseen.
func TestFreeBSDChurn(t *testing.T) {
	if os.Getenv(systemEnv) != "" && os.Getuid() == 0 {
		fewPIDs(t)
	}
	const births, askers = 400, 2
	defer unix.Umask(unix.Umask(0o22))
	self := own(t)
	var answers, gone atomic.Int64
	var pids [4]atomic.Int64
	var wg sync.WaitGroup
	stop := make(chan struct{})
	check := func(how string, info procinfo.Info, err error) {
		answers.Add(1)
		if errors.Is(err, procinfo.ErrNoSuchProcess) {
			gone.Add(1)
			return
		}
		if err != nil {
			t.Errorf("%s: %v", how, err)
			return
		}
		if info.Err(procinfo.FieldUmask) != nil || info.Err(procinfo.FieldRlimits) != nil || info.Umask&0o200 == 0 {
			if err := info.Err(procinfo.FieldUmask); err != nil && !errors.Is(err, procinfo.ErrZombieProcess) &&
				!errors.Is(err, procinfo.ErrAccessDenied) && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: %v", how, err)
			}
			return // not born completely, or dead
		}
		n := uint64(info.Umask & 0o77)
		if l := info.Rlimits[procinfo.RLIMIT_NOFILE]; l.Soft%64 != n || l.Soft < 64 {
			t.Errorf("%s: umask %o and limits %v", how, info.Umask, l)
		}
		early := fmt.Sprint(info.Groups) == self["groups"] // All had the record before the child made itself others
		if os.Getuid() == 0 && !early && (len(info.Groups) != int(n)+1 || uint64(info.Groups[0]) != n) {
			t.Errorf("%s: umask %o and groups %v", how, info.Umask, info.Groups)
		}
	}
	for i := range askers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				pid := int(pids[(round+i)%len(pids)].Load())
				switch {
				case round%50 == 49:
					for info, err := range procinfo.All() {
						if err != nil || fmt.Sprint(info.Sid) == self["sid"] && info.PID != os.Getpid() {
							check("All", info, err)
						}
					}
				case pid != 0:
					info, err := procinfo.Get(pid)
					check("Get", info, err)
				default:
					runtime.Gosched()
				}
			}
		}()
	}
	var holds [len(pids)]int
	end := func(slot int) {
		if pid := int(pids[slot].Load()); pid != 0 {
			unix.Kill(pid, unix.SIGKILL)
			reap(pid)
			unix.Close(holds[slot])
		}
	}
	begun := time.Now()
	for n := 0; n < births && (n < 2*len(pids) || time.Since(begun) < 5*time.Second); n++ {
		slot := n % len(pids)
		end(slot)
		s := childState{
			Umask:  0o200 | n%64,
			Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_NOFILE: {Soft: uint64(64 + n%64), Hard: 128}},
		}
		if os.Getuid() == 0 {
			s.User = &user{0, uint32(n % 64), make([]uint32, n%64)}
		}
		pid, _, hold, err := stillBorn(s)
		if err != nil {
			t.Error(err)
			break
		}
		pids[slot].Store(int64(pid))
		holds[slot] = hold
	}
	close(stop)
	wg.Wait()
	for slot := range pids {
		end(slot)
	}
	t.Logf("%d answers, %d of them that the process is gone", answers.Load(), gone.Load())
	if answers.Load() == 0 {
		t.Error("nothing was asked")
	}
}
