// SPDX-License-Identifier: MIT

//go:build !plan9

package procinfo_test

import "syscall"

var errnoNoProcess error = syscall.ESRCH
