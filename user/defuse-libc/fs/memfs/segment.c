// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The segment: a file, usually in /dev/shm, that is made once and mapped by everybody.
 *
 * It is made whole under another name and then linked, so nobody ever sees half of one,
 * and of several makers one wins.
 */
#include "memfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define DIRECTORY	"/dev/shm/"
#define SIZE_USUAL	(256ULL << 20)
#define PATIENCE_MS	30000

/* What backend= says. */
struct wishes {
	char path[512];
	uint64_t size;
	mode_t mode;		/* of the segment's file */
	mode_t root;		/* of the root directory */
};

/* "256M"; 0: nonsense */
static uint64_t parse_size(const char *text, const char *end)
{
	char *rest;
	uint64_t n = strtoull(text, &rest, 10);
	int shift = 0;

	if (rest < end && strchr("kKmMgG", *rest)) {
		shift = strchr("kK", *rest) ? 10 : strchr("mM", *rest) ? 20 : 30;
		rest++;
	}
	if (rest != end || n > MF_SIZE_MAX >> shift)
		return 0;
	return n << shift & ~(uint64_t)(MF_BLOCK - 1);
}

static bool parse_mode(const char *text, const char *end, mode_t *mode)
{
	char *rest;
	unsigned long n = strtoul(text, &rest, 8);

	*mode = n;
	return rest == end && rest != text && n <= 07777;
}

static int parse_option(struct wishes *w, const char *at, const char *end)
{
	if (!strncmp(at, "size=", 5)) {
		w->size = parse_size(at + 5, end);
		return w->size < MF_SIZE_MIN || w->size > MF_SIZE_MAX ? -EINVAL : 0;
	}
	if (!strncmp(at, "mode=", 5))
		return parse_mode(at + 5, end, &w->mode) ? 0 : -EINVAL;
	if (!strncmp(at, "root=", 5))
		return parse_mode(at + 5, end, &w->root) ? 0 : -EINVAL;
	return -EINVAL;
}

static int parse(struct wishes *w, const char *text)
{
	const char *end = strchrnul(text, ':');
	int n, err = 0;

	*w = (struct wishes){ .size = SIZE_USUAL, .mode = 0600, .root = 0755 };
	if (end == text || (text[0] != '/' && memchr(text, '/', end - text)) || text[0] == '.')
		return -EINVAL;
	n = snprintf(w->path, sizeof(w->path), "%s%.*s", text[0] == '/' ? "" : DIRECTORY,
		     (int)(end - text), text);
	if (n >= (int)sizeof(w->path) - 32)	/* room for the name while it is made */
		return -ENAMETOOLONG;
	while (*end && !err) {
		const char *at = end + 1;

		end = strchrnul(at, ':');
		err = parse_option(w, at, end);
	}
	return err;
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + MF_BLOCK - 1) & ~(uint64_t)(MF_BLOCK - 1);
}

/* Follows from the size alone: see layout.h. */
static void geometry(struct memfs *m)
{
	uint64_t at = MF_BLOCK;

	m->nblocks = m->size >> MF_BLOCK_SHIFT;
	m->ninodes = m->nblocks / 2;
	m->nbuckets = 1U << (31 - __builtin_clz(m->ninodes));
	m->head = (struct mf_head *)m->base;
	m->undo = (struct mf_undo *)(m->base + at);
	at += round_up(MF_UNDO_MAX * sizeof(struct mf_undo));
	m->bitmap = (uint64_t *)(m->base + at);
	at += round_up((m->nblocks + 63) / 64 * 8);
	m->buckets = (uint32_t *)(m->base + at);
	at += round_up((uint64_t)m->nbuckets * 4);
	m->inodes = (struct mf_inode *)(m->base + at);
	at += round_up((uint64_t)m->ninodes * sizeof(struct mf_inode));
	m->first = at >> MF_BLOCK_SHIFT;
}

void mf_mutex_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

