// SPDX-License-Identifier: MIT

//go:build !linux

package main

// Elsewhere only what does not need the kernel is measured.

func runNursery() {}

func kernelRows(effort, []int) []row { return nil }

func machine() string { return "" }

const kernelMeasured = false
