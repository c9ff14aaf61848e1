// SPDX-License-Identifier: MIT

// Procinfo shows umask, groups, process group, session, signal masks and resource limits of processes, and sets limits.
//
//	procinfo [-json] [PID...]                       a block or JSON object for each; default: what started procinfo
//	procinfo [-json] -a                             all processes, one line each
//	procinfo limit PID [NAME | NAME=VALUE]...       shows limits, or sets them, much as prlimit(1) does
//
// procinfo -h tells more. The exit status is 0, 1 if something failed for a process, or 2 for wrong usage.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gopsutil-extra/procinfo"
)

const help = `usage: procinfo [-json] [PID...]
       procinfo [-json] -a
       procinfo limit PID [NAME | NAME=VALUE]...

Shows umask, groups, process group, session, signal masks and resource limits
of processes; without a PID, of the process that started procinfo.

  -a        all processes, one line each ("-": not reported by this system)
  -json     one JSON object per process and line
  -h        this help
  -version  the version

limit shows the limits of a process, all or those named, or sets them and
shows old and new. A NAME is NOFILE, core, RLIMIT_CPU...; a VALUE is SOFT,
SOFT:HARD or :HARD, and a half that is not given stays as it is (other than
with prlimit(1), where one number sets both). Each is a number, in the unit
that is shown, or "unlimited". All arguments are checked first, then set in
order.

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
	json   bool
	groups groupNames
	failed bool
}

// A usageError is the user's mistake.
type usageError string

func (e usageError) Error() string { return string(e) }

func usagef(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

// run is the command without the process around it. It returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	a := &app{out: bufio.NewWriterSize(stdout, 1<<16), err: stderr, groups: groupNames{lookup: lookupGroup}}
	if err := a.dispatch(args); err != nil {
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

// dispatch does what the arguments tell. It returns usage errors only.
func (a *app) dispatch(args []string) error {
	all := false
	for len(args) > 0 && isFlag(args[0]) {
		flag := args[0]
		args = args[1:]
		if flag == "--" {
			break
		}
		switch strings.TrimPrefix(flag[1:], "-") {
		case "a":
			all = true
		case "json":
			a.json = true
		case "h", "help":
			a.out.WriteString(help)
			return nil
		case "version":
			a.version()
			return nil
		default:
			if digits(flag[1:]) {
				return notPID(flag)
			}
			return usagef(`unknown flag "%s"`, flag)
		}
	}
	switch {
	case len(args) > 0 && args[0] == "limit":
		if all || a.json {
			return usagef("limit takes no flags")
		}
		return a.limit(args[1:])
	case all && len(args) > 0:
		return usagef(`-a is all processes: no PID such as "%s" with it`, args[0])
	case all:
		a.all()
		return nil
	}
	procs, err := parsePIDs(args)
	if err == nil {
		a.show(procs)
	}
	return err
}

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

func (a *app) version() {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	fmt.Fprintf(a.out, "procinfo %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// proc is a process as it was named.
type proc struct {
	arg string
	pid int
}

func parsePIDs(args []string) ([]proc, error) {
	procs := make([]proc, 0, len(args))
	for _, arg := range args {
		p, err := parsePID(arg)
		if err != nil {
			return nil, err
		}
		procs = append(procs, p)
	}
	return procs, nil
}

// parsePID leaves it to the library which numbers can be processes: on some systems 0 can.
func parsePID(arg string) (proc, error) {
	if !digits(arg) {
		if isFlag(arg) && !digits(arg[1:]) {
			return proc{}, usagef(`flags go before PIDs: "%s"`, arg)
		}
		return proc{}, notPID(arg)
	}
	pid, err := strconv.Atoi(arg)
	if err != nil {
		pid = -1 // too large for any system
	}
	return proc{arg, pid}, nil
}

func notPID(arg string) error { return usagef(`not a PID: "%s"`, arg) }

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// failf reports a failure, in its place among the output.
func (a *app) failf(format string, args ...any) {
	a.failed = true
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
	return err.Error()
}
