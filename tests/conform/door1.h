/* SPDX-License-Identifier: GPL-2.0 */
/*
 * door1: the kernel interface of defuse alone, without a patched C library.
 *
 * The program is linked statically with a stock C library and writes its own
 * declaration into its thread control block.  Every check is one line of
 * output; the number of failed ones decides the exit status.
 */
#ifndef DOOR1_H
#define DOOR1_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/defuse.h"

#define NOBODY	65534

/* What the command line told: absolute paths. */
extern const char *mount_dir, *backend_dir;
extern struct defuse_mailbox mailbox;
extern int dir_fd;		/* the root of the mount, opened undeclared */
extern uint64_t mount_id;
extern int n_failed, n_checks;

/* check() evaluates to its condition, so that a caller can stop on it. */
int check_at(int ok, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
#define check(cond, ...) check_at(!!(cond), __FILE__, __LINE__, __VA_ARGS__)

/* check_errno(result, EFOO, what): the call failed with just this errno. */
#define check_errno(expr, want, ...) do {				\
	errno = 0;							\
	long ce_r = (long)(expr);					\
	int ce_e = ce_r < 0 ? errno : 0;				\
									\
	if (!check(ce_r < 0 && ce_e == (want), __VA_ARGS__))		\
		fprintf(stderr, "    wanted -1 %s, got %ld %s\n",	\
			strerrorname_np(want), ce_r,			\
			ce_e ? strerrorname_np(ce_e) : "");		\
} while (0)

const char *strerrorname_np(int errnum);

/* The declaration of this thread; declare(NULL): no mailbox. */
void declare(struct defuse_mailbox *box);
void declare_text(uint64_t text, uint64_t size);	/* after declare() */
void undeclare(void);

/* Names below the mount and below the backend; four buffers in rotation. */
const char *on_mount(const char *name);
const char *on_backend(const char *name);

/* make_file(name, text, mode): on the backend, owned by root. */
void make_file(const char *name, const char *text, mode_t mode);

/* The identity of a name on the backend, taken without following links. */
struct stat lower_stat(const char *name);

/*
 * blank_open() fills @o as the C library would for the name on the backend;
 * open_blind() also does the ioctl, without a lower FD and without a stash.
 */
struct defuse_open blank_open(const char *path, int flags);
int open_blind(const char *path, int flags);

/* as_nobody(test): run it in a child with uid, gid NOBODY; failures count. */
void as_nobody(void (*test)(void));
void in_child(void (*test)(void));

/* The groups of tests. */
void test_adopt(void);
void test_claim(void);
void test_held(void);
void test_marker(void);
void test_open(void);
void test_pages(void);
void test_info(void);
void test_stash(void);
void test_verify(void);
void test_stale(void);
int stash_after_exec(int fd);

#endif
