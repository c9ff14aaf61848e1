// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"

	"golang.org/x/sys/unix"
)

// The resources of this system, by its own numbers. What x/sys lacks is from sys/resource.h: KQUEUES and UMTXP came with 11, PIPEBUF with 14.2, VMM with 15.
const (
	rlimitCPU        = unix.RLIMIT_CPU
	rlimitFSIZE      = unix.RLIMIT_FSIZE
	rlimitDATA       = unix.RLIMIT_DATA
	rlimitSTACK      = unix.RLIMIT_STACK
	rlimitCORE       = unix.RLIMIT_CORE
	rlimitRSS        = unix.RLIMIT_RSS
	rlimitMEMLOCK    = unix.RLIMIT_MEMLOCK
	rlimitNPROC      = unix.RLIMIT_NPROC
	rlimitNOFILE     = unix.RLIMIT_NOFILE
	rlimitAS         = unix.RLIMIT_AS
	rlimitVMEM       = unix.RLIMIT_AS
	rlimitSBSIZE     = 9
	rlimitLOCKS      = lacksLOCKS
	rlimitSIGPENDING = lacksSIGPENDING
	rlimitMSGQUEUE   = lacksMSGQUEUE
	rlimitNICE       = lacksNICE
	rlimitRTPRIO     = lacksRTPRIO
	rlimitRTTIME     = lacksRTTIME
	rlimitNPTS       = 11
	rlimitSWAP       = 12
	rlimitKQUEUES    = 13
	rlimitUMTXP      = 14
	rlimitPIPEBUF    = 15
	rlimitVMM        = 16
	rlimitNTHR       = lacksNTHR
	rlimitPOSIXLOCKS = lacksPOSIXLOCKS
)

func getRlimit(target, Resource) (Limits, error) { return Limits{}, errors.ErrUnsupported }

func setRlimit(target, Resource, Limits) (Limits, error) { return Limits{}, errors.ErrUnsupported }
