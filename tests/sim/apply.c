// SPDX-License-Identifier: GPL-2.0
/*
 * What comes to a switch: updates, verified and counted by lib/quorum as in the
 * kernel, applied, and acknowledged.
 */
#include "domain.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "sha256.h"

enum { ACK_ROOM = 256 };

void switch_quorum_new(struct sim_switch *sw, uint64_t next_sequence)
{
	struct world *w = sw->world;
	struct quorum_config config = {
		.domain = w->swarm.config.domain,
		.dpid = sw->dpid,
		.pending_max = 64,
		.expiry_ms = 10000,
		.next_sequence = next_sequence,
	};
	struct quorum_phase phase = {
		.phase = w->swarm.config.phase,
		.scheme = (uint8_t)w->swarm.scheme,
		.n = (uint16_t)w->n,
		.quorum = (uint16_t)update_quorum(w),
	};
	unsigned int slot, i;

	for (i = 0; i <= w->n; i++)
		phase.alg[i] = update_alg(w);
	free(sw->quorum);
	sw->quorum = must_have(NULL, quorum_size(&config));
	quorum_init(sw->quorum, &config);
	if (quorum_phase_add(sw->quorum, &phase, w->now_us / MS, &slot))
		violated(w, "a key set is refused");
	sw->first = next_sequence;
	sw->applied = next_sequence - 1;
}

void switch_ack(struct sim_switch *sw, const struct update_body *body,
		const uint8_t *bytes, size_t len)
{
	struct world *w = sw->world;
	struct ctl_ack ack = {
		.dpid = sw->dpid, .epoch = sw->epoch, .phase = body->phase,
		.sequence = body->sequence, .count = 1, .status = CTL_APPLIED,
	};
	uint8_t out[ACK_ROOM];
	struct bls_sha256 h;
	unsigned int i;
	size_t used;

	bls_sha256_init(&h);
	bls_sha256_update(&h, bytes, len);
	bls_sha256_final(&h, ack.body);
	used = ctl_ack_encode(out, sizeof(out), w->swarm.config.domain, &ack);
	switch_sign(sw, out, used, out + used);
	packet_put(sw->ack);
	sw->ack = packet_new(out, used + AGREE_SIG_LEN);
	sw->ack_sequence = body->sequence;
	for (i = 0; i < w->instances; i++)
		switch_send(sw, w->node[i], sw->ack);
}

static void apply(struct sim_switch *sw, const struct quorum_ticket *t)
{
	struct world *w = sw->world;

	if (t->body.sequence != sw->applied + 1)
		violated(w, "switch %u applies %llu after %llu", sw->index,
			 (unsigned long long)t->body.sequence,
			 (unsigned long long)sw->applied);
	sw->applied = t->body.sequence;
	w->totals.applied++;
	if (!sw->liar)
		applied_check(sw, &t->body, t->statement);
	switch_ack(sw, &t->body, t->sealed.body, t->sealed.body_len);
	trace(w, "applied", EV_TO_SWITCH, sw->index, 0, t->body.sequence,
	      t->body.payload_len);
}

static enum quorum_err submit(struct sim_switch *sw, const uint8_t *bytes,
			      size_t len)
{
	static struct quorum_ticket t;
	struct world *w = sw->world;
	enum quorum_state state;
	enum quorum_err err;
	unsigned int i, have, need;

	err = quorum_offer(sw->quorum, &t, bytes, len, w->now_us / MS);
	if (err)
		return err;
	for (i = 0; i < t.verify_nr; i++)
		t.verify[i].valid = update_signed(w, t.verify[i].sig.signer,
						  t.verify[i].sig.alg,
						  t.statement,
						  t.verify[i].sig.sig,
						  t.verify[i].sig.len);
	err = quorum_credit(sw->quorum, &t, w->now_us / MS, &state, &have,
			    &need);
	if (err || state != QUORUM_REACHED)
		return err;
	apply(sw, &t);
	quorum_finish(sw->quorum, &t, true);
	return QUORUM_OK;
}

/* Those that came too early, until none of them goes any further */
static void try_held(struct sim_switch *sw)
{
	uint64_t before;
	unsigned int i, k;
	enum quorum_err err;

	do {
		before = sw->applied;
		for (i = k = 0; i < sw->held_nr; i++) {
			err = submit(sw, sw->held[i]->bytes, sw->held[i]->len);
			if (err == QUORUM_EDEPENDS)
				sw->held[k++] = sw->held[i];
			else
				packet_put(sw->held[i]);
		}
		sw->held_nr = k;
	} while (sw->applied != before);
}

static void take_update(struct sim_switch *sw, const struct ctl_to_switch *m)
{
	struct packet *p;
	uint64_t before = sw->applied;

	if (!sw->quorum)
		return;
	p = sw->world->swarm.scheme == SCHEME_THRESHOLD ?
	    share_add(sw, m->sealed, m->sealed_len) :
	    packet_new(m->sealed, m->sealed_len);
	if (!p)
		return;
	if (submit(sw, p->bytes, p->len) == QUORUM_EDEPENDS) {
		if (sw->held_nr == HELD_MAX) {
			packet_put(sw->held[0]);
			memmove(sw->held, sw->held + 1,
				--sw->held_nr * sizeof(sw->held[0]));
		}
		sw->held[sw->held_nr++] = packet_ref(p);
	}
	packet_put(p);
	if (sw->applied != before)
		try_held(sw);
}

/* It lost its window: f + 1 members that say the same know where to go on. */
static void take_start(struct sim_switch *sw, unsigned int member,
		       uint64_t start)
{
	struct world *w = sw->world;
	unsigned int i, same = 0;

	sw->start[member] = start;
	for (i = 0; i < w->n; i++)
		same += sw->start[i] == start;
	if (!start || same <= w->f)
		return;
	sw->starting = false;
	sw->told = start - 1;
	switch_quorum_new(sw, start);
}

static void bundle_free(struct sim_switch *sw, unsigned int i)
{
	packet_put(sw->bundle[i].packet);
	packet_put(sw->bundle[i].other);
	memmove(&sw->bundle[i], &sw->bundle[i + 1],
		(--sw->bundle_nr - i) * sizeof(sw->bundle[0]));
}

static void take_done(struct sim_switch *sw, unsigned int member,
		      const struct ctl_to_switch *m)
{
	unsigned int i;

	if (m->epoch != sw->epoch)
		return;
	if (sw->starting)
		take_start(sw, member, m->start);
	for (i = 0; i < sw->bundle_nr; i++)
		if (sw->bundle[i].counter == m->counter)
			break;
	if (i == sw->bundle_nr)
		return;
	sw->bundle[i].done |= bit(member);
	if ((unsigned int)__builtin_popcount(sw->bundle[i].done) <=
	    sw->world->f)
		return;
	if (sw->bundle[i].floor > sw->told)
		sw->told = sw->bundle[i].floor;
	bundle_free(sw, i);
}

void switch_take(struct sim_switch *sw, uint16_t from, struct packet *p)
{
	struct world *w = sw->world;
	struct ctl_to_switch m;

	if (!sw->link[from] ||
	    ctl_to_switch_decode(&m, w->swarm.config.domain, p->bytes, p->len))
		return;
	switch (m.type) {
	case CTL_UPDATE:
		take_update(sw, &m);
		break;
	case CTL_BUNDLE_DONE:
		take_done(sw, w->node[from]->member, &m);
		break;
	case CTL_ACK_SEEN:
		if (m.sequence > sw->seen[from])
			sw->seen[from] = m.sequence;
		break;
	default:
		break;
	}
}
