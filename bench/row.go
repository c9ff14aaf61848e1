// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// row is a line of the tables: something measured and, mostly, an aim.
type row struct {
	section section
	what    string
	against string // what the figure compares with
	figure  float64
	spread  [2]float64 // quartiles over the rounds; zero if there are none
	unit    string     // of the figure; "×" for a ratio
	times   []named    // what the figure was made of
	aim     aim

	allocs    float64 // -1 if not counted
	maxAllocs float64 // -1 if there is no aim

	note string
	err  error // why it could not be measured
}

type named struct {
	name string
	ns   float64
}

// aim is a bound of a figure, or none.
type aim struct {
	bound float64
	kind  aimKind
}

type aimKind int

const (
	noAim aimKind = iota
	atMost
	atLeast
	below
)

type section int

const (
	bare section = iota
	cached
	peers
	startup
	decoders
	parts
	numSections
)

var sectionTitles = [numSections]string{
	bare:     "Beside the bare system calls",
	cached:   "Inside a Oneshot",
	peers:    "The same work through other libraries",
	startup:  "A program with the tag nogopsutil, stripped",
	decoders: "Decoders of the other systems' records",
	parts:    "What the calls consist of",
}

func newRow(s section, what, against string) row {
	return row{section: s, what: what, against: against, unit: "×", allocs: -1, maxAllocs: -1}
}

func (r row) atMost(bound float64) row  { r.aim = aim{bound, atMost}; return r }
func (r row) atLeast(bound float64) row { r.aim = aim{bound, atLeast}; return r }
func (r row) below(bound float64) row   { r.aim = aim{bound, below}; return r }
func (r row) allocating(n float64) row  { r.maxAllocs = n; return r }

// failed is a row that could not be measured.
func (r row) failed(err error) row { r.err = err; return r }

// ratio fills in the figure from what was timed: a by b.
func (r row) ratio(a, b timing) row {
	rs := ratios(a, b)
	r.figure = quantile(rs, 0.5)
	r.spread = [2]float64{quantile(rs, 0.25), quantile(rs, 0.75)}
	return r
}

// passes judges the figures as they are printed.
func (r row) passes() bool {
	if r.err != nil {
		return false
	}
	shown := r.figure
	if r.unit == "×" {
		shown = float64(int(r.figure*100+0.5)) / 100
	}
	ok := true
	switch r.aim.kind {
	case atMost:
		ok = shown <= r.aim.bound
	case atLeast:
		ok = shown >= r.aim.bound
	case below:
		ok = shown < r.aim.bound
	}
	return ok && (r.maxAllocs < 0 || r.allocs < r.maxAllocs+0.05)
}

func (r row) verdict() string {
	switch {
	case r.err != nil:
		return "not run"
	case r.aim.kind == noAim && r.maxAllocs < 0:
		return ""
	case r.passes():
		return "pass"
	}
	return "**falls short**"
}

func (r row) showFigure() string {
	if r.err != nil {
		return "not run: " + r.err.Error()
	}
	return withUnit(r.figure, r.unit)
}

func withUnit(v float64, unit string) string {
	switch unit {
	case "×":
		return fmt.Sprintf("%.2f", v)
	case "ns":
		return duration(v)
	}
	return digits(v) + " " + unit
}

func (r row) showSpread() string {
	if r.spread == [2]float64{} || r.err != nil {
		return ""
	}
	return withUnit(r.spread[0], r.unit) + " – " + withUnit(r.spread[1], r.unit)
}

func (r row) showAim() string {
	var s []string
	bound := strconv.FormatFloat(r.aim.bound, 'f', -1, 64)
	if r.unit == "×" {
		bound = withUnit(r.aim.bound, r.unit)
	} else {
		bound += " " + r.unit
	}
	switch r.aim.kind {
	case atMost:
		s = append(s, "≤ "+bound)
	case atLeast:
		s = append(s, "≥ "+bound)
	case below:
		s = append(s, "< "+bound)
	}
	switch {
	case r.maxAllocs == 1:
		s = append(s, "1 allocation")
	case r.maxAllocs >= 0:
		s = append(s, fmt.Sprintf("%v allocations", r.maxAllocs))
	}
	return strings.Join(s, ", ")
}

func (r row) showAllocs() string {
	if r.allocs < 0 || r.err != nil {
		return ""
	}
	if r.allocs < 0.05 {
		return "0"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", r.allocs), ".0")
}

func (r row) showTimes() string {
	var s []string
	for _, t := range r.times {
		s = append(s, t.name+" "+duration(t.ns))
	}
	return strings.Join(s, ", ")
}
