// SPDX-License-Identifier: MIT

//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !solaris

package procinfo

import "errors"

func getGroups(target) ([]uint32, error) { return nil, errors.ErrUnsupported }
