// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"math"
)

// LinuxStat is what is needed of /proc/PID/stat; proc_pid_stat(5).
type LinuxStat struct {
	State     byte
	Pgid, Sid int
	Start     uint64 // clock ticks after boot
}

// DecodeLinuxStat decodes the file. The second field, the name in parentheses, can hold anything, also parentheses and
// newlines: the fields count from the last closing one. A process that is being removed has -1 for its process group and
// session (do_task_stat): ErrGone.
func DecodeLinuxStat(stat []byte) (LinuxStat, error) {
	name := bytes.LastIndexByte(stat, ')')
	if name < 0 || stat[len(stat)-1] != '\n' {
		return LinuxStat{}, malformed("stat", stat)
	}
	const (
		state     = 3 // numbered as in the manual page
		pgrp      = 5
		session   = 6
		starttime = 22
	)
	var s LinuxStat
	gone := false
	rest := stat[name+1 : len(stat)-1]
	for field := state; field <= starttime; field++ {
		if len(rest) < 2 || rest[0] != ' ' || rest[1] == ' ' {
			return LinuxStat{}, malformed("stat", stat[name:])
		}
		value := rest[1:]
		if end := bytes.IndexByte(value, ' '); end >= 0 {
			value = value[:end]
		}
		rest = rest[1+len(value):]
		ok := true
		var n uint64
		switch field {
		case state:
			s.State, ok = value[0], len(value) == 1
		case pgrp:
			if gone = string(value) == "-1"; gone {
				continue
			}
			n, ok = decimal(value, math.MaxInt32)
			s.Pgid = int(n)
		case session:
			if gone && string(value) == "-1" {
				continue
			}
			n, ok = decimal(value, math.MaxInt32)
			s.Sid = int(n)
		case starttime:
			s.Start, ok = decimal(value, math.MaxUint64)
		}
		if !ok {
			return LinuxStat{}, malformed("stat", stat[name:])
		}
	}
	if gone {
		return LinuxStat{}, ErrGone
	}
	return s, nil
}
