// SPDX-License-Identifier: MIT

// Package gid tells the id of the calling goroutine.
package gid

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/petermattis/goid"
)

// Get returns the calling goroutine's id. Ids are never used again.
//
// The fast way finds it at a place in the runtime that each Go release may move, and nothing would tell. So the first call
// compares it with the stack trace's word, on several goroutines, and one difference is enough never to use it.
func Get() int64 {
	if hasFast && (verdict.Load() == right || compared() == right) {
		return goid.Get()
	}
	return fromStack()
}

// hasFast is false on the architectures where package goid reads the stack trace as well, and allocates for it.
const hasFast = runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" || runtime.GOARCH == "386" ||
	runtime.GOARCH == "arm" || runtime.GOARCH == "s390x"

// verdict is what came of the comparison. Goroutines that are the first at the same time may each make it.
var verdict atomic.Int32

const (
	right = 1
	wrong = 2
)

func compared() int32 {
	v := verdict.Load()
	if v == 0 {
		v = wrong
		if agree(goid.Get) {
			v = right
		}
		verdict.Store(v)
	}
	return v
}

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
	buf := buffers.Get().(*[64]byte)
	defer buffers.Put(buf)
	line := buf[:runtime.Stack(buf[:], false)]
	id, digits := int64(0), 0
	for _, c := range bytes.TrimPrefix(line, []byte("goroutine ")) {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + int64(c-'0')
		digits++
	}
	if digits == 0 {
		panic("procinfo: no goroutine id in a stack trace") // the format is as old as Go
	}
	return id
}

var buffers = sync.Pool{New: func() any { return new([64]byte) }}
