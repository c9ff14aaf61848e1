// SPDX-License-Identifier: MIT

package procinfo

import "errors"

func getPgid(target) (int, error) { return -1, errors.ErrUnsupported }
