// SPDX-License-Identifier: MIT

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/gopsutil-extra/procinfo"
	"github.com/gopsutil-extra/procinfo/examples/internal/proc"
)

// rules are what is asked of every process.
type rules struct {
	umask int      // bits that every umask must have
	drop  []uint32 // groups for root's processes only
}

// A report is what was found, by PID.
type report struct {
	Findings []finding    `json:"findings"`
	Unknown  []unexamined `json:"unknown"`
}

// A finding is a process that breaks a rule.
type finding struct {
	PID      int      `json:"pid"`
	Name     string   `json:"name"` // escaped, as processes name themselves
	UID      int64    `json:"uid"`  // the effective one; -1 where that is not known
	Umask    string   `json:"umask,omitempty"`
	Groups   []uint32 `json:"groups,omitempty"`
	Problems []string `json:"problems"`
}

// unexamined is a process that exists, and maybe breaks a rule.
type unexamined struct {
	PID    int    `json:"pid"`
	Reason string `json:"reason"`
}

// audit examines every process. It fails if they could not be listed.
func (r rules) audit() (report, error) {
	result := report{Findings: []finding{}, Unknown: []unexamined{}} // for JSON: no null
	fields := r.fields()
	if len(fields) == 0 {
		return result, errors.New("both rules are switched off")
	}
	for info, err := range procinfo.All(fields...) {
		if err != nil && info.PID < 0 {
			return result, err
		}
		var f finding
		if err == nil {
			f, err = r.examine(info)
		}
		if err == nil && len(f.Problems) > 0 {
			// It can be about to change its umask or its user. So it is looked at once more, now the user before the groups: who
			// is not root any more should have dropped them before.
			f, err = r.again(info.PID)
		}
		switch {
		case isGone(err):
		case err != nil:
			result.Unknown = append(result.Unknown, unexamined{info.PID, reason(err)})
		case len(f.Problems) > 0:
			result.Findings = append(result.Findings, f)
		}
	}
	slices.SortFunc(result.Findings, func(a, b finding) int { return cmp.Compare(a.PID, b.PID) })
	slices.SortFunc(result.Unknown, func(a, b unexamined) int { return cmp.Compare(a.PID, b.PID) })
	return result, nil
}

// fields are what the rules need to know.
func (r rules) fields() []procinfo.Field {
	var fields []procinfo.Field
	if r.umask != 0 {
		fields = append(fields, procinfo.FieldUmask)
	}
	if len(r.drop) > 0 {
		fields = append(fields, procinfo.FieldGroups)
	}
	return fields
}

func (r rules) again(pid int) (finding, error) {
	p, err := proc.Read(pid)
	if err != nil {
		return finding{}, err
	}
	info, err := procinfo.Get(pid, r.fields()...)
	if err != nil {
		return finding{}, err
	}
	return r.judge(info, p)
}

func (r rules) examine(info procinfo.Info) (finding, error) {
	p, err := proc.Read(info.PID)
	if err != nil {
		return finding{}, err
	}
	return r.judge(info, p)
}

// judge says which rules a process breaks. If it breaks none, but one could not be applied, that is an error.
func (r rules) judge(info procinfo.Info, p proc.Process) (finding, error) {
	f := finding{PID: info.PID, Name: proc.Printable(p.Name), UID: p.UID}
	var unknown error
	if r.umask != 0 {
		if err := info.Err(procinfo.FieldUmask); err != nil {
			unknown = err
		} else {
			f.Umask = fmt.Sprintf("%04o", info.Umask)
			if missing := r.umask &^ info.Umask; missing != 0 {
				f.Problems = append(f.Problems, fmt.Sprintf("umask lacks %04o", missing))
			}
		}
	}
	if len(r.drop) > 0 {
		if err := info.Err(procinfo.FieldGroups); err != nil {
			unknown = err
		} else {
			f.Groups = info.Groups
			kept := r.kept(info.Groups)
			switch {
			case kept == "" || p.UID == 0:
			case p.UID < 0:
				unknown = errUser
			default:
				f.Problems = append(f.Problems, "kept "+kept)
			}
		}
	}
	if isGone(unknown) || len(f.Problems) == 0 {
		return f, unknown
	}
	return f, nil
}

var errUser = errors.New("its user is not known on this system")

// kept names those of the groups that only root's processes may have.
func (r rules) kept(groups []uint32) string {
	var ids []string
	for _, g := range groups {
		if id := fmt.Sprint(g); slices.Contains(r.drop, g) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	switch len(ids) {
	case 0:
		return ""
	case 1:
		return "group " + ids[0]
	}
	return "groups " + strings.Join(ids, " ")
}

// isGone tells that a process has ended: of a zombie nothing can come any more.
func isGone(err error) bool {
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, fs.ErrNotExist)
}

// reason is the cause alone, fit to print.
func reason(err error) string {
	var e *procinfo.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return proc.Printable(err.Error())
}
