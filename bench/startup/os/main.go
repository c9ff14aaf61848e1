// SPDX-License-Identifier: MIT

// Os does nothing, but could open a file.
package main

import "os"

func main() {
	if len(os.Args) == 2 {
		os.Open(os.Args[1])
	}
}
