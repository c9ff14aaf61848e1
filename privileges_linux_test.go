// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
	"golang.org/x/sys/unix"
)

func init() {
	roles["privileges"] = func(args []string) any { return withPrivileges(args) }
	roles["userns"] = func(args []string) any { return inUserNamespace() }
	roles["entered"] = func(args []string) any { return inForeignProc(args) }
	roles["few-files"] = func(args []string) any { return withFewFiles(args) }
}

// The table that doc/howto.md shows: who asks, about whom, and what each function gives. "v" is the value.
var privileges = []struct {
	who    string // root, ptrace: root with CAP_SYS_PTRACE alone, none: root without any, nobody
	hidden string // the mount option hidepid
	target string // nobody's, root's, or nobody's that has made itself undumpable
	files  string // umask, groups and sigmasks
	ids    string // pgid and sid
	rlimit string
	set    string
}{
	{"root", "0", "root", "v", "v", "v", "v"},
	{"root", "2", "root", "v", "v", "v", "v"},
	{"nobody", "0", "nobody", "v", "v", "v", "v"},
	{"nobody", "0", "root", "v", "v", "v", "denied"},
	{"nobody", "0", "undumpable", "v", "v", "v", "v"},
	{"nobody", "1", "nobody", "v", "v", "v", "v"},
	{"nobody", "1", "root", "denied", "v", "denied", "denied"},
	{"nobody", "1", "undumpable", "denied", "v", "v", "v"},
	{"nobody", "2", "nobody", "v", "v", "v", "v"},
	{"nobody", "2", "root", "denied", "v", "denied", "denied"},
	{"nobody", "2", "undumpable", "denied", "v", "v", "v"},
	{"nobody", "4", "nobody", "v", "v", "v", "v"},
	{"nobody", "4", "root", "denied", "v", "denied", "denied"},
	{"none", "0", "root", "v", "v", "v", "v"},
	{"none", "0", "nobody", "v", "v", "v", "denied"},
	{"none", "2", "nobody", "v", "v", "v", "denied"}, // hidepid spares the group 0, unless gid= names another
	{"ptrace", "2", "nobody", "v", "v", "v", "denied"},
	{"ptrace", "2", "undumpable", "v", "v", "v", "denied"},
}

// TestPrivileges is the table.
func TestPrivileges(t *testing.T) {
	needNamespaces(t)
	checkLeaks(t)
	const nobody = 65534
	// Of the same limits as ours: raising takes more than the table is about.
	targets := map[string]*child{
		"root":       still(t, childState{User: &user{0, 0, []uint32{5}}, Umask: 0o11, Setsid: true}),
		"nobody":     still(t, childState{User: &user{nobody, nobody, []uint32{}}, Umask: 0o12, Setsid: true}),
		"undumpable": still(t, childState{User: &user{nobody, nobody, []uint32{}}, Umask: 0o13, Setsid: true, Undumpable: true}),
	}
	for _, tt := range privileges {
		t.Run(fmt.Sprintf("%s, hidepid=%s, %s's", tt.who, tt.hidden, tt.target), func(t *testing.T) {
			c := targets[tt.target]
			want := reportOf(c.Pid)
			cmd := command(t, childState{Role: "privileges", Args: []string{tt.who, tt.hidden, strconv.Itoa(c.Pid)}})
			cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
			var got struct {
				Failed             string
				Report, Get        report
				Set                string
				GoneUmask, GonePgd string
			}
			cmd.run(t, &got)
			if got.Failed != "" {
				t.Skip("not possible here: ", got.Failed)
			}
			expect := func(name, v, how string) {
				t.Helper()
				truth := want[name]
				if v != "v" {
					truth = "!" + v
				}
				r := got.Report
				if how == "Get" {
					r = got.Get
				}
				if r[name] != truth {
					t.Errorf("%s by %s: got %s, want %s", name, how, r[name], truth)
				}
			}
			for _, how := range []string{"PID", "Get"} {
				for _, name := range []string{"umask", "groups", "sigmasks"} {
					expect(name, tt.files, how)
				}
				expect("pgid", tt.ids, how)
				expect("sid", tt.ids, how)
				expect("rlimit", tt.rlimit, how)
			}
			if got.Set != strings.TrimPrefix(tt.set, "v") {
				t.Errorf("set: got %q, want %q", got.Set, tt.set)
			}
			if got.GoneUmask != "no such process" || got.GonePgd != "no such process" {
				t.Errorf("a PID that nobody has: %q, %q", got.GoneUmask, got.GonePgd)
			}
		})
	}
}

type privilegeReport struct {
	Failed             string
	Report, Get        report
	Set                string
	GoneUmask, GonePgd string
}

