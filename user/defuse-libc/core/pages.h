/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages of a file that is mapped by the library's way (paging=userfaultfd).
 *
 * They lie in a page object of the kernel (DEFUSE_IOC_PAGES), shared by all processes of
 * this user that map the file, and while there is one it is the truth about the bytes
 * that are in it: what the library has is older.  A page that is absent has never been
 * touched; it is filled from the library.  Beside the pages lies the ledger, the same
 * bytes as the library has them: where the two differ somebody has stored.  So anybody
 * can write back for everybody, and no process need be asked what it has dirtied.
 *
 * Lock of an object: between threads a mutex, between processes flock(), which a killed
 * process gives back; signals are blocked meanwhile.  No memory of the application is
 * touched under it, for that could be a page that only the pager can bring.
 */
#ifndef DFL_PAGES_H
#define DFL_PAGES_H

#include "handle.h"
#include "mount.h"

#include <pthread.h>
#include <signal.h>

#define DFL_PAGE		4096UL
/* What one fault brings in at least, where the file is that long, and at most. */
#define DFL_BATCH_MIN		(64UL << 10)
#define DFL_BATCH_MAX		(256UL << 10)

/**
 * struct dfl_ledger - the first page of the ledger; the bytes follow behind it
 * @busy:     somebody holds the lock; if it can be taken all the same, he died
 * @tracking: somebody may store: the ledger has the bytes of every page
 * @unpaged:  there are mappings without a pager: who writes must bring in absent pages
 *
 * All zero in a new object.  Under the lock, but for nothing.
 */
struct dfl_ledger {
	uint32_t busy;
	uint32_t tracking;
	uint32_t unpaged;
};

/**
 * struct dfl_pages - an object as this process has it
 * @next:   of pages.c
 * @mount, @dev, @ino: whose pages
 * @refs:   mappings and calls under way
 * @lock:   between threads
 * @mask:   the signal mask of whoever holds @lock
 * @fd:     the pages
 * @ledger_fd: the ledger; -1: pages of one private mapping, never written back
 * @ledger: mapped
 * @stale:  who died with the lock left bytes that nobody could read yet
 * @window: where pages are put in, DFL_BATCH_MAX bytes, or NULL
 * @buf:    two times DFL_BATCH_MAX bytes, under @lock
 * @next_fault, @batch: sequential faults bring in more
 */
struct dfl_pages {
	struct dfl_pages *next;
	struct dfl_mount *mount;
	uint64_t dev, ino;
	unsigned int refs;
	pthread_mutex_t lock;
	sigset_t mask;
	int fd, ledger_fd;
	struct dfl_ledger *ledger;
	bool stale;
	char *window;
	char *buf;
	uint64_t next_fault;
	size_t batch;
};

/* Which file @h is.  False: the library does not say. */
bool dfl_pages_identify(struct dfl_handle *h);

/* Might there be pages of the file of @h, of anybody? */
bool dfl_pages_live(struct dfl_handle *h);
bool dfl_pages_live_at(const struct dfl_mount *m, uint64_t dev, uint64_t ino);

/**
 * dfl_pages_get() - the object of a file
 * @m, @dev, @ino: of the file
 * @fd: of the mount; to create, of the file itself
 * @create: make it if there is none
 * @out: with a reference
 *
 * Return: 0, -ENOENT or another -errno.
 */
int dfl_pages_get(struct dfl_mount *m, uint64_t dev, uint64_t ino, int fd, bool create,
		  struct dfl_pages **out);
/* Pages of one private mapping. */
int dfl_pages_private(struct dfl_mount *m, struct dfl_pages **out);
void dfl_pages_hold(struct dfl_pages *p);
void dfl_pages_put(struct dfl_pages *p);

/* @h: to read the file with if somebody died with the lock, or NULL.  0 or -errno. */
int dfl_pages_lock(struct dfl_pages *p, struct dfl_handle *h);
void dfl_pages_unlock(struct dfl_pages *p);
/*
 * For who takes no lock: brings in order what a process left that died with it.  Does not
 * wait for one that lives.
 */
