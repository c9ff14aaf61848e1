// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// The kinds of failure. Test for them with errors.Is; what a system or kernel version cannot tell is
// errors.ErrUnsupported.
var (
	// ErrNoSuchProcess: no process has this PID, or it has gone meanwhile, or the handle's process has been replaced by
	// another. It also matches os.ErrProcessDone, syscall.ESRCH and gopsutil's process.ErrorProcessNotRunning.
	ErrNoSuchProcess error = &kind{text: "no such process", also: []error{os.ErrProcessDone, esrch}}

	// ErrZombieProcess: the process has exited, nobody has waited for it yet, and it no longer has the thing asked for. It
	// also matches os.ErrProcessDone.
	ErrZombieProcess error = &kind{text: "zombie process", also: []error{os.ErrProcessDone}}

	// ErrAccessDenied: the system refuses, or hides the process from us (hidepid; on Solaris, a lack of PRIV_PROC_INFO). It
	// also matches fs.ErrPermission and, where a call failed, its errno.
	ErrAccessDenied error = &kind{text: "access denied", also: []error{fs.ErrPermission}}

	// ErrInvalidResource: this kernel has no resource of that number. Nothing was changed. It also matches syscall.EINVAL.
	ErrInvalidResource error = &kind{text: "invalid resource", also: []error{syscall.EINVAL}}

	// ErrInvalidLimits: the soft limit is above the hard one, or one is larger than the system can hold. Nothing was
	// changed. It also matches syscall.EINVAL.
	ErrInvalidLimits error = &kind{text: "invalid limits", also: []error{syscall.EINVAL}}

	// errTooLarge: what is finite to us must not become infinite, or less.
	errTooLarge = caused(ErrInvalidLimits, errors.New("larger than the system can hold"))

	errSoftAboveHard = caused(ErrInvalidLimits, errors.New("soft limit above hard limit"))
)

// An Error is what every failing function of this package returns: which operation failed, on which process, and why.
type Error struct {
	Op  string // the function, in lower case: "getumask"
	PID int    // as given; -1 for a handle that has none
	Err error
}

func (e *Error) Error() string {
	if e.PID < 0 && e.Op == "all" {
		return "procinfo: " + e.Op + ": " + e.Err.Error()
	}
	return "procinfo: " + e.Op + " " + strconv.Itoa(e.PID) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// A PartialError is the cause of an Error of Rlimit where a system sets the soft and the hard limit one after the other
// (NetBSD), only the first of the two succeeded, and it could not be put back.
type PartialError struct {
	SoftChanged, HardChanged bool
	Err                      error // why the other one was not
}

func (e *PartialError) Error() string {
	which := "neither limit"
	switch {
	case e.SoftChanged && e.HardChanged:
		which = "both limits"
	case e.SoftChanged:
		which = "only the soft limit"
	case e.HardChanged:
		which = "only the hard limit"
	}
	return which + " changed: " + e.Err.Error()
}

// Unwrap returns why the other limit was not changed.
func (e *PartialError) Unwrap() error { return e.Err }

// kind is a sentinel that stands for others as well.
type kind struct {
	text string
	also []error
}

func (k *kind) Error() string { return k.text }

func (k *kind) Is(target error) bool {
	for _, err := range k.also {
		if err != nil && err == target {
			return true
		}
	}
	return k == ErrNoSuchProcess && isGopsutilGone(target)
}

// caused says that err is of this kind. It matches, and names, both.
func caused(kind, err error) error { return &causedError{kind, err} }

type causedError struct{ kind, err error }

func (e *causedError) Error() string   { return e.kind.Error() + ": " + e.err.Error() }
func (e *causedError) Unwrap() []error { return []error{e.kind, e.err} }

// about says what err happened to, without package fmt, which would be a third of what this package adds to a program.
func about(what string, err error) error { return &aboutError{what, err} }

type aboutError struct {
	what string
	err  error
}

func (e *aboutError) Error() string { return e.what + ": " + e.err.Error() }
func (e *aboutError) Unwrap() error { return e.err }
