// SPDX-License-Identifier: MIT

package procinfo

import (
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"sync"
)

// A Field is a part of Info.
type Field int

// The fields of Info.
const (
	FieldUmask Field = iota
	FieldGroups
	FieldPgid
	FieldSid
	FieldSigmasks
	FieldRlimits
	numFields
)

var fieldNames = [numFields]string{"umask", "groups", "pgid", "sid", "sigmasks", "rlimits"}

// String returns the field's name in JSON.
func (f Field) String() string {
	if f < 0 || f >= numFields {
		return "unknown"
	}
	return fieldNames[f]
}

// Info is what Get tells of a process. Each field holds what the function of that name returns, and is to be used only if
// Err has no error for it: otherwise it is -1 or empty.
type Info struct {
	PID      int
	Umask    int
	Groups   []uint32
	Pgid     int
	Sid      int
	Sigmasks Sigmasks
	Rlimits  map[Resource]Limits // by all of Resources

	errs  [numFields]error
	asked [numFields]bool
}

var errNotAsked = errors.New("procinfo: this field was not asked for")

// Err returns why the field has no value, or nil if it has. A field that was not asked for has none.
func (i Info) Err(f Field) error {
	if f < 0 || f >= numFields || !i.asked[f] {
		return errNotAsked
	}
	return i.errs[f]
}

// Get returns everything about a process at once or, if fields are named, only these: that is cheaper, above all
// without FieldRlimits.
//
// What cannot be had of an existing process is an error of its field. Get itself fails if there is no such process, or if
// not one field could be had.
//
// Get asks the kernel afresh, also inside a Oneshot.
//
// Linux: all answers come from one reading of /proc/PID/status, and the limits from prlimit(2) or /proc/PID/limits while that
// file is open, so that they are the same process's. Before Linux 4.1 it does not have process group and session, which are
// asked for after it. BSDs: groups, sets of signals, process group and session are from one record.
func Get[P Proc](proc P, fields ...Field) (Info, error) {
	t, err := targetOf(proc)
	if err != nil {
		return noInfo(t), &Error{"get", t.pid, err}
	}
	s := snapshots.Get().(*scope)
	defer func() {
		s.forget()
		snapshots.Put(s)
	}()
	t.scope = s
	info, err := getInfo(t, fields)
	if t.handle != nil {
		if gone := t.confirm(); gone != nil {
			err = gone
		}
	}
	if err != nil {
		return noInfo(t), &Error{"get", t.pid, err}
	}
	return info, nil
}

// snapshots have empty records.
var snapshots = sync.Pool{New: func() any { return new(scope) }}

// noInfo has none of the fields.
func noInfo(t target) Info { return Info{PID: t.pid, Umask: -1, Pgid: -1, Sid: -1} }

