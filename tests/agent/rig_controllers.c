// SPDX-License-Identifier: GPL-2.0
/*
 * The fake controllers: they check what they get (signatures, dense counters, floors that
 * never fall, acknowledgements of what was applied), and answer.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "ctl_wire.h"
#include "../../lib/bls/sha256.h"

static void check_signature(const uint8_t *bytes, size_t len)
{
	uint8_t want[AGREE_SIG_LEN];

	MUST(len > AGREE_SIG_LEN);
	rig_ops.sign(NULL, want, bytes, len - AGREE_SIG_LEN);
	MUST(!memcmp(want, bytes + len - AGREE_SIG_LEN, AGREE_SIG_LEN));
}

/* Up to this number all were used up, and of those that this life applied ... */
static void check_floor(const struct rig *r, uint64_t floor)
{
	MUST(!floor || r->started);
	MUST(!floor || floor < r->next);
}

static void note(struct rig *r, const struct ctl_bundle *b)
{
	struct rig_bundle *new = &r->bundle[r->bundle_nr++];
	struct ctl_bundle_event event;
	size_t at = 0;
	uint32_t i;

	MUST(r->bundle_nr <= RIG_BUNDLES);
	MUST(b->counter == r->counter + 1);
	MUST(b->floor >= r->floor);
	check_floor(r, b->floor);
	r->counter = b->counter;
	r->floor = b->floor;
	*new = (struct rig_bundle){ b->epoch, b->counter, b->floor, b->count,
				    { 0 }, { 0 }, { 0 }, { 0 } };
	for (i = 0; ctl_bundle_event(b, &at, &event); i++) {
		MUST(event.len >= 8);
		if (i >= RIG_EVENTS)
			continue;
		new->kind[i] = (uint8_t)event.kind;
		new->xid[i] = wire_get32(event.message + 4);
		if (event.len < 12)
			continue;
		new->first[i] = wire_get32(event.message + 8);
		new->reason[i] = event.message[8];
	}
	MUST(i == b->count);
}

static void take_bundle(struct rig *r, unsigned int to, const uint8_t *bytes,
			size_t len)
{
	uint8_t out[CTL_BUNDLE_DONE_LEN];
	struct ctl_bundle b;

	MUST(!ctl_bundle_decode(&b, RIG_DOMAIN, bytes, len));
	MUST(len <= r->config.bundle_max && b.dpid == RIG_DPID);
	MUST(b.epoch == r->epoch && b.phase == RIG_PHASE);
	check_signature(bytes, len);
	r->controller[to].bundles++;
	if (b.counter > r->counter)
		note(r, &b);
	if (r->controller[to].deaf)
		return;
	rig_post(r, AGENT_CONTROLLER, to, out,
		 ctl_bundle_done_encode(out, sizeof(out), RIG_DOMAIN, b.epoch,
					b.counter, r->start));
}

static void check_row(struct rig *r, unsigned int to, const struct ctl_ack *ack)
{
	uint64_t s = ack->sequence - ack->count + 1;
	struct bls_sha256 h;
	uint8_t digest[32];

	bls_sha256_init(&h);
	for (; s <= ack->sequence; s++) {
		MUST(r->used[s] == ack->status);
		r->acked[s] |= (uint8_t)(1u << to);
		bls_sha256_update(&h, r->body[s], 32);
	}
	bls_sha256_final(&h, digest);
	MUST(!memcmp(ack->count == 1 ? r->body[ack->sequence] : digest,
		     ack->body, 32));
}

static void take_ack(struct rig *r, unsigned int to, const uint8_t *bytes,
		     size_t len)
{
	struct rig_controller *c = &r->controller[to];
	uint8_t out[CTL_ACK_SEEN_LEN];
	struct ctl_ack ack;

	MUST(!ctl_ack_decode(&ack, RIG_DOMAIN, bytes, len));
	MUST(ack.dpid == RIG_DPID && ack.epoch == r->epoch);
	check_signature(bytes, len);
	check_row(r, to, &ack);
	c->acks++;
	c->ack_last = ack.sequence;
	c->ack_count = ack.count;
	c->ack_status = ack.status;
	if (!c->deaf)
		rig_post(r, AGENT_CONTROLLER, to, out,
			 ctl_ack_seen_encode(out, sizeof(out), RIG_DOMAIN,
					     ack.phase, ack.sequence));
}

void rig_heard(struct rig *r, unsigned int to, const uint8_t *bytes, size_t len)
{
	switch (ctl_type_of(bytes, len)) {
	case CTL_BUNDLE:
		take_bundle(r, to, bytes, len);
		break;
	case CTL_ACK:
		take_ack(r, to, bytes, len);
		break;
	default:
		MUST(!"a switch says bundles and acknowledgements only");
	}
}
