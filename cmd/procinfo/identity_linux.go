// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"github.com/gopsutil-extra/procinfo"
)

// identify reads both from procfs, as they may not be of our own PID namespace.
func identify(pid int) identity {
	root := os.Getenv("HOST_PROC")
	if root == "" {
		root = "/proc"
	}
	var id identity
	var buf [1024]byte // status has the ids near its beginning; a name has 15 bytes, of kernel threads up to 63
	dir := root + "/" + strconv.Itoa(pid)
	status, err := readSome(dir+"/status", buf[:])
	if id.uidErr = err; err == nil {
		id.uid, id.uidErr = effectiveUID(status)
	}
	comm, err := readSome(dir+"/comm", buf[:128])
	id.name, id.nameErr = string(bytes.TrimSuffix(comm, []byte("\n"))), err
	if err == nil && id.name == "" {
		id.nameErr = errors.ErrUnsupported // a name that would leave no mark
	}
	return id
}

func readSome(file string, buf []byte) ([]byte, error) {
	f, err := os.Open(file)
	if err == nil {
		defer f.Close()
		var n int
		if n, err = f.Read(buf); err == nil || err == io.EOF {
			return buf[:n], nil
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
		err = procinfo.ErrNoSuchProcess
	case errors.Is(err, fs.ErrPermission):
		err = procinfo.ErrAccessDenied
	}
	return nil, err
}

// effectiveUID takes the second of four numbers. A process cannot have its name make another line.
func effectiveUID(status []byte) (uint32, error) {
	_, rest, found := bytes.Cut(status, []byte("\nUid:\t"))
	ids, _, complete := bytes.Cut(rest, []byte("\n"))
	if f := bytes.Fields(ids); found && complete && len(f) == 4 {
		if n, err := strconv.ParseUint(string(f[1]), 10, 32); err == nil {
			return uint32(n), nil
		}
	}
	return 0, errors.ErrUnsupported
}
