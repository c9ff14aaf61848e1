// SPDX-License-Identifier: MIT

// Procinfo shows umask, groups, process group, session, signal masks and resource limits of processes, and sets limits.
//
//	procinfo [-json] [-watch SECONDS] PID...               a block or JSON object for each
//	procinfo [-json] [-watch SECONDS] -a [FILTER]...       all processes, or those that the filters let pass
//	procinfo limit PID [NAME | NAME=VALUE]...              shows limits, or sets them, much as prlimit(1) does
//	procinfo completion bash|zsh|fish                      a script by which that shell completes all this
//
// procinfo -h tells more, and the manual page procinfo.1 the most. The exit status is 0, 1 if something failed for a
// process, or 2 for wrong usage.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gopsutil-extra/procinfo"
)

const synopsis = `usage: procinfo [-json] [-watch SECONDS] PID...
       procinfo [-json] [-watch SECONDS] -a [FILTER]... [-sort COLUMN]
       procinfo limit PID [NAME | NAME=VALUE]...
       procinfo completion bash|zsh|fish
`

// help fits a terminal of 24 lines.
const help = synopsis + `
Shows umask, groups, process group, session, signal masks, limits of processes.

  -a              all processes, one line each; "-" is what the system does not
                  report, "denied" what it does not tell us
  -user NAME|UID, -pgid PGID, -sid SID, -umask OCTAL
                  filters: with -a, only processes with this (effective) value
  -sort COLUMN    with -a, by this column, such as nofile; -nofile: downwards
  -watch SECONDS  over and over again, with this pause, until interrupted
  -json           one JSON object per process and line
  -h, -version    this help; the version

limit shows the limits of a process, all or those named, or sets them and shows
old and new. A NAME is NOFILE, core, RLIMIT_CPU...; a VALUE is SOFT, SOFT:HARD
or :HARD, each a number or "unlimited"; what is not given stays as it is. All
arguments are checked first, then set in order.

Exit status: 0; 1 if something failed for a process; 2 for wrong usage.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// The exit statuses.
const (
	statusOK = iota
	statusFailed
	statusUsage
)

// app is one run of the command.
type app struct {
	out    *bufio.Writer
	err    io.Writer
	stdout io.Writer // where out leads to
	options
	paint  painter
	users  idNames
	groups idNames
	failed bool
}

// A usageError is the user's mistake.
type usageError string

func (e usageError) Error() string { return string(e) }

func usagef(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

// run is the command without the process around it. It returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	a := &app{
		out:    bufio.NewWriterSize(stdout, 1<<16),
		err:    stderr,
		stdout: stdout,
		paint:  painterFor(stdout),
		users:  idNames{lookup: lookupUser},
		groups: idNames{lookup: lookupGroup},
	}
	if err := a.dispatch(args); err == errNoPID {
		io.WriteString(stderr, synopsis)
		return statusUsage
	} else if err != nil {
		fmt.Fprintf(stderr, "procinfo: %s (procinfo -h tells the usage)\n", printable(err.Error()))
		return statusUsage
	}
	if err := a.out.Flush(); err != nil {
		a.failf("%v", err)
	}
	if a.failed {
		return statusFailed
	}
	return statusOK
}

var errNoPID = usageError("no PID given")

// dispatch does what the arguments tell. It returns usage errors only.
func (a *app) dispatch(args []string) error {
	args, err := a.options.parse(args)
	switch {
	case err != nil:
		return err
	case a.help:
		a.out.WriteString(help)
		return nil
	case a.version:
		a.writeVersion()
		return nil
	}
	if len(args) > 0 {
		switch args[0] {
		case "limit":
			if a.given != "" {
				return usagef("limit takes no flags: %s", a.given)
			}
			return a.limit(args[1:])
		case "completion", completeCommand:
			if a.given != "" {
				return usagef("%s takes no flags: %s", args[0], a.given)
			}
			if args[0] == completeCommand {
				a.complete(args[1:])
				return nil
			}
			return a.completion(args[1:])
		}
	}
	if a.all {
		if len(args) > 0 {
			return usagef(`-a is all processes: no PID such as "%s" with it`, args[0])
		}
		a.repeat(a.listAll)
		return nil
	}
	if flag := a.onlyWithAll(); flag != "" {
		return usagef("%s is of use with -a only", flag)
	}
	procs, err := parsePIDs(args)
	if err != nil {
		return err
	}
	if len(procs) == 0 {
		return errNoPID
	}
	a.repeat(func() bool { return a.show(procs) })
	return nil
}

func (a *app) writeVersion() {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	fmt.Fprintf(a.out, "procinfo %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// failf reports a failure, in its place among the output.
func (a *app) failf(format string, args ...any) {
	a.failed = true
	a.warnf(format, args...)
}

// warnf says what does not make it a failure.
func (a *app) warnf(format string, args ...any) {
	a.out.Flush()
	fmt.Fprintf(a.err, "procinfo: %s\n", printable(fmt.Sprintf(format, args...)))
}

// reason is the text of a failure, without the process and operation that the reader knows.
func reason(err error) string {
	var e *procinfo.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	if err == errors.ErrUnsupported {
		return "not supported by this system (" + runtime.GOOS + ")"
	}
	return strings.TrimPrefix(err.Error(), "procinfo: ")
}
