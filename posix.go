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
