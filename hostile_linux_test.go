// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

// TestEveryName gives a thread all names of two bytes, and many others, and asks about it every time.
func TestEveryName(t *testing.T) {
	if os.Getenv(execEnv) != "" {
		t.Skip("an emulator takes too long")
	}
	checkLeaks(t)
	runtime.LockOSThread() // and so ends with the goroutine, name and all
	done := make(chan struct{})
	var onThread func()
	onThread = func() {
		runtime.LockOSThread()
		tid := unix.Gettid()
		if tid == os.Getpid() { // the main thread, which is kept until another one has done it
			go onThread()
			<-done
			runtime.UnlockOSThread()
			return
		}
		defer close(done)
		var want report
		check := func(name []byte) bool {
			if err := unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(unsafe.SliceData(append(name, 0)))), 0, 0, 0); err != nil {
				t.Error(err)
				return false
			}
			got := report{}
			procinfo.Oneshot(tid, func() error {
				for _, f := range features {
					switch f.name {
					case "umask", "groups":
						got[f.name] = truthOf(f.by, tid)
					}
				}
				m, err := procinfo.GetSigmasks(tid)
				m.Pending, m.ProcessPending = procinfo.SignalSet{}, procinfo.SignalSet{} // the runtime sends itself some
				got["sigmasks"] = fmt.Sprint(m, err)
				return nil
			})
			if want == nil {
				want = got
			}
			if !equal(got, want) {
				t.Errorf("named %q: got %v, want %v", name, got, want)
				return false
			}
			return true
		}
		if !check([]byte("ordinary")) {
			return
		}
		step := 1
		if raceEnabled {
			step = 37
		}
		for i := 0; i < 1<<16; i += step {
			if !check([]byte{byte(i >> 8), byte(i)}) {
				return
			}
		}
		hostile := []string{"\n", "\\", ")", "(", " ", "\t", ":", "\r", "\x00", "\xff", "Umask:", "Groups:", "SigPnd:", "State:", "0"}
		for range 10000 / step {
			var name []byte
			for len(name) < 16 {
				if word := hostile[rand.N(len(hostile))]; rand.N(3) > 0 {
					name = append(name, word...)
				} else {
					name = append(name, byte(rand.N(256)))
				}
			}
			if !check(name[:rand.N(16)]) {
				return
			}
		}
	}
	go onThread()
	<-done
}

// TestHostileTrees has HOST_PROC name trees whose files are anything: an error, or a right answer from another file, in
// bounded time and memory.
func TestHostileTrees(t *testing.T) {
	checkLeaks(t)
	good := map[string]string{
		"status": "Name:\tx\nUmask:\t0137\nState:\tS (sleeping)\nGroups:\t1 2 \n" +
			"NSpgid:\t5\nNSsid:\t6\nThreads:\t1\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n" +
			"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n",
		"stat": "7 (x) S 1 5 6 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0\n",
		"limits": "Limit                     Soft Limit           Hard Limit           Units     \n" +
			"Max open files            77                   88                   files     \n",
	}
	readers := map[string][]string{
		"status": {"umask", "groups", "sigmasks"},
		"stat":   {"pgid", "sid"},
		"limits": {"rlimit"},
	}
	kindsOfFiles := map[string]func(name, text string) error{
		"empty":          func(name, text string) error { return os.WriteFile(name, nil, 0o644) },
		"truncated":      func(name, text string) error { return os.WriteFile(name, []byte(text[:4]), 0o644) },
		"without an end": func(name, text string) error { return os.WriteFile(name, []byte(text[:12]), 0o644) },
		"huge": func(name, text string) error {
			return os.WriteFile(name, bytes.Repeat([]byte("x"), 16<<20), 0o644)
		},
		"huge line": func(name, text string) error {
			return os.WriteFile(name, append([]byte("Name:\tx\nGroups:\t"), bytes.Repeat([]byte("1 "), 8<<20)...), 0o644)
		},
		"binary": func(name, text string) error {
			b := make([]byte, 5000)
			for i := range b {
				b[i] = byte(rand.N(256))
			}
			return os.WriteFile(name, b, 0o644)
		},
		"zeros":               func(name, text string) error { return os.WriteFile(name, make([]byte, 100), 0o644) },
		"newlines":            func(name, text string) error { return os.WriteFile(name, bytes.Repeat([]byte("\n"), 5000), 0o644) },
		"a FIFO":              func(name, text string) error { return unix.Mkfifo(name, 0o644) },
		"a directory":         func(name, text string) error { return os.Mkdir(name, 0o755) },
		"a link to itself":    func(name, text string) error { return os.Symlink(filepath.Base(name), name) },
		"a link to nothing":   func(name, text string) error { return os.Symlink("nothing", name) },
		"a link to /dev/zero": func(name, text string) error { return os.Symlink("/dev/zero", name) },
		"a link to /dev/null": func(name, text string) error { return os.Symlink("/dev/null", name) },
		"a link to a terminal": func(name, text string) error {
			return os.Symlink("/dev/ptmx", name)
		},
		"another file": func(name, text string) error { return os.Symlink("comm", name) },
	}
	for kind, put := range kindsOfFiles {
		for file := range good {
			t.Run(kind+" for "+file, func(t *testing.T) {
				root := t.TempDir()
				t.Setenv("HOST_PROC", root)
				dir := filepath.Join(root, "7")
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				os.WriteFile(filepath.Join(dir, "comm"), []byte("x\n"), 0o644)
				for name, text := range good {
					var err error
					if name == file {
						err = put(filepath.Join(dir, name), text)
					} else {
						err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				got := reportOf(7)
				for range procinfo.All() {
				}
				info, err := procinfo.Get(7)
				runtime.ReadMemStats(&after)
				if d := time.Since(start); d > 30*time.Second {
					t.Errorf("it took %v", d)
				}
				if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
					t.Errorf("%d MiB were allocated", n>>20)
				}
				for name, readers := range readers {
					for _, f := range readers {
						if failed := got[f][0] == '!'; failed != (name == file) {
							t.Errorf("%s: %s (Get: %v)", f, got[f], err)
						}
					}
				}
				if err == nil && file == "limits" && info.Umask != 0o137 {
					t.Errorf("Get: %+v", info)
				}
			})
		}
	}
	t.Run("a file for the process", func(t *testing.T) {
		root := t.TempDir()
		t.Setenv("HOST_PROC", root)
		os.WriteFile(filepath.Join(root, "7"), []byte("x"), 0o644)
		os.Symlink("8", filepath.Join(root, "8"))
		for _, pid := range []int{7, 8, 9} {
			for name, v := range reportOf(pid) {
				if !strings.HasPrefix(v, "!") {
					t.Errorf("%d: %s: %s", pid, name, v)
				}
			}
			if _, err := procinfo.Get(pid); err == nil {
				t.Errorf("%d: Get: no error", pid)
			}
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		if os.Getuid() == 0 {
			t.Skip("root can read everything")
		}
		root := t.TempDir()
		t.Setenv("HOST_PROC", root)
		os.Mkdir(filepath.Join(root, "7"), 0o755)
		for name, text := range good {
			os.WriteFile(filepath.Join(root, "7", name), []byte(text), 0)
		}
		for name, v := range reportOf(7) {
			if v != "!denied" {
				t.Errorf("%s: %s", name, v)
			}
		}
	})
}
