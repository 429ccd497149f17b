// SPDX-License-Identifier: GPL-2.0
/*
 * Random lives of an agent: losses, restarts, liars, floods.  The fakes assert what must never
 * be (an acknowledgement of what was not applied, a gap in counters, a floor that falls); when
 * all is well again, all must be acknowledged or below the floor, and the tables equal.
 *
 *	machine [SEED [RUNS]]
 */
#include "../test.h"
#include "rig.h"
#include "ctl_wire.h"

enum { STEPS = 1500, SEQUENCES = 300, LIAR = 3 };

struct life {
	struct rig *r;
	uint64_t random;
	uint64_t given;			/* numbers below are given out */
	uint64_t epoch, ports;
	uint64_t order;			/* floor that the domain knows */
};

static uint32_t below(struct life *l, uint32_t n)
{
	uint64_t z = l->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) % n);
}

/* The body of a number never changes; some delete, some are refused. */
static size_t payload_of(uint64_t s, uint8_t *out)
{
	if (s % 13 == 0)
		return table_flow(out, OF_FLOW_DELETE, 0, 0, 0);
	if (s % 7 == 0)
		return table_flow(out, OF_FLOW_ADD, 3, 2, RIG_REFUSED);
	if (s % 5 == 0)
		return table_flow(out, OF_FLOW_DELETE_STRICT,
				  (uint16_t)(s / 2 % 20), 0, 0);
	if (s % 3 == 0)
		return table_group(out, s % 2 ? OF_GROUP_ADD : OF_GROUP_DELETE,
				   (uint32_t)s % 4, 1);
	return table_flow(out, OF_FLOW_ADD, (uint16_t)(s % 20), 1 + s % 3, s);
}

static void offer(struct life *l, unsigned int from, uint64_t s, bool good)
{
	uint8_t payload[TABLE_MESSAGE_MAX];
	size_t len = payload_of(s, payload);

	rig_offer(l->r, from, s, s - 1, payload, len, good);
}

/* What a controller may give out: as far as the domain's floor allows */
static uint64_t most(struct life *l)
{
	uint64_t told = l->order;
	unsigned int i;

	for (i = 0; i < l->r->bundle_nr; i++)
		if (l->r->bundle[i].floor > told)
			told = l->r->bundle[i].floor;
	l->order = told;
	told += l->r->config.acks_max;
	return told < SEQUENCES ? told : SEQUENCES;
}

static void some_updates(struct life *l)
{
	unsigned int from = below(l, LIAR), i;
	uint64_t s;

	if (l->given < most(l) && below(l, 2))
		l->given++;
	for (i = 0; i < 4; i++) {
		s = l->given - below(l, 8);
		if (s && s <= l->given)
			offer(l, from, s, true);
	}
	if (below(l, 2))
		offer(l, LIAR, 1 + below(l, SEQUENCES), false);
}

static void drop_some(struct life *l)
{
	struct rig *r = l->r;
	unsigned int at;

	if (!r->in_nr)
		return;
	at = below(l, r->in_nr);
	/* Links to controllers lose; the one to ovs-vswitchd does not. */
	if (r->inbox[(r->in_head + at) % RIG_INBOX].event.kind ==
	    AGENT_SWITCH_MESSAGE)
		return;
	r->inbox[(r->in_head + at) % RIG_INBOX].event.len = 0;
}

static void restart(struct life *l)
{
	struct rig *r = l->r;

	l->epoch++;
	if (r->started && below(l, 2)) {
		rig_start(r, l->epoch, false);
		return;
	}
	/* A reboot: the window is lost, numbers go on where the order says. */
	most(l);
	if (l->order + 1 < r->next)
		l->order = r->next - 1;
	rig_start(r, l->epoch, true);
	r->start = l->order + 1;
	if (l->given < l->order)
		l->given = l->order;
	memset(&r->tables, 0, sizeof(r->tables));
}

static void meddle(struct life *l)
{
	struct rig *r = l->r;
	uint8_t m[TABLE_MESSAGE_MAX];

	switch (below(l, 4)) {
	case 0:
		table_apply(&r->tables, m, table_foreign(m, 100, below(l, 2)));
		break;
	case 1:
		table_apply(&r->tables, m, table_flow(m, OF_FLOW_DELETE, 0, 0, 0));
		break;
	case 2:
		table_apply(&r->approved, m,
			    table_flow(m, OF_FLOW_DELETE_STRICT,
				       (uint16_t)below(l, 20), 0, 0));
		break;
	default:
		r->verifier_gone = !below(l, 2);
		if (!r->verifier_gone)
			rig_switch(r, true);
		return;
	}
	rig_news(r);
}

static void one(struct life *l)
{
	struct rig *r = l->r;
	unsigned int i = below(l, RIG_N);

	switch (below(l, 40)) {
	case 0:
		rig_link(r, i, !r->controller[i].linked);
		break;
	case 1:
		rig_switch(r, !r->connected);
		break;
	case 2:
		if (!below(l, 8))
			restart(l);
		break;
	case 3:
		meddle(l);
		break;
	case 4:
		r->controller[i].deaf = below(l, 2);
		break;
	case 5 ... 12:
		if (r->connected)
			rig_event(r, 10 + below(l, 2), below(l, 1000),
				  64 + below(l, 1500));
		break;
	case 13 ... 14:
		if (r->connected)
			rig_event(r, 12, below(l, 2), 80);
		break;
	case 15 ... 18:
		rig_tick(r, below(l, 300));
		break;
	case 19 ... 22:
		rig_pump(r);
		break;
	case 23:
		drop_some(l);
		break;
	default:
		some_updates(l);
	}
}

/* Nothing is broken any more: everything is told again, as controllers do. */
static bool heal(struct life *l)
{
	struct rig *r = l->r;
	unsigned int i, k;
	uint64_t s;

	r->verifier_gone = false;
	for (i = 0; i < RIG_N; i++)
		r->controller[i].deaf = false;
	rig_settle(r);
	for (k = 0; k < 40; k++) {
		for (i = 0; i < LIAR; i++)
			for (s = rig_stats(r).floor + 1; s <= l->given; s++)
				offer(l, i, s, true);
		rig_pump(r);
		rig_tick(r, 200);
		rig_pump(r);
	}
	rig_news(r);
	for (k = 0; k < 20; k++) {
		rig_tick(r, 200);
		rig_pump(r);
	}
	ASK(rig_stats(r).in_sync);
	ASK(rig_stats(r).floor == l->given);
	ASK(r->floor == l->given);
	ASK(table_equal(&r->tables, &r->approved));
	for (i = 0; i < LIAR; i++)
		ASK(!rig_stats(r).liars[i]);
	return true;
}

static bool run(uint64_t seed, uint8_t scheme)
{
	struct life l = { .r = rig_new(), .random = seed, .epoch = 5 };
	unsigned int i;
	bool ok;

	l.r->config.scheme = scheme;
	l.r->config.echo_ms = 100000;
	l.r->parts = 1 + below(&l, 4);
	rig_start(l.r, l.epoch, false);
	for (i = 0; i < STEPS; i++)
		one(&l);
	ok = heal(&l);
	if (!ok)
		printf("# seed %llu scheme %u\n", (unsigned long long)seed,
		       scheme);
	rig_free(l.r);
	return ok;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	unsigned int runs = argc > 2 ? (unsigned int)atoi(argv[2]) : 15, i;

	for (i = 0; i < runs; i++) {
		TEST("machine individual", run(seed + i, SCHEME_INDIVIDUAL));
		TEST("machine threshold", run(seed + i, SCHEME_THRESHOLD));
	}
	return test_end();
}
