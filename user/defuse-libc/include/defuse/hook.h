/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract between the patched C library and libdefuse-core.so.
 *
 * The C library offers every system call of its list (glibc-patches/README.md) to
 * the core in kernel form: number and six longs in, result or -errno out.  It
 * knows nothing of file systems.  The core uses raw() alone to enter the kernel.
 *
 * Life of a process: the C library declares every thread able (struct defuse_able in
 * <linux/defuse.h>) unless the program is AT_SECURE, static with another C library than
 * the patched one, or in a secondary link namespace.  The first system call that the kernel
 * answers with -DEFUSE_MARKER loads the core (dlopen, RTLD_NOW | RTLD_LOCAL |
 * RTLD_DEEPBIND; in static programs as <defuse/island.h> says), calls defuse_core_init()
 * once, and from then on asks core->hook before, and core->upcall after, each system call
 * of the list.
 *
 * GNU-free C, so that glibc, the core, tests and other front ends can include it.
 */
#ifndef DEFUSE_HOOK_H
#define DEFUSE_HOOK_H

#include <stdint.h>

#define DEFUSE_HOOK_VERSION	1

/* "Not ours: do the system call."  Outside of the range of results. */
#define DEFUSE_PASS		(-0x7fffffffffffffffL - 1)

/**
 * struct defuse_thread - the DEFUSE part of a thread control block
 * @magic:   DEFUSE_ABLE_MAGIC while this thread may be redirected, else 0
 * @mailbox: address of the thread's struct defuse_mailbox, or 0; owned by the core
 * @text:    where the C library's code lies, for the kernel to know its system calls
 * @text_size: bytes of it
 * @depth:   above 0 while the thread runs in the core or a library: the hook must
 *           pass everything, and @magic is 0
 * @vfork:   above 0 while a child of vfork or posix_spawn runs in this thread's
 *           memory: the hook must pass everything and change nothing
 * @core:    for the core alone; 0 in a new thread
 *
 * The first four members are struct defuse_able.  Written by its own thread only.
 * In a new thread the C library sets @magic as the process has it, @text and
 * @text_size, and the rest to 0 before any other system call of that thread.
 */
struct defuse_thread {
	uint64_t magic;
	uint64_t mailbox;
	uint64_t text;
	uint64_t text_size;
	uint32_t depth;
	uint32_t vfork;
	uint64_t core;
};

typedef long (*defuse_syscall_t)(long nr, long a1, long a2, long a3,
				 long a4, long a5, long a6);

/**
 * struct defuse_libc - what the C library gives to the core; valid for ever
 * @version: DEFUSE_HOOK_VERSION
 * @size:    sizeof(struct defuse_libc)
 * @raw:     the bare system call: result or -errno, no hook, not a cancellation
 *           point, does not touch errno
 * @thread:  the calling thread's struct defuse_thread
 */
struct defuse_libc {
	uint32_t version;
	uint32_t size;
	defuse_syscall_t raw;
	struct defuse_thread *(*thread)(void);
};

/**
 * struct defuse_core - what the core gives to the C library; valid for ever
 * @version: DEFUSE_HOOK_VERSION
 * @size:    sizeof(struct defuse_core)
 * @hook:    asked before the system call; result, -errno or DEFUSE_PASS
 * @upcall:  asked after the kernel answered -DEFUSE_MARKER; result or -errno, never
 *           DEFUSE_PASS: what the core does not serve it has repeated undeclared
 * @wants:   whether @hook would do anything but pass: 0 or not; NULL: always.  Uses nothing of the
 *           thread but its struct defuse_thread, so that a caller for whom it is dear
 *           to enter the core (<defuse/island.h>) can ask first
 *
 * Both may be called by any thread at any time, also concurrently; neither
 * touches errno.  exit_group is offered to @hook last, before the process ends:
 * that is where libraries are finalized; its result is ignored.
 */
struct defuse_core {
	uint32_t version;
	uint32_t size;
	defuse_syscall_t hook;
	defuse_syscall_t upcall;
	defuse_syscall_t wants;
};

/**
 * defuse_core_init() - the one symbol the core exports
 * @libc: of the caller
 *
 * Called once, with depth above 0 and magic 0 in the calling thread.
 * Return: the core, or NULL if it cannot work with this C library (the reason has
 * been printed); the process then goes on through door 2.
 */
const struct defuse_core *defuse_core_init(const struct defuse_libc *libc);

typedef const struct defuse_core *(*defuse_core_init_t)(const struct defuse_libc *);

#endif /* DEFUSE_HOOK_H */
