// SPDX-License-Identifier: MIT

package procinfo

import "errors"

func getUmask(target) (int, error) { return -1, errors.ErrUnsupported }