void dfl_pages_mend(struct dfl_pages *p, struct dfl_handle *h);

/* All with the lock held.  Offsets need not be those of pages.  Return: 0 or -errno. */

/* As long as the library's file is, which is returned. */
long dfl_pages_size(struct dfl_pages *p, struct dfl_handle *h);
int dfl_pages_resize(struct dfl_pages *p, uint64_t size);
/* From now on somebody may store. */
int dfl_pages_track(struct dfl_pages *p);
/* Brings in what is absent between @start and @end. */
int dfl_pages_fill(struct dfl_pages *p, struct dfl_handle *h, uint64_t start,
		   uint64_t end);
/*
 * For who may not read: whether no page between is absent that the file has, and to put in
 * what is behind its end, with the @n bytes at @pos that were written there.
 */
int dfl_pages_present(struct dfl_pages *p, uint64_t start, uint64_t end);
int dfl_pages_extend(struct dfl_pages *p, const char *buf, size_t n, uint64_t pos);
/* What was stored goes to the library. */
int dfl_pages_flush(struct dfl_pages *p, struct dfl_handle *writer, uint64_t start,
		    uint64_t end);
/* The library's bytes may be others now, where nobody has stored. */
int dfl_pages_reload(struct dfl_pages *p, struct dfl_handle *h, uint64_t start,
		     uint64_t end);
/* These bytes were written to the library, and supersede what was stored. */
int dfl_pages_overwrite(struct dfl_pages *p, const char *buf, size_t n, uint64_t pos);
/* The library has zeros there, and what was stored is gone. */
int dfl_pages_clear(struct dfl_pages *p, uint64_t start, uint64_t end);

/* Without the lock: replaces what the library has by what is in the pages. */
int dfl_pages_overlay(struct dfl_pages *p, char *buf, size_t n, uint64_t pos);

void dfl_pages_fork_prepare(void);
void dfl_pages_fork_parent(void);
void dfl_pages_fork_child(void);

/* paged_io.c: data of a file that may be mapped; as their namesakes in io.h. */
long dfl_paged_read(struct dfl_handle *h, char *buf, size_t n, off_t pos);
long dfl_paged_write(struct dfl_handle *h, const char *buf, size_t n, off_t pos);
long dfl_paged_append(struct dfl_handle *h, const char *buf, size_t n, off_t *end);
/*
 * For a buffer that is mapped by us itself: a library could hold a lock while it touches
 * it, and the pager need the same one.  @pos: where, then behind; < 0: append.
 */
long dfl_paged_read_into(struct dfl_handle *h, int fd, char *buf, size_t n, off_t pos);
long dfl_paged_write_from(struct dfl_handle *h, int fd, const char *buf, size_t n,
			  off_t *pos);
int dfl_paged_ftruncate(struct dfl_handle *h, off_t length);
/* Before fsync(): what was stored goes to the library; @h may write. */
int dfl_paged_flush(struct dfl_handle *h);
/* The object of @h, with a reference; 0 with *@out NULL: nobody has it mapped any more. */
int dfl_paged_object(struct dfl_handle *h, struct dfl_pages **out);

/* paged_space.c: fallocate() of a file that may be mapped.  Return: 0 or -errno. */
int dfl_paged_fallocate(struct dfl_handle *h, int mode, off_t offset, off_t len);

/*
 * paged_name.c: around an operation of the library that may truncate the file @path, or
 * make one.  Between the two, if *@p is not NULL, the object is locked.  Return: 0 or -errno.
 */
struct dfl_want;
int dfl_paged_cut_begin(struct dfl_want *w, const char *path, struct dfl_pages **p);
void dfl_paged_cut_end(struct dfl_want *w, const char *path, struct dfl_pages *p);

#endif /* DFL_PAGES_H */
