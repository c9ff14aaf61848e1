// SPDX-License-Identifier: MIT

//go:build freebsd || dragonfly

package procinfo_test

import (
	"os"
	"testing"
)

// systemEnv allows tests that change the whole system for a moment, or leave traces in it.
const systemEnv = "PROCINFO_TEST_SYSTEM"

func needSystem(t testing.TB) {
	t.Helper()
	needRoot(t)
	if os.Getenv(systemEnv) == "" {
		t.Skip(systemEnv + " is not set")
	}
}
