// SPDX-License-Identifier: GPL-2.0
/*
 * R12: a member that does not know what it promised votes for nothing until the
 * others have said how far it can have been, and above that only.
 */
#include "agree_state.h"
#include "bytes.h"

void recover_echo(struct agree *a, unsigned int from, const struct status *s)
{
	if (!a->recovering || s->echo != a->nonce)
		return;
	a->peer[from].echoed = true;
	a->peer[from].echo_height = s->height;
	a->peer[from].echo_decided = s->decided;
}

static void ask(struct agree *a)
{
	struct status s = {
		.decided = a->decided.height, .height = chain_gap(a),
		.checkpoint = a->checkpoint, .nonce = a->nonce,
		.ask = AGREE_ALL,
	};

	message_put_status(output_message(a, AGREE_STATUS), &s);
	output_send(a, AGREE_ALL, false);
	a->recover_ms = a->now_ms + max64(pace_timeout(a) / 2, 1);
}

/*
 * The mark is a vote of the journal, because those are there twice (section 5):
 * nothing was voted below its height that batches below its serial number do not
 * show.  It names the head before the gap, which no client can know: so what
 * follows is ours.
 */
void recover_mark(struct agree *a)
{
	struct vote mark = {
		.kind = VOTE_CHECKPOINT, .height = a->vote_floor + 1,
	};
	struct wire_writer w = { .out = mark.digest, .room = 12 };
	bool room;

	wire_write_be(&w, a->mark_serial, 8);
	wire_write_be(&w, a->mark_previous, 4);
	room = journal_vote(&a->writer, &mark);
	assert(room);
}

void recover_replay(struct agree *a, const struct journal_vote *mark)
{
	uint32_t previous = wire_get32(mark->digest + 8);

	if (a->unproved && previous != a->gap_previous)
		return;
	a->unproved = false;
	a->mark_previous = previous;
	a->mark_serial = wire_get64(mark->digest);
	a->vote_floor = max64(a->vote_floor, mark->height - 1);
	a->reserve_found = max64(a->reserve_found, mark->height - 1);
	if (a->mark_serial > a->lost_serial)
		a->lost_serial = 0;
	if (a->mark_serial > a->torn_serial)
		a->torn_serial = 0;
}

/*
 * Blocks on the way to the tip, which we may have voted for, are in our journal
 * again (A8).  false: not all are here yet.
 */
static bool keep_chain(struct agree *a)
{
	struct slot *s;

	for (s = slot_find(a, a->tip); s; s = chain_below(a, s)) {
		if (s->block.journaled)
			continue;
		if (s->block.state != BLOCK_WHOLE)
			return false;
		if (!output_journal_room(a, s->block.body ?
					    s->block.body->len : 0)) {
			a->more = true;
			return false;
		}
		store_journal(a, s);
	}
	return true;
}

static bool needs_others(const struct agree *a)
{
	return a->n > 1 && !a->config_bad &&
	       (a->recovering || (a->nonce && a->height <= a->vote_floor));
}

void recover_run(struct agree *a)
{
	unsigned int i, answers = 0;

	if (!needs_others(a))
		return;
	/* Above the floor it votes again: the others make the heights pass (R6). */
	if (!a->recovering) {
		if (a->now_ms >= a->recover_ms)
			ask(a);
		return;
	}
	/* An answer counts when what it says is proved, and here. */
	for (i = 0; i < a->n; i++)
		answers += a->peer[i].echoed &&
			   a->peer[i].echo_height <= a->proved + 1 &&
			   a->peer[i].echo_decided <= a->decided.height;
	if (answers < a->n - a->f || !keep_chain(a)) {
		if (a->now_ms >= a->recover_ms)
			ask(a);
		return;
	}
	if (!vote_room(a)) {
		a->more = true;
		return;
	}
	/* M is proved + 1, the height that whoever is furthest works on. */
	a->vote_floor = max64(a->vote_floor, a->proved + 2);
	a->reserve_found = max64(a->reserve_found, a->vote_floor);
	a->recovering = false;
	restart_mark(a);
	if (!output_open(a))
		recover_mark(a);
}

uint64_t recover_wake(const struct agree *a)
{
	return needs_others(a) ? a->recover_ms : UINT64_MAX;
}