func withPrivileges(args []string) any {
	who, hidden := args[0], args[1]
	pid, _ := strconv.Atoi(args[2])
	var r privilegeReport
	if err := unix.Mount("proc", "/proc", "proc", 0, "hidepid="+hidden); err != nil {
		r.Failed = "hidepid=" + hidden + ": " + err.Error() // 4 is Linux 5.8
		return r
	}
	runtime.LockOSThread()
	switch who {
	case "nobody":
		becomeNobody()
	case "none":
		keepCapabilities(0)
	case "ptrace":
		keepCapabilities(1 << unix.CAP_SYS_PTRACE)
	}
	r.Report = reportOf(pid)
	info, err := procinfo.Get(pid)
	if err != nil {
		fail(err)
	}
	r.Get = reportFrom(info)
	old, err := procinfo.GetRlimit(os.Getpid(), procinfo.RLIMIT_MSGQUEUE)
	if err != nil {
		fail(err)
	}
	_, err = procinfo.Rlimit(pid, procinfo.RLIMIT_MSGQUEUE, &old)
	r.Set = kindOf(err)
	_, err = procinfo.GetUmask(1<<22 + 1) // above any kernel's highest
	r.GoneUmask = kindOf(err)
	_, err = procinfo.Getpgid(1<<22 + 1)
	r.GonePgd = kindOf(err)
	return r
}

// keepCapabilities drops all others, of this thread.
func keepCapabilities(keep uint64) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := [2]unix.CapUserData{
		{Effective: uint32(keep), Permitted: uint32(keep)}, {Effective: uint32(keep >> 32), Permitted: uint32(keep >> 32)},
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		fail(err)
	}
}

// TestUserNamespace: ids that the reader's namespace does not map are the overflow id, and its root may do there what root
// may.
func TestUserNamespace(t *testing.T) {
	needNamespaces(t)
	c := command(t, childState{Role: "userns"})
	c.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID
	c.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: 100000, Size: 1000}}
	c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: 100000, Size: 1000}}
	c.SysProcAttr.GidMappingsEnableSetgroups = true
	c.SysProcAttr.Credential = &syscall.Credential{Uid: 0, Gid: 0, Groups: []uint32{5, 7}}
	outside := still(t, childState{User: &user{0, 0, []uint32{3, 100005}}})
	c.in, _ = c.StdinPipe()
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	if err := c.Start(); err != nil {
		t.Skip("no user namespace can be made here: ", err)
	}
	defer c.Wait()
	defer c.in.Close()
	if said, err := out.ReadString('\n'); said != "[5 7]\n" {
		t.Errorf("inside: %q, %v", said, err)
	}
	// Seen from outside they are what they are here.
	if got, err := procinfo.GetGroups(c.Cmd.Process.Pid); err != nil || !slices.Equal(got, []uint32{100005, 100007}) {
		t.Errorf("seen from outside: %v, %v", got, err)
	}
	fmt.Fprintln(c.in, outside.Pid)
	if said, err := out.ReadString('\n'); said != "[65534 5]\n" {
		t.Errorf("outside's seen from inside: %q, %v", said, err)
	}
}

// inUserNamespace prints its groups, and those of a process outside by way of outside's /proc.
func inUserNamespace() any {
	self, err := os.Readlink("/proc/self") // in outside's numbers
	if err != nil {
		fail(err)
	}
	pid, _ := strconv.Atoi(self)
	groups, err := procinfo.GetGroups(pid)
	if err != nil {
		fail(err)
	}
	fmt.Println(groups)
	fmt.Scan(&pid)
	groups, err = procinfo.GetGroups(pid)
	if err != nil {
		fail(err)
	}
	fmt.Println(groups)
	return nil
}

// TestForeignProc: /proc is that of a PID namespace in which we have no PID, as nsenter(1) leaves it with the mount
// namespace alone. Its numbers are not those of system calls.
func TestForeignProc(t *testing.T) {
	needNamespaces(t)
	checkLeaks(t)
	c := inNewPIDNamespace(command(t, childState{Role: "entered", Args: []string{"outer"}}))
	var got report
	c.run(t, &got)
	for name, want := range map[string]string{
		"umask": "0026", "pgid": "0", "sid": "0", "Get umask": "0026", "Get pgid": "0",
		"set": "unsupported", "own handle": "unsupported", "own PID": "no such process", "limit unchanged": "true", "Oneshot pgid": "0",
	} {
		if got[name] != want {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
	if got["rlimit"] != got["Get rlimit"] || got["rlimit"] == "" || got["rlimit"][0] == '!' {
		t.Errorf("limits: %s, Get %s", got["rlimit"], got["Get rlimit"])
	}
}

// inForeignProc, outer: PID 1 of a namespace, starts its own kind in a mount namespace with /proc of a namespace below this one.
func inForeignProc(args []string) any {
	switch args[0] {
	case "outer":
		// A process in a namespace below mounts its /proc and waits.
		below := inNewPIDNamespace(roleCommand("entered", "below"))
		in, err := below.StdinPipe()
		if err != nil {
			fail(err)
		}
		out, err := below.StdoutPipe()
		if err != nil {
			fail(err)
		}
		if err := below.Start(); err != nil {
			fail(err)
		}
		var ready [1]byte
		if _, err := out.Read(ready[:]); err != nil {
			fail(err)
		}
		if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
			fail(err)
		}
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/mnt", below.Cmd.Process.Pid))
		if err != nil {
			fail(err)
		}
		root, err := os.Open(fmt.Sprintf("/proc/%d/root", below.Cmd.Process.Pid)) // which is ours, if that is a changed one
		if err != nil {
			fail(err)
		}
		// Threads share what a mount namespace would change; this one no longer.
		runtime.LockOSThread()
		for _, err := range []error{
			unix.Unshare(unix.CLONE_FS), unix.Setns(int(ns.Fd()), unix.CLONE_NEWNS), unix.Fchdir(int(root.Fd())), unix.Chroot("."),
		} {
			if err != nil {
				fail(err)
			}
		}
		r := askForeign()
		in.Close()
		below.Wait()
		return r
	case "below":
		setUmask(0o26)
		if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
			fail(err)
		}
		fmt.Println("ready")
		fmt.Scanln()
		return nil
	}
	fail(errors.New("what?"))
	return nil
}

