// SPDX-License-Identifier: MIT

package procinfo

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
)

// The public functions of this system over a made-up /proc, in which everything can happen that the kernel's does not do on
// demand. TestSolarisCells runs these tests on Linux, too.

// madeUp is a /proc. Its directories are real, its files are here.
type madeUp struct {
	t    testing.TB
	root string

	mu        sync.Mutex
	processes map[int]*madeUpProcess
	fds       map[int]madeUpFile
	opened    []string           // what was opened since the last look
	refuse    map[string]error   // by file name, when opened
	read      func(string) error // if not nil, what a read fails with
	probe     error              // what kill(2) says
	before    func(file string)  // if not nil, happens before each call
}

// madeUpProcess is one that had the number.
type madeUpProcess struct {
	files map[string][]byte
	state madeUpState
}

type madeUpState int

const (
	alive   madeUpState = iota
	exiting             // psinfo has it as if it lived, nothing else is left
	zombie              // nothing but another psinfo
	reaped              // a directory that was listed
)

type madeUpFile struct {
	of   *madeUpProcess
	name string
}

// newMadeUp has the cells read a /proc in which this process is.
func newMadeUp(t testing.TB) *madeUp {
	m := &madeUp{t: t, root: t.TempDir(), processes: map[int]*madeUpProcess{}, fds: map[int]madeUpFile{}, probe: syscall.ESRCH}
	kernels := proc
	t.Cleanup(func() {
		proc = kernels
		if len(m.fds) != 0 {
			t.Errorf("%d files are still open", len(m.fds))
		}
	})
	proc = func() *procfs.SolarisProc {
		return &procfs.SolarisProc{Root: m.root, Self: os.Getpid(), Files: m}
	}
	m.put(os.Getpid(), number(1).files())
	return m
}

func (m *madeUp) put(pid int, files map[string][]byte) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Join(m.root, strconv.Itoa(pid)), 0o700); err != nil {
		m.t.Fatal(err)
	}
	m.replace(pid, files)
}

