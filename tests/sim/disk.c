// SPDX-License-Identifier: GPL-2.0
#include "disk.h"

#include <stdlib.h>
#include <string.h>

void disk_init(struct disk *d)
{
	memset(d, 0, sizeof(*d));
	d->tail = &d->head;
}

static void segment_free(struct segment *s)
{
	free(s->bytes);
	free(s->batch);
	free(s);
}

static void drop_queue(struct disk *d)
{
	struct disk_op *op;

	while ((op = d->head)) {
		d->head = op->next;
		packet_put(op->packet);
		free(op);
	}
	d->tail = &d->head;
	d->queued = 0;
	d->started = 0;
}

void disk_lose_journal(struct disk *d)
{
	drop_queue(d);
	while (d->segment_nr)
		segment_free(d->segment[--d->segment_nr]);
}

void disk_lose(struct disk *d)
{
	disk_lose_journal(d);
	packet_put(d->snapshot);
	d->snapshot = NULL;
	d->snapshot_height = 0;
}

void disk_free(struct disk *d)
{
	disk_lose(d);
}

struct disk_op *disk_put(struct disk *d, enum disk_kind kind, uint64_t number,
			 struct packet *packet)
{
	struct disk_op *op = must_have(NULL, sizeof(*op));

	*op = (struct disk_op){ .kind = kind, .number = number, .packet = packet };
	*d->tail = op;
	d->tail = &op->next;
	d->queued++;
	return op;
}

size_t disk_start(struct disk *d)
{
	struct disk_op *op = d->head;

	if (!op || d->started)
		return 0;
	d->started = 1;
	/* Group commit */
	while (op->kind == DISK_APPEND && op->next &&
	       op->next->kind == DISK_APPEND) {
		op = op->next;
		d->started++;
	}
	return d->started;
}

static struct segment *find(struct disk *d, uint64_t number)
{
	size_t i;

	for (i = d->segment_nr; i--;)
		if (d->segment[i]->number == number)
			return d->segment[i];
	return NULL;
}

