// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"unsafe"

	"github.com/gopsutil-extra/procinfo/internal/kinfo"
	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"github.com/gopsutil-extra/procinfo/internal/sysctl"
	"golang.org/x/sys/unix"
)

// lowestPID: 0 is the swapper. To getpgid(2), getsid(2) and kill(2) it would be the caller.
const lowestPID = 0

// record is what DragonFly BSD tells of a process in one piece: its struct kinfo_proc, and the file of its limits.
type record struct {
	proc   memo[kinfo.DragonFlyProc]
	limits memo[procfs.DragonFlyLimits]
}

func (r *record) release() { *r = record{} }

// begin reads the record, unless the listing has given it. Without one, ids and limits can still be had.
func (r *record) begin(t target, limits bool) error {
	if _, err := procOf(t); err == ErrNoSuchProcess {
		return err
	}
	return nil
}

// procOf returns the record of a process, alive or dead.
func procOf(t target) (kinfo.DragonFlyProc, error) {
	return remember(t, func(r *record) *memo[kinfo.DragonFlyProc] { return &r.proc },
		func() (kinfo.DragonFlyProc, error) { return findProc(t.pid) })
}

func findProc(pid int) (kinfo.DragonFlyProc, error) {
	p, err := kinfo.FindDragonFly(dragonFly{}, pid)
	switch err {
	case kinfo.ErrDragonFlyGone:
		err = ErrNoSuchProcess
	case kinfo.ErrDragonFlyHidden:
		err = caused(ErrAccessDenied, err)
	}
	return p, err
}

// idOf returns process group or session. In a scope the record tells it; else a system call, which is cheaper, and is
// allowed to everybody. To the calls process 0 is the caller, and zombies do not exist.
func idOf(t target, call func(pid int) (int, error), field func(kinfo.DragonFlyProc) int) (int, error) {
	if t.scope == nil && t.pid != 0 {
		id, err := call(t.pid)
		if err != unix.ESRCH {
			return id, errnoKind(err)
		}
	}
	p, err := procOf(t)
	if err == nil {
		return field(p), nil
	}
	if t.scope != nil && t.pid != 0 && err != ErrNoSuchProcess { // no record that we can read
		if id, err := call(t.pid); err == nil {
			return id, nil
		}
	}
	return -1, err
}

// dragonFly is the running kernel, for what is decided in internal/kinfo and internal/procfs.
type dragonFly struct{}

// lwpRecords has room for the records of two LWPs. The process and its first LWP are in the first record; the second one,
// if there is one, shows where it ends.
type lwpRecords [2 * kinfo.DragonFlySize]byte

// read is KERN_PROC_PID, with as many LWPs as there is room for. The kernel writes record by record (sysctl_out_proc), so
// those before the one that does not fit, which is ENOMEM, are whole.
func (b *lwpRecords) read(pid int) (n int, err error) {
	mib := [...]int32{kinfo.DragonFlyKern, kinfo.DragonFlyProcs, kinfo.DragonFlyPID | kinfo.DragonFlyFlagLWP, int32(pid)}
	n, err = sysctl.Read(mib[:], b[:])
	if err == unix.ENOMEM {
		return len(b), nil
	}
	return n, err
}

// Live is KERN_PROC_PID, which succeeds with nothing for zombies and what does not exist, or is outside our jail.
func (dragonFly) Live(pid int) (kinfo.DragonFlyProc, error) {
	var records lwpRecords
	n, err := records.read(pid)
	if err != nil {
		return kinfo.DragonFlyProc{}, sysctlFailed(err)
	}
	if n == 0 {
		return kinfo.DragonFlyProc{}, kinfo.ErrDragonFlyGone
	}
	return kinfo.DecodeDragonFly(records[:n], pid)
}

func (dragonFly) Exists(pid int) bool { return unix.Kill(pid, 0) != unix.ESRCH }

// Listed is KERN_PROC_ALL.
func (dragonFly) Listed(pid int) (kinfo.DragonFlyProc, error) {
	buf := listings.Get().(*[]byte)
	defer listings.Put(buf)
	records, err := readListing(buf)
	if err != nil {
		return kinfo.DragonFlyProc{}, err
	}
	for p, err := range kinfo.DragonFlyListing(records) {
		if p.PID == pid || p.PID < 0 {
			return p, err
		}
	}
	return kinfo.DragonFlyProc{}, kinfo.ErrDragonFlyGone
}

// maxListing bounds KERN_PROC_ALL: that many bytes are 67,000 LWPs.
const maxListing = 64 << 20

// listings have room for the LWPs of a small system, and grow.
var listings = sync.Pool{New: func() any { b := make([]byte, 256*kinfo.DragonFlySize); return &b }}

func readListing(buf *[]byte) ([]byte, error) {
	mib := [...]int32{kinfo.DragonFlyKern, kinfo.DragonFlyProcs, kinfo.DragonFlyAll | kinfo.DragonFlyFlagLWP}
	records, err := sysctl.ReadAll(mib[:], buf, maxListing)
	if err != nil {
		return nil, sysctlFailed(err)
	}
	return records, nil
}

