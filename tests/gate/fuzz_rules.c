// SPDX-License-Identifier: GPL-2.0
/*
 * Flow mods and group mods into a pipeline, beside a naive list of rules with the
 * semantics of OpenFlow 1.3.5, 6.4 and 6.5.  After each both have the same rules.
 *
 * Input: either records, from which messages are made, or OpenFlow as it is.
 * Every message goes through of_encode() and of_decode().
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "../fuzz.h"
#include "alloc.h"
#include "brute.h"

enum { RULES = 32, GROUPS = 4, RAW = 0x80 };

struct model {
	unsigned int nr, group_nr;
	struct of_flow_mod rule[RULES];
	uint32_t group[GROUPS];
};

static struct model before, after;
static struct gate_pipeline pipeline;
static uint64_t now;

static bool within(const struct flow_match *a, const struct flow_match *b)
{
	const uint8_t *ak = (const uint8_t *)&a->key;
	const uint8_t *am = (const uint8_t *)&a->mask;
	const uint8_t *bk = (const uint8_t *)&b->key;
	const uint8_t *bm = (const uint8_t *)&b->mask;
	size_t i;

	for (i = 0; i < sizeof(a->key); i++)
		if ((bm[i] & ~am[i]) || ((ak[i] ^ bk[i]) & bm[i]))
			return false;
	return true;
}

static bool names(const struct of_flow_mod *fm, uint8_t type, uint32_t value)
{
	const struct of_instructions *in = &fm->instructions;
	unsigned int i;

	for (i = 0; i < in->apply_nr + in->write_nr; i++)
		if (in->action[i].type == type &&
		    (type == OF_ACTION_OUTPUT ? in->action[i].port :
		     in->action[i].group) == value)
			return true;
	return false;
}

static bool chosen(const struct of_flow_mod *rule, const struct of_flow_mod *fm)
{
	bool strict = fm->command == OF_FLOW_MODIFY_STRICT ||
		      fm->command == OF_FLOW_DELETE_STRICT;
	bool deletes = fm->command >= OF_FLOW_DELETE;

	if (rule->table != fm->table && fm->table != OF_TABLE_ALL)
		return false;
	if ((rule->cookie ^ fm->cookie) & fm->cookie_mask)
		return false;
	if (strict && (rule->priority != fm->priority ||
		       !within(&fm->match, &rule->match)))
		return false;
	if (deletes && fm->out_port != OF_PORT_ANY &&
	    !names(rule, OF_ACTION_OUTPUT, fm->out_port))
		return false;
	if (deletes && fm->out_group != OF_GROUP_ANY &&
	    !names(rule, OF_ACTION_GROUP, fm->out_group))
		return false;
	return within(&rule->match, &fm->match);
}

/* Does a rule name a group that is none of these? */
static bool names_other(const struct of_flow_mod *fm, const uint32_t *group,
			unsigned int nr)
{
	const struct of_instructions *in = &fm->instructions;
	unsigned int i, g;

	for (i = 0; i < in->apply_nr + in->write_nr; i++) {
		for (g = 0; g < nr; g++)
			if (in->action[i].group == group[g])
				break;
		if (in->action[i].type == OF_ACTION_GROUP && g == nr)
			return true;
	}
	return false;
}

/* Returns what the pipeline must say. */
static enum gate_err model_flow(struct model *m, const struct of_flow_mod *fm)
{
	unsigned int i, kept = 0;

	if (fm->command < OF_FLOW_DELETE &&
	    names_other(fm, m->group, m->group_nr))
		return GATE_ENOGROUP;
	if (fm->command == OF_FLOW_ADD) {
		for (i = 0; i < m->nr; i++) {
			if (m->rule[i].table != fm->table ||
			    m->rule[i].priority != fm->priority)
				continue;
			if (within(&m->rule[i].match, &fm->match) &&
			    within(&fm->match, &m->rule[i].match)) {
				m->rule[i] = *fm;
				return GATE_OK;
			}
		}
		for (i = 0; i < m->nr; i++)
			if (m->rule[i].table == fm->table &&
			    m->rule[i].priority == fm->priority &&
			    brute_overlap(&m->rule[i].match, &fm->match))
				return GATE_EOVERLAP;
		if (m->nr == RULES)
			return GATE_ERULES;
		m->rule[m->nr++] = *fm;
		return GATE_OK;
	}
	for (i = 0; i < m->nr; i++) {
		if (!chosen(&m->rule[i], fm)) {
			m->rule[kept++] = m->rule[i];
		} else if (fm->command < OF_FLOW_DELETE) {
			m->rule[kept] = m->rule[i];
			m->rule[kept++].instructions = fm->instructions;
		}
	}
	m->nr = kept;
	return GATE_OK;
}

