// SPDX-License-Identifier: MIT

//go:build unix

package procfs

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// A made-up /proc, with this process and others that each test puts there.

const solarisSelf = 4711

type solarisTree struct {
	SolarisProc
	t      testing.TB
	memory map[string][]byte // if not nil, the files are here: for tests that replace many
}

func newSolarisMemory(t testing.TB) *solarisTree {
	memory := map[string][]byte{}
	s := &solarisTree{SolarisProc{Root: "/memory", Self: solarisSelf, Files: &solarisHooks{memory: memory}}, t, memory}
	s.process(solarisSelf, "plain", 1)
	return s
}

func newSolarisTree(t testing.TB) *solarisTree {
	s := &solarisTree{SolarisProc{Root: t.TempDir(), Self: solarisSelf, Files: &solarisHooks{}}, t, nil}
	s.process(solarisSelf, "plain", 1)
	return s
}

// process puts a process there, replacing any that has the PID: the files of a case, and when it was started.
func (s *solarisTree) process(pid int, from string, start uint64) {
	s.t.Helper()
	s.remove(pid)
	for _, c := range solarisCases(s.t) {
		if c.Name != from {
			continue
		}
		for name, data := range c.files {
			switch name {
			case "psinfo":
				binary.LittleEndian.PutUint32(data[solarisPID:], uint32(pid))
				if !c.Zombie {
					binary.LittleEndian.PutUint64(data[solarisStartSec:], start)
				}
			case "status":
				binary.LittleEndian.PutUint32(data[solarisStatusPID:], uint32(pid))
			}
			s.write(pid, name, data)
		}
	}
}

func (s *solarisTree) path(pid int, file string) string {
	return filepath.Join(s.Root, strconv.Itoa(pid), file)
}

