// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mailboxes: one pair per thread, made at its first marker, gone with the thread.
 *
 * A letter is valid from the marker until the next declared system call of the
 * thread.  A signal handler may make one in between; its own upcall then empties
 * the box, so an empty box means: ask again.
 */
#include "mailbox.h"

#include "point.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A handler per attempt would have to come in the few instructions between. */
#define ATTEMPTS	8

static pthread_key_t post_key;

static void post_free(void *arg)
{
	struct defuse_thread *t = dfl_libc->thread();

	/* The kernel must not write there any more, so first the pointer. */
	t->mailbox = 0;
	atomic_signal_fence(memory_order_seq_cst);
	t->core = 0;
	dfl_raw(SYS_munmap, arg, sizeof(struct dfl_post));
}

int dfl_mailbox_init(void)
{
	return pthread_key_create(&post_key, post_free) ? -1 : 0;
}

static struct dfl_post *post_make(struct defuse_thread *t)
{
	long addr = dfl_raw(SYS_mmap, 0, sizeof(struct dfl_post),
			    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct dfl_post *post = (struct dfl_post *)addr;

	if (addr < 0 && addr > -4096)
		return NULL;
	if (pthread_setspecific(post_key, post)) {
		dfl_raw(SYS_munmap, post, sizeof(*post));
		return NULL;
	}
	t->core = (uint64_t)(uintptr_t)post;
	atomic_signal_fence(memory_order_seq_cst);
	t->mailbox = (uint64_t)(uintptr_t)&post->box[0];
	return post;
}

struct dfl_post *dfl_mailbox_post(struct defuse_thread *t)
{
	return t->core ? (struct dfl_post *)(uintptr_t)t->core : post_make(t);
}

/* One system call as the kernel answers it to a declared thread. */
static long declared(const struct dfl_call *c, long nr, const long a[6])
{
	long ret;

	c->thread->magic = c->magic;
	atomic_signal_fence(memory_order_seq_cst);
	ret = dfl_libc->raw(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	atomic_signal_fence(memory_order_seq_cst);
	c->thread->magic = 0;
	return ret;
}

/* The kernel writes the box behind the compiler's back. */
static uint32_t box_kind(const struct defuse_mailbox *box)
{
	return *(const volatile uint32_t *)&box->kind;
}

/* A letter that came with a marker. */
static bool box_mail(const struct defuse_mailbox *box)
{
	uint32_t kind = box_kind(box);

	return kind != DEFUSE_MAIL_NONE && kind != DEFUSE_MAIL_ADOPT;
}

static bool box_sane(const struct defuse_mailbox *box)
{
	if (box->kind == DEFUSE_MAIL_FD)
		return true;
	return box->kind == DEFUSE_MAIL_PATH && box->path_len > 0 &&
	       box->path_len < DEFUSE_PATH_MAX && box->path[0] == '/' &&
	       box->path[box->path_len] == '\0';
}

struct dfl_post *dfl_mailbox_collect(const struct dfl_call *c, long *result)
{
	struct dfl_post *post = dfl_post(c);
	int i;

	*result = DFL_DOOR2;
	if (!post)
		post = post_make(c->thread);
	if (!post || !c->magic)
		return NULL;
	for (i = 0; !box_mail(&post->box[0]); i++) {
		long ret;

		if (i == ATTEMPTS)
			return NULL;
		/* So that it is there: for mmap() the kernel does not fault it in. */
		*(volatile uint32_t *)&post->box[0].kind = DEFUSE_MAIL_NONE;
		ret = declared(c, c->nr, c->a);
		if (ret != -DEFUSE_MARKER) {
			*result = ret;
			return NULL;
		}
	}
	if (!box_sane(&post->box[0])) {
		post->box[0].kind = DEFUSE_MAIL_NONE;
		return NULL;
	}
	dfl_point(letter_read);
	return post;
}

const struct defuse_mailbox *dfl_mailbox_probe(const struct dfl_call *c, int dirfd,
					       const char *path)
{
	struct dfl_post *post = dfl_post(c);
	struct defuse_mailbox *box = &post->box[1];
	struct stat unused;
	const long a[6] = { dirfd, (long)path, (long)&unused, AT_SYMLINK_NOFOLLOW };
	long ret = -DEFUSE_MARKER;
	int i;

	if (!c->magic)
		return NULL;
	box->kind = DEFUSE_MAIL_NONE;
	c->thread->mailbox = (uint64_t)(uintptr_t)box;
	for (i = 0; i < ATTEMPTS && ret == -DEFUSE_MARKER; i++) {
		ret = declared(c, SYS_newfstatat, a);
		if (box_kind(box) != DEFUSE_MAIL_NONE)
			break;
	}
	c->thread->mailbox = (uint64_t)(uintptr_t)&post->box[0];
	if (ret != -DEFUSE_MARKER || box->kind != DEFUSE_MAIL_PATH || !box_sane(box))
		return NULL;
	return box;
}

long dfl_mailbox_claim(const struct dfl_call *c, int dirfd, const char *path, int flags,
		       const struct defuse_open *req, bool *taken)
{
	struct dfl_post *post = dfl_post(c);
	/* Not the box whose letter is being served. */
	struct defuse_mailbox *box = &post->box[1];
	const long a[6] = { dirfd, (long)path, flags };
	long ret = -DEFUSE_MARKER;

	*taken = false;
	if (!c->magic)
		return ret;
	box->kind = DEFUSE_MAIL_NONE;
	box->claim = (uint64_t)(uintptr_t)req;
	c->thread->mailbox = (uint64_t)(uintptr_t)box;
	ret = declared(c, SYS_openat, a);
	c->thread->mailbox = (uint64_t)(uintptr_t)&post->box[0];
	*taken = ret >= 0 && !*(const volatile __u64 *)&box->claim;
	box->claim = 0;
	return ret;
}

long dfl_mailbox_adopt(const struct dfl_call *c, uint64_t id)
{
	struct defuse_mailbox *box = &dfl_post(c)->box[0];
	long ret;

	if (box->adopts == id || !c->magic)
		return DFL_DOOR2;
	box->adopts = id;
	ret = declared(c, c->nr, c->a);
	dfl_point(open_adopted);
	/* The same letter has come again. */
	if (ret == -DEFUSE_MARKER)
		box->kind = DEFUSE_MAIL_NONE;
	return ret == -DEFUSE_MARKER ? DFL_DOOR2 : ret;
}

bool dfl_mailbox_adoptable(const struct defuse_thread *t)
{
	const struct defuse_mailbox *box = (const struct defuse_mailbox *)t->mailbox;

	return box && box_kind(box) == DEFUSE_MAIL_ADOPT;
}

bool dfl_mailbox_adoption(struct defuse_thread *t, uint64_t *mount_id)
{
	struct defuse_mailbox *box = (struct defuse_mailbox *)t->mailbox;

	if (!dfl_mailbox_adoptable(t))
		return false;
	*mount_id = box->mount_id;
	box->kind = DEFUSE_MAIL_NONE;
	return true;
}

void dfl_mailbox_spoil(struct defuse_thread *t)
{
	struct defuse_mailbox *box = (struct defuse_mailbox *)t->mailbox;

	if (box)
		box->kind = DEFUSE_MAIL_NONE;
}
