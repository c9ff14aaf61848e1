// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"golang.org/x/sys/unix"
)

// procRoot is a mount of procfs.
type procRoot struct {
	root string

	// foreign means that its PIDs are not those of our system calls: it is of another PID namespace, or no procfs at all but
	// files that look like one.
	foreign bool
}

// knownRoot is the last one that was examined. Our own PID namespace never changes, and a mount hardly does.
var knownRoot atomic.Pointer[procRoot]

// procOf returns where the files of a process are. For all of a snapshot that is the same.
func procOf(t target) (*procRoot, error) {
	if t.scope != nil && t.scope.record.root != nil {
		return t.scope.record.root, nil
	}
	p, err := presentRoot()
	if err != nil {
		return nil, err
	}
	if p.foreign {
		if _, ours := t.handle.(osHandle); ours {
			return nil, p.refuse("an *os.Process")
		}
	}
	return p, nil
}

// presentRoot is /proc, or what HOST_PROC names now.
func presentRoot() (*procRoot, error) {
	root, _ := syscall.Getenv("HOST_PROC") // that of package os takes half as long again
	if root == "" {
		root = "/proc"
	}
	if p := knownRoot.Load(); p != nil && p.root == root {
		return p, nil
	}
	return examine(root)
}

// examine compares the PID that a procfs has for us with the one that system calls have. Two namespaces can agree in it by
// chance, but then our status lists both. What is found is kept, if it is sure.
func examine(root string) (*procRoot, error) {
	p := &procRoot{root: root}
	self, err := os.Readlink(root + "/self")
	switch {
	case errors.Is(err, unix.ENOENT):
		if _, err := os.Lstat(root + "/self"); err != nil {
			// Without any /proc there is nothing to disagree with system calls.
			p.foreign = root != "/proc"
			return p, nil
		}
		p.foreign = true // a namespace in which we have no PID
	case err != nil:
		if lacking(err) {
			return nil, err
		}
		p.foreign = root != "/proc"
		return p, nil
	case self != strconv.Itoa(os.Getpid()):
		p.foreign = true
	default:
		var buf []byte
		status, err := readSelf(root, &buf)
		if lacking(err) {
			return nil, err
		}
		if err != nil {
			p.foreign = true
			return p, nil
		}
		depth, err := procfs.LinuxDepth(status)
		p.foreign = err == nil && depth > 1
	}
	knownRoot.Store(p)
	return p, nil
}

// lacking reports whether an error is about us and not about the file.
func lacking(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) || errors.Is(err, unix.ENOMEM)
}

// refuse says why something cannot be done by way of files.
func (p *procRoot) refuse(what string) error {
	if !p.exists() {
		return p.missing(unix.ENOENT)
	}
	return caused(errors.ErrUnsupported, errors.New(p.root+" is of another PID namespace than "+what))
}

func (p *procRoot) missing(err error) error { return about("no procfs at "+p.root, err) }

func readSelf(root string, buf *[]byte) ([]byte, error) {
	return procfs.ReadFile(unix.AT_FDCWD, procfs.AppendPath(nil, root, os.Getpid(), "status"), buf, nil)
}

// exists reports whether there is a procfs, or for files that look like one, a directory.
func (p *procRoot) exists() bool {
	name := p.root
	if !p.foreign {
		name += "/self"
	}
	_, err := os.Lstat(name)
	return err == nil
}
