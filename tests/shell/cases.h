/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the controller's shell share: counting, a scratch directory,
 * and system calls that fail, stop half-way, or are the process's last.
 */
#ifndef SHELL_CASES_H
#define SHELL_CASES_H

#include <stddef.h>
#include <stdint.h>

#include "../count.h"

/* A new empty directory's path, in a buffer of its own; removed at the end */
const char *scratch(void);

/*
 * Calls of the storage that change or read files come through here (--wrap).  Each that
 * changes something has a number, from 1; fault_at is the one that goes wrong.
 */
enum fault {
	FAULT_NONE,
	FAULT_ERROR,			/* fails with fault_errno, nothing done */
	FAULT_HALF,			/* a write stops half-way and says so */
	FAULT_HALF_ERROR,		/* half of it is written, then errors */
	FAULT_KILL_BEFORE, FAULT_KILL_AFTER,
};

extern enum fault fault;
extern unsigned int fault_at, fault_calls;
extern int fault_errno;

/* What was called, one letter each: w pwrite, s fsync or fdatasync of a file, d fsync of a directory,
 * c create, a set room aside, r rename, u remove
 */
enum { FAULT_LOG_MAX = 4096 };
extern char fault_log[FAULT_LOG_MAX];
void fault_reset(void);

/* pread() of bytes at this offset fails with EIO; -1: none does */
extern long fault_unreadable;

void cases_storage(void);
void cases_storage_faults(void);
void cases_keys(void);
void cases_links(void);
void cases_links_hostile(void);
void cases_strangers(void);
void cases_identity(void);
void cases_config(void);
void cases_signer(void);
void cases_driver(void);

#endif
