// SPDX-License-Identifier: MIT

//go:build linux && (386 || arm)

package procinfo_test

import "golang.org/x/sys/unix"

// The plain calls of these architectures take ids of 16 bits.
const (
	sysSetgroups = unix.SYS_SETGROUPS32
	sysSetresgid = unix.SYS_SETRESGID32
	sysSetresuid = unix.SYS_SETRESUID32
)
