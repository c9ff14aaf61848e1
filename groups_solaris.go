// SPDX-License-Identifier: MIT

package procinfo

import "errors"

func getGroups(target) ([]uint32, error) { return nil, errors.ErrUnsupported }
