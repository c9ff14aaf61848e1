// SPDX-License-Identifier: MIT

//go:build !linux && !freebsd && !netbsd && !openbsd && !dragonfly

package procinfo

import "errors"

func getSid(target) (int, error) { return -1, errors.ErrUnsupported }
