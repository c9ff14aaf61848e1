// SPDX-License-Identifier: MIT

// Empty does nothing: the least that a Go program costs to start.
package main

func main() {}
