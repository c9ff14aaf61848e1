// SPDX-License-Identifier: MIT

package procinfo

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gopsutil-extra/procinfo/internal/gid"
)

// Oneshot calls fn and returns what it returns. Meanwhile, calls that this goroutine makes on the process share what the
// kernel hands out in one piece: the first one reads it, the others find it. So fn sees one moment of the process, and
// several answers for the price of one:
//
//	err := procinfo.Oneshot(pid, func() error {
//		mask, err := procinfo.GetUmask(pid)
//		...
//		groups, err := procinfo.GetGroups(pid) // no second look at the kernel
//
// Remembered are successes only, by PID, whatever form the process is named in. A Oneshot inside another one of the same
// process is part of it; those of several processes can be open at once. Goroutines started by fn do not take part, nor do
// others with a Oneshot of their own on the same process. It ends when fn returns, panics or calls runtime.Goexit. Rlimit
// with new limits asks the kernel, and what was remembered is forgotten.
//
// A handle that comes in after answers were remembered by number has them forgotten, and asks the kernel: they can be those of
// a process from which its own took the PID over.
//
// Oneshot asks for nothing itself: a process that does not exist is an error of the calls inside.
//
// Linux: /proc/PID/status serves GetUmask, GetGroups and GetSigmasks. The other functions cost one cheap system call each
// and always ask.
//
// macOS, BSDs: the process's record serves GetGroups, GetSigmasks, Getpgid and Getsid; but on FreeBSD more than 16 groups, and
// the first thread's pending signals, are asked for separately. On DragonFly BSD a second record has all limits.
// On macOS the session is always asked for.
//
// Solaris, illumos: psinfo serves Getpgid and Getsid, and the files with signals are read once.
func Oneshot[P Proc](proc P, fn func() error) error {
	t, err := targetOf(proc)
	if err != nil {
		return fn()
	}
	s := openScope(t.pid)
	if s == nil {
		return fn()
	}
	defer s.close()
	return fn()
}

// scope is what one goroutine remembers of one process while a Oneshot is open.
type scope struct {
	goroutine int64
	pid       int
	next      atomic.Pointer[scope] // in the goroutine's list; see scopes

	// What follows is the goroutine's own.
	record    record
	found     bool     // the last answer is from the record alone
	confirmed []handle // whose process the record is known to be
	chunk     []uint32
}

// has notes, and returns, whether an answer is known from the record. A nil s has none.
func (s *scope) has(known bool) bool {
	if s != nil {
		s.found = known
	}
	return known
}

// The open scopes, in lists by goroutine. They are searched without a lock: a scope is found and removed only by its own
// goroutine, and one removed still leads to those behind it.
var (
	openScopes atomic.Int64
	scopes     [64]struct {
		sync.Mutex // of those who change the list
		first      atomic.Pointer[scope]
		_          [48]byte // keeps goroutines on different lists off each other's cache line
	}
)

// scopeOf returns this goroutine's open scope for pid, or nil.
func scopeOf(pid int) *scope {
	if openScopes.Load() == 0 {
		return nil
	}
	g := gid.Get()
	s := scopes[uint64(g)%uint64(len(scopes))].first.Load()
	for s != nil && (s.goroutine != g || s.pid != pid) {
		s = s.next.Load()
	}
	return s
}

// openScope opens a scope, or returns nil if this goroutine has one for pid already.
func openScope(pid int) *scope {
	if scopeOf(pid) != nil {
		return nil
	}
	s := &scope{goroutine: gid.Get(), pid: pid}
	list := &scopes[uint64(s.goroutine)%uint64(len(scopes))]
	list.Lock()
	s.next.Store(list.first.Load())
	list.first.Store(s)
	list.Unlock()
	openScopes.Add(1)
	return s
}

func (s *scope) close() {
	openScopes.Add(-1)
	list := &scopes[uint64(s.goroutine)%uint64(len(scopes))]
	list.Lock()
	link := &list.first
	for link.Load() != s {
		link = &link.Load().next
	}
	link.Store(s.next.Load())
	list.Unlock()
	s.record.release()
}

// forget drops what s remembers. A nil s remembers nothing.
func (s *scope) forget() {
	if s != nil {
		s.record.release()
		s.confirmed = nil
	}
}

// meet prepares s, which can be nil, for a question by handle. What is remembered is of a process that had the PID then. Only
// if a handle of that process is alive can another one, which has the same PID, be known to be of it.
func (s *scope) meet(h handle) {
	if s == nil || slices.Contains(s.confirmed, h) {
		return
	}
	for _, known := range s.confirmed {
		if !known.gone() {
			return
		}
	}
	s.forget()
}

// clone copies group ids into the scope's chunk: each caller gets a slice of its own, and few calls allocate.
func (s *scope) clone(ids []uint32) []uint32 {
	if cap(s.chunk)-len(s.chunk) < len(ids) || s.chunk == nil {
		s.chunk = make([]uint32, 0, max(256, len(ids)))
	}
	from := len(s.chunk)
	s.chunk = append(s.chunk, ids...)
	return s.chunk[from:len(s.chunk):len(s.chunk)]
}

// memo is a value that a record remembers.
type memo[T any] struct {
	value T
	known bool
}

// remember returns what the scope's record has at the place that field tells, and asks for it if that is nothing yet.
// Outside a Oneshot it only asks.
func remember[T any](t target, field func(*record) *memo[T], ask func() (T, error)) (T, error) {
	if v := recall(t, field); v != nil {
		return *v, nil
	}
	return learn(t, field, ask)
}

// recall returns what is remembered at that place, or nil. It is compiled into its callers: with it and learn, a remembered
// answer is found before a closure is made to ask for it, and copied once.
func recall[T any](t target, field func(*record) *memo[T]) *T {
	if t.scope != nil {
		if m := field(&t.scope.record); t.scope.has(m.known) {
			return &m.value
		}
	}
	return nil
}

// learn asks, and remembers the answer.
func learn[T any](t target, field func(*record) *memo[T], ask func() (T, error)) (T, error) {
	v, err := ask()
	if err == nil && t.scope != nil {
		*field(&t.scope.record) = memo[T]{v, true}
	}
	return v, err
}
