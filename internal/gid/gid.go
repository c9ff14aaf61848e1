// SPDX-License-Identifier: MIT

// Package gid tells the id of the calling goroutine.
package gid

import (
	"bytes"
	"runtime"
	"strconv"
	"sync"

	"github.com/petermattis/goid"
)

// Get returns the calling goroutine's id. Ids are never used again.
//
// The fast way finds it at a place in the runtime that each Go release may move, and nothing would tell. So the first call
// compares it with the stack trace's word, on several goroutines, and one difference is enough never to use it.
func Get() int64 {
	if trusted() {
		return goid.Get()
	}
	return fromStack()
}

var trusted = sync.OnceValue(func() bool { return agree(goid.Get) })

// agree reports whether get tells what the stack trace does, on this goroutine and some others.
func agree(get func() int64) bool {
	var others [8]bool
	var wg sync.WaitGroup
	for i := range others {
		wg.Add(1)
		go func() {
			defer wg.Done()
			others[i] = get() == fromStack()
		}()
	}
	wg.Wait()
	for _, ok := range others {
		if !ok {
			return false
		}
	}
	return get() == fromStack()
}

// fromStack reads the id off the first line of a stack trace, "goroutine 18 [running]:".
func fromStack() int64 {
	var buf [64]byte
	line := buf[:runtime.Stack(buf[:], false)]
	line = bytes.TrimPrefix(line, []byte("goroutine "))
	if i := bytes.IndexByte(line, ' '); i >= 0 {
		line = line[:i]
	}
	id, err := strconv.ParseInt(string(line), 10, 64)
	if err != nil {
		panic("procinfo: no goroutine id in a stack trace") // the format is as old as Go
	}
	return id
}
