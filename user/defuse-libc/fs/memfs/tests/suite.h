/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests of memfs call the table as the core does; there is no kernel module. */
#ifndef MEMFS_SUITE_H
#define MEMFS_SUITE_H

#include "../../../tests/check.h"
#include "../check/check.h"

/* Segments of the tests are made in /dev/shm, under names of this process. */
struct memfs *suite_attach(const char *name, const char *options);
void suite_detach(struct memfs *m);
void suite_remove(const char *name);

/* What host->held() answers: bits for inode numbers below 64, or an error. */
extern uint64_t suite_held;
extern int suite_held_error;

/* point.c: the test build calls mf_point() at each step of a change. */
extern unsigned long point_count, point_kill;	/* SIGKILL at this one; 0: never */

uint32_t suite_random(void);
void suite_seed(uint32_t seed);

void test_basics(void);
void test_orphans(void);
void test_differ(unsigned int runs);
void test_points(void);
void test_stress(unsigned int seconds);
void test_corrupt(unsigned int runs);

#endif
