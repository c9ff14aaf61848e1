// SPDX-License-Identifier: MIT

//go:build !linux

package procinfo

import "errors"

func getSigmasks(target) (Sigmasks, error) { return Sigmasks{}, errors.ErrUnsupported }
