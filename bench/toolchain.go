// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What takes a program or a package of its own is built and run by the go command, from the folder of this module.

const module = "github.com/gopsutil-extra/procinfo"

func goCommand(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(append(stderr.Bytes(), out...)))
	}
	return string(out), nil
}

// startupRows compare programs that do nothing, but import procinfo, or link all of it.
func startupRows(e effort) []row {
	rows := []row{
		newRow(startup, "size with an import of procinfo", "an empty program").below(150),
		newRow(startup, "size with all of procinfo", "an empty program").below(150),
		newRow(startup, "size with all of procinfo", "a program that opens a file by package os"),
		newRow(startup, "start with an import of procinfo", "an empty program").below(0.1),
		newRow(startup, "start with all of procinfo", "an empty program").below(0.1),
		newRow(startup, "start with all of procinfo", "a program that opens a file by package os"),
	}
	fail := func(err error) []row {
		for i := range rows {
			rows[i] = rows[i].failed(err)
		}
		return rows
	}
	dir, err := os.MkdirTemp("", "procinfo-bench-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	if _, err := goCommand("build", "-tags", "nogopsutil", "-trimpath", "-ldflags", "-s -w", "-o", dir+"/", "./startup/..."); err != nil {
		return fail(err)
	}
	var works []work
	var kib []float64
	names := []string{"import", "procinfo", "empty", "os"}
	for _, name := range names {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			return fail(err)
		}
		kib = append(kib, float64(info.Size())/1024)
		works = append(works, once(func() error { return exec.Command(path).Run() }))
	}
	// Many short rounds: a process starts slowly now and then.
	ts, err := compare(effort{4 * e.rounds, 2 * e.batch}, works...)
	if err != nil {
		return fail(err)
	}
	for i, pair := range [][2]int{{0, 2}, {1, 2}, {1, 3}} {
		a, b := pair[0], pair[1]
		size, start := &rows[i], &rows[i+3]
		size.unit, size.figure = "KiB", kib[a]-kib[b]
		size.note = fmt.Sprintf("%.0f KiB, %.0f KiB", kib[a], kib[b])
		*start = start.milliseconds(names[a], ts[a], names[b], ts[b])
	}
	return rows
}

// milliseconds fills in by how much a took longer than b.
func (r row) milliseconds(nameA string, a timing, nameB string, b timing) row {
	more := make([]float64, len(a.ns))
	for i := range more {
		more[i] = (a.ns[i] - b.ns[i]) / 1e6
	}
	r.figure, r.unit = quantile(more, 0.5), "ms"
	r.spread = [2]float64{quantile(more, 0.25), quantile(more, 0.75)}
	r.times = []named{{nameA, a.median()}, {nameB, b.median()}}
	return r
}

// benchLine is a line of go test's output. Where a benchmark reports a time per process, that is meant.
var benchLine = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op(?:\s+([0-9.]+) ns/process)?(?:.*?\s([0-9.]+) allocs/op)?`)

// benchmarks runs those of a package that match, and collects their lines by name, in the order of the output.
func benchmarks(e effort, pkg, pattern string) (names []string, results map[string]*timing, err error) {
	out, err := goCommand("test", "-run", "^$", "-bench", pattern, "-benchmem", "-count", strconv.Itoa(e.rounds),
		"-benchtime", max(e.batch, time.Millisecond).String(), module+"/"+pkg)
	if err != nil {
		return nil, nil, err
	}
	results = make(map[string]*timing)
	for _, m := range benchLine.FindAllStringSubmatch(out, -1) {
		t := results[m[1]]
		if t == nil {
			t = new(timing)
			results[m[1]] = t
			names = append(names, m[1])
		}
		ns, _ := strconv.ParseFloat(cmp.Or(m[3], m[2]), 64)
		t.ns = append(t.ns, ns)
		t.allocs, _ = strconv.ParseFloat(m[4], 64)
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("no benchmarks in %s", pkg)
	}
	return names, results, nil
}

// decoderRows are about packages that only this library's own tests can import.
func decoderRows(e effort) []row {
	var rows []row
	add := func(s section, pkg, pattern string, bound aim) {
		names, results, err := benchmarks(e, pkg, pattern)
		if err != nil {
			rows = append(rows, newRow(s, pkg, "").failed(err))
			return
		}
		for _, name := range names {
			t := results[name]
			r := newRow(s, name, "")
			r.unit, r.aim = "ns", bound
			if many, ok := inOne[name]; ok {
				r.what = many.what
				for i := range t.ns {
					t.ns[i] /= many.n
				}
			}
			r.figure, r.allocs = t.median(), t.allocs
			r.spread = [2]float64{quantile(t.ns, 0.25), quantile(t.ns, 0.75)}
			if s == decoders {
				r.maxAllocs = 0
			}
			rows = append(rows, r)
		}
	}
	add(decoders, "internal/kinfo", "^BenchmarkDecode", aim{100, below})
	add(decoders, "internal/procfs", "^BenchmarkDecode", aim{100, below})
	add(parts, "internal/procfs", "^BenchmarkLinux$/^(Umask|Groups|Sigmasks|IDs|Limits)$", aim{})
	return rows
}

// inOne tells of benchmarks that decode several records at once how many these are.
var inOne = map[string]struct {
	what string
	n    float64
}{
	"DecodeDragonFlyLimits": {"DecodeDragonFlyLimits, per limit", 12},
	"DecodeSolaris/sigact":  {"DecodeSolaris/sigact, per signal", 74},
}

// profile is what pprof says of one of the library's own benchmarks.
func profile(e effort, benchmark string) (string, error) {
	dir, err := os.MkdirTemp("", "procinfo-bench-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	prof, bin := filepath.Join(dir, "cpu"), filepath.Join(dir, "test")
	if _, err := goCommand("test", "-run", "^$", "-bench", "^"+strings.ReplaceAll(benchmark, "/", "$/^")+"$",
		"-benchtime", (200 * e.batch).String(), "-cpuprofile", prof, "-o", bin, module); err != nil {
		return "", err
	}
	return goCommand("tool", "pprof", "-top", "-nodecount", "20", bin, prof)
}
