// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gopsutil-extra/procinfo"
	"github.com/gopsutil-extra/procinfo/examples/internal/proc"
	"github.com/prometheus/client_golang/prometheus"
)

// A use is a resource of which limits and use are exported.
type use struct {
	resource procinfo.Resource
	metric   string // the part of the metrics' names between procinfo_ and the unit
	unit     string
	help     string
	of       func(process) int64 // -1 if not known
}

var allUses = []use{
	{procinfo.RLIMIT_NOFILE, "open_files", "", "Open file descriptors of a process",
		func(p process) int64 { return proc.OpenFiles(p.pid) }},
	{procinfo.RLIMIT_NPROC, "user_threads", "", "Threads of all processes of a process's real user",
		func(p process) int64 { return p.userThreads }},
	{procinfo.RLIMIT_AS, "address_space", "_bytes", "Address space of a process",
		func(p process) int64 { return p.AddressSpace }},
	{procinfo.RLIMIT_DATA, "data", "_bytes", "Private writable memory of a process",
		func(p process) int64 { return p.Data }},
	{procinfo.RLIMIT_STACK, "stack", "_bytes", "Stack of a process's main thread",
		func(p process) int64 { return p.Stack }},
	{procinfo.RLIMIT_MEMLOCK, "locked_memory", "_bytes", "Locked memory of a process",
		func(p process) int64 { return p.Locked }},
	{procinfo.RLIMIT_SIGPENDING, "user_queued_signals", "", "Queued signals of all processes of a process's real user",
		func(p process) int64 { return p.QueuedSignals }},
}

func resourceNames() []string {
	var names []string
	for _, u := range allUses {
		names = append(names, u.resource.String())
	}
	return names
}

func parseResources(list string) ([]use, error) {
	var wanted []use
	seen := make(map[procinfo.Resource]bool)
	for _, name := range strings.Split(list, ",") {
		r, err := procinfo.ParseResource(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		found := false
		for _, u := range allUses {
			if u.resource == r {
				found = true
				if !seen[r] {
					wanted = append(wanted, u)
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("it is not known how much of %s is used", r)
		}
		seen[r] = true
	}
	return wanted, nil
}

// collector looks at all processes at each scrape, and keeps nothing.
type collector struct {
	names *regexp.Regexp // nil: all
	uses  []use
	byPID bool

	processes, unread, duration *prometheus.Desc
	used, soft, hard, ratio     []*prometheus.Desc // by uses
}

func newCollector(c collector) *collector {
	if c.uses == nil {
		c.uses = allUses
	}
	labels := []string{"name"}
	of, low, high, worst := " of the processes of this name", "The lowest ", ", the highest", "the highest of any process"
	if c.byPID {
		labels = append(labels, "pid")
		of, low, high, worst = "", "The ", "", "of the process"
	}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("procinfo_"+name, help, labels, nil)
	}
	c.processes = desc("processes", "Processes of this name that were read.", "name")
	c.unread = desc("unread_processes", "Processes that exist but could not be read, by reason.", "reason")
	c.duration = desc("scrape_duration_seconds", "How long it took to read all processes.")
	for _, u := range c.uses {
		c.used = append(c.used, desc(u.metric+u.unit, u.help+high+".", labels...))
		c.soft = append(c.soft, desc(u.metric+"_soft_limit"+u.unit, fmt.Sprintf("%ssoft limit RLIMIT_%s%s.", low, u.resource, of), labels...))
		c.hard = append(c.hard, desc(u.metric+"_hard_limit"+u.unit, fmt.Sprintf("%shard limit RLIMIT_%s%s.", low, u.resource, of), labels...))
		c.ratio = append(c.ratio, desc(u.metric+"_ratio", fmt.Sprintf("Use in relation to the soft limit RLIMIT_%s, %s.", u.resource, worst), labels...))
	}
	return &c
}

func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.processes, c.unread, c.duration} {
		ch <- d
	}
	for _, list := range [][]*prometheus.Desc{c.used, c.soft, c.hard, c.ratio} {
		for _, d := range list {
			ch <- d
		}
	}
}

// process is one that was read.
type process struct {
	proc.Process
	pid         int
	limits      map[procinfo.Resource]procinfo.Limits
	userThreads int64 // -1 if not known
}

// A key says which processes are one: all of a name or, with a PID, one process.
type key struct {
	name string
	pid  int
}

