// SPDX-License-Identifier: MIT

package procinfo

import "errors"

func getSigmasks(target) (Sigmasks, error) { return Sigmasks{}, errors.ErrUnsupported }
