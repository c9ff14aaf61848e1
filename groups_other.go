// SPDX-License-Identifier: MIT

//go:build !linux && !freebsd && !netbsd && !openbsd && !dragonfly

package procinfo

import "errors"

func getGroups(target) ([]uint32, error) { return nil, errors.ErrUnsupported }
