/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program may do to its process, and a file system inside another program's
 * process may not.  The linker (fuse3.pc) sends these calls of the file system's code to
 * wrap.c; in a server they are what they were.
 */
#ifndef COMPAT_WRAP_H
#define COMPAT_WRAP_H

#include <defuse/fs.h>

/* Of the mount served in this process; NULL: this is a server. */
extern const struct defuse_host *process_host;

/* main() cannot go on: init() fails. */
void process_gave_up(void) __attribute__((noreturn));

#endif /* COMPAT_WRAP_H */
