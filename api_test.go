// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// updateEnv has TestAPI write what it would compare.
const updateEnv = "PROCINFO_UPDATE"

// TestAPI compares what the package exports with testdata/api.txt, so that no change of it goes unseen. What a line there
// says has to stay true for those who use it.
func TestAPI(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Skip("the sources are not here")
	}
	var lines []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			lines = append(lines, exportsOf(fset, d)...)
		}
	}
	slices.Sort(lines)
	got := strings.Join(slices.Compact(lines), "\n") + "\n"
	const golden = "testdata/api.txt"
	if os.Getenv(updateEnv) != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Split(string(want), "\n")
	for _, line := range strings.Split(got, "\n") {
		if !slices.Contains(old, line) {
			t.Errorf("new: %s", line)
		}
	}
	for _, line := range old {
		if !slices.Contains(strings.Split(got, "\n"), line) {
			t.Errorf("gone: %s", line)
		}
	}
}

// exportsOf gives the exported parts of a declaration a line each.
func exportsOf(fset *token.FileSet, d ast.Decl) []string {
	text := func(node any) string {
		var b bytes.Buffer
		printer.Fprint(&b, fset, node)
		return strings.Join(strings.Fields(b.String()), " ")
	}
	var lines []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if !d.Name.IsExported() {
			return nil
		}
		if d.Recv != nil && !regexp.MustCompile(`^\*?[A-Z]`).MatchString(text(d.Recv.List[0].Type)) {
			return nil
		}
		d.Body, d.Doc = nil, nil
		return []string{text(d)}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						lines = append(lines, strings.TrimSpace(d.Tok.String()+" "+name.Name+" "+typeText(text, s.Type)))
					}
				}
			case *ast.TypeSpec:
				if !s.Name.IsExported() {
					continue
				}
				fields, ok := s.Type.(*ast.StructType)
				if !ok {
					lines = append(lines, "type "+text(s))
					continue
				}
				lines = append(lines, "type "+s.Name.Name+" struct")
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						if name.IsExported() {
							lines = append(lines, "field "+s.Name.Name+"."+name.Name+" "+text(f.Type))
						}
					}
				}
			}
		}
	}
	return lines
}

func typeText(text func(any) string, t ast.Expr) string {
	if t == nil {
		return ""
	}
	return text(t)
}

// TestDocs builds every whole program of README and of the documents.
func TestDocs(t *testing.T) {
	if _, err := os.Stat("go.mod"); err != nil {
		t.Skip("the sources are not here")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command: ", err)
	}
	if testing.Short() || os.Getenv(execEnv) != "" {
		t.Skip("takes long")
	}
	docs, _ := filepath.Glob("doc/*.md")
	n := 0
	for _, doc := range append(docs, "README.md") {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(text, -1) {
			if !bytes.HasPrefix(block[1], []byte("package main\n")) {
				continue
			}
			n++
			program := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(program, block[1], 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("go", "vet", program).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\n%s", doc, err, out, block[1])
			}
		}
	}
	if n < 4 {
		t.Errorf("only %d programs were found", n)
	}
}
