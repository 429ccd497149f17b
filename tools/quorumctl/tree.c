// SPDX-License-Identifier: GPL-2.0
/* Makes directories all at once. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "quorumctl.h"
#include "tree.h"

enum { DEPTH_FDS = 8 };

struct tree {
	char *place;			/* where it will be */
	char *tmp;
};

/* The one that is not there yet */
static char *unfinished;

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void remove_unfinished(void)
{
	if (unfinished)
		nftw(unfinished, remove_one, DEPTH_FDS, FTW_DEPTH | FTW_PHYS);
}

/* A signal would end the program without exit().  It waits until the directory is there. */
static void signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

struct tree *tree_begin(const char *dir)
{
	struct tree *t = alloc(sizeof(*t));
	size_t len = strlen(dir);
	struct stat st;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	t->place = strndup(dir, len);
	if (!t->place || asprintf(&t->tmp, "%s.XXXXXX", t->place) < 0)
		die(CTL_REFUSED, "out of memory");
	if (!lstat(t->place, &st))
		die(CTL_REFUSED, "%s: there is one already", t->place);
	if (atexit(remove_unfinished))
		die(CTL_REFUSED, "out of memory");
	signals(SIG_BLOCK);
	if (!mkdtemp(t->tmp))
		die(CTL_REFUSED, "%s: %s", t->tmp, strerror(errno));
	unfinished = t->tmp;
	return t;
}

static char *in_tree(const struct tree *t, const char *fmt, va_list ap)
{
	char *name, *path;

	if (vasprintf(&name, fmt, ap) < 0)
		die(CTL_REFUSED, "out of memory");
	path = path_join(t->tmp, name);
	free(name);
	return path;
}

char *tree_path(const struct tree *t, const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = in_tree(t, fmt, ap);
	va_end(ap);
	return path;
}

void tree_mkdir(const struct tree *t, unsigned int mode, const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = in_tree(t, fmt, ap);
	va_end(ap);
	if (mkdir(path, mode) || chmod(path, mode))
		die(CTL_REFUSED, "%s: %s", path, strerror(errno));
	free(path);
}

static int sync_one(const char *path, const struct stat *st, int kind,
		    struct FTW *ftw)
{
	int fd, rc;

	(void)st;
	(void)kind;
	(void)ftw;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static void sync_parent(const char *path)
{
	char *slash, *dir = strdup(path);
	int fd;

	if (!dir)
		return;
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

void tree_commit(struct tree *t)
{
	if (nftw(t->tmp, sync_one, DEPTH_FDS, FTW_DEPTH | FTW_PHYS))
		die(CTL_REFUSED, "%s: %s", t->tmp, strerror(errno));
	if (renameat2(AT_FDCWD, t->tmp, AT_FDCWD, t->place, RENAME_NOREPLACE))
		die(CTL_REFUSED, "%s: %s", t->place, strerror(errno));
	unfinished = NULL;
	sync_parent(t->place);
	signals(SIG_UNBLOCK);
	free(t->place);
	free(t->tmp);
	free(t);
}

char *path_join(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		die(CTL_REFUSED, "out of memory");
	return path;
}
