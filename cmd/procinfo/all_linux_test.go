// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

// TestOtherNamespace lists the processes of a procfs that is of another PID namespace than the command, as after nsenter(1),
// while processes come and go. Those that have gone are no failures.
func TestOtherNamespace(t *testing.T) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				if procinfoCommand(t, "-version").Run() != nil {
					return
				}
			}
		}
	}()
	defer func() {
		close(stop)
		<-stopped
	}()
	for range 10 {
		cmd := procinfoCommand(t, "-a")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
		err := cmd.Run()
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) {
			t.Skipf("no PID namespace for us: %v", err)
		}
		if err != nil || bytes.Count(stdout.Bytes(), []byte("\n")) < 2 {
			t.Fatalf("%v, %q\n%s", err, stderr.String(), stdout.String())
		}
	}
}
