/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mailboxes of a thread, and asking the kernel where a path leads. */
#ifndef DFL_MAILBOX_H
#define DFL_MAILBOX_H

#include "call.h"
#include "position.h"

/* What a library may save, and the core's heading of it (see restore.c). */
#define DFL_BLOB_MAX	4096

struct dfl_stash {
	uint32_t magic;
	uint32_t length;
	unsigned char blob[DFL_BLOB_MAX];
};

/* Scratch of follow.c. */
struct dfl_follow {
	char done[DEFUSE_PATH_MAX], rest[DEFUSE_PATH_MAX], target[DEFUSE_PATH_MAX],
		spare[DEFUSE_PATH_MAX];
};

/**
 * struct dfl_post - what a thread needs from its first marker on
 * @box:    0: of the call being served; 1: of a probe
 * @path:   scratch for one path
 * @stash:  scratch for one stash
 * @hold:   the operation with a position that is under way, see position.h
 * @number: of the thread, as generation @number_of of the process knows it
 * @follow: scratch for symbolic links; memory only where there are any
 *
 * Mapped, not malloc()ed, so that a signal handler may be the first to need it; and
 * large enough that no served call needs much stack.
 */
struct dfl_post {
	struct defuse_mailbox box[2];
	char path[DEFUSE_PATH_MAX + 64];
	struct dfl_stash stash;
	struct dfl_hold hold;
	uint32_t number, number_of;
	struct dfl_follow follow;
};

int dfl_mailbox_init(void);

/* The thread's post, made if it had none; NULL: no memory. */
struct dfl_post *dfl_mailbox_post(struct defuse_thread *t);

/**
 * dfl_mailbox_collect() - the letter that came with a marker
 * @c: the call that was answered with it
 * @result: out, where NULL is returned: what the call is to return
 *
 * Return: the thread's post with box[0] filled, or NULL.
 */
struct dfl_post *dfl_mailbox_collect(const struct dfl_call *c, long *result);

/**
 * dfl_mailbox_probe() - where on a mount is this name?
 * @c: the call being served
 * @dirfd: where @path begins
 *
 * The last component is not followed.
 * Return: box[1], or NULL if the name is not the final component of a path on a mount.
 */
const struct defuse_mailbox *dfl_mailbox_probe(const struct dfl_call *c, int dirfd,
					       const char *path);

/**
 * dfl_mailbox_adopt() - make a call again, so that the kernel carries it out
 * @c: the call being served, about a name of mount @id
 *
 * From now on the thread's calls about names there are not redirected, or with paging those
 * alone that open files.
 * Return: the result; DFL_DOOR2: it is redirected all the same.
 */
long dfl_mailbox_adopt(const struct dfl_call *c, uint64_t id);

/**
 * dfl_mailbox_claim() - open what the library has open already
 * @c: the call being served
 * @dirfd, @path, @flags: to openat()
 * @req:   what is claimed of the file
 * @taken: out: the FD is one for that
 *
 * Return: FD, which is for another file if not @taken, or -errno.
 */
long dfl_mailbox_claim(const struct dfl_call *c, int dirfd, const char *path, int flags,
		       const struct defuse_open *req, bool *taken);

/* Whether the thread's last letter says that there is a new FD to adopt; taken out. */
bool dfl_mailbox_adoptable(const struct defuse_thread *t);
bool dfl_mailbox_adoption(struct defuse_thread *t, uint64_t *mount_id);

/* For a marker that reached a thread inside the core: whatever letter came is not
 * the one the core waits for. */
void dfl_mailbox_spoil(struct defuse_thread *t);

static inline struct dfl_post *dfl_post(const struct dfl_call *c)
{
	return (struct dfl_post *)c->thread->core;
}

#endif /* DFL_MAILBOX_H */
