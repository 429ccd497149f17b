// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Page objects of this process: life, lock, size.  See pages.h.
 *
 * Lock: list_lock, around the list and its reference counts; never held while a
 * library runs.
 */
#include "pages.h"

#include "map.h"
#include "pager.h"
#include "point.h"
#include "private_fd.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/mman.h>

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct dfl_pages *list;

static void list_take(void)
{
	if (!dfl_map_forks_here())
		pthread_mutex_lock(&list_lock);
}

static void list_give(void)
{
	if (!dfl_map_forks_here())
		pthread_mutex_unlock(&list_lock);
}

bool dfl_pages_identify(struct dfl_handle *h)
{
	struct stat st = { 0 };

	if (atomic_load_explicit(&h->identified, memory_order_acquire))
		return h->dev || h->ino;
	if (h->mount->ops.fgetattr(h->mount->fs, h->fh, &st))
		return false;
	/* Threads that come at once store the same. */
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	atomic_store_explicit(&h->identified, true, memory_order_release);
	return h->dev || h->ino;
}

bool dfl_pages_live_at(const struct dfl_mount *m, uint64_t dev, uint64_t ino)
{
	const volatile struct defuse_live *live = m->live;

	if (!live)
		return false;
	/* Behind what was just written; pairs with the kernel's, before pages are filled. */
	atomic_thread_fence(memory_order_seq_cst);
	return live->count[DEFUSE_LIVE_CLASS(dev, ino)];
}

bool dfl_pages_live(struct dfl_handle *h)
{
	return h->mount->live && !h->dir && dfl_pages_identify(h) &&
	       dfl_pages_live_at(h->mount, h->dev, h->ino);
}

