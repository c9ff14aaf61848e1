// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// completed returns what procinfo offers for the last of some words, separated by blanks.
func completed(t *testing.T, line string) []string {
	t.Helper()
	status, stdout, stderr := callTabbed(t, append([]string{completeCommand}, strings.Split(line, " ")...)...)
	if status != statusOK || stderr != "" {
		t.Errorf("%q: status %d, %q", line, status, stderr)
	}
	var words []string
	for line := range strings.Lines(stdout) {
		word, about, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || word == "" || strings.Contains(about, "\t") {
			t.Errorf("%q", line)
		}
		words = append(words, word)
	}
	return words
}

func TestComplete(t *testing.T) {
	for line, want := range map[string]string{
		"-":                      "-a -user -pgid -sid -umask -sort -watch -json -h -version",
		"-u":                     "-user -umask",
		"-json -s":               "-sid -sort",
		"-nosuch -":              "",
		"--":                     "",
		"li":                     "limit",
		"comp":                   "completion",
		"-json li":               "",
		"completion ":            "bash zsh fish",
		"completion f":           "fish",
		"completion fish ":       "",
		"-a x":                   "",
		"-a -sort n":             "nofile name",
		"-sort=pid -js":          "-json",
		"-umask 00":              "0000 0002 0022 0027 0077",
		"-watch 1":               "1 10",
		"-watch 1 -ver":          "-version",
		"nosuch ":                "",
		"limit 1 NOSUCH":         "",
		"limit 1 NOFILE=":        "NOFILE=unlimited",
		"limit 1 NOFILE=5:un":    "NOFILE=5:unlimited",
		"limit 1 NOFILE=6":       "",
		"limit 1 NOFILE = u":     "unlimited", // as bash has it
		"limit 1 NOFILE = 5 : u": "unlimited",
	} {
		if got := strings.Join(completed(t, line), " "); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	all := completed(t, "limit 1 ")
	for _, r := range procinfo.Resources() {
		if !slices.Contains(all, r.String()+"=") {
			t.Errorf("no %v among %q", r, all)
		}
	}
	if len(all) > 0 {
		if got := completed(t, "limit 1 CORE nof"); !slices.Equal(got, []string{"NOFILE="}) {
			t.Errorf("%q", got)
		}
	}
}

func TestCompletePID(t *testing.T) {
	needsGet(t)
	pid := strconv.Itoa(child(t, ""))
	for _, line := range []string{"", "-json ", "-watch 2 ", "limit ", "1 ", pid[:1]} {
		if got := completed(t, line); !slices.Contains(got, pid) {
			t.Errorf("%q: no %s among %q", line, pid, got)
		}
	}
	if got := completed(t, "-a "); slices.Contains(got, pid) {
		t.Errorf("-a: %q", got)
	}
	pgid, err := procinfo.Getpgid(os.Getpid())
	needs(t, err)
	_, leaderErr := procinfo.Getpgid(pgid)
	if got := completed(t, "-a -pgid "); leaderErr == nil && !slices.Contains(got, strconv.Itoa(pgid)) {
		t.Errorf("-pgid: no %d among %q", pgid, got)
	}
}

// shell runs a script in a shell in which procinfo is this test binary, and returns its output line by line.
func shell(t *testing.T, script string, command ...string) []string {
	t.Helper()
	if os.Getenv(execEnv) != "" {
		t.Skip("no shell can start the test binary")
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		t.Skip(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(exe, filepath.Join(dir, "procinfo")); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(path, append(command[1:], script)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), runEnv+"=1", "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HOME="+dir, "ZDOTDIR="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CACHE_HOME="+dir, "TERM=dumb", "BASH_ENV=", "ENV=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// shellCases are what the shells complete on every system, and the answers.
var shellCases = []struct {
	words []string
	want  []string
}{
	{[]string{"-us"}, []string{"-user"}},
	{[]string{"-a", "-sort", "p"}, []string{"pid", "pgid", "pending"}},
	{[]string{"-a", "-umask", ""}, []string{"0000", "0002", "0022", "0027", "0077"}},
	{[]string{"completion", ""}, []string{"bash", "zsh", "fish"}},
	{[]string{"completion", "x"}, nil},
}

// answers takes the answers to all cases apart, each of which ends with a line of its own.
func answers(t *testing.T, lines []string, sorted bool) {
	t.Helper()
	for _, c := range shellCases {
		var got []string
		for len(lines) > 0 && lines[0] != "end" {
			word, _, _ := strings.Cut(lines[0], "\t")
			got, lines = append(got, word), lines[1:]
		}
		if len(lines) == 0 {
			t.Fatalf("%q: no answer", c.words)
		}
		lines = lines[1:]
		want := slices.Clone(c.want)
		if sorted {
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", c.words, got, want)
		}
	}
}

// quoted makes shell words.
func quoted(words []string) string {
	text := ""
	for _, w := range words {
		text += " '" + w + "'"
	}
	return text
}

func TestBash(t *testing.T) {
	script := "source <(procinfo completion bash) || exit\ncomplete -p procinfo >/dev/null || exit\n"
	for _, c := range shellCases {
		script += "COMP_WORDS=(procinfo" + quoted(c.words) + ") COMP_CWORD=" + strconv.Itoa(len(c.words)) + "\n" +
			"_procinfo\n[ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"\necho end\n"
	}
	answers(t, shell(t, script, "bash", "--norc", "--noprofile", "-c"), false)
}

// TestZsh has the functions that offer candidates print them instead.
func TestZsh(t *testing.T) {
	script := `compdef() { [[ "$*" = "_procinfo procinfo" ]] || exit 1 }
_describe() { local c; shift 2; for c in ${(P)1}; do print -r -- ${c%%:*}; done }
compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -rl -- $@ }
source <(procinfo completion zsh) || exit
`
	for _, c := range shellCases {
		script += "words=(procinfo" + quoted(c.words) + ") CURRENT=" + strconv.Itoa(len(c.words)+1) + "\n_procinfo\nprint end\n"
	}
	answers(t, shell(t, script, "zsh", "-f", "-c"), false)
}

func TestFish(t *testing.T) {
	script := "procinfo completion fish | source; or exit 1\n"
	for _, c := range shellCases {
		script += "complete -C 'procinfo " + strings.Join(c.words, " ") + "'\necho end\n"
	}
	answers(t, shell(t, script, "fish", "--no-config", "-c"), true)
}

func TestCompletionUsage(t *testing.T) {
	for name, script := range completions {
		status, stdout, stderr := callTabbed(t, "completion", name)
		if status != statusOK || stdout != script || stderr != "" {
			t.Errorf("%s: status %d, %q, %q", name, status, stdout, stderr)
		}
		if !slices.Contains(shells, name) || len(shells) != len(completions) {
			t.Errorf("%s is not among %q", name, shells)
		}
	}
}