static enum gate_err model_group(struct model *m, const struct of_group_mod *gm)
{
	unsigned int i, kept = 0, at;

	for (at = 0; at < m->group_nr; at++)
		if (m->group[at] == gm->group)
			break;
	if (gm->command == OF_GROUP_ADD) {
		if (at < m->group_nr)
			return GATE_EGROUPEXISTS;
		if (m->group_nr == GROUPS)
			return GATE_EGROUPS;
		m->group[m->group_nr++] = gm->group;
		return GATE_OK;
	}
	if (gm->command == OF_GROUP_MODIFY)
		return at < m->group_nr ? GATE_OK : GATE_ENOTGROUP;
	for (i = 0; i < m->nr; i++)
		if (gm->group == OF_GROUP_ALL ?
		    !names_other(&m->rule[i], NULL, 0) :
		    !names(&m->rule[i], OF_ACTION_GROUP, gm->group))
			m->rule[kept++] = m->rule[i];
	m->nr = kept;
	if (gm->group == OF_GROUP_ALL)
		m->group_nr = 0;
	else if (at < m->group_nr)
		m->group[at] = m->group[--m->group_nr];
	return GATE_OK;
}

/* Every rule of the pipeline is one of the model, in the order of dumps. */
static void compare(const struct model *m)
{
	const struct gate_version *v = gate_deref(pipeline.version);
	const struct gate_rule *r, *last = NULL;
	struct gate_cursor at = { 0 };
	unsigned int i, nr = 0;

	FUZZ_DEMAND(gate_version_rules(v) == m->nr);
	FUZZ_DEMAND(gate_version_groups(v) == m->group_nr);
	while ((r = gate_version_next_rule(v, &at))) {
		for (i = 0; i < m->nr; i++)
			if (m->rule[i].table == r->table &&
			    m->rule[i].priority == r->priority &&
			    !memcmp(&m->rule[i].match, &r->match,
				    sizeof(r->match)))
				break;
		FUZZ_DEMAND(i < m->nr);
		FUZZ_DEMAND(m->rule[i].cookie == r->cookie);
		FUZZ_DEMAND(m->rule[i].idle_timeout == r->idle_timeout);
		FUZZ_DEMAND(m->rule[i].instructions.apply_nr == r->apply_nr);
		FUZZ_DEMAND(m->rule[i].instructions.write_nr == r->write_nr);
		FUZZ_DEMAND(!memcmp(m->rule[i].instructions.action, r->action,
			       r->action_nr * sizeof(r->action[0])));
		FUZZ_DEMAND(!last || last->table < r->table ||
		       (last->table == r->table &&
			(last->priority > r->priority ||
			 (last->priority == r->priority && last->id < r->id))));
		last = r;
		nr++;
	}
	FUZZ_DEMAND(nr == m->nr);
}

static void apply(const struct of_message *msg)
{
	struct gate_change *c = gate_change_begin(&pipeline);
	struct gate_touched touched;
	enum gate_err err, want;

	FUZZ_DEMAND(c);
	after = before;
	if (msg->type == OF_FLOW_MOD) {
		err = gate_change_flow_mod(c, &msg->flow_mod, now++);
		want = model_flow(&after, &msg->flow_mod);
	} else {
		err = gate_change_group_mod(c, &msg->group_mod);
		want = model_group(&after, &msg->group_mod);
	}
	/* The model is smaller. */
	if (want == GATE_ERULES || want == GATE_EGROUPS || err) {
		FUZZ_DEMAND(!err || err == want || want == GATE_ERULES ||
		       want == GATE_EGROUPS);
		gate_change_abort(c);
	} else {
		FUZZ_DEMAND(err == want);
		gate_change_commit(c, &touched);
		before = after;
	}
	compare(&before);
}

