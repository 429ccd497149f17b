/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Killing a writer: what killer (before each system call) and points (at each labelled point
 * of the core) have in common.  Both work in the current directory.
 */
#ifndef VICTIM_H
#define VICTIM_H

/* The victim's steps, in an order that victim_check() knows.  Return: 0, or which failed. */
int victim_writes(void);

/**
 * victim_check() - is this a state that the victim went through?
 * @dir:  the directory, by whatever way
 * @what: which way, for the message
 */
void victim_check(const char *dir, const char *what);
void victim_clean(void);

/* An innocent process with an open file, which must work on after every death. */
int bystander_open(void);
void bystander_works(int fd);

/* Where the victim died, for messages; and how many of those there were. */
extern char victim_death[100];
extern int n_wrong;
void wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
