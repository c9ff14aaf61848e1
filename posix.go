// SPDX-License-Identifier: MIT

//go:build !plan9

package procinfo

import (
	"errors"
	"os"
	"syscall"
)

// Signal is a signal number: syscall.SIGHUP, unix.SIGHUP and 1 are all of this type where one is wanted.
type Signal = syscall.Signal

const esrch = syscall.ESRCH

// osHandle knows its process by a descriptor where the system has such, else by having waited for it.
type osHandle struct{ *os.Process }

func (h osHandle) gone() bool { return errors.Is(h.Signal(Signal(0)), os.ErrProcessDone) }

// errnoKind says in our errors what a failed system call on a process means.
func errnoKind(err error) error {
	switch err {
	case syscall.ESRCH:
		return ErrNoSuchProcess
	case syscall.EPERM, syscall.EACCES:
		return caused(ErrAccessDenied, err)
	}
	return err
}

// rlimitKind is errnoKind for a call on limits: soft above hard is refused before, so EINVAL is about the resource.
func rlimitKind(err error) error {
	if err == syscall.EINVAL {
		return ErrInvalidResource
	}
	return errnoKind(err)
}