func sysctlFailed(err error) error {
	if err == unix.EPERM || err == unix.EACCES {
		return caused(ErrAccessDenied, err)
	}
	return fmt.Errorf("sysctl kern.proc: %w", err)
}

// checkTries bounds how often a process is looked for that can be sent signals to, or not, but is not among ours: another
// one may have come by its number in between.
const checkTries = 3

// Check: a process hidden by security.ps_showallprocs is not looked for, as the kernel would remember the refusal and go
// on to deny that name to everybody, root too; nor is one outside our jail, which is not among the live ones either.
func (k dragonFly) Check(pid int) error {
	for range checkTries {
		p, err := k.Live(pid)
		switch {
		case err == kinfo.ErrDragonFlyGone:
		case err != nil:
			return err
		case p.Exiting:
			return procfs.ErrDead
		case hidesFromUs(p):
			return caused(ErrAccessDenied, kinfo.ErrDragonFlyHidden)
		default:
			return nil
		}
		if pid == 0 { // to kill(2) our process group
			return procfs.ErrGone
		}
		switch unix.Kill(pid, 0) {
		case unix.ESRCH:
			return procfs.ErrGone
		case nil: // zombies can be sent signals by everybody
			return procfs.ErrDead
		}
	}
	return caused(ErrAccessDenied, kinfo.ErrDragonFlyHidden)
}

// hidesFromUs reports whether procfs does not show us a live process.
func hidesFromUs(p kinfo.DragonFlyProc) bool {
	euid := unix.Geteuid()
	return euid != 0 && uint32(euid) != p.UID && !showsAllProcs()
}

func showsAllProcs() bool {
	all, err := unix.SysctlUint32("security.ps_showallprocs")
	return err != nil || all != 0
}

// maxRlimitFile is more than twelve lines can have.
const maxRlimitFile = 1024

func (dragonFly) Limits(pid, zeros int) (procfs.DragonFlyLimits, error) {
	var short [288]byte
	path := append(short[:0], "/proc/"...)
	for range zeros {
		path = append(path, '0')
	}
	path = strconv.AppendInt(path, int64(pid), 10)
	path = append(path, "/rlimit\x00"...)
	fd, err := openFile(path)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR:
		return procfs.DragonFlyLimits{}, procfs.ErrAbsent
	case unix.ESRCH:
		return procfs.DragonFlyLimits{}, procfs.ErrGone
	default:
		return procfs.DragonFlyLimits{}, fileFailed(pid, err)
	}
	var buf [maxRlimitFile]byte
	n, err := readFile(fd, buf[:])
	unix.Close(fd)
	switch {
	case err == unix.EINVAL, err == unix.ESRCH, err == unix.ENOENT: // procfs_rw finds no process, or no LWP of it
		return procfs.DragonFlyLimits{}, procfs.ErrGone
	case err != nil:
		return procfs.DragonFlyLimits{}, fileFailed(pid, err)
	}
	return procfs.DecodeDragonFlyLimits(buf[:n])
}

// maxInterrupts bounds how often an interrupted call is repeated.
const maxInterrupts = 1000

// openFile is open(2) without the allocations of the one in x/sys; path ends with a NUL.
func openFile(path []byte) (int, error) {
	for try := 0; ; try++ {
		fd, _, errno := unix.Syscall(unix.SYS_OPEN, uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if errno == 0 {
			return int(fd), nil
		}
		if errno != unix.EINTR || try == maxInterrupts {
			return -1, errno
		}
	}
}

// readFile is read(2), likewise. It reads once: the kernel makes the whole file for each read.
func readFile(fd int, buf []byte) (int, error) {
	for try := 0; ; try++ {
		n, _, errno := unix.Syscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
		if errno == 0 {
			return int(n), nil
		}
		if errno != unix.EINTR || try == maxInterrupts {
			return 0, errno
		}
	}
}

func (dragonFly) Mounted() bool {
	var fs unix.Statfs_t
	return unix.Statfs("/proc", &fs) == nil && unix.ByteSliceToString(fs.Fstypename[:]) == "procfs"
}

func fileFailed(pid int, err error) error {
	if err == unix.EPERM || err == unix.EACCES {
		return caused(ErrAccessDenied, err)
	}
	return fmt.Errorf("/proc/%d/rlimit: %w", pid, err)
}

// limitsOf returns all limits of another process.
func limitsOf(t target) (procfs.DragonFlyLimits, error) {
	return remember(t, func(r *record) *memo[procfs.DragonFlyLimits] { return &r.limits },
		func() (procfs.DragonFlyLimits, error) { return findLimits(t.pid) })
}

func findLimits(pid int) (procfs.DragonFlyLimits, error) {
	limits, err := procfs.FindDragonFlyLimits(dragonFly{}, pid)
	switch err {
	case procfs.ErrGone:
		err = ErrNoSuchProcess
	case procfs.ErrDead:
		err = ErrZombieProcess
	case procfs.ErrDragonFlyNoProcfs:
		err = errors.ErrUnsupported
	case procfs.ErrDragonFlyHidden:
		err = caused(ErrAccessDenied, err)
	}
	return limits, err
}
