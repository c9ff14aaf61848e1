// SPDX-License-Identifier: MIT

//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !solaris

package procinfo

import "errors"

func getSigmasks(target) (Sigmasks, error) { return Sigmasks{}, errors.ErrUnsupported }
