// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A server that dies wakes nobody: the wait for it is in pieces. */
#define PIECE_NS	100000000L
#define SEALS		(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static long futex(_Atomic uint32_t *word, int op, uint32_t value,
		  const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

static bool may_spin(void)
{
	static _Atomic int cpus;
	int n = atomic_load_explicit(&cpus, memory_order_relaxed);
	cpu_set_t set;

	if (!n) {
		n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
		atomic_store_explicit(&cpus, n, memory_order_relaxed);
	}
	return n > 1;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static bool spin(bool (*ready)(const void *), const void *arg, int64_t ns)
{
	int64_t end;
	int i;

	if (ready(arg))
		return true;
	if (!may_spin())
		return false;
	end = now_ns() + ns;
	do {
		for (i = 0; i < 16; i++) {
			if (ready(arg))
				return true;
			__builtin_ia32_pause();
		}
	} while (now_ns() < end);
	return false;
}

int ring_create(struct ring **r)
{
	int fd = memfd_create("defuse-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, RING_BYTES) || fcntl(fd, F_ADD_SEALS, SEALS)) {
		err = -errno;
		goto err_close;
	}
	err = ring_map(fd, r);
	if (err)
		goto err_close;
	(*r)->magic = RING_MAGIC;
	return fd;

err_close:
	close(fd);
	return err;
}

int ring_map(int fd, struct ring **r)
{
	struct stat st;
	void *p;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) ||
	    st.st_size != (off_t)RING_BYTES)
		return -EPROTO;
	p = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*r = p;
	return 0;
}

void ring_unmap(struct ring *r)
{
	munmap(r, RING_BYTES);
}

/* Sequentially consistent with ring_take(): one of the two sees the other. */
void ring_submit(struct ring *r, unsigned int i)
{
	atomic_store_explicit(&r->slot[i].asleep, 0, memory_order_relaxed);
	atomic_store(&r->slot[i].state, SLOT_READY);
	atomic_fetch_add(&r->doorbell, 1);
	if (atomic_load(&r->sleepers))
		futex(&r->doorbell, FUTEX_WAKE, 1, NULL);
}

static bool is_done(const void *arg)
{
	const struct ring_slot *s = arg;

	return atomic_load_explicit(&s->state, memory_order_acquire) == SLOT_DONE;
}

/* Right before a sleep. */
static bool spin_patiently(const struct ring_slot *s, struct ring_patience *p)
{
	uint32_t skip = atomic_load_explicit(&p->skip, memory_order_relaxed);
	uint32_t fails = atomic_load_explicit(&p->fails, memory_order_relaxed);
	bool done = false;

	if (skip) {
		skip--;
	} else {
		done = spin(is_done, s, RING_PATIENCE_NS);
		skip = done ? 0 : fails;
		fails = done ? 0 : 2 * fails + 1;
		if (fails > RING_SKIP_MAX)
			fails = RING_SKIP_MAX;
		atomic_store_explicit(&p->fails, fails, memory_order_relaxed);
	}
	atomic_store_explicit(&p->skip, skip, memory_order_relaxed);
	return done;
}

bool ring_wait(struct ring *r, unsigned int i, bool (*alive)(void *), void *arg,
	       struct ring_patience *patience)
{
	const struct timespec piece = { 0, PIECE_NS };
	struct ring_slot *s = &r->slot[i];
	uint32_t state;

	if (spin(is_done, s, RING_SPIN_NS) || spin_patiently(s, patience))
		return true;
	atomic_store(&s->asleep, 1);
	while ((state = atomic_load(&s->state)) != SLOT_DONE) {
		if (futex(&s->state, FUTEX_WAIT, state, &piece) && errno == ETIMEDOUT &&
		    !alive(arg))
			return is_done(s);
	}
	return true;
}

/* A request that is ready, or -1. */
static int look(struct ring *r, struct ring_in *in)
{
	unsigned int i;

	for (i = 0; i < RING_SLOTS; i++) {
		struct ring_slot *s = &r->slot[i];
		uint32_t state = SLOT_READY;

		if (atomic_load_explicit(&s->state, memory_order_relaxed) != SLOT_READY ||
		    !atomic_compare_exchange_strong(&s->state, &state, SLOT_TAKEN))
			continue;
		/* The only look at it: the client may go on writing. */
		memcpy(in, (const void *)&s->in, sizeof(*in));
		atomic_signal_fence(memory_order_seq_cst);
		return i;
	}
	return -1;
}

struct bell {
	const struct ring *r;
	const atomic_bool *stop;
	uint32_t seen;
};

static bool has_rung(const void *arg)
{
	const struct bell *b = arg;

	return atomic_load(&b->r->doorbell) != b->seen || atomic_load(b->stop);
}

int ring_take(struct ring *r, struct ring_in *in, const atomic_bool *stop)
{
	struct bell bell = { .r = r, .stop = stop };
	int i;

	for (;;) {
		bell.seen = atomic_load(&r->doorbell);
		if (atomic_load(stop))
			return -1;
		i = look(r, in);
		if (i >= 0)
			return i;
		if (spin(has_rung, &bell, RING_SPIN_NS))
			continue;
		atomic_fetch_add(&r->sleepers, 1);
		if (!has_rung(&bell))
			futex(&r->doorbell, FUTEX_WAIT, bell.seen, NULL);
		atomic_fetch_sub(&r->sleepers, 1);
	}
}

void ring_answer(struct ring *r, unsigned int i, const struct ring_out *out)
{
	struct ring_slot *s = &r->slot[i];

	memcpy((void *)&s->out, out, sizeof(*out));
	atomic_store(&s->state, SLOT_DONE);
	if (atomic_load(&s->asleep))
		futex(&s->state, FUTEX_WAKE, 1, NULL);
}

void ring_rouse(struct ring *r)
{
	atomic_fetch_add(&r->doorbell, 1);
	futex(&r->doorbell, FUTEX_WAKE, RING_SLOTS, NULL);
}
