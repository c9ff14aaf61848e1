// SPDX-License-Identifier: MIT

package procinfo

import (
	"unsafe"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"golang.org/x/sys/unix"
)

// lowestPID is the kernel's own process.
const lowestPID = 0

// record is what the kernel tells of a process in one piece, struct kinfo_proc. Everybody may read everybody's, zombies
// included, except inside a sandbox (iOS).
type record struct {
	proc memo[kinfo.DarwinProc]
}

func (r *record) release() { *r = record{} }

// begin gets the record, from which all but session and limits are answered: so Get fails if there is no such process.
func (*record) begin(t target, _ bool) error {
	_, err := procRecord(t)
	if err == ErrNoSuchProcess {
		return err
	}
	return nil // the cells say it
}

// procRecord returns the process's record.
func procRecord(t target) (kinfo.DarwinProc, error) {
	return remember(t, func(r *record) *memo[kinfo.DarwinProc] { return &r.proc },
		func() (kinfo.DarwinProc, error) { return askProc(t.pid) })
}

// askProc gets the record from the kernel. For no such process that succeeds with nothing, of which x/sys makes EIO; a
// record that is too long is ENOMEM.
func askProc(pid int) (kinfo.DarwinProc, error) {
	k, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	switch err {
	case nil:
		return kinfo.DecodeDarwin(unsafe.Slice((*byte)(unsafe.Pointer(k)), unsafe.Sizeof(*k)), int32(pid))
	case unix.EIO:
		return kinfo.DarwinProc{}, ErrNoSuchProcess
	}
	return kinfo.DarwinProc{}, errnoKind(err)
}

// askLiving makes a call that only living processes answer.
func askLiving(pid int, call func(int) (int, error)) (int, error) {
	id := -1
	found, dead, err := kinfo.DarwinAsk(
		func() (bool, error) {
			var err error
			if id, err = call(pid); err == unix.ESRCH {
				return false, nil
			}
			return err == nil, errnoKind(err)
		},
		func() (bool, error) {
			p, err := askProc(pid)
			return p.Dead, err
		},
	)
	switch {
	case err != nil:
		return -1, err
	case dead:
		return -1, ErrZombieProcess
	case !found:
		return -1, ErrNoSuchProcess
	}
	return id, nil
}
