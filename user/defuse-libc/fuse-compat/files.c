// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Open files: one list.  A directory that is renamed takes those below it along, and
 * who removes a file must know whether it is open.
 *
 * When a process is killed or calls exec, its connection is gone but its open files may
 * not be: whoever has the descriptors now attaches by token.  So a file whose last
 * owner vanished waits a little.
 */
#include "instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

struct file *file_new(struct fuse *f, const char *path, int flags, bool dir)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->path = strdup(path);
	if (!file->path ||
	    getrandom(file->token, WIRE_TOKEN, 0) != WIRE_TOKEN) {
		free(file->path);
		free(file);
		return NULL;
	}
	file->refs = 1;
	file->flags = flags;
	file->dir = dir;
	file->inode = name_inode(f, path);
	pthread_mutex_init(&file->lock, NULL);
	pthread_mutex_lock(&f->files);
	file->next = f->open;
	f->open = file;
	pthread_mutex_unlock(&f->files);
	return file;
}

bool file_is_open(struct fuse *f, const char *path)
{
	struct file *file;

	pthread_mutex_lock(&f->files);
	for (file = f->open; file; file = file->next)
		if (!file->gone && !file->dir && strcmp(file->path, path) == 0)
			break;
	pthread_mutex_unlock(&f->files);
	return file;
}

struct file *file_by_token(struct fuse *f, const unsigned char *token)
{
	struct file *file;

	pthread_mutex_lock(&f->files);
	for (file = f->open; file; file = file->next)
		if (memcmp(file->token, token, WIRE_TOKEN) == 0)
			break;
	if (file)
		file->refs++;
	pthread_mutex_unlock(&f->files);
	return file;
}

void file_hold(struct fuse *f, struct file *file)
{
	pthread_mutex_lock(&f->files);
	file->refs++;
	pthread_mutex_unlock(&f->files);
}

/* Out of the list already, and nobody else's. */
static void file_end(struct fuse *f, struct file *file)
{
	file_release(f, file);
	listing_free(file->listing);
	pthread_mutex_destroy(&file->lock);
	free(file->path);
	free(file);
}

static void unlist(struct fuse *f, struct file *file)
{
	struct file **at = &f->open;

	while (*at != file)
		at = &(*at)->next;
	*at = file->next;
}

void file_put(struct fuse *f, struct file *file, int linger)
{
	bool last;

	pthread_mutex_lock(&f->files);
	last = --file->refs == 0;
	if (last && linger)
		file->until = now_ms() + linger;
	else if (last)
		unlist(f, file);
	pthread_mutex_unlock(&f->files);
	if (last && !linger)
		file_end(f, file);
}

void files_flush(struct fuse *f)
{
	struct file *file = NULL, *next;

	do {
		pthread_mutex_lock(&f->files);
		next = file ? file->next : f->open;
		if (next)
			next->refs++;
		pthread_mutex_unlock(&f->files);
		if (next)
			in_flush(f, next);
		if (file)
			file_put(f, file, 0);
		file = next;
	} while (file);
}

int files_expire(struct fuse *f, bool all)
{
	int64_t now = now_ms(), next = -1;
	struct file **at, *file, *ended = NULL;

	pthread_mutex_lock(&f->files);
	for (at = &f->open; (file = *at);) {
		if (file->refs == 0 && (all || file->until <= now)) {
			*at = file->next;
			file->next = ended;
			ended = file;
			continue;
		}
		if (file->refs == 0 && (next < 0 || file->until - now < next))
			next = file->until - now;
		at = &file->next;
	}
	pthread_mutex_unlock(&f->files);
	while ((file = ended)) {
		ended = file->next;
		file_end(f, file);
	}
	return next;
}

void files_moved(struct fuse *f, const char *from, const char *to)
{
	size_t n = strlen(from);
	struct file *file;
	char *path;

	pthread_mutex_lock(&f->files);
	for (file = f->open; file; file = file->next) {
		if (file->gone || strncmp(file->path, from, n) ||
		    (file->path[n] && file->path[n] != '/'))
			continue;
		if (!to) {
			file->gone = true;
			continue;
		}
		path = malloc(strlen(to) + strlen(file->path + n) + 1);
		if (!path) {
			file->gone = true;
			continue;
		}
		stpcpy(stpcpy(path, to), file->path + n);
		free(file->path);
		file->path = path;
	}
	pthread_mutex_unlock(&f->files);
}

bool file_by_name(const struct fuse *f, const struct file *file)
{
	return file->dir || !f->cfg.nullpath_ok;
}

const char *file_path(struct fuse *f, const struct file *file)
{
	return f->cfg.nullpath_ok ? NULL : file->path;
}
