/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hammer: one file, used at once by programs that come to it by different ways.
 *
 * A coordinator starts players, each a process that reaches the file in its own way, and gives
 * them orders by lines on their standard input; each is answered by a line.  Any program
 * that speaks this may play:
 *
 *	write OFF LEN SEED	LEN bytes pattern(SEED, 0..) at OFF		ok
 *	append LEN SEED		the same at the end				ok
 *	truncate LEN							ok
 *	look			the size and the hash of the whole file		SIZE HASH
 *	race ME PLAYERS ROUNDS SEED	records of one's own, read everybody's	ok
 *	log ME ROUNDS		append records, all at once			ok
 *	churn ME ROUNDS		append, and now and then truncate to nothing	ok
 *	quit								(no answer)
 *
 * Another answer than the one expected is shown and fails.
 */
#ifndef HAMMER_H
#define HAMMER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum {
	FILE_MAX = 40960,	/* bytes of the file while it is hammered by turns */
	SLOTS = 16,		/* records of each player in a race */
};

/**
 * struct record - 64 bytes that say whether they are whole
 * @owner: player + 1; 0: never written
 * @slot:  in a race, which of the owner's
 * @seq:   grows
 * @fill:  follows from the others
 * @sum:   over all before it
 */
struct record {
	uint32_t owner;
	uint32_t slot;
	uint64_t seq;
	uint64_t fill[5];
	uint64_t sum;
};

_Static_assert(sizeof(struct record) == 64, "a record has 64 bytes");

void record_make(struct record *r, uint32_t owner, uint32_t slot, uint64_t seq);
/* 1 whole, 0 all zero, -1 neither. */
int record_whole(const struct record *r);

unsigned char pattern(unsigned int seed, size_t i);
uint64_t hash(const void *bytes, size_t n);
unsigned int rnd(unsigned int *state);

/**
 * struct way - how a player reaches the file; all return as the system calls do
 * @name: of the role
 */
struct way {
	const char *name;
	int (*open)(const char *file);
	ssize_t (*read)(void *buf, size_t n, off_t at);
	ssize_t (*write)(const void *buf, size_t n, off_t at);
	ssize_t (*append)(const void *buf, size_t n);
	int (*truncate)(off_t len);
	off_t (*size)(void);
};

extern const struct way ways[];	/* ends with a NULL name */

int player(const char *role, const char *file);

#endif
