// SPDX-License-Identifier: MIT

// Procinfo does nothing, but could ask everything that package procinfo tells, so that all of it is linked.
package main

import (
	"os"

	"github.com/gopsutil-extra/procinfo"
)

func main() {
	if len(os.Args) == 2 {
		pid := len(os.Args[1])
		procinfo.GetUmask(pid)
		procinfo.GetGroups(pid)
		procinfo.GetSigmasks(pid)
		procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE)
		procinfo.Rlimit(pid, procinfo.RLIMIT_NOFILE, &procinfo.Limits{})
		procinfo.Getpgid(pid)
		procinfo.Getsid(pid)
		procinfo.Get(pid)
		procinfo.Oneshot(pid, func() error { return nil })
	}
}
