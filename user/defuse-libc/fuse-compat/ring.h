/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared-memory ring between a process (the client) and the one process that runs
 * a file system for a mount (the server).
 *
 * The server makes the segment, seals its size and hands it over a UNIX socket, whose
 * peer credentials, the kernel's word, are those of every request in it.  A slot is
 * one request under way: the client writes @in and the data area and sets SLOT_READY,
 * the server answers in @out and the data area and sets SLOT_DONE.  Whoever waits spins
 * for a moment, if there is a second CPU, and then sleeps on a futex.
 *
 * Neither side trusts the other.  A message is copied out of the segment once, whole,
 * before anything of it is looked at, and only the copy is used; so are paths and data.
 */
#ifndef COMPAT_RING_H
#define COMPAT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC	0x64667268u	/* another one when wire.h says something else */
#define RING_SLOTS	16
#define RING_DATA	(128U << 10)	/* bytes of a slot's data area */

/* What each side waits before it sleeps: about a system call or two. */
#define RING_SPIN_NS	2000

/*
 * Two that have slept once wake each other for ever, each just too late for the other to
 * have waited.  So now and then a client spins for as long as it may take a server to be woken;
 * the more seldom, the more often that was in vain: then others want the CPU.
 */
#define RING_PATIENCE_NS	20000
#define RING_SKIP_MAX		255

/**
 * struct ring_patience - a client's; zeros at first
 * @skip:  so many sleeps without it
 * @fails: what @skip is after the next one in vain
 */
struct ring_patience {
	_Atomic uint32_t skip, fails;
};

enum { SLOT_FREE, SLOT_READY, SLOT_TAKEN, SLOT_DONE };

/**
 * struct ring_in - a request; a, b and c are told in wire.h for each operation
 * @op:     enum wire_op
 * @size:   bytes of the data area in use
 * @first:  bytes of the first path in it, with its NUL; a second one follows
 * @umask:  of the caller
 * @file:   handle, as the server gave it out
 * @offset: in the file, or a directory cookie
 */
struct ring_in {
	uint32_t op;
	uint32_t size;
	uint32_t first;
	uint32_t umask;
	uint64_t file;
	int64_t offset;
	uint64_t a, b, c;
};

/**
 * struct ring_out - its answer
 * @error: 0 or a negative errno
 * @size:  bytes of the data area in use
 */
struct ring_out {
	int32_t error;
	uint32_t size;
	uint64_t a, b;
};

/* @asleep: the client waits for @state on the futex. */
struct ring_slot {
	_Alignas(64) _Atomic uint32_t state;
	_Atomic uint32_t asleep;
	struct ring_in in;
	struct ring_out out;
};

/**
 * struct ring - the head of a segment
 * @doorbell: grows with every request, a futex
 * @sleepers: threads of the server that sleep on it
 */
struct ring {
	uint32_t magic;
	uint32_t reserved;
	_Alignas(64) _Atomic uint32_t doorbell;
	_Atomic uint32_t sleepers;
	struct ring_slot slot[RING_SLOTS];
};

#define RING_HEAD	((sizeof(struct ring) + 4095) & ~(size_t)4095)
#define RING_BYTES	(RING_HEAD + (size_t)RING_SLOTS * RING_DATA)

/* The data area of slot @i < RING_SLOTS. */
static inline unsigned char *ring_data(struct ring *r, unsigned int i)
{
	return (unsigned char *)r + RING_HEAD + (size_t)i * RING_DATA;
}

/* A new sealed segment, mapped at @r.  Return: its FD, or -errno. */
int ring_create(struct ring **r);

/* Maps the segment @fd if it is one that cannot shrink.  Return: 0 or -errno. */
int ring_map(int fd, struct ring **r);
void ring_unmap(struct ring *r);

/* Client: hands over slot @i, whose @in and data are complete. */
void ring_submit(struct ring *r, unsigned int i);

/*
 * Client: waits until the answer is there.  @alive(@arg) is asked now and then; 0 ends
 * the wait.  Return: whether there is an answer.
 */
bool ring_wait(struct ring *r, unsigned int i, bool (*alive)(void *), void *arg,
	       struct ring_patience *patience);

/*
 * Server: takes a request, which is then in @in.  Return: its slot, or -1 when @stop was
 * set.  Any number of threads.
 */
int ring_take(struct ring *r, struct ring_in *in, const atomic_bool *stop);

/* Server: answers slot @i.  The data area is in place. */
void ring_answer(struct ring *r, unsigned int i, const struct ring_out *out);

/* Server: makes all that sleep in ring_take() look at @stop. */
void ring_rouse(struct ring *r);

#endif /* COMPAT_RING_H */
