// SPDX-License-Identifier: MIT

package main

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The bare calls are the least that a program can do to have the kernel's answer: RawSyscall, which does not even tell Go's
// scheduler, with a path that is ready and ends in NUL, into a buffer that is there. Nothing is decoded.

type cpath []byte

func newPath(format string, args ...any) cpath { return append(fmt.Appendf(nil, format, args...), 0) }

const readOnly = unix.O_RDONLY | unix.O_CLOEXEC

// readBare opens, reads and closes. One read gets the whole of a file in procfs if the buffer has room.
func readBare(dir int, path cpath, buf []byte) error {
	fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])), readOnly, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	n, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	if errno == 0 && int(n) == len(buf) {
		return unix.E2BIG
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// readAnnounced is readBare by Syscall, which tells the scheduler that the thread may block.
func readAnnounced(dir int, path cpath, buf []byte) error {
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])), readOnly, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	_, _, errno = unix.Syscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	unix.Syscall(unix.SYS_CLOSE, fd, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// idBare calls getpgid or getsid.
func idBare(trap uintptr, pid int) error {
	if _, _, errno := unix.RawSyscall(trap, uintptr(pid), 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func prlimitBare(pid, resource int, limits *unix.Rlimit) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PRLIMIT64, uintptr(pid), uintptr(resource), 0, uintptr(unsafe.Pointer(limits)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// readAllBare passes through /proc once and reads each process's status. It returns how many there are.
func readAllBare(names, buf []byte) (int, error) {
	root := newPath("/proc")
	fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, atCWD, uintptr(unsafe.Pointer(&root[0])), readOnly|unix.O_DIRECTORY, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	defer unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	var short [32]byte
	found := 0
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_GETDENTS64, fd, uintptr(unsafe.Pointer(&names[0])), uintptr(len(names)))
		if errno != 0 {
			return found, errno
		}
		if n == 0 {
			return found, nil
		}
		for entries := names[:n]; len(entries) > 0; {
			const length, name = 16, 19 // in a struct linux_dirent64
			size := binary.NativeEndian.Uint16(entries[length:])
			path := short[:0]
			for _, c := range entries[name:size] {
				if c == 0 {
					break
				}
				path = append(path, c)
			}
			entries = entries[size:]
			if path[0] < '0' || path[0] > '9' {
				continue
			}
			path = append(path, "/status\x00"...)
			switch err := readBare(int(fd), path, buf); err {
			case nil:
				found++
			case unix.ENOENT, unix.ESRCH: // gone meanwhile
			default:
				return found, err
			}
		}
	}
}
