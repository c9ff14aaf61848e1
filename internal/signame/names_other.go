// SPDX-License-Identifier: MIT

//go:build !unix

package signame

// These systems report no signals of a process, so numbers do.

func nameOf(int) string { return "" }

func numberOf(string) int { return 0 }
