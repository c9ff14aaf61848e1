// SPDX-License-Identifier: MIT

package sysctl

// Exchange asks for a value and sets it, which the kernel does to one and the same process. An old value that does not fit
// is ENOMEM, and nothing is set.
func Exchange(mib []int32, old, new []byte) (n int, err error) { return exchange(mib, old, new) }
