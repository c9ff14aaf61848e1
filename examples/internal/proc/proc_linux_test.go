// SPDX-License-Identifier: MIT

package proc

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRead(t *testing.T) {
	t.Setenv("HOST_PROC", "")
	p, err := Read(os.Getpid())
	if err != nil || p.RealUID != int64(os.Getuid()) || p.UID != int64(os.Geteuid()) || p.Threads < 1 || p.Name == "" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := Read(1<<31 - 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nobody: %v", err)
	}
}

// TestOpenFiles compares the two ways to know it.
func TestOpenFiles(t *testing.T) {
	t.Setenv("HOST_PROC", "")
	count := func() (int64, int64) { return OpenFiles(os.Getpid()), countFiles(dir(os.Getpid()) + "/fd") }
	first, err := os.Open(os.DevNull) // the runtime opens something for itself with it
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	before, counted := count()
	if before != counted || before < 3 {
		t.Errorf("%d open, counted %d", before, counted)
	}
	for range 10 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	if after, counted := count(); after != before+10 || after != counted {
		t.Errorf("%d open, counted %d, after 10 more than %d", after, counted, before)
	}
	if n := OpenFiles(1<<31 - 1); n != -1 {
		t.Errorf("%d of nobody", n)
	}
}

// TestOpenFilesElsewhere: the size of a directory that only looks like one of procfs means nothing.
func TestOpenFilesElsewhere(t *testing.T) {
	root := t.TempDir()
	t.Setenv("HOST_PROC", root)
	for _, name := range []string{"0", "1", "2"} {
		if err := os.MkdirAll(filepath.Join(root, "7", "fd", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if n := OpenFiles(7); n != 3 {
		t.Errorf("%d, want 3", n)
	}
}
