// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestHostileName(t *testing.T) {
	const name = "a\nb \x1b[2J\xff) 1"
	const want = `a\nb \x1b[2J\xff) 1`
	pid := strconv.Itoa(child(t, name))
	_, stdout, _ := call(t, pid)
	if first, _, _ := strings.Cut(stdout, "\n"); first != pid+" "+want {
		t.Errorf("heading %q", first)
	}
	_, stdout, _ = call(t, "-a")
	found := false
	for line := range strings.Lines(stdout) {
		found = found || strings.HasPrefix(strings.TrimSpace(line), pid+" ") && strings.HasSuffix(line, " "+want+"\n")
	}
	if !found {
		t.Errorf("not in\n%s", stdout)
	}
}

func TestNameHostProc(t *testing.T) {
	root := t.TempDir()
	t.Setenv("HOST_PROC", root)
	for comm, want := range map[string]string{
		"sh\n":                     "sh",
		"a\n\n":                    `a\n`,
		"no end":                   "no end",
		"":                         "",
		strings.Repeat("x", 63):    strings.Repeat("x", 63),
		"\x9b\u202e\n":             `\x9b\u202e`,
		strings.Repeat("y", 70000): strings.Repeat("y", 128),
	} {
		dir := filepath.Join(root, "77")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "comm"), []byte(comm), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := processName(77); got != want {
			t.Errorf("%q: %q, want %q", comm, got, want)
		}
	}
	if got := processName(78); got != "" {
		t.Errorf("%q", got)
	}
}

// TestHostProc shows a process of another system, whose files are all there is.
func TestHostProc(t *testing.T) {
	root := t.TempDir()
	t.Setenv("HOST_PROC", root)
	dir := filepath.Join(root, "77")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"comm":   "x\x1by\n",
		"status": "Name:\tx\x1by\nUmask:\t0027\nState:\tS (sleeping)\nTgid:\t77\nPid:\t77\nGroups:\t5 6 \nSigPnd:\t0000000000000001\nShdPnd:\t0000000000000000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000000\n",
		"stat":   "77 (x\x1by) S 1 70 71 0 -1 4194304" + strings.Repeat(" 0", 43) + "\n",
		"limits": "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            100                  200                  files     \n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	status, stdout, stderr := call(t, "77")
	if status != statusOK || stderr != "" {
		t.Fatalf("status %d, %q", status, stderr)
	}
	for _, want := range []string{
		"77 x\\x1by\n",
		label("umask") + " 0027\n",
		label("pgid") + " 70\n",
		label("sid") + " 71\n",
		label("pending") + " HUP\n",
		label("process pending") + " none\n",
		label("blocked") + " not reported by this system\n",
		label("ignored") + " PIPE\n",
		label("caught") + " none\n",
		label("limits") + " RESOURCE SOFT HARD UNIT\n",
		label("") + " NOFILE    100  200 files\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	status, _, stderr = call(t, "limit", "77", "NOFILE=50:")
	if status != statusFailed || !strings.Contains(stderr, "NOFILE: unsupported operation: ") {
		t.Errorf("status %d, %q", status, stderr)
	}
}
