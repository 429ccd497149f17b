// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The updates of one phase that wait for more signers.  Bodies are counted, not
 * numbers: two bodies of one number are two entries, and a signer may be
 * credited for both (dissertation §2.6.5 counts numbers, so that two liars with
 * different bodies would make a quorum).
 */
#include "pending.h"

static struct quorum_credit *credit_of(struct quorum_list *by_signer)
{
	return (struct quorum_credit *)((char *)by_signer -
		offsetof(struct quorum_credit, by_signer));
}

static struct quorum_entry *entry_by_age(struct quorum_list *l)
{
	return (struct quorum_entry *)((char *)l -
		offsetof(struct quorum_entry, by_age));
}

static struct quorum_entry *entry_by_number(struct quorum_list *l)
{
	return (struct quorum_entry *)((char *)l -
		offsetof(struct quorum_entry, by_number));
}

/* One credit at least for each signer there can be */
static unsigned int pool_entries(uint32_t pending_max)
{
	uint32_t n = pending_max * QUORUM_SHARES;

	return n < UPDATE_SIGNERS_MAX ? UPDATE_SIGNERS_MAX : n;
}

static unsigned int pool_buckets(unsigned int entries)
{
	unsigned int n = 1;

	while (n < entries)
		n <<= 1;
	return n;
}

size_t quorum_pool_size(uint32_t pending_max)
{
	size_t n = pool_entries(pending_max);

	return n * (sizeof(struct quorum_entry) +
		    sizeof(struct quorum_credit)) +
	       pool_buckets(n) * sizeof(struct quorum_entry *);
}

void quorum_pool_init(struct quorum_pool *p, uint32_t pending_max, void *mem)
{
	memset(p, 0, sizeof(*p));
	p->size = pool_entries(pending_max);
	p->buckets = pool_buckets(p->size);
	p->entry = mem;
	p->credit = (void *)(p->entry + p->size);
	p->bucket = (void *)(p->credit + p->size);
	quorum_pool_start(p, 0, pending_max);
}

void quorum_pool_start(struct quorum_pool *p, unsigned int signers,
		       uint32_t pending_max)
{
	unsigned int i;

	p->signers = signers;
	p->share = pending_max;
	if (signers && p->share > p->size / signers)
		p->share = p->size / signers;
	p->waiting = 0;
	memset(p->bucket, 0, p->buckets * sizeof(*p->bucket));
	memset(p->credits, 0, sizeof(p->credits));
	quorum_list_init(&p->free_entries);
	quorum_list_init(&p->free_credits);
	quorum_list_init(&p->by_age);
	for (i = 0; i < QUORUM_WINDOW; i++)
		quorum_list_init(&p->by_number[i]);
	for (i = 0; i < UPDATE_SIGNERS_MAX; i++)
		quorum_list_init(&p->by_signer[i]);
	for (i = 0; i < p->size; i++) {
		quorum_list_add(&p->free_entries, &p->entry[i].by_number);
		quorum_list_add(&p->free_credits, &p->credit[i].by_signer);
	}
}

/* Leaves are SHA-256: any of their bytes are a hash.  Whoever grinds for equal
 * ones makes a chain as long as his share.
 */
static struct quorum_entry **bucket_of(const struct quorum_pool *p,
				       const uint8_t *leaf)
{
	uint32_t h;

	memcpy(&h, leaf, sizeof(h));
	return &p->bucket[h & (p->buckets - 1)];
}

struct quorum_entry *quorum_pool_find(const struct quorum_pool *p,
				      uint64_t sequence,
				      const uint8_t leaf[UPDATE_DIGEST_LEN])
{
	struct quorum_entry *e;

	for (e = *bucket_of(p, leaf); e; e = e->next)
		if (e->sequence == sequence &&
		    !memcmp(e->leaf, leaf, UPDATE_DIGEST_LEN))
			return e;
	return NULL;
}

struct quorum_entry *quorum_pool_oldest(const struct quorum_pool *p)
{
	return quorum_list_is_empty(&p->by_age) ? NULL :
	       entry_by_age(p->by_age.next);
}

static void free_credit(struct quorum_pool *p, struct quorum_credit *c)
{
	p->credits[c->place]--;
	quorum_list_del(&c->by_signer);
	quorum_list_add(&p->free_credits, &c->by_signer);
}