// All yields every process with what Get tells about it, in no particular order. Processes that are gone before they could be
// read are left out; for one that can be seen but not read there is an error, and its PID in Info. An error with PID -1
// means that the processes could not be listed.
//
// Linux: /proc is listed and each process read. Threads are not listed; kernel threads are.
//
// macOS, BSDs: one sysctl lists all processes with their records; what is not in these costs a call for each process. Zombies and
// the kernel's own processes are listed, and what the system hides from us is not.
//
// Solaris, illumos: /proc is listed and each process's psinfo read.
func All(fields ...Field) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for t, err := range allProcesses {
			var info Info
			if err == nil {
				info, err = getInfo(t, fields)
			}
			if err == ErrNoSuchProcess {
				continue
			}
			if err != nil {
				info, err = noInfo(t), &Error{"all", t.pid, err}
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

// getInfo has the cells answer from the record of t's scope, which is made one that holds all that the fields need.
func getInfo(t target, fields []Field) (Info, error) {
	info := noInfo(t)
	for _, f := range fields {
		if f < 0 || f >= numFields {
			return info, errors.New("no such field: " + strconv.Itoa(int(f)))
		}
		info.asked[f] = true
	}
	if len(fields) == 0 {
		for f := range info.asked {
			info.asked[f] = true
		}
	}
	if err := t.scope.record.begin(t, info.asked[FieldRlimits]); err != nil {
		return info, err
	}
	fill(t, &info, FieldUmask, &info.Umask, getUmask)
	fill(t, &info, FieldGroups, &info.Groups, getGroups)
	fill(t, &info, FieldSigmasks, &info.Sigmasks, getSigmasks)
	fill(t, &info, FieldPgid, &info.Pgid, getPgid)
	fill(t, &info, FieldSid, &info.Sid, getSid)
	fill(t, &info, FieldRlimits, &info.Rlimits, getAllRlimits)
	return info, info.failure()
}

// fill has a cell answer for a field that was asked for.
func fill[T any](t target, info *Info, f Field, value *T, cell func(target) (T, error)) {
	if !info.asked[f] {
		return
	}
	v, err := cell(t)
	if err != nil {
		info.errs[f] = &Error{"get" + fieldNames[f], t.pid, err}
		return
	}
	*value = v
}

// failure returns why there is no Info: a field found the process gone, or not one could be had. Then what this process
// refuses says more than what the system never tells.
func (i *Info) failure() error {
	var why error
	some := false
	for f, asked := range i.asked {
		switch err := i.errs[f]; {
		case !asked:
		case err == nil:
			some = true
		case errors.Is(err, ErrNoSuchProcess):
			return ErrNoSuchProcess
		case why == nil || why == errors.ErrUnsupported:
			why = cause(err)
		}
	}
	if some {
		return nil
	}
	return why
}

func getAllRlimits(t target) (map[Resource]Limits, error) {
	all := make(map[Resource]Limits, len(resources()))
	for _, r := range resources() {
		limits, err := getRlimit(t, r)
		if err == errors.ErrUnsupported || err == ErrInvalidResource {
			continue // an older kernel than this resource
		}
		if err != nil {
			return nil, err
		}
		all[r] = limits
	}
	if len(all) == 0 {
		return nil, errors.ErrUnsupported
	}
	return all, nil
}

// jsonInfo is Info as JSON: what could not be had is absent, and named under errors.
type jsonInfo struct {
	PID      int                  `json:"pid"`
	Umask    *int                 `json:"umask,omitempty"`
	Groups   *[]uint32            `json:"groups,omitempty"`
	Pgid     *int                 `json:"pgid,omitempty"`
	Sid      *int                 `json:"sid,omitempty"`
	Sigmasks *Sigmasks            `json:"sigmasks,omitempty"`
	Rlimits  *map[Resource]Limits `json:"rlimits,omitempty"`
	Errors   map[string]string    `json:"errors,omitempty"`
}

// MarshalJSON returns an object with the fields that were asked for and could be had; the others that were asked for are
// named in its errors, with the text of the cause. Signals are numbers, a set that the system does not report is null.
func (i Info) MarshalJSON() ([]byte, error) {
	j := jsonInfo{PID: i.PID}
	for f, asked := range i.asked {
		if err := i.errs[f]; asked && err != nil {
			if j.Errors == nil {
				j.Errors = make(map[string]string)
			}
			j.Errors[fieldNames[f]] = cause(err).Error()
		}
	}
	if i.Err(FieldUmask) == nil {
		j.Umask = &i.Umask
	}
	if i.Err(FieldGroups) == nil {
		groups := append([]uint32{}, i.Groups...) // an array also of nil
		j.Groups = &groups
	}
	if i.Err(FieldPgid) == nil {
		j.Pgid = &i.Pgid
	}
	if i.Err(FieldSid) == nil {
		j.Sid = &i.Sid
	}
	if i.Err(FieldSigmasks) == nil {
		j.Sigmasks = &i.Sigmasks
	}
	if i.Err(FieldRlimits) == nil {
		j.Rlimits = &i.Rlimits
	}
	return json.Marshal(j)
}

// cause is what a *Error is about: the object says of which process and field anyway.
func cause(err error) error {
	if e, ok := err.(*Error); ok {
		return e.Err
	}
	return err
}

// UnmarshalJSON accepts what MarshalJSON gives. The errors are then texts only.
func (i *Info) UnmarshalJSON(data []byte) error {
	var j jsonInfo
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	info := noInfo(target{pid: j.PID})
	for f, name := range fieldNames {
		if text, ok := j.Errors[name]; ok {
			info.asked[f], info.errs[f] = true, errors.New(text)
		}
	}
	if j.Umask != nil {
		info.Umask, info.asked[FieldUmask] = *j.Umask, true
	}
	if j.Groups != nil {
		info.Groups, info.asked[FieldGroups] = *j.Groups, true
	}
	if j.Pgid != nil {
		info.Pgid, info.asked[FieldPgid] = *j.Pgid, true
	}
	if j.Sid != nil {
		info.Sid, info.asked[FieldSid] = *j.Sid, true
	}
	if j.Sigmasks != nil {
		info.Sigmasks, info.asked[FieldSigmasks] = *j.Sigmasks, true
	}
	if j.Rlimits != nil {
		info.Rlimits, info.asked[FieldRlimits] = *j.Rlimits, true
	}
	*i = info
	return nil
}
