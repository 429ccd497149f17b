// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names: calls over the connection for the credentials that the caller has now. */
#include "client.h"

#include "link.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

int client_getattr(void *fs, const char *path, struct stat *st, int flags)
{
	struct ask ask = { .in.op = WIRE_GETATTR, .path = path, .answer = st,
			   .room = sizeof(*st) };
	int err = link_ask_any(fs, &ask);

	(void)flags;
	return !err && ask.out.size != sizeof(*st) ? -EIO : err;
}

int client_readlink(void *fs, const char *path, char *buf, size_t size,
			   size_t *written)
{
	char text[WIRE_PATH];
	struct ask ask = { .in.op = WIRE_READLINK, .path = path, .answer = text,
			   .room = sizeof(text) };
	int err = link_ask_any(fs, &ask);

	*written = 0;
	if (err)
		return err;
	*written = ask.out.size < size ? ask.out.size : size;
	memcpy(buf, text, *written);
	return 0;
}

int client_trunc(void *fs, const char *path, off_t length)
{
	struct ask ask = { .in.op = WIRE_TRUNC, .path = path, .in.offset = length };

	return link_ask_any(fs, &ask);
}

int client_unlink(void *fs, const char *path)
{
	struct ask ask = { .in.op = WIRE_UNLINK, .path = path };

	return link_ask_any(fs, &ask);
}

int client_mkdir(void *fs, const char *path, mode_t mode)
{
	struct client *c = fs;
	struct ask ask = { .in.op = WIRE_MKDIR, .path = path, .in.a = mode,
			   .in.umask = c->host->umask() };

	return link_ask_any(c, &ask);
}

int client_rmdir(void *fs, const char *path)
{
	struct ask ask = { .in.op = WIRE_RMDIR, .path = path };

	return link_ask_any(fs, &ask);
}

int client_chown(void *fs, const char *path, uid_t uid, gid_t gid)
{
	struct ask ask = { .in.op = WIRE_CHOWN, .path = path, .in.a = uid, .in.b = gid };

	return link_ask_any(fs, &ask);
}

int client_chmod(void *fs, const char *path, mode_t mode)
{
	struct ask ask = { .in.op = WIRE_CHMOD, .path = path, .in.a = mode };

	return link_ask_any(fs, &ask);
}

int client_access(void *fs, const char *path, int mode, int flags)
{
	struct ask ask = { .in.op = WIRE_ACCESS, .path = path, .in.a = mode };

	/* The server knows the effective user only. */
	if (!(flags & AT_EACCESS) && (getuid() != geteuid() || getgid() != getegid()))
		return -EOPNOTSUPP;
	return link_ask_any(fs, &ask);
}

int client_utime(void *fs, const char *path, const struct timespec times[2])
{
	struct ask ask = { .in.op = WIRE_UTIME, .path = path, .more = times,
			   .size = 2 * sizeof(*times) };

	return link_ask_any(fs, &ask);
}

/* A call about a name with a second text behind it. */
static int two_texts(struct client *c, uint32_t op, const char *path, const char *text,
		     uint64_t a)
{
	struct ask ask = { .in.op = op, .in.a = a, .path = path, .more = text,
			   .size = strlen(text) + 1 };

	return ask.size > WIRE_PATH ? -ENAMETOOLONG : link_ask_any(c, &ask);
}

int client_rename(void *fs, const char *oldpath, const char *newpath,
			 unsigned int flags)
{
	return two_texts(fs, WIRE_RENAME, oldpath, newpath, flags);
}

int client_symlink(void *fs, const char *target, const char *linkpath)
{
	return two_texts(fs, WIRE_SYMLINK, linkpath, target, 0);
}

int client_link(void *fs, const char *oldpath, const char *newpath)
{
	return two_texts(fs, WIRE_LINK, oldpath, newpath, 0);
}

int client_statfs(void *fs, struct statfs *buf)
{
	struct ask ask = { .in.op = WIRE_STATFS, .answer = buf, .room = sizeof(*buf) };
	int err = link_ask_any(fs, &ask);

	return !err && ask.out.size != sizeof(*buf) ? -EIO : err;
}
