// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const linuxDir = "../../testdata/linux"

// linuxTruth is a truth.json; testdata/README.md. Nil is not reported.
type linuxTruth struct {
	Arch           string
	Zombie         bool
	Umask          *int
	Groups         []uint32
	GroupsCount    int    `json:"groups_count"`
	GroupsFirst    uint32 `json:"groups_first"`
	GroupsStep     uint32 `json:"groups_step"`
	Pending        []int
	PendingProcess []int `json:"pending_process"`
	PendingThread  []int `json:"pending_thread"`
	Blocked        []int
	Ignored        []int
	Caught         []int
	Pgid           *int
	Sid            *int
	NStgid         []int
	Rlimits        map[int][2]uint64
	ExpectError    string `json:"expect_error"`
}

// linuxCase is a directory of testdata/linux. A file that it does not have is nil.
type linuxCase struct {
	name                 string
	status, stat, limits []byte
	truth                linuxTruth
}

var loadLinux = sync.OnceValues(func() ([]linuxCase, error) {
	dirs, err := os.ReadDir(linuxDir)
	if err != nil {
		return nil, err
	}
	var cases []linuxCase
	for _, dir := range dirs {
		c := linuxCase{name: dir.Name()}
		files, err := os.ReadDir(filepath.Join(linuxDir, c.name))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := os.ReadFile(filepath.Join(linuxDir, c.name, file.Name()))
			if err != nil {
				return nil, err
			}
			switch file.Name() {
			case "status":
				c.status = data
			case "status.gz":
				c.status, err = gunzip(data)
			case "stat":
				c.stat = data
			case "limits":
				c.limits = data
			case "truth.json":
				err = json.Unmarshal(data, &c.truth)
			}
			if err != nil {
				return nil, err
			}
		}
		for i := range c.truth.GroupsCount {
			c.truth.Groups = append(c.truth.Groups, c.truth.GroupsFirst+c.truth.GroupsStep*uint32(i))
		}
		cases = append(cases, c)
	}
	return cases, nil
})

func gunzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// linuxCases returns all cases.
func linuxCases(tb testing.TB) []linuxCase {
	tb.Helper()
	cases, err := loadLinux()
	if err != nil {
		tb.Fatal(err)
	}
	if len(cases) == 0 {
		tb.Fatal("no cases in " + linuxDir)
	}
	return cases
}

// linuxNamed returns the case with this name.
func linuxNamed(tb testing.TB, name string) linuxCase {
	tb.Helper()
	for _, c := range linuxCases(tb) {
		if c.name == name {
			return c
		}
	}
	tb.Fatalf("no case %s in %s", name, linuxDir)
	panic("unreachable")
}

// linuxFiles returns the files of one kind that differ, by case. short leaves out the longest.
func linuxFiles(tb testing.TB, kind string, short bool) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	seen := map[string]bool{}
	for _, c := range linuxCases(tb) {
		var file []byte
		switch kind {
		case "status":
			file = c.status
		case "stat":
			file = c.stat
		case "limits":
			file = c.limits
		}
		if file == nil || seen[string(file)] || short && len(file) > 4096 {
			continue
		}
		seen[string(file)] = true
		files[c.name] = file
	}
	if len(files) == 0 {
		tb.Fatalf("no %s in %s", kind, linuxDir)
	}
	return files
}

// damaged reports which file of a case must be refused; "" if none.
func (c *linuxCase) damaged() string {
	file, _, _ := strings.Cut(c.truth.ExpectError, ":")
	return file
}
