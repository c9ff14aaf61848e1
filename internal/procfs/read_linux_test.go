// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// path0 is a path in the form that Open and ReadFile take.
func path0(path string) []byte { return append([]byte(path), 0) }

func read(path string, buf *[]byte) ([]byte, error) {
	return ReadFile(unix.AT_FDCWD, path0(path), buf, nil)
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// text is n bytes whose last is a newline if line is set, and that differ from place to place.
func text(n int, line bool) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + i*i%23)
	}
	if line && n > 0 {
		b[n-1] = '\n'
	}
	return b
}

func TestReadFile(t *testing.T) {
	sizes := []int{0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 16383, 16384, 16385, 65535, 65536, 65537, 262144, 720000, maxFile - 1}
	for _, size := range sizes {
		for _, line := range []bool{false, true} {
			want := text(size, line)
			path := write(t, want)
			for _, length := range []int{0, 1, 100, 4096, 5000} {
				buf := make([]byte, length)
				got, err := read(path, &buf)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes, newline %t, buffer %d: read %d bytes, %v", size, line, length, len(got), err)
				}
				if len(buf) > maxFile || size > 0 && &got[0] != &buf[0] {
					t.Errorf("%d bytes, buffer %d: it is %d now, and maybe another", size, length, len(buf))
				}
			}
			var none []byte
			if got, err := read(path, &none); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, no buffer: read %d bytes, %v", size, len(got), err)
			}
		}
	}
}

// A file with newlines wherever a read can end is still read to its end.
func TestReadFileNewlines(t *testing.T) {
	for _, size := range []int{4095, 4096, 4097, 16384, 100000} {
		want := bytes.Repeat([]byte("\n"), size)
		buf := make([]byte, 4096)
		if got, err := read(write(t, want), &buf); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d newlines: read %d bytes, %v", size, len(got), err)
		}
	}
}

func TestReadFileTooLong(t *testing.T) {
	for _, size := range []int{maxFile + 1, 2 * maxFile, 5 * maxFile} {
		path := write(t, text(size, true))
		buf := make([]byte, 4096)
		got, err := read(path, &buf)
		if err == nil || got != nil {
			t.Errorf("%d bytes: read %d, %v", size, len(got), err)
		}
		if len(buf) > maxFile {
			t.Errorf("%d bytes: the buffer is %d now", size, len(buf))
		}
		// It is still good for another file.
		if got, err := read(write(t, []byte("x\n")), &buf); err != nil || string(got) != "x\n" {
			t.Errorf("%d bytes: then read %q, %v", size, got, err)
		}
	}
	// One without end.
	buf := make([]byte, 4096)
	if got, err := read("/dev/zero", &buf); err == nil {
		t.Errorf("/dev/zero: read %d bytes", len(got))
	}
}

// A buffer is used again and keeps its size; what an earlier file left in it is not seen.
func TestReadFileReuse(t *testing.T) {
	long, short, empty := write(t, text(100000, true)), write(t, []byte("short\n")), write(t, nil)
	buf := make([]byte, 16)
	if _, err := read(long, &buf); err != nil {
		t.Fatal(err)
	}
	grown, first := len(buf), &buf[0]
	if grown < 100000 {
		t.Fatalf("the buffer is %d", grown)
	}
	for range 3 {
		if got, err := read(short, &buf); err != nil || string(got) != "short\n" {
			t.Errorf("read %q, %v", got, err)
		}
		if got, err := read(empty, &buf); err != nil || len(got) != 0 || got == nil {
			t.Errorf("read %q, %v", got, err)
		}
		if got, err := read(long, &buf); err != nil || !bytes.Equal(got, text(100000, true)) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
	}
	if len(buf) != grown || &buf[0] != first {
		t.Errorf("the buffer was replaced: %d, then %d", grown, len(buf))
	}
}