// askForeign asks about PID 1 on this thread, which sees the /proc of below.
func askForeign() report {
	r := reportOf(1)
	var core syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_CORE, &core)
	_, err := procinfo.Rlimit(1, procinfo.RLIMIT_CORE, &procinfo.Limits{})
	r["set"] = kindOf(err)
	var after syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_CORE, &after)
	r["limit unchanged"] = fmt.Sprint(core == after)
	self, _ := os.FindProcess(os.Getpid())
	_, err = procinfo.Getpgid(self)
	r["own handle"] = kindOf(err)
	_, err = procinfo.GetUmask(4711)
	r["own PID"] = kindOf(err)
	info, err := procinfo.Get(1)
	if err != nil {
		fail(err)
	}
	for name, v := range reportFrom(info) {
		r["Get "+name] = v
	}
	procinfo.Oneshot(1, func() error {
		pgid, err := procinfo.Getpgid(1)
		r["Oneshot pgid"] = fmt.Sprint(pgid)
		return err
	})
	return r
}

// TestFewFiles: without a descriptor left, everything fails with that reason and not another, and nothing is lost; also at
// the first use, before anything is known of /proc.
func TestFewFiles(t *testing.T) {
	checkLeaks(t)
	c := still(t, childState{Umask: 0o21, Limits: map[procinfo.Resource]procinfo.Limits{procinfo.RLIMIT_CORE: {Soft: 5, Hard: 6}}})
	var got report
	command(t, childState{Role: "few-files", Args: []string{strconv.Itoa(c.Pid)}}).run(t, &got)
	for name, v := range got {
		if v != "too many open files" {
			t.Errorf("%s: %s", name, v)
		}
	}
	if len(got) < 12 {
		t.Errorf("only %v", got)
	}
	if l, err := procinfo.GetRlimit(c.Pid, procinfo.RLIMIT_CORE); err != nil || l != (procinfo.Limits{Soft: 5, Hard: 6}) {
		t.Errorf("the limits have become %v, %v", l, err)
	}
}

func withFewFiles(args []string) any {
	pid, _ := strconv.Atoi(args[0])
	r := report{}
	var keep []int
	exhaust := func() {
		for {
			fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return
			}
			keep = append(keep, fd)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 64, Max: 64}); err != nil {
		fail(err)
	}
	reason := func(name string, err error) {
		var errno syscall.Errno
		switch {
		case err == nil:
			r[name] = "no error"
		case !errors.As(err, &errno) || errno != unix.EMFILE || kindOf(err) == "no such process":
			r[name] = err.Error()
		default:
			r[name] = errno.Error()
		}
	}
	for _, when := range []string{"at first", "later"} {
		exhaust()
		_, err := procinfo.GetUmask(pid)
		reason("umask "+when, err)
		_, err = procinfo.GetGroups(pid)
		reason("groups "+when, err)
		_, err = procinfo.GetSigmasks(pid)
		reason("sigmasks "+when, err)
		_, err = procinfo.Get(pid)
		reason("Get "+when, err)
		_, err = procinfo.Get(pid, procinfo.FieldPgid)
		reason("Get pgid "+when, err)
		_, err = procinfo.Rlimit(pid, procinfo.RLIMIT_CORE, &procinfo.Limits{Soft: 1, Hard: 2})
		reason("set "+when, err)
		for _, err := range procinfo.All() {
			reason("All "+when, err)
		}
		for _, fd := range keep {
			unix.Close(fd)
		}
		keep = nil
		if _, err := procinfo.GetUmask(pid); err != nil { // all is well again
			fail(err)
		}
	}
	return r
}
