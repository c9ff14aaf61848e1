// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// matrixSystems are the columns of the support matrix, by their names in files and in the tables of the documentation.
var matrixSystems = []struct{ goos, doc, readme string }{
	{"linux", "Linux", "Linux"},
	{"darwin", "macOS", "macOS"},
	{"freebsd", "FreeBSD", "FreeBSD"},
	{"netbsd", "NetBSD", "NetBSD"},
	{"openbsd", "OpenBSD", "OpenBSD"},
	{"dragonfly", "DragonFly", "DragonFly BSD"},
	{"solaris", "Solaris", "Solaris, illumos"},
}

// matrixRows are its rows: the file of a feature, its cell, its name in the tables, and in the tests if that is another.
var matrixRows = []struct{ feature, cell, name, tested string }{
	{"umask", "getUmask", "GetUmask", "umask"},
	{"groups", "getGroups", "GetGroups", "groups"},
	{"rlimit", "getRlimit", "GetRlimit", "rlimit"},
	{"rlimit", "setRlimit", "Rlimit, set", "set rlimit"},
	{"sigmasks", "getSigmasks", "GetSigmasks", "sigmasks"},
	{"pgid", "getPgid", "Getpgid", "pgid"},
	{"sid", "getSid", "Getsid", "sid"},
}

// TestMatrix: file names, build constraints, the package documentation, README and the tests agree on which cell exists.
func TestMatrix(t *testing.T) {
	source, err := os.ReadFile("procinfo.go")
	if err != nil {
		t.Skip("the sources are not here: ", err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := docTable(t, string(source))
	table := readmeTable(t, string(readme))
	for _, row := range matrixRows {
		var have []string // systems with a file
		for _, system := range matrixSystems {
			name := row.feature + "_" + system.goos + ".go"
			text, err := os.ReadFile(name)
			exists := err == nil
			if exists {
				have = append(have, system.goos)
				if !declares(t, name, text, row.cell) {
					t.Errorf("%s has no %s for %s", name, row.cell, system.goos)
				}
				if c := constraintOf(text); c != nil {
					t.Errorf("%s has a build constraint besides its name: %v", name, c)
				}
			}
			if said := doc[row.name][system.doc]; said == "" || (said != "-") != exists {
				t.Errorf("%s on %s: the package documentation says %q, and %s exists: %v", row.name, system.goos, said, name, exists)
			}
			said, ok := table[row.name][system.readme]
			if !ok || !strings.HasPrefix(said, "no") != exists {
				t.Errorf("%s on %s: README says %q, and %s exists: %v", row.name, system.goos, said, name, exists)
			}
			// Of other processes than our own.
			others := exists && !strings.HasPrefix(said, "own")
			if slices.Contains(promised[row.tested], system.goos) != others {
				t.Errorf("%s on %s: README says %q, the tests expect it: %v", row.name, system.goos, said, !others)
			}
		}
		other := row.feature + "_other.go"
		text, err := os.ReadFile(other)
		if err != nil || !declares(t, other, text, row.cell) {
			t.Errorf("%s has no %s: %v", other, row.cell, err)
			continue
		}
		c := constraintOf(text)
		if c == nil {
			t.Errorf("%s has no build constraint", other)
			continue
		}
		for _, goos := range []string{
			"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "windows", "plan9", "aix", "js", "wasip1",
		} {
			if c.Eval(func(tag string) bool { return tag == goos }) == slices.Contains(have, goos) {
				t.Errorf("%s and the files beside it: %s has not exactly one", other, goos)
			}
		}
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		m := regexp.MustCompile(`^(umask|groups|rlimit|sigmasks|pgid|sid)_(\w+)\.go$`).FindStringSubmatch(f.Name())
		if m == nil || m[2] == "other" || strings.HasSuffix(m[2], "_test") {
			continue
		}
		if !slices.ContainsFunc(matrixSystems, func(s struct{ goos, doc, readme string }) bool { return s.goos == m[2] }) {
			t.Errorf("%s is of no system of the matrix", f.Name())
		}
	}
}

func declares(t *testing.T, name string, text []byte, function string) bool {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == function {
			return true
		}
	}
	return false
}

func constraintOf(text []byte) constraint.Expr {
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "package ") {
			return nil
		}
		if constraint.IsGoBuild(line) {
			c, err := constraint.Parse(line)
			if err == nil {
				return c
			}
		}
	}
	return nil
}

// docTable reads the table of the package documentation, whose columns are parted by two blanks at least.
func docTable(t *testing.T, source string) map[string]map[string]string {
	t.Helper()
	parts := regexp.MustCompile(`\s{2,}`)
	table := map[string]map[string]string{}
	var systems []string
	for _, line := range strings.Split(source, "\n") {
		line, ok := strings.CutPrefix(line, "//\t")
		if !ok {
			if len(table) > 0 {
				break
			}
			systems = nil
			continue
		}
		cells := parts.Split(strings.TrimSpace(line), -1)
		switch {
		case len(cells) != len(matrixSystems) && len(cells) != len(matrixSystems)+1:
		case systems == nil:
			systems = cells
		default:
			table[cells[0]] = map[string]string{}
			for i, s := range systems {
				table[cells[0]][s] = cells[i+1]
			}
		}
	}
	if len(table) != len(matrixRows) {
		t.Fatalf("the table of the package documentation has %d rows, not %d", len(table), len(matrixRows))
	}
	return table
}

// readmeTable reads README's table under "## Systems".
func readmeTable(t *testing.T, readme string) map[string]map[string]string {
	t.Helper()
	_, rest, ok := strings.Cut(readme, "\n## Systems\n")
	if !ok {
		t.Fatal("README has no section Systems")
	}
	table := map[string]map[string]string{}
	var systems []string
	for _, line := range strings.Split(rest, "\n") {
		if !strings.HasPrefix(line, "|") {
			if len(table) > 0 {
				break
			}
			continue
		}
		var cells []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(c))
		}
		switch {
		case systems == nil:
			systems = cells[1:]
		case strings.HasPrefix(cells[0], "---"):
		default:
			for _, name := range strings.Split(strings.ReplaceAll(cells[0], "`", ""), ", ") {
				if name == "Rlimit to set" {
					name = "Rlimit, set"
				}
				table[name] = map[string]string{}
				for i, s := range systems {
					table[name][s] = fmt.Sprint(cells[i+1])
				}
			}
		}
	}
	return table
}
