// SPDX-License-Identifier: MIT

package procfs

import (
	"strconv"
	"testing"
)

// sink keeps the compiler from leaving out what is measured.
var sink struct {
	groups []uint32
	n      int
	err    error
}

// decoders are the decoders with what they may allocate for a sound file.
var decoders = []struct {
	name   string
	kind   string
	allocs float64
	decode func([]byte) error
}{
	{"Umask", "status", 0, func(b []byte) (err error) { sink.n, err = LinuxUmask(b); return err }},
	{"Groups", "status", 1, func(b []byte) (err error) { sink.groups, err = LinuxGroups(b); return err }},
	{"Sigmasks", "status", 0, func(b []byte) error { _, err := LinuxSigmasks(b); return err }},
	{"IDs", "status", 0, func(b []byte) (err error) { sink.n, _, err = LinuxIDs(b); return err }},
	{"Depth", "status", 1, func(b []byte) (err error) { sink.n, err = LinuxDepth(b); return err }},
	{"Stat", "stat", 0, func(b []byte) error { _, err := DecodeLinuxStat(b); return err }},
	{"Limits", "limits", 0, func(b []byte) error { _, err := DecodeLinuxLimits(b); return err }},
}

func TestLinuxAllocs(t *testing.T) {
	plain := linuxNamed(t, "plain")
	for _, d := range decoders {
		file := map[string][]byte{"status": plain.status, "stat": plain.stat, "limits": plain.limits}[d.kind]
		allocs := testing.AllocsPerRun(100, func() { sink.err = d.decode(file) })
		if sink.err != nil {
			t.Fatal(d.name, sink.err)
		}
		if allocs > d.allocs {
			t.Errorf("%s allocates %v times, want %v", d.name, allocs, d.allocs)
		}
	}
	for _, name := range []string{"groups-0", "groups-2000", "groups-65536"} {
		status := linuxNamed(t, name).status
		if allocs := testing.AllocsPerRun(10, func() { sink.groups, sink.err = LinuxGroups(status) }); allocs > 1 || sink.err != nil {
			t.Errorf("%s: LinuxGroups allocates %v times, %v", name, allocs, sink.err)
		}
	}
	// Where there is nothing to tell, there is nothing to allocate either.
	zombie, old := linuxNamed(t, "zombie").status, linuxNamed(t, "syn-gvisor").status
	if allocs := testing.AllocsPerRun(100, func() {
		_, sink.err = LinuxUmask(zombie)
		_, sink.err = LinuxGroups(old)
		_, sink.err = LinuxSigmasks(old)
		_, _, sink.err = LinuxIDs(old)
	}); allocs > 0 {
		t.Errorf("absent lines allocate %v times", allocs)
	}
}

func BenchmarkLinux(b *testing.B) {
	plain := linuxNamed(b, "plain")
	for _, d := range decoders {
		file := map[string][]byte{"status": plain.status, "stat": plain.stat, "limits": plain.limits}[d.kind]
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink.err = d.decode(file)
			}
		})
	}
	for _, n := range []int{0, 2000, 65536} {
		status := linuxNamed(b, "groups-"+strconv.Itoa(n)).status
		b.Run("Groups-"+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink.groups, sink.err = LinuxGroups(status)
			}
		})
	}
	// The lines behind the groups are far away in a long file.
	long := linuxNamed(b, "groups-65536").status
	b.Run("Sigmasks-65536", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, sink.err = LinuxSigmasks(long)
		}
	})
}
