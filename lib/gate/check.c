// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * The verdicts: what datapath actions do to a set of packets, against what the
 * rules want done to it.  docs/gate.md has the arguments for soundness.
 */
#include "datapath.h"

enum {
	WALKS_MAX = 32,			/* choices of expired rules that are tried */
	WITNESSES_MAX = 64,		/* packets that are tried as explanation */
};

struct gate_scratch {
	struct gate_effects want, got;
	struct gate_region region;
	struct gate_state start, work;
	struct gate_result walk;
};

size_t gate_scratch_size(void)
{
	return sizeof(struct gate_scratch);
}

static void result_init(struct gate_result *result)
{
	memset(result, 0, sizeof(*result));
	result->table = -1;
	result->attr = -1;
}

/* Finds one attribute.  Return: 1, 0 if it is not there, or -1. */
static int find_u32(const void *data, size_t len, unsigned int type,
		    uint32_t *value)
{
	struct gate_attr_iter it = { .at = data, .left = len };
	struct gate_attr a;
	int found = 0, rc;

	while ((rc = gate_attr_next(&it, &a)) > 0) {
		if (a.type != type)
			continue;
		if (found || a.len != sizeof(*value))
			return -1;
		*value = gate_attr_u32(&a);
		found = 1;
	}
	return rc ? -1 : found;
}

enum gate_err gate_flow_in_port(const struct gate_flow *flow, bool execute,
				uint32_t *dp_port)
{
	uint32_t mask = UINT32_MAX;
	int found;

	found = find_u32(flow->key, flow->key_len, OVS_KEY_ATTR_IN_PORT,
			 dp_port);
	if (found < 0)
		return GATE_EATTR;
	if (!found) {
		*dp_port = 0;		/* OVSP_LOCAL */
		return execute ? GATE_OK : GATE_EINPORT;
	}
	if (!execute && flow->has_mask) {
		found = find_u32(flow->mask, flow->mask_len,
				 OVS_KEY_ATTR_IN_PORT, &mask);
		if (found < 0)
			return GATE_EATTR;
		if (!found)
			mask = 0;
	}
	return mask == UINT32_MAX && *dp_port < DP_PORTS_MAX ? GATE_OK :
							      GATE_EINPORT;
}

/* Is the one output that was seen among those that rules want? */
static bool is_among(const struct gate_effects *want,
		     const struct gate_effects *got)
{
	const struct gate_state *b = &got->state[got->effect[0].state];
	const struct gate_state *a;
	unsigned int i;

	for (i = 0; i < want->nr; i++) {
		a = &want->state[want->effect[i].state];
		if (want->effect[i].port == got->effect[0].port &&
		    a->tags == b->tags &&
		    !memcmp(&a->val, &b->val, sizeof(a->val)) &&
		    !memcmp(&a->known, &b->known, sizeof(a->known)))
			return true;
	}
	return false;
}

/* One run through the pipeline; what it looked at counts in any case. */
static enum gate_err walk(const struct gate_view *view,
			  const struct gate_state *start, uint32_t skip,
			  unsigned int *choices, struct gate_scratch *s,
			  struct gate_result *result)
{
	enum gate_err err;
	unsigned int i;

	result_init(&s->walk);
	s->want.nr = 0;
	s->want.state_nr = 0;
	*choices = 0;
	err = gate_walk(view, start, skip, choices, &s->want, &s->walk);
	for (i = 0; i < 4; i++)
		result->visited[i] |= s->walk.visited[i];
	result->groups |= s->walk.groups;
	return err;
}

/*
 * Do rules explain s->got, for packets of @start?  Rules with an idle timeout may
 * be there or gone: as few as possible are taken as gone, and each set of them is
 * tried once: what a run adds to @skip lies above its highest bit.
 *
 * @one: s->got is one of several outputs, each of which comes by itself
 */
static enum gate_err explain(const struct gate_view *view,
			     const struct gate_state *start, bool one,
			     struct gate_scratch *s, struct gate_result *result)
{
	enum gate_err err, first = GATE_OK;
	unsigned int head = 0, tail = 1, choices, i;
	uint32_t skip[WALKS_MAX] = { 0 };

	for (; head < tail; head++) {
		err = walk(view, start, skip[head], &choices, s, result);
		if (!err && one)
			err = is_among(&s->want, &s->got) ? GATE_OK :
							    GATE_EEXTRA;
		else if (!err)
			err = gate_effects_compare(&s->want, &s->got);
		if (!err)
			return GATE_OK;
		if (!head) {
			first = err;
			result->table = s->walk.table;
		}
		if (choices > 32)
			choices = 32;
		i = skip[head] ? 32 - __builtin_clz(skip[head]) : 0;
		for (; i < choices && tail < WALKS_MAX; i++)
			skip[tail++] = skip[head] | 1u << i;
		gate_breathe();
	}
	return first;
}

/* Datapath actions on s->start, into s->got */
static enum gate_err act_out(const struct gate_view *view,
			     const struct gate_flow *flow,
			     struct gate_scratch *s, struct gate_result *result)
{
	enum gate_err err;

