/* SPDX-License-Identifier: GPL-2.0 */
/*
 * positions: many holders of one open file, one position.
 *
 * The files of these tests are numbered: the two bytes at offset 2 * n say n, so a
 * read of two bytes tells where it was.
 */
#ifndef TESTS_POSITIONS_H
#define TESTS_POSITIONS_H

#include "../count.h"

#include <stdint.h>
#include <sys/types.h>

enum { NUMBERS = 32768, RECORD = 16 };

/* The same program linked statically: a holder that is never hooked. */
extern const char *static_program;

/* A numbered file at position 0, read and write. */
int numbered(const char *name);

/* Makes the C library's core put the position of @fd into a page; it ends at 0. */
void promote(int fd);

/* The next two bytes say @n. */
bool expect(int fd, int n);

/* Runs @program with these arguments and @fd; its exit status, 128 + signal. */
int run(const char *program, const char *what, int fd, int n);
#define run_static(...)	run(static_program, __VA_ARGS__)
#define run_hooked(...)	run("/proc/self/exe", __VA_ARGS__)

int wait_for(pid_t pid);

/* holder.c: what run() runs. */
int holder(const char *what, int fd, int n);

/* The suites, each on a directory of a mount. */
void test_share(void);		/* share.c */
void test_killed(void);		/* killed.c: the library is `trap` */
void test_signals(bool trap);	/* signals.c */
void test_exits(void);		/* exits.c: the library is `trap` */

#endif
