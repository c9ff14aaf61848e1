// SPDX-License-Identifier: MIT

//go:build !linux

package procinfo

import "errors"

func getSid(target) (int, error) { return -1, errors.ErrUnsupported }