	s->work = s->start;
	err = gate_datapath(view, &s->work, flow->actions, flow->actions_len,
			    &s->got, result);
	if (err)
		return err;
	if (s->got.nr)
		result->kind = GATE_FORWARD;
	return GATE_OK;
}

/*
 * Dropping needs no approval, nor does asking user space: whatever the key says,
 * no packet leaves.  Return: true: that is all there is to the message.
 */
static bool harmless(const struct gate_flow *flow, struct gate_result *result,
		     enum gate_err *err)
{
	if (!flow->actions_len)
		result->kind = GATE_DROP;
	else if (gate_datapath_slow(flow->actions, flow->actions_len))
		result->kind = GATE_UPCALL;
	else
		return false;
	*err = gate_attr_well_formed(flow->key, flow->key_len, &result->attr);
	if (!*err && flow->has_mask)
		*err = gate_attr_well_formed(flow->mask, flow->mask_len,
					     &result->attr);
	return true;
}

/* OpenFlow's number of a port */
static enum gate_err port_of(const struct gate_view *view, uint32_t dp_port,
			     uint32_t *of_port)
{
	const struct gate_port *port = gate_port_by_dp(&view->ports, dp_port);

	if (!port)
		return GATE_EPORT;
	*of_port = port->of_port;
	return GATE_OK;
}

enum gate_err gate_check_flow(const struct gate_view *view,
			      const struct gate_flow *flow,
			      struct gate_scratch *scratch,
			      struct gate_result *result)
{
	struct gate_scratch *s = scratch;
	uint32_t dp_port, in_port;
	enum gate_err err;

	result_init(result);
	if (harmless(flow, result, &err))
		return err;
	err = gate_flow_in_port(flow, false, &dp_port);
	if (!err)
		err = port_of(view, dp_port, &in_port);
	if (err)
		return err;
	err = gate_region(&s->region, flow, in_port, view->vlan_limit,
			  &s->start);
	if (err) {
		result->attr = s->region.bad;
		return err;
	}
	err = act_out(view, flow, s, result);
	if (!err && s->got.nr)
		err = explain(view, &s->start, false, s, result);
	return err;
}

/* Does the packet have what the rule's set-fields for such fields put there? */
static bool could_have_written(const struct gate_rule *rule,
			       const struct flow_key *key)
{
	uint8_t value[FLOW_VALUE_MAX];
	unsigned int i, k;
	bool found;
	size_t len;

	for (i = 0; i < rule->action_nr; i++) {
		const struct of_action *a = &rule->action[i];

		if (a->type != OF_ACTION_SET_FIELD || !gate_field_slow(a->field))
			continue;
		len = flow_field_get(value, key, a->field);
		found = false;
		for (k = 0; k < rule->action_nr && !found; k++)
			found = rule->action[k].type == OF_ACTION_SET_FIELD &&
				rule->action[k].field == a->field &&
				!memcmp(rule->action[k].value, value, len);
		if (!found)
			return false;
	}
	return true;
}

/* Tags as the rule asks for them: one more, or one less, than the packet has */
static bool match_tags(struct gate_state *s, const struct flow_match *match)
{
	const __be16 present = htons(FLOW_VLAN_PRESENT);
	bool tagged = s->tags;

	if (!(match->mask.vlan[0].tci & present))
		return true;
	if (match->key.vlan[0].tci & present)
		return tagged || !gate_state_push_vlan(s, DP_VLAN,
						       FLOW_VLAN_PRESENT);
	return !tagged || (!gate_state_pop_vlan(s) && !s->tags);
}

/* How often does the rule take one off the TTL? */
static unsigned int decrements(const struct gate_rule *rule)
{
	unsigned int i, nr = 0;

	for (i = 0; i < rule->action_nr; i++)
		nr += rule->action[i].type == OF_ACTION_DEC_NW_TTL;
	return nr;
}

/*
 * The packet as it may have been before a rule rewrote it: what the rule matches
 * on is as the rule asks for.  What it sets without matching on it is not known,
 * and does not matter.  @taken: what is off its TTL by now.  Return: false: it
 * cannot have been one of the rule's.
 */
static bool before_rewrite(struct gate_state *s, const struct gate_rule *rule,
			   unsigned int taken)
{
	const struct flow_match *match = &rule->match;
	union flow_words key, mask;
	unsigned int i;

	key.key = match->key;
	mask.key = match->mask;
	if ((s->val.key.in_port ^ key.key.in_port) & mask.key.in_port)
		return false;
	key.key.metadata = 0;
	mask.key.metadata = 0;
	if (!match_tags(s, match))
		return false;
	for (i = 0; i < FLOW_KEY_WORDS; i++)
		s->val.word[i] = (s->val.word[i] & ~mask.word[i]) |
				 key.word[i];
	s->val.key.ip_ttl += taken;
	return true;
}

