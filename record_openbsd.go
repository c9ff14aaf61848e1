// SPDX-License-Identifier: MIT

package procinfo

import (
	"runtime"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
)

// lowestPID is the kernel's own process.
const lowestPID = 0

// record is what OpenBSD tells of a process in one piece, struct kinfo_proc, of which all cells but the limits are
// answered. Everybody may read everybody's, zombies included. A program under pledge(2) needs the promise "ps".
type record struct {
	proc memo[kinfo.OpenBSDProc]
}

func (r *record) release() { *r = record{} }

// begin has nothing to do: the first cell that asks for the record gets it for all of them.
func (*record) begin(target, bool) error { return nil }

// procRecord returns the process's record.
func procRecord(t target) (kinfo.OpenBSDProc, error) {
	return remember(t, func(r *record) *memo[kinfo.OpenBSDProc] { return &r.proc },
		func() (kinfo.OpenBSDProc, error) { return askProc(t.pid) })
}

var layout = kinfo.OpenBSDLayoutOf(runtime.GOARCH)

// questions are on the heap, as package syscall lets the stack move on the way to libc.
var questions = sync.Pool{New: func() any { return new(question) }}

type question struct {
	mib    [6]int32
	answer [kinfo.OpenBSDSize]byte
}

// askProc gets the record of the process itself, not of one of its threads: that has the main thread's sets, even if the
// main thread has exited and others have not. An answer of no length means that there is no such process; a thread id gets
// none either.
func askProc(pid int) (kinfo.OpenBSDProc, error) {
	q := questions.Get().(*question)
	defer questions.Put(q)
	q.mib = kinfo.OpenBSDMIB(kinfo.OpenBSDByPID, int32(pid), 1)
	n, err := sysctl.Read(q.mib[:], q.answer[:])
	switch {
	case err != nil:
		return kinfo.OpenBSDProc{}, errnoKind(err)
	case n == 0:
		return kinfo.OpenBSDProc{}, ErrNoSuchProcess
	}
	return kinfo.DecodeOpenBSD(q.answer[:n], layout, int32(pid))
}
