// SPDX-License-Identifier: MIT

//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !solaris

package procinfo

import "errors"

func getPgid(target) (int, error) { return -1, errors.ErrUnsupported }
