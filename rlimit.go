// SPDX-License-Identifier: MIT

package procinfo

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/signame"
)

// Infinity is a limit that does not limit, whatever value the system has for that.
const Infinity uint64 = math.MaxUint64

// Limits are the soft and the hard limit of a resource, in the resource's unit.
type Limits struct {
	Soft, Hard uint64
}

// GetRlimit returns the limits of a resource of a process, in the unit given with the resource. Everybody may ask.
//
// Linux: prlimit(2). That is refused for processes of other users, and then /proc/PID/limits answers. Zombies keep their
// limits; elsewhere they have lost them: ErrZombieProcess.
//
// FreeBSD: sysctl kern.proc.rlimit. NetBSD: sysctl proc.PID.rlimit, which tells the two one by one; they are read until two
// readings agree.
//
// DragonFly BSD: procfs, /proc/PID/rlimit, which a process loses as soon as it exits; where it is not mounted, other
// processes are errors.ErrUnsupported.
//
// macOS, OpenBSD, Solaris, illumos, and DragonFly BSD without procfs: getrlimit(2) for the calling process; any other is
// errors.ErrUnsupported.
//
// A number that the kernel does not know is ErrInvalidResource; a resource that only other systems have is
// errors.ErrUnsupported.
func GetRlimit[P Proc](proc P, resource Resource) (Limits, error) {
	return rlimit("getrlimit", proc, resource, nil)
}

// Rlimit sets the limits of a resource of a process and returns the old ones; with nil it only reads them, as GetRlimit
// does. On error nothing was changed, unless the error is a *PartialError.
//
// A soft limit above the hard one is ErrInvalidLimits. Raising a hard limit, and changing the limits of another user's
// process, takes privilege: ErrAccessDenied. The kernel can round or cap what is set: read it back to know.
//
// With a handle the limits set are never those of a successor with the same PID, as far as the handle knows its process.
// A thread id is ErrNoSuchProcess if new limits are given. Our own limits are set in a way that keeps package syscall from
// giving RLIMIT_NOFILE its first value again at exec.
//
// Linux: prlimit(2), which sets both and returns the old ones in one step; our own are read and then set.
//
// FreeBSD: sysctl kern.proc.rlimit, for those who may debug the process. Both are set in one step, but the old ones can be
// those before somebody else's change.
//
// NetBSD: sysctl proc.PID.rlimit, for the same user if the process's group is among the supplementary groups; what is there
// already can be set by all. The two limits are set one after the other, in an order in which a valid pair does not fail
// halfway. If the second is refused all the same, the first is put back; if that is refused too, the error is a
// *PartialError.
//
// macOS, OpenBSD, DragonFly BSD, Solaris, illumos: setrlimit(2) for the calling process; any other is
// errors.ErrUnsupported.
func Rlimit[P Proc](proc P, resource Resource, newLimits *Limits) (old Limits, err error) {
	return rlimit("rlimit", proc, resource, newLimits)
}

func rlimit[P Proc](op string, proc P, resource Resource, newLimits *Limits) (Limits, error) {
	return ask(op, proc, func(t target) (Limits, error) {
		switch {
		case resource < 0 && resource.name() == "", resource > math.MaxInt32: // which the kernel would cut to 32 bits
			return Limits{}, ErrInvalidResource
		case resource < 0:
			return Limits{}, errors.ErrUnsupported
		case newLimits == nil:
			return getRlimit(t, resource)
		case newLimits.Soft > newLimits.Hard:
			return Limits{}, errSoftAboveHard
		}
		t.scope.forget()
		return setRlimit(t, resource, *newLimits)
	})
}

// notGivenBack is ErrNoSuchProcess, and that a successor of the process was mistaken for it.
func notGivenBack(resource Resource, old, set Limits, err error) error {
	return about(resource.String()+" of another process, which has the PID now, was changed from "+old.String()+" to "+set.String()+
		" and not given back ("+err.Error()+")", ErrNoSuchProcess)
}

// String returns the limits as "1024:4096", with "unlimited" for Infinity.
func (l Limits) String() string { return limitText(l.Soft) + ":" + limitText(l.Hard) }