// group sums up processes, for each of the collector's uses.
type group struct {
	used, soft, hard, ratio []float64 // NaN if not known
}

// The reasons why a process that exists is not exported, each always with a number.
const (
	denied      = "denied"
	unsupported = "unsupported"
	failed      = "error"
)

func (c *collector) Collect(ch chan<- prometheus.Metric) {
	start := time.Now()
	processes, unread, err := readAll()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.duration, err) // the scrape fails, with this text
		return
	}
	count := make(map[string]int)
	groups := make(map[key]*group)
	for _, p := range processes {
		name := proc.Printable(p.Name)
		if c.names != nil && !c.names.MatchString(name) {
			continue
		}
		count[name]++
		k := key{name: name}
		if c.byPID {
			k.pid = p.pid
		}
		if groups[k] == nil {
			groups[k] = c.newGroup()
		}
		c.add(groups[k], p)
	}

	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		if !math.IsNaN(v) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
		}
	}
	for name, n := range count {
		gauge(c.processes, float64(n), name)
	}
	for k, g := range groups {
		labels := []string{k.name}
		if c.byPID {
			labels = append(labels, strconv.Itoa(k.pid))
		}
		for i := range c.uses {
			gauge(c.used[i], g.used[i], labels...)
			gauge(c.soft[i], g.soft[i], labels...)
			gauge(c.hard[i], g.hard[i], labels...)
			gauge(c.ratio[i], g.ratio[i], labels...)
		}
	}
	for _, reason := range []string{denied, unsupported, failed} {
		gauge(c.unread, float64(unread[reason]), reason)
	}
	gauge(c.duration, time.Since(start).Seconds())
}

// readAll reads every process that has limits worth a look: not kernel threads, which have endless names, nor zombies, which
// use nothing. Both count among the threads of their user. It fails if the processes could not even be listed.
func readAll() ([]process, map[string]int, error) {
	var all []process
	unread := make(map[string]int)
	threads := make(map[int64]int64) // by real user
	for info, err := range procinfo.All(procinfo.FieldRlimits) {
		if err != nil && info.PID < 0 {
			return nil, nil, err
		}
		if err == nil {
			err = info.Err(procinfo.FieldRlimits)
		}
		var p proc.Process
		if err == nil {
			p, err = proc.Read(info.PID)
		}
		switch {
		case err == nil:
			if p.Threads > 0 {
				threads[p.RealUID] += p.Threads
			}
			if !isIdle(p) {
				all = append(all, process{Process: p, pid: info.PID, limits: info.Rlimits})
			}
		case isGone(err):
		case errors.Is(err, fs.ErrPermission):
			unread[denied]++
		case errors.Is(err, errors.ErrUnsupported):
			unread[unsupported]++
		default:
			unread[failed]++
		}
	}
	for i := range all {
		all[i].userThreads = -1
		if all[i].RealUID >= 0 && all[i].Threads > 0 {
			all[i].userThreads = threads[all[i].RealUID]
		}
	}
	return all, unread, nil
}

// isIdle tells a kernel thread or zombie: it has threads, but no memory.
func isIdle(p proc.Process) bool { return p.Threads >= 0 && p.AddressSpace < 0 }

// isGone tells that the process has ended, be it between two of our readings.
func isGone(err error) bool {
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, fs.ErrNotExist)
}

func (c *collector) newGroup() *group {
	none := func() []float64 {
		list := make([]float64, len(c.uses))
		for i := range list {
			list[i] = math.NaN()
		}
		return list
	}
	return &group{none(), none(), none(), none()}
}

func (c *collector) add(g *group, p process) {
	for i, u := range c.uses {
		limits, ok := p.limits[u.resource]
		if !ok {
			continue
		}
		soft, hard := float(limits.Soft), float(limits.Hard)
		g.soft[i] = lower(g.soft[i], soft)
		g.hard[i] = lower(g.hard[i], hard)
		used := u.of(p)
		if used < 0 {
			continue // what is not known is absent, not 0
		}
		g.used[i] = higher(g.used[i], float64(used))
		ratio := 0.0
		if used > 0 {
			ratio = float64(used) / soft
		}
		g.ratio[i] = higher(g.ratio[i], ratio)
	}
}

func float(limit uint64) float64 {
	if limit == procinfo.Infinity {
		return math.Inf(1)
	}
	return float64(limit)
}

// lower and higher take whatever is known over NaN.
func lower(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func higher(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}
