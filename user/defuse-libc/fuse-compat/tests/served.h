/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers of toyfs for tests, and mounts of them. */
#ifndef TEST_SERVED_H
#define TEST_SERVED_H

#include "host.h"

#include "check.h"

#include <stdbool.h>
#include <sys/types.h>

/* Where toyfs' files are; DIR/.go lets the slow operation end. */
extern char served_root[256];
extern char served_socket[256];
/* The backend= text of the last server. */
extern char served_backend[2048];

/* @argv: of the test: LIBRARY SERVER PRELOAD TOYFS SCRATCH. */
void served_setup(char **argv);

/* A server with these mount options.  It serves when this returns. */
pid_t served_start(const char *options);

/* A server that is kept, by a process which is told of the mount over @fd: keeper.h. */
pid_t served_keep(const char *options, int *fd);

/* Ends it and returns its wait status. */
int served_stop(pid_t server, int sig);

/* The library's table, and a new mount of it as a process that starts has it. */
extern const struct defuse_fs_operations *ops;
void *served_mount(void);

/* DIR/NAME; the last 8 results are valid. */
const char *served_file(const char *name);

/* Runs @test in a child of fork(), told of as the core would.  Its result is checked. */
void served_child(void *fs, void (*test)(void *fs));

#endif /* TEST_SERVED_H */
