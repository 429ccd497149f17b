// SPDX-License-Identifier: GPL-2.0
/*
 * Open files.  What the kernel holds is the number of a slot; the library's handle is
 * this server's, and one that died has left us to open the file again: by what the
 * library saved, or by name.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define FILES_MAX	(256U << 10)	/* as in store.c */
/* Files that are kept open for the kernel. */
#define KEPT_MAX	256

/* Of this server alone, by slot; @lower: the FD that save() gave, or -1. */
static struct handle {
	uint64_t fh;
	int lower;
	uint32_t refs;
	bool open;
	struct batch *batch;
} *handles;

static pthread_mutex_t batch_locks[16] = {
	[0 ... 15] = PTHREAD_MUTEX_INITIALIZER,
};
static pthread_mutex_t reopen_lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t kept_count;

static void list_file(uint32_t file)
{
	struct file_slot *slot = &store->file[file];

	slot->next = store->node[slot->node].files;
	store->node[slot->node].files = file;
}

static void unlist_file(uint32_t file)
{
	uint32_t *at = &store->node[store->file[file].node].files;

	while (*at != file)
		at = &store->file[*at].next;
	*at = store->file[file].next;
}

int file_start(void)
{
	uint32_t file;

	handles = mmap(NULL, FILES_MAX * sizeof(*handles), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (handles == MAP_FAILED)
		return -errno;
	for (file = 1; file <= store->files; file++) {
		if (store->file[file].used && store->node[store->file[file].node].type) {
			handles[file].refs = 1;
			handles[file].lower = -1;
			list_file(file);
		} else {
			store->file[file].used = false;
			store_free_file(file);
		}
	}
	return 0;
}

int file_opened(uint32_t node, uint64_t fh, int flags, uint32_t *file)
{
	struct file_slot *slot;
	size_t len = 0;
	int lower = -1;

	pthread_mutex_lock(&table_lock);
	*file = store_file();
	pthread_mutex_unlock(&table_lock);
	if (!*file)
		return -ENFILE;
	slot = &store->file[*file];
	if (server.ops.save &&
	    (server.ops.save(server.fs, fh, slot->blob, STORE_BLOB, &len, &lower) ||
	     len > STORE_BLOB)) {
		len = 0;
		lower = -1;
	}
	slot->blob_len = len;
	slot->node = node;
	slot->flags = flags;
	handles[*file] = (struct handle){
		.fh = fh, .lower = lower, .refs = 1, .open = true,
	};
	pthread_mutex_lock(&table_lock);
	__atomic_store_n(&slot->used, true, __ATOMIC_RELEASE);
	list_file(*file);
	pthread_mutex_unlock(&table_lock);
	return 0;
}

/* Closes @fh unless it is of @node.  Return: 0 or -errno. */
static int must_be(uint32_t node, uint64_t fh)
{
	struct stat st = { 0 };
	int err = server.ops.fgetattr(server.fs, fh, &st);

	if (!err && !node_is(node, &st))
		err = -ESTALE;
	if (err)
		server.ops.close(server.fs, fh);
	return err;
}

static int reopen(uint32_t file, uint64_t *fh)
{
	const struct file_slot *slot = &store->file[file];
	int flags = slot->flags & ~(O_CREAT | O_EXCL | O_TRUNC);
	char path[SERVER_PATH_MAX];
	struct stat st = { 0 };
	bool named = !node_where(slot->node, path, &st);
	int err;

	if (server.ops.restore)
		err = server.ops.restore(server.fs, named ? path : NULL, flags, slot->blob,
					 slot->blob_len, -1, fh);
	else
		err = named ? server.ops.open(server.fs, path, flags, 0, fh) : -ESTALE;
	if (err)
		return err;
	return must_be(slot->node, *fh);
}

int file_get(uint32_t file, uint64_t *fh)
{
	struct handle *handle = &handles[file];
	int err = 0;

	if (!file || file >= FILES_MAX)
		return -EBADF;
	pthread_mutex_lock(&table_lock);
	if (!store->file[file].used || !handle->refs)
		err = -EBADF;
	else
		handle->refs++;
	pthread_mutex_unlock(&table_lock);
	if (err)
		return err;
	if (!__atomic_load_n(&handle->open, __ATOMIC_ACQUIRE)) {
		pthread_mutex_lock(&reopen_lock);
		if (!handle->open)
			err = reopen(file, &handle->fh);
		if (!err)
			__atomic_store_n(&handle->open, true, __ATOMIC_RELEASE);
		pthread_mutex_unlock(&reopen_lock);
	}
	if (err)
		file_put(file);
	else
		*fh = handle->fh;
	return err;
}

void file_put(uint32_t file)
{
	struct handle *handle = &handles[file];
	uint32_t node = store->file[file].node;
	bool last;

	pthread_mutex_lock(&table_lock);
	last = --handle->refs == 0;
	if (last)
		unlist_file(file);
	pthread_mutex_unlock(&table_lock);
	if (!last)
		return;
	if (handle->open)
		server.ops.close(server.fs, handle->fh);
	if (handle->batch)
		free(handle->batch->records);
	free(handle->batch);
	handle->batch = NULL;
	__atomic_store_n(&store->file[file].used, false, __ATOMIC_RELEASE);
	pthread_mutex_lock(&table_lock);
	store_free_file(file);
	pthread_mutex_unlock(&table_lock);
	node_forget(node, 0);
}

struct batch *batch_get(uint32_t file)
{
	pthread_mutex_lock(&batch_locks[file % 16]);
	if (!handles[file].batch)
		handles[file].batch = calloc(1, sizeof(struct batch));
	return handles[file].batch;
}

void batch_put(uint32_t file)
{
	pthread_mutex_unlock(&batch_locks[file % 16]);
}

static bool allows(int have, int want)
{
	have &= O_ACCMODE;
	want &= O_ACCMODE;
	return have == O_RDWR || have == want;
}

/* @flags NULL: opened in whatever way. */
static int share(uint32_t node, const int *flags, uint32_t *file)
{
	pthread_mutex_lock(&table_lock);
	*file = store->node[node].files;
	while (*file && flags && !allows(store->file[*file].flags, *flags))
		*file = store->file[*file].next;
	if (*file)
		handles[*file].refs++;
	pthread_mutex_unlock(&table_lock);
	return *file ? 0 : -ESTALE;
}

static int file_share(uint32_t node, int flags, uint32_t *file)
{
	return share(node, &flags, file);
}

int file_of_node(uint32_t node, uint32_t *file, uint64_t *fh)
{
	int err = share(node, NULL, file);

	if (err)
		return err;
	err = file_get(*file, fh);
	/* One reference is enough; on error none is left. */
	file_put(*file);
	return err;
}

/* The same file once more by its FD, if the library works with one and he may: else -1. */
static int open_lower(const struct handle *handle, int flags)
{
	char name[sizeof("/proc/self/fd/") + 10];

	if (handle->lower < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", handle->lower);
	/* Who appends, io.c knows. */
	return open(name, (flags & ~O_APPEND) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* A handle for a file without a name, made from an open file of the same node. */
static int restore_as(uint32_t other, int flags, uint64_t *fh)
{
	const struct file_slot *slot = &store->file[other];
	int err;

	if (!server.ops.restore)
		return -ESTALE;
	err = server.ops.restore(server.fs, NULL, flags, slot->blob, slot->blob_len,
				 open_lower(&handles[other], flags), fh);
	if (err)
		return err;
	return must_be(slot->node, *fh);
}

static int cut(uint64_t fh, int flags)
{
	if (!(flags & O_TRUNC))
		return 0;
	return server.ops.ftruncate ? server.ops.ftruncate(server.fs, fh, 0) : -ENOSYS;
}

int file_open_again(uint32_t node, int flags, uint32_t *file)
{
	uint32_t other;
	uint64_t fh;
	int err = file_of_node(node, &other, &fh);

	if (err)
		return err;
	err = restore_as(other, flags & ~O_TRUNC, &fh);
	file_put(other);
	if (!err) {
		err = cut(fh, flags) ?: file_opened(node, fh, flags, file);
		if (err)
			server.ops.close(server.fs, fh);
		return err;
	}
	/* The library cannot: one that is open in this way serves both. */
	err = file_share(node, flags, file) ?: file_get(*file, &fh);
	if (err)
		return err;
	err = cut(fh, flags);
	file_put(*file);
	if (err)
		file_put(*file);
	return err;
}

void file_keep(uint32_t node, uint32_t file)
{
	bool kept = false;

	pthread_mutex_lock(&table_lock);
	if (!store->node[node].kept && kept_count < KEPT_MAX) {
		store->node[node].kept = file;
		kept_count++;
		kept = true;
	}
	pthread_mutex_unlock(&table_lock);
	if (!kept)
		file_put(file);
}

uint32_t file_take(uint32_t node)
{
	uint32_t file;

	pthread_mutex_lock(&table_lock);
	file = store->node[node].kept;
	if (file) {
		store->node[node].kept = 0;
		kept_count--;
	}
	pthread_mutex_unlock(&table_lock);
	return file;
}

void file_drop(uint32_t node)
{
	uint32_t file = file_take(node);

	if (file)
		file_put(file);
}
