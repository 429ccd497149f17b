/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pager: userfaultfd and the thread that answers it.
 *
 * Started at the first mapping of a process.  Who may not have faults of system calls
 * handled (no CAP_SYS_PTRACE, vm.unprivileged_userfaultfd=0, /dev/userfaultfd closed)
 * has a userfaultfd that puts pages in but answers no faults: then every mapping is
 * filled when it is made, and works in system calls too.
 */
#ifndef DFL_PAGER_H
#define DFL_PAGER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dfl_pages;

/* Return: 0, or -errno: this process cannot page at all. */
int dfl_pager_start(void);

/* Whether faults are answered. */
bool dfl_pager_answers(void);

/* From now on faults in these pages are answered.  Return: 0 or -errno. */
int dfl_pager_register(uintptr_t addr, size_t len);

/* Who waits for these pages may look again. */
void dfl_pager_wake(uintptr_t addr, size_t len);

/**
 * dfl_pager_put() - put pages in that are absent
 * @p: locked
 * @buf: what is in them
 * @n: bytes, whole pages, at most DFL_BATCH_MAX
 * @pos: of the first
 *
 * Pages that are there already stay as they are.  Return: 0 or -errno.
 */
int dfl_pager_put(struct dfl_pages *p, const char *buf, size_t n, uint64_t pos);

void dfl_pager_fork_child(void);

/* Around locks that the pager's thread takes as well. */
void dfl_signals_block(sigset_t *mask);
void dfl_signals_restore(const sigset_t *mask);

#endif /* DFL_PAGER_H */
