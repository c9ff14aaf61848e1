// SPDX-License-Identifier: MIT

// Audit lists processes that create files which others can write, and processes that are not root's any more but still
// have root's groups.
//
//	audit [-json] [-umask MASK] [-drop GROUPS]
//
// Two rules:
//
//   - the umask must have all bits of MASK, 022 by default;
//   - a process whose effective user is not root must not have one of GROUPS, by default 0, among its supplementary groups.
//
// An empty GROUPS or a MASK of 0 switches the rule off. The exit status is 1 if a process breaks a rule. It is 2 if
// something went wrong, or if no process breaks a rule but some could not be examined.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/gopsutil-extra/procinfo/examples/internal/proc"
)

// The exit statuses.
const (
	statusClean = iota
	statusFound
	statusFailed
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	r := rules{umask: 0o022, drop: []uint32{0}}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print a JSON object instead of a table")
	flags.Func("umask", "octal `mask` that every umask must contain, 0 for none (default 022)", func(s string) error {
		n, err := strconv.ParseUint(s, 8, 32)
		if err != nil || n > 0o777 {
			return errors.New("not an octal mask up to 777")
		}
		r.umask = int(n)
		return nil
	})
	flags.Func("drop", "`groups` that only root's processes may have, numbers or names with commas, empty for none (default 0)",
		func(s string) (err error) {
			r.drop, err = parseGroups(s)
			return err
		})
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return statusClean
	} else if err != nil {
		return statusFailed
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "audit: unexpected argument %q\n", flags.Arg(0))
		return statusFailed
	}

	result, err := r.audit()
	if err == nil {
		write := writeTable
		if *asJSON {
			write = writeJSON
		}
		err = write(stdout, result)
	}
	if err != nil {
		fmt.Fprintln(stderr, "audit:", err)
		return statusFailed
	}
	for _, line := range summary(result.Unknown) {
		fmt.Fprintln(stderr, "audit:", line)
	}
	switch {
	case len(result.Findings) > 0:
		return statusFound
	case len(result.Unknown) > 0:
		return statusFailed
	}
	return statusClean
}

func parseGroups(list string) ([]uint32, error) {
	var groups []uint32
	if list == "" {
		return nil, nil
	}
	for _, word := range strings.Split(list, ",") {
		id := word
		if _, err := strconv.ParseUint(word, 10, 32); err != nil {
			g, err := user.LookupGroup(word)
			if err != nil {
				return nil, fmt.Errorf("no group %q", word)
			}
			id = g.Gid
		}
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("group %q has no number", word)
		}
		groups = append(groups, uint32(n))
	}
	return groups, nil
}

func writeJSON(w io.Writer, r report) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(r)
}

func writeTable(w io.Writer, r report) error {
	if len(r.Findings) == 0 {
		return nil
	}
	users := make(map[int64]string)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PID\tUSER\tUMASK\tNAME\tPROBLEM")
	for _, f := range r.Findings {
		if _, ok := users[f.UID]; !ok {
			users[f.UID] = userName(f.UID)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", f.PID, orDash(users[f.UID]), orDash(f.Umask), orDash(f.Name),
			strings.Join(f.Problems, ", "))
	}
	return t.Flush()
}

func userName(uid int64) string {
	if uid < 0 {
		return ""
	}
	id := strconv.FormatInt(uid, 10)
	u, err := user.LookupId(id)
	if err != nil {
		return id
	}
	return proc.Printable(u.Username)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// summary has a line for each reason: processes of other users, if they are hidden, can be many.
func summary(unknown []unexamined) []string {
	const shown = 10
	pids := make(map[string][]string)
	for _, u := range unknown {
		pids[u.Reason] = append(pids[u.Reason], strconv.Itoa(u.PID))
	}
	var lines []string
	for reason, list := range pids {
		of := "process"
		if len(list) > 1 {
			of = "processes"
		}
		more := ""
		if n := len(list) - shown; n > 0 {
			list, more = list[:shown], fmt.Sprintf(" and %d more", n)
		}
		lines = append(lines, fmt.Sprintf("not examined, %s: %s %s%s", reason, of, strings.Join(list, ", "), more))
	}
	slices.Sort(lines)
	return lines
}
