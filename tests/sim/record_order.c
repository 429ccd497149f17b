// SPDX-License-Identifier: GPL-2.0
/*
 * Histories of controllers before the simulator's own judge: place after place of the
 * order, each controller's execution of it is a deed for history.c, which compares it with the
 * first that was seen.  What one leaves out has to be explained by a state that it loaded.
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "world.h"

typedef unsigned long long ull;

struct reader {
	const struct record_file *file;
	struct node node;		/* as whom history.c knows it */
	size_t at;
	uint64_t count, ends;		/* of the order: what it has */
	uint64_t chain, loaded, time_ms;
	const struct record *last;	/* executed or ended */
};

struct order {
	struct world world;
	struct records *records;
	struct reader *reader;
	size_t nr;
	uint64_t ends, end_height[2];	/* blocks that ended; the last, and the one before */
	const struct record *by;	/* who said first what is at this place */
	const struct record_file *by_file;
	uint64_t *first_epoch;		/* of clients: what was issued before is not known; 0: nothing is */
	size_t clients;
};

static struct order *order_of(const struct world *w)
{
	return (struct order *)((char *)(uintptr_t)w -
				offsetof(struct order, world));
}

static void seen(struct world *w, const struct deed *deed)
{
	(void)w;
	(void)deed;
}

static bool judges(const struct world *w, const struct request_id *id)
{
	const struct order *o = order_of(w);
	bool known = id->client < o->clients && o->first_epoch[id->client] &&
		     id->epoch >= o->first_epoch[id->client];

	o->records->unjudged += !known;
	return known;
}

static const struct core_kind recorded = { .seen = seen, .judges = judges };

static bool placed(const struct record *c)
{
	return c->kind == RECORD_EXECUTED || c->kind == RECORD_ENDED;
}

static int compare(const struct record *a, const struct record *b)
{
	if (a->height != b->height)
		return a->height < b->height ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind == RECORD_EXECUTED ? -1 : 1;
	if (a->kind == RECORD_ENDED || a->index == b->index)
		return 0;
	return a->index < b->index ? -1 : 1;
}

/* The next line that has a place behind the former one's, or NULL */
static const struct record *upcoming(struct order *o, struct reader *d)
{
	const struct record_file *f = d->file;
	const struct record *c;

	for (; d->at < f->nr; d->at++) {
		c = &f->record[d->at];
		if (c->kind == RECORD_LOADED && c->height > d->loaded)
			d->loaded = c->height;
		if (!placed(c))
			continue;
		if (!d->last || compare(d->last, c) < 0)
			return c;
		record_wrong(o->records, f, c->line,
			     "order: height %llu, which is not behind that of line %u",
			     (ull)c->height, d->last->line);
	}
	return NULL;
}

/* What it has not, up to the number of requests and blocks, has to be in a state that it loaded. */
static void check_whole(struct order *o, struct reader *d,
			const struct record *c, uint64_t count, uint64_t ends)
{
	const struct history *h = &o->world.history;

	if (d->count < count && h->entry[count - 1].height > d->loaded)
		record_wrong(o->records, d->file, c->line,
			     "order: %llu requests are left out before this one, the last at height %llu",
			     (ull)(count - d->count),
			     (ull)h->entry[count - 1].height);
	else if (d->ends < ends && o->end_height[c->kind == RECORD_ENDED] > d->loaded)
		record_wrong(o->records, d->file, c->line,
			     "order: the end of %llu blocks is left out before this, the last at height %llu",
			     (ull)(ends - d->ends),
			     (ull)o->end_height[c->kind == RECORD_ENDED]);
	if (d->count != count)
		d->chain = count ? h->entry[count - 1].chain : 0;
	d->count = count;
	d->ends = ends;
}

static void judge(struct order *o, struct reader *d, const struct record *c,
		  struct deed deed)
{
	struct world *w = &o->world;

	history_deed(w, &d->node, &deed);
	if (!w->failed)
		return;
	if (o->by == c)
		record_wrong(o->records, d->file, c->line, "%s", w->why);
	else
		record_wrong(o->records, d->file, c->line, "%s (%s:%u)",
			     w->why, o->by_file->path, o->by->line);
	w->failed = false;
}

