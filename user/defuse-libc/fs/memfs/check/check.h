/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MEMFS_CHECK_H
#define MEMFS_CHECK_H

#include "../memfs.h"

/*
 * Whether a segment is sound, nobody changing it: every name, file and block is where it
 * belongs, once.  Complaints go to stderr if @loud.  Return: how many.
 */
unsigned int mf_check(struct memfs *m, bool loud);

#endif
