/* SPDX-License-Identifier: GPL-2.0 */
/* The thread's struct defuse_thread as the machine sees it, and verdicts. */
#ifndef PROBE_H
#define PROBE_H

#define _GNU_SOURCE
#include <defuse/hook.h>
#include <linux/defuse.h>
#include <stddef.h>
#include <stdio.h>

#define TCB_FIELD(type, name) ({ \
	type value_; \
	__asm__ volatile("mov %%fs:%c1, %0" : "=r"(value_) \
			 : "i"(0x80 + offsetof(struct defuse_thread, name))); \
	value_; })
#define TCB_STORE(name, new) do { \
	__typeof__(((struct defuse_thread *)0)->name) value_ = (new); \
	__asm__ volatile("mov %0, %%fs:%c1" : : "r"(value_), \
			 "i"(0x80 + offsetof(struct defuse_thread, name)) \
			 : "memory"); \
	} while (0)
#define MAGIC() TCB_FIELD(uint64_t, magic)
#define VFORK() TCB_FIELD(uint32_t, vfork)
#define DEPTH() TCB_FIELD(uint32_t, depth)
#define TEXT() TCB_FIELD(uint64_t, text)
#define TEXT_SIZE() TCB_FIELD(uint64_t, text_size)

/* One line for each verdict; tools/check-glibc counts them. */
static inline void check(int right, const char *what)
{
	printf("%s - %s\n", right ? "ok" : "not ok", what);
	fflush(stdout);
}

/* The system call without the C library. */
static inline long raw(long nr, long a1, long a2, long a3)
{
	register long a4 __asm__("r10") = 0;
	long ret = nr;

	__asm__ volatile("syscall" : "+a"(ret)
			 : "D"(a1), "S"(a2), "d"(a3), "r"(a4)
			 : "rcx", "r11", "memory");
	return ret;
}

#endif
