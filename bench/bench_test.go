// SPDX-License-Identifier: MIT

package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	runNursery()
	os.Exit(m.Run())
}

// TestMeasure makes all rows, in the shortest form: what they say is noise, but each must be had.
func TestMeasure(t *testing.T) {
	r := measure(effort{rounds: 2, batch: 50 * time.Microsecond}, []int{200}, profiled[:1])
	count := map[section]int{}
	for _, row := range r.rows {
		count[row.section]++
		if row.err != nil {
			if os.Geteuid() != 0 && strings.Contains(row.err.Error(), "only root") {
				continue
			}
			t.Errorf("%s (%s): %v", row.what, row.against, row.err)
		} else if row.unit == "×" && row.figure <= 0 || row.aim.kind != noAim && row.verdict() == "" {
			t.Errorf("%s (%s): %v %s, verdict %q", row.what, row.against, row.figure, row.unit, row.verdict())
		}
	}
	for s := range numSections {
		if count[s] == 0 && (s >= startup && s != parts || kernelMeasured) {
			t.Errorf("no rows: %s", sectionTitles[s])
		}
	}
	if len(r.profiles) != 1 || !strings.Contains(r.profiles[0].text, "flat%") {
		t.Errorf("profiles: %v", r.profiles)
	}

	dir := t.TempDir()
	readme := filepath.Join(dir, "README.md")
	if r.write(dir) == nil {
		t.Error("written without a README.md")
	}
	if err := os.WriteFile(readme, []byte("before\n"+beginTable+"\nold\n"+endTable+"\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is written can be replaced again
		if err := r.write(dir); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n", "after\n", r.rows[0].what} {
		if strings.Count(string(text), want) < 1 {
			t.Errorf("README.md lacks %q", want)
		}
	}
	if strings.Contains(string(text), "old") {
		t.Error("README.md still has what was there")
	}
	svg, err := os.Open(filepath.Join(dir, "results.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer svg.Close()
	for d := xml.NewDecoder(svg); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestVerdict(t *testing.T) {
	r := newRow(bare, "", "")
	for _, tt := range []struct {
		row  row
		want string
	}{
		{row{figure: 1.104, unit: "×", allocs: 0}.atMost(1.10).allocating(0), "pass"},
		{row{figure: 1.106, unit: "×", allocs: 0}.atMost(1.10).allocating(0), "**falls short**"},
		{row{figure: 1, unit: "×", allocs: 1}.atMost(1.10).allocating(0), "**falls short**"},
		{row{figure: 3.49, unit: "×", maxAllocs: -1}.atLeast(3.5), "**falls short**"},
		{row{figure: 3.5, unit: "×", maxAllocs: -1}.atLeast(3.5), "pass"},
		{row{figure: 100, unit: "ns", maxAllocs: -1}.below(100), "**falls short**"},
		{r, ""},
		{r.atMost(1).failed(errors.New("no")), "not run"},
	} {
		if got := tt.row.verdict(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.row, got, tt.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{4, 1, 3, 2}
	for q, want := range map[float64]float64{0: 1, 0.5: 2.5, 1: 4, 0.25: 1.75} {
		if got := quantile(values, q); got != want {
			t.Errorf("%v: %v, want %v", q, got, want)
		}
	}
	if quantile(nil, 0.5) != 0 || values[0] != 4 {
		t.Error("of none, or order changed")
	}
}

func TestDigits(t *testing.T) {
	for ns, want := range map[float64]string{9.994: "9.99 ns", 12.34: "12.3 ns", 123.4: "123 ns", 2345: "2.35 µs", 3e6: "3.00 ms"} {
		if got := duration(ns); got != want {
			t.Errorf("%v: %q, want %q", ns, got, want)
		}
	}
}