static void message(const struct of_message *msg)
{
	static struct of_message again;
	static uint8_t bytes[8192];
	size_t used, read;

	if (of_encode(bytes, sizeof(bytes), &used, msg))
		return;			/* no message of the wire */
	FUZZ_DEMAND(!of_decode(&again, bytes, used, &read));
	FUZZ_DEMAND(read == used);
	if (again.type != OF_PACKET_OUT)
		apply(&again);
}

static void record(const uint8_t b[8])
{
	static struct of_message m;
	struct of_flow_mod *fm = &m.flow_mod;
	uint8_t value[FLOW_VALUE_MAX] = { 0, 0, 0, b[4] & 3 };
	struct of_instructions *in;

	memset(&m, 0, sizeof(m));
	if (b[0] % 8 == 7) {
		m.type = OF_GROUP_MOD;
		m.group_mod.group = b[1] % 4 == 3 && b[2] % 3 == 2 ?
				    OF_GROUP_ALL : b[1] % 4;
		m.group_mod.command = b[2] % 3;
		message(&m);
		return;
	}
	m.type = OF_FLOW_MOD;
	fm->command = b[0] % 8 > 4 ? OF_FLOW_ADD : b[0] % 8;
	fm->table = b[1] % 3;
	if (b[1] == 255 && fm->command >= OF_FLOW_DELETE)
		fm->table = OF_TABLE_ALL;
	fm->priority = b[2] % 3;
	fm->cookie = b[2] >> 6;
	fm->cookie_mask = fm->command == OF_FLOW_ADD ? 0 : b[2] >> 4 & 3;
	fm->out_port = fm->command >= OF_FLOW_DELETE && b[6] & 64 ? b[6] & 3 :
		       OF_PORT_ANY;
	fm->out_group = fm->command >= OF_FLOW_DELETE && b[6] & 128 ? b[6] & 3 :
			OF_GROUP_ANY;
	if (!fm->out_port)
		fm->out_port = 1;
	if (b[3] & 1) {
		brute_field_put(&fm->match.key, FLOW_IN_PORT,
				(uint8_t[]){ 0, 0, 0, 1 + (b[4] & 1) });
		brute_field_put(&fm->match.mask, FLOW_IN_PORT, NULL);
	}
	if (b[3] & 2) {
		brute_field_put(&fm->match.key, FLOW_ETH_TYPE,
				(uint8_t[]){ 8, 0 });
		brute_field_put(&fm->match.mask, FLOW_ETH_TYPE, NULL);
		if (b[3] & 4) {
			fm->match.mask.ipv4_dst = htonl(~0u << b[5] % 4);
			memcpy(&fm->match.key.ipv4_dst, value, 4);
			fm->match.key.ipv4_dst &= fm->match.mask.ipv4_dst;
		}
	}
	in = &fm->instructions;
	if (fm->command < OF_FLOW_DELETE) {
		in->action[0].type = b[7] & 1 ? OF_ACTION_GROUP :
				     OF_ACTION_OUTPUT;
		if (b[7] & 1)
			in->action[0].group = b[7] >> 1 & 3;
		else
			in->action[0].port = 1 + (b[7] >> 1 & 3);
		if (b[7] & 32)
			in->write_nr = 1;
		else
			in->apply_nr = 1;
	}
	message(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct of_message msg;
	size_t used;

	if (!size)
		return 0;
	memset(&before, 0, offsetof(struct model, rule));
	FUZZ_DEMAND(!gate_pipeline_init(&pipeline, GATE_RULES_DEFAULT));
	now = 1;
	if (*data & RAW) {
		for (data++, size--; size; data += used, size -= used) {
			if (of_decode(&msg, data, size, &used))
				break;
			message(&msg);
		}
	} else {
		for (data++, size--; size >= 8; data += 8, size -= 8)
			record(data);
	}
	gate_pipeline_destroy(&pipeline);
	FUZZ_DEMAND(!alloc_live);
	return 0;
}
