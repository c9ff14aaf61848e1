// SPDX-License-Identifier: MIT

package procinfo

// getSigmasks: status has the process's queue and one thread, lstatus the main thread, and sigact what each signal does. A
// zombie has none of them.
func getSigmasks(t target) (Sigmasks, error) {
	if t.scope == nil {
		masks, err := proc().Sigmasks(t.pid, nil)
		return sigmasks(masks), procKind(err)
	}
	m := &t.scope.record.sigmasks
	if !t.scope.has(m.known) {
		since, err := sinceOf(t)
		t.scope.has(false) // what follows is not in the record
		if err != nil {
			return Sigmasks{}, err
		}
		if m.value, err = proc().Sigmasks(t.pid, since); err != nil {
			return Sigmasks{}, procKind(err)
		}
		m.known = true
	}
	return sigmasks(m.value), nil
}