void quorum_pool_forget(struct quorum_pool *p, struct quorum_entry *e)
{
	struct quorum_entry **link = bucket_of(p, e->leaf);
	struct quorum_credit *c, *next;

	for (c = e->credits; c; c = next) {
		next = c->next;
		free_credit(p, c);
	}
	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
	p->waiting -= !e->busy;
	quorum_list_del(&e->by_age);
	quorum_list_del(&e->by_number);
	quorum_list_add(&p->free_entries, &e->by_number);
}

void quorum_pool_forget_number(struct quorum_pool *p, uint64_t sequence)
{
	struct quorum_list *head = &p->by_number[sequence % QUORUM_WINDOW];

	/* All of them are of this number: the window is no wider. */
	while (!quorum_list_is_empty(head))
		quorum_pool_forget(p, entry_by_number(head->next));
}

static void withdraw(struct quorum_pool *p, struct quorum_credit *c)
{
	struct quorum_entry *e = c->entry;
	struct quorum_credit **link = &e->credits;

	p->evicted++;
	if (e->have == 1) {
		quorum_pool_forget(p, e);
		return;
	}
	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	quorum_signers_del(&e->signers, c->place);
	e->have--;
	free_credit(p, c);
}

/* Room for one more credit of a signer, at his own expense */
static bool make_room(struct quorum_pool *p, unsigned int place)
{
	struct quorum_list *head = &p->by_signer[place], *l;

	if (p->credits[place] < p->share)
		return true;
	for (l = head->next; l != head; l = l->next) {
		if (credit_of(l)->entry->busy)
			continue;
		withdraw(p, credit_of(l));
		return true;
	}
	return false;
}

static struct quorum_entry *new_entry(struct quorum_pool *p, uint64_t sequence,
				      const uint8_t *leaf)
{
	struct quorum_entry *e = entry_by_number(p->free_entries.next);
	struct quorum_entry **bucket = bucket_of(p, leaf);

	quorum_list_del(&e->by_number);
	memset(e, 0, sizeof(*e));
	memcpy(e->leaf, leaf, UPDATE_DIGEST_LEN);
	e->sequence = sequence;
	e->next = *bucket;
	*bucket = e;
	quorum_list_init(&e->by_age);
	quorum_list_add(&p->by_number[sequence % QUORUM_WINDOW],
			&e->by_number);
	p->waiting++;
	return e;
}

static void new_credit(struct quorum_pool *p, struct quorum_entry *e,
		       unsigned int place)
{
	struct quorum_credit *c = credit_of(p->free_credits.next);

	quorum_list_del(&c->by_signer);
	quorum_list_add(&p->by_signer[place], &c->by_signer);
	p->credits[place]++;
	c->place = place;
	c->entry = e;
	c->next = e->credits;
	e->credits = c;
	quorum_signers_add(&e->signers, place);
	e->have++;
}

/* Waiting starts again with each credit: who was early cannot make the others'
 * credits short-lived.  A signer has one for each body, so it ends.
 */
static void touch(struct quorum_pool *p, struct quorum_entry *e,
		  uint64_t now_ms)
{
	e->since_ms = now_ms;
	quorum_list_del(&e->by_age);
	quorum_list_add(&p->by_age, &e->by_age);
}

struct quorum_entry *quorum_pool_credit(struct quorum_pool *p,
					uint64_t sequence,
					const uint8_t leaf[UPDATE_DIGEST_LEN],
					const struct quorum_signers *good,
					uint64_t now_ms, bool *full)
{
	struct quorum_entry *e = quorum_pool_find(p, sequence, leaf);
	unsigned int i;

	*full = false;
	for (i = 0; i < p->signers; i++) {
		if (!quorum_signers_has(good, i) ||
		    (e && quorum_signers_has(&e->signers, i)))
			continue;
		/* Before the entry is made, which may need that room. */
		if (!make_room(p, i)) {
			*full = true;
			continue;
		}
		if (!e)
			e = new_entry(p, sequence, leaf);
		new_credit(p, e, i);
		touch(p, e, now_ms);
	}
	return e;
}

void quorum_pool_busy(struct quorum_pool *p, struct quorum_entry *e)
{
	e->busy = true;
	p->waiting--;
	quorum_list_del(&e->by_age);
}

void quorum_pool_idle(struct quorum_pool *p, struct quorum_entry *e,
		      uint64_t now_ms)
{
	e->busy = false;
	p->waiting++;
	touch(p, e, now_ms);
}
