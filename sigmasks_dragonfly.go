// SPDX-License-Identifier: MIT

package procinfo

// getSigmasks: the record has the process's sets and those of its first LWP. Of a zombie that was left with another LWP
// the mask is not known.
func getSigmasks(t target) (Sigmasks, error) {
	p, err := procOf(t)
	if err != nil {
		return Sigmasks{}, err
	}
	return sigmasks(p.Masks()), nil
}
