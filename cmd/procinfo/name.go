// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// idNames finds out how users or groups are called, but does not wait long for a directory service that may be slow or dead.
type idNames struct {
	lookup func(id uint32) string
	known  map[uint32]string
	spent  time.Duration
}

const lookupPause = time.Second // all look-ups together

// name is empty if the id has none, or if it is not known in time.
func (n *idNames) name(id uint32) string {
	if name, ok := n.known[id]; ok {
		return name
	}
	if n.known == nil {
		n.known = make(map[uint32]string)
	}
	if n.spent >= lookupPause {
		return ""
	}
	start := time.Now()
	found, lookup := make(chan string, 1), n.lookup
	go func() { found <- lookup(id) }()
	select {
	case n.known[id] = <-found:
	case <-time.After(lookupPause - n.spent):
	}
	n.spent += time.Since(start)
	return n.known[id]
}

const groupsShown = 50

// groupWords has as many groups as are readable.
func (n *idNames) groupWords(ids []uint32) []string {
	if len(ids) == 0 {
		return []string{"none"}
	}
	var words []string
	for _, id := range ids[:min(len(ids), groupsShown)] {
		words = append(words, n.idAndName(id))
	}
	if more := len(ids) - groupsShown; more > 0 {
		words = append(words, fmt.Sprintf("and %d more (-json has all)", more))
	}
	return words
}

func (n *idNames) idAndName(id uint32) string {
	word := strconv.FormatUint(uint64(id), 10)
	if name := n.name(id); name != "" {
		word += "(" + name + ")"
	}
	return word
}

// userName is a user's number where there is no name.
func (a *app) userName(id uint32) string {
	if name := a.users.name(id); name != "" {
		return name
	}
	return strconv.FormatUint(uint64(id), 10)
}

// lookupUser is empty for a user that has no name.
func lookupUser(id uint32) string {
	u, err := user.LookupId(strconv.FormatUint(uint64(id), 10))
	if err != nil {
		return ""
	}
	return printable(u.Username)
}

// lookupGroup is empty for a group that has no name.
func lookupGroup(id uint32) string {
	g, err := user.LookupGroupId(strconv.FormatUint(uint64(id), 10))
	if err != nil {
		return ""
	}
	return printable(g.Name)
}

// printable escapes what could confuse or control a terminal: anybody may name a process, and with any bytes.
func printable(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			const hex = "0123456789abcdef"
			b.WriteString(`\x` + string(hex[s[0]>>4]) + string(hex[s[0]&15]))
		case r == '\\':
			b.WriteString(`\\`)
		case strconv.IsPrint(r):
			b.WriteString(s[:size])
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		s = s[size:]
	}
	return b.String()
}
