// SPDX-License-Identifier: MIT

//go:build !linux && !freebsd && !netbsd && !openbsd && !dragonfly

package procinfo

import "errors"

func getSigmasks(target) (Sigmasks, error) { return Sigmasks{}, errors.ErrUnsupported }
