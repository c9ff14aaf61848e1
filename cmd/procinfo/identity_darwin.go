// SPDX-License-Identifier: MIT

package main

import "golang.org/x/sys/unix"

func identify(pid int) identity {
	record, err := unix.SysctlRaw("kern.proc.pid", pid)
	if err != nil {
		return notIdentified
	}
	return darwinLayout.identity(record, pid)
}
