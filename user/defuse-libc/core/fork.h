/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which process this is: the one the core knows, or a copy of it. */
#ifndef DFL_FORK_H
#define DFL_FORK_H

#include <stdbool.h>

/* Return: 0, or -1: no memory. */
int dfl_fork_init(void);

/**
 * dfl_fork_known() - is this a process that the core was started in or told of?
 *
 * Called at every entry.  False in a child of _Fork(3) or of a clone(2) that the C
 * library did not see: locks may be held by threads that are not there, and no library
 * was told.  Such a process takes door 2 for the rest of its life.
 */
bool dfl_fork_known(void);

/* The number of this process among its ancestors, to tell what was made by which; 0 in one
 * that is not known. */
unsigned int dfl_fork_generation(void);

#endif /* DFL_FORK_H */
