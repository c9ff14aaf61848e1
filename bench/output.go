// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	beginTable = "<!-- written by go run . -->"
	endTable   = "<!-- end of what is written -->"
)

// write puts the report into a folder: results.md, results.svg, and in README.md the text between two marks.
func (r report) write(dir string) error {
	readme := filepath.Join(dir, "README.md")
	old, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(old), beginTable)
	_, tail, ok2 := strings.Cut(rest, endTable)
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks the marks %s and %s", readme, beginTable, endTable)
	}
	files := []struct{ name, text string }{
		{"results.md", r.markdown()},
		{"results.svg", r.svg()},
		{"README.md", head + beginTable + "\n\n" + r.summary() + "\n" + endTable + tail},
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// markdown is the whole report.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\nWritten by `go run .`; [README.md](README.md) says what was measured and how.\n\n%s.\n", r.how())
	for s := range numSections {
		header := []string{"what", "against", "figure", "quartiles", "aim", "", "allocations", "times", "notes"}
		var lines [][]string
		for _, row := range r.rows {
			if row.section == s {
				lines = append(lines, []string{row.what, row.against, row.showFigure(), row.showSpread(), row.showAim(),
					row.verdict(), row.showAllocs(), row.showTimes(), row.note})
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n%s", sectionTitles[s], markdownTable(header, lines))
		}
	}
	if len(r.profiles) > 0 {
		b.WriteString("\n## Profiles\n\nWhere the processor was, by pprof, in benchmarks of the library itself.\n")
		for _, p := range r.profiles {
			fmt.Fprintf(&b, "\n%s:\n\n```\n%s\n```\n", p.benchmark, trimProfile(p.text))
		}
	}
	return b.String()
}

// summary is the table of the aims.
func (r report) summary() string {
	var lines [][]string
	for _, row := range r.rows {
		if row.aim.kind == noAim {
			continue
		}
		lines = append(lines, []string{row.what, row.against, row.showFigure(), row.showAim(), row.showAllocs(), row.verdict()})
	}
	return r.how() + ".\n\n" + markdownTable([]string{"what", "against", "figure", "aim", "allocations", ""}, lines)
}

func (r report) how() string {
	return fmt.Sprintf("%s. Medians of %d rounds of %v, interleaved", r.where, r.effort.rounds, r.effort.batch)
}

func markdownTable(header []string, lines [][]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat(" --- |", len(header)))
	for _, cells := range lines {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}

// table is the report for a terminal.
func (r report) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n", r.how())
	for s := range numSections {
		var lines [][]string
		for _, row := range r.rows {
			if row.section == s {
				what := row.what
				if row.against != "" {
					what += " : " + row.against
				}
				lines = append(lines, []string{what, row.showFigure(), row.showAim(), row.verdict(), row.showAllocs(), row.showTimes()})
			}
		}
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n%s", sectionTitles[s], aligned(append([][]string{{"", "figure", "aim", "", "allocs", ""}}, lines...)))
		}
	}
	return strings.NewReplacer("`", "", "*", "").Replace(b.String())
}

// aligned lays cells out in columns.
func aligned(lines [][]string) string {
	var widths []int
	for _, cells := range lines {
		for i, c := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(c))
		}
	}
	var b strings.Builder
	for _, cells := range lines {
		var line strings.Builder
		for i, c := range cells {
			line.WriteString("  " + c + strings.Repeat(" ", widths[i]-width(c)))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func width(s string) int { return len([]rune(strings.NewReplacer("`", "", "*", "").Replace(s))) }

// trimProfile leaves out what says when and of which file, and functions that only call others.
func trimProfile(text string) string {
	if i := strings.Index(text, "Duration:"); i >= 0 {
		text = text[i:]
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "0 ") {
			b.WriteString(line)
		}
	}
	return strings.TrimSpace(b.String())
}
