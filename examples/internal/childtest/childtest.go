// SPDX-License-Identifier: MIT

// Package childtest has the examples' tests start their own binary again, as the program itself or as a process for it to
// look at. They need no other program.
package childtest
