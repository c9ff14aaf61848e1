// SPDX-License-Identifier: MIT

//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !solaris

package procinfo

import "errors"

// None is known of these systems.
const (
	rlimitCPU        = lacksCPU
	rlimitFSIZE      = lacksFSIZE
	rlimitDATA       = lacksDATA
	rlimitSTACK      = lacksSTACK
	rlimitCORE       = lacksCORE
	rlimitRSS        = lacksRSS
	rlimitMEMLOCK    = lacksMEMLOCK
	rlimitNPROC      = lacksNPROC
	rlimitNOFILE     = lacksNOFILE
	rlimitAS         = lacksAS
	rlimitVMEM       = lacksVMEM
	rlimitSBSIZE     = lacksSBSIZE
	rlimitLOCKS      = lacksLOCKS
	rlimitSIGPENDING = lacksSIGPENDING
	rlimitMSGQUEUE   = lacksMSGQUEUE
	rlimitNICE       = lacksNICE
	rlimitRTPRIO     = lacksRTPRIO
	rlimitRTTIME     = lacksRTTIME
	rlimitNPTS       = lacksNPTS
	rlimitSWAP       = lacksSWAP
	rlimitKQUEUES    = lacksKQUEUES
	rlimitUMTXP      = lacksUMTXP
	rlimitPIPEBUF    = lacksPIPEBUF
	rlimitVMM        = lacksVMM
	rlimitNTHR       = lacksNTHR
	rlimitPOSIXLOCKS = lacksPOSIXLOCKS
)

func getRlimit(target, Resource) (Limits, error) { return Limits{}, errors.ErrUnsupported }

func setRlimit(target, Resource, Limits) (Limits, error) { return Limits{}, errors.ErrUnsupported }

func hasResource(Resource) bool { return false }
