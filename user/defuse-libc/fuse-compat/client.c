// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table of a process whose file system runs in a server.
 *
 * An open file is a token: 16 random bytes that the server made.  Who knows it may have
 * the very same open file, so it is what the stash keeps: a forked child, the image
 * after exec and the receiver of an FD attach with it.  A server that was started anew
 * does not know it, and opens by path.
 */
#include "client.h"

#include "link.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long the attributes that came with open() are of this moment. */
#define FRESH_NS	1000000L

#define STAYS(flags)	((flags) & ~(O_CREAT | O_EXCL | O_TRUNC))

/**
 * struct bind - what an open file is called on a connection
 * @older: of this file, over connections that are no more; freed with it
 */
struct bind {
	struct link *link;
	uint64_t id;
	struct bind *older;
};

/**
 * struct handle - an open file
 * @bind: in use; replaced under client.rebind, never taken away before close
 * @fresh: until when @st is of this moment: the core asks right after open()
 * @flushed: nothing was changed through it since client_flush(), which was called
 * @changed: something was, since the last flush or fsync()
 * @lost:    the server died after that; said once, by the next of these or close()
 */
struct handle {
	_Atomic(struct bind *) bind;
	char *path;
	int flags;
	unsigned char token[WIRE_TOKEN];
	_Atomic int64_t fresh;
	atomic_bool flushed, changed, lost;
	struct stat st;
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

/* @b: what the file is called from now on. */
static void bind_to(struct bind *b, struct link *l, const struct ask *ask,
		    const struct wire_file *file, struct handle *h)
{
	_Static_assert(sizeof(file->st) == sizeof(h->st), "struct stat");
	memcpy(h->token, file->token, WIRE_TOKEN);
	memcpy(&h->st, file->st, sizeof(h->st));
	b->link = l;
	b->id = ask->out.a;
	b->older = atomic_load(&h->bind);
	link_hold(l);
	atomic_store(&h->bind, b);
}

/* WIRE_OPEN and WIRE_ATTACH end alike.  Return: 0, with @h bound to the answer. */
static int ask_bind(struct client *c, struct ask *ask, struct handle *h)
{
	struct bind *b = malloc(sizeof(*b));
	struct wire_file file;
	struct link *l;
	int err;

	if (!b)
		return -ENOMEM;
	ask->answer = &file;
	ask->room = sizeof(file);
	do {
		err = link_get(c, &l);
		if (err)
			break;
		err = link_ask(l, ask);
		if (!err && ask->out.size != sizeof(file))
			err = -EIO;
		if (!err)
			bind_to(b, l, ask, &file, h);
		link_put(c, l);
	} while (err == LINK_AGAIN);
	if (err)
		free(b);
	return err;
}

static int attach(struct client *c, struct handle *h)
{
	const char *path = h->path ? h->path : "";
	char more[WIRE_TOKEN + WIRE_PATH];
	struct ask ask = { .in.op = WIRE_ATTACH, .in.a = STAYS(h->flags), .more = more };

	if (strlen(path) >= WIRE_PATH)
		return -ENAMETOOLONG;
	memcpy(more, h->token, WIRE_TOKEN);
	memcpy(more + WIRE_TOKEN, path, strlen(path) + 1);
	ask.size = WIRE_TOKEN + strlen(path) + 1;
	return ask_bind(c, &ask, h);
}

/* What @h is called now; over a new connection where the old one is gone. */
static int bound(struct client *c, struct handle *h, struct bind **b)
{
	int err = 0;

	*b = atomic_load(&h->bind);
	if (*b && link_usable(c, (*b)->link))
		return 0;
	pthread_mutex_lock(&c->rebind);
	*b = atomic_load(&h->bind);
	if (!*b || !link_usable(c, (*b)->link)) {
		if (*b && (*b)->link->generation == c->generation &&
		    atomic_exchange(&h->changed, false))
			atomic_store(&h->lost, true);
		err = attach(c, h);
	}
	*b = atomic_load(&h->bind);
	pthread_mutex_unlock(&c->rebind);
	return err;
}

static void handle_free(struct client *c, struct handle *h)
{
	struct bind *b = atomic_load(&h->bind);

	while (b) {
		struct bind *older = b->older;

		link_put(c, b->link);
		free(b);
		b = older;
	}
	free(h->path);
	free(h);
}

static struct handle *handle_new(const char *path, int flags)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->flags = flags;
	h->path = path ? strdup(path) : NULL;
	if (path && !h->path) {
		free(h);
		return NULL;
	}
	return h;
}

