/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of mappings by the library's way have in common. */
#ifndef MAPPED_H
#define MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PAGE = 4096, PAGES = 80 };

#define RW (PROT_READ | PROT_WRITE)

/* A mount without a lower tree, and back. */
void mapped_begin(void);
void mapped_end(void);

/*
 * A file of PAGES pages, page n full of the letter 'a' + n % 26.  A new one for each test,
 * as the fake kernel never forgets pages.  Return: its name, until the next one is made.
 */
const char *mapped_make(void);

/* By the core.  MAP_FAILED if it did not. */
char *mapped_map(int fd, int prot, int flags, size_t len, off_t at);
int mapped_open(const char *file, int flags);

/* The signal that reading a byte gives, 0 for none. */
int mapped_touch(volatile char *p);

/* What the backend has at @pos; what the core reads there. */
bool mapped_back_is(const char *file, off_t pos, const char *want);
bool mapped_read_is(int fd, off_t pos, const char *want);

/* Runs @fn in a child; its checks count here.  Return: its wait status. */
int mapped_child(void (*fn)(void *), void *arg);

#endif /* MAPPED_H */
