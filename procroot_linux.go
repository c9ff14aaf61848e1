// SPDX-License-Identifier: MIT

package procinfo

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"

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

// procOf returns where the files of a process are: under /proc, or what HOST_PROC names.
func procOf(t target) (*procRoot, error) {
	root := os.Getenv("HOST_PROC")
	if root == "" {
		root = "/proc"
	}
	p := knownRoot.Load()
	if p == nil || p.root != root {
		var sure bool
		if p, sure = examine(root); sure {
			knownRoot.Store(p)
		}
	}
	if p.foreign {
		if _, ours := t.handle.(osHandle); ours {
			return nil, fmt.Errorf("%w: %s is of another PID namespace than the *os.Process", errors.ErrUnsupported, root)
		}
	}
	return p, nil
}

// examine compares the PID that a procfs has for us with the one that system calls have. Two namespaces can agree in it by
// chance, but then our status lists both.
func examine(root string) (p *procRoot, sure bool) {
	self, err := os.Readlink(root + "/self")
	if err != nil {
		// Without any /proc there is nothing to disagree with system calls.
		return &procRoot{root: root, foreign: root != "/proc"}, false
	}
	if self != strconv.Itoa(os.Getpid()) {
		return &procRoot{root: root, foreign: true}, true
	}
	var buf []byte
	status, err := readSelf(root, &buf)
	if err != nil {
		return &procRoot{root: root, foreign: true}, false
	}
	depth, err := procfs.LinuxDepth(status)
	return &procRoot{root: root, foreign: err == nil && depth > 1}, true
}

func readSelf(root string, buf *[]byte) ([]byte, error) {
	return procfs.ReadFile(unix.AT_FDCWD, procfs.AppendPath(nil, root, os.Getpid(), "status"), buf)
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

// hides reports whether a process that has no directory here exists all the same: the mount option hidepid does that.
func (p *procRoot) hides(pid int) bool {
	return !p.foreign && unix.Kill(pid, 0) != unix.ESRCH && p.exists()
}
