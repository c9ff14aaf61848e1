// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"bytes"
	"encoding/json"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestSolarisCells runs the cells of Solaris and illumos here, over the made-up /proc of cells_solaris_test.go: the go command
// builds the package for this system with their files in place of ours.
func TestSolarisCells(t *testing.T) {
	if os.Getenv(execEnv) != "" {
		t.Skip("the go command builds for another processor than this one")
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command: ", err)
	}
	if _, err := os.Stat("cells_solaris_test.go"); err != nil {
		t.Skip("the sources are not here: ", err)
	}
	dir := t.TempDir()
	overlay := filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": solarisInPlaceOfOurs(t, dir)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, "cells.test")
	cmd := exec.Command(goCommand, "test", "-c", "-overlay", overlay, "-tags", "nogopsutil", "-ldflags", "-s -w", "-o", exe, ".")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+runtime.GOARCH, "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	out, err := exec.Command(exe, "-test.v", "-test.run", "^TestMadeUp").CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
	run := bytes.Count(out, []byte("\n--- PASS: TestMadeUp"))
	written, err := os.ReadFile("cells_solaris_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if want := bytes.Count(written, []byte("\nfunc TestMadeUp")); run != want || want < 10 {
		t.Errorf("%d tests passed, of %d", run, want)
	}
}

// solarisInPlaceOfOurs takes from the package what only we have, and its tests, and gives it what only Solaris has, under
// names that constrain nothing.
func solarisInPlaceOfOurs(t *testing.T, dir string) map[string]string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := build.Default, build.Default
	ours.GOOS, theirs.GOOS, theirs.GOARCH = "linux", "solaris", "amd64"
	for _, c := range []*build.Context{&ours, &theirs} {
		c.CgoEnabled, c.BuildTags = false, []string{"nogopsutil"}
	}
	constraint := regexp.MustCompile(`(?m)^//go:build .*$`)
	replace := map[string]string{}
	added := 0
	for _, file := range files {
		isOurs, err := ours.MatchFile(".", file)
		if err != nil {
			t.Fatal(err)
		}
		isTheirs, err := theirs.MatchFile(".", file)
		if err != nil {
			t.Fatal(err)
		}
		isTest := strings.HasSuffix(file, "_test.go")
		if isOurs && (isTest || !isTheirs) {
			replace[filepath.Join(here, file)] = ""
		}
		if !isTheirs || isOurs || isTest && file != "cells_solaris_test.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := "cell_of_" + strings.Replace(file, "_solaris", "", 1)
		if err := os.WriteFile(filepath.Join(dir, name), constraint.ReplaceAll(text, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, name)] = filepath.Join(dir, name)
		added++
	}
	if added < 9 {
		t.Errorf("%d files", added)
	}
	return replace
}
