// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

// TestAllocs holds the functions to what they promise to leave to the garbage collector.
func TestAllocs(t *testing.T) {
	groups := 0
	if os.Getuid() == 0 {
		groups = 3
	}
	state := childState{Caught: []int{}}
	if groups > 0 {
		state.User = &user{0, 0, []uint32{7, 8, 9}}
	}
	pid := still(t, state).Pid
	handle, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer handle.Release()
	one := 0.0
	if g, _ := procinfo.GetGroups(pid); len(g) > 0 {
		one = 1
	}
	for _, tt := range []struct {
		name             string
		uncached, cached float64
		ask              func()
	}{
		{"GetUmask", 0, 0, func() { procinfo.GetUmask(pid) }},
		{"GetUmask by int32", 0, 0, func() { procinfo.GetUmask(int32(pid)) }},
		{"GetUmask by *os.Process", 0, 0, func() { procinfo.GetUmask(handle) }},
		{"GetGroups", one, 0, func() { procinfo.GetGroups(pid) }},
		{"GetGroups by int32", one, 0, func() { procinfo.GetGroups(int32(pid)) }},
		{"GetGroups by *os.Process", one, 0, func() { procinfo.GetGroups(handle) }},
		{"GetSigmasks by *os.Process", 0, 0, func() { procinfo.GetSigmasks(handle) }},
		{"GetRlimit by *os.Process", 0, 0, func() { procinfo.GetRlimit(handle, procinfo.RLIMIT_NOFILE) }},
		{"GetRlimit of every resource", 0, 0, func() {
			for r := range procinfo.Resource(16) {
				procinfo.GetRlimit(pid, r)
			}
		}},
		{"Rlimit without new limits", 0, 0, func() { procinfo.Rlimit(pid, procinfo.RLIMIT_NOFILE, nil) }},
		{"Getpgid by *os.Process", 0, 0, func() { procinfo.Getpgid(handle) }},
		{"Getsid by *os.Process", 0, 0, func() { procinfo.Getsid(handle) }},
		{"GetSigmasks", 0, 0, func() { procinfo.GetSigmasks(pid) }},
		{"GetRlimit", 0, 0, func() { procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE) }},
		{"Getpgid", 0, 0, func() { procinfo.Getpgid(pid) }},
		{"Get without limits", one, one, func() {
			procinfo.Get(pid, procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks)
		}},
		{"Get of a number", 0, 0, func() { procinfo.Get(pid, procinfo.FieldUmask) }},
		{"Getsid", 0, 0, func() { procinfo.Getsid(pid) }},
	} {
		if raceEnabled {
			t.Skip("the race detector makes pools lose on purpose")
		}
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

// TestAllocsMost: as many groups as Linux has are one allocation too; the text that they are decoded from is none.
func TestAllocsMost(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools lose on purpose")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can set groups")
	}
	if os.Getenv(execEnv) != "" {
		t.Skip("an emulator takes long for a file of this length")
	}
	groups := make([]uint32, 65536)
	for i := range groups {
		groups[i] = 4_000_000_000 + uint32(i)
	}
	pid := still(t, childState{User: &user{0, 0, groups}}).Pid
	if got, err := procinfo.GetGroups(pid); err != nil || len(got) != len(groups) {
		t.Fatalf("%d groups, %v", len(got), err)
	}
	if got := testing.AllocsPerRun(20, func() { procinfo.GetGroups(pid) }); got > 1 {
		t.Errorf("GetGroups: %v allocations, promised is 1", got)
	}
}

// TestAllocsAll: a process of All is at most two allocations, in the long run.
func TestAllocsAll(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools lose on purpose")
	}
	still(t, childState{})
	const once = 100 // what the listing takes however many there are
	n := 0
	got := testing.AllocsPerRun(5, func() {
		here := 0
		for range procinfo.All(procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks) {
			here++
		}
		n = max(n, here)
	})
	if n == 0 || got > float64(2*n+once) {
		t.Errorf("%d processes: %v allocations", n, got)
	}
}

// Each function uncached and cached, beside the bare calls of the kernel that it cannot do without.

func BenchmarkBareStatus(b *testing.B) {
	path, buf := "/proc/self/status", make([]byte, 4096)
	if pid := os.Getpid(); pid > 0 {
		path = "/proc/" + strconv.Itoa(pid) + "/status"
	}
	b.ReportAllocs()
	for b.Loop() {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			b.Fatal(err)
		}
		unix.Read(fd, buf)
		unix.Close(fd)
	}
}

func BenchmarkBareGetpgid(b *testing.B) {
	pid := os.Getpid()
	for b.Loop() {
		unix.Getpgid(pid)
	}
}

func BenchmarkGetUmask(b *testing.B) { benchmark(b, func(pid int) { procinfo.GetUmask(pid) }) }

func BenchmarkGetGroups(b *testing.B) { benchmark(b, func(pid int) { procinfo.GetGroups(pid) }) }

func BenchmarkGetSigmasks(b *testing.B) { benchmark(b, func(pid int) { procinfo.GetSigmasks(pid) }) }

func BenchmarkGetRlimit(b *testing.B) {
	benchmark(b, func(pid int) { procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE) })
}

func BenchmarkGetpgid(b *testing.B) { benchmark(b, func(pid int) { procinfo.Getpgid(pid) }) }

func BenchmarkGetsid(b *testing.B) { benchmark(b, func(pid int) { procinfo.Getsid(pid) }) }

func benchmark(b *testing.B, ask func(pid int)) {
	pid := os.Getpid()
	b.Run("uncached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ask(pid)
		}
	})
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		procinfo.Oneshot(pid, func() error {
			ask(pid)
			for b.Loop() {
				ask(pid)
			}
			return nil
		})
	})
}

func BenchmarkGet(b *testing.B) {
	pid := os.Getpid()
	b.Run("everything", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			procinfo.Get(pid)
		}
	})
	b.Run("without limits", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			procinfo.Get(pid, procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks)
		}
	})
}

func BenchmarkAll(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range procinfo.All(procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks) {
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/process")
}
