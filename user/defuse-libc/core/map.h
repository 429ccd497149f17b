/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mappings by the library's way: mmap() and its family. */
#ifndef DFL_MAP_H
#define DFL_MAP_H

#include "call.h"
#include "handle.h"

/* Whether part of these addresses is mapped by us.  Takes no lock: malloc asks it. */
bool dfl_map_overlaps(uintptr_t addr, size_t len);

/* mmap() of a file: result, -errno, or DFL_DOOR2 where the kernel maps. */
long dfl_map_file(const struct dfl_call *c, struct dfl_handle *h);

/*
 * Calls about addresses that overlap ours: mmap() over them, munmap(), mremap(), msync(),
 * madvise(), mprotect().  Return: result or -errno.
 */
long dfl_map_serve(const struct dfl_call *c);

/* The pager's: a page of ours is missing. */
void dfl_map_fault(uintptr_t addr);

/* All that was stored goes to the libraries: before exit and exec. */
void dfl_map_flush_all(void);

/* map_fork.c: for a mount whose library has just been loaded.  Return: 0 or -1. */
int dfl_map_fork_handlers(void);
/* Whether this thread is between the handlers, and so holds the locks of mappings. */
bool dfl_map_forks_here(void);
void dfl_map_fork_child(void);

#endif /* DFL_MAP_H */
