// SPDX-License-Identifier: GPL-2.0
/*
 * Updates as controllers gave them out: a function of the order, so all say the same; numbers of a switch
 * have no holes, unless a state was loaded in between.
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"

typedef unsigned long long ull;

/* Of one switch, while one file is read */
struct row {
	uint64_t dpid, phase, sequence;
	unsigned int loads;
};

struct rows {
	struct row *row;
	size_t nr, room;
};

static struct row *row_of(struct rows *rows, const struct record *c)
{
	struct row *row;
	size_t i;

	for (i = 0; i < rows->nr; i++) {
		row = &rows->row[i];
		if (row->dpid == c->dpid && row->phase == c->phase)
			return row;
	}
	if (rows->nr == rows->room) {
		rows->room = rows->room ? 2 * rows->room : 16;
		rows->row = must_have(rows->row, rows->room *
				      sizeof(*rows->row));
	}
	row = &rows->row[rows->nr++];
	*row = (struct row){ c->dpid, c->phase, 0, 0 };
	return row;
}

static void given_by(struct records *r, const struct record_file *f)
{
	const struct record *c, *request = NULL;
	struct rows rows = { 0 };
	unsigned int loads = 0;
	struct row *row;
	size_t i;

	for (i = 0; i < f->nr; i++) {
		c = &f->record[i];
		loads += c->kind == RECORD_LOADED;
		if (c->kind == RECORD_EXECUTED)
			request = c;
		if (c->kind != RECORD_GIVEN)
			continue;
		if (!request || request->height != c->height ||
		    request->index != c->index)
			record_wrong(r, f, c->line,
				     "given: an update of (%llu, %llu), which is not the request executed last",
				     (ull)c->height, (ull)c->index);
		row = row_of(&rows, c);
		if (c->sequence <= row->sequence)
			record_wrong(r, f, c->line,
				     "given: number %llu of switch %llu again, or after %llu",
				     (ull)c->sequence, (ull)c->dpid,
				     (ull)row->sequence);
		else if (c->sequence > row->sequence + 1 && row->loads == loads)
			record_wrong(r, f, c->line,
				     "given: number %llu of switch %llu follows %llu",
				     (ull)c->sequence, (ull)c->dpid,
				     (ull)row->sequence);
		row->sequence = c->sequence;
		row->loads = loads;
		if (r->given == r->give_room) {
			r->give_room = r->give_room ? 2 * r->give_room : 1024;
			r->give = must_have(r->give, r->give_room *
					    sizeof(*r->give));
		}
		r->give[r->given++] = (struct given){ f, c };
	}
	free(rows.row);
}

static int by_number(const struct record *a, const struct record *b)
{
	if (a->dpid != b->dpid)
		return a->dpid < b->dpid ? -1 : 1;
	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct given *x = a, *y = b;
	int order = by_number(x->record, y->record);

	if (order)
		return order;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->record < y->record ? -1 : 1;
}

static bool same(const struct record *a, const struct record *b)
{
	return a->height == b->height && a->index == b->index &&
	       !memcmp(a->digest, b->digest, RECORD_DIGEST_LEN);
}

void record_given(struct records *r)
{
	const struct given *g, *kept;
	size_t i, k = 0;

	for (i = 0; i < r->files; i++)
		if (r->file[i].controller)
			given_by(r, &r->file[i]);
	if (!r->given)
		return;
	qsort(r->give, r->given, sizeof(*r->give), compare);
	for (i = 1; i < r->given; i++) {
		g = &r->give[i];
		kept = &r->give[k];
		if (by_number(g->record, kept->record))
			r->give[++k] = *g;
		else if (!same(g->record, kept->record))
			record_wrong(r, g->file, g->record->line,
				     "agreement: number %llu of switch %llu is another update than at %s:%u",
				     (ull)g->record->sequence,
				     (ull)g->record->dpid, kept->file->path,
				     kept->record->line);
	}
	r->given = k + 1;
}

const struct given *record_given_find(const struct records *r,
				      const struct record *applied)
{
	size_t low = 0, high = r->given, mid;
	int order;

	while (low < high) {
		mid = low + (high - low) / 2;
		order = by_number(r->give[mid].record, applied);
		if (!order)
			return &r->give[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
