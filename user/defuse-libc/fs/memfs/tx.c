// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Locks, and changes that happen wholly or not at all.
 *
 * A transaction holds the tree lock.  Before a word changes, its old value is entered in
 * the undo log; the end of the transaction empties the log.  Whoever gets the lock of a
 * dead owner finds what is in the log and puts it back.  Death by a signal loses no
 * store of the processor, so the order in which the compiler leaves the stores is all
 * that counts; the fences are for it.
 */
#include "memfs.h"

#include <time.h>

static void put_back(struct memfs *m)
{
	struct mf_head *h = m->head;
	uint64_t n = mf_load(&h->undone);

	if (n > MF_UNDO_MAX)
		n = 0;		/* corrupt: nothing to be believed */
	while (n--) {
		const struct mf_undo *u = &m->undo[n];

		if (u->at % 8 || u->at > m->size - 8)
			continue;
		mf_store((uint64_t *)(m->base + u->at), u->old);
		mf_point("put back");
	}
	__atomic_thread_fence(__ATOMIC_RELEASE);
	mf_store(&h->undone, 0);
}

static void seq_even(struct memfs *m)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (mf_load(&m->head->seq) & 1)
		__atomic_fetch_add(&m->head->seq, 1, __ATOMIC_RELEASE);
}

static struct timespec deadline(const struct memfs *m)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += m->patience / 1000;
	t.tv_nsec += m->patience % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* 0, EOWNERDEAD, EBUSY (only @try) or -EIO.  A lock that is not one is not touched. */
static int take(const struct memfs *m, pthread_mutex_t *lock, bool try)
{
	struct timespec until;
	int err;

	if (lock->__data.__kind != m->kind)
		return -EIO;
	err = pthread_mutex_trylock(lock);
	if (err == EBUSY && !try) {
		until = deadline(m);
		err = pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &until);
	}
	if (err == EOWNERDEAD)
		pthread_mutex_consistent(lock);
	return !err || err == EOWNERDEAD || (try && err == EBUSY) ? err : -EIO;
}

int mf_begin(struct memfs *m, bool names)
{
	int err = take(m, &m->head->lock, false);

	if (err < 0)
		return err;
	if (err == EOWNERDEAD || mf_load(&m->head->undone))
		put_back(m);
	seq_even(m);
	m->broken = false;
	if (names) {
		__atomic_fetch_add(&m->head->seq, 1, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_RELEASE);
	}
	mf_point("begun");
	return 0;
}

bool mf_room(const struct memfs *m, unsigned int n)
{
	return mf_load(&m->head->undone) + n <= MF_UNDO_MAX;
}

void mf_put64(struct memfs *m, uint64_t *p, uint64_t value)
{
	struct mf_head *h = m->head;
	uint64_t n = mf_load(&h->undone);

	if (n >= MF_UNDO_MAX || m->broken) {
		m->broken = true;
		return;
	}
	m->undo[n].at = (char *)p - m->base;
	m->undo[n].old = *p;
	__atomic_store_n(&h->undone, n + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	mf_point("logged");
	mf_store(p, value);
	mf_point("put");
}

void mf_put32(struct memfs *m, uint32_t *p, uint32_t value)
{
	uint64_t *word = (uint64_t *)((uintptr_t)p & ~7UL);
	uint64_t new = *word;

	memcpy((char *)&new + ((uintptr_t)p & 7), &value, sizeof(value));
	mf_put64(m, word, new);
}

void mf_keep(struct memfs *m, void *p, size_t size)
{
	uint64_t *word = p;

	for (; size; size -= 8, word++)
		mf_put64(m, word, *word);
}

int mf_end(struct memfs *m, int err)
{
	mf_point("ending");
	if (m->broken)
		err = -EIO;
	if (err)
		put_back(m);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	mf_store(&m->head->undone, 0);
	mf_point("committed");
	seq_even(m);
	pthread_mutex_unlock(&m->head->lock);
	mf_point("unlocked");
	return err;
}

/* A dead owner's transaction is undone first: it may be about this very inode. */
static int settle(struct memfs *m, struct mf_inode *i)
{
	int err = mf_begin(m, false);

	if (!err)
		err = mf_end(m, 0);
	if (mf_load(&i->seq) & 1)
		mf_changed(i);
	if (err)
		mf_unlock(m, i);
	return err;
}

int mf_lock(struct memfs *m, struct mf_inode *i)
{
	int err = take(m, &i->lock, false);

	return err == EOWNERDEAD ? settle(m, i) : err;
}

int mf_trylock(struct memfs *m, struct mf_inode *i)
{
	int err = take(m, &i->lock, true);

	return err == EOWNERDEAD ? settle(m, i) : err == EBUSY ? -EBUSY : err;
}

void mf_unlock(struct memfs *m, struct mf_inode *i)
{
	(void)m;
	pthread_mutex_unlock(&i->lock);
}

void mf_change(struct mf_inode *i)
{
	mf_store(&i->seq, mf_load(&i->seq) + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	mf_point("changing");
}

void mf_changed(struct mf_inode *i)
{
	mf_point("changed");
	__atomic_store_n(&i->seq, mf_load(&i->seq) + 1, __ATOMIC_RELEASE);
}

uint32_t mf_read_begin(const struct memfs *m)
{
	return __atomic_load_n(&m->head->seq, __ATOMIC_ACQUIRE);
}

bool mf_read_retry(const struct memfs *m, uint32_t seq)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return seq & 1 || mf_load(&m->head->seq) != seq;
}
