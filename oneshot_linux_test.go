// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// fakeProc is a directory that HOST_PROC names, with one process whose status changes at will: what is read anew shows.
type fakeProc struct {
	t   *testing.T
	dir string
	pid int
}

func newFakeProc(t *testing.T, pid int) *fakeProc {
	f := &fakeProc{t, t.TempDir(), pid}
	t.Setenv("HOST_PROC", f.dir)
	return f
}

func (f *fakeProc) status(n int) {
	f.t.Helper()
	dir := filepath.Join(f.dir, fmt.Sprint(f.pid))
	os.MkdirAll(dir, 0o755)
	text := fmt.Sprintf("Name:\tx\nUmask:\t%04o\nState:\tS\nGroups:\t%d \nSigBlk:\t%016x\n", n, n, 1<<(n-1))
	if err := os.WriteFile(filepath.Join(dir, "status"), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// wantAll checks what the three functions that share the file see.
func (f *fakeProc) want(when string, n int) {
	f.t.Helper()
	mask, err := GetUmask(f.pid)
	groups, err2 := GetGroups(f.pid)
	masks, err3 := GetSigmasks(f.pid)
	if err := errors.Join(err, err2, err3); err != nil {
		f.t.Errorf("%s: %v", when, err)
		return
	}
	if mask != n || len(groups) != 1 || groups[0] != uint32(n) || masks.Blocked != (SignalSet{sigset.Of(n)}) {
		f.t.Errorf("%s: umask %d, groups %v, blocked %v; want %d everywhere", when, mask, groups, masks.Blocked, n)
	}
}

func TestOneshotReadsOnce(t *testing.T) {
	f := newFakeProc(t, 4242)
	f.status(1)
	f.want("outside", 1)
	Oneshot(f.pid, func() error {
		if _, err := GetUmask(int32(f.pid)); err != nil {
			t.Error(err)
		}
		f.status(2)
		f.want("inside", 1)
		Oneshot(f.pid, func() error {
			f.want("nested", 1)
			return nil
		})
		f.want("after the nested one", 1)
		Oneshot(f.pid+1, func() error {
			f.want("beside another process", 1)
			return nil
		})
		done := make(chan bool)
		go func() {
			defer close(done)
			f.want("other goroutine", 2)
			Oneshot(f.pid, func() error {
				f.want("other goroutine's Oneshot", 2)
				return nil
			})
		}()
		<-done
		f.want("inside still", 1)
		if info, err := Get(f.pid, FieldUmask); err != nil || info.Umask != 2 {
			t.Errorf("Get inside: %v, %v", info.Umask, err)
		}
		for info := range All(FieldUmask) {
			if info.Umask != 2 {
				t.Errorf("All inside: %v", info.Umask)
			}
		}
		limits := Limits{1, 1}
		if _, err := Rlimit(f.pid, RLIMIT_CORE, &limits); !errors.Is(err, errors.ErrUnsupported) {
			t.Error(err)
		}
		f.want("after a set", 2)
		return nil
	})
	f.status(3)
	f.want("outside again", 3)
	wantNoScope(t)
}

// TestOneshotForgetsFailure: only what succeeded is remembered.
func TestOneshotForgetsFailure(t *testing.T) {
	f := newFakeProc(t, 4242)
	os.Mkdir(filepath.Join(f.dir, "1"), 0o755)
	Oneshot(f.pid, func() error {
		if _, err := GetUmask(f.pid); !errors.Is(err, ErrNoSuchProcess) {
			t.Errorf("absent: %v", err)
		}
		os.MkdirAll(filepath.Join(f.dir, "4242"), 0o755)
		os.WriteFile(filepath.Join(f.dir, "4242/status"), []byte("Name:\tx\nUmask:\tnonsense\n"), 0o644)
		if _, err := GetUmask(f.pid); err == nil {
			t.Error("malformed: no error")
		}
		f.status(5)
		f.want("afterwards", 5)
		return nil
	})
	wantNoScope(t)
}

func TestUmaskMissing(t *testing.T) {
	f := newFakeProc(t, 4242)
	dir := filepath.Join(f.dir, "4242")
	os.MkdirAll(dir, 0o755)
	for _, tt := range []struct {
		name, status string
		want         error
	}{
		{"zombie", "Name:\tx\nState:\tZ (zombie)\n", ErrZombieProcess},
		{"dead", "Name:\tx\nState:\tX (dead)\n", ErrZombieProcess},
		{"exiting", "Name:\tx\nState:\tR (running)\n", ErrZombieProcess},
		{"before Linux 4.7", "Name:\tx\nState:\tS (sleeping)\nVmSize:\t 1 kB\n", errors.ErrUnsupported},
	} {
		os.WriteFile(filepath.Join(dir, "status"), []byte(tt.status), 0o644)
		if _, err := GetUmask(f.pid); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	os.WriteFile(filepath.Join(dir, "status"), []byte("Name:\tx\nState:\tR\nThreads:\t0\nSigPnd:\t0000000000000000\n"), 0o644)
	if _, err := GetSigmasks(f.pid); !errors.Is(err, ErrNoSuchProcess) {
		t.Errorf("being reaped: %v", err)
	}
	if _, err := Get(f.pid); !errors.Is(err, ErrNoSuchProcess) {
		t.Errorf("Get, being reaped: %v", err)
	}
}

// TestIdentity tells a process from its successor in both ways.
func TestIdentity(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	t1, _ := targetOf(self)
	id, err := identify(t1.pid)
	if err != nil || !id.holds(t1.pid) {
		t.Errorf("own identity: %v, %v", id, err)
	}
	id.close()
	start, err := startOf(t1.pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		start uint64
		want  bool
	}{{start, true}, {start + 1, false}} {
		if got := (identity{-1, tt.start}).holds(t1.pid); got != tt.want {
			t.Errorf("started at %d: holds is %v", tt.start, got)
		}
	}
	if !leads(os.Getpid()) || leads(1<<30) {
		t.Error("leads is wrong about this process, or one that does not exist")
	}
}

// mortal is a handle whose process goes when we say so.
type mortal struct{ asked, dead *int }

func (m mortal) gone() bool { *m.asked++; return *m.dead != 0 }

func newMortal() mortal { return mortal{new(int), new(int)} }

// byHandle asks a cell as the public functions do.
func (f *fakeProc) byHandle(h handle, cell func(target) (int, error)) (int, error) {
	t := target{pid: f.pid, handle: h, scope: scopeOf(f.pid)}
	t.scope.has(false)
	t.scope.meet(h)
	n, err := cell(t)
	if gone := t.confirm(); gone != nil {
		err = gone
	}
	return n, err
}

// TestOneshotConfirms: what is asked anew by handle is confirmed every time, what is remembered once for each handle.
func TestOneshotConfirms(t *testing.T) {
	f := newFakeProc(t, 4242)
	f.status(1)
	ask := func(h handle, cell func(target) (int, error)) error {
		_, err := f.byHandle(h, cell)
		return err
	}
	afresh := func(target) (int, error) { return 0, nil }
	a, b := newMortal(), newMortal()
	Oneshot(f.pid, func() error {
		for range 3 {
			for _, h := range []mortal{a, b} {
				if err := ask(h, getUmask); err != nil {
					t.Error(err)
				}
			}
		}
		if *a.asked != 2 || *b.asked != 1 { // the first one once more when the second came
			t.Errorf("asked %d and %d times", *a.asked, *b.asked)
		}
		*a.dead = 1
		if err := ask(a, getUmask); err != nil {
			t.Errorf("remembered of a process that is gone: %v", err)
		}
		if err := ask(a, afresh); err != ErrNoSuchProcess {
			t.Errorf("asked anew: %v", err)
		}
		if err := ask(b, afresh); err != nil || *b.asked != 2 {
			t.Errorf("asked anew of the living: %v, %d times", err, *b.asked)
		}
		scopeOf(f.pid).forget()
		if err := ask(a, getUmask); err != ErrNoSuchProcess {
			t.Errorf("after all was forgotten: %v", err)
		}
		return nil
	})
}

// TestOneshotMeets: a handle is not told what was remembered by number, or of a process that is gone.
func TestOneshotMeets(t *testing.T) {
	f := newFakeProc(t, 4242)
	want := func(when string, h handle, n int, wantErr error) {
		t.Helper()
		if mask, err := f.byHandle(h, getUmask); err != wantErr || err == nil && mask != n {
			t.Errorf("%s: %d, %v; want %d, %v", when, mask, err, n, wantErr)
		}
	}
	f.status(1)
	a, b, c := newMortal(), newMortal(), newMortal()
	Oneshot(f.pid, func() error {
		f.want("by number", 1)
		f.status(2)
		f.want("by number, remembered", 1)
		want("first by handle", a, 2, nil)
		f.status(3)
		want("by the same handle", a, 2, nil)
		want("by another handle of the process", b, 2, nil)
		*a.dead, *b.dead = 1, 1
		want("by a handle whose process is gone", a, 2, nil)
		want("by a successor's handle", c, 3, nil)
		f.want("by number", 3)
		want("by the first handle", a, 0, ErrNoSuchProcess)
		f.status(4)
		want("by a successor's handle, again", c, 3, nil)
		return nil
	})
}

// TestGetFails: an Info that could not be had has nothing that looks like a value.
func TestGetFails(t *testing.T) {
	newFakeProc(t, 4242)
	for _, fields := range [][]Field{nil, {FieldUmask}, {99}, {-1}, {FieldUmask, numFields}} {
		info, err := Get(4711, fields...)
		if err == nil || info.PID != 4711 || info.Umask != -1 || info.Pgid != -1 || info.Sid != -1 || info.Groups != nil || info.Rlimits != nil {
			t.Errorf("%v: %+v, %v", fields, info, err)
		}
	}
	if info, err := Get(os.Getpid(), 99); err == nil || errors.Is(err, ErrNoSuchProcess) {
		t.Errorf("a field that there is not: %+v, %v", info, err)
	}
}
