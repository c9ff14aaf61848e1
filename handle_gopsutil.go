// SPDX-License-Identifier: MIT

// gopsutil v3 does not compile on the ports named here.
//go:build !nogopsutil && !(freebsd && riscv64) && !(netbsd && (386 || arm)) && !(openbsd && ppc64) && (!ios || cgo)

package procinfo

import (
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

// Proc names a process: by its PID, or by a handle of os or gopsutil v3.
//
// A handle names one process, not whichever has its number: if that process is known to be gone, the answer is
// ErrNoSuchProcess. An *os.Process knows by itself. A *process.Process knows only the second in which its process
// started, so a successor that started within two seconds of that is taken for it; and if the clock was set before
// the first call with such a handle, that one's process can be taken for gone.
//
// On freebsd/riscv64, netbsd/386, netbsd/arm, openbsd/ppc64 and ios, where gopsutil v3 does not compile, and with the build
// tag nogopsutil, there is no *process.Process here.
type Proc interface {
	int | int32 | *process.Process | *os.Process
}

func gopsutilHandle(addr any) (pid int, h handle) {
	firstHandle()
	p := addr.(**process.Process)
	if *p == nil {
		return -1, nil
	}
	return int((*p).Pid), psHandle{*p}
}

func isGopsutilGone(target error) bool { return target == process.ErrorProcessNotRunning }

// psHandle knows its process by the time it was created, in milliseconds since 1970.
type psHandle struct{ *process.Process }

func (h psHandle) gone() bool {
	then := h.created()
	if then == 0 {
		return false
	}
	now, err := (&process.Process{Pid: h.Pid}).CreateTime()
	return err == nil && !sameCreation(then, now, clockSet().Milliseconds())
}

// sameCreation compares the creation times that gopsutil told then and now. On Linux they are made of two figures cut to
// whole seconds, and everywhere they move with the clock if that is set.
func sameCreation(then, now, clockSet int64) bool {
	const slack = 2000
	near := func(a, b int64) bool { return a-b <= slack && b-a <= slack }
	return near(then, now) || near(then+clockSet, now)
}

// clockSet returns by how much the clock was set since the first handle was seen.
func clockSet() time.Duration {
	first, now := firstHandle(), time.Now()
	return now.Round(0).Sub(first.Round(0)) - now.Sub(first)
}

var firstHandle = sync.OnceValue(time.Now)

// created returns the time that was noted when the handle was made, 0 if none was. CreateTime would fill the gap with that
// of the present process, racing with others that do so.
func (h psHandle) created() int64 {
	field := reflect.ValueOf(h.Process).Elem().FieldByName("createTime")
	if !field.CanInt() {
		return 0
	}
	return field.Int()
}
