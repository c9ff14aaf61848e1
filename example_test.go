// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/gopsutil-extra/procinfo"
)

// Daemons that leave a umask of 0 create files that everybody can write.
func ExampleGetUmask() {
	mask, err := procinfo.GetUmask(1)
	switch {
	case errors.Is(err, procinfo.ErrNoSuchProcess), errors.Is(err, procinfo.ErrZombieProcess):
		// It is gone; nothing to report.
	case err != nil:
		fmt.Println("unknown:", err)
	case mask&0o022 != 0o022:
		fmt.Printf("PID 1 runs with umask %04o\n", mask)
	}
}

// A program that changed its user and kept root's groups still has root's access to files.
func ExampleGetGroups() {
	groups, err := procinfo.GetGroups(os.Getppid())
	if err == nil && slices.Contains(groups, 0) {
		fmt.Println("still in group 0")
	}
}

// How many files may a process open? On Linux no privilege is needed to ask.
func ExampleGetRlimit() {
	limits, err := procinfo.GetRlimit(1, procinfo.RLIMIT_NOFILE)
	if err != nil {
		fmt.Println(err)
		return
	}
	if limits.Soft == procinfo.Infinity {
		fmt.Println("as many as it likes")
	} else {
		fmt.Println("at most", limits.Soft)
	}
}

// A supervisor lowers a limit of what it started. The handle makes sure that it is that process.
func ExampleRlimit() {
	cmd := exec.Command("sleep", "1")
	if err := cmd.Start(); err != nil {
		return
	}
	defer cmd.Wait()
	old, err := procinfo.Rlimit(cmd.Process, procinfo.RLIMIT_NOFILE, &procinfo.Limits{Soft: 64, Hard: 128})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("was", old)
}

// A daemon that does not catch SIGHUP would die of it.
func ExampleGetSigmasks() {
	const hangup = 1 // syscall.SIGHUP
	masks, err := procinfo.GetSigmasks(1)
	if err == nil && masks.Caught.Known() && !masks.Caught.Has(hangup) {
		fmt.Println("do not send SIGHUP to PID 1")
	}
}

func ExampleGetpgid() {
	pgid, err := procinfo.Getpgid(os.Getppid())
	if err == nil {
		fmt.Println("to signal the whole job, kill", -pgid)
	}
}

func ExampleGetsid() {
	own, err := procinfo.Getsid(os.Getpid())
	parents, err2 := procinfo.Getsid(os.Getppid())
	if err == nil && err2 == nil && own != parents {
		fmt.Println("we are a daemon")
	}
}

// Three answers from one moment of the process, and on Linux from one reading of its status.
func ExampleOneshot() {
	pid := os.Getppid()
	err := procinfo.Oneshot(pid, func() error {
		mask, err := procinfo.GetUmask(pid)
		if err != nil {
			return err
		}
		groups, err := procinfo.GetGroups(pid)
		if err != nil {
			return err
		}
		masks, err := procinfo.GetSigmasks(pid)
		if err != nil {
			return err
		}
		fmt.Printf("%04o %v %v\n", mask, groups, masks.Blocked)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
}

func ExampleGet() {
	info, err := procinfo.Get(os.Getpid())
	if err != nil {
		fmt.Println(err)
		return
	}
	if info.Err(procinfo.FieldUmask) == nil {
		fmt.Printf("umask %04o\n", info.Umask)
	}
	text, _ := json.Marshal(info)
	fmt.Println(string(text))
}

// Every process of a session, by a reading of no more than is needed.
func ExampleAll() {
	for info, err := range procinfo.All(procinfo.FieldSid) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		if info.Sid == os.Getpid() {
			fmt.Println(info.PID)
		}
	}
}

func ExampleNewSignalSet() {
	masks := procinfo.Sigmasks{Blocked: procinfo.NewSignalSet(), Caught: procinfo.NewSignalSet(1, 15)}
	fmt.Println(masks.Blocked.Empty(), masks.Caught.Has(15), masks.Pending.Known())
	for sig := range masks.Caught.All() {
		fmt.Println(int(sig))
	}
	// Output:
	// true true false
	// 1
	// 15
}

func ExampleParseResource() {
	for _, name := range []string{"nofile", "RLIMIT_NOFILE", "doors"} {
		r, err := procinfo.ParseResource(name)
		fmt.Println(r == procinfo.RLIMIT_NOFILE, err)
	}
	// Output:
	// true <nil>
	// true <nil>
	// false procinfo: "doors": invalid resource
}

func ExampleLimits() {
	l := procinfo.Limits{Soft: 1024, Hard: procinfo.Infinity}
	text, _ := json.Marshal(l)
	fmt.Println(l, string(text))
	// Output: 1024:unlimited {"soft":1024,"hard":"unlimited"}
}
