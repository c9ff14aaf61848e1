// SPDX-License-Identifier: MIT

// Bench measures package procinfo beside the bare system calls and beside other libraries on the same work, and says which
// of its aims it reaches.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"slices"
	"time"
)

func main() {
	runNursery()
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	rounds := flag.Int("rounds", 21, "how often each side of a comparison has its turn")
	batch := flag.Duration("batch", 10*time.Millisecond, "how long such a turn is")
	write := flag.Bool("write", true, "write results.md, results.svg and the table in README.md")
	flag.Parse()
	if *rounds < 1 || *batch <= 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if _, err := os.Stat("startup"); err != nil {
		log.Fatal("to be run in its own folder, bench")
	}
	r := measure(effort{*rounds, *batch}, []int{100, 1000, 5000}, profiled)
	fmt.Print(r.table())
	if *write {
		if err := r.write("."); err != nil {
			log.Fatal(err)
		}
	}
	for _, row := range r.rows {
		if row.err != nil {
			os.Exit(1)
		}
	}
}

// profiled are the library's own benchmarks whose profile is part of the report.
var profiled = []string{"BenchmarkGetUmask/uncached", "BenchmarkGetSigmasks/uncached", "BenchmarkGetpgid/uncached", "BenchmarkAll"}

// report is what was measured.
type report struct {
	where    string
	effort   effort
	rows     []row
	profiles []profileText
}

type profileText struct{ benchmark, text string }

func measure(e effort, sizes []int, benchmarks []string) report {
	where := fmt.Sprintf("%s, %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if m := machine(); m != "" {
		where = m + ", " + where
	}
	r := report{where: where, effort: e}
	r.rows = append(kernelRows(e, sizes), append(startupRows(e), decoderRows(e)...)...)
	slices.SortStableFunc(r.rows, func(a, b row) int { return int(a.section) - int(b.section) })
	for _, b := range benchmarks {
		text, err := profile(e, b)
		if err != nil {
			text = err.Error()
		}
		r.profiles = append(r.profiles, profileText{b, text})
	}
	return r
}
