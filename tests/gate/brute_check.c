// SPDX-License-Identifier: GPL-2.0
/*
 * Asks lib/gate, and lets packets judge the answer.  Claimed is: if it says yes,
 * every packet of the flow leaves by the same ports, with the same headers, as
 * the rules say, and the controller gets what they say.  Rules with an idle timeout may have expired, but then for all
 * packets of the flow.
 */
#include <stdlib.h>

#include "alloc.h"
#include "brute_check.h"

bool brute_load(struct brute_check *c, const struct brute_rules *r,
		struct gen *g, char *words, size_t room)
{
	struct gate_touched touched;
	struct gate_change *change;
	enum gate_err err;
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->g = g;
	c->rules = r;
	c->scratch = malloc(gate_scratch_size());
	if (!c->scratch)
		abort();
	memset(c->scratch, 0xa5, gate_scratch_size());
	if (gate_pipeline_init(&c->pipeline, GATE_RULES_DEFAULT))
		abort();
	change = gate_change_begin(&c->pipeline);
	if (!change)
		abort();
	for (i = 0; i < r->group_nr; i++) {
		err = gate_change_group_mod(change, &r->group[i]);
		if (err) {
			snprintf(words, room, "group %u: %s", i,
				 gate_err_text(err));
			goto abort_change;
		}
	}
	for (i = 0; i < r->nr; i++) {
		err = gate_change_flow_mod(change, &r->rule[i], 1000);
		if (err) {
			snprintf(words, room, "rule %u: %s", i,
				 gate_err_text(err));
			goto abort_change;
		}
	}
	gate_change_commit(change, &touched);
	c->view.rules = gate_deref(c->pipeline.version);
	c->view.ports.nr = r->port_nr;
	c->view.ports.port = r->port;
	c->view.vlan_limit = r->vlan_limit;
	c->view.miss_to_controller = r->miss_to_controller;
	return true;

abort_change:
	gate_change_abort(change);
	return false;
}

void brute_unload(struct brute_check *c)
{
	gate_pipeline_destroy(&c->pipeline);
	free(c->scratch);
	if (alloc_live)
		abort();
}

/* User space's own slow path aside: nothing is claimed of it. */
static bool leaves(const struct brute_check *c)
{
	unsigned int i;

	if (c->result.kind != GATE_UPCALL)
		return c->got.nr;
	for (i = 0; i < c->got.nr; i++)
		if (c->got.out[i].port != BRUTE_USER)
			return true;
	return false;
}

/*
 * Takes those sets of expired rules out of @alive that do not explain what
 * happened to a packet.
 */
static uint32_t explain(struct brute_check *c, const struct brute_pkt *p,
			uint32_t alive)
{
	uint32_t gone, sets = 1u << c->rules->idle_nr;

	for (gone = 0; gone < sets; gone++) {
		if (!(alive >> gone & 1))
			continue;
		brute_run_rules(c->rules, p, gone, NULL, &c->want);
		if (c->want.notes & (NOTE_UNDEFINED | NOTE_FULL))
			continue;
		if (!brute_same(&c->want, &c->got))
			alive &= ~(1u << gone);
	}
	return alive;
}

bool brute_check_flow(struct brute_check *c, const struct brute_message *m,
		      unsigned int samples)
{
	struct gate_flow attrs = brute_gate_flow(m);
	struct brute_key masked;
	struct brute_flow f;
	uint32_t alive;
	unsigned int i;

	c->err = gate_check_flow(&c->view, &attrs, c->scratch, &c->result);
	if (c->err)
		return true;
	if (!brute_flow_decode(&f, &attrs))
		return true;		/* the kernel refuses it as well */
	for (i = 0; i < sizeof(masked); i++)
		((uint8_t *)&masked)[i] = ((uint8_t *)&f.key)[i] &
					  ((uint8_t *)&f.mask)[i];
	if (!brute_actions_valid(&masked, m->actions.bytes, m->actions.len))
		return true;
	alive = (uint32_t)((1ull << (1u << c->rules->idle_nr)) - 1);
	for (i = 0; i < samples; i++) {
		if (!gen_sample(c->g, c->rules, &f, &c->witness))
			continue;
		c->samples++;
		brute_run_flow(m->actions.bytes, m->actions.len, &c->witness,
			       &c->got);
		if (!leaves(c))
			continue;
		if (c->result.kind != GATE_FORWARD)
			return false;
		if (c->got.notes & NOTE_FULL)
			continue;
		alive = explain(c, &c->witness, alive);
		if (!alive)
			return false;
	}
	return true;
}

/* Metadata only: the rest is parsed from the packet. */
static void metadata_key(struct brute_attrs *key, const struct brute_pkt *p)
{
	uint32_t zero = 0;

	key->len = 0;
	attr_put(key, OVS_KEY_ATTR_PRIORITY, &zero, 4);
	attr_put(key, OVS_KEY_ATTR_SKB_MARK, &zero, 4);
	attr_put(key, OVS_KEY_ATTR_RECIRC_ID, &zero, 4);
	attr_put(key, OVS_KEY_ATTR_DP_HASH, &zero, 4);
	attr_put(key, OVS_KEY_ATTR_IN_PORT, &p->in_port, 4);
}

static struct gate_flow execute_flow(const struct brute_attrs *key,
				     const struct brute_attrs *actions)
{
	struct gate_flow f = {
		.key = key->bytes,
		.key_len = key->len,
		.actions = actions->bytes,
		.actions_len = actions->len,
	};

	return f;
}

/* Runs the actions; false: there is nothing to compare. */
static bool execute(struct brute_check *c, const struct brute_pkt *p,
		    const struct brute_attrs *actions)
{
	struct brute_key k;

	brute_pkt_key(&k, p);
	if (!brute_actions_valid(&k, actions->bytes, actions->len))
		return false;
	c->witness = *p;
	c->samples++;
	brute_run_flow(actions->bytes, actions->len, p, &c->got);
	return leaves(c) && !(c->got.notes & NOTE_FULL);
}

bool brute_check_packet(struct brute_check *c, const struct brute_pkt *p,
			const uint8_t *bytes, size_t len,
			const struct brute_attrs *actions, bool *guess)
{
	static struct brute_attrs key;
	struct gate_flow attrs;
	uint32_t alive = (uint32_t)((1ull << (1u << c->rules->idle_nr)) - 1);

	metadata_key(&key, p);
	attrs = execute_flow(&key, actions);
	*guess = false;
	c->err = gate_check_packet(&c->view, &attrs, bytes, len, c->scratch,
				   &c->result);
	if (c->err || !execute(c, p, actions))
		return true;
	if (explain(c, p, alive))
		return true;
	*guess = c->rules->slow;
	return *guess;
}

bool brute_check_packet_out(struct brute_check *c,
			    const struct of_packet_out *po,
			    const struct brute_pkt *p, const uint8_t *bytes,
			    size_t len, const struct brute_attrs *actions)
{
	static struct brute_attrs key;
	struct gate_flow attrs;

	metadata_key(&key, p);
	attrs = execute_flow(&key, actions);
	c->err = gate_check_packet_out(&c->view, po, &attrs, bytes, len,
				       c->scratch, &c->result);
	if (c->err || !execute(c, p, actions))
		return true;
	brute_run_actions(c->rules, p, po->action, po->action_nr, &c->want);
	if (c->want.notes & (NOTE_UNDEFINED | NOTE_FULL))
		return true;
	return brute_same(&c->want, &c->got);
}
