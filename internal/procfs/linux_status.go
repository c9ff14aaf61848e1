// SPDX-License-Identifier: MIT

package procfs

import (
	"bytes"
	"math"

	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// The file is written by proc_pid_status, fs/proc/array.c; proc_pid_status(5). The process chooses its Name, the first
// line, in which the kernel escapes newline and backslash only: a newline followed by a label is never the process's.

// linuxLine returns the value of the first line with this label, given as "Label:", without the blanks around it.
// A line that does not end is a cut one.
func linuxLine(status []byte, label string) ([]byte, error) {
	if !bytes.HasPrefix(status, []byte("Name:")) {
		return nil, malformed("status", status)
	}
	at := lineWith(status, label)
	if at < 0 {
		if status[len(status)-1] != '\n' {
			return nil, malformed("end of status", status[bytes.LastIndexByte(status, '\n')+1:])
		}
		return nil, ErrAbsent
	}
	value := status[at+len(label):]
	end := bytes.IndexByte(value, '\n')
	if end < 0 {
		return nil, malformed("end of status", value)
	}
	return trimBlanks(value[:end]), nil
}

// lineWith returns where the first line with this label begins, other than the very first line; -1 if there is none. It
// looks for the label's first letter and not for the newline before it, as every line has one of those.
func lineWith(status []byte, label string) int {
	for from := 0; ; {
		i := bytes.Index(status[from:], []byte(label))
		if i < 0 {
			return -1
		}
		if at := from + i; at > 0 && status[at-1] == '\n' {
			return at
		}
		from += i + 1
	}
}

func trimBlanks(b []byte) []byte {
	blank := func(c byte) bool { return c == ' ' || c == '\t' }
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// LinuxUmask decodes the Umask line (Linux 4.7). A process that exits loses its memory, then its umask, and then is a
// zombie: without the line the error is ErrDead, ErrExiting or, if neither is the case, ErrAbsent.
func LinuxUmask(status []byte) (int, error) {
	value, err := linuxLine(status, "Umask:")
	if err == ErrAbsent {
		state, err := linuxLine(status, "State:")
		switch {
		case err == ErrAbsent:
			return 0, malformed("status without State", status)
		case err != nil:
			return 0, err
		case len(state) > 0 && (state[0] == 'Z' || state[0] == 'X'):
			return 0, ErrDead
		}
		if _, err = linuxLine(status, "VmSize:"); err == ErrAbsent {
			return 0, ErrExiting
		}
		return 0, ErrAbsent
	}
	if err != nil {
		return 0, err
	}
	mask := 0
	for _, c := range value {
		if c < '0' || c > '7' || mask > 0o777>>3 {
			return 0, malformed("Umask", value)
		}
		mask = mask<<3 | int(c-'0')
	}
	if len(value) == 0 {
		return 0, malformed("Umask", value)
	}
	return mask, nil
}

// LinuxGroups decodes the Groups line: the ids in the kernel's order, duplicates kept. The line ends with a blank.
func LinuxGroups(status []byte) ([]uint32, error) {
	value, err := linuxLine(status, "Groups:")
	if err != nil {
		return nil, err
	}
	if len(value) == 0 {
		return []uint32{}, nil
	}
	groups := make([]uint32, 0, bytes.Count(value, []byte(" "))+1)
	for rest := value; ; {
		var id uint64
		i := 0
		for ; i < len(rest) && rest[i] != ' '; i++ {
			d := uint64(rest[i] - '0')
			if id = id*10 + d; d > 9 || id > math.MaxUint32 {
				return nil, malformed("Groups", rest)
			}
		}
		if i == 0 {
			return nil, malformed("Groups", rest)
		}
		groups = append(groups, uint32(id))
		if i == len(rest) {
			return groups, nil
		}
		rest = rest[i+1:]
	}
}

// sigmaskLabels are those of the signal sets, in the kernel's order.
var sigmaskLabels = [...]string{"SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:"}

// LinuxSigmasks decodes the five lines of signal sets. One that is missing is not given; if all are, the error is ErrAbsent.
// Pending is SigPnd, the thread's queue, with ShdPnd, the process's.
func LinuxSigmasks(status []byte) (sigset.Masks, error) {
	if !bytes.HasPrefix(status, []byte("Name:")) {
		return sigset.Masks{}, malformed("status", status)
	}
	sets, ok := sigmaskBlock(status)
	if !ok {
		var err error
		if sets, err = sigmaskLines(status); err != nil {
			return sigset.Masks{}, err
		}
	}
	return sigset.Masks{
		Pending:        sets[0].Union(sets[1]),
		ProcessPending: sets[1],
		Blocked:        sets[2],
		Ignored:        sets[3],
		Caught:         sets[4],
	}, nil
}

// sigmaskBlock decodes what task_sig writes in one piece: Threads, SigQ and the sets. It is not ok if they are not all there in
// that order, or not one by one what they should be.
func sigmaskBlock(status []byte) (sets [len(sigmaskLabels)]sigset.Set, ok bool) {
	const threads, sigQ, digits = "Threads:\t", "SigQ:\t", 16
	at := lineWith(status, threads)
	if at < 0 {
		return sets, false
	}
	rest := status[at+len(threads):]
	if len(rest) == 0 || rest[0] < '1' || rest[0] > '9' {
		return sets, false
	}
	rest = rest[bytes.IndexByte(rest, '\n')+1:]
	if !bytes.HasPrefix(rest, []byte(sigQ)) {
		return sets, false
	}
	rest = rest[bytes.IndexByte(rest, '\n')+1:]
	for i, label := range sigmaskLabels {
		line := len(label) + 1 + digits
		if len(rest) <= line || rest[line] != '\n' || string(rest[:len(label)]) != label || rest[len(label)] != '\t' {
			return sets, false
		}
		word, ok := hexWord(rest[len(label)+1 : line])
		if !ok {
			return sets, false
		}
		sets[i] = sigset.Set{Given: true, Bits: [2]uint64{word}}
		rest = rest[line+1:]
	}
	return sets, true
}

// sigmaskLines looks for the sets one by one, in any order: the first line with each label.
func sigmaskLines(status []byte) (sets [len(sigmaskLabels)]sigset.Set, err error) {
	if threads, err := linuxLine(status, "Threads:"); err == nil && string(threads) == "0" {
		return sets, ErrGone // without its signal state, on its way out, it prints no threads and empty sets (task_sig)
	}
	found := false
	for i, label := range sigmaskLabels {
		value, err := linuxLine(status, label)
		if err == ErrAbsent {
			continue
		}
		if err == nil {
			sets[i], err = hexMask(value)
		}
		if err != nil {
			return sets, err
		}
		found = true
	}
	if !found {
		return sets, ErrAbsent
	}
	return sets, nil
}

// hexMask decodes a signal set: 16 hexadecimal digits for 64 signals or, on MIPS, 32 for 128, signal 1 in the last.
func hexMask(text []byte) (sigset.Set, error) {
	set := sigset.Set{Given: true}
	ok := len(text) == 16 || len(text) == 32
	if ok && len(text) == 32 {
		set.Bits[1], ok = hexWord(text[:16])
		text = text[16:]
	}
	if ok {
		set.Bits[0], ok = hexWord(text)
	}
	if !ok {
		return sigset.Set{}, malformed("signal set", text)
	}
	return set, nil
}

func hexWord(digits []byte) (word uint64, ok bool) {
	for _, c := range digits {
		d := uint64(c - '0')
		if d > 9 {
			if d = uint64(c-'a') + 10; d < 10 || d > 15 {
				return 0, false
			}
		}
		word = word<<4 | d
	}
	return word, true
}

// LinuxIDs decodes NSpgid and NSsid (Linux 4.1): process group and session, as the PID namespace of this procfs numbers
// them. 0 is a leader outside that namespace; or both are lost already, with all threads, as the process is being removed.
func LinuxIDs(status []byte) (pgid, sid int, err error) {
	if pgid, err = firstID(status, "NSpgid:"); err == nil {
		sid, err = firstID(status, "NSsid:")
	}
	if err == nil && (pgid == 0 || sid == 0) {
		if threads, err := linuxLine(status, "Threads:"); err == nil && string(threads) == "0" {
			return 0, 0, ErrGone
		}
	}
	return pgid, sid, err
}

func firstID(status []byte, label string) (int, error) {
	value, err := linuxLine(status, label)
	if err != nil {
		return 0, err
	}
	if i := bytes.IndexByte(value, '\t'); i >= 0 {
		value = value[:i]
	}
	id, ok := decimal(value, math.MaxInt32)
	if !ok {
		return 0, malformed("id", value)
	}
	return int(id), nil
}

// LinuxDepth counts the values of NStgid: the PID namespaces from that of this procfs down to the process's own.
func LinuxDepth(status []byte) (int, error) {
	value, err := linuxLine(status, "NStgid:")
	if err != nil {
		return 0, err
	}
	for depth := 1; ; depth++ {
		id, rest, more := bytes.Cut(value, []byte("\t"))
		if _, ok := decimal(id, math.MaxInt32); !ok {
			return 0, malformed("NStgid", value)
		}
		if !more {
			return depth, nil
		}
		value = rest
	}
}
