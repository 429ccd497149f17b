/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process that does everything to a file that it maps by the library's way, to be killed
 * on the way, and what must be true for the others then.  Of `make unit`, without a kernel
 * module, and of tests/conform/points_paged.c, with one.
 */
#ifndef PAGED_H
#define PAGED_H

#include <stdbool.h>

/* How system calls of the application are made: result or -errno. */
extern long (*paged_sys)(long nr, long a, long b, long c, long d, long e, long f);

/* Fills the file as the victim wants it. */
void paged_fill(const char *path);

/**
 * paged_victim() - all steps, and the end of the process
 * @path: of the file, on the mount
 * @done: shared with who checks: how many steps are done
 *
 * Exits with the number of the step that failed, 0 if all went well.
 */
_Noreturn void paged_victim(const char *path, volatile int *done);

/* One who has the file open while another is killed. */
struct paged_survivor {
	int fd;
	char *map;
	enum paged_kind {
		PAGED_OPEN,	/* and no more: what only the killed one had stored is lost */
		PAGED_VIEWS,	/* mapped to read, before the victim maps it to write */
		PAGED_MAPS,
	} kind;
};

bool paged_survive(struct paged_survivor *s, const char *path, enum paged_kind kind);

/**
 * paged_check() - is what is left one of the states that the victim went through?
 * @back: the file by another way
 * @done: see paged_victim()
 *
 * What is read, mapped, and on the backend must be the same; @s then changes all of it,
 * and maps what he only viewed.
 * Return: NULL, or what is wrong.
 */
const char *paged_check(struct paged_survivor *s, const char *back, int done);

/* A process that comes later: maps the file, compares, stores. */
const char *paged_look(const char *path, const char *back);

/* The end of the survivor.  Return: NULL, or what is wrong. */
const char *paged_leave(struct paged_survivor *s, const char *back);

#endif /* PAGED_H */
