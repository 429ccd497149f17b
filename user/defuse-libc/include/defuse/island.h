/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract between the patched libc.a and /usr/lib/defuse/defuse-island.
 *
 * A static program has no dynamic linker.  At its first marker libc.a maps the
 * machine's one into the process and starts it on a thread, with defuse-island as its
 * program and the address of a struct defuse_island, in hexadecimal, as its argument.
 * The helper loads the core library, fills the structure in and ends the thread.  What
 * remains is the island: a C library with the core and file-system libraries, and
 * contexts in which threads of the program can call it.
 *
 * Without an argument the helper does all that for itself, and exits with 0 if it
 * would have worked: libc.a tries so in a child first.
 *
 * Include <defuse/hook.h> before this.
 */
#ifndef DEFUSE_ISLAND_H
#define DEFUSE_ISLAND_H

#include <stdint.h>

#define DEFUSE_ISLAND_VERSION	1

/* An entry of the auxiliary vector: this C library is that of an island.  It serves the
 * core and must not declare threads, which would load another. */
#define DEFUSE_ISLAND_AUXV	0x44465553

/**
 * struct defuse_context - what a thread has to be in order to run in the island
 * @thread_pointer: value for the FS base
 * @robust_head:    address of its struct robust_list_head; DEFUSE_ABLE_OFFSET below
 *                  it lies its struct defuse_thread
 * @tid:            address of an int, for the ID of the thread that is there, or 0
 * @next:           libc.a's own
 *
 * One thread at a time, with all signals blocked.
 */
struct defuse_context {
	uint64_t thread_pointer;
	uint64_t robust_head;
	uint64_t tid;
	struct defuse_context *next;
};

/**
 * struct defuse_island - filled by the helper; valid for ever
 * @version: in: DEFUSE_ISLAND_VERSION
 * @size:    in: sizeof(struct defuse_island)
 * @busy:    in: 1; out: 0, with a wake-up of a shared futex, when the helper's thread
 *           has ended
 * @core:    out: the core, or NULL: it could not be loaded, for the reason printed
 * @maker:   out: a context
 * @wants:   out: whether @core->hook would do anything but pass; may be called in any
 *           thread, also outside of a context
 * @make:    out: makes a context; returns its address or -errno
 * @fork:    out: fork(); the child is in the context of its parent, and there is no
 *           other any more.  Returns the ID of the child, 0 or -errno
 * @flush:   out: writes what was printed on stdout
 *
 * All functions but @wants are called in a context; those without a use for them
 * ignore their arguments.
 */
struct defuse_island {
	uint32_t version;
	uint32_t size;
	int busy;
	uint32_t reserved;
	const struct defuse_core *core;
	struct defuse_context *maker;
	defuse_syscall_t wants;
	defuse_syscall_t make;
	defuse_syscall_t fork;
	defuse_syscall_t flush;
};

#endif /* DEFUSE_ISLAND_H */
