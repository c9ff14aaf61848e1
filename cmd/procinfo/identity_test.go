// SPDX-License-Identifier: MIT

package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
)

// records returns a file of ../../testdata, unpacked, or the member of it that is named.
func records(t *testing.T, file, member string) []byte {
	t.Helper()
	f, err := os.Open("../../testdata/" + file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no test data here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var r io.Reader = z
	if member != "" {
		archive := tar.NewReader(z)
		for h, err := archive.Next(); err != nil || h.Name != member; h, err = archive.Next() {
			if err != nil {
				t.Fatal(member, err)
			}
		}
		r = archive
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCapturedIdentity reads records of running kernels. In these listings the first process and some others are known.
func TestCapturedIdentity(t *testing.T) {
	type process struct {
		pid  int
		uid  uint32
		name string
	}
	for _, test := range []struct {
		system       string
		file, member string
		size         int
		layout       recordLayout
		want         []process
	}{
		{"freebsd/amd64", "freebsd/14.0-amd64/records.gz", "", 1088, freeBSDLayout("amd64"),
			[]process{{0, 0, "kernel"}, {1, 0, "init"}, {3, 0, "rand_harvestq"}, {53, 1001, "t"}, {56, 65534, "t"}}},
		{"freebsd/386", "freebsd/14.0-386/records.gz", "", 768, freeBSDLayout("386"),
			[]process{{0, 0, "kernel"}, {1, 0, "init"}, {13, 0, "capture386.bin"}, {53, 1001, "t"}}},
		{"netbsd", "netbsd/records.bin.gz", "", 680, netBSDLayout,
			[]process{{0, 0, "system"}, {1, 0, "init"}, {150, 1000, "target"}, {184, 1001, "target"}}},
		{"dragonfly", "dragonfly/records.tar.gz", "all/all.bin", 992, dragonFlyLayout,
			[]process{{0, 0, "swapper"}, {1, 0, "init"}}},
	} {
		t.Run(test.system, func(t *testing.T) {
			list := records(t, test.file, test.member)
			for _, want := range test.want {
				found := identity{uidErr: fs.ErrNotExist}
				for rest := list; len(rest) >= test.size && found.uidErr != nil; rest = rest[test.size:] {
					found = test.layout.identity(rest[:test.size], want.pid)
				}
				if found != (identity{uid: want.uid, name: want.name}) {
					t.Errorf("process %d: %+v, want %+v", want.pid, found, want)
				}
			}
		})
	}
}

func TestIdentityRecords(t *testing.T) {
	for name, l := range map[string]recordLayout{
		"freebsd/arm": freeBSDLayout("arm"), "openbsd": openBSDLayout("amd64"), "openbsd/ppc64": openBSDLayout("ppc64"),
		"netbsd": netBSDLayout, "darwin": darwinLayout, "solaris": solarisLayout,
	} {
		size := max(l.pid+4, l.uid+4, l.name+l.nameSize)
		record := make([]byte, size)
		at := 0
		if l.bigEndian {
			at = 3
		}
		record[l.pid+at], record[l.uid+at] = 77, 99
		if got := l.identity(record, 77); got.uid != 99 || got.uidErr != nil || got.nameErr == nil {
			t.Errorf("%s: no name: %+v", name, got)
		}
		for i := range l.nameSize { // no NUL at its end
			record[l.name+i] = 'x'
		}
		if got := l.identity(record, 77); len(got.name) != l.nameSize || got.nameErr != nil {
			t.Errorf("%s: %+v", name, got)
		}
		for _, bad := range [][]byte{nil, record[:size-1], record[:l.uid]} {
			if got := l.identity(bad, 77); got != notIdentified {
				t.Errorf("%s: %d bytes: %+v", name, len(bad), got)
			}
		}
		if got := l.identity(record, 78); got != notIdentified {
			t.Errorf("%s: of another process: %+v", name, got)
		}
	}
}

// TestIdentifySelf: where a system tells whose a process is, it is right.
func TestIdentifySelf(t *testing.T) {
	id := identify(os.Getpid())
	needs(t, id.uidErr)
	if id.uid != uint32(os.Geteuid()) {
		t.Errorf("user %d, want %d", id.uid, os.Geteuid())
	}
	needs(t, id.nameErr)
	if id.name == "" {
		t.Error("no name")
	}
}