static int map(struct memfs *m, int fd, uint64_t size)
{
	pthread_mutex_t sample;

	mf_mutex_init(&sample);
	m->kind = sample.__data.__kind;
	m->patience = PATIENCE_MS;
	m->size = size;
	m->base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (m->base == MAP_FAILED)
		return -errno;
	geometry(m);
	return 0;
}

void mf_detach(struct memfs *m)
{
	munmap(m->base, m->size);
}

/* An empty tree.  The memory is zero. */
static int fill(struct memfs *m, const struct wishes *w)
{
	struct mf_head *h = m->head;
	struct mf_inode *root = &m->inodes[MF_ROOT];
	uint32_t b;

	if (getrandom(&h->dev, sizeof(h->dev), 0) != sizeof(h->dev) ||
	    getrandom(&h->seed, sizeof(h->seed), 0) != sizeof(h->seed))
		return -EIO;
	/* Not a number that a kernel would give to a device, nor 0. */
	h->dev |= 1ULL << 63;
	h->size = m->size;
	mf_mutex_init(&h->lock);
	for (b = 0; b < m->first; b++)
		m->bitmap[b / 64] |= 1ULL << b % 64;
	h->blocks_free = m->nblocks - m->first;
	h->backed = h->hint = m->first;
	h->serial = 1;
	h->fresh = MF_ROOT + 1;
	h->inodes_free = m->ninodes - h->fresh;
	h->reap_count = 64;
	mf_mutex_init(&root->lock);
	root->serial = 1;
	root->mode = S_IFDIR | w->root;
	root->uid = geteuid();
	root->gid = getegid();
	root->nlink = 2;
	root->parent = MF_ROOT;
	root->order = MF_COOKIE_FIRST - 1;
	root->atime = root->mtime = root->ctime = mf_now();
	__atomic_store_n(&h->magic, MF_MAGIC, __ATOMIC_RELEASE);
	return 0;
}

static int prepare(struct memfs *m, int fd, const struct wishes *w)
{
	int err;

	if (ftruncate(fd, w->size) || fchmod(fd, w->mode))
		return -errno;
	err = map(m, fd, w->size);
	if (err)
		return err;
	/* Memory for all but the data, whose blocks get it when they are first used. */
	err = m->first >= m->nblocks ? -EINVAL :
				       -posix_fallocate(fd, 0, (off_t)m->first << MF_BLOCK_SHIFT);
	if (!err)
		err = fill(m, w);
	mf_detach(m);
	return err;
}

static int make(struct memfs *m, const struct wishes *w)
{
	char name[sizeof(w->path) + 32];
	uint32_t salt;
	int fd, err;

	if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
		return -EIO;
	snprintf(name, sizeof(name), "%s.new-%d-%x", w->path, (int)getpid(), salt);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	err = prepare(m, fd, w);
	if (!err && link(name, w->path) && errno != EEXIST)
		err = -errno;
	unlink(name);
	close(fd);
	return err;
}

/* Only root and the caller himself are believed. */
static int trusted(int fd, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || (st.st_uid && st.st_uid != geteuid()))
		return -EPERM;
	*size = st.st_size;
	return *size < MF_SIZE_MIN || *size > MF_SIZE_MAX || *size % MF_BLOCK ? -EINVAL : 0;
}

static int attach(struct memfs *m, const char *path)
{
	uint64_t size = 0;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), err;

	if (fd < 0)
		return -errno;
	err = trusted(fd, &size);
	if (!err)
		err = map(m, fd, size);
	close(fd);
	if (err)
		return err;
	if (__atomic_load_n(&m->head->magic, __ATOMIC_ACQUIRE) == MF_MAGIC &&
	    m->head->size == size && m->first < m->nblocks)
		return 0;
	mf_detach(m);
	return -EINVAL;
}

int mf_attach_only(struct memfs *m, const char *text)
{
	struct wishes w;
	int err = parse(&w, text);

	return err ? err : attach(m, w.path);
}

int mf_attach(struct memfs *m, const char *text)
{
	struct wishes w;
	int err = mf_attach_only(m, text);

	if (err != -ENOENT || parse(&w, text))
		return err;
	err = make(m, &w);
	return err ? err : attach(m, w.path);
}
