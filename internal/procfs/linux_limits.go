// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"errors"
	"math"
)

// LinuxLimit is a row of /proc/PID/limits. Unlimited is math.MaxUint64, as with prlimit(2). The zero value is a row that
// the file does not have.
type LinuxLimit struct {
	Soft, Hard uint64
	Given      bool
}

// The rows by name, as lnames in fs/proc/base.c writes them. Their order in the file is that of the resource numbers,
// which differs on MIPS.
const (
	LinuxCPU = iota
	LinuxFSIZE
	LinuxDATA
	LinuxSTACK
	LinuxCORE
	LinuxRSS
	LinuxNPROC
	LinuxNOFILE
	LinuxMEMLOCK
	LinuxAS
	LinuxLOCKS
	LinuxSIGPENDING
	LinuxMSGQUEUE
	LinuxNICE
	LinuxRTPRIO
	LinuxRTTIME
	numLinuxLimits
)

var linuxLimitLabels = [numLinuxLimits]string{
	LinuxCPU:        "Max cpu time ",
	LinuxFSIZE:      "Max file size ",
	LinuxDATA:       "Max data size ",
	LinuxSTACK:      "Max stack size ",
	LinuxCORE:       "Max core file size ",
	LinuxRSS:        "Max resident set ",
	LinuxNPROC:      "Max processes ",
	LinuxNOFILE:     "Max open files ",
	LinuxMEMLOCK:    "Max locked memory ",
	LinuxAS:         "Max address space ",
	LinuxLOCKS:      "Max file locks ",
	LinuxSIGPENDING: "Max pending signals ",
	LinuxMSGQUEUE:   "Max msgqueue size ",
	LinuxNICE:       "Max nice priority ",
	LinuxRTPRIO:     "Max realtime priority ",
	LinuxRTTIME:     "Max realtime timeout ",
}

// LinuxLimits are the rows of /proc/PID/limits, indexed by LinuxCPU, LinuxFSIZE and so on.
type LinuxLimits [numLinuxLimits]LinuxLimit

// DecodeLinuxLimits decodes the file; proc_pid_limits(5). Rows of resources it does not know are skipped. An empty file is
// what a process leaves that is being removed.
func DecodeLinuxLimits(limits []byte) (LinuxLimits, error) {
	if len(limits) == 0 {
		return LinuxLimits{}, ErrGone
	}
	if !bytes.HasPrefix(limits, []byte("Limit ")) {
		return LinuxLimits{}, malformed("limits", limits)
	}
	cut := limits[len(limits)-1] != '\n'
	var rows LinuxLimits
	found := 0
	for next := 0; len(limits) > 0; {
		line := limits
		if end := bytes.IndexByte(limits, '\n'); end >= 0 {
			line, limits = limits[:end], limits[end+1:]
		} else {
			limits = nil
		}
		which := linuxLimitOf(line, next)
		if which < 0 || rows[which].Given {
			continue
		}
		values := line[len(linuxLimitLabels[which]):]
		soft, values, ok := limitValue(values)
		hard, _, ok2 := limitValue(values)
		if !ok || !ok2 {
			return LinuxLimits{}, malformed("limits", line)
		}
		rows[which] = LinuxLimit{soft, hard, true}
		found++
		next = which + 1
	}
	if found == 0 || cut && found < numLinuxLimits {
		return LinuxLimits{}, errors.New("limits without all their rows")
	}
	return rows, nil
}

// linuxLimitOf tells which row a line is, trying the expected one first; -1 is none that is known.
func linuxLimitOf(line []byte, expected int) int {
	for i := range linuxLimitLabels {
		which := (expected + i) % numLinuxLimits
		if bytes.HasPrefix(line, []byte(linuxLimitLabels[which])) {
			return which
		}
	}
	return -1
}

// limitValue takes the first value off the columns. Each is padded, so one with nothing behind it was cut.
func limitValue(columns []byte) (value uint64, rest []byte, ok bool) {
	columns = bytes.TrimLeft(columns, " ")
	end := bytes.IndexByte(columns, ' ')
	if end < 0 {
		return 0, nil, false
	}
	if string(columns[:end]) == "unlimited" {
		return math.MaxUint64, columns[end:], true
	}
	value, ok = decimal(columns[:end], math.MaxUint64)
	return value, columns[end:], ok
}
