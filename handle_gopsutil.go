// SPDX-License-Identifier: MIT

// gopsutil v3 does not compile on the ports named here.
//go:build !nogopsutil && !(freebsd && riscv64) && !(netbsd && (386 || arm)) && !(openbsd && ppc64) && (!ios || cgo)

package procinfo

import (
	"os"
	"reflect"

	"github.com/shirou/gopsutil/v3/process"
)

// Proc names a process: by its PID, or by a handle of os or gopsutil v3.
//
// A handle names one process, not whichever has its number: if that process is known to be gone, the answer is
// ErrNoSuchProcess. An *os.Process knows by itself. A *process.Process knows only the second in which its process
// started, so a successor started within two seconds of that, or after the clock was set, cannot be told apart for sure.
//
// On freebsd/riscv64, netbsd/386, netbsd/arm, openbsd/ppc64 and ios, where gopsutil v3 does not compile, and with the build
// tag nogopsutil, there is no *process.Process here.
type Proc interface {
	int | int32 | *process.Process | *os.Process
}

func gopsutilHandle(addr any) (pid int, h handle) {
	p := addr.(**process.Process)
	if *p == nil {
		return -1, nil
	}
	return int((*p).Pid), psHandle{*p}
}

func isGopsutilGone(target error) bool { return target == process.ErrorProcessNotRunning }

// psHandle knows its process by the time it was created, in milliseconds since 1970.
type psHandle struct{ *process.Process }

// slack is by how much two creation times of one process can differ: on Linux gopsutil cuts two figures to whole seconds.
const slack = 2000

func (h psHandle) gone() bool {
	then := h.created()
	if then == 0 {
		return false
	}
	now, err := (&process.Process{Pid: h.Pid}).CreateTime()
	return err == nil && (now-then > slack || then-now > slack)
}

// created returns the time that was noted when the handle was made, 0 if none was. CreateTime would fill the gap with that
// of the present process, racing with others that do so.
func (h psHandle) created() int64 {
	field := reflect.ValueOf(h.Process).Elem().FieldByName("createTime")
	if !field.CanInt() {
		return 0
	}
	return field.Int()
}
