/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What exec costs a process that has many files of a mount open.
 */
#ifndef BENCH_DESCRIPTORS_H
#define BENCH_DESCRIPTORS_H

/* The most that can be asked for. */
#define DESCRIPTORS_MAX	4000

/*
 * Have @n files of @dir open, made if they are not there; called with growing @n.  Dies
 * with a message on any error.
 */
void descriptors_open(const char *dir, int n);

/* Start @program with the word "nothing", and wait for its end. */
void descriptors_exec(const char *program);

#endif
