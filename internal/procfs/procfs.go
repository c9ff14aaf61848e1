// SPDX-License-Identifier: MIT

// Package procfs decodes what the systems' process file systems hold, and reads it.
//
// The decoders are pure functions of bytes and are compiled everywhere. Each judges only what it was asked for, never
// panics, and never guesses: text that is cut, out of range or of an unknown form is an error.
package procfs

import (
	"errors"
	"strconv"
)

var (
	// ErrAbsent says that the file is sound and lacks the line: this kernel does not tell.
	ErrAbsent = errors.New("not reported")
	// ErrDead says that the line is missing because the process has exited.
	ErrDead = errors.New("process is dead")
	// ErrExiting says that the line is missing, and the process has no memory left as if it were exiting, but kernel
	// threads look the same.
	ErrExiting = errors.New("process is exiting or a kernel thread")
	// ErrGone says that the process was being removed while the file was written.
	ErrGone = errors.New("process is gone")
)

// malformed describes text that no kernel writes. What is quoted is kept short, as it can be anything.
func malformed(what string, text []byte) error {
	if len(text) > 40 {
		text = text[:40]
	}
	return errors.New("malformed " + what + ": " + strconv.Quote(string(text)))
}

// decimal parses an unsigned number that has nothing but digits and is at most max.
func decimal(text []byte, max uint64) (uint64, bool) {
	if len(text) == 0 || len(text) > 20 {
		return 0, false
	}
	var n uint64
	for _, c := range text {
		d := uint64(c - '0')
		if d > 9 || n > (max-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}