/* A call about an open file.  Return: as link_ask(), but for LINK_AGAIN. */
static int ask_file(struct client *c, uint64_t fh, struct ask *ask)
{
	struct bind *b;
	int err;

	do {
		err = bound(c, (struct handle *)fh, &b);
		if (err)
			return err;
		ask->in.file = b->id;
		err = link_ask(b->link, ask);
	} while (err == LINK_AGAIN);
	return err;
}

/* Before a call that changes the file: what was known of it is of no use. */
static void changes(uint64_t fh)
{
	struct handle *h = (struct handle *)fh;

	atomic_store(&h->fresh, 0);
	atomic_store(&h->flushed, false);
	atomic_store(&h->changed, true);
}

int client_open(void *fs, const char *path, int flags, mode_t mode, uint64_t *fh)
{
	struct client *c = fs;
	struct handle *h = handle_new(path, flags);
	struct ask ask = { .in.op = WIRE_OPEN, .in.a = flags, .in.b = mode, .path = path };
	int err;

	if (!h)
		return -ENOMEM;
	if (flags & O_CREAT)
		ask.in.umask = c->host->umask();
	err = ask_bind(c, &ask, h);
	atomic_store(&h->fresh, now_ns() + FRESH_NS);
	if (err)
		handle_free(c, h);
	else
		*fh = (uintptr_t)h;
	return err;
}

/* What was written is where it belongs if @err says so, and no server died with it. */
static int is_kept(struct handle *h, int err)
{
	if (!err)
		atomic_store(&h->changed, false);
	return atomic_exchange(&h->lost, false) && !err ? -EIO : err;
}

/*
 * A call about what this process did with the file: no other server is asked.  A forked
 * child that never used it did nothing.
 */
static int ask_own(struct client *c, uint64_t fh, struct ask *ask)
{
	struct handle *h = (struct handle *)fh;
	struct bind *b = atomic_load(&h->bind);
	int err;

	if (!b || b->link->generation != c->generation)
		return 0;
	ask->in.file = b->id;
	err = link_ask(b->link, ask);
	if (err == LINK_AGAIN)
		err = atomic_exchange(&h->changed, false) ? -EIO : 0;
	return is_kept(h, err);
}

int client_flush(void *fs, uint64_t fh)
{
	struct ask ask = { .in.op = WIRE_FLUSH };

	atomic_store(&((struct handle *)fh)->flushed, true);
	return ask_own(fs, fh, &ask);
}

int client_close(void *fs, uint64_t fh)
{
	struct handle *h = (struct handle *)fh;
	struct ask ask = { .in.op = WIRE_CLOSE, .in.a = atomic_load(&h->flushed) };
	int err = ask_own(fs, fh, &ask);

	handle_free(fs, h);
	return err;
}

int client_read(void *fs, uint64_t fh, char *buf, size_t size, off_t offset,
		       size_t *done)
{
	size_t got = 0, piece, n = 0;
	int err;

	do {
		struct ask ask = { .in.op = WIRE_READ, .in.offset = offset + got };

		piece = size - got < RING_DATA ? size - got : RING_DATA;
		ask.in.a = piece;
		ask.answer = buf + got;
		ask.room = piece;
		err = ask_file(fs, fh, &ask);
		n = err ? 0 : ask.out.size;
		got += n;
	} while (!err && n == piece && got < size);
	*done = got;
	return got ? 0 : err;
}

static int write_piece(void *fs, uint64_t fh, struct ask *ask, size_t *put)
{
	int err;

	changes(fh);
	err = ask_file(fs, fh, ask);
	if (!err && ask->out.a > ask->size)
		err = -EIO;
	*put = err ? 0 : ask->out.a;
	return err;
}

int client_write(void *fs, uint64_t fh, const char *buf, size_t size, off_t offset,
			size_t *done)
{
	size_t put = 0, piece, n = 0;
	int err;

	do {
		struct ask ask = { .in.op = WIRE_WRITE, .in.offset = offset + put };

		piece = size - put < RING_DATA ? size - put : RING_DATA;
		ask.more = buf + put;
		ask.size = piece;
		err = write_piece(fs, fh, &ask, &n);
		put += n;
	} while (!err && n == piece && put < size);
	*done = put;
	return put ? 0 : err;
}

/* One piece is atomic, two would not be: so a long one is cut short. */
int client_append(void *fs, uint64_t fh, const char *buf, size_t size, size_t *done,
			 off_t *end)
{
	struct ask ask = { .in.op = WIRE_APPEND, .more = buf };
	int err;

	ask.size = size < RING_DATA ? size : RING_DATA;
	err = write_piece(fs, fh, &ask, done);
	*end = ask.out.b;
	return err;
}

int client_fsync(void *fs, uint64_t fh, int data_sync)
{
	struct ask ask = { .in.op = WIRE_FSYNC, .in.a = data_sync != 0 };

	return is_kept((struct handle *)fh, ask_file(fs, fh, &ask));
}

