// SPDX-License-Identifier: MIT

//go:build unix

package main

import "golang.org/x/sys/unix"

func windowSize(fd int) (rows, columns int, ok bool) {
	size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0, false
	}
	return int(size.Row), int(size.Col), true
}
