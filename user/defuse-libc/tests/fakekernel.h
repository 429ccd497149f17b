/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A defuse mount without the kernel module, for unit tests.
 *
 * Names below fk_mount are on the mount; its files are those of the directory
 * fk_backend.  A declared thread gets markers as defuse.ko gives them, an
 * undeclared one the file of the backend.  fk_sys() is the application's system
 * call as the patched C library makes it: hook, kernel, upcall.
 */
#ifndef FAKEKERNEL_H
#define FAKEKERNEL_H

#include <defuse/hook.h>
#include <linux/defuse.h>

#include <stdbool.h>
#include <sys/syscall.h>

#define FK_MOUNT_ID	4711
#define FK_DEV		0x77	/* minor of st_dev on the mount */

struct fk {
	char mount[256];	/* as the application names it */
	char backend[256];
	char library[256];
	unsigned int flags;	/* DEFUSE_MOUNT_* */
	unsigned int uid;	/* of stash writers, as FETCH tells */
	int maps_fd;		/* of DEFUSE_IOC_MAPS */
	bool bind_rdonly;	/* the mount point, not the file system */
	bool withhold_mail;	/* the next marker comes with an empty box */
	unsigned long markers, opens, infos, library_asks;
	unsigned long claims;	/* of the opens: by a walk with a claim */
	bool refuse_claims;	/* as if every name led elsewhere */
	unsigned long door2;	/* calls on the mount answered truthfully */
	int refuse_position;	/* errno for DEFUSE_IOC_POSITION, or 0 */
	_Atomic unsigned long positions;	/* pages mapped */
	_Atomic unsigned long seeks;	/* lseek() calls that reached the kernel */
	int live_fd;		/* of the page of DEFUSE_IOC_LIVE */
	unsigned long looks;	/* undeclared lstat: the core tells of a changed name */
};

extern struct fk fk;
extern const struct defuse_core *fk_core;

void fk_start(const char *library, const char *backend_text);
long fk_sys7(long nr, long a, long b, long c, long d, long e, long f);
#define fk_sys(nr, ...)		fk_sys_pad(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define fk_sys_pad(nr, a, b, c, d, e, f, ...)					\
	fk_sys7(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

struct defuse_thread *fk_thread(void);
const struct defuse_libc *fk_libc(void);

/* A shadow FD of @path as another process image would leave it: not in the table. */
void fk_forget(int fd);

/* The page of @fd's position as its holders see it, or NULL. */
struct defuse_position *fk_position(int fd);

/* An undeclared system call, as a program without the C library makes it. */
#define fk_undeclared(nr, ...)	fk_undeclared_pad(nr, ##__VA_ARGS__, 0, 0, 0)
#define fk_undeclared_pad(nr, a, b, c, ...)					\
	fk_undeclared3((nr), (long)(a), (long)(b), (long)(c))
long fk_undeclared3(long nr, long a, long b, long c);

/* Another mount: fresh id, so that its library is loaded anew. */
void fk_remount(const char *library);

#endif /* FAKEKERNEL_H */
