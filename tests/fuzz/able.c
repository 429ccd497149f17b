// SPDX-License-Identifier: GPL-2.0
/*
 * The declaration of a thread (struct defuse_able) and its mailbox, honest and
 * not.  This program is linked statically with a C library that knows nothing
 * of it, so the words in the thread control block are ours.
 */
#define _GNU_SOURCE
#include "ioctl_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/defuse.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local struct defuse_mailbox mailbox;
static _Thread_local int honest;

static struct defuse_able *able_words(void)
{
	uintptr_t head = 0;
	size_t len;

	if (syscall(SYS_get_robust_list, 0, &head, &len) || !head)
		return NULL;
	return (struct defuse_able *)(head - DEFUSE_ABLE_OFFSET);
}

void able_off(void)
{
	struct defuse_able *able = able_words();

	if (able)
		able->magic = 0;
	honest = 0;
}

void able_random(struct fuzz_thread *t)
{
	struct defuse_able *able = able_words();

	if (!able)
		return;
	able->magic = DEFUSE_ABLE_MAGIC;
	able->mailbox = (uintptr_t)&mailbox;
	honest = 1;
	if (rng_one_in(&t->rng, 4)) {
		able->mailbox = rng_odd_number(&t->rng);
		honest = 0;
		/* The kernel will write there: it must not be memory in use. */
		if (able->mailbox - 0x1000 < 0x7fffffffe000ULL)
			able->mailbox = (uintptr_t)t->hole + 4096 -
					rng_below(&t->rng, 64);
	}
	if (rng_one_in(&t->rng, 8))
		able->magic ^= 1ULL << rng_below(&t->rng, 64);
}

/*
 * A declaration in memory that is not there, and a call that looks for it.  Only
 * for a process about to die: its locks would not survive this.
 */
void able_wreck(struct rng *r)
{
	struct stat st;

	syscall(SYS_set_robust_list, rng_odd_number(r), 3 * sizeof(long));
	if (syscall(SYS_newfstatat, AT_FDCWD, fuzz_mount, &st, 0) &&
	    errno == DEFUSE_MARKER)
		_exit(1);
}

/* A redirected call on the mount, with whatever declaration is in force. */
void able_path_call(struct fuzz_thread *t)
{
	struct defuse_able *able = able_words();
	int declared = able && able->magic == DEFUSE_ABLE_MAGIC;
	char name[NAME_MAX_LEN], path[NAME_MAX_LEN];
	struct stat st;
	long rc;
	int err;

	name_valid(&t->rng, name);
	name_below(fuzz_mount, name, path);
	mailbox.kind = DEFUSE_MAIL_NONE;
	mailbox.adopts = rng_one_in(&t->rng, 2) ? t->id : rng_odd_number(&t->rng);
	errno = 0;
	if (rng_one_in(&t->rng, 2))
		rc = syscall(SYS_newfstatat, AT_FDCWD, path, &st,
			     AT_SYMLINK_NOFOLLOW);
	else
		rc = syscall(SYS_openat, AT_FDCWD, path,
			     O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
	err = rc < 0 ? errno : 0;
	if (!err && rc > 2)
		fd_keep(t, (int)rc);
	if (err == DEFUSE_MARKER) {
		__atomic_fetch_add(&board->markers, 1, __ATOMIC_RELAXED);
		if (!declared)
			violation(t, "marker for an undeclared thread: %s", path);
	}
	if (mailbox.kind == DEFUSE_MAIL_NONE)
		return;
	__atomic_fetch_add(&board->mails, 1, __ATOMIC_RELAXED);
	if (mailbox.kind == DEFUSE_MAIL_ADOPT) {
		if (err || mailbox.adopts != t->id || mailbox.mount_id != t->id)
			violation(t, "bad adoption (errno %d): %s", err, path);
		return;
	}
	if (!honest || err != DEFUSE_MARKER)
		violation(t, "mail without a marker (errno %d): %s", err, path);
	if (mailbox.kind != DEFUSE_MAIL_PATH || mailbox.mount_id != t->id ||
	    mailbox.path_len >= DEFUSE_PATH_MAX || mailbox.path[0] != '/' ||
	    strlen(mailbox.path) != mailbox.path_len)
		violation(t, "bad mail for %s: kind %u id %lu len %u", path,
			  mailbox.kind, (unsigned long)mailbox.mount_id,
			  mailbox.path_len);
}
