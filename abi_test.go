// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// exported are the constants by name.
var exported = map[string]procinfo.Resource{
	"CPU":        procinfo.RLIMIT_CPU,
	"FSIZE":      procinfo.RLIMIT_FSIZE,
	"DATA":       procinfo.RLIMIT_DATA,
	"STACK":      procinfo.RLIMIT_STACK,
	"CORE":       procinfo.RLIMIT_CORE,
	"RSS":        procinfo.RLIMIT_RSS,
	"MEMLOCK":    procinfo.RLIMIT_MEMLOCK,
	"NPROC":      procinfo.RLIMIT_NPROC,
	"NOFILE":     procinfo.RLIMIT_NOFILE,
	"AS":         procinfo.RLIMIT_AS,
	"VMEM":       procinfo.RLIMIT_VMEM,
	"SBSIZE":     procinfo.RLIMIT_SBSIZE,
	"LOCKS":      procinfo.RLIMIT_LOCKS,
	"SIGPENDING": procinfo.RLIMIT_SIGPENDING,
	"MSGQUEUE":   procinfo.RLIMIT_MSGQUEUE,
	"NICE":       procinfo.RLIMIT_NICE,
	"RTPRIO":     procinfo.RLIMIT_RTPRIO,
	"RTTIME":     procinfo.RLIMIT_RTTIME,
	"NPTS":       procinfo.RLIMIT_NPTS,
	"SWAP":       procinfo.RLIMIT_SWAP,
	"KQUEUES":    procinfo.RLIMIT_KQUEUES,
	"UMTXP":      procinfo.RLIMIT_UMTXP,
	"PIPEBUF":    procinfo.RLIMIT_PIPEBUF,
	"VMM":        procinfo.RLIMIT_VMM,
	"NTHR":       procinfo.RLIMIT_NTHR,
	"POSIXLOCKS": procinfo.RLIMIT_POSIXLOCKS,
}

// newer are the resources of releases after those of testdata/abi: sys/resource.h of FreeBSD 14.2 and 15.
var newer = map[string]map[string]int{
	"freebsd": {"PIPEBUF": 15, "VMM": 16},
}

// abiSystem is a system of testdata/abi.
type abiSystem struct {
	GOOS, GOARCH []string
	NLimits      int
	Rlimit       map[string]int
}

func abiSystems(t *testing.T) []abiSystem {
	t.Helper()
	data, err := os.ReadFile("testdata/abi/rlimit-signals.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Systems []abiSystem }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Systems) != 8 {
		t.Fatalf("%d systems", len(file.Systems))
	}
	for _, s := range file.Systems {
		// The table has what the header counts, two names of one number once.
		numbers := map[int]bool{}
		for _, n := range s.Rlimit {
			numbers[n] = true
		}
		if len(numbers) != s.NLimits {
			t.Errorf("%v: %d resources, the header says %d", s.GOOS, len(numbers), s.NLimits)
		}
	}
	return file.Systems
}

// numbers returns the resources of a system by name; nil if it is not one of ours.
func (s *abiSystem) numbers(goos string) map[string]int {
	all := maps.Clone(s.Rlimit)
	maps.Copy(all, newer[goos])
	return all
}

// checkNumbers holds the constants of a system against its header. Those it lacks are negative, each another number.
func checkNumbers(t *testing.T, got, want map[string]int) {
	t.Helper()
	seen := map[int]string{}
	for name := range exported {
		n, ok := got[name]
		if !ok {
			t.Errorf("RLIMIT_%s is missing", name)
			continue
		}
		w, ok := want[name]
		if ok && n != w {
			t.Errorf("RLIMIT_%s is %d, want %d", name, n, w)
		}
		if !ok && n >= 0 {
			t.Errorf("RLIMIT_%s is %d, but the system lacks it", name, n)
		}
		if n < 0 {
			if other, ok := seen[n]; ok {
				t.Errorf("RLIMIT_%s and RLIMIT_%s are both %d", name, other, n)
			}
			seen[n] = name
		}
	}
	for name := range want {
		if _, ok := exported[name]; !ok {
			t.Errorf("there is no RLIMIT_%s", name)
		}
	}
}

