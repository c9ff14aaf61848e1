// SPDX-License-Identifier: MIT

package procinfo_test

var errnoNoProcess error
