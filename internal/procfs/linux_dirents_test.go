// SPDX-License-Identifier: MIT

package procfs

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// entry is a struct linux_dirent64, padded as the kernel does.
func entry(name string) []byte {
	b := make([]byte, (19+len(name)+1+7)/8*8)
	b[0], b[8] = 1, 2
	binary.LittleEndian.PutUint16(b[16:], uint16(len(b)))
	b[18] = 4
	copy(b[19:], name)
	return b
}

func TestAppendLinuxPIDs(t *testing.T) {
	var all []byte
	for _, name := range []string{".", "..", "1", "self", "4194304", "99999999999999999999", "01", "", "12x", "x12", "2147483647"} {
		all = append(all, entry(name)...)
	}
	want := []int{1, 4194304, 2147483647}
	if got := AppendLinuxPIDs(nil, all, binary.LittleEndian); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for n := range all { // cut anywhere, nothing is made up
		got := AppendLinuxPIDs(nil, all[:n], binary.LittleEndian)
		if !slices.Equal(got, want[:len(got)]) {
			t.Errorf("cut at %d: %v", n, got)
		}
	}
	bad := entry("7")
	bad[16] = 0
	if got := AppendLinuxPIDs(nil, bad, binary.LittleEndian); got != nil {
		t.Errorf("an entry of no length: %v", got)
	}
}

func FuzzAppendLinuxPIDs(f *testing.F) {
	f.Add(append(entry("1"), entry("self")...))
	f.Add(entry("4194304"))
	f.Fuzz(func(t *testing.T, entries []byte) {
		for _, pid := range AppendLinuxPIDs(nil, entries, binary.LittleEndian) {
			if pid <= 0 || pid > math.MaxInt32 {
				t.Errorf("PID %d", pid)
			}
		}
	})
}

// TestLinuxBeingRemoved: what the files of a process say that is being removed.
func TestLinuxBeingRemoved(t *testing.T) {
	if _, err := DecodeLinuxStat([]byte("7 (x) X 0 -1 -1 0 -1 0 0 0 0 0 0 0 0 0 20 0 0 0 99 0 0\n")); err != ErrGone {
		t.Errorf("stat: %v", err)
	}
	if _, _, err := LinuxIDs([]byte("Name:\tx\nState:\tX (dead)\nNSpgid:\t0\nNSsid:\t0\nThreads:\t0\n")); err != ErrGone {
		t.Errorf("status: %v", err)
	}
	for _, status := range []string{ // outside our namespace, and a kernel thread
		"Name:\tx\nState:\tS (sleeping)\nNSpgid:\t0\nNSsid:\t0\nThreads:\t1\n",
		"Name:\tx\nState:\tS (sleeping)\nNSpgid:\t0\nNSsid:\t0\n",
	} {
		if pgid, sid, err := LinuxIDs([]byte(status)); pgid != 0 || sid != 0 || err != nil {
			t.Errorf("%q: %d, %d, %v", status, pgid, sid, err)
		}
	}
}