func TestResourceNumbers(t *testing.T) {
	got := map[string]int{}
	for name, r := range exported {
		got[name] = int(r)
	}
	var want map[string]int
	for _, s := range abiSystems(t) {
		if !slices.Contains(s.GOOS, runtime.GOOS) {
			continue
		}
		// The numbers depend on the architecture on Linux only; the BSDs have more ports than the table.
		if slices.Contains(s.GOARCH, runtime.GOARCH) || want == nil && runtime.GOOS != "linux" {
			want = s.numbers(runtime.GOOS)
		}
	}
	if want == nil && runtime.GOOS == "linux" {
		t.Fatalf("testdata/abi has no linux/%s", runtime.GOARCH)
	}
	checkNumbers(t, got, want)

	// Resources are all of them, in order, once; but for those that came after this kernel.
	var list []procinfo.Resource
	for _, n := range want {
		r := procinfo.Resource(n)
		if _, err := procinfo.GetRlimit(os.Getpid(), r); !errors.Is(err, procinfo.ErrInvalidResource) {
			list = append(list, r)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if resources := procinfo.Resources(); !slices.Equal(resources, list) {
		t.Errorf("Resources() = %d, want %d", resources, list)
	}
	if resources := procinfo.Resources(); len(resources) > 0 {
		resources[0] = -100
		if procinfo.Resources()[0] == -100 {
			t.Error("Resources() can be written to")
		}
	}
}

func TestResourceNames(t *testing.T) {
	for name, r := range exported {
		// Two names can be one resource; then one of them is its name.
		if text := r.String(); exported[text] != r || text == "" || r < 0 && text != name {
			t.Errorf("RLIMIT_%s.String() = %q", name, text)
		}
		for _, form := range []string{name, "RLIMIT_" + name, strings.ToLower(name), "rlimit_" + strings.ToLower(name), "Rlimit_" + name} {
			if got, err := procinfo.ParseResource(form); err != nil || got != r {
				t.Errorf("ParseResource(%q) = %d, %v; want %d", form, got, err, r)
			}
		}
		if got, err := procinfo.ParseResource(r.String()); err != nil || got != r {
			t.Errorf("ParseResource(%q) = %d, %v; want %d", r, got, err, r)
		}
		text, err := r.MarshalText()
		var again procinfo.Resource = 12345
		if err != nil || string(text) != r.String() || again.UnmarshalText(text) != nil || again != r {
			t.Errorf("RLIMIT_%s became %q, then %d", name, text, again)
		}
	}
	for _, r := range procinfo.Resources() {
		if _, ok := exported[r.String()]; !ok {
			t.Errorf("%d has no name: %q", int(r), r)
		}
	}
	for _, r := range []procinfo.Resource{17, 100, 1 << 30, -1000} {
		var again procinfo.Resource
		if text := r.String(); text != strconv.Itoa(int(r)) || again.UnmarshalText([]byte(text)) != nil || again != r {
			t.Errorf("Resource(%d) became %q, then %d", int(r), text, again)
		}
	}
	for _, name := range []string{"", "RLIMIT_", "rlimit_", "NOFILES", "NOFILE ", " NOFILE", "NO FILE", "RLIMIT_RLIMIT_NOFILE", "RLIMITNOFILE",
		"7", "-1", "NLIMITS", "INFINITY", "\xff", "NOFILE\x00"} {
		got, err := procinfo.ParseResource(name)
		if !errors.Is(err, procinfo.ErrInvalidResource) {
			t.Errorf("ParseResource(%q) = %d, %v; want ErrInvalidResource", name, got, err)
		}
	}
}

// The constants of all systems, read off the source files, as no machine runs them all.
func TestResourceNumbersEverywhere(t *testing.T) {
	common := constants(t, "rlimit.go", nil)
	if len(common) != len(exported) {
		t.Errorf("%d constants lacks*, %d resources", len(common), len(exported))
	}
	unixDir := ""
	if pkg, err := build.Import("golang.org/x/sys/unix", ".", build.FindOnly); err == nil {
		unixDir = pkg.Dir
	} else {
		t.Log("only literal numbers are checked:", err)
	}
	checked := 0
	for _, s := range abiSystems(t) {
		for _, goos := range s.GOOS {
			for _, goarch := range s.GOARCH {
				if goos == "solaris" && goarch != "amd64" || goos == "ios" && goarch != "arm64" && goarch != "amd64" ||
					goos == "android" && !slices.Contains([]string{"386", "amd64", "arm", "arm64"}, goarch) {
					continue // Go has no such port
				}
				t.Run(goos+"/"+goarch, func(t *testing.T) {
					known := maps.Clone(common)
					if unixDir != "" {
						maps.Copy(known, unixConstants(t, unixDir, goos, goarch))
					}
					got := map[string]int{}
					for name, value := range constants(t, rlimitFile(t, goos, goarch), known) {
						if name, ok := strings.CutPrefix(name, "rlimit"); ok {
							got[name] = value
						}
					}
					want := s.numbers(goos)
					checked += len(got)
					if unixDir == "" {
						all := maps.Clone(want)
						maps.Copy(all, got)
						got = all
					}
					checkNumbers(t, got, want)
					for name, n := range got {
						if n < 0 && n != common["lacks"+name] {
							t.Errorf("RLIMIT_%s is %d, want lacks%s", name, n, name)
						}
					}
				})
			}
		}
	}
	t.Log(checked, "constants")
	if unixDir != "" && checked < 900 {
		t.Error("fewer than there should be")
	}

	// Where nothing is known, there is nothing.
	for name, value := range constants(t, rlimitFile(t, "windows", "amd64"), common) {
		if value >= 0 {
			t.Errorf("%s is %d on windows", name, value)
		}
	}
}

// portContext is that of a build for a port, with cgo where it has an influence on nothing here.
func portContext(goos, goarch string) *build.Context {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = goos, goarch, false
	return &ctx
}

// rlimitFile returns the one file of a port that defines the numbers.
func rlimitFile(t *testing.T, goos, goarch string) string {
	t.Helper()
	files, err := filepath.Glob("rlimit_*.go")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the source is not here")
	}
	var found []string
	for _, file := range files {
		match, err := portContext(goos, goarch).MatchFile(".", file)
		if err != nil {
			t.Fatal(err)
		}
		if source, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		} else if match && bytes.Contains(source, []byte("\trlimitCPU ")) {
			found = append(found, file)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s/%s has %v", goos, goarch, found)
	}
	return found[0]
}

var unixCache = map[string]map[string]int{}

// unixConstants returns the RLIMIT constants of x/sys/unix for a port.
func unixConstants(t *testing.T, dir, goos, goarch string) map[string]int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "zerrors_*.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, file := range files {
		match, err := portContext(goos, goarch).MatchFile(dir, filepath.Base(file))
		if err != nil {
			t.Fatal(err)
		}
		if !match {
			continue
		}
		if unixCache[file] == nil {
			unixCache[file] = constants(t, file, nil)
		}
		for name, value := range unixCache[file] {
			if strings.HasPrefix(name, "RLIMIT_") {
				all["unix."+name] = value
			}
		}
	}
	if len(all) < 7 {
		t.Errorf("x/sys has %d resources for %s/%s", len(all), goos, goarch)
	}
	return all
}

