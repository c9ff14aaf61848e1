// SPDX-License-Identifier: MIT

//go:build unix

// Asuser runs a command as an ordinary user without groups: asuser ID COMMAND [ARGUMENT...]. The systems' own commands for
// that differ, and so do the users that they have.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

func main() {
	if len(os.Args) < 3 {
		fail(errors.New("usage: asuser ID COMMAND [ARGUMENT...]"))
	}
	id, err := strconv.ParseUint(os.Args[1], 10, 31)
	if err != nil {
		fail(err)
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(id), Gid: uint32(id)}}
	err = cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "asuser:", err)
	os.Exit(125)
}