static void create(struct disk *d, uint64_t number)
{
	struct segment *s;

	if (d->segment_nr == SEGMENTS_MAX ||
	    (d->segment_nr &&
	     d->segment[d->segment_nr - 1]->number >= number)) {
		d->wrong = "creates too many segments, or one that was there";
		return;
	}
	s = must_have(NULL, sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->number = number;
	s->nowhere = d->forgets_directory;
	d->segment[d->segment_nr++] = s;
}

static void remove_at(struct disk *d, size_t i)
{
	segment_free(d->segment[i]);
	memmove(&d->segment[i], &d->segment[i + 1],
		(d->segment_nr - i - 1) * sizeof(d->segment[0]));
	d->segment_nr--;
}

static void grow(struct segment *s, size_t len)
{
	if (s->len + len > s->room) {
		s->room = 2 * (s->len + len);
		s->bytes = must_have(s->bytes, s->room);
	}
}

static void write(struct segment *s, const struct disk_op *op)
{
	if (!s->len)
		s->since = op->decided;
	grow(s, op->packet->len);
	memcpy(s->bytes + s->len, op->packet->bytes, op->packet->len);
	s->len += op->packet->len;
	if (s->top < op->height)
		s->top = op->height;
}

static void append(struct segment *s, const struct disk_op *op)
{
	size_t at = s->len;

	write(s, op);
	if (s->batch_nr == s->batch_room) {
		s->batch_room = s->batch_room ? 2 * s->batch_room : 64;
		s->batch = must_have(s->batch,
				     s->batch_room * sizeof(*s->batch));
	}
	s->batch[s->batch_nr++] = (struct batch){
		.at = at, .len = op->packet->len };
}

static void set_snapshot(struct disk *d, const struct disk_op *op)
{
	packet_put(d->snapshot);
	d->snapshot = packet_ref(op->packet);
	d->snapshot_height = op->number;
}

static void perform(struct disk *d, const struct disk_op *op)
{
	struct segment *s;

	switch (op->kind) {
	case DISK_CREATE:
		create(d, op->number);
		break;
	case DISK_APPEND:
		s = find(d, op->number);
		if (!s) {
			d->wrong = "appends to a segment that is not there";
			break;
		}
		if (d->segment_max && s->len >= d->segment_max)
			d->wrong = "appends to a segment that is full";
		append(s, op);
		d->bytes += op->packet->len;
		break;
	case DISK_SNAPSHOT:
		set_snapshot(d, op);
		break;
	case DISK_DROP:
		while (d->segment_nr && d->segment[0]->number < op->number)
			remove_at(d, 0);
		break;
	}
}

static struct disk_op *pop(struct disk *d)
{
	struct disk_op *op = d->head;

	d->head = op->next;
	if (!d->head)
		d->tail = &d->head;
	d->queued--;
	return op;
}

size_t disk_done(struct disk *d)
{
	size_t nr = d->started, i;
	struct disk_op *op;

	d->syncs++;
	for (i = 0; i < nr; i++) {
		op = pop(d);
		perform(d, op);
		packet_put(op->packet);
		free(op);
	}
	d->started = 0;
	return nr;
}

static void lose_sectors(struct segment *s, size_t from, struct prng *prng)
{
	size_t at, len;

	for (at = from; at < s->len; at += len) {
		len = s->len - at < SECTOR_LEN ? s->len - at : SECTOR_LEN;
		if (prng_chance(prng, MILLION / 2))
			memset(s->bytes + at, 0, len);
	}
}

/*
 * What was being written: nothing of it is there, or a beginning, or any sectors of one batch
 * behind whole ones (of all, if it tears groups), or all, only nobody knows.
 */
static void tear(struct disk *d, struct prng *prng)
{
	struct disk_op *op = d->head;
	struct segment *s = find(d, op->number);
	unsigned int how = prng_below(prng, 4);
	size_t start, last, i, nr = d->started;

	if (!s)
		return;
	start = s->len;
	last = start;
	if (how == 2 && !d->tears_groups)
		nr = prng_range(prng, 1, nr);
	for (i = 0; i < nr; i++, op = op->next) {
		if (!d->tears_groups)
			last = s->len;
		write(s, op);
	}
	if (how == 0)
		s->len = start;
	else if (how == 1)
		s->len = start + prng_range(prng, 0, (s->len - start) /
					    SECTOR_LEN) * SECTOR_LEN;
	else if (how == 2)
		lose_sectors(s, last, prng);
}

size_t disk_tear_body(struct disk *d)
{
	struct disk_op *op = d->head;
	struct segment *s = op ? find(d, op->number) : NULL;
	size_t at = s ? s->len : 0, i;

	if (!s || op->kind != DISK_APPEND)
		return 0;
	for (i = 0; i < d->started; i++, op = op->next)
		write(s, op);
	memset(s->bytes + at + SECTOR_LEN, 0,
	       d->head->packet->len - 2 * SECTOR_LEN);
	drop_queue(d);
	return i;
}

static void half_done(struct disk *d, struct prng *prng)
{
	struct disk_op *op = d->head;
	uint64_t below;

	if (op->kind == DISK_APPEND) {
		tear(d, prng);
		return;
	}
	if (!prng_chance(prng, MILLION / 2))
		return;
	if (op->kind == DISK_DROP && d->segment_nr &&
	    d->segment[0]->number < op->number) {
		/* In order: the last removals are not done. */
		below = prng_range(prng, d->segment[0]->number, op->number);
		while (d->segment_nr && d->segment[0]->number < below)
			remove_at(d, 0);
		return;
	}
	perform(d, op);
}

void disk_crash(struct disk *d, struct prng *prng)
{
	size_t i;

	if (d->started)
		half_done(d, prng);
	drop_queue(d);
	for (i = d->segment_nr; i--;)
		if (d->segment[i]->nowhere && prng_chance(prng, MILLION / 2))
			remove_at(d, i);
}

size_t disk_journal_len(const struct disk *d)
{
	size_t i, len = 0;

	for (i = 0; i < d->segment_nr; i++)
		len += d->segment[i]->len;
	return len;
}

static void flip(struct segment *s, size_t at, size_t len, struct prng *prng)
{
	at += prng_below(prng, len);
	s->bytes[at] ^= 1 << prng_below(prng, 8);
}

/* A number of a batch's head, by its copy that did not rot */
static uint64_t head_number(const struct segment *s, const struct batch *b,
			    size_t offset)
{
	size_t at = b->head_rot ? b->at + b->len - SECTOR_LEN : b->at, i;
	uint64_t v = 0;

	for (i = 0; i < 8; i++)
		v = v << 8 | s->bytes[at + offset + i];
	return v;
}

/* Does the last batch say that this one was durable (docs/agreement.md section 5)? */
static bool told_durable(const struct disk *d, const struct segment *s,
			 const struct batch *b)
{
	enum { SERIAL = 24, DURABLE = 56 };
	const struct segment *last;
	size_t i = d->segment_nr;

	while (!d->segment[i - 1]->batch_nr)
		i--;
	last = d->segment[i - 1];
	return head_number(last, &last->batch[last->batch_nr - 1], DURABLE) >=
	       head_number(s, b, SERIAL);
}

static bool rot_batch(const struct disk *d, struct segment *s, struct batch *b,
		      struct prng *prng, enum rot rot)
{
	size_t tail = b->at + b->len - SECTOR_LEN;

	switch (rot) {
	case ROT_HEAD:
		if (b->head_rot || b->tail_rot)
			return false;
		if (prng_chance(prng, MILLION / 2)) {
			b->head_rot = true;
			flip(s, b->at, SECTOR_LEN, prng);
		} else {
			b->tail_rot = true;
			flip(s, tail, SECTOR_LEN, prng);
		}
		return true;
	case ROT_BODY:
		if (b->len <= 2 * SECTOR_LEN)
			return false;
		b->body_rot = true;
		flip(s, b->at + SECTOR_LEN, b->len - 2 * SECTOR_LEN, prng);
		return true;
	default:
		/* Else it would look like an end that never was synced. */
		if (b->head_rot || b->tail_rot || !told_durable(d, s, b))
			return false;
		b->head_rot = true;
		b->tail_rot = true;
		flip(s, b->at, SECTOR_LEN, prng);
		flip(s, tail, SECTOR_LEN, prng);
		return true;
	}
}

bool disk_rot(struct disk *d, struct prng *prng, enum rot rot)
{
	struct segment *s;
	struct batch *b;
	struct packet *p;
	size_t i;

	if (rot == ROT_SNAPSHOT) {
		if (!d->snapshot || !d->snapshot->len)
			return false;
		p = packet_new(d->snapshot->bytes, d->snapshot->len);
		p->bytes[prng_below(prng, p->len)] ^= 1 << prng_below(prng, 8);
		packet_put(d->snapshot);
		d->snapshot = p;
		return true;
	}
	if (!d->segment_nr)
		return false;
	i = prng_below(prng, d->segment_nr);
	s = d->segment[i];
	if (!s->batch_nr)
		return false;
	b = &s->batch[prng_below(prng, s->batch_nr)];
	return rot_batch(d, s, b, prng, rot);
}
