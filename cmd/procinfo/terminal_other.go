// SPDX-License-Identifier: MIT

//go:build !unix

package main

func windowSize(int) (rows, columns int, ok bool) { return 0, 0, false }