func limitText(n uint64) string {
	if n == Infinity {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

// jsonLimit is a number, or "unlimited".
type jsonLimit uint64

func (n jsonLimit) MarshalJSON() ([]byte, error) {
	if uint64(n) == Infinity {
		return []byte(`"unlimited"`), nil
	}
	return strconv.AppendUint(nil, uint64(n), 10), nil
}

func (n *jsonLimit) UnmarshalJSON(data []byte) error {
	if string(data) == `"unlimited"` {
		*n = jsonLimit(Infinity)
		return nil
	}
	return json.Unmarshal(data, (*uint64)(n))
}

type jsonLimits struct {
	Soft jsonLimit `json:"soft"`
	Hard jsonLimit `json:"hard"`
}

// MarshalJSON returns {"soft":1024,"hard":"unlimited"}.
func (l Limits) MarshalJSON() ([]byte, error) {
	return json.Marshal(jsonLimits{jsonLimit(l.Soft), jsonLimit(l.Hard)})
}

// UnmarshalJSON accepts what MarshalJSON gives.
func (l *Limits) UnmarshalJSON(data []byte) error {
	var j struct{ Soft, Hard *jsonLimit }
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	if j.Soft == nil || j.Hard == nil {
		return errors.New("procinfo: not both limits in " + string(data))
	}
	*l = Limits{uint64(*j.Soft), uint64(*j.Hard)}
	return nil
}

// A Resource is what a limit is about. The values are this kernel's own numbers, so unix.RLIMIT_NOFILE can be used as it
// stands. Every name is a constant on every system; one that the system lacks has a negative value and is
// errors.ErrUnsupported.
type Resource int

// The resources of all systems. Which one a system has, Resources tells.
const (
	RLIMIT_CPU        Resource = rlimitCPU        // processor time, seconds
	RLIMIT_FSIZE      Resource = rlimitFSIZE      // size of a file written, bytes
	RLIMIT_DATA       Resource = rlimitDATA       // size of the data segment, bytes
	RLIMIT_STACK      Resource = rlimitSTACK      // size of the stack, bytes
	RLIMIT_CORE       Resource = rlimitCORE       // size of a core file, bytes
	RLIMIT_RSS        Resource = rlimitRSS        // resident memory, bytes
	RLIMIT_MEMLOCK    Resource = rlimitMEMLOCK    // locked memory, bytes
	RLIMIT_NPROC      Resource = rlimitNPROC      // processes of the user
	RLIMIT_NOFILE     Resource = rlimitNOFILE     // open files: the highest descriptor plus one
	RLIMIT_AS         Resource = rlimitAS         // address space, bytes
	RLIMIT_VMEM       Resource = rlimitVMEM       // another name of RLIMIT_AS, where the system has it
	RLIMIT_SBSIZE     Resource = rlimitSBSIZE     // socket buffers of the user, bytes
	RLIMIT_LOCKS      Resource = rlimitLOCKS      // file locks; without effect since Linux 2.4.25
	RLIMIT_SIGPENDING Resource = rlimitSIGPENDING // queued signals of the user
	RLIMIT_MSGQUEUE   Resource = rlimitMSGQUEUE   // POSIX message queues of the user, bytes
	RLIMIT_NICE       Resource = rlimitNICE       // highest priority: 20 minus the lowest nice value
	RLIMIT_RTPRIO     Resource = rlimitRTPRIO     // highest real-time priority
	RLIMIT_RTTIME     Resource = rlimitRTTIME     // real-time processor time without a blocking call, microseconds
	RLIMIT_NPTS       Resource = rlimitNPTS       // pseudo-terminals of the user
	RLIMIT_SWAP       Resource = rlimitSWAP       // swap space of the user, bytes
	RLIMIT_KQUEUES    Resource = rlimitKQUEUES    // kqueues of the user
	RLIMIT_UMTXP      Resource = rlimitUMTXP      // process-shared locks of the user
	RLIMIT_PIPEBUF    Resource = rlimitPIPEBUF    // pipe buffers of the user, bytes
	RLIMIT_VMM        Resource = rlimitVMM        // virtual machines of the user
	RLIMIT_NTHR       Resource = rlimitNTHR       // threads of the user
	RLIMIT_POSIXLOCKS Resource = rlimitPOSIXLOCKS // POSIX advisory locks of the user
)

// Where a system lacks a resource, its constant is this one.
const (
	lacksCPU = -1 - iota
	lacksFSIZE
	lacksDATA
	lacksSTACK
	lacksCORE
	lacksRSS
	lacksMEMLOCK
	lacksNPROC
	lacksNOFILE
	lacksAS
	lacksVMEM
	lacksSBSIZE
	lacksLOCKS
	lacksSIGPENDING
	lacksMSGQUEUE
	lacksNICE
	lacksRTPRIO
	lacksRTTIME
	lacksNPTS
	lacksSWAP
	lacksKQUEUES
	lacksUMTXP
	lacksPIPEBUF
	lacksVMM
	lacksNTHR
	lacksPOSIXLOCKS
)

// resourceNames has a resource before its other names.
var resourceNames = [...]struct {
	name     string
	resource Resource
}{
	{"CPU", RLIMIT_CPU},
	{"FSIZE", RLIMIT_FSIZE},
	{"DATA", RLIMIT_DATA},
	{"STACK", RLIMIT_STACK},
	{"CORE", RLIMIT_CORE},
	{"RSS", RLIMIT_RSS},
	{"MEMLOCK", RLIMIT_MEMLOCK},
	{"NPROC", RLIMIT_NPROC},
	{"NOFILE", RLIMIT_NOFILE},
	{"AS", RLIMIT_AS},
	{"VMEM", RLIMIT_VMEM},
	{"SBSIZE", RLIMIT_SBSIZE},
	{"LOCKS", RLIMIT_LOCKS},
	{"SIGPENDING", RLIMIT_SIGPENDING},
	{"MSGQUEUE", RLIMIT_MSGQUEUE},
	{"NICE", RLIMIT_NICE},
	{"RTPRIO", RLIMIT_RTPRIO},
	{"RTTIME", RLIMIT_RTTIME},
	{"NPTS", RLIMIT_NPTS},
	{"SWAP", RLIMIT_SWAP},
	{"KQUEUES", RLIMIT_KQUEUES},
	{"UMTXP", RLIMIT_UMTXP},
	{"PIPEBUF", RLIMIT_PIPEBUF},
	{"VMM", RLIMIT_VMM},
	{"NTHR", RLIMIT_NTHR},
	{"POSIXLOCKS", RLIMIT_POSIXLOCKS},
}

// Resources returns the resources that this system has, in the order of their numbers.
func Resources() []Resource { return slices.Clone(resources()) }

var resources = sync.OnceValue(func() []Resource {
	var list []Resource
	for _, r := range resourceNames {
		if r.resource >= 0 && hasResource(r.resource) {
			list = append(list, r.resource)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
})

func (r Resource) name() string {
	for _, n := range resourceNames {
		if n.resource == r {
			return n.name
		}
	}
	return ""
}

// String returns the resource's name without RLIMIT_: "NOFILE". A number without a name is given as such.
func (r Resource) String() string {
	if name := r.name(); name != "" {
		return name
	}
	return strconv.Itoa(int(r))
}

// ParseResource returns the resource with this name, with or without RLIMIT_, in any case: "NOFILE", "rlimit_nofile". It
// knows the names of all systems; one that this system lacks gives a Resource that is errors.ErrUnsupported when used.
// Any other name is ErrInvalidResource.
func ParseResource(name string) (Resource, error) {
	upper := strings.TrimPrefix(signame.Upper(name), "RLIMIT_")
	for _, n := range resourceNames {
		if n.name == upper {
			return n.resource, nil
		}
	}
	return 0, about("procinfo: "+strconv.Quote(name), ErrInvalidResource)
}

// MarshalText returns what String does, so that a map by resource has names as its keys in JSON.
func (r Resource) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText accepts what MarshalText gives.
func (r *Resource) UnmarshalText(text []byte) error {
	if n, err := strconv.Atoi(string(text)); err == nil {
		*r = Resource(n)
		return nil
	}
	parsed, err := ParseResource(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}
