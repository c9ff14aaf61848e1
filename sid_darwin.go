// SPDX-License-Identifier: MIT

package procinfo

import "errors"

func getSid(target) (int, error) { return -1, errors.ErrUnsupported }
