// SPDX-License-Identifier: MIT

package procinfo

// getSigmasks: p_siglist has the main thread's queue and the process's merged. p_sigignore has every signal that is ignored
// by default as well, but never SIGCONT.
func getSigmasks(t target) (Sigmasks, error) {
	p, err := procRecord(t)
	if err != nil {
		return Sigmasks{}, err
	}
	return sigmasks(p.Masks), nil
}
