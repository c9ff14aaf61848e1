// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"github.com/gopsutil-extra/procinfo/examples/internal/childtest"
	"github.com/prometheus/common/expfmt"

	dto "github.com/prometheus/client_model/go"
)

const otherUser = 54321 // no other test's

func TestMain(m *testing.M) {
	childtest.Main(m, map[string]func(){"exporter": main, "idle": beIdle, "gone": func() {}})
}

// idle is a process to look at.
type idle struct {
	Name  []byte
	Limit procinfo.Limits // of open files
	Files int             // to open beside its own
}

func beIdle() {
	var s idle
	if err := json.Unmarshal([]byte(os.Args[1]), &s); err != nil {
		childtest.Fail(err)
	}
	childtest.SetName(string(s.Name))
	for range s.Files {
		if _, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0); err != nil {
			childtest.Fail(err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: s.Limit.Soft, Max: s.Limit.Hard}); err != nil {
		childtest.Fail(err)
	}
	childtest.Wait("ready")
}

func idleCommand(t *testing.T, s idle) *exec.Cmd {
	t.Helper()
	var own syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &own); err != nil {
		t.Fatal(err)
	}
	if own.Max < s.Limit.Hard {
		t.Skipf("at most %d open files here, %d needed", own.Max, s.Limit.Hard)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return childtest.Command(t, "idle", string(text))
}

func startIdle(t *testing.T, s idle) int {
	t.Helper()
	cmd := idleCommand(t, s)
	childtest.Start(t, cmd)
	return cmd.Process.Pid
}

// uniqueName is one that no process has which is not ours, as far as that can be.
func uniqueName(suffix string) string { return fmt.Sprintf("x%d%s", os.Getpid(), suffix) }

