// SPDX-License-Identifier: MIT

package procinfo

import (
	"os"
	"sync"

	"github.com/gopsutil-extra/procinfo/internal/procfs"
	"github.com/gopsutil-extra/procinfo/internal/sigset"
)

// lowestPID is the kernel's own process.
const lowestPID = 0

// record is what files of /proc/PID say: psinfo, which everybody may read, zombies' too, and those for the owner.
type record struct {
	psinfo   memo[procfs.SolarisPsinfo]
	groups   memo[[]uint32]     // cred
	sigmasks memo[sigset.Masks] // status, lstatus and sigact
}

func (r *record) release() { *r = record{} }

var proc = sync.OnceValue(func() *procfs.SolarisProc {
	return &procfs.SolarisProc{Root: "/proc", Self: os.Getpid()}
})

// begin reads psinfo: what is read later has to be of the same process.
func (*record) begin(t target, _ bool) error {
	_, err := psinfoOf(t)
	return err
}

// psinfoOf returns the process's psinfo.
func psinfoOf(t target) (procfs.SolarisPsinfo, error) {
	return remember(t, func(r *record) *memo[procfs.SolarisPsinfo] { return &r.psinfo },
		func() (procfs.SolarisPsinfo, error) {
			p, err := proc().Psinfo(t.pid)
			return p, procKind(err)
		})
}

// sinceOf returns when the process was started that a scope is about. Without a scope, any will do.
func sinceOf(t target) (*procfs.SolarisStart, error) {
	if t.scope == nil {
		return nil, nil
	}
	_, err := psinfoOf(t)
	return &t.scope.record.psinfo.value.Start, err
}

// procKind says in our errors what package procfs says.
func procKind(err error) error {
	switch err {
	case procfs.ErrGone:
		return ErrNoSuchProcess
	case procfs.ErrDead:
		return ErrZombieProcess
	case procfs.ErrHidden:
		return caused(ErrAccessDenied, err)
	}
	return errnoKind(err)
}
