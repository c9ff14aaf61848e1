// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// repeat calls round once or, with -watch, until it says that there is no more to come, nobody reads what it writes, or
// a signal asks to end.
func (a *app) repeat(round func() (more bool)) {
	if a.watch == 0 {
		round()
		return
	}
	ctx, stop := untilSignal()
	defer stop()
	next := time.NewTicker(a.watch)
	defer next.Stop()
	redraw := !a.json && canControl(a.stdout)
	for first := true; ; first = false {
		a.failed = false // the exit status is that of the last round
		var more bool
		switch {
		case redraw:
			more = a.draw(round, first)
		default:
			if !first && !a.json {
				a.out.WriteByte('\n')
			}
			more = round()
		}
		if a.out.Flush() != nil || !more { // run reports what could not be written
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
	}
}

// untilSignal is done when we are asked to end. What was ignored when we were started, as by nohup(1), stays so. A second
// signal ends us in any case, such as while nobody reads what we write.
func untilSignal() (context.Context, context.CancelFunc) {
	var signals []os.Signal
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	if signals == nil { // which would be all signals to package signal
		return context.WithCancel(context.Background())
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// draw has a round write on the terminal what it wrote before, as much as has room there. The terminal is left as it is
// between any two of its lines: no mode is changed, and nothing needs to be put back.
func (a *app) draw(round func() bool, first bool) (more bool) {
	rows, columns, _ := window(a.stdout)
	var frame bytes.Buffer
	out, stderr := a.out, a.err
	a.out = bufio.NewWriter(&frame)
	if _, _, ok := window(stderr); ok { // else it is somebody else's to read
		a.err = &frame
	}
	more = round()
	a.out.Flush()
	a.out, a.err = out, stderr

	lines := strings.Split(strings.TrimSuffix(frame.String(), "\n"), "\n")
	heading := fmt.Sprintf("every %v, %s", a.watch, time.Now().Format("2006-01-02 15:04:05"))
	if room := max(rows-2, 1); len(lines) > room { // less the heading, and where the cursor stays
		heading += fmt.Sprintf(", %d of %d lines", room, len(lines))
		lines = lines[:room]
	}
	const home, clear, clearLine, clearRest = "\x1b[H", "\x1b[2J", "\x1b[K", "\x1b[J"
	if first {
		a.out.WriteString(clear)
	}
	a.out.WriteString(home)
	for _, line := range append([]string{a.paint.absent(heading)}, lines...) {
		a.out.WriteString(clearLine + cut(line, columns) + "\n")
	}
	a.out.WriteString(clearRest)
	return more
}
