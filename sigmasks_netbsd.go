// SPDX-License-Identifier: MIT

package procinfo

// getSigmasks: in execve the kernel does not look at the threads, and leaves their sets empty.
func getSigmasks(t target) (Sigmasks, error) {
	p, err := wholeRecordOf(t)
	if err != nil {
		return Sigmasks{}, err
	}
	return sigmasks(p.Masks()), nil
}
