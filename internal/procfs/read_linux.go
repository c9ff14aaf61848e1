// SPDX-License-Identifier: MIT

package procfs

import (
	"encoding/binary"
	"errors"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxFile bounds what is read of one file. The longest known is a status with 65,536 groups of eleven characters each.
const maxFile = 1 << 20

// maxRetries bounds how often an interrupted call is repeated.
const maxRetries = 1000

// AppendPath appends root/pid/file to b, in the form that Open and ReadFile take: with a NUL at its end. With an empty root
// it is relative to one.
func AppendPath(b []byte, root string, pid int, file string) []byte {
	if root != "" {
		b = append(b, root...)
		b = append(b, '/')
	}
	b = strconv.AppendInt(b, int64(pid), 10)
	b = append(b, '/')
	b = append(b, file...)
	return append(b, 0)
}

// Open opens the path, from dir if it is relative. It neither waits for the other end of a FIFO nor takes a terminal.
func Open(dir int, path []byte, flags int) (int, error) {
	flags |= unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_LARGEFILE
	for try := 0; ; try++ {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])), uintptr(flags), 0, 0, 0)
		if errno == 0 {
			return int(fd), nil
		}
		if errno != unix.EINTR || try == maxRetries {
			return -1, errno
		}
	}
}

// ReadFile reads the whole of a file into *buf, which it replaces by a larger one if needed, and returns what was read.
//
// The kernel makes such a file when it is first read, and hands out as much as fits. So a read that leaves room and ends a
// line is the last one; anything else is followed by another until there is no more.
//
// If meanwhile is not nil it is called between open and read. An open file of /proc/PID stays with the process that had the
// PID then, and cannot be read once that is gone: if there is no error, that process had its PID all the time.
func ReadFile(dir int, path []byte, buf *[]byte, meanwhile func()) ([]byte, error) {
	fd, err := Open(dir, path, 0)
	if err != nil {
		return nil, err
	}
	if meanwhile != nil {
		meanwhile()
	}
	n, err := readAll(fd, buf)
	unix.Syscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	if err != nil {
		return nil, err
	}
	return (*buf)[:n], nil
}

func readAll(fd int, buf *[]byte) (int, error) {
	b := *buf
	n, interrupted := 0, 0
	for {
		if n == len(b) {
			if n >= maxFile {
				return 0, errors.New("file is longer than " + strconv.Itoa(maxFile) + " bytes")
			}
			b = append(b, make([]byte, max(4096, 3*n))...)
			b = b[:min(cap(b), maxFile)]
			*buf = b
		}
		m, _, errno := unix.Syscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[n])), uintptr(len(b)-n))
		switch {
		case errno == unix.EINTR && interrupted < maxRetries:
			interrupted++
			continue
		case errno != 0:
			return 0, errno
		}
		n += int(m)
		if m == 0 || n < len(b) && b[n-1] == '\n' {
			return n, nil
		}
	}
}

// ReadPIDs lists the PIDs that have a directory in an open procfs, in its order.
func ReadPIDs(root int) ([]int, error) {
	var pids []int
	buf := make([]byte, 32<<10)
	for interrupted := 0; ; {
		n, err := unix.Getdents(root, buf)
		switch {
		case err == unix.EINTR && interrupted < maxRetries:
			interrupted++
		case err != nil:
			return nil, err
		case n == 0:
			return pids, nil
		default:
			pids = AppendLinuxPIDs(pids, buf[:n], binary.NativeEndian)
		}
	}
}
