/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * A transaction, and the memory it deals with.
 *
 * What readers can see is never written.  The first time that a transaction
 * writes to something it makes a copy, which is its own ("made") until the end;
 * the original is "retired".  Commit publishes the copies and frees what is
 * retired when no reader can see it; abort frees what was made.  So nothing else
 * has to be undone when memory runs out half way.
 */
#ifndef GATE_CHANGE_H
#define GATE_CHANGE_H

#include "gate.h"

/* The beginning of everything that versions are made of */
struct gate_mem {
	struct gate_mem *next, *prev;	/* the writer's */
	uint64_t born;			/* number of the version that had it first */
};

struct gate_change {
	struct gate_rcu_head rcu;
	struct gate_pipeline *pipeline;
	struct gate_version *version;	/* the one under way */
	struct gate_mem made;		/* head of a ring */
	struct gate_mem *retired;	/* by next */
	unsigned int retired_nr;
	uint64_t number;		/* of the version under way */
	uint64_t next_rule;
	struct gate_touched touched;
	bool dirty;			/* there is something to publish */
	bool failed;			/* can only be aborted */
};

/* Zeroed, or NULL; @size with the struct gate_mem it begins with. */
void *gate_mem_new(struct gate_change *c, size_t size);

/* Not part of the version under way any more. */
void gate_mem_drop(struct gate_change *c, void *p);

/*
 * To write to @p: itself if this transaction made it, or else a copy of @size
 * bytes, in room for @room, and @p is dropped.  NULL: no memory, @p is as it was.
 */
void *gate_mem_write(struct gate_change *c, void *p, size_t size, size_t room);

#endif
