// SPDX-License-Identifier: MIT

//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !solaris

package procinfo_test

import (
	"errors"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

// No state of another process can be read here yet, so none is made.

const sigUSR1, sigUSR2 procinfo.Signal = 0, 0

func ignore(int) {}

func setUmask(int) {}

func keepHandlers(caught, ignored []int) error { return errors.ErrUnsupported }

func setOwnLimit(resource int, soft, hard uint64) error { return errors.ErrUnsupported }

func obey([]string) error { return errors.ErrUnsupported }

func own(testing.TB) report { return nil }

func prepare(*child, childState) {}

func still(testing.TB, childState) *child { return nil }

func send(testing.TB, int, procinfo.Signal) {}

func waitZombie(testing.TB, int) {}

func needRealSignals(testing.TB) {}
