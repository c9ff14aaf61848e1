// SPDX-License-Identifier: MIT

package procinfo_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gopsutil-extra/procinfo"
)

func TestSignalSet(t *testing.T) {
	var unknown procinfo.SignalSet
	empty := procinfo.NewSignalSet()
	if unknown == empty || unknown.Known() || !empty.Known() || unknown.Empty() || !empty.Empty() {
		t.Error("not reported and empty are not told apart")
	}
	if unknown.Has(1) || unknown.Len() != 0 || empty.Len() != 0 {
		t.Error("a set without signals has some")
	}
	s := procinfo.NewSignalSet(1, 64, 65, 128, 128, 0, 129, 255)
	if s != procinfo.NewSignalSet(128, 65, 64, 1) || s.Len() != 4 || s.Empty() {
		t.Errorf("set of 1, 64, 65 and 128 is %v", s)
	}
	for _, sig := range []procinfo.Signal{0, 2, 63, 66, 127, 129, 255} {
		if s.Has(sig) {
			t.Errorf("has %d", int(sig))
		}
	}
	var all []procinfo.Signal
	for sig := range s.All() {
		all = append(all, sig)
	}
	if !slices.Equal(all, []procinfo.Signal{1, 64, 65, 128}) {
		t.Errorf("All yields %v", all)
	}
	for range s.All() {
		break
	}
	for _, bad := range []string{"", "HUPP", "0", "129", "-1", "+1", "1,,2", "none,1", "HUP, TERM"} {
		got := s
		if err := got.UnmarshalText([]byte(bad)); err == nil || got != s {
			t.Errorf("%q: %v, set is now %v", bad, err, got)
		}
	}
	for _, bad := range []string{"[0]", "[129]", "[1.5]", `"HUP"`, "{}", "[-1]"} {
		got := s
		if err := json.Unmarshal([]byte(bad), &got); err == nil || got != s {
			t.Errorf("%s: %v, set is now %v", bad, err, got)
		}
	}
	for _, s := range []procinfo.SignalSet{unknown, empty, s, procinfo.NewSignalSet(1, 2, 32, 33, 34, 40)} {
		var fromText, fromJSON procinfo.SignalSet
		text, _ := s.MarshalText()
		if err := fromText.UnmarshalText(text); err != nil || fromText != s {
			t.Errorf("%v by way of text %q: %v, %v", s, text, fromText, err)
		}
		data, err := json.Marshal(s)
		if err == nil {
			err = json.Unmarshal(data, &fromJSON)
		}
		if err != nil || fromJSON != s {
			t.Errorf("%v by way of JSON %s: %v, %v", s, data, fromJSON, err)
		}
	}
}

func TestSignalNames(t *testing.T) {
	if unknown := (procinfo.SignalSet{}).String(); unknown != "unknown" {
		t.Errorf("not reported: %q", unknown)
	}
	if empty := procinfo.NewSignalSet().String(); empty != "none" {
		t.Errorf("empty: %q", empty)
	}
	if runtime.GOOS != "linux" || strings.HasPrefix(runtime.GOARCH, "mips") {
		t.Skip("these names are of Linux, but for MIPS")
	}
	s := procinfo.NewSignalSet(1, 9, 32, 34, 37, 39, 64, 100)
	if got := s.String(); got != "HUP,KILL,32,RTMIN,RTMIN+3,RTMIN+5,RTMAX,100" {
		t.Errorf("got %s", got)
	}
	var got procinfo.SignalSet
	if err := got.UnmarshalText([]byte("sighup,SIGKILL,32,rtmin,RTMIN+3,SIGRTMIN+5,RTMAX-0,100")); err != nil || got != s {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		l          procinfo.Limits
		text, json string
	}{
		{procinfo.Limits{Soft: 1024, Hard: 4096}, "1024:4096", `{"soft":1024,"hard":4096}`},
		{procinfo.Limits{Soft: 0, Hard: procinfo.Infinity}, "0:unlimited", `{"soft":0,"hard":"unlimited"}`},
		{procinfo.Limits{Soft: 18446744073709503040, Hard: math.MaxUint64 - 1}, "18446744073709503040:18446744073709551614",
			`{"soft":18446744073709503040,"hard":18446744073709551614}`},
	} {
		if got := tt.l.String(); got != tt.text {
			t.Errorf("got %s, want %s", got, tt.text)
		}
		data, err := json.Marshal(tt.l)
		if err != nil || string(data) != tt.json {
			t.Errorf("got %s, %v; want %s", data, err, tt.json)
		}
		var back procinfo.Limits
		if err := json.Unmarshal(data, &back); err != nil || back != tt.l {
			t.Errorf("%s: got %v, %v", data, back, err)
		}
	}
	for _, bad := range []string{`{"soft":-1}`, `{"soft":"lots"}`, `{"soft":18446744073709551616}`, `[]`, `{"hard":1.5}`} {
		l := procinfo.Limits{Soft: 1, Hard: 2}
		if err := json.Unmarshal([]byte(bad), &l); err == nil || l != (procinfo.Limits{Soft: 1, Hard: 2}) {
			t.Errorf("%s: %v, limits are now %v", bad, err, l)
		}
	}
}

