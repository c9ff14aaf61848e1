// SPDX-License-Identifier: MIT

// Package kinfo decodes the records that sysctl(3) gives of processes on macOS and the BSDs.
//
// The decoders are pure functions of bytes and are compiled everywhere. They go by offset, as Go's structures do not
// reproduce the alignment of C's on all architectures. A record that is short, of an unknown layout, of another process
// than the one asked for, or inconsistent in itself is an error, never a guess.
package kinfo
