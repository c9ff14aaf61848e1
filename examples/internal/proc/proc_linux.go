// SPDX-License-Identifier: MIT

package proc

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// Read returns what is known of a process. It needs no privilege. A process that is gone is fs.ErrNotExist.
func Read(pid int) (Process, error) {
	text, err := os.ReadFile(dir(pid) + "/status")
	if errors.Is(err, syscall.ESRCH) { // it went after the file was opened
		err = fs.ErrNotExist
	}
	if err != nil {
		return unknown(), err
	}
	return parseStatus(text), nil
}

func root() string {
	if root := os.Getenv("HOST_PROC"); root != "" {
		return root
	}
	return "/proc"
}

func dir(pid int) string { return root() + "/" + strconv.Itoa(pid) }

// OpenFiles returns how many descriptors a process has open, or -1 if that is not to be had. Since Linux 6.2 everybody may
// know: it is the size of the directory. Before, it had to be counted, which only its user may do.
func OpenFiles(pid int) int64 {
	name := dir(pid) + "/fd"
	var fs syscall.Statfs_t
	var st syscall.Stat_t
	const procfs = 0x9fa0 // PROC_SUPER_MAGIC
	if syscall.Statfs(name, &fs) == nil && fs.Type == procfs && syscall.Stat(name, &st) == nil && st.Size > 0 {
		return st.Size
	}
	return countFiles(name)
}

func countFiles(name string) int64 {
	f, err := os.Open(name)
	if err != nil {
		return -1
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return -1
	}
	n := int64(len(names))
	if self, err := os.Readlink(root() + "/self"); err == nil && name == root()+"/"+self+"/fd" {
		n-- // the directory itself, which we have opened to look
	}
	return n
}
