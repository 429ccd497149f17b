/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the wrappers of the preload front end share.
 *
 * A wrapper has the name and the type of a function of libc and brings its
 * arguments into the form of the kernel: a number and six longs.  pre_call()
 * does what the patched C library does at that place (<defuse/hook.h>).
 */
#ifndef PRE_FRONT_H
#define PRE_FRONT_H

/* What libc's headers promise of arguments is a caller's promise, not a callee's. */
#include <features.h>
#undef __nonnull
#define __nonnull(params)

#include <defuse/forget.h>
#include <defuse/hook.h>
#include <linux/defuse.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define PRE_PUBLIC	__attribute__((visibility("default")))

/* The same function under another name of libc. */
#define PRE_ALIAS(name, alias)						\
	__asm__(".globl " #alias "\n\t.type " #alias ", @function\n\t"	\
		".set " #alias ", " #name)

/* The thread control block's part; see front.c for how the place is verified. */
#define PRE_THREAD_OFFSET	0x80

static inline struct defuse_thread *pre_thread(void)
{
	uintptr_t self;

	__asm__("mov %%fs:0, %0" : "=r"(self));
	return (struct defuse_thread *)(self + PRE_THREAD_OFFSET);
}

/**
 * pre_raw() - the bare system call: result or -errno (entry.S)
 *
 * The only system-call instruction of the declared text, pre_text to pre_text_end.
 */
long pre_raw(long nr, long a1, long a2, long a3, long a4, long a5, long a6);
extern const char pre_text[], pre_text_end[];

/**
 * pre_call() - a system call, offered to the core before and after
 *
 * Return: result or -errno.  pre_call_cancel() is a cancellation point.
 */
long pre_call(long nr, long a1, long a2, long a3, long a4, long a5, long a6);
long pre_call_cancel(long nr, long a1, long a2, long a3, long a4, long a5, long a6);

/* Tells the core that libc, which it does not see, is about to close or to replace
 * an FD.  Return: 0, or -errno of the library's close(). */
int pre_forget(int fd);

/* The end of the process, behind everything that still runs code. */
void pre_announce_exit(void);

/* Around code of libc that must not be answered with the marker. */
uint64_t pre_suspend(void);
void pre_resume(uint64_t magic);

/* Makes the calling thread known, as every pre_call() does.  True: it is declared, and its
 * children in its memory are counted. */
bool pre_counts_children(void);

/* For entry.S. */
void *pre_vfork_of_libc(void);
int pre_vfork_failed(int error);
void *pre_dlopen_of_libc(const char *file);
void *pre_dlopen(const char *file, int mode);
long pre_syscall(long nr, long a1, long a2, long a3, long a4, long a5, long a6);
extern const unsigned long pre_guarded[];

/* What comes behind us in the search order: libc's own @name. */
void *pre_next(const char *name);

static inline long pre_errno(long ret)
{
	if ((unsigned long)ret > -4096UL) {
		errno = -ret;
		return -1;
	}
	return ret;
}

#define PRE_SYS7(call, nr, a, b, c, d, e, f, ...)				\
	pre_errno(call((nr), (long)(a), (long)(b), (long)(c), (long)(d),	\
		       (long)(e), (long)(f)))
/* Up to six arguments; result as a function of libc gives it. */
#define PRE_SYS(name, ...)							\
	PRE_SYS7(pre_call, SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define PRE_SYS_CANCEL(name, ...)						\
	PRE_SYS7(pre_call_cancel, SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* libc's function of the same name and type as the wrapper @name. */
#define PRE_NEXT(name)								\
	({									\
		static __typeof__(&name) next_;					\
		if (!next_)							\
			next_ = (__typeof__(next_))pre_next(#name);		\
		next_;								\
	})

#endif /* PRE_FRONT_H */
