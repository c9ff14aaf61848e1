// SPDX-License-Identifier: MIT

package procinfo

import "os"

// Signal is a signal number; Plan 9 itself has notes, which are strings.
type Signal int

// Plan 9 has no errno for it.
var esrch error

type osHandle struct{ *os.Process }

func (osHandle) gone() bool { return false }