// TestLimitsJSON refuses what does not say both limits.
func TestLimitsJSON(t *testing.T) {
	for _, text := range []string{`{}`, `{"soft":1}`, `{"hard":1}`, `{"soft":null,"hard":1}`, `{"soft":-1,"hard":1}`, `{"soft":"x","hard":1}`, `7`, `[]`} {
		l := procinfo.Limits{3, 4}
		if err := json.Unmarshal([]byte(text), &l); err == nil || l != (procinfo.Limits{3, 4}) {
			t.Errorf("%s: %v, %v", text, l, err)
		}
	}
	var l procinfo.Limits
	if err := json.Unmarshal([]byte(`{"hard":"unlimited","soft":18446744073709551615}`), &l); err != nil || l != (procinfo.Limits{procinfo.Infinity, procinfo.Infinity}) {
		t.Errorf("%v, %v", l, err)
	}
}

func TestInfoJSON(t *testing.T) {
	const text = `{"pid":1,"umask":18,"groups":[0],"pgid":1,"sid":1,` +
		`"sigmasks":{"pending":[],"blocked":null,"ignored":[13],"caught":[2,15],"process_pending":[]},` +
		`"rlimits":{"99":{"soft":1024,"hard":"unlimited"}}}`
	var info procinfo.Info
	if err := json.Unmarshal([]byte(text), &info); err != nil {
		t.Fatal(err)
	}
	if info.Umask != 18 || info.Sigmasks.Blocked.Known() || !info.Sigmasks.Pending.Empty() || info.Sigmasks.Caught != sigs(2, 15) ||
		info.Rlimits[99] != (procinfo.Limits{Soft: 1024, Hard: procinfo.Infinity}) || info.Err(procinfo.FieldRlimits) != nil {
		t.Errorf("got %+v", info)
	}
	if got, err := json.Marshal(info); err != nil || string(got) != text {
		t.Errorf("got %s, %v\nwant %s", got, err, text)
	}

	// What could not be had is absent, and named.
	const partly = `{"pid":7,"pgid":3,"errors":{"umask":"zombie process"}}`
	if err := json.Unmarshal([]byte(partly), &info); err != nil {
		t.Fatal(err)
	}
	if info.Umask != -1 || info.Err(procinfo.FieldUmask) == nil || info.Err(procinfo.FieldPgid) != nil || info.Err(procinfo.FieldSid) == nil {
		t.Errorf("got %+v", info)
	}
	if got, err := json.Marshal(info); err != nil || string(got) != partly {
		t.Errorf("got %s, %v\nwant %s", got, err, partly)
	}
	before := info
	if err := json.Unmarshal([]byte(`{"pid":"x"}`), &info); err == nil || !reflect.DeepEqual(info, before) {
		t.Errorf("nonsense: %v, info is now %+v", err, info)
	}

	for _, f := range []procinfo.Field{-1, 99, procinfo.FieldUmask, procinfo.FieldRlimits} {
		if (procinfo.Info{}).Err(f) == nil {
			t.Errorf("an empty Info has %v", f)
		}
	}
	fields := []procinfo.Field{
		procinfo.FieldUmask, procinfo.FieldGroups, procinfo.FieldPgid, procinfo.FieldSid, procinfo.FieldSigmasks, procinfo.FieldRlimits,
	}
	if got := fmt.Sprint(fields); got != "[umask groups pgid sid sigmasks rlimits]" {
		t.Errorf("fields are called %s", got)
	}
}
