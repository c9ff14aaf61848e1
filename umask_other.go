// SPDX-License-Identifier: MIT

//go:build !linux

package procinfo

import "errors"

func getUmask(target) (int, error) { return -1, errors.ErrUnsupported }
