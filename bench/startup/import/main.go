// SPDX-License-Identifier: MIT

// Import does nothing, but imports package procinfo.
package main

import _ "github.com/gopsutil-extra/procinfo"

func main() {}
