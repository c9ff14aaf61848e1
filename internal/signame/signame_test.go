// SPDX-License-Identifier: MIT

package signame

import (
	"encoding/json"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const maxSignal = 128

// killL is what kill -l of bash prints on Linux other than MIPS. 32 and 33 are missing there.
var killL = strings.Fields(`
	 1) SIGHUP	 2) SIGINT	 3) SIGQUIT	 4) SIGILL	 5) SIGTRAP
	 6) SIGABRT	 7) SIGBUS	 8) SIGFPE	 9) SIGKILL	10) SIGUSR1
	11) SIGSEGV	12) SIGUSR2	13) SIGPIPE	14) SIGALRM	15) SIGTERM
	16) SIGSTKFLT	17) SIGCHLD	18) SIGCONT	19) SIGSTOP	20) SIGTSTP
	21) SIGTTIN	22) SIGTTOU	23) SIGURG	24) SIGXCPU	25) SIGXFSZ
	26) SIGVTALRM	27) SIGPROF	28) SIGWINCH	29) SIGIO	30) SIGPWR
	31) SIGSYS	34) SIGRTMIN	35) SIGRTMIN+1	36) SIGRTMIN+2	37) SIGRTMIN+3
	38) SIGRTMIN+4	39) SIGRTMIN+5	40) SIGRTMIN+6	41) SIGRTMIN+7	42) SIGRTMIN+8
	43) SIGRTMIN+9	44) SIGRTMIN+10	45) SIGRTMIN+11	46) SIGRTMIN+12	47) SIGRTMIN+13
	48) SIGRTMIN+14	49) SIGRTMIN+15	50) SIGRTMAX-14	51) SIGRTMAX-13	52) SIGRTMAX-12
	53) SIGRTMAX-11	54) SIGRTMAX-10	55) SIGRTMAX-9	56) SIGRTMAX-8	57) SIGRTMAX-7
	58) SIGRTMAX-6	59) SIGRTMAX-5	60) SIGRTMAX-4	61) SIGRTMAX-3	62) SIGRTMAX-2
	63) SIGRTMAX-1	64) SIGRTMAX`)

func isLinux() bool { return runtime.GOOS == "linux" || runtime.GOOS == "android" }

func TestLinuxNames(t *testing.T) {
	if !isLinux() || strings.HasPrefix(runtime.GOARCH, "mips") {
		t.Skip("the names of Linux other than MIPS")
	}
	want := map[int]string{}
	for i := 0; i < len(killL); i += 2 {
		n, err := strconv.Atoi(strings.TrimSuffix(killL[i], ")"))
		if err != nil {
			t.Fatal(err)
		}
		want[n] = strings.TrimPrefix(killL[i+1], "SIG")
	}
	if len(want) != 62 {
		t.Fatalf("%d names", len(want))
	}
	for n := -1; n <= maxSignal+1; n++ {
		name, ok := want[n]
		if !ok {
			name = strconv.Itoa(n)
		}
		if got := Name(n); got != name {
			t.Errorf("Name(%d) = %q, want %q", n, got, name)
		}
	}
}

// Every name leads back to its signal, however it is written.
func TestRoundTrip(t *testing.T) {
	seen := map[string]int{}
	for n := 1; n <= maxSignal; n++ {
		name := Name(n)
		if name == "" || strings.HasPrefix(name, "SIG") || strings.ContainsAny(name, ", ") || name != strings.ToUpper(name) {
			t.Errorf("Name(%d) = %q", n, name)
		}
		if other := seen[name]; other != 0 {
			t.Errorf("%d and %d are both %s", other, n, name)
		}
		seen[name] = n
		forms := []string{name, strconv.Itoa(n)}
		if name != strconv.Itoa(n) {
			forms = append(forms, "SIG"+name, strings.ToLower(name), "sig"+strings.ToLower(name), "Sig"+strings.ToLower(name))
		}
		for _, form := range forms {
			if got, ok := Number(form, maxSignal); !ok || got != n {
				t.Errorf("Number(%q) = %d, %t; want %d", form, got, ok, n)
			}
		}
	}
}

// Both ends of the range count every real-time signal.
func TestRealTimeNames(t *testing.T) {
	first, last := realTime(runtime.GOOS, runtime.GOARCH)
	if first == 0 {
		for _, name := range []string{"RTMIN", "RTMAX", "RTMIN+1", "RTMAX-1", "RTMIN+0", "SIGRTMIN"} {
			if n, ok := Number(name, maxSignal); ok {
				t.Errorf("Number(%q) = %d", name, n)
			}
		}
		t.Skip("no real-time signals here")
	}
	for n := first; n <= last; n++ {
		for _, name := range []string{"RTMIN+" + strconv.Itoa(n-first), "RTMAX-" + strconv.Itoa(last-n)} {
			if got, ok := Number(name, maxSignal); !ok || got != n {
				t.Errorf("Number(%q) = %d, %t; want %d", name, got, ok, n)
			}
		}
	}
	beyond := strconv.Itoa(last - first + 1)
	for _, name := range []string{"RTMIN+" + beyond, "RTMAX-" + beyond, "RTMIN+255", "RTMIN+256", "RTMAX-256", "RTMIN+4294967297",
		"RTMIN-1", "RTMAX+1", "RTMIN+", "RTMAX-", "RTMIN+-1", "RTMIN++1", "RTMIN+ 1", "RTMIN +1", "RTMIN+0x1", "RTMIN+1_0",
		"RTMIN1", "RT", "RTM", "RTMINX", "RTMIN+1+1", "RTMIN+RTMIN", "SIGSIGRTMIN"} {
		if n, ok := Number(name, maxSignal); ok {
			t.Errorf("Number(%q) = %d", name, n)
		}
	}
}

func TestNonsense(t *testing.T) {
	for _, s := range []string{"", " ", "SIG", "sig", "SIGSIG", "SIGSIGHUP", "HUP ", " HUP", "HUP\n", "HUPS", "H", "HU\x00P", "NOSUCH", "SIGNOSUCH",
		"0", "-1", "-0", "00", "129", "1000", "+1", "+5", " 1", "1 ", "1.0", "1e0", "0x1", "0b1", "1_0", "\u0661", "SIG1", "SIG+1",
		"99999999999999999999", "-99999999999999999999", "18446744073709551617", "4294967297", "none", "unknown", "HUP,TERM", "\xff"} {
		if n, ok := Number(s, maxSignal); ok {
			t.Errorf("Number(%q) = %d", s, n)
		}
	}
	for _, n := range []int{0, -1, 129, 1000} {
		if got := Name(n); got != strconv.Itoa(n) {
			t.Errorf("Name(%d) = %q", n, got)
		}
	}
	if n, ok := Number("65", 64); ok {
		t.Errorf("Number(65) of 64 = %d", n)
	}
	if n, ok := Number("64", 64); !ok || n != 64 {
		t.Errorf("Number(64) of 64 = %d, %t", n, ok)
	}
}

// system is what testdata/abi says of a system's signals.
type system struct {
	GOOS, GOARCH []string
	Version      string
	NSIG         int
	MaxSig       int
	RTMin, RTMax int
	Signal       map[string]int
}

func systems(t *testing.T) []system {
	t.Helper()
	data, err := os.ReadFile("../../testdata/abi/rlimit-signals.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Systems []system }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Systems) != 8 {
		t.Fatalf("%d systems", len(file.Systems))
	}
	return file.Systems
}

func TestRealTimeABI(t *testing.T) {
	for _, s := range systems(t) {
		first, last := s.RTMin, s.RTMax
		switch s.GOOS[0] {
		case "linux":
			// The kernel's are from 32; the C libraries keep the first two, and of MIPS they leave out signal 128, which does not
			// fit a wait status.
			if first != 32 || last != s.NSIG {
				t.Errorf("linux has %d to %d", first, last)
			}
			first, last = first+2, min(last, 127)
		case "dragonfly":
			// Its header has none, though 128 signals work: what is behind its last one, and FreeBSD's end.
			if first != 0 || s.Signal["CKPTEXIT"] != 34 || s.MaxSig != 128 {
				t.Errorf("dragonfly has %d, and its last signal is %d", first, s.Signal["CKPTEXIT"])
			}
			first, last = 35, 126
		}
		for _, goos := range s.GOOS {
			for _, goarch := range s.GOARCH {
				wantFirst, wantLast := first, last
				if goos == "solaris" { // the header is illumos's, Oracle's differs there and is not known
					wantFirst, wantLast = 0, 0
				}
				if f, l := realTime(goos, goarch); f != wantFirst || l != wantLast {
					t.Errorf("%s/%s: realTime = %d, %d; want %d, %d", goos, goarch, f, l, wantFirst, wantLast)
				}
			}
		}
		for name, n := range s.Signal {
			if first != 0 && n >= first && n <= last {
				t.Errorf("%v: %s is %d, in the real-time range %d to %d", s.GOOS, name, n, first, last)
			}
		}
	}
	for _, goos := range []string{"windows", "plan9", "aix", "js", "wasip1", ""} {
		if first, last := realTime(goos, "amd64"); first != 0 || last != 0 {
			t.Errorf("%s: realTime = %d, %d", goos, first, last)
		}
	}
}

// The names of this system are those of its header, which can have several for one signal.
func TestNamesABI(t *testing.T) {
	for _, s := range systems(t) {
		if !slices.Contains(s.GOOS, runtime.GOOS) || !slices.Contains(s.GOARCH, runtime.GOARCH) {
			continue
		}
		named := map[int]bool{}
		for name, n := range s.Signal {
			named[n] = true
			if s.Signal[Name(n)] != n && n < 32 {
				t.Errorf("Name(%d) = %q, the header has %s", n, Name(n), name)
			}
			if got, ok := Number(name, maxSignal); ok && got != n {
				t.Errorf("Number(%q) = %d, the header has %d", name, got, n)
			}
		}
		for n := 1; n < 32; n++ {
			if !named[n] {
				t.Errorf("the header has no signal %d", n)
			}
		}
		return
	}
	if slices.Contains([]string{"linux", "android", "darwin", "ios", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos"}, runtime.GOOS) {
		t.Skip("no header of this architecture")
	}
	t.Skip("signals are not reported on this system")
}

var nameRE = regexp.MustCompile(`^(?i:(SIG)?[A-Z]+[0-9]?|(SIG)?RT(MIN\+|MAX-)[0-9]+|[0-9]+)$`)

func FuzzNumber(f *testing.F) {
	for n := 1; n <= maxSignal; n++ {
		f.Add(Name(n), maxSignal)
	}
	for _, s := range []string{"", "SIG", "RTMIN+", "RTMAX-31", "rtmin+0", "SIGrtmax-1", "+1", "0x1", "007", "SIGSIGHUP"} {
		f.Add(s, 64)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		n, ok := Number(s, max)
		if !ok {
			return
		}
		if n < 1 || n > maxSignal && n > max {
			t.Fatalf("Number(%q, %d) = %d", s, max, n)
		}
		if !nameRE.MatchString(s) {
			t.Errorf("Number(%q, %d) = %d, which is no name", s, max, n)
		}
		if again, ok := Number(Name(n), n); !ok || again != n {
			t.Errorf("%q is %d, whose name %q is %d, %t", s, n, Name(n), again, ok)
		}
	})
}

func BenchmarkName(b *testing.B) {
	for _, n := range []int{15, 40} {
		b.Run(Name(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Name(n)
			}
		})
	}
}

func BenchmarkNumber(b *testing.B) {
	for _, name := range []string{"TERM", "RTMIN+3", "15"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Number(name, maxSignal)
			}
		})
	}
}

// TestAbort: signal 6 is ABRT everywhere, also where the tables have its old name.
func TestAbort(t *testing.T) {
	if got := Name(6); got != "ABRT" && got != "6" {
		t.Errorf("signal 6 is %s", got)
	}
	for _, name := range []string{"ABRT", "SIGABRT"} {
		if n, ok := Number(name, maxSignal); n != 6 && Name(6) == "ABRT" {
			t.Errorf("%s is %d, %v", name, n, ok)
		}
	}
}
