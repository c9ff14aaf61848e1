// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"strings"
	"unicode"
)

// A table has its columns aligned.
type table struct {
	align string // 'l' or 'r' for each column
	rows  [][]string
	paint func(row, column int, cell string) string // nil: as it is
}

// empty reports whether there is nothing below the heading.
func (t *table) empty() bool { return len(t.rows) < 2 }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write puts first before the first row and other before all others.
func (t *table) write(out *bufio.Writer, first, other string) {
	widths := make([]int, len(t.align))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	indent := first
	for n, row := range t.rows {
		out.WriteString(indent)
		indent = other
		for i, cell := range row {
			if i > 0 {
				out.WriteByte(' ')
			}
			space := widths[i] - width(cell)
			if t.paint != nil {
				cell = t.paint(n, i, cell)
			}
			if t.align[i] == 'l' {
				out.WriteString(cell)
				if i == len(row)-1 {
					break
				}
				pad(out, space)
				continue
			}
			pad(out, space)
			out.WriteString(cell)
		}
		out.WriteByte('\n')
	}
}

func pad(out *bufio.Writer, n int) { out.WriteString(strings.Repeat(" ", n)) }

// width is how many columns of a terminal a printable text takes.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// wide are the blocks of characters that terminals show two columns wide (Unicode, EastAsianWidth), leaving aside the few
// in other blocks.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, // Hangul
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1}, // radicals, punctuation
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1}, // kana, ideographs, Yi
		{Lo: 0xa960, Hi: 0xa97c, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff01, Hi: 0xff60, Stride: 1}, // full-width forms
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x17000, Hi: 0x18cff, Stride: 1},
		{Lo: 0x1b000, Hi: 0x1b2ff, Stride: 1},
		{Lo: 0x1f300, Hi: 0x1f320, Stride: 1},
		{Lo: 0x1f330, Hi: 0x1f64f, Stride: 1},
		{Lo: 0x1f680, Hi: 0x1f6c5, Stride: 1},
		{Lo: 0x1f90c, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}
