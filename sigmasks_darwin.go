// SPDX-License-Identifier: MIT

package procinfo

// getSigmasks: the kernel leaves p_siglist and p_sigmask 0, so nothing is known of pending and blocked signals.
// p_sigignore has every signal that is ignored by default as well, but never SIGCONT.
func getSigmasks(t target) (Sigmasks, error) {
	p, err := procRecord(t)
	if err != nil {
		return Sigmasks{}, err
	}
	return sigmasks(p.Masks), nil
}