/*
 * What openvswitch cannot set, user space does by itself: it sends each output
 * alone, with the packet as it is by then.  Such an output is allowed if there is
 * a packet for which the rules want it: user space could have said that this
 * packet came in, and the guard could not know better.
 */
static enum gate_err check_rewritten(const struct gate_view *view,
				     struct gate_scratch *s,
				     struct gate_result *result)
{
	const struct gate_rule *rule;
	struct gate_cursor at = { 0 };
	unsigned int tried = 0, taken;

	rule = gate_version_next_rewriter(view->rules, &at);
	/* The rule may match on nothing that it writes. */
	if (rule && !explain(view, &s->start, true, s, result))
		return GATE_OK;
	for (; rule; rule = gate_version_next_rewriter(view->rules, &at)) {
		if (!could_have_written(rule, &s->start.val.key))
			continue;
		for (taken = 0; taken <= decrements(rule); taken++) {
			s->work = s->start;
			if (!before_rewrite(&s->work, rule, taken))
				break;
			if (tried++ == WITNESSES_MAX)
				return GATE_EEXTRA;
			if (!explain(view, &s->work, true, s, result))
				return GATE_OK;
		}
	}
	return GATE_EEXTRA;
}

/* Metadata, and the headers of a packet, into s->start */
static enum gate_err read_packet(const struct gate_view *view,
				 const struct gate_flow *flow,
				 const uint8_t *packet, size_t len,
				 uint32_t in_port, struct gate_scratch *s,
				 struct gate_result *result)
{
	enum gate_err err;

	err = gate_metadata(&s->region, flow);
	if (err) {
		result->attr = s->region.bad;
		return err;
	}
	return gate_packet(&s->start, packet, len, in_port, view->vlan_limit);
}

enum gate_err gate_check_packet(const struct gate_view *view,
				const struct gate_flow *flow,
				const uint8_t *packet, size_t len,
				struct gate_scratch *scratch,
				struct gate_result *result)
{
	struct gate_scratch *s = scratch;
	uint32_t dp_port, in_port;
	enum gate_err err;
	int table;

	result_init(result);
	if (harmless(flow, result, &err))
		return err;
	err = gate_flow_in_port(flow, true, &dp_port);
	if (!err)
		err = port_of(view, dp_port, &in_port);
	if (!err)
		err = read_packet(view, flow, packet, len, in_port, s, result);
	if (!err)
		err = act_out(view, flow, s, result);
	if (err || !s->got.nr)
		return err;
	err = explain(view, &s->start, false, s, result);
	if (!err)
		return GATE_OK;
	table = result->table;
	if (s->got.nr == 1 && !check_rewritten(view, s, result))
		err = GATE_OK;
	result->table = table;
	return err;
}

/* Was the packet sent from where the packet-out says? */
static enum gate_err check_out_port(const struct gate_view *view,
				    const struct of_packet_out *out,
				    const struct gate_flow *flow)
{
	const struct gate_port *port;
	uint32_t dp_port;
	int found;

	found = find_u32(flow->key, flow->key_len, OVS_KEY_ATTR_IN_PORT,
			 &dp_port);
	if (found < 0)
		return GATE_EATTR;
	/* OpenFlow's controller is no port: user space leaves it out. */
	if (out->in_port == OF_PORT_CONTROLLER)
		return found ? GATE_EINPORT : GATE_OK;
	port = gate_port_by_of(&view->ports, out->in_port);
	if (!port)
		return GATE_EPORT;
	return found && dp_port == port->dp_port ? GATE_OK : GATE_EINPORT;
}

enum gate_err gate_check_packet_out(const struct gate_view *view,
				    const struct of_packet_out *out,
				    const struct gate_flow *flow,
				    const uint8_t *packet, size_t len,
				    struct gate_scratch *scratch,
				    struct gate_result *result)
{
	struct gate_scratch *s = scratch;
	enum gate_err err;
	unsigned int i;

	result_init(result);
	if (len != out->data_len || (len && memcmp(packet, out->data, len)))
		return GATE_EPACKETOUT;
	err = check_out_port(view, out, flow);
	if (err)
		return err;
	for (i = 0; i < out->action_nr; i++)
		if (out->action[i].type == OF_ACTION_OUTPUT &&
		    out->action[i].port == OF_PORT_TABLE)
			return out->action_nr == 1 ?
			       gate_check_packet(view, flow, packet, len, s,
						 result) : GATE_EINAPPLICABLE;
	if (harmless(flow, result, &err))
		return err;
	err = read_packet(view, flow, packet, len, out->in_port, s, result);
	if (!err)
		err = act_out(view, flow, s, result);
	if (err || !s->got.nr)
		return err;
	s->want.nr = 0;
	s->want.state_nr = 0;
	s->work = s->start;
	err = gate_act(view, &s->work, out->action, out->action_nr, &s->want,
		       result);
	return err ? err : gate_effects_compare(&s->want, &s->got);
}

bool gate_flow_untouched(const struct gate_result *result,
			 const struct gate_touched *touched)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (result->visited[i] & touched->table[i])
			return false;
	return !(result->groups && touched->groups);
}
