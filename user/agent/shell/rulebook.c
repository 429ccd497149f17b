// SPDX-License-Identifier: GPL-2.0
#include "rulebook.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/gate/gate.h"

struct rulebook {
	struct gate_pipeline pipeline;
	uint64_t expire_ms;		/* no hard timeout before */
	struct of_message msg;
	uint8_t bytes[AGENT_MESSAGE_MAX];
};

/* lib/gate's memory (lib/gate/port.h) */
void *gate_alloc(size_t size)
{
	return calloc(1, size);
}

void gate_free(void *p)
{
	free(p);
}

struct rulebook *rulebook_create(void)
{
	struct rulebook *b = calloc(1, sizeof(*b));

	if (b && gate_pipeline_init(&b->pipeline, GATE_RULES_DEFAULT)) {
		free(b);
		return NULL;
	}
	if (b)
		b->expire_ms = UINT64_MAX;
	return b;
}

void rulebook_free(struct rulebook *b)
{
	if (!b)
		return;
	gate_pipeline_destroy(&b->pipeline);
	free(b);
}

/* One message into the transaction.  Packet-outs change no rule. */
static enum gate_err change(struct rulebook *b, struct gate_change *c,
			    uint64_t now_ms, uint64_t *expire_ms)
{
	const struct of_flow_mod *fm = &b->msg.flow_mod;
	uint64_t ends_ms;

	switch (b->msg.type) {
	case OF_FLOW_MOD:
		ends_ms = now_ms + fm->hard_timeout * UINT64_C(1000);
		if (fm->command == OF_FLOW_ADD && fm->hard_timeout &&
		    ends_ms < *expire_ms)
			*expire_ms = ends_ms;
		return gate_change_flow_mod(c, fm, now_ms);
	case OF_GROUP_MOD:
		return gate_change_group_mod(c, &b->msg.group_mod);
	default:
		return GATE_OK;
	}
}

bool rulebook_apply(struct rulebook *b, const uint8_t *payload, size_t len,
		    uint64_t now_ms, const char **reason)
{
	struct gate_change *c = gate_change_begin(&b->pipeline);
	uint64_t expire_ms = b->expire_ms;
	enum gate_err err = GATE_OK;
	struct gate_touched touched;
	enum wire_err wire;
	size_t at, used;

	*reason = NULL;
	if (!c)
		return false;
	for (at = 0; at < len && err == GATE_OK; at += used) {
		wire = of_decode(&b->msg, payload + at, len - at, &used);
		if (wire != WIRE_OK) {
			*reason = wire_err_text(wire);
			break;
		}
		err = change(b, c, now_ms, &expire_ms);
		if (err != GATE_OK)
			*reason = gate_err_text(err);
	}
	if (*reason) {
		gate_change_abort(c);
		return err != GATE_ENOMEM;
	}
	gate_change_commit(c, &touched);
	b->expire_ms = expire_ms;
	return true;
}

bool rulebook_expire(struct rulebook *b, uint64_t now_ms)
{
	struct gate_change *c;
	struct gate_touched touched;
	uint64_t next_ms;
	int gone;

	if (now_ms < b->expire_ms)
		return false;
	c = gate_change_begin(&b->pipeline);
	if (!c)
		return false;
	gone = gate_change_expire(c, now_ms, &next_ms);
	if (gone <= 0)
		gate_change_abort(c);
	else
		gate_change_commit(c, &touched);
	if (gone >= 0)
		b->expire_ms = next_ms;
	return gone > 0;
}

static void give(struct rulebook *b, agent_rule_fn fn, void *arg)
{
	enum wire_err wire;
	size_t len;

	wire = of_encode(b->bytes, sizeof(b->bytes), &len, &b->msg);
	assert(wire == WIRE_OK);
	fn(arg, b->bytes, len);
}

void rulebook_give(struct rulebook *b, agent_rule_fn group,
		   agent_rule_fn rule, void *arg)
{
	const struct gate_version *version = gate_deref(b->pipeline.version);
	struct gate_cursor groups = { 0 }, rules = { 0 };
	const struct gate_group *g;
	const struct gate_rule *r;

	while ((g = gate_version_next_group(version, &groups))) {
		gate_group_message(g, &b->msg);
		give(b, group, arg);
	}
	while ((r = gate_version_next_rule(version, &rules))) {
		gate_rule_message(r, &b->msg);
		give(b, rule, arg);
	}
}
