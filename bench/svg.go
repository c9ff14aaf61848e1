// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"html"
	"strings"
)

// The chart has a background of its own and, where the viewer follows the page's colours, another one for dark pages.
const svgStyle = `<style>
  .paper { fill: #ffffff; stroke: #d0d7de; }
  .grid { stroke: #d0d7de; }
  .one { stroke: #1f2328; stroke-dasharray: 3 2; }
  .aim { stroke: #bf3989; stroke-width: 2; }
  text { fill: #1f2328; font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
  .title { font-weight: 600; font-size: 15px; }
  .quiet { fill: #59636e; font-size: 12px; }
  .ours { fill: #0969da; }
  .bare { fill: #8c959f; }
  .peer { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #3d444d; }
    .grid { stroke: #3d444d; }
    .one { stroke: #f0f6fc; }
    .aim { stroke: #f778ba; }
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .ours { fill: #4493f8; }
    .bare { fill: #656c76; }
    .peer { fill: #db6d28; }
  }
</style>
`

const (
	svgWidth  = 860
	svgMargin = 24
	barsAt    = 270 // where bars begin
	barsEnd   = 720 // and the longest ends
	barHeight = 14
	barStep   = 22
)

// bar is one of a chart: how long, and what is written behind it.
type bar struct {
	label, class, text string
	value, aim         float64 // aim is marked if it is not 0
}

// svg draws the ratios to the bare calls with their aims, and the times of all libraries on the same work.
func (r report) svg() string {
	var b strings.Builder
	y := svgMargin + 12
	title := func(text, quiet string) {
		fmt.Fprintf(&b, `<text class="title" x="%d" y="%d">%s</text>`+"\n", svgMargin, y, html.EscapeString(text))
		y += 19
		fmt.Fprintf(&b, `<text class="quiet" x="%d" y="%d">%s</text>`+"\n", svgMargin, y, html.EscapeString(quiet))
		y += 14
	}
	bars := func(list []bar, one bool) {
		longest := 0.0
		for _, l := range list {
			longest = max(longest, l.value, l.aim)
		}
		scale := (barsEnd - barsAt) / longest
		top := y
		for _, l := range list {
			w := l.value * scale
			middle := y + barHeight - 3
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", barsAt-8, middle, html.EscapeString(l.label))
			fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`+"\n", l.class, barsAt, y, max(w, 1), barHeight)
			behind := barsAt + w
			if l.aim != 0 {
				at := barsAt + l.aim*scale
				fmt.Fprintf(&b, `<line class="aim" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", at, y-2, at, y+barHeight+2)
				behind = max(behind, at)
			}
			fmt.Fprintf(&b, `<text class="quiet" x="%.1f" y="%d">%s</text>`+"\n", behind+8, middle, html.EscapeString(l.text))
			y += barStep
		}
		fmt.Fprintf(&b, `<line class="grid" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", barsAt, top-4, barsAt, y-barStep+barHeight+4)
		if one {
			at := barsAt + scale
			fmt.Fprintf(&b, `<line class="one" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", at, top-4, at, y-barStep+barHeight+4)
		}
		y += 8
	}

	var list []bar
	for _, row := range r.rows {
		if row.section == bare && row.err == nil {
			list = append(list, bar{row.what, "ours", row.showFigure(), row.figure, row.aim.bound})
		}
	}
	if len(list) > 0 {
		title("How many times the bare system calls", "the broken line is 1, the kernel's own time; the marks are the aims; shorter is better")
		bars(list, true)
		y += 14
	}

	var works []string
	byWork := map[string][]row{}
	for _, row := range r.rows {
		if row.section == peers && len(row.times) == 2 {
			if byWork[row.what] == nil {
				works = append(works, row.what)
			}
			byWork[row.what] = append(byWork[row.what], row)
		}
	}
	if len(works) > 0 {
		title("The same work through other libraries", "time; each group has its own scale; shorter is better")
	}
	for _, what := range works {
		y += 8
		fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", svgMargin, y+barHeight-3, html.EscapeString(what))
		y += barStep
		rows := byWork[what]
		ours := rows[0].times[0]
		list := []bar{{ours.name, "ours", duration(ours.ns), ours.ns, 0}}
		for _, row := range rows {
			list = append(list, bar{row.against, "peer", fmt.Sprintf("%s, %.1f times", duration(row.times[1].ns), row.figure), row.times[1].ns, 0})
		}
		bars(list, false)
	}

	height := y + svgMargin + 4
	foot := fmt.Sprintf(`<text class="quiet" x="%d" y="%d">%s</text>`+"\n", svgMargin, height-14, html.EscapeString(r.where))
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
<title>procinfo beside the bare system calls and other libraries</title>
%s<rect class="paper" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>
`, svgWidth, height, svgWidth, height, svgStyle, svgWidth-1, height-1) + b.String() + foot + "</svg>\n"
}