func TestReadFileErrors(t *testing.T) {
	dir := t.TempDir()
	file := write(t, []byte("x\n"))
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		want       error
	}{
		{"missing", filepath.Join(dir, "missing"), unix.ENOENT},
		{"missing directory", filepath.Join(dir, "missing", "file"), unix.ENOENT},
		{"empty path", "", unix.ENOENT},
		{"directory", dir, unix.EISDIR},
		{"not a directory", file + "/status", unix.ENOTDIR},
		{"long name", filepath.Join(dir, strings.Repeat("x", 256)), unix.ENAMETOOLONG},
		{"long path", strings.Repeat("/.", 4096), unix.ENAMETOOLONG},
		{"loop", loop, unix.ELOOP},
		{"no process", "/proc/2147483647/status", unix.ENOENT},
	} {
		t.Run(test.name, func(t *testing.T) {
			buf := make([]byte, 4096)
			if got, err := read(test.path, &buf); err != test.want || got != nil {
				t.Errorf("read %q, %v; want %v", got, err, test.want)
			}
		})
	}
	buf := make([]byte, 4096)
	if _, err := ReadFile(-1, path0("status"), &buf, nil); err != unix.EBADF {
		t.Errorf("relative to -1: %v", err)
	}
	if err := error(unix.ENOENT); !errors.Is(err, fs.ErrNotExist) { // what callers count on
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}

