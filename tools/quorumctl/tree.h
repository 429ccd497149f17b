/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A new directory with all that is in it, there at once or not at all: it is made beside its
 * place under another name, and goes if the program ends before tree_commit().
 */
#ifndef TREE_H
#define TREE_H

#include <stddef.h>

struct tree;

/* @dir: must not exist.  Secrets are in it: mode 0700 */
struct tree *tree_begin(const char *dir);

/* A path in it; the caller frees it. */
char *tree_path(const struct tree *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void tree_mkdir(const struct tree *t, unsigned int mode, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Durable, and there.  Frees it. */
void tree_commit(struct tree *t);

/* @dir/@name, or the end; the caller frees it. */
char *path_join(const char *dir, const char *name);

#endif