func (s *solarisTree) write(pid int, file string, data []byte) {
	s.t.Helper()
	path := s.path(pid, file)
	if s.memory != nil {
		s.memory[path] = data
		return
	}
	mode := os.FileMode(0o400)
	if file == "psinfo" {
		mode = 0o444
	}
	os.Remove(path)
	for _, err := range []error{
		os.MkdirAll(filepath.Dir(path), 0o700),
		os.Chmod(filepath.Dir(path), 0o755), // whatever the umask
		os.WriteFile(path, data, 0o600),
		os.Chmod(path, mode),
	} {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *solarisTree) remove(pid int) {
	if s.memory == nil {
		os.RemoveAll(s.path(pid, ""))
	}
	for _, file := range solarisFileNames {
		delete(s.memory, s.path(pid, file))
	}
}

var solarisFileNames = []string{"psinfo", "cred", "status", "lstatus", "sigact"}

// exit has a process begin to exit: psinfo has it as if it lived, and nothing else is left.
func (s *solarisTree) exit(pid int) {
	for _, file := range solarisFileNames[1:] {
		if s.memory == nil {
			os.Remove(s.path(pid, file))
		}
		delete(s.memory, s.path(pid, file))
	}
}

// threads gives a process more threads than one, of which status has one that is not the main one.
func (s *solarisTree) threads(pid int, ids ...int32) {
	s.t.Helper()
	status := solarisFile(s.t, "signals", "status")
	binary.LittleEndian.PutUint32(status[solarisStatusPID:], uint32(pid))
	binary.LittleEndian.PutUint32(status[solarisStatusNLWP:], uint32(len(ids)))
	binary.LittleEndian.PutUint32(status[solarisStatusLWP+solarisLWPID:], uint32(slices.Max(ids)))
	s.write(pid, "status", status)
	s.write(pid, "lstatus", solarisThreads(s.t, ids...))
}

func TestSolarisReader(t *testing.T) {
	tested := 0
	for _, c := range solarisCases(t) {
		if c.files["psinfo"] == nil {
			continue
		}
		tested++
		t.Run(c.Name, func(t *testing.T) {
			s := newSolarisTree(t)
			pid := int(c.PID)
			s.process(pid, c.Name, 7)
			p, err := s.Psinfo(pid)
			if err != nil || p.Pgid != c.Pgid || p.Sid != c.Sid || p.Zombie != c.Zombie {
				t.Errorf("psinfo: %+v, %v", p, err)
			}
			since := p.Start
			for _, since := range []*SolarisStart{nil, &since} {
				groups, err := s.Groups(pid, since, nil)
				masks, errMasks := s.Sigmasks(pid, since)
				if c.Zombie {
					if err != ErrDead || errMasks != ErrDead || groups != nil || masks != (sigset.Masks{}) {
						t.Errorf("zombie: %v, %v, %v, %v", groups, err, masks, errMasks)
					}
					continue
				}
				if err != nil || !slices.Equal(groups, c.Groups) {
					t.Errorf("groups: %v, %v; want %v", groups, err, c.Groups)
				}
				want := sigset.Masks{
					Pending: sigset.Of(c.Pending...), Blocked: sigset.Of(c.Blocked...), Ignored: sigset.Of(c.Ignored...),
					Caught: sigset.Of(c.Caught...), ProcessPending: sigset.Of(c.PendingProcess...),
				}
				if errMasks != nil || masks != want {
					t.Errorf("masks: %v, %v; want %v", masks, errMasks, want)
				}
			}
		})
	}
	if tested != 5 {
		t.Errorf("%d cases", tested)
	}
}

// TestSolarisReaderThreads: pending and blocked are those of the main thread, wherever it is, however many there are.
func TestSolarisReaderThreads(t *testing.T) {
	s := newSolarisTree(t)
	many := make([]int32, 3000) // 4 MB
	for i := range many {
		many[i] = int32(len(many) - i)
	}
	for _, ids := range [][]int32{{1, 2}, {9, 5, 7}, {3, 2, 1, 64}, many} {
		s.process(100, "signals", 7)
		s.threads(100, ids...)
		main := int(slices.Min(ids))
		m, err := s.Sigmasks(100, nil)
		pending := sigset.Of(10, 33, 64, 74)
		if err != nil || m.ProcessPending != pending || m.Pending != pending.Union(sigset.Of(64+main)) || m.Blocked != sigset.Of(main) {
			t.Errorf("%d threads: %v, %v", len(ids), m, err)
		}
	}
}

func TestSolarisReaderGroups(t *testing.T) {
	s := newSolarisTree(t)
	for _, n := range []int{0, 1, 16, 1024} {
		s.process(100, "plain", 7)
		s.write(100, "cred", solarisFile(t, fmt.Sprintf("cred-groups%d", n), "cred"))
		if groups, err := s.Groups(100, nil, []uint32{}); err != nil || len(groups) != n || groups == nil {
			t.Errorf("%d groups: %v, %v", n, groups, err)
		}
	}
	for _, bad := range []string{"cred-huge", "cred-short"} {
		s.write(100, "cred", solarisFile(t, bad, "cred"))
		if groups, err := s.Groups(100, nil, nil); err == nil || groups != nil {
			t.Errorf("%s: %v", bad, groups)
		}
	}
}

func TestSolarisReaderMissing(t *testing.T) {
	s := newSolarisTree(t)
	check := func(want error) {
		t.Helper()
		p, err := s.Psinfo(100)
		groups, errGroups := s.Groups(100, nil, nil)
		masks, errMasks := s.Sigmasks(100, &SolarisStart{})
		for _, err := range []error{err, errGroups, errMasks} {
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		if p != (SolarisPsinfo{}) || groups != nil || masks != (sigset.Masks{}) {
			t.Errorf("got %v, %v, %v", p, groups, masks)
		}
	}
	check(ErrGone)
	s.remove(solarisSelf) // as if nothing were mounted
	for range 2 {
		check(syscall.ENOENT)
		if err := s.List(func(int) bool { return true }); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("list: %v", err)
		}
		s.Root += "/nowhere"
	}
}

func TestSolarisReaderCut(t *testing.T) {
	for _, file := range []string{"psinfo", "cred", "status", "lstatus", "sigact"} {
		s := newSolarisTree(t)
		for _, n := range []int{0, 1, 8, 16, 31, 415, 1295} {
			s.process(100, "signals", 7)
			s.threads(100, 2, 3)
			data, err := os.ReadFile(s.path(100, file))
			if os.Geteuid() != 0 && err != nil {
				t.Fatal(err)
			}
			if n >= len(data) {
				continue
			}
			s.write(100, file, data[:n])
			if g, err := s.Groups(100, &SolarisStart{7, 654321000}, nil); (file == "cred" || file == "psinfo") != (err != nil) {
				t.Errorf("%s of %d bytes: groups %v, %v", file, n, g, err)
			}
			if m, err := s.Sigmasks(100, nil); (file != "cred") != (err != nil) || err != nil && m != (sigset.Masks{}) {
				t.Errorf("%s of %d bytes: masks %v, %v", file, n, m, err)
			}
		}
	}
}

func TestSolarisReaderList(t *testing.T) {
	s := newSolarisTree(t)
	s.process(0, "pid0", 1)
	s.process(43211, "zombie", 1)
	for _, name := range []string{"self", "-1", "99999999999", "12x"} {
		os.Mkdir(filepath.Join(s.Root, name), 0o755)
	}
	var pids []int
	if err := s.List(func(pid int) bool { pids = append(pids, pid); return true }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(pids)
	if want := []int{0, solarisSelf, 43211}; !slices.Equal(pids, want) {
		t.Errorf("got %v, want %v", pids, want)
	}
	n := 0
	s.List(func(int) bool { n++; return false })
	if n != 1 {
		t.Errorf("went on %d times", n)
	}
}

// solarisHooks is the kernel with something happening on the way.
type solarisHooks struct {
	kernelFiles
	open  func(file string) error
	read  func(file string) error
	probe func(pid int) error
	name  map[int]string
	held  int

	memory map[string][]byte // instead of the kernel's
	opened [][]byte          // by descriptor
}

// Probe knows of no process: those that there are really are none of ours.
func (h *solarisHooks) Probe(pid int) error {
	if h.probe != nil {
		return h.probe(pid)
	}
	return syscall.ESRCH
}

func (h *solarisHooks) Open(path string) (int, error) {
	file := filepath.Base(path)
	if h.open != nil {
		if err := h.open(file); err != nil {
			return -1, err
		}
	}
	fd, err := h.openFile(path)
	if err == nil {
		if h.name == nil {
			h.name = map[int]string{}
		}
		h.name[fd] = file
		h.held++
	}
	return fd, err
}

func (h *solarisHooks) openFile(path string) (int, error) {
	if h.memory == nil {
		return h.kernelFiles.Open(path)
	}
	data, ok := h.memory[path]
	if !ok {
		return -1, syscall.ENOENT
	}
	h.opened = append(h.opened, data)
	return len(h.opened) - 1, nil
}

func (h *solarisHooks) Read(fd int, b []byte) (int, error) {
	if h.read != nil {
		if err := h.read(h.name[fd]); err != nil {
			return -1, err
		}
	}
	if h.memory != nil {
		return copy(b, h.opened[fd]), nil
	}
	return h.kernelFiles.Read(fd, b)
}

func (h *solarisHooks) Close(fd int) {
	h.held--
	if h.memory == nil {
		h.kernelFiles.Close(fd)
	}
}

// TestSolarisReaderRaces has a process exit, or be replaced by another or by a zombie, at each of the calls.
func TestSolarisReaderRaces(t *testing.T) {
	plain := sigset.Masks{Pending: sigset.Of(), Blocked: sigset.Of(), Ignored: sigset.Of(13), Caught: sigset.Of(1, 15), ProcessPending: sigset.Of()}
	queue := sigset.Of(10, 33, 64, 74)
	old := sigset.Masks{
		Pending: queue.Union(sigset.Of(66)), Blocked: sigset.Of(2), Ignored: sigset.Of(13, 20, 32, 41, 73),
		Caught: sigset.Of(1, 3, 15, 33, 40, 64, 65, 72, 74), ProcessPending: queue,
	}
	want := map[string][]error{ // by event; of a successor nothing may be said if it matters since when
		"gone": {ErrGone}, "zombie": {ErrDead}, "exiting": {ErrDead},
		"replaced": {ErrGone}, "replaced by a zombie": {ErrDead}, "replaced by one that exits": {ErrDead, ErrGone},
	}
	seen := map[string]int{}
	for _, event := range []string{"gone", "zombie", "exiting", "replaced", "replaced by a zombie", "replaced by one that exits"} {
		for when := 1; when <= 16; when++ {
			for _, since := range []*SolarisStart{nil, {7, 654321000}} {
				s := newSolarisMemory(t)
				s.process(100, "signals", 7)
				s.threads(100, 5, 2)
				calls := 0
				step := func(file string) error {
					calls++
					if calls == when {
						switch event {
						case "gone":
							s.remove(100)
						case "zombie", "replaced by a zombie":
							s.process(100, "zombie", 0)
						case "exiting":
							s.exit(100)
						case "replaced":
							s.process(100, "plain", 8)
						case "replaced by one that exits":
							s.process(100, "plain", 8)
							s.exit(100)
						}
					}
					return nil
				}
				hooks := &solarisHooks{memory: s.memory, open: step, read: step}
				s.Files = hooks
				how := fmt.Sprintf("%s at call %d, since %v", event, when, since)
				m, err := s.Sigmasks(100, since)
				switch {
				case err == nil && (m == old || m == plain && event == "replaced" && since == nil):
					seen["masks"]++
				case slices.Contains(want[event], err) && (err != ErrGone || event == "gone" || since != nil):
					seen[err.Error()]++
				default:
					t.Errorf("masks, %s: %v, %v", how, m, err)
				}
				if err != nil && m != (sigset.Masks{}) {
					t.Errorf("masks, %s: %v with %v", how, m, err)
				}

				s.process(100, "signals", 7)
				calls = 0
				groups, err := s.Groups(100, since, nil)
				switch {
				case err == nil && (slices.Equal(groups, []uint32{5, 6}) || slices.Equal(groups, []uint32{20, 3000000000, 4294967294}) && event == "replaced" && since == nil):
					seen["groups"]++
				case slices.Contains(want[event], err) && (err != ErrGone || event == "gone" || since != nil):
					seen[err.Error()]++
				default:
					t.Errorf("groups, %s: %v, %v", how, groups, err)
				}
				if hooks.held != 0 {
					t.Errorf("%s: %d files are still open", how, hooks.held)
				}
			}
		}
	}
	t.Log(seen)
}

// TestSolarisReaderUnstable: a process that is another one at each look is not told about.
func TestSolarisReaderUnstable(t *testing.T) {
	s := newSolarisMemory(t)
	start := uint64(0)
	s.Files = &solarisHooks{memory: s.memory, open: func(string) error {
		start++
		s.process(100, "plain", start)
		return nil
	}}
	if m, err := s.Sigmasks(100, nil); err == nil || m != (sigset.Masks{}) {
		t.Errorf("got %v", m)
	}
	if g, err := s.Groups(100, nil, nil); err != nil || len(g) != 3 { // a single file is whole
		t.Errorf("got %v, %v", g, err)
	}
	s.Files = &solarisHooks{memory: s.memory, open: func(string) error {
		start++
		s.process(100, "plain", start)
		s.exit(100)
		return nil
	}}
	if g, err := s.Groups(100, nil, nil); err == nil || err == ErrGone || g != nil {
		t.Errorf("got %v, %v", g, err)
	}
}

// TestSolarisReaderExiting: a process that exits has nothing but a psinfo, and that may stay so for long.
func TestSolarisReaderExiting(t *testing.T) {
	for _, since := range []*SolarisStart{nil, {7, 654321000}, {8, 654321000}} {
		s := newSolarisTree(t)
		s.process(100, "signals", 7)
		s.exit(100)
		want := ErrDead
		if since != nil && since.Sec != 7 {
			want = ErrGone
		}
		opened := 0
		s.Files = &solarisHooks{open: func(string) error { opened++; return nil }}
		if g, err := s.Groups(100, since, nil); err != want || g != nil {
			t.Errorf("groups: %v, %v", g, err)
		}
		if m, err := s.Sigmasks(100, since); err != want || m != (sigset.Masks{}) {
			t.Errorf("masks: %v, %v", m, err)
		}
		if p, err := s.Psinfo(100); err != nil || p.Zombie {
			t.Errorf("psinfo: %+v, %v", p, err)
		}
		if opened > 8 {
			t.Errorf("%d files were opened", opened)
		}
	}
}

// TestSolarisReaderHidden: a process of which nothing is to be seen, and to which no signal may be sent, is there.
func TestSolarisReaderHidden(t *testing.T) {
	s := newSolarisTree(t)
	asked := 0
	hooks := &solarisHooks{probe: func(pid int) error {
		asked++
		if pid == 0 {
			t.Error("asked for process 0, which is our process group")
		}
		return syscall.EPERM
	}}
	s.Files = hooks
	check := func(pid int, want error) {
		t.Helper()
		_, err := s.Psinfo(pid)
		_, errGroups := s.Groups(pid, nil, nil)
		_, errMasks := s.Sigmasks(pid, &SolarisStart{})
		if err != want || errGroups != want || errMasks != want {
			t.Errorf("%d: got %v, %v, %v; want %v", pid, err, errGroups, errMasks, want)
		}
	}
	check(100, ErrHidden)
	check(0, ErrGone)
	hooks.probe = func(int) error { return nil } // then it would be shown
	check(100, ErrGone)
	hooks.probe = func(pid int) error { asked++; return []error{syscall.EPERM, syscall.ESRCH}[asked%2] }
	asked = 1 // it goes meanwhile
	check(100, ErrGone)
	hooks.probe = func(pid int) error { s.process(100, "plain", 9); return syscall.EPERM } // it comes meanwhile
	s.remove(100)
	if p, err := s.Psinfo(100); err != nil || p.Start.Sec != 9 {
		t.Errorf("got %+v, %v", p, err)
	}
	s.remove(100)
	s.remove(solarisSelf)
	hooks.probe = func(int) error { return syscall.EPERM }
	if _, err := s.Psinfo(100); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("without procfs: %v", err)
	}
}

// TestSolarisReaderAgain: calls that are interrupted are repeated, and files whose process has executed a program opened anew.
func TestSolarisReaderAgain(t *testing.T) {
	s := newSolarisTree(t)
	s.process(100, "signals", 7)
	for _, errno := range []syscall.Errno{syscall.EAGAIN, syscall.EINTR} {
		for _, times := range []int{3, 1 << 30} {
			left := times
			opened := 0
			fail := func(file string) error {
				if left > 0 && file != "psinfo" {
					left--
					return errno
				}
				return nil
			}
			hooks := &solarisHooks{read: fail, open: func(string) error { opened++; return nil }}
			s.Files = hooks
			_, err := s.Groups(100, nil, nil)
			if times == 3 && (err != nil || opened != 4) || times != 3 && !errors.Is(err, errno) || hooks.held != 0 {
				t.Errorf("%v %d times: groups %v, opened %d times, %d held", errno, times, err, opened, hooks.held)
			}
			left = times
			if _, err = s.Sigmasks(100, nil); (times == 3) != (err == nil) || err != nil && !errors.Is(err, errno) {
				t.Errorf("%v %d times: masks %v", errno, times, err)
			}
		}
	}
	// Opened anew it may be refused.
	refused := false
	s.Files = &solarisHooks{
		read: func(file string) error { refused = true; return syscall.EAGAIN },
		open: func(string) error {
			if refused {
				return syscall.EACCES
			}
			return nil
		},
	}
	if _, err := s.Groups(100, nil, nil); err != syscall.EACCES {
		t.Errorf("refused when opened anew: %v", err)
	}
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.EMFILE} {
		s.Files = &solarisHooks{open: func(string) error { return errno }}
		_, err := s.Groups(100, nil, nil)
		_, err2 := s.Sigmasks(100, nil)
		_, err3 := s.Psinfo(100)
		if !errors.Is(err, errno) || !errors.Is(err2, errno) || !errors.Is(err3, errno) {
			t.Errorf("%v: %v, %v, %v", errno, err, err2, err3)
		}
	}
}

