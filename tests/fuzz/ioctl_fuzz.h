/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of ioctl_fuzz share.
 */
#ifndef FUZZ_IOCTL_FUZZ_H
#define FUZZ_IOCTL_FUZZ_H

#include "random.h"

#include <stdint.h>
#include <sys/types.h>

#define FUZZ_IOCTLS	6
#define FUZZ_ERRNOS	134
#define FUZZ_SLOTS	12
#define FUZZ_SENTENCES	30

/* Counters in memory that all processes share. */
struct fuzz_board {
	uint64_t done[FUZZ_IOCTLS + 1][FUZZ_ERRNOS];	/* [0]: unknown numbers */
	uint64_t markers;
	uint64_t mails;
	uint64_t uses;
	uint64_t disturbances;
	uint64_t kills;
	uint64_t round_trips;
	uint64_t leak_checks;
	uint64_t violations;
	uint64_t sentences[FUZZ_SENTENCES];
};

/**
 * struct fuzz_thread - one caller
 * @rng:     its choices
 * @seed:    where @rng began, for messages
 * @root:    FD of the mount's root directory
 * @id:      of the mount
 * @private: the FD table is this thread's alone, so FDs can be counted
 * @slots:   FDs it holds, -1: none
 * @hole:    two pages, the second not there
 */
struct fuzz_thread {
	struct rng rng;
	uint64_t seed;
	int root;
	uint64_t id;
	int private;
	int slots[FUZZ_SLOTS];
	char *hole;
};

extern struct fuzz_board *board;
extern const char *fuzz_mount;
extern const char *fuzz_backend;

/* Count and report a broken promise. */
void violation(const struct fuzz_thread *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* names.c: paths that all parts use, so that they meet */
#define NAME_MAX_LEN 8192
void name_valid(struct rng *r, char *path);
void name_odd(struct rng *r, char *path);
/* "<dir><path>", in a buffer of NAME_MAX_LEN */
const char *name_below(const char *dir, const char *path, char *buf);

/* fds.c */
int fd_any_kind(struct fuzz_thread *t, const char *path, int flags);
void fd_keep(struct fuzz_thread *t, int fd);
int fd_kept(struct fuzz_thread *t);
void fd_drop_all(struct fuzz_thread *t);
int fd_count(void);
void fd_use(struct fuzz_thread *t, int fd);

/* calls.c */
void call_random(struct fuzz_thread *t);

/* able.c: the thread's declaration */
void able_random(struct fuzz_thread *t);
void able_off(void);
void able_wreck(struct rng *r);
void able_path_call(struct fuzz_thread *t);

/* disturb.c */
void disturb(struct rng *r, const char *dir);

#endif
