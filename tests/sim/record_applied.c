// SPDX-License-Identifier: GPL-2.0
/*
 * What switches applied: only what controllers gave out, in the order of its numbers, each
 * once.  A new life (epoch) that lost the verifier's window goes on where the domain says, which may be
 * before what was applied last; what a kill left unwritten is missing at the beginning of the next life.
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"

typedef unsigned long long ull;

struct life {
	uint64_t epoch, phase, sequence;
	bool lost;			/* its window; it may apply again */
	bool begun;			/* something was applied in it */
};

/* Did nobody's history have to have it? */
static bool excused(const struct records *r, const struct record *c)
{
	size_t i;

	for (i = 0; i < r->files; i++)
		if (r->file[i].controller && !r->file[i].has_loaded)
			return false;
	for (i = 0; i < r->given; i++)
		if (r->give[i].record->dpid == c->dpid &&
		    r->give[i].record->phase == c->phase &&
		    r->give[i].record->sequence > c->sequence)
			return true;
	return false;
}

static void check_given(struct records *r, const struct record_file *f,
			const struct record *c)
{
	const struct given *g = record_given_find(r, c);

	if (!r->given)
		return;
	if (!g && excused(r, c))
		r->unknown++;
	else if (!g)
		record_wrong(r, f, c->line,
			     "authenticity: number %llu was given out by no controller",
			     (ull)c->sequence);
	else if (memcmp(g->record->digest, c->digest, RECORD_DIGEST_LEN))
		record_wrong(r, f, c->line,
			     "authenticity: number %llu is another update than was given out at %s:%u",
			     (ull)c->sequence, g->file->path, g->record->line);
}

static void new_life(struct records *r, const struct record_file *f,
		     const struct record *c, struct life *l)
{
	if (c->epoch == l->epoch && c->kind != RECORD_STARTED)
		return;
	if (c->epoch <= l->epoch)
		record_wrong(r, f, c->line, "epoch: %llu after %llu",
			     (ull)c->epoch, (ull)l->epoch);
	else if (c->kind != RECORD_STARTED && f->has_started)
		record_wrong(r, f, c->line, "epoch: %llu was not started",
			     (ull)c->epoch);
	l->epoch = c->epoch;
	l->lost = !f->has_started || c->flag;
	l->begun = false;
}

static void check_order(struct records *r, const struct record_file *f,
			const struct record *c, struct life *l)
{
	uint64_t next = l->sequence + 1;

	if (c->phase != l->phase) {
		if (c->phase < l->phase)
			record_wrong(r, f, c->line, "phase: %llu after %llu",
				     (ull)c->phase, (ull)l->phase);
		l->phase = c->phase;
		l->sequence = c->sequence;
		l->begun = true;
		return;
	}
	if (c->sequence < next && l->lost && !l->begun)
		r->repeated += next - c->sequence;
	else if (c->sequence < next)
		record_wrong(r, f, c->line, "order: number %llu after %llu",
			     (ull)c->sequence, (ull)l->sequence);
	else if (c->sequence > next && !l->begun)
		r->lost += c->sequence - next;
	else if (c->sequence > next)
		record_wrong(r, f, c->line, "order: number %llu follows %llu",
			     (ull)c->sequence, (ull)l->sequence);
	l->sequence = c->sequence;
	l->begun = true;
}

static int by_number(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;

	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	if (x->phase != y->phase)
		return x->phase < y->phase ? -1 : 1;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

/* Any order, but one number once in a life */
static void check_once(struct records *r, const struct record_file *f)
{
	const struct record **all = must_have(NULL, (f->nr + 1) * sizeof(*all));
	size_t i, nr = 0;

	for (i = 0; i < f->nr; i++)
		if (f->record[i].kind == RECORD_APPLIED)
			all[nr++] = &f->record[i];
	qsort(all, nr, sizeof(*all), by_number);
	for (i = 1; i < nr; i++)
		if (all[i]->epoch == all[i - 1]->epoch &&
		    all[i]->phase == all[i - 1]->phase &&
		    all[i]->sequence == all[i - 1]->sequence)
			record_wrong(r, f, all[i]->line,
				     "order: number %llu again, after line %u",
				     (ull)all[i]->sequence, all[i - 1]->line);
	free(all);
}

static void applied_by(struct records *r, const struct record_file *f)
{
	struct life l = { 0 };
	const struct record *c;

	for (c = f->record; c < f->record + f->nr; c++) {
		if (c->kind == RECORD_ISSUED)
			continue;
		if (c->kind == RECORD_STARTED) {
			new_life(r, f, c, &l);
			continue;
		}
		r->applied += !c->flag;
		r->refused += c->flag;
		check_given(r, f, c);
		if (c->epoch != l.epoch) {
			struct record start = *c;

			start.flag = true;
			new_life(r, f, &start, &l);
		}
		if (!r->unordered)
			check_order(r, f, c, &l);
	}
	if (r->unordered)
		check_once(r, f);
}

void record_applied(struct records *r)
{
	size_t i, k;

	for (i = 0; i < r->files; i++) {
		if (r->file[i].controller || !r->file[i].name[0])
			continue;
		for (k = 0; k < i; k++)
			if (!r->file[k].controller &&
			    r->file[k].number == r->file[i].number)
				record_wrong(r, &r->file[i], 1,
					     "switch %llu has another history, %s",
					     (ull)r->file[i].number,
					     r->file[k].path);
		applied_by(r, &r->file[i]);
	}
}
