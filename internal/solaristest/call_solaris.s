// SPDX-License-Identifier: MIT

#include "textflag.h"

// Offered by the runtime, to x/sys too.
TEXT ·rawSysvicall6(SB),NOSPLIT,$0-88
	JMP	syscall·rawSysvicall6(SB)
