// SPDX-License-Identifier: MIT

package main

import (
	"math"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/gopsutil-extra/procinfo"
)

// options are what the flags say.
type options struct {
	all, json     bool
	help, version bool
	watch         time.Duration // 0: once
	filters       []filter
	sort          *column // nil: by PID
	descending    bool
	given         string // the first flag that there was
}

// A filter lets a process pass that has a value. One of which the value is not known does not pass.
type filter struct {
	flag string
	pass func(r *row) (ok bool, err error) // the error says why the value is not known
}

// A flag is an option of the command.
type flag struct {
	name   string
	value  string // what its value is called, if it takes one
	about  string // for those who have their shell complete it
	filter bool   // or sort: of use with -a only
	set    func(o *options, value string) error
}

// flags is a function since completing, which a flag can not be without, needs it too.
func flags() []flag {
	return []flag{
		{name: "a", about: "all processes, one line each", set: func(o *options, _ string) error { o.all = true; return nil }},
		{name: "user", value: "NAME|UID", about: "only processes of this user", filter: true, set: (*options).setUser},
		{name: "pgid", value: "PGID", about: "only processes of this group", filter: true, set: (*options).setPgid},
		{name: "sid", value: "SID", about: "only processes of this session", filter: true, set: (*options).setSid},
		{name: "umask", value: "OCTAL", about: "only processes with this umask", filter: true, set: (*options).setUmask},
		{name: "sort", value: "COLUMN", about: "sort by this column", filter: true, set: (*options).setSort},
		{name: "watch", value: "SECONDS", about: "show it again and again", set: (*options).setWatch},
		{name: "json", about: "one JSON object per process and line", set: func(o *options, _ string) error { o.json = true; return nil }},
		{name: "h", about: "help", set: setHelp},
		{name: "help", set: setHelp},
		{name: "version", about: "the version", set: func(o *options, _ string) error { o.version = true; return nil }},
	}
}

func setHelp(o *options, _ string) error { o.help = true; return nil }

// isFlag tells flags from all other arguments. A negative number is a bad PID.
func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' && !digits(arg[1:]) }

// findFlag returns the flag that an argument is, and the value that comes with it; nil for one that does not exist.
func findFlag(arg string) (f *flag, value string, valued bool) {
	if !isFlag(arg) {
		return nil, "", false
	}
	name, value, valued := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	for _, f := range flags() {
		if f.name == name {
			return &f, value, valued
		}
	}
	return nil, "", false
}

// misplaced says what is wrong with an argument where a PID, or a flag that exists, should be.
func misplaced(arg string) error {
	f, _, _ := findFlag(arg)
	switch {
	case f != nil:
		return usagef(`flags go before PIDs: "%s"`, arg)
	case isFlag(arg):
		return usagef(`unknown flag "%s"`, arg)
	}
	return usagef(`not a PID: "%s"`, arg)
}

// parse reads the flags and returns what follows them.
func (o *options) parse(args []string) (rest []string, err error) {
	for len(args) > 0 && isFlag(args[0]) && !o.help && !o.version {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		f, value, valued := findFlag(arg)
		switch {
		case f == nil:
			return nil, misplaced(arg)
		case f.value == "" && valued:
			return nil, usagef(`-%s takes no value: "%s"`, f.name, arg)
		case f.value != "" && !valued:
			if len(args) == 0 {
				return nil, usagef("-%s needs its value: %s", f.name, f.value)
			}
			value, args = args[0], args[1:]
		}
		if err := f.set(o, value); err != nil {
			return nil, err
		}
		if o.given == "" {
			o.given = "-" + f.name
		}
	}
	return args, nil
}

// onlyWithAll returns a flag that was given and is of use with -a only.
func (o *options) onlyWithAll() string {
	switch {
	case len(o.filters) > 0:
		return o.filters[0].flag
	case o.sort != nil:
		return "-sort"
	}
	return ""
}

// filter replaces one by the same flag.
func (o *options) filter(flag string, pass func(r *row) (bool, error)) error {
	for i := range o.filters {
		if o.filters[i].flag == flag {
			o.filters[i].pass = pass
			return nil
		}
	}
	o.filters = append(o.filters, filter{flag, pass})
	return nil
}

func (o *options) setUser(value string) error {
	id, err := strconv.ParseUint(value, 10, 32)
	if !digits(value) {
		u, lookupErr := user.Lookup(value)
		if lookupErr != nil {
			return usagef(`no such user: "%s"`, value)
		}
		id, err = strconv.ParseUint(u.Uid, 10, 32)
	}
	if err != nil {
		return usagef(`not a user: "%s"`, value)
	}
	return o.filter("-user", func(r *row) (bool, error) { return r.uid == uint32(id), r.uidErr })
}

func (o *options) setPgid(value string) error {
	n, err := parseID("-pgid", value)
	if err != nil {
		return err
	}
	return o.filter("-pgid", func(r *row) (bool, error) { return r.info.Pgid == n, r.fieldErr(procinfo.FieldPgid) })
}

func (o *options) setSid(value string) error {
	n, err := parseID("-sid", value)
	if err != nil {
		return err
	}
	return o.filter("-sid", func(r *row) (bool, error) { return r.info.Sid == n, r.fieldErr(procinfo.FieldSid) })
}

func parseID(flag, value string) (int, error) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || !digits(value) {
		return 0, usagef(`bad %s "%s": it is a number`, flag, value)
	}
	return int(n), nil
}

func (o *options) setUmask(value string) error {
	n, err := strconv.ParseUint(value, 8, 12)
	if err != nil || !digits(value) {
		return usagef(`bad -umask "%s": it is octal, such as 022`, value)
	}
	return o.filter("-umask", func(r *row) (bool, error) { return r.info.Umask == int(n), r.fieldErr(procinfo.FieldUmask) })
}

func (o *options) setSort(value string) error {
	name, descending := strings.CutPrefix(value, "-")
	for i := range columns {
		if strings.EqualFold(columns[i].name, name) {
			o.sort, o.descending = &columns[i], descending
			return nil
		}
	}
	return usagef(`no column "%s" to sort by: it is one of %s`, name, strings.Join(columnNames(), ", "))
}

// What -watch takes, in seconds.
const (
	shortestWatch = 0.1
	longestWatch  = 1e6
)

func (o *options) setWatch(value string) error {
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || strings.Trim(value, "0123456789.") != "" || seconds < shortestWatch || seconds > longestWatch {
		return usagef(`bad -watch "%s": it is a number of seconds from 0.1 to 1000000`, value)
	}
	o.watch = time.Duration(math.Round(seconds*1e3)) * time.Millisecond
	return nil
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
		return proc{}, misplaced(arg)
	}
	pid, err := strconv.Atoi(arg)
	if err != nil {
		pid = -1 // too large for any system
	}
	return proc{arg, pid}, nil
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