// constants evaluates the constants of a file that are a literal, one that is known, or -1 - iota; it leaves out others.
func constants(t *testing.T, file string, known map[string]int) map[string]int {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the source is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, decl := range parsed.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		var values []ast.Expr
		for iota, spec := range decl.Specs {
			spec := spec.(*ast.ValueSpec)
			if spec.Values != nil {
				values = spec.Values
			}
			for i, name := range spec.Names {
				if i >= len(values) {
					continue
				}
				if n, ok := evaluate(values[i], iota, known); ok {
					found[name.Name] = n
				}
			}
		}
	}
	return found
}

func evaluate(expr ast.Expr, iota int, known map[string]int) (int, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(e.Value, 0, 64)
		return int(n), err == nil
	case *ast.Ident:
		if e.Name == "iota" {
			return iota, true
		}
		n, ok := known[e.Name]
		return n, ok
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok {
			n, ok := known[pkg.Name+"."+e.Sel.Name]
			return n, ok
		}
	case *ast.UnaryExpr:
		n, ok := evaluate(e.X, iota, known)
		return -n, ok && e.Op == token.SUB
	case *ast.BinaryExpr:
		x, ok1 := evaluate(e.X, iota, known)
		y, ok2 := evaluate(e.Y, iota, known)
		return x - y, ok1 && ok2 && e.Op == token.SUB
	}
	return 0, false
}
