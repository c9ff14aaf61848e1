// SPDX-License-Identifier: MIT

package procinfo

import (
	"encoding/json"
	"errors"
	"iter"
	"math/bits"
	"strconv"
	"strings"

	"github.com/gopsutil-extra/procinfo/internal/signame"
	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// Sigmasks are the signal sets of a process. A set that its system does not report is not Known, which is not the same as
// empty. Neither are Pending and Blocked before NetBSD 10, what macOS and NetBSD leave of Ignored in a zombie, and Pending and
// Blocked of a process that stays inside execve(2) there; nor Blocked of a zombie on DragonFly BSD that was not left with
// thread 1.
type Sigmasks struct {
	// Pending is what sigpending(2) would tell the process's main thread: the signals waiting in that thread's own queue
	// or in the process's. NetBSD gives the queues of all threads. On Linux, given a thread id, it is about that thread.
	Pending SignalSet `json:"pending"`

	// Blocked is the signal mask of the main thread or, on Linux, of the thread asked for. NetBSD gives what any of the
	// threads blocks. Inside sigsuspend(2) the BSDs give the temporary mask. macOS reports neither Pending nor Blocked.
	Blocked SignalSet `json:"blocked"`

	// Ignored are the signals whose action is SIG_IGN. Kernel threads on Linux ignore all.
	//
	// On macOS and the BSDs it also has the signals with the default action whose default is to be ignored, such as CHLD, URG, WINCH,
	// IO and INFO: their kernels do not tell these from ignored ones. It never has CONT, even if that is ignored.
	Ignored SignalSet `json:"ignored"`

	// Caught are the signals for which a handler is installed. Go programs catch nearly all.
	Caught SignalSet `json:"caught"`

	// ProcessPending is the process's queue alone, without the thread's. macOS, NetBSD and OpenBSD do not report it.
	ProcessPending SignalSet `json:"process_pending"`
}

// sigmasks gives the decoders' sets their public form.
func sigmasks(m sigset.Masks) Sigmasks {
	return Sigmasks{
		Pending:        SignalSet{m.Pending},
		Blocked:        SignalSet{m.Blocked},
		Ignored:        SignalSet{m.Ignored},
		Caught:         SignalSet{m.Caught},
		ProcessPending: SignalSet{m.ProcessPending},
	}
}

// A SignalSet is a set of the signals 1 to 128. Sets compare with ==. The zero value is not the empty set: it means that
// the system did not report the set, and then Known is false and no signal is in it.
type SignalSet struct{ set sigset.Set }

// NewSignalSet returns the set of these signals, known and maybe empty. Numbers other than 1 to 128 are left out.
func NewSignalSet(signals ...Signal) SignalSet {
	s := sigset.Of()
	for _, sig := range signals {
		s.Add(int(sig))
	}
	return SignalSet{s}
}

// Known reports whether the system reported the set at all.
func (s SignalSet) Known() bool { return s.set.Given }

// Has reports whether the signal is in the set. In a set that is not Known there is none.
func (s SignalSet) Has(sig Signal) bool { return s.set.Has(int(sig)) }

// Len returns how many signals are in the set.
func (s SignalSet) Len() int {
	return bits.OnesCount64(s.set.Bits[0]) + bits.OnesCount64(s.set.Bits[1])
}

// Empty reports whether the set is known to have no signals: false for one that is not Known.
func (s SignalSet) Empty() bool { return s.Known() && s.Len() == 0 }

// All yields the signals in ascending order.
func (s SignalSet) All() iter.Seq[Signal] {
	return func(yield func(Signal) bool) {
		for i, word := range s.set.Bits {
			for ; word != 0; word &= word - 1 {
				if !yield(Signal(64*i + bits.TrailingZeros64(word) + 1)) {
					return
				}
			}
		}
	}
}

// The text of a set without signals, and of one that was not reported.
const (
	noSignals  = "none"
	notKnown   = "unknown"
	betweenSig = ","
)

// String returns the names of the signals as kill -l prints them, with commas between: "HUP,TERM,RTMIN+3". Signals
// without a name are numbers, as are 32 and 33 on Linux. It is "none" for the empty set and "unknown" for one that was
// not reported.
func (s SignalSet) String() string {
	if !s.Known() {
		return notKnown
	}
	var names []string
	for sig := range s.All() {
		names = append(names, signame.Name(int(sig)))
	}
	if names == nil {
		return noSignals
	}
	return strings.Join(names, betweenSig)
}

// MarshalText returns what String does.
func (s SignalSet) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText accepts what MarshalText gives: names with or without SIG, in any case, and numbers.
func (s *SignalSet) UnmarshalText(text []byte) error {
	switch string(text) {
	case notKnown:
		*s = SignalSet{}
		return nil
	case noSignals:
		*s = NewSignalSet()
		return nil
	}
	set := sigset.Of()
	for _, name := range strings.Split(string(text), betweenSig) {
		n, ok := signame.Number(name, sigset.Max)
		if !ok {
			return errors.New("procinfo: unknown signal " + strconv.Quote(name))
		}
		set.Add(n)
	}
	s.set = set
	return nil
}

// MarshalJSON returns an array of signal numbers, or null for a set that was not reported.
func (s SignalSet) MarshalJSON() ([]byte, error) {
	if !s.Known() {
		return []byte("null"), nil
	}
	numbers := make([]int, 0, s.Len())
	for sig := range s.All() {
		numbers = append(numbers, int(sig))
	}
	return json.Marshal(numbers)
}

// UnmarshalJSON accepts what MarshalJSON gives.
func (s *SignalSet) UnmarshalJSON(data []byte) error {
	var numbers *[]int
	if err := json.Unmarshal(data, &numbers); err != nil {
		return err
	}
	if numbers == nil {
		*s = SignalSet{}
		return nil
	}
	set := sigset.Of()
	for _, n := range *numbers {
		if n < 1 || n > sigset.Max {
			return errors.New("procinfo: unknown signal " + strconv.Itoa(n))
		}
		set.Add(n)
	}
	s.set = set
	return nil
}