int client_ftruncate(void *fs, uint64_t fh, off_t length)
{
	struct ask ask = { .in.op = WIRE_FTRUNCATE, .in.offset = length };

	changes(fh);
	return ask_file(fs, fh, &ask);
}

int client_fchmod(void *fs, uint64_t fh, mode_t mode)
{
	struct ask ask = { .in.op = WIRE_FCHMOD, .in.a = mode };

	changes(fh);
	return ask_file(fs, fh, &ask);
}

int client_fchown(void *fs, uint64_t fh, uid_t uid, gid_t gid)
{
	struct ask ask = { .in.op = WIRE_FCHOWN, .in.a = uid, .in.b = gid };

	changes(fh);
	return ask_file(fs, fh, &ask);
}

int client_futime(void *fs, uint64_t fh, const struct timespec times[2])
{
	struct ask ask = { .in.op = WIRE_FUTIME, .more = times, .size = 2 * sizeof(*times) };

	changes(fh);
	return ask_file(fs, fh, &ask);
}

int client_fallocate(void *fs, uint64_t fh, int mode, off_t offset, off_t len)
{
	struct ask ask = { .in.op = WIRE_FALLOCATE, .in.offset = offset, .in.a = len,
			   .in.b = mode };

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (mode < 0)
		return -EOPNOTSUPP;
	changes(fh);
	return ask_file(fs, fh, &ask);
}

int client_seek(void *fs, uint64_t fh, off_t offset, int whence, off_t *result)
{
	struct ask ask = { .in.op = WIRE_SEEK, .in.offset = offset, .in.a = whence };
	int err;

	if (offset < 0)
		return -ENXIO;
	err = ask_file(fs, fh, &ask);
	*result = ask.out.a;
	return !err && *result < offset ? -EIO : err;
}

int client_fgetattr(void *fs, uint64_t fh, struct stat *st)
{
	struct handle *h = (struct handle *)fh;
	struct ask ask = { .in.op = WIRE_FGETATTR, .answer = st, .room = sizeof(*st) };
	int err;

	if (atomic_exchange(&h->fresh, 0) > now_ns()) {
		*st = h->st;
		return 0;
	}
	err = ask_file(fs, fh, &ask);
	return !err && ask.out.size != sizeof(*st) ? -EIO : err;
}

int client_save(void *fs, uint64_t fh, void *blob, size_t size, size_t *len,
		       int *lower_fd)
{
	(void)fs;
	(void)size;
	memcpy(blob, ((struct handle *)fh)->token, WIRE_TOKEN);
	*len = WIRE_TOKEN;
	*lower_fd = -1;
	return 0;
}

int client_restore(void *fs, const char *path, int flags, const void *blob,
			  size_t len, int lower_fd, uint64_t *fh)
{
	struct client *c = fs;
	struct handle *h;
	int err;

	if (lower_fd >= 0)
		c->host->close_fd(lower_fd);
	if (len != WIRE_TOKEN)
		return -EPROTO;
	h = handle_new(path, flags);
	if (!h)
		return -ENOMEM;
	memcpy(h->token, blob, WIRE_TOKEN);
	err = attach(c, h);
	if (err)
		handle_free(c, h);
	else
		*fh = (uintptr_t)h;
	return err;
}

int client_getdirents(void *fs, uint64_t fh, off_t *cookie, void *buf, size_t size,
			     size_t *written)
{
	struct ask ask = { .in.op = WIRE_GETDENTS, .in.offset = *cookie, .answer = buf };
	int err;

	ask.in.a = ask.room = size < RING_DATA ? size : RING_DATA;
	err = ask_file(fs, fh, &ask);
	*written = err ? 0 : ask.out.size;
	if (!err)
		*cookie = ask.out.a;
	return err;
}

/* What is still open is closed by the kernel, after which nobody could be told. */
void client_finalize(void *fs)
{
	struct client *c = fs;
	struct link *l;

	while ((l = link_leave(c))) {
		link_ask(l, &(struct ask){ .in.op = WIRE_LEAVE });
		link_put(c, l);
	}
}

int client_atfork_child(void *fs)
{
	client_forked(fs);
	return 0;
}

int client_init(const char *socket, const struct defuse_host *host, void **fs)
{
	struct client *c = calloc(1, sizeof(*c));
	struct link *l;
	int err;

	if (!c)
		return -ENOMEM;
	c->host = host;
	c->socket = strdup(socket);
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->rebind, NULL);
	err = c->socket ? link_get(c, &l) : -ENOMEM;
	if (err) {
		free(c->socket);
		free(c);
		return err;
	}
	link_put(c, l);
	*fs = c;
	return 0;
}
