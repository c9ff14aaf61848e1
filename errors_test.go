// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// TestErrorsMatch: each kind stands for what callers may test for, and for nothing else.
func TestErrorsMatch(t *testing.T) {
	all := []error{
		procinfo.ErrNoSuchProcess, procinfo.ErrZombieProcess, procinfo.ErrAccessDenied, procinfo.ErrInvalidResource,
		procinfo.ErrInvalidLimits, os.ErrProcessDone, fs.ErrPermission, syscall.EINVAL, errors.ErrUnsupported, fs.ErrNotExist,
	}
	matches := map[error][]error{
		procinfo.ErrNoSuchProcess:   {procinfo.ErrNoSuchProcess, os.ErrProcessDone},
		procinfo.ErrZombieProcess:   {procinfo.ErrZombieProcess, os.ErrProcessDone},
		procinfo.ErrAccessDenied:    {procinfo.ErrAccessDenied, fs.ErrPermission},
		procinfo.ErrInvalidResource: {procinfo.ErrInvalidResource, syscall.EINVAL},
		procinfo.ErrInvalidLimits:   {procinfo.ErrInvalidLimits, syscall.EINVAL},
		errors.ErrUnsupported:       {errors.ErrUnsupported},
	}
	for kind, want := range matches {
		err := error(&procinfo.Error{Op: "getumask", PID: 1, Err: kind})
		for _, target := range all {
			expected := false
			for _, w := range want {
				expected = expected || w == target
			}
			if got := errors.Is(err, target); got != expected {
				t.Errorf("%v matches %v: %v", err, target, got)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&procinfo.Error{Op: "getgroups", PID: 1234, Err: procinfo.ErrNoSuchProcess}, "procinfo: getgroups 1234: no such process"},
		{&procinfo.Error{Op: "getumask", PID: 7, Err: procinfo.ErrZombieProcess}, "procinfo: getumask 7: zombie process"},
		{&procinfo.PartialError{HardChanged: true, Err: procinfo.ErrAccessDenied}, "only the hard limit changed: access denied"},
		{&procinfo.PartialError{SoftChanged: true, Err: procinfo.ErrNoSuchProcess}, "only the soft limit changed: no such process"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	_, err := procinfo.GetGroups(-1)
	var e *procinfo.Error
	if !errors.As(err, &e) || e.Op != "getgroups" || e.PID != -1 {
		t.Errorf("got %#v", err)
	}
	if runtime.GOOS != "plan9" && !errors.Is(err, errnoNoProcess) {
		t.Errorf("%v does not match ESRCH", err)
	}
	partial := error(&procinfo.Error{Op: "rlimit", PID: 1, Err: &procinfo.PartialError{HardChanged: true, Err: procinfo.ErrAccessDenied}})
	var p *procinfo.PartialError
	if !errors.Is(partial, fs.ErrPermission) || !errors.As(partial, &p) || !p.HardChanged {
		t.Errorf("%v lacks its cause", partial)
	}
}