// startExporter returns the URL that the program says it serves.
func startExporter(t *testing.T, as uint32, env []string, args ...string) (*exec.Cmd, string) {
	t.Helper()
	cmd := childtest.Command(t, "exporter", append([]string{"-listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(cmd.Env, env...)
	if as != 0 {
		childtest.As(t, cmd, as)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	childtest.SkipIfRefused(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(stderr).ReadString('\n')
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`).FindString(line)
	if err != nil || url == "" {
		t.Fatalf("exporter says %q, %v", line, err)
	}
	return cmd, url
}

// metrics are what one scrape returned.
type metrics map[string]*dto.MetricFamily

func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute} // by no proxy
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text), r.Header
}

func scrape(t *testing.T, url string) metrics {
	t.Helper()
	status, text, header := get(t, url)
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/plain") {
		t.Fatalf("status %d, %v: %s", status, header, text)
	}
	var parser expfmt.TextParser
	m, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return m
}

// value returns the sample with exactly these labels, given as name, value, name, value...
func (m metrics) value(metric string, labels ...string) (float64, bool) {
	want := make(map[string]string)
	for i := 0; i < len(labels); i += 2 {
		want[labels[i]] = labels[i+1]
	}
	for _, sample := range m[metric].GetMetric() {
		same := len(sample.GetLabel()) == len(want)
		for _, l := range sample.GetLabel() {
			same = same && want[l.GetName()] == l.GetValue()
		}
		if same {
			return sample.GetGauge().GetValue(), true
		}
	}
	return 0, false
}

func (m metrics) want(t *testing.T, value float64, metric string, labels ...string) {
	t.Helper()
	if got, ok := m.value(metric, labels...); !ok || got != value {
		t.Errorf("%s%q is %v (there: %v), want %v", metric, labels, got, ok, value)
	}
}

func (m metrics) wantNone(t *testing.T, metric string, labels ...string) {
	t.Helper()
	if got, ok := m.value(metric, labels...); ok {
		t.Errorf("%s%q is %v, want none", metric, labels, got)
	}
}

// files counts what an idle child has open.
func files(t *testing.T, pid int) float64 {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return float64(len(list))
}

func TestScrape(t *testing.T) {
	name := uniqueName("a")
	pid := startIdle(t, idle{[]byte(name), procinfo.Limits{Soft: 100, Hard: 200}, 20})
	open := files(t, pid)
	if open < 20 {
		t.Fatalf("only %v files open", open)
	}
	_, url := startExporter(t, 0, nil)
	m := scrape(t, url)
	m.want(t, 1, "procinfo_processes", "name", name)
	m.want(t, open, "procinfo_open_files", "name", name)
	m.want(t, 100, "procinfo_open_files_soft_limit", "name", name)
	m.want(t, 200, "procinfo_open_files_hard_limit", "name", name)
	m.want(t, open/100, "procinfo_open_files_ratio", "name", name)
	for _, u := range allUses[1:] {
		limits, err := procinfo.GetRlimit(pid, u.resource)
		if err != nil {
			t.Fatal(err)
		}
		value := func(limit uint64) float64 {
			if limit == procinfo.Infinity {
				return math.Inf(1)
			}
			return float64(limit)
		}
		m.want(t, value(limits.Soft), "procinfo_"+u.metric+"_soft_limit"+u.unit, "name", name)
		m.want(t, value(limits.Hard), "procinfo_"+u.metric+"_hard_limit"+u.unit, "name", name)
		if used, ok := m.value("procinfo_"+u.metric+u.unit, "name", name); !ok || used < 0 {
			t.Errorf("%s: use %v, %v", u.metric, used, ok)
		}
	}
	for _, metric := range []string{"procinfo_user_threads", "procinfo_address_space_bytes", "procinfo_data_bytes", "procinfo_stack_bytes"} {
		if used, _ := m.value(metric, "name", name); used < 1 {
			t.Errorf("%s is %v", metric, used)
		}
	}
	if _, ok := m.value("procinfo_scrape_duration_seconds"); !ok {
		t.Error("no duration")
	}
	for _, reason := range []string{denied, unsupported, failed} {
		if _, ok := m.value("procinfo_unread_processes", "reason", reason); !ok {
			t.Errorf("no number of processes that are %s", reason)
		}
	}
	for _, p := range []string{"", "other"} {
		want := map[string]int{"": http.StatusOK, "other": http.StatusNotFound}[p]
		if status, _, _ := get(t, strings.TrimSuffix(url, "metrics")+p); status != want {
			t.Errorf("/%s: status %d, want %d", p, status, want)
		}
	}
}

func TestGroup(t *testing.T) {
	name := uniqueName("b")
	// The one with most files is not the one nearest to its limit, nor is the lowest hard limit that one's.
	many := startIdle(t, idle{[]byte(name), procinfo.Limits{Soft: 200, Hard: 250}, 30})
	near := startIdle(t, idle{[]byte(name), procinfo.Limits{Soft: 50, Hard: 300}, 20})
	other := uniqueName("bb")
	startIdle(t, idle{[]byte(other), procinfo.Limits{Soft: 40, Hard: 60}, 0})
	_, url := startExporter(t, 0, nil, "-resources", "rlimit_nofile", "-names", name)
	m := scrape(t, url)
	m.want(t, 2, "procinfo_processes", "name", name)
	m.want(t, files(t, many), "procinfo_open_files", "name", name)
	m.want(t, 50, "procinfo_open_files_soft_limit", "name", name)
	m.want(t, 250, "procinfo_open_files_hard_limit", "name", name)
	m.want(t, files(t, near)/50, "procinfo_open_files_ratio", "name", name)
	for family, samples := range m {
		if strings.HasPrefix(family, "procinfo_user_threads") || strings.HasPrefix(family, "procinfo_data") {
			t.Errorf("%s was not asked for", family)
		}
		for _, sample := range samples.GetMetric() {
			for _, l := range sample.GetLabel() {
				if l.GetName() == "name" && l.GetValue() != name {
					t.Errorf("%s of %q was not asked for", family, l.GetValue())
				}
			}
		}
	}

	_, url = startExporter(t, 0, nil, "-pid", "-names", name+"|"+other)
	m = scrape(t, url)
	m.want(t, 2, "procinfo_processes", "name", name)
	m.want(t, 1, "procinfo_processes", "name", other)
	for pid, limits := range map[int]procinfo.Limits{many: {Soft: 200, Hard: 250}, near: {Soft: 50, Hard: 300}} {
		labels := []string{"name", name, "pid", strconv.Itoa(pid)}
		m.want(t, files(t, pid), "procinfo_open_files", labels...)
		m.want(t, float64(limits.Soft), "procinfo_open_files_soft_limit", labels...)
		m.want(t, float64(limits.Hard), "procinfo_open_files_hard_limit", labels...)
		m.want(t, files(t, pid)/float64(limits.Soft), "procinfo_open_files_ratio", labels...)
	}
}

func TestHostileName(t *testing.T) {
	startIdle(t, idle{[]byte("a\n\"} 1\x1b\xff\\"), procinfo.Limits{Soft: 100, Hard: 200}, 0})
	_, url := startExporter(t, 0, nil)
	m := scrape(t, url)
	m.want(t, 100, "procinfo_open_files_soft_limit", "name", `a\n"} 1\x1b\xff\\`)
}

// TestUnprivileged: an ordinary user gets the limits of root's processes, and their use only if the kernel tells it.
func TestUnprivileged(t *testing.T) {
	name := uniqueName("c")
	pid := startIdle(t, idle{[]byte(name), procinfo.Limits{Soft: 100, Hard: 200}, 20})
	_, url := startExporter(t, otherUser, nil)
	m := scrape(t, url)
	m.want(t, 1, "procinfo_processes", "name", name)
	m.want(t, 100, "procinfo_open_files_soft_limit", "name", name)
	m.want(t, 200, "procinfo_open_files_hard_limit", "name", name)
	if used, ok := m.value("procinfo_open_files", "name", name); ok && used != files(t, pid) {
		t.Errorf("%v files open, want %v or no number", used, files(t, pid))
	}
	if used, ok := m.value("procinfo_address_space_bytes", "name", name); !ok || used <= 0 {
		t.Errorf("address space %v, %v", used, ok)
	}
}

// TestUserThreads: the limit is on threads, of all processes of the user.
func TestUserThreads(t *testing.T) {
	name := uniqueName("d")
	var pids []int
	for range 2 {
		cmd := idleCommand(t, idle{[]byte(name), procinfo.Limits{Soft: 100, Hard: 200}, 0})
		childtest.As(t, cmd, otherUser)
		childtest.Start(t, cmd)
		pids = append(pids, cmd.Process.Pid)
	}
	_, url := startExporter(t, 0, nil)
	threads := func() (n int) {
		for _, pid := range pids {
			list, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
			if err != nil {
				t.Fatal(err)
			}
			n += len(list)
		}
		return n
	}
	childtest.Eventually(t, func() string { // Go starts threads when it likes to
		before := threads()
		got, _ := scrape(t, url).value("procinfo_user_threads", "name", name)
		if before < 2 || got != float64(before) {
			return fmt.Sprintf("%v threads, want %d", got, before)
		}
		return ""
	})
}

// fakeProc makes files like those of procfs, readable for other users too. A file is named PID/NAME.
func fakeProc(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := os.MkdirTemp("", "procinfo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	dirs := []string{root}
	for name, text := range files {
		name = filepath.Join(root, name)
		dirs = append(dirs, filepath.Dir(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range dirs { // whatever the umask
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const fakeLimits = `Limit                     Soft Limit           Hard Limit           Units     
Max processes             10                   unlimited            processes 
Max open files            64                   128                  files     
Max locked memory         0                    0                    bytes     
`

func fakeStatus(name string, uid, threads int, rest string) string {
	return fmt.Sprintf("Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t%d\t0\t0\t0\nThreads:\t%d\n%s", name, uid, threads, rest)
}

// TestKinds has every kind of process that there can be, in another procfs.
func TestKinds(t *testing.T) {
	memory := "VmSize:\t 8 kB\nVmLck:\t 0 kB\n"
	root := fakeProc(t, map[string]string{
		"1/status":   fakeStatus("init", 7, 2, memory),
		"1/limits":   fakeLimits, // no fd: what is used cannot be known
		"2/status":   fakeStatus("kworker/0:1", 7, 1, ""),
		"2/limits":   fakeLimits,
		"3/status":   fakeStatus("daemon", 7, 3, memory+"SigQ:\t5/9\n"),
		"3/limits":   fakeLimits,
		"3/fd/0":     "",
		"3/fd/5":     "",
		"4/comm":     "gone\n", // its other files are no more
		"5/limits":   fakeLimits,
		"6/status":   fakeStatus("secret", 7, 1, memory),
		"6/limits":   fakeLimits,
		"7/status":   fakeStatus("garbage", 7, 1, memory),
		"7/limits":   "?",
		"version":    "",
		"8888888888": "",
	})
	for _, name := range []string{"6/status", "6/limits"} {
		if err := os.Chmod(filepath.Join(root, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	var as uint32
	if os.Getuid() == 0 {
		as = otherUser // root can read everything
	}
	_, url := startExporter(t, as, []string{"HOST_PROC=" + root})
	m := scrape(t, url)
	for metric, want := range map[string]float64{
		"procinfo_open_files_soft_limit":          64,
		"procinfo_open_files_hard_limit":          128,
		"procinfo_user_threads":                   6,
		"procinfo_user_threads_soft_limit":        10,
		"procinfo_user_threads_hard_limit":        math.Inf(1),
		"procinfo_user_threads_ratio":             0.6,
		"procinfo_locked_memory_bytes":            0,
		"procinfo_locked_memory_soft_limit_bytes": 0,
		"procinfo_locked_memory_ratio":            0, // none of none
		"procinfo_processes":                      1,
	} {
		m.want(t, want, metric, "name", "init")
		m.want(t, want, metric, "name", "daemon")
	}
	m.wantNone(t, "procinfo_open_files", "name", "init")
	m.wantNone(t, "procinfo_open_files_ratio", "name", "init")
	m.wantNone(t, "procinfo_stack_soft_limit_bytes", "name", "init")
	m.want(t, 2, "procinfo_open_files", "name", "daemon")
	m.want(t, 2./64, "procinfo_open_files_ratio", "name", "daemon")
	if n := len(m["procinfo_processes"].GetMetric()); n != 2 {
		t.Errorf("%d names, want 2: %v", n, m["procinfo_processes"])
	}
	m.want(t, 1, "procinfo_unread_processes", "reason", denied)
	m.want(t, 0, "procinfo_unread_processes", "reason", unsupported)
	m.want(t, 1, "procinfo_unread_processes", "reason", failed)

	// No procfs at all is a failed scrape, not an empty one.
	_, url = startExporter(t, 0, []string{"HOST_PROC=" + root + "/none"})
	if status, text, _ := get(t, url); status != http.StatusInternalServerError || !strings.Contains(text, "no procfs at") {
		t.Errorf("status %d, %q", status, text)
	}
}

// TestVanishing scrapes while processes come and go.
func TestVanishing(t *testing.T) {
	name := uniqueName("e")
	startIdle(t, idle{[]byte(name), procinfo.Limits{Soft: 100, Hard: 200}, 0})
	_, url := startExporter(t, 0, nil)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	cmds := make([]*exec.Cmd, 500)
	for i := range cmds {
		cmds[i] = childtest.Command(t, "gone")
	}
	go func() {
		defer wg.Done()
		for _, cmd := range cmds {
			select {
			case <-stop:
				return
			default:
				cmd.Run() // if it cannot be started, that is no matter
			}
		}
	}()
	for range 10 {
		m := scrape(t, url)
		m.want(t, 1, "procinfo_processes", "name", name)
		m.want(t, 0, "procinfo_unread_processes", "reason", failed)
	}
	close(stop)
	wg.Wait()
}

func TestStop(t *testing.T) {
	cmd, _ := startExporter(t, 0, nil)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestUsage(t *testing.T) {
	_, url := startExporter(t, 0, nil)
	taken := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/metrics")
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"-h", 0, "-listen"},
		{"-x", 2, "-x"},
		{"more", 2, `unexpected argument "more"`},
		{"-names [", 2, "error parsing regexp"},
		{"-resources doors", 2, `invalid value "doors" for flag -resources`},
		{"-resources NOFILE,CORE", 2, "it is not known how much of CORE is used"},
		{"-listen " + taken, 1, "address already in use"},
	} {
		cmd := childtest.Command(t, "exporter", strings.Split(test.args, " ")...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			childtest.SkipIfRefused(t, err)
		}
		if status := cmd.ProcessState.ExitCode(); status != test.status || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: status %d, want %d with %q:\n%s", test.args, status, test.status, test.want, out)
		}
	}
}
