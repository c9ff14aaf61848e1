// SPDX-License-Identifier: MIT

#include "textflag.h"

#ifdef GOARCH_386
#define WORD 4
#endif
#ifdef GOARCH_arm
#define WORD 4
#endif
#ifndef WORD
#define WORD 8
#endif

#ifdef GOARCH_ppc64
#define GO(libc) CALL libc(SB); RET
#else
#define GO(libc) JMP libc(SB)
#endif

// FUNC defines a variable with the address of a function that continues in libc's.
#define FUNC(name, libc, addr) \
TEXT name<>(SB),NOSPLIT,$0-0; \
	GO(libc); \
GLOBL addr(SB), RODATA, $WORD; \
DATA addr(SB)/WORD, $name<>(SB)

FUNC(close, libc_close, ·Close)
FUNC(exit, libc_exit, ·Exit)
FUNC(fork, libc_fork, ·Fork)
FUNC(getthrid, libc_getthrid, ·Getthrid)
FUNC(read, libc_read, ·Read)
FUNC(setgroups, libc_setgroups, ·Setgroups)
FUNC(setpgid, libc_setpgid, ·Setpgid)
FUNC(setresgid, libc_setresgid, ·Setresgid)
FUNC(setresuid, libc_setresuid, ·Setresuid)
FUNC(setrlimit, libc_setrlimit, ·Setrlimit)
FUNC(setsid, libc_setsid, ·Setsid)
FUNC(sigaction, libc_sigaction, ·Sigaction)
FUNC(sigmask, libc_pthread_sigmask, ·Sigmask)
FUNC(threxit, libc_threxit, ·Threxit)
FUNC(thrkill, libc_thrkill, ·Thrkill)
FUNC(umask, libc_umask, ·Umask)
FUNC(write, libc_write, ·Write)