// A path that is longer than any buffer for it, but not too long for the kernel.
func TestReadFileLongPath(t *testing.T) {
	dir := t.TempDir()
	for len(dir) < 3500 {
		dir = filepath.Join(dir, strings.Repeat("d", 200))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "status")
	if err := os.WriteFile(path, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var buf []byte
	if got, err := read(path, &buf); err != nil || string(got) != "x\n" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestReadFileUnreadable(t *testing.T) {
	path := write(t, []byte("x\n"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() {
		if os.Geteuid() == 0 {
			// Without the privilege to read everything. The thread ends with the goroutine, as it is not unlocked.
			runtime.LockOSThread()
			unix.SetfsuidRetUid(65534)
			if uid, _ := unix.SetfsuidRetUid(-1); uid != 65534 {
				result <- errors.ErrUnsupported
				return
			}
		}
		var buf []byte
		got, err := read(path, &buf)
		if got != nil {
			t.Errorf("read %q", got)
		}
		result <- err
	}()
	switch err := <-result; err {
	case unix.EACCES:
	case errors.ErrUnsupported:
		t.Skip("no other user in this namespace")
	default:
		t.Errorf("%v; want EACCES", err)
	}
}

// A FIFO without the other end, put where a file should be, holds nobody up.
func TestReadFileFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var buf []byte
		if got, err := read(path, &buf); err != nil || len(got) != 0 {
			t.Errorf("read %q, %v", got, err)
		}
		// With a writer that writes nothing.
		w, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer w.Close()
		if got, err := read(path, &buf); err != unix.EAGAIN {
			t.Errorf("read %q, %v", got, err)
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting")
	}
}

func TestReadFileRelative(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "status"), []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := Open(unix.AT_FDCWD, path0(dir), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var buf []byte
	if got, err := ReadFile(fd, path0("status"), &buf, nil); err != nil || string(got) != "x\n" {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := ReadFile(fd, path0("limits"), &buf, nil); err != unix.ENOENT {
		t.Errorf("%v; want ENOENT", err)
	}
}

func TestOpenFlags(t *testing.T) {
	fd, err := Open(unix.AT_FDCWD, path0("/dev/null"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("not closed at exec: %#x, %v", flags, err)
	}
	if flags, err = unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_ACCMODE != unix.O_RDONLY {
		t.Errorf("not for reading only: %#x, %v", flags, err)
	}
}

// steady takes out the lines of a status that change from one look to the next.
func steady(status []byte) string {
	var lines []string
	for _, line := range strings.Split(string(status), "\n") {
		label, _, _ := strings.Cut(line, ":")
		switch {
		case label == "State", label == "Threads", label == "SigQ", strings.HasPrefix(label, "Vm"), strings.HasPrefix(label, "Rss"),
			strings.HasSuffix(label, "ctxt_switches"), strings.HasPrefix(label, "Hugetlb"), label == "FDSize":
		default:
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestReadFileProc(t *testing.T) {
	path := AppendPath(nil, "/proc", os.Getpid(), "status")
	if want := "/proc/" + strconv.Itoa(os.Getpid()) + "/status\x00"; string(path) != want {
		t.Fatalf("AppendPath = %q, want %q", path, want)
	}
	for _, length := range []int{0, 1, 64, 1000, 4096, 100000} { // also one that takes several reads
		buf := make([]byte, length)
		got, err := ReadFile(unix.AT_FDCWD, path, &buf, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		if steady(got) != steady(want) {
			t.Errorf("read %q, want %q", got, want)
		}
	}
	for _, file := range []string{"stat", "limits"} {
		var buf []byte
		got, err := ReadFile(unix.AT_FDCWD, AppendPath(nil, "/proc", os.Getpid(), file), &buf, nil)
		if err != nil || len(got) == 0 || got[len(got)-1] != '\n' {
			t.Errorf("%s: read %q, %v", file, got, err)
		}
	}
}

// The decoders understand this kernel, by what it tells of us.
func TestDecodeSelf(t *testing.T) {
	var buf []byte
	self := func(file string) []byte {
		t.Helper()
		got, err := ReadFile(unix.AT_FDCWD, AppendPath(nil, "/proc", os.Getpid(), file), &buf, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	stat, err := DecodeLinuxStat(self("stat"))
	if err != nil {
		t.Fatal(err)
	}
	sid, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	if stat.State == '0' {
		t.Log("made up by an emulator, not by the kernel")
	} else if stat.Pgid != unix.Getpgrp() || stat.Sid != sid || stat.State == 'Z' || stat.Start == 0 {
		t.Errorf("DecodeLinuxStat = %+v, want %d, %d", stat, unix.Getpgrp(), sid)
	}
	limits, err := DecodeLinuxLimits(self("limits"))
	if err != nil {
		t.Fatal(err)
	}
	for row, resource := range map[int]int{LinuxNOFILE: unix.RLIMIT_NOFILE, LinuxAS: unix.RLIMIT_AS, LinuxCORE: unix.RLIMIT_CORE,
		LinuxSTACK: unix.RLIMIT_STACK, LinuxNPROC: unix.RLIMIT_NPROC, LinuxMEMLOCK: unix.RLIMIT_MEMLOCK, LinuxRSS: unix.RLIMIT_RSS} {
		var want unix.Rlimit
		if err := unix.Prlimit(0, resource, nil, &want); err != nil {
			t.Skip(err)
		}
		if got := limits[row]; got != (LinuxLimit{want.Cur, want.Max, true}) {
			t.Errorf("row %d is %v, prlimit says %v", row, got, want)
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestReadFileLeaksNothing(t *testing.T) {
	dir := t.TempDir()
	paths := []string{write(t, nil), write(t, text(10000, true)), write(t, text(maxFile+1, true)), dir,
		filepath.Join(dir, "missing"), "/proc/self/status"}
	before := openFiles(t)
	for range 50 {
		for _, path := range paths {
			var buf []byte
			read(path, &buf)
		}
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d open files, before %d", after, before)
	}
}

func TestReadFileAllocs(t *testing.T) {
	buf := make([]byte, 8192)
	pid := os.Getpid()
	var err error
	if allocs := testing.AllocsPerRun(100, func() {
		var room [64]byte
		_, err = ReadFile(unix.AT_FDCWD, AppendPath(room[:0], "/proc", pid, "status"), &buf, nil)
	}); allocs > 0 || err != nil {
		t.Errorf("ReadFile allocates %v times, %v", allocs, err)
	}
}

// TestReadFileMeanwhile: a file of a thread that ends while it is open cannot be read.
func TestReadFileMeanwhile(t *testing.T) {
	tid, end := make(chan int), make(chan bool)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine
		tid <- unix.Gettid()
		<-end
	}()
	id, pid := <-tid, os.Getpid()
	if id == pid {
		t.Skip("the main thread does not end")
	}
	var buf []byte
	path, calls := AppendPath(nil, "/proc", id, "status"), 0
	text, err := ReadFile(unix.AT_FDCWD, path, &buf, func() { calls++ })
	if err != nil || calls != 1 || !bytes.HasPrefix(text, []byte("Name:")) {
		t.Fatalf("%q, %v after %d calls", text, err, calls)
	}
	text, err = ReadFile(unix.AT_FDCWD, path, &buf, func() {
		end <- true
		for unix.Tgkill(pid, id, 0) == nil {
			runtime.Gosched()
		}
	})
	if err != unix.ESRCH || text != nil {
		t.Errorf("%q, %v; want %v", text, err, unix.ESRCH)
	}
	calls = 0
	if _, err = ReadFile(unix.AT_FDCWD, path, &buf, func() { calls++ }); err != unix.ENOENT || calls != 0 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func BenchmarkReadFile(b *testing.B) {
	for _, file := range []string{"status", "stat", "limits"} {
		b.Run(file, func(b *testing.B) {
			buf := make([]byte, 4096)
			path := AppendPath(nil, "/proc", os.Getpid(), file)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadFile(unix.AT_FDCWD, path, &buf, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("status with os.ReadFile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := os.ReadFile("/proc/self/status"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