// TestSolarisReaderRefused is another user, by the files' modes: of a live process psinfo alone, of a zombie that it is one.
func TestSolarisReaderRefused(t *testing.T) {
	if root := os.Getenv("SOLARIS_TEST_ROOT"); root != "" {
		s := SolarisProc{Root: root, Self: solarisSelf, Files: &solarisHooks{}}
		var got []string
		for _, pid := range []int{100, 101, 102} {
			p, err := s.Psinfo(pid)
			_, errGroups := s.Groups(pid, nil, nil)
			_, errMasks := s.Sigmasks(pid, nil)
			got = append(got, fmt.Sprintf("%d %v, %v, %v", p.Pgid, err, errGroups, errMasks))
		}
		json.NewEncoder(os.Stdout).Encode(got)
		os.Exit(0)
	}
	s := newSolarisTree(t)
	s.process(100, "signals", 7)
	s.process(101, "zombie", 7)
	want := []string{
		"43159 <nil>, permission denied, permission denied", "43159 <nil>, process is dead, process is dead",
		"0 process is gone, process is gone, process is gone",
	}
	var out []byte
	if os.Geteuid() == 0 {
		dir := t.TempDir()
		for d := dir; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
			os.Chmod(d, 0o755)
		}
		for d := s.Root; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
			os.Chmod(d, 0o755)
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		exe := filepath.Join(dir, "test.exe")
		if err := os.WriteFile(exe, data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(exe, 0o755); err != nil {
			t.Fatal(err)
		}
		args := []string{exe, "-test.run=^TestSolarisReaderRefused$"}
		if emulator := os.Getenv("PROCINFO_TEST_EXEC"); emulator != "" { // where the kernel cannot run the test binary
			args = append([]string{emulator}, args...)
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = "/"
		cmd.Env = append(os.Environ(), "SOLARIS_TEST_ROOT="+s.Root)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err = cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var got []string
		if err := json.Unmarshal(out, &got); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %s, want %q", out, want)
		}
		if g, err := s.Groups(100, nil, nil); err != nil || len(g) != 2 {
			t.Errorf("root: %v, %v", g, err)
		}
		return
	}
	for _, file := range []string{"cred", "status", "lstatus", "sigact"} {
		os.Chmod(s.path(100, file), 0)
	}
	if _, err := s.Groups(100, nil, nil); err != syscall.EACCES {
		t.Errorf("groups: %v", err)
	}
	if _, err := s.Sigmasks(100, nil); err != syscall.EACCES {
		t.Errorf("masks: %v", err)
	}
}

func TestSolarisReaderAllocs(t *testing.T) {
	s := newSolarisTree(t)
	s.process(100, "signals", 7)
	s.Files = nil
	if n := testing.AllocsPerRun(50, func() { s.Psinfo(100) }); n > 3 && !sparse {
		t.Errorf("psinfo: %v allocations", n)
	}
	if n := testing.AllocsPerRun(50, func() { s.Sigmasks(100, nil) }); n > 12 && !sparse {
		t.Errorf("masks: %v allocations", n)
	}
}

func BenchmarkSolarisReader(b *testing.B) {
	s := newSolarisTree(b)
	s.process(100, "signals", 7)
	s.Files = nil
	b.Run("psinfo", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Psinfo(100)
		}
	})
	b.Run("sigmasks", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Sigmasks(100, nil)
		}
	})
}
