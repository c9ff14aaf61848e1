// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// identity is whose a process is and what the kernel calls it, which the library does not tell.
type identity struct {
	uid     uint32 // the effective one
	uidErr  error  // why it is not known
	name    string // any bytes
	nameErr error
}

// notIdentified is for processes, and systems, of which neither is to be had.
var notIdentified = identity{uidErr: errors.ErrUnsupported, nameErr: errors.ErrUnsupported}

// recordLayout tells where a system's record of a process has the two. The numbers are of the structures in its headers, in
// which nothing before them has moved in the releases that are supported.
type recordLayout struct {
	pid, uid       int // 32 bits each
	name, nameSize int // ends with a NUL
	bigEndian      bool
}

// identity decodes a record, which has to be of process pid.
func (l *recordLayout) identity(record []byte, pid int) identity {
	if len(record) < max(l.pid, l.uid)+4 || len(record) < l.name+l.nameSize {
		return notIdentified
	}
	var order binary.ByteOrder = binary.LittleEndian
	if l.bigEndian {
		order = binary.BigEndian
	}
	if int(int32(order.Uint32(record[l.pid:]))) != pid {
		return notIdentified
	}
	name, _, _ := bytes.Cut(record[l.name:l.name+l.nameSize], []byte{0})
	id := identity{uid: order.Uint32(record[l.uid:]), name: string(name)}
	if len(name) == 0 {
		id.nameErr = errors.ErrUnsupported
	}
	return id
}

// freeBSDLayout: ki_pid, ki_uid, ki_comm of struct kinfo_proc, sys/user.h.
func freeBSDLayout(goarch string) recordLayout {
	switch goarch {
	case "386":
		return recordLayout{pid: 40, uid: 136, name: 367, nameSize: 20}
	case "arm":
		return recordLayout{pid: 40, uid: 136, name: 383, nameSize: 20}
	}
	return recordLayout{pid: 72, uid: 168, name: 447, nameSize: 20}
}

// netBSDLayout: p_pid, p_uid, p_comm of struct kinfo_proc2, sys/sysctl.h.
var netBSDLayout = recordLayout{pid: 116, uid: 136, name: 368, nameSize: 24}

// openBSDLayout: p_pid, p_uid, p_comm of struct kinfo_proc, sys/sysctl.h.
func openBSDLayout(goarch string) recordLayout {
	return recordLayout{pid: 108, uid: 128, name: 312, nameSize: 24, bigEndian: goarch == "ppc64" || goarch == "mips64"}
}

// dragonFlyLayout: kp_pid, kp_uid, kp_comm of struct kinfo_proc, sys/kinfo.h.
var dragonFlyLayout = recordLayout{pid: 220, uid: 132, name: 112, nameSize: 17}

// darwinLayout: p_pid, e_ucred.cr_uid, p_comm of struct kinfo_proc, sys/sysctl.h and sys/proc.h.
var darwinLayout = recordLayout{pid: 40, uid: 420, name: 243, nameSize: 17}

// solarisLayout: pr_pid, pr_euid, pr_fname of psinfo_t, sys/procfs.h, in a program of 64 bits.
var solarisLayout = recordLayout{pid: 8, uid: 28, name: 136, nameSize: 16}
