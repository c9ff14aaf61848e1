// SPDX-License-Identifier: MIT

//go:build !linux && !freebsd

package procinfo

import "errors"

func getUmask(target) (int, error) { return -1, errors.ErrUnsupported }
