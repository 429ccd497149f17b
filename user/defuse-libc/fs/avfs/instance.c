// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * AVFS as a part of somebody else's process: which of its parts there are, its file
 * descriptors, and fork().
 *
 * AVFS is linked statically, so what it calls and we define here is ours:
 *
 * - its list of modules: only archives and compression.  What talks to a network or runs
 *   programs (ftp, http, ssh, extfs, ...) is not even in the library;
 * - open and close: its FDs become private (fs.h), so that a shell's "exec 3<file" does
 *   not put another file under it;
 * - mkdtemp: the handlers that are left ask for temporary names and never use them;
 * - syslog: a library has nothing to say to the system's log.
 *
 * After fork() parent and child share the positions of AVFS's FDs, which it reads with lseek() and
 * read(): neither could use them.  So the child gets AVFS as it was before its first use: its
 * variables, which are ours, are put back, its FDs closed.  What it had allocated is lost.
 */
#include "avfs.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Functions of AVFS that its headers do not declare.  NULL: part of the library itself. */
int av_init_module_uar(void *module);
int av_init_module_ubz2(void *module);
int av_init_module_ugz(void *module);
int av_init_module_utar(void *module);
int av_init_module_uxz(void *module);
int av_init_module_uzip(void *module);
int av_init_module_uzstd(void *module);

/**
 * struct own - what outlives a reset, and so must not be in our variables
 * @host:       of the first mount; its functions are the same for all
 * @quiet:      held for reading inside AVFS, for writing while the process forks
 * @generation: forks
 * @data, @size: our variables, AVFS's among them
 * @first:      a copy of them from before the first use of AVFS
 * @lock:       around @fds
 * @fds:        private FDs of AVFS, @nfds of them
 */
struct own {
	const struct defuse_host *host;
	pthread_rwlock_t quiet;
	unsigned int generation;
	char *data, *first;
	size_t size;
	pthread_mutex_t lock;
	int *fds;
	size_t nfds, room;
};

static struct own *own;
/* Calls of this thread that are inside: a signal handler may fork. */
static __thread unsigned int inside;

/* In place of AVFS's own lists. */
void av_init_static_modules(void);
void av_init_dynamic_modules(void);

void av_init_static_modules(void)
{
	av_init_module_ugz(NULL);
	av_init_module_ubz2(NULL);
	av_init_module_uxz(NULL);
	av_init_module_uzstd(NULL);
	av_init_module_uar(NULL);
	av_init_module_utar(NULL);
	av_init_module_uzip(NULL);
}

void av_init_dynamic_modules(void)
{
}

/* False: no memory. */
static bool fd_add(int fd)
{
	bool ok = true;

	pthread_mutex_lock(&own->lock);
	if (own->nfds == own->room) {
		size_t room = own->room ? 2 * own->room : 16;
		int *fds = realloc(own->fds, room * sizeof(*fds));

		ok = fds;
		if (ok) {
			own->fds = fds;
			own->room = room;
		}
	}
	if (ok)
		own->fds[own->nfds++] = fd;
	pthread_mutex_unlock(&own->lock);
	return ok;
}

static bool fd_remove(int fd)
{
	size_t i;

	pthread_mutex_lock(&own->lock);
	for (i = 0; i < own->nfds && own->fds[i] != fd; i++)
		;
	if (i == own->nfds)
		fd = -1;
	else
		own->fds[i] = own->fds[--own->nfds];
	pthread_mutex_unlock(&own->lock);
	return fd >= 0;
}

int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	long fd;

	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	fd = syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	fd = own->host->private_fd(fd);
	if (fd >= 0 && !fd_add(fd)) {
		own->host->close_fd(fd);
		fd = -ENOMEM;
	}
	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

int close(int fd)
{
	if (!own || !fd_remove(fd))
		return syscall(SYS_close, fd);
	own->host->close_fd(fd);
	return 0;
}

/* A place where nothing can be made, deleted or found. */
char *mkdtemp(char *template)
{
	static const char nowhere[] = "/dev/null/";

	if (strlen(template) >= sizeof(nowhere) - 1)
		memcpy(template, nowhere, sizeof(nowhere) - 1);
	return template;
}

void openlog(const char *ident, int option, int facility)
{
	(void)ident, (void)option, (void)facility;
}

void closelog(void)
{
}

void __syslog_chk(int priority, int flag, const char *format, ...)
{
	(void)priority, (void)flag, (void)format;
}

void instance_enter(void)
{
	if (inside++ == 0)
		pthread_rwlock_rdlock(&own->quiet);
}

void instance_leave(void)
{
	if (--inside == 0)
		pthread_rwlock_unlock(&own->quiet);
}

unsigned int instance_generation(void)
{
	return own->generation;
}

static void fork_prepare(void)
{
	if (!inside)
		pthread_rwlock_wrlock(&own->quiet);
}

static void fork_parent(void)
{
	if (!inside)
		pthread_rwlock_unlock(&own->quiet);
}

/* Variables of a library that the address sanitizer watches are not all its own. */
__attribute__((no_sanitize("address")))
static void put_back(void)
{
	struct own *const kept = own;
	volatile char *to = kept->data;
	size_t i;

	for (i = 0; i < kept->size; i++)
		to[i] = kept->first[i];
	own = kept;
}

static void fork_child(void)
{
	size_t i;

	/* A handler forked in the midst of a call that will go on here: let it. */
	if (inside)
		return;
	put_back();
	pthread_rwlock_init(&own->quiet, NULL);
	pthread_mutex_init(&own->lock, NULL);
	own->generation++;
	for (i = 0; i < own->nfds; i++)
		own->host->close_fd(own->fds[i]);
	own->nfds = 0;
}

/* Our writable segment without what the loader made read-only. */
static int find_data(struct dl_phdr_info *info, size_t size, void *result)
{
	const uintptr_t here = (uintptr_t)&own - info->dlpi_addr;
	struct own *o = result;
	size_t from = 0, to = 0, i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && here - p->p_vaddr < p->p_memsz) {
			from = p->p_vaddr;
			to = p->p_vaddr + p->p_memsz;
		}
	}
	if (!to)
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_GNU_RELRO && p->p_vaddr <= from)
			from = (p->p_vaddr + p->p_memsz + 4095) & ~4095UL;
	}
	o->data = (char *)(info->dlpi_addr + from);
	o->size = to - from;
	return 1;
}

__attribute__((no_sanitize("address")))
static void copy_first(struct own *o)
{
	volatile char *from = o->data;
	size_t i;

	for (i = 0; i < o->size; i++)
		o->first[i] = from[i];
}

int instance_start(const struct defuse_host *host)
{
	struct own *o;

	/* init() is never called twice at once, but for several mounts. */
	if (own)
		return 0;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->host = host;
	pthread_rwlock_init(&o->quiet, NULL);
	pthread_mutex_init(&o->lock, NULL);
	if (!dl_iterate_phdr(find_data, o))
		goto err_free;
	o->first = malloc(o->size);
	if (!o->first)
		goto err_free;
	copy_first(o);
	own = o;
	if (!pthread_atfork(fork_prepare, fork_parent, fork_child))
		return 0;
	own = NULL;
	free(o->first);
err_free:
	free(o);
	return -ENOMEM;
}