static long map_anonymous(size_t size)
{
	return dfl_raw(SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static bool failed(long ret)
{
	return ret < 0 && ret > -4096;
}

static void pages_free(struct dfl_pages *p)
{
	if (p->window)
		dfl_raw(SYS_munmap, p->window, DFL_BATCH_MAX);
	if (p->ledger)
		dfl_raw(SYS_munmap, p->ledger, DFL_PAGE);
	if (p->buf)
		dfl_raw(SYS_munmap, p->buf, 2 * DFL_BATCH_MAX);
	if (p->ledger_fd >= 0)
		dfl_private_close(p->ledger_fd);
	if (p->fd >= 0)
		dfl_private_close(p->fd);
	pthread_mutex_destroy(&p->lock);
	dfl_raw(SYS_munmap, p, sizeof(*p));
}

/* Takes over both FDs, which may be -1. */
static struct dfl_pages *pages_new(struct dfl_mount *m, uint64_t dev, uint64_t ino, int fd,
				   int ledger_fd)
{
	long addr = map_anonymous(sizeof(struct dfl_pages));
	struct dfl_pages *p = (struct dfl_pages *)addr;

	fd = fd < 0 ? fd : dfl_private_fd(fd);
	ledger_fd = ledger_fd < 0 ? -1 : dfl_private_fd(ledger_fd);
	if (failed(addr)) {
		if (fd >= 0)
			dfl_private_close(fd);
		if (ledger_fd >= 0)
			dfl_private_close(ledger_fd);
		return NULL;
	}
	p->mount = m;
	p->dev = dev;
	p->ino = ino;
	p->fd = fd;
	p->ledger_fd = ledger_fd;
	p->refs = 1;
	p->batch = DFL_BATCH_MIN;
	pthread_mutex_init(&p->lock, NULL);
	addr = map_anonymous(2 * DFL_BATCH_MAX);
	if (!failed(addr))
		p->buf = (char *)addr;
	return p;
}

static int map_ledger(struct dfl_pages *p)
{
	long addr;

	/* At least so long.  Not by ftruncate(): others may have made it longer by now. */
	if (dfl_raw(SYS_pwrite64, p->ledger_fd, "", 1, DFL_PAGE - 1) != 1)
		return -ENOMEM;
	addr = dfl_raw(SYS_mmap, 0, DFL_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       p->ledger_fd, 0);
	if (failed(addr))
		return addr;
	p->ledger = (struct dfl_ledger *)addr;
	return 0;
}

static struct dfl_pages *find(const struct dfl_mount *m, uint64_t dev, uint64_t ino)
{
	struct dfl_pages *p = list;

	while (p && !(p->mount == m && p->dev == dev && p->ino == ino))
		p = p->next;
	return p;
}

static void list_add(struct dfl_pages *p)
{
	p->next = list;
	list = p;
}

static int attach(struct dfl_mount *m, uint64_t dev, uint64_t ino, int fd, bool create,
		  struct dfl_pages **out)
{
	struct defuse_pages arg = {
		.size = sizeof(arg),
		.flags = create ? DEFUSE_PAGES_CREATE : 0,
		.mount_id = m->id,
		.device = dev,
		.inode = ino,
	};
	long ret = dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_PAGES, &arg);
	struct dfl_pages *p;

	if (ret)
		return ret;
	dfl_point(pages_attached);
	p = pages_new(m, dev, ino, arg.pages_fd, arg.ledger_fd);
	if (!p)
		return -ENOMEM;
	if (p->fd < 0 || p->ledger_fd < 0 || !p->buf || map_ledger(p)) {
		ret = p->fd < 0 || p->ledger_fd < 0 ? -EMFILE : -ENOMEM;
		pages_free(p);
		return ret;
	}
	*out = p;
	return 0;
}

int dfl_pages_get(struct dfl_mount *m, uint64_t dev, uint64_t ino, int fd, bool create,
		  struct dfl_pages **out)
{
	sigset_t mask;
	int err = 0;

	dfl_signals_block(&mask);
	list_take();
	*out = find(m, dev, ino);
	if (*out) {
		(*out)->refs++;
	} else {
		err = attach(m, dev, ino, fd, create, out);
		if (!err)
			list_add(*out);
	}
	list_give();
	dfl_signals_restore(&mask);
	return err;
}

int dfl_pages_private(struct dfl_mount *m, struct dfl_pages **out)
{
	long fd = dfl_raw(SYS_memfd_create, "defuse", MFD_CLOEXEC);
	struct dfl_pages *p;
	sigset_t mask;

	if (fd < 0)
		return fd;
	p = pages_new(m, 0, 0, fd, -1);
	if (!p)
		return -ENOMEM;
	if (p->fd < 0 || !p->buf) {
		pages_free(p);
		return -ENOMEM;
	}
	dfl_signals_block(&mask);
	list_take();
	list_add(p);
	list_give();
	dfl_signals_restore(&mask);
	*out = p;
	return 0;
}

void dfl_pages_hold(struct dfl_pages *p)
{
	sigset_t mask;

	dfl_signals_block(&mask);
	list_take();
	p->refs++;
	list_give();
	dfl_signals_restore(&mask);
}

void dfl_pages_put(struct dfl_pages *p)
{
	struct dfl_pages **at;
	sigset_t mask;
	bool last;

	dfl_signals_block(&mask);
	list_take();
	last = --p->refs == 0;
	if (last) {
		for (at = &list; *at && *at != p; at = &(*at)->next)
			;
		if (*at)
			*at = p->next;
	}
	list_give();
	if (last)
		pages_free(p);
	dfl_signals_restore(&mask);
}

static int lock_file(int fd)
{
	long ret;

	do {
		ret = dfl_raw(SYS_flock, fd, LOCK_EX);
	} while (ret == -EINTR);
	return ret;
}

/* Just locked.  If @h may not read, the next one shall. */
static void begin(struct dfl_pages *p, struct dfl_handle *h)
{
	p->stale = p->ledger->busy && (!h || dfl_pages_reload(p, h, 0, INT64_MAX));
	p->ledger->busy = 1;
	dfl_point(pages_locked);
}

int dfl_pages_lock(struct dfl_pages *p, struct dfl_handle *h)
{
	sigset_t mask;
	int err;

	dfl_signals_block(&mask);
	pthread_mutex_lock(&p->lock);
	p->mask = mask;
	if (!p->ledger)
		return 0;
	/* -1 in a child that could not get a description of its own. */
	err = p->fd < 0 ? -EIO : lock_file(p->fd);
	if (err) {
		pthread_mutex_unlock(&p->lock);
		dfl_signals_restore(&mask);
		return err;
	}
	begin(p, h);
	return 0;
}

void dfl_pages_mend(struct dfl_pages *p, struct dfl_handle *h)
{
	sigset_t mask;

	if (!__atomic_load_n(&p->ledger->busy, __ATOMIC_RELAXED))
		return;
	dfl_signals_block(&mask);
	if (pthread_mutex_trylock(&p->lock))
		goto restore;
	if (p->fd < 0 || dfl_raw(SYS_flock, p->fd, LOCK_EX | LOCK_NB)) {
		pthread_mutex_unlock(&p->lock);
		goto restore;
	}
	p->mask = mask;
	begin(p, h);
	dfl_pages_unlock(p);
	return;

restore:
	dfl_signals_restore(&mask);
}

void dfl_pages_unlock(struct dfl_pages *p)
{
	sigset_t mask = p->mask;

	if (p->ledger) {
		p->ledger->busy = p->stale;
		dfl_point(pages_settled);
		dfl_raw(SYS_flock, p->fd, LOCK_UN);
	}
	pthread_mutex_unlock(&p->lock);
	dfl_signals_restore(&mask);
}

/* What was stored behind the end of the file, at @now, is not in the file when it grows. */
static int clear_tail(struct dfl_pages *p, long now)
{
	static const char zeros[DFL_PAGE];
	const long page = now & ~(DFL_PAGE - 1);
	long ret;

	if (dfl_raw(SYS_lseek, p->fd, page, SEEK_DATA) != page)
		return 0;
	/* Bytes and size in one: a death leaves neither or both. */
	ret = dfl_raw(SYS_pwrite64, p->fd, zeros, page + DFL_PAGE - now, now);
	return ret < 0 ? ret : 0;
}

int dfl_pages_resize(struct dfl_pages *p, uint64_t size)
{
	long now = dfl_raw(SYS_lseek, p->fd, 0, SEEK_END), ret = 0;

	if (now < 0)
		return now;
	if ((uint64_t)now == size)
		return 0;
	/* The pages last: as long as their size is another, all this is done again. */
	if (p->ledger)
		ret = dfl_raw(SYS_ftruncate, p->ledger_fd, DFL_PAGE + size);
	dfl_point(ledger_cut);
	if (!ret && size > (uint64_t)now && now % DFL_PAGE)
		ret = clear_tail(p, now);
	dfl_point(tail_cleared);
	ret = ret ?: dfl_raw(SYS_ftruncate, p->fd, size);
	dfl_point(pages_cut);
	return ret;
}

long dfl_pages_size(struct dfl_pages *p, struct dfl_handle *h)
{
	struct dfl_mount *m = h->mount;
	struct stat st = { 0 };
	int err = m->ops.fgetattr(m->fs, h->fh, &st);

	err = err ?: st.st_size < 0 ? -EIO : dfl_pages_resize(p, st.st_size);
	return err ?: st.st_size;
}

void dfl_pages_fork_prepare(void)
{
	pthread_mutex_lock(&list_lock);
}

void dfl_pages_fork_parent(void)
{
	pthread_mutex_unlock(&list_lock);
}

/* An open file description of our own: the lock tells us from our parent by it. */
static void own(struct dfl_pages *p)
{
	struct defuse_pages arg = { .size = sizeof(arg) };
	int fd = p->fd, ledger_fd = p->ledger_fd;

	if (dfl_raw(SYS_ioctl, fd, DEFUSE_IOC_PAGES, &arg)) {
		p->fd = -1;
	} else {
		dfl_point(pages_owned);
		p->fd = dfl_private_fd(arg.pages_fd);
		p->ledger_fd = dfl_private_fd(arg.ledger_fd);
		dfl_private_close(ledger_fd);
	}
	dfl_private_close(fd);
}

void dfl_pages_fork_child(void)
{
	struct dfl_pages *p;

	pthread_mutex_init(&list_lock, NULL);
	for (p = list; p; p = p->next) {
		pthread_mutex_init(&p->lock, NULL);
		p->window = NULL;	/* not copied */
		if (p->ledger)
			own(p);
	}
}
