// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/gopsutil-extra/procinfo"
	"github.com/prometheus/procfs"
	v3 "github.com/shirou/gopsutil/v3/process"
	v4 "github.com/shirou/gopsutil/v4/process"
)

// The peers are asked in the way their documentation shows. Where they have a handle for a process, it is made beforehand.

const (
	nameV3         = "gopsutil v3"
	nameV4         = "gopsutil v4"
	namePrometheus = "prometheus/procfs"
	slower         = 3.5
)

type peer struct {
	name string
	work work
}

// besidePeers measures ours, the peers and the bare calls, and has a row for each peer. That tells also how much slower than
// the bare calls the peer is, which is the most that there can be.
func besidePeers(e effort, what string, calls, ours work, others ...peer) []row {
	works := []work{ours}
	for _, p := range others {
		works = append(works, p.work)
	}
	ts, err := compare(e, append(works, calls)...)
	var rows []row
	for i, p := range others {
		r := newRow(peers, what, p.name).atLeast(slower)
		if err != nil {
			rows = append(rows, r.failed(err))
			continue
		}
		theirs := ts[i+1]
		r.times = []named{{"procinfo", ts[0].median()}, {p.name, theirs.median()}}
		r.note = fmt.Sprintf("%.2f of the bare calls; %.0f allocations, procinfo %.0f",
			quantile(ratios(theirs, ts[len(ts)-1]), 0.5), theirs.allocs, ts[0].allocs)
		rows = append(rows, r.ratio(theirs, ts[0]))
	}
	return rows
}

func peerRows(e effort, pid int) []row {
	c := callsOf(pid)
	p3, err3 := v3.NewProcess(int32(pid))
	p4, err4 := v4.NewProcess(int32(pid))
	pp, errP := procfs.NewProc(pid)
	for _, err := range []error{err3, err4, errP} {
		if err != nil {
			return []row{newRow(peers, "handles of the other libraries", "").failed(err)}
		}
	}
	limits := []peer{
		{nameV3, once(func() error { _, err := p3.Rlimit(); return err })},
		{nameV4, once(func() error { _, err := p4.Rlimit(); return err })},
		{namePrometheus, once(func() error { _, err := pp.Limits(); return err })},
	}
	rows := besidePeers(e, "groups of a process", c.status,
		once(func() error { _, err := procinfo.GetGroups(pid); return err }),
		peer{nameV3, once(func() error { _, err := p3.Groups(); return err })},
		peer{nameV4, once(func() error { _, err := p4.Groups(); return err })},
		peer{namePrometheus, once(func() error { _, err := pp.NewStatus(); return err })})
	rows = append(rows, besidePeers(e, "one limit of a process", c.limit,
		once(func() error { _, err := procinfo.GetRlimit(pid, procinfo.RLIMIT_NOFILE); return err }), limits...)...)
	return append(rows, besidePeers(e, "all limits of a process", c.limits,
		once(func() error { _, err := procinfo.Get(pid, procinfo.FieldRlimits); return err }), limits...)...)
}

// peersOfAll compares what it takes to have the groups of each of the system's processes.
func peersOfAll(e effort, n int) []row {
	return besidePeers(e, fmt.Sprintf("groups of %s processes", thousands(n)), allStatuses(),
		once(func() error {
			for _, err := range procinfo.All(procinfo.FieldGroups) {
				if err != nil {
					return err
				}
			}
			return nil
		}),
		peer{nameV3, once(func() error {
			all, err := v3.Processes()
			for _, p := range all {
				p.Groups() // of those gone meanwhile it is an error
			}
			return err
		})},
		peer{nameV4, once(func() error {
			all, err := v4.Processes()
			for _, p := range all {
				p.Groups()
			}
			return err
		})},
		peer{namePrometheus, once(func() error {
			all, err := procfs.AllProcs()
			for _, p := range all {
				p.NewStatus()
			}
			return err
		})})
}