static void execute(struct order *o, struct reader *d, const struct record *c,
		    uint64_t before)
{
	struct history *h = &o->world.history;
	uint64_t sum = mix_bytes(1, c->digest, sizeof(c->digest));
	struct request_id id = { (uint32_t)c->client, c->epoch, c->counter };

	check_whole(o, d, c, before, o->ends);
	if (c->time_ms < d->time_ms)
		record_wrong(o->records, d->file, c->line,
			     "order: time goes back");
	d->time_ms = c->time_ms;
	d->chain = mix64(mix64(d->chain, c->height << 20 | c->index),
			 mix64(sum, id_sum(&id) ^ c->time_ms));
	d->count++;
	o->records->executed++;
	judge(o, d, c, (struct deed){ .kind = DEED_EXECUTE, .count = d->count,
		.chain = d->chain, .height = c->height, .time_ms = c->time_ms,
		.index = (uint32_t)c->index, .id = id, .sum = sum });
	/* One difference is said once. */
	d->chain = h->entry[before].chain;
}

static void end(struct order *o, struct reader *d, const struct record *c)
{
	check_whole(o, d, c, o->world.history.nr, o->ends - 1);
	d->ends++;
	judge(o, d, c, (struct deed){ .kind = DEED_END, .count = d->count,
		.height = c->height });
}

/* The first place that anybody has not been taken to */
static const struct record *earliest(struct order *o)
{
	const struct record *c, *first = NULL;
	size_t i;

	for (i = 0; i < o->nr; i++) {
		c = upcoming(o, &o->reader[i]);
		if (c && (!first || compare(c, first) < 0)) {
			first = c;
			o->by_file = o->reader[i].file;
		}
	}
	o->by = first;
	return first;
}

static void one_place(struct order *o, const struct record *first)
{
	uint64_t before = o->world.history.nr;
	const struct record *c;
	struct reader *d;
	size_t i;

	if (first->kind == RECORD_ENDED) {
		o->ends++;
		o->end_height[1] = o->end_height[0];
		o->end_height[0] = first->height;
		o->records->blocks++;
	} else {
		o->records->places++;
	}
	for (i = 0; i < o->nr; i++) {
		d = &o->reader[i];
		c = d->at < d->file->nr ? &d->file->record[d->at] : NULL;
		if (!c || compare(c, first))
			continue;
		if (c->kind == RECORD_EXECUTED)
			execute(o, d, c, before);
		else
			end(o, d, c);
		d->last = c;
		d->at++;
	}
}

/* Bundles of one switch: numbers without holes, and each says one thing */
static void issued_by(struct order *o, const struct record_file *f)
{
	const struct record *c, *last = NULL;
	size_t i;

	for (i = 0; i < f->nr; i++) {
		c = &f->record[i];
		if (c->kind != RECORD_ISSUED)
			continue;
		if (c->client >= UINT16_MAX || !c->epoch ||
		    (last && c->client != last->client)) {
			record_wrong(o->records, f, c->line,
				     "issued: another client or epoch than it can have");
			continue;
		}
		if (last && (c->epoch < last->epoch ||
			     (c->epoch == last->epoch &&
			      c->counter != last->counter + 1)))
			record_wrong(o->records, f, c->line,
				     "issued: (%llu, %llu) follows (%llu, %llu)",
				     (ull)c->epoch, (ull)c->counter,
				     (ull)last->epoch, (ull)last->counter);
		if (c->client >= o->clients) {
			o->first_epoch = must_have(o->first_epoch,
				(c->client + 1) * sizeof(*o->first_epoch));
			memset(o->first_epoch + o->clients, 0,
			       (c->client + 1 - o->clients) *
			       sizeof(*o->first_epoch));
			o->clients = c->client + 1;
		}
		if (!o->first_epoch[c->client])
			o->first_epoch[c->client] = c->epoch;
		history_issued(&o->world, &(struct request_id){
			(uint32_t)c->client, c->epoch, c->counter },
			mix_bytes(1, c->digest, sizeof(c->digest)));
		o->records->issued++;
		last = c;
	}
}

void record_order(struct records *r)
{
	struct order *o = must_have(NULL, sizeof(*o));
	const struct record *first;
	size_t i;

	memset(o, 0, sizeof(*o));
	o->world.kind = &recorded;
	o->records = r;
	o->reader = must_have(NULL, r->files * sizeof(*o->reader));
	memset(o->reader, 0, r->files * sizeof(*o->reader));
	for (i = 0; i < r->files; i++) {
		if (!r->file[i].controller) {
			issued_by(o, &r->file[i]);
			continue;
		}
		o->reader[o->nr].file = &r->file[i];
		o->reader[o->nr++].node.member = (uint16_t)r->file[i].number;
	}
	while ((first = earliest(o)))
		one_place(o, first);
	history_free(&o->world.history);
	free(o->first_epoch);
	free(o->reader);
	free(o);
}