// replace gives the number to another process.
func (m *madeUp) replace(pid int, files map[string][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	binary.LittleEndian.PutUint32(files["psinfo"][8:], uint32(pid))
	if status, ok := files["status"]; ok {
		binary.LittleEndian.PutUint32(status[8:], uint32(pid))
	}
	m.processes[pid] = &madeUpProcess{files: files}
}

// become has a process go on to a later state.
func (m *madeUp) become(pid int, state madeUpState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.processes[pid]
	p.state = state
	if state == zombie {
		psinfo := p.files["psinfo"]
		clear(psinfo[88:104]) // pr_start
		psinfo[314] = 'Z'     // pr_lwp.pr_sname
	}
}

// has is whether a file can be opened and read.
func (p *madeUpProcess) has(name string) bool {
	return p != nil && p.files[name] != nil && (p.state == alive || p.state < reaped && name == "psinfo")
}

func (m *madeUp) Open(path string) (int, error) {
	dir, name := filepath.Split(path)
	pid, err := strconv.Atoi(filepath.Base(dir))
	if err != nil || filepath.Dir(filepath.Clean(dir)) != m.root {
		m.t.Errorf("opened %s", path)
	}
	m.step(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened = append(m.opened, name)
	p := m.processes[pid]
	switch {
	case !p.has(name):
		return -1, syscall.ENOENT
	case m.refuse[name] != nil:
		return -1, m.refuse[name]
	}
	fd := 100
	for m.fds[fd].of != nil {
		fd++
	}
	m.fds[fd] = madeUpFile{p, name}
	return fd, nil
}

func (m *madeUp) Read(fd int, b []byte) (int, error) {
	m.mu.Lock()
	f := m.fds[fd]
	m.mu.Unlock()
	m.step(f.name)
	if m.read != nil {
		if err := m.read(f.name); err != nil {
			return -1, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !f.of.has(f.name) {
		return -1, syscall.ENOENT
	}
	return copy(b, f.of.files[f.name]), nil
}

func (m *madeUp) Close(fd int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.fds, fd)
}

func (m *madeUp) Probe(pid int) error {
	if pid <= 0 {
		m.t.Errorf("kill(%d) is for a process group", pid)
	}
	return m.probe
}

func (m *madeUp) step(name string) {
	if m.before != nil {
		m.before(name)
	}
}

// looks returns what was opened since the last time.
func (m *madeUp) looks() string {
	defer func() { m.opened = nil }()
	return strings.Join(m.opened, " ")
}

// number is a process whose number shows in all that is told of it. It is less than 32.
type number uint32

func (n number) signals() SignalSet { return NewSignalSet(Signal(n), 40) }

// files are laid out as in sys/procfs.h, for programs of 64 bits.
func (n number) files() map[string][]byte {
	le := binary.LittleEndian
	psinfo, cred := make([]byte, 416), make([]byte, 32)
	status, lstatus := make([]byte, 1680), make([]byte, 16+2*1312)
	sigact := make([]byte, 74*32)
	set := uint64(1)<<(n-1) | 1<<39
	le.PutUint32(psinfo[4:], 2) // pr_nlwp
	le.PutUint32(psinfo[16:], 1000+uint32(n))
	le.PutUint32(psinfo[20:], 2000+uint32(n))
	le.PutUint64(psinfo[88:], uint64(n))
	psinfo[314] = 'S'
	le.PutUint32(cred[24:], 1)
	le.PutUint32(cred[28:], uint32(n))
	le.PutUint32(status[4:], 2)
	le.PutUint64(status[32:], set)
	le.PutUint32(status[384+4:], 2) // not the main thread
	le.PutUint64(lstatus, 2)
	le.PutUint64(lstatus[8:], 1312)
	for i, id := range []uint32{2, 1} {
		lwp := lstatus[16+i*1312:]
		le.PutUint32(lwp[4:], id)
		if id == 1 {
			le.PutUint64(lwp[272:], set)
			le.PutUint64(lwp[288:], set)
		}
	}
	le.PutUint64(sigact[(n-1)*32+8:], 1)
	le.PutUint64(sigact[39*32+8:], 1)
	le.PutUint64(sigact[(n+39)*32+8:], 4711)
	return map[string][]byte{"psinfo": psinfo, "cred": cred, "status": status, "lstatus": lstatus, "sigact": sigact}
}

// masks are what files say.
func (n number) masks() Sigmasks {
	set := n.signals()
	return Sigmasks{Pending: set, Blocked: set, ProcessPending: set, Ignored: set, Caught: NewSignalSet(Signal(n + 40))}
}

// numberOf returns which process an answer is about: all of it, and nothing if there are several or none.
func numberOf(info Info) (n number, ok bool) {
	n = number(info.Pgid - 1000)
	return n, n >= 1 && n < 32 && info.Sid == 2000+int(n) &&
		(info.Err(FieldGroups) != nil || slices.Equal(info.Groups, []uint32{uint32(n)})) &&
		(info.Err(FieldSigmasks) != nil || info.Sigmasks == n.masks())
}

const madeUpPID = 43211

func wantError(t testing.TB, what string, err error, want ...error) {
	t.Helper()
	if e := new(Error); !errors.As(err, &e) {
		t.Errorf("%s: %v is no *Error", what, err)
	}
	for _, kind := range []error{ErrNoSuchProcess, ErrZombieProcess, ErrAccessDenied, errors.ErrUnsupported, ErrInvalidResource, ErrInvalidLimits} {
		if errors.Is(err, kind) != slices.Contains(want, kind) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	for _, w := range want {
		if !errors.Is(err, w) {
			t.Errorf("%s: %v, want %v", what, err, w)
		}
	}
}

// TestMadeUpStates has the processes of testdata/illumos.
func TestMadeUpStates(t *testing.T) {
	var cases []struct {
		Name                              string
		Files                             map[string][2]int
		PID, Pgid, Sid                    int
		Zombie                            bool
		Groups                            []uint32
		Pending, Blocked, Ignored, Caught []Signal
		PendingProcess                    []Signal `json:"pending_process"`
		ExpectError                       string   `json:"expect_error"`
	}
	text, err := os.ReadFile("testdata/illumos/truth.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the files of testdata are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile("testdata/illumos/files.bin.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			m := newMadeUp(t)
			files := number(7).files()
			if c.Files["psinfo"] == [2]int{} { // nothing but a cred
				c.PID, c.Pgid, c.Sid = madeUpPID, 1007, 2007
			} else {
				clear(files)
			}
			for name, at := range c.Files {
				files[name] = slices.Clone(all[at[0] : at[0]+at[1]])
			}
			m.put(c.PID, files)
			if c.Zombie {
				m.become(c.PID, zombie)
			}
			check := func(how string, info Info, err error) {
				t.Helper()
				if err != nil || info.Pgid != c.Pgid || info.Sid != c.Sid {
					t.Errorf("%s: %+v, %v", how, info, err)
				}
				wantError(t, how, info.Err(FieldUmask), errors.ErrUnsupported)
				wantError(t, how, info.Err(FieldRlimits), errors.ErrUnsupported)
				switch err := info.Err(FieldGroups); {
				case c.Zombie:
					wantError(t, how, err, ErrZombieProcess)
				case c.ExpectError != "":
					wantError(t, how, err)
				case err != nil || info.Groups == nil || !slices.Equal(info.Groups, c.Groups):
					t.Errorf("%s: groups %v, %v; want %v", how, info.Groups, err, c.Groups)
				}
				want := Sigmasks{
					Pending: NewSignalSet(c.Pending...), Blocked: NewSignalSet(c.Blocked...), Ignored: NewSignalSet(c.Ignored...),
					Caught: NewSignalSet(c.Caught...), ProcessPending: NewSignalSet(c.PendingProcess...),
				}
				if c.Files["sigact"] == [2]int{} {
					want = number(7).masks()
				}
				if err := info.Err(FieldSigmasks); c.Zombie {
					wantError(t, how, err, ErrZombieProcess)
				} else if err != nil || info.Sigmasks != want {
					t.Errorf("%s: %v, %v; want %v", how, info.Sigmasks, err, want)
				}
			}
			single, err := singly(c.PID)
			check("one by one", single, err)
			Oneshot(c.PID, func() error {
				for range 2 {
					single, err := singly(c.PID)
					check("in a Oneshot", single, err)
				}
				return nil
			})
			info, err := Get(c.PID)
			check("Get", info, err)
			found := 0
			for info, err := range All() {
				if info.PID == c.PID {
					found++
					check("All", info, err)
				}
			}
			if found != 1 {
				t.Errorf("All yields it %d times", found)
			}
		})
	}
	if len(cases) != 12 {
		t.Errorf("%d cases", len(cases))
	}
}

// singly asks for everything as Get does, call by call.
func singly(pid int) (info Info, err error) {
	info.PID = pid
	for f := range info.asked {
		info.asked[f] = true
	}
	info.Umask, info.errs[FieldUmask] = GetUmask(pid)
	info.Groups, info.errs[FieldGroups] = GetGroups(pid)
	info.Sigmasks, info.errs[FieldSigmasks] = GetSigmasks(pid)
	info.Pgid, info.errs[FieldPgid] = Getpgid(pid)
	info.Sid, info.errs[FieldSid] = Getsid(pid)
	_, info.errs[FieldRlimits] = GetRlimit(pid, RLIMIT_NOFILE)
	return info, errors.Join(info.errs[FieldPgid], info.errs[FieldSid])
}

// TestMadeUpOpened: no file is opened that is not needed.
func TestMadeUpOpened(t *testing.T) {
	m := newMadeUp(t)
	m.put(madeUpPID, number(3).files())
	pgid := func() { Getpgid(madeUpPID) }
	everything := func() { singly(madeUpPID) }
	in := func(f func()) func() {
		return func() { Oneshot(madeUpPID, func() error { f(); f(); return nil }) }
	}
	for _, tt := range []struct {
		what string
		do   func()
		want string
	}{
		{"nothing", func() { GetUmask(madeUpPID) }, ""},
		{"pgid", pgid, "psinfo"},
		{"sid", func() { Getsid(madeUpPID) }, "psinfo"},
		{"groups", func() { GetGroups(madeUpPID) }, "cred"},
		{"masks", func() { GetSigmasks(madeUpPID) }, "psinfo status lstatus sigact psinfo"},
		{"limits", func() { GetRlimit(madeUpPID, RLIMIT_NOFILE) }, "psinfo"},
		{"own limits", func() { GetRlimit(os.Getpid(), RLIMIT_NOFILE) }, ""},
		{"pgid in a Oneshot", in(pgid), "psinfo"},
		{"groups in a Oneshot", in(func() { GetGroups(madeUpPID) }), "psinfo cred psinfo"},
		{"everything in a Oneshot", in(everything), "psinfo cred psinfo status lstatus sigact psinfo"},
		{"Get", func() { Get(madeUpPID) }, "psinfo cred psinfo status lstatus sigact psinfo"},
		{"Get of few", func() { Get(madeUpPID, FieldPgid, FieldSid) }, "psinfo"},
		{"no such process", func() { Getpgid(99) }, "psinfo psinfo"},
		{"no such process in a Oneshot", func() {
			Oneshot(99, func() error { Getpgid(99); Getpgid(99); return nil })
		}, "psinfo psinfo psinfo psinfo"},
	} {
		m.looks()
		tt.do()
		if got := m.looks(); got != tt.want {
			t.Errorf("%s: opened %s, want %s", tt.what, got, tt.want)
		}
	}
	m.become(madeUpPID, zombie)
	GetGroups(madeUpPID)
	GetSigmasks(madeUpPID)
	if got, want := m.looks(), "cred psinfo psinfo"; got != want {
		t.Errorf("zombie: opened %s, want %s", got, want)
	}
}

// TestMadeUpRefused: everybody may read psinfo, and the owner the rest.
func TestMadeUpRefused(t *testing.T) {
	m := newMadeUp(t)
	m.put(madeUpPID, number(3).files())
	for _, errno := range []error{syscall.EACCES, syscall.EPERM} {
		for _, in := range []func(func()){
			func(f func()) { f() },
			func(f func()) { Oneshot(madeUpPID, func() error { f(); f(); return nil }) },
		} {
			in(func() {
				m.refuse = map[string]error{"cred": errno, "status": errno, "lstatus": errno, "sigact": errno}
				g, err := GetGroups(madeUpPID)
				wantError(t, "groups", err, ErrAccessDenied, fs.ErrPermission, errno)
				masks, err := GetSigmasks(madeUpPID)
				wantError(t, "masks", err, ErrAccessDenied, fs.ErrPermission, errno)
				if pgid, err := Getpgid(madeUpPID); err != nil || pgid != 1003 || g != nil || masks != (Sigmasks{}) {
					t.Errorf("got %v, %v, %v, %v", pgid, err, g, masks)
				}
				for _, file := range []string{"lstatus", "sigact"} { // as if ids were changed in between
					m.refuse = map[string]error{file: errno}
					masks, err := GetSigmasks(madeUpPID)
					wantError(t, file, err, ErrAccessDenied, errno)
					if masks != (Sigmasks{}) {
						t.Errorf("%s is refused, and yet %v", file, masks)
					}
				}
			})
		}
		m.refuse = map[string]error{"cred": errno, "status": errno}
		info, err := Get(madeUpPID)
		if err != nil || info.Pgid != 1003 || info.Sid != 2003 {
			t.Errorf("Get: %+v, %v", info, err)
		}
		wantError(t, "Get", info.Err(FieldGroups), ErrAccessDenied)
		wantError(t, "Get", info.Err(FieldSigmasks), ErrAccessDenied)
		_, err = Get(madeUpPID, FieldGroups, FieldSigmasks)
		wantError(t, "Get of no more", err, ErrAccessDenied, errno)
	}
	// Of one that is dead it does not matter whether it would be refused.
	m.become(madeUpPID, zombie)
	_, err := GetGroups(madeUpPID)
	wantError(t, "groups of a zombie", err, ErrZombieProcess, os.ErrProcessDone)
}

// TestMadeUpEnds: what there is of a process less and less.
func TestMadeUpEnds(t *testing.T) {
	for _, named := range []bool{false, true} {
		m := newMadeUp(t)
		m.put(madeUpPID, number(5).files())
		ask := func() (Info, error) { return Get(madeUpPID) }
		if named {
			ask = func() (Info, error) { return singly(madeUpPID) }
		}
		if n, ok := numberOf(first(ask())); n != 5 || !ok {
			t.Errorf("alive: %d", n)
		}
		for _, state := range []madeUpState{exiting, zombie} {
			m.become(madeUpPID, state)
			m.looks()
			info, err := ask()
			if n, ok := numberOf(info); err != nil || n != 5 || !ok {
				t.Errorf("state %d: %+v, %v", state, info, err)
			}
			wantError(t, "groups", info.Err(FieldGroups), ErrZombieProcess, os.ErrProcessDone)
			wantError(t, "masks", info.Err(FieldSigmasks), ErrZombieProcess, os.ErrProcessDone)
			if n := len(strings.Fields(m.looks())); n > 12 {
				t.Errorf("state %d: %d files were opened", state, n)
			}
		}
		m.become(madeUpPID, reaped)
		_, err := ask()
		for _, f := range []func() error{
			func() error { return err },
			func() error { _, err := GetGroups(madeUpPID); return err },
			func() error { _, err := GetSigmasks(madeUpPID); return err },
			func() error { _, err := GetRlimit(madeUpPID, RLIMIT_CORE); return err },
			func() error { _, err := Rlimit(madeUpPID, RLIMIT_CORE, &Limits{}); return err },
		} {
			if err := f(); !errors.Is(err, ErrNoSuchProcess) || !errors.Is(err, syscall.ESRCH) || !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("gone: %v", err)
			}
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

// TestMadeUpHidden: a process that is not shown, and may not be sent a signal, exists.
func TestMadeUpHidden(t *testing.T) {
	m := newMadeUp(t)
	m.probe = syscall.EPERM
	for range 2 {
		_, err := Getpgid(madeUpPID)
		wantError(t, "pgid", err, ErrAccessDenied, fs.ErrPermission)
		_, err = GetGroups(madeUpPID)
		wantError(t, "groups", err, ErrAccessDenied)
		_, err = GetSigmasks(madeUpPID)
		wantError(t, "masks", err, ErrAccessDenied)
		_, err = Get(madeUpPID)
		wantError(t, "Get", err, ErrAccessDenied)
		_, err = GetRlimit(madeUpPID, RLIMIT_CORE)
		wantError(t, "limits", err, ErrAccessDenied)
		_, err = Getsid(0) // which cannot be hidden, as nobody can ask for it
		wantError(t, "sid of 0", err, ErrNoSuchProcess)
	}
}

// TestMadeUpAgain: a file whose process has executed another program is opened anew, but not for ever.
func TestMadeUpAgain(t *testing.T) {
	m := newMadeUp(t)
	m.put(madeUpPID, number(9).files())
	for _, errno := range []syscall.Errno{syscall.EAGAIN, syscall.EINTR} {
		for _, file := range []string{"psinfo", "cred", "status", "lstatus", "sigact"} {
			left := 5
			m.read = func(name string) error {
				if name != file || left == 0 {
					return nil
				}
				left--
				return errno
			}
			info, err := Get(madeUpPID)
			if n, ok := numberOf(info); err != nil || n != 9 || !ok || left != 0 {
				t.Errorf("%v of %s: %+v, %v; %d left", errno, file, info, err, left)
			}
			left = 1 << 30
			info, err = Get(madeUpPID)
			switch file {
			case "psinfo":
			case "cred":
				err = info.Err(FieldGroups)
			default:
				err = info.Err(FieldSigmasks)
			}
			wantError(t, file, err)
			if !errors.Is(err, errno) || 1<<30-left > 2000 {
				t.Errorf("%v of %s for ever: %v, after %d times", errno, file, err, 1<<30-left)
			}
		}
	}
}

// TestMadeUpNoProcfs: then nothing is known of any process.
func TestMadeUpNoProcfs(t *testing.T) {
	m := newMadeUp(t)
	os.Remove(filepath.Join(m.root, strconv.Itoa(os.Getpid())))
	m.processes = nil
	m.probe = syscall.EPERM
	for range 2 {
		for _, pid := range []int{os.Getpid(), madeUpPID} {
			_, err := Getpgid(pid)
			_, err2 := GetGroups(pid)
			_, err3 := GetSigmasks(pid)
			_, err4 := Get(pid)
			for _, err := range []error{err, err2, err3, err4} {
				wantError(t, "no procfs", err)
				if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no procfs at "+m.root) {
					t.Errorf("got %v", err)
				}
			}
		}
		errs := 0
		for info, err := range All() {
			errs++
			wantError(t, "All", err)
			if info.PID != -1 || !strings.Contains(err.Error(), "no procfs at ") {
				t.Errorf("All: %+v, %v", info, err)
			}
		}
		if errs != 1 {
			t.Errorf("All yields %d errors", errs)
		}
		m.root = filepath.Join(m.root, "nowhere")
	}
	if limits, err := GetRlimit(os.Getpid(), RLIMIT_NOFILE); err != nil || limits == (Limits{}) { // which needs none
		t.Errorf("own limits: %v, %v", limits, err)
	}
}

// TestMadeUpUnsound: files that make no sense are errors of their own kind.
func TestMadeUpUnsound(t *testing.T) {
	m := newMadeUp(t)
	for _, file := range []string{"psinfo", "cred", "status", "lstatus", "sigact"} {
		for _, change := range []func([]byte) []byte{
			func(b []byte) []byte { return b[:len(b)-1] },
			func([]byte) []byte { return []byte{} },
			func(b []byte) []byte { return bytes.Repeat([]byte{0xff}, len(b)+1) },
		} {
			files := number(9).files()
			m.put(madeUpPID, files)
			files[file] = change(files[file])
			info, err := Get(madeUpPID)
			if file == "psinfo" {
				wantError(t, file, err)
				continue
			}
			if n, ok := numberOf(info); err != nil || n != 9 || !ok {
				t.Errorf("%s: %+v, %v", file, info, err)
			}
			groups, masks := info.Err(FieldGroups), info.Err(FieldSigmasks)
			if file == "cred" {
				groups, masks = masks, groups
			}
			if groups != nil {
				t.Errorf("%s: %v", file, groups)
			}
			wantError(t, file, masks)
		}
	}
}

// TestMadeUpAll: who is gone is left out, who cannot be told is an error, and all the others are there.
func TestMadeUpAll(t *testing.T) {
	m := newMadeUp(t)
	for pid, state := range map[int]madeUpState{0: alive, 100: alive, 101: zombie, 102: exiting, 103: reaped} {
		m.put(pid, number(pid%10+2).files())
		m.become(pid, state)
	}
	files := number(4).files()
	m.put(104, files)
	files["psinfo"] = files["psinfo"][1:]
	for _, name := range []string{"self", "-7", "12x", "99999999999"} {
		if err := os.Mkdir(filepath.Join(m.root, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var seen, unsound []int
	for info, err := range All() {
		if err != nil {
			wantError(t, "All", err)
			unsound = append(unsound, info.PID)
			continue
		}
		seen = append(seen, info.PID)
		n, ok := numberOf(info)
		if !ok || info.PID != os.Getpid() && int(n) != info.PID%10+2 {
			t.Errorf("got %+v", info)
		}
		if dead := info.PID == 101 || info.PID == 102; dead != errors.Is(info.Err(FieldGroups), ErrZombieProcess) {
			t.Errorf("%d: groups %v, %v", info.PID, info.Groups, info.Err(FieldGroups))
		}
	}
	slices.Sort(seen)
	want := []int{0, 100, 101, 102, os.Getpid()}
	slices.Sort(want)
	if !slices.Equal(seen, want) || !slices.Equal(unsound, []int{104}) {
		t.Errorf("All yields %v, and errors of %v", seen, unsound)
	}
	for range All() {
		break
	}
}

// TestMadeUpOneshot: what was read is remembered, and nothing is added that is another's.
func TestMadeUpOneshot(t *testing.T) {
	m := newMadeUp(t)
	m.put(madeUpPID, number(6).files())
	Oneshot(madeUpPID, func() error {
		if pgid, err := Getpgid(madeUpPID); err != nil || pgid != 1006 {
			t.Errorf("pgid %d, %v", pgid, err)
		}
		groups, err := GetGroups(madeUpPID)
		if err != nil || len(groups) != 1 {
			t.Fatalf("groups %v, %v", groups, err)
		}
		groups[0] = 99 // the caller's own
		m.replace(madeUpPID, number(7).files())
		if sid, err := Getsid(madeUpPID); err != nil || sid != 2006 {
			t.Errorf("sid %d, %v", sid, err)
		}
		if groups, err := GetGroups(madeUpPID); err != nil || !slices.Equal(groups, []uint32{6}) {
			t.Errorf("groups %v, %v", groups, err)
		}
		_, err = GetSigmasks(madeUpPID)
		wantError(t, "masks of a successor", err, ErrNoSuchProcess)
		if info, err := Get(madeUpPID); err != nil || first(numberOf(info)) != 7 { // which asks afresh
			t.Errorf("Get: %+v, %v", info, err)
		}
		Rlimit(madeUpPID, RLIMIT_CORE, &Limits{}) // forgets
		if pgid, err := Getpgid(madeUpPID); err != nil || pgid != 1007 {
			t.Errorf("pgid %d, %v", pgid, err)
		}
		return nil
	})
}

// TestMadeUpHandle: a handle's process is not that which has its number.
func TestMadeUpHandle(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.StartProcess(exe, []string{exe, "-test.run=^$"}, &os.ProcAttr{})
	if err != nil {
		t.Skip(err) // an emulator's
	}
	m := newMadeUp(t)
	m.put(p.Pid, number(8).files())
	if pgid, err := Getpgid(p); err != nil || pgid != 1008 {
		t.Errorf("child: %d, %v", pgid, err)
	}
	if _, err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	_, err = Getpgid(p)
	wantError(t, "pgid", err, ErrNoSuchProcess)
	_, err = GetGroups(p)
	wantError(t, "groups", err, ErrNoSuchProcess)
	_, err = Get(p)
	wantError(t, "Get", err, ErrNoSuchProcess)
	if pgid, err := Getpgid(p.Pid); err != nil || pgid != 1008 {
		t.Errorf("its number: %d, %v", pgid, err)
	}
}

// TestMadeUpLimits: the kernel tells a process its own.
func TestMadeUpLimits(t *testing.T) {
	for _, r := range Resources() {
		var l syscall.Rlimit
		if err := syscall.Getrlimit(int(r), &l); err != nil {
			t.Fatal(err)
		}
		if _, ok := procfs.SolarisLimit(l.Max); ok {
			continue
		}
		most := uint64(1) << 60 // for Linux' infinity, which is no limit here
		if r == RLIMIT_CPU {    // of which Linux cannot count as many nanoseconds
			most = 1 << 33
		}
		if err := syscall.Setrlimit(int(r), &syscall.Rlimit{Cur: min(l.Cur, most), Max: most}); err != nil {
			t.Fatal(err)
		}
	}
	m := newMadeUp(t)
	m.put(madeUpPID, number(2).files())
	if n := len(Resources()); n != 7 {
		t.Errorf("%d resources", n)
	}
	for _, r := range Resources() {
		_, err := GetRlimit(madeUpPID, r)
		wantError(t, "another's", err, errors.ErrUnsupported)
		_, err = Rlimit(madeUpPID, r, &Limits{})
		wantError(t, "setting another's", err, errors.ErrUnsupported)
		limits, err := GetRlimit(os.Getpid(), r)
		if err != nil {
			t.Errorf("own %v: %v", r, err)
		}
		if old, err := Rlimit(os.Getpid(), r, &limits); err != nil || old != limits {
			t.Errorf("own %v: %v, %v; want %v", r, old, err, limits)
		}
	}
	_, err := GetRlimit(madeUpPID, RLIMIT_UMTXP)
	wantError(t, "a resource that there is not", err, errors.ErrUnsupported)
	for _, pid := range []int{madeUpPID, os.Getpid()} {
		for _, r := range []Resource{99, 1 << 30} {
			_, err := GetRlimit(pid, r)
			wantError(t, fmt.Sprint("resource ", int(r)), err, ErrInvalidResource)
		}
		_, err = Rlimit(pid, RLIMIT_CORE, &Limits{Soft: 2, Hard: 1})
		wantError(t, "soft above hard", err, ErrInvalidLimits)
	}
	_, err = Rlimit(os.Getpid(), RLIMIT_CORE, &Limits{Soft: 1, Hard: Infinity - 1})
	wantError(t, "too large", err, ErrInvalidLimits)
}

// TestMadeUpEveryMoment has something happen to the process before each of the calls that are made.
func TestMadeUpEveryMoment(t *testing.T) {
	m := newMadeUp(t)
	m.put(madeUpPID, number(1).files())
	events := []func(){
		func() { m.become(madeUpPID, exiting) },
		func() { m.become(madeUpPID, zombie) },
		func() { m.become(madeUpPID, reaped) },
		func() { m.replace(madeUpPID, number(2).files()) },
		func() { m.replace(madeUpPID, number(2).files()); m.become(madeUpPID, exiting) },
		func() { m.replace(madeUpPID, number(2).files()); m.become(madeUpPID, zombie) },
	}
	runs := 0
	for i, event := range events {
		for when := 1; ; when++ {
			m.replace(madeUpPID, number(1).files())
			calls := 0
			m.before = func(string) {
				if calls++; calls == when {
					event()
				}
			}
			info, err := Get(madeUpPID)
			runs++
			how := fmt.Sprintf("event %d at call %d", i, when)
			if err != nil {
				wantError(t, how, err, ErrNoSuchProcess)
			} else if n, ok := numberOf(info); !ok || n == 2 && i < 3 {
				t.Errorf("%s: %+v", how, info)
			}
			calls = 0
			m.replace(madeUpPID, number(1).files())
			checkMasks(t, how)
			if calls < when && info.Err(FieldSigmasks) == nil {
				break // nothing more happens
			}
			if when > 100 {
				t.Fatalf("%s: there is no end of calls", how)
			}
		}
	}
	m.before = nil
	t.Logf("%d runs", runs)
	if runs < 60 {
		t.Error("fewer than there should be")
	}
}

// checkMasks makes sure that the sets of signals are of one process.
func checkMasks(t testing.TB, how string) {
	t.Helper()
	masks, err := GetSigmasks(madeUpPID)
	if err != nil {
		if !errors.Is(err, ErrNoSuchProcess) && !errors.Is(err, ErrZombieProcess) {
			t.Errorf("%s: %v", how, err)
		}
		return
	}
	for n := number(1); n < 32; n++ {
		if masks == n.masks() {
			return
		}
	}
	t.Errorf("%s: masks of nobody: %v", how, masks)
}

// TestMadeUpRaces reads one process after the other while they come and go.
func TestMadeUpRaces(t *testing.T) {
	m := newMadeUp(t)
	m.put(madeUpPID, number(1).files())
	m.before = func(string) { runtime.Gosched() }
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := number(1); ; n = n%31 + 1 {
			m.replace(madeUpPID, n.files())
			for state := alive; state <= reaped; state++ {
				select {
				case <-stop:
					return
				default:
				}
				m.become(madeUpPID, state)
				turns := int(n) % 8 * 4
				if state == alive {
					turns *= 10
				}
				for range turns {
					runtime.Gosched()
				}
			}
		}
	}()
	whole, parts := 0, 0
	for range 600 {
		info, err := Get(madeUpPID)
		if err != nil {
			wantError(t, "Get", err, ErrNoSuchProcess)
		} else if n, ok := numberOf(info); !ok {
			t.Fatalf("of nobody, or of several: %+v, by its pgid of %d", info, n)
		} else if info.Err(FieldGroups) == nil && info.Err(FieldSigmasks) == nil {
			whole++
		} else {
			parts++
		}
		checkMasks(t, "while it comes and goes")
		Oneshot(madeUpPID, func() error {
			pgid, err := Getpgid(madeUpPID)
			if err != nil {
				return err
			}
			if groups, err := GetGroups(madeUpPID); err == nil && !slices.Equal(groups, []uint32{uint32(pgid - 1000)}) {
				t.Errorf("Oneshot: pgid %d with groups %v", pgid, groups)
			}
			if masks, err := GetSigmasks(madeUpPID); err == nil && masks != number(pgid-1000).masks() {
				t.Errorf("Oneshot: pgid %d with masks %v", pgid, masks)
			}
			return nil
		})
	}
	close(stop)
	<-stopped
	t.Logf("whole %d times, in part %d times", whole, parts)
}
