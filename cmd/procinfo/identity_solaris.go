// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"strconv"
)

// identify reads psinfo, which is open to everybody.
func identify(pid int) identity {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/psinfo")
	if err != nil {
		return notIdentified
	}
	defer f.Close()
	var buf [416]byte
	n, _ := f.Read(buf[:])
	return solarisLayout.identity(buf[:n], pid)
}
