/* SPDX-License-Identifier: GPL-2.0 */
/*
 * conform: does a file system behave as another?
 *
 * A scenario is a function that carries out system calls in an empty directory
 * and writes each with its result to a transcript.  Two directories behave alike
 * if all transcripts are equal, byte for byte: so a transcript holds nothing
 * that may differ between two correct file systems (inode numbers are replaced
 * by labels in order of appearance, times only compared with earlier ones).
 *
 * Two processes, the actors A and B, work in the same directory, in lock step.
 * They may be two programs that enter the file system through different doors.
 */
#ifndef CONFORM_H
#define CONFORM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY		65534

/**
 * struct scenario - one row of a table that ends with a NULL name
 * @name: also the name of its directory and its transcript
 * @run:  both actors call it if @pair, else A alone
 */
struct scenario {
	const char *name;
	void (*run)(void);
	int pair;
};

extern const struct scenario c_attr[], c_big[], c_copy[], c_dir[], c_errors[],
	c_exec[], c_fd[], c_io[], c_link[], c_lock[], c_map[], c_open[], c_page[],
	c_reach[], c_rename[], c_shape[];

/* Absolute paths, from the environment; NULL where there is none. */
extern const char *dir_back;	/* the same directory, on the backend itself */
extern const char *dir_ro;	/* a read-only one, with a file "f" and a dir "d" */
extern const char *dir_small;	/* one on a file system of about 1 MiB */
extern const char *dir_else;	/* one on another, ordinary file system */
extern const char *self_bin;	/* this program */
extern const char *other_bin;	/* the program of the other actor */

/*
 * ON(A) { ... }: a block that this actor carries out while the other waits.
 * Every ON of a scenario must be reached by both.
 */
#define ON(actor) \
	for (int on_ = turn_begin((#actor)[0]); on_; on_ = turn_end())

int turn_begin(char actor);
int turn_end(void);
extern char me;

/* A file descriptor for the other actor, who finds it in his next turn. */
int send_fd(int fd);
extern int received_fd;

/* CHILD { ... }: in a child of fork(2); the parent waits for it. */
#define CHILD		for (; child_begin(0); child_end())
#define CHILD_NOBODY	for (; child_begin(NOBODY); child_end())
int child_begin(uid_t uid);
void child_end(void) __attribute__((noreturn));

/* The transcript.  note(): to stderr, not compared. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* R(call): carries it out, writes it with its result or errno, returns the result. */
#define R(call) \
	({ errno = 0; said(#call, (long)(call)); })
long said(const char *call, long result);

/* Errno or not: for results that are addresses or otherwise not to be shown. */
#define OK(call) \
	({ errno = 0; said_ok(#call, !!(call)); })
int said_ok(const char *call, int ok);

/* X(bytes, n): short ones as text, long ones as a hash. */
void X(const void *bytes, long n);

/* S(path), FS(fd): the whole stat; T(path): which times changed since last asked. */
void S(const char *path);
void FS(int fd);
void T(const char *path);
void tick(void);		/* so that the clock of the file system moves on */

/* L(dir): its entries, sorted.  SEE(name): stat and contents, as each actor sees it. */
void L(const char *dir);
void SEE(const char *name);
/* What the backend itself holds under that name of the scenario's directory. */
void SEE_BACK(const char *name);
const char *on_back(const char *name);

void put(const char *name, const char *text, mode_t mode);
unsigned long hash(const void *bytes, size_t n, unsigned long h);
const char *errno_name(int e);
unsigned int rnd(void);		/* the same sequence in every run */

/* conform.c, actor.c and transcript.c among themselves. */
enum { TRANSCRIPT_FD = 200, PEER_FD = 201, CONTROL_FD = 202 };
extern const char *scenario_name;
void transcript_begin(const char *out, const char *name);
void transcript_share(const char *file);
void see_here(const char *name);
void serve(void);		/* until the other actor is at the end */
void actor_end(void);
int exec_child(int argc, char **argv);
void reach_child(int fd);

#endif
