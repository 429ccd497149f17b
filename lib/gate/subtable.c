// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* The rules of one table and mask, sorted. */
#include "table.h"

#define AT(member)	offsetof(struct flow_key, member)

/*
 * The parts of a key that OpenFlow can match.  One that does not lead has few
 * values among rules of one mask: it leads an index if there is nothing else.
 */
static const struct {
	uint8_t offset, len, leads;
} units[] = {
	{ AT(eth_type), 2, 0 }, { AT(ip_proto), 1, 0 }, { AT(ip_tos), 1, 0 },
	{ AT(arp_op), 2, 0 }, { AT(in_port), 4, 1 }, { AT(metadata), 8, 1 },
	{ AT(vlan[0].tci), 2, 1 }, { AT(eth_dst), 6, 1 },
	{ AT(eth_src), 6, 1 }, { AT(ipv4_dst), 4, 1 },
	{ AT(ipv4_src), 4, 1 }, { AT(ipv6_dst), 16, 1 },
	{ AT(ipv6_src), 16, 1 }, { AT(ipv6_flabel), 4, 1 },
	{ AT(tp_dst), 2, 1 }, { AT(tp_src), 2, 1 }, { AT(arp_tpa), 4, 1 },
	{ AT(arp_spa), 4, 1 }, { AT(arp_tha), 6, 1 }, { AT(arp_sha), 6, 1 },
	{ AT(nd_target), 16, 1 }, { AT(nd_sll), 6, 1 }, { AT(nd_tll), 6, 1 },
};

enum {
	UNIT_NR = sizeof(units) / sizeof(units[0]),
	/* A range that is not worth looking for a smaller one */
	RANGE_SMALL = 8,
};

static_assert(sizeof(units) / sizeof(units[0]) <= GATE_UNITS,
	      "units fit a subtable");

/* What is known at the beginning of an index: key of index_led_compare() */
struct probe {
	const struct gate_subtable *sub;
	const struct flow_key *val;	/* no bit that is not in the mask */
	uint8_t lead;			/* the unit that leads */
	uint8_t full;			/* so many units are known */
	uint8_t bytes, bits;		/* and of the next: bytes, and a mask */
	bool exact;			/* all units, and the priority */
	uint16_t priority;
};

int gate_order_compare(const void *item, const void *key)
{
	const struct gate_rule *rule = &((const struct gate_node *)item)->rule;
	const struct gate_order *order = key;

	if (rule->priority != order->priority)
		return rule->priority > order->priority ? -1 : 1;
	if (rule->id != order->id)
		return rule->id < order->id ? -1 : 1;
	return 0;
}

/* The i-th unit in the order of an index: the lead, then the others. */
static unsigned int probe_unit(const struct probe *p, unsigned int i)
{
	const struct gate_subtable *sub = p->sub;

	if (!i)
		return sub->unit[p->lead];
	return sub->unit[i <= p->lead ? i - 1 : i];
}

static int led_compare(const void *item, const void *key)
{
	const struct gate_rule *rule = &((const struct gate_node *)item)->rule;
	const struct probe *p = key;
	const uint8_t *a = (const uint8_t *)&rule->match.key;
	const uint8_t *b = (const uint8_t *)p->val;
	unsigned int i, u, o;
	int diff;

	for (i = 0; i < p->full; i++) {
		u = probe_unit(p, i);
		o = units[u].offset;
		diff = memcmp(a + o, b + o, units[u].len);
		if (diff)
			return diff;
	}
	if (p->bits || p->bytes) {
		o = units[probe_unit(p, i)].offset;
		diff = memcmp(a + o, b + o, p->bytes);
		if (diff)
			return diff;
		o += p->bytes;
		return (a[o] & p->bits) - (b[o] & p->bits);
	}
	if (!p->exact || rule->priority == p->priority)
		return 0;
	return rule->priority > p->priority ? -1 : 1;
}

static void probe_exact(struct probe *p, const struct gate_subtable *sub,
			unsigned int lead, const struct flow_key *key,
			uint16_t priority)
{
	memset(p, 0, sizeof(*p));
	p->sub = sub;
	p->val = key;
	p->lead = lead;
	p->full = sub->unit_nr;
	p->exact = true;
	p->priority = priority;
}

/* As much as is known from the beginning on; false: nothing is. */
static bool probe_known(struct probe *p, const struct gate_subtable *sub,
			unsigned int lead, const struct flow_key *val,
			const struct flow_key *known)
{
	const uint8_t *mask = (const uint8_t *)&sub->mask.key;
	const uint8_t *k = (const uint8_t *)known;
	unsigned int i, u, n, o;
	uint8_t missing;

	memset(p, 0, sizeof(*p));
	p->sub = sub;
	p->val = val;
	p->lead = lead;
	for (i = 0; i < sub->unit_nr; i++) {
		u = probe_unit(p, i);
		for (n = 0; n < units[u].len; n++) {
			o = units[u].offset + n;
			missing = mask[o] & ~k[o];
			if (!missing)
				continue;
			p->bytes = n;
			/* the bits above the highest that is missing */
			for (p->bits = 0xff; p->bits & missing;)
				p->bits <<= 1;
			return p->full || p->bytes || p->bits;
		}
		p->full++;
	}
	return true;
}

struct gate_subtable *gate_subtable_new(struct gate_change *c,
					const struct flow_key *mask)
{
	struct gate_subtable *sub = gate_mem_new(c, sizeof(*sub));
	const uint8_t *m = (const uint8_t *)mask;
	unsigned int u, n, w;

	if (!sub)
		return NULL;
	sub->mask.key = *mask;
	for (w = 0; w < FLOW_KEY_WORDS; w++)
		if (sub->mask.word[w])
			sub->words |= 1u << w;
	for (u = 0; u < UNIT_NR; u++) {
		for (n = 0; n < units[u].len; n++)
			if (m[units[u].offset + n])
				break;
		if (n == units[u].len)
			continue;
		if (units[u].leads)
			sub->lead[sub->lead_nr++] = sub->unit_nr;
		sub->unit[sub->unit_nr++] = u;
	}
	if (!sub->lead_nr) {
		/* Also if there is no unit: then the priority alone sorts. */
		sub->lead_nr = sub->unit_nr ? sub->unit_nr : 1;
		for (u = 0; u < sub->lead_nr; u++)
			sub->lead[u] = u;
	}
	return sub;
}

bool gate_subtable_has_mask(const struct gate_subtable *sub,
			    const struct flow_key *mask)
{
	return !memcmp(&sub->mask.key, mask, sizeof(*mask));
}

static void subtable_add_common(struct gate_subtable *sub,
				const struct flow_key *key)
{
	const bool first = !sub->order;
	unsigned int w;
	uint64_t word;

	for (w = 0; w < FLOW_KEY_WORDS; w++) {
		word = gate_key_word(key, w);
		if (first) {
			sub->common_mask.word[w] = sub->mask.word[w];
			sub->common.word[w] = word;
		}
		sub->common_mask.word[w] &= ~(sub->common.word[w] ^ word);
		sub->common.word[w] &= sub->common_mask.word[w];
	}
}

static void subtable_set_priority(struct gate_subtable *sub)
{
	const struct gate_node *top = gate_index_at(sub->order,
						    (struct gate_place){ 0, 0 });

	sub->priority = top ? top->rule.priority : 0;
}

enum gate_err gate_subtable_insert(struct gate_change *c,
				   struct gate_subtable *sub,
				   struct gate_node *node)
{
	const struct gate_order order = gate_order_of(node);
	struct probe p;
	unsigned int i;

	subtable_add_common(sub, &node->rule.match.key);
	for (i = 0; i < sub->lead_nr; i++) {
		probe_exact(&p, sub, sub->lead[i], &node->rule.match.key,
			    node->rule.priority);
		if (gate_index_insert(c, &sub->led[i], led_compare, &p, node))
			return GATE_ENOMEM;
	}
	if (gate_index_insert(c, &sub->order, gate_order_compare, &order, node))
		return GATE_ENOMEM;
	subtable_set_priority(sub);
	return GATE_OK;
}

enum gate_err gate_subtable_remove(struct gate_change *c,
				   struct gate_subtable *sub,
				   const struct gate_node *node)
{
	const struct gate_order order = gate_order_of(node);
	struct probe p;
	unsigned int i;

	for (i = 0; i < sub->lead_nr; i++) {
		probe_exact(&p, sub, sub->lead[i], &node->rule.match.key,
			    node->rule.priority);
		if (gate_index_remove(c, &sub->led[i], led_compare, &p))
			return GATE_ENOMEM;
	}
	if (gate_index_remove(c, &sub->order, gate_order_compare, &order))
		return GATE_ENOMEM;
	subtable_set_priority(sub);
	return GATE_OK;
}

enum gate_err gate_subtable_replace(struct gate_change *c,
				    struct gate_subtable *sub,
				    const struct gate_node *old,
				    struct gate_node *node)
{
	const struct gate_order from = gate_order_of(old), to = gate_order_of(node);
	struct probe p;
	unsigned int i;

	for (i = 0; i < sub->lead_nr; i++) {
		probe_exact(&p, sub, sub->lead[i], &node->rule.match.key,
			    node->rule.priority);
		if (gate_index_replace(c, &sub->led[i], led_compare, &p, node))
			return GATE_ENOMEM;
	}
	/* First in: an index never is empty on the way. */
	if (from.id == to.id)
		return gate_index_replace(c, &sub->order, gate_order_compare,
					  &to, node);
	if (gate_index_insert(c, &sub->order, gate_order_compare, &to, node))
		return GATE_ENOMEM;
	return gate_index_remove(c, &sub->order, gate_order_compare, &from);
}

void gate_subtable_free(struct gate_subtable *sub)
{
	unsigned int i;

	for (i = 0; i < sub->lead_nr; i++)
		gate_index_free(sub->led[i]);
	gate_index_free(sub->order);
	gate_free(sub);
}

struct gate_node *gate_subtable_find(const struct gate_subtable *sub,
				     const struct flow_key *key,
				     uint16_t priority)
{
	struct probe p;

	probe_exact(&p, sub, sub->lead[0], key, priority);
	return gate_index_find(sub->led[0], led_compare, &p);
}

bool gate_subtable_may_meet(const struct gate_subtable *sub,
			    struct gate_pattern p)
{
	uint64_t differ = 0;
	unsigned int w;

	for (w = 0; w < FLOW_KEY_WORDS; w++)
		if (sub->words & 1u << w)
			differ |= (gate_key_word(p.val, w) ^
				   sub->common.word[w]) &
				  gate_key_word(p.known, w) &
				  sub->common_mask.word[w];
	return !differ;
}

bool gate_node_meets(const struct gate_node *node,
		     const struct gate_subtable *sub, struct gate_pattern p)
{
	uint64_t differ = 0;
	unsigned int w;

	for (w = 0; w < FLOW_KEY_WORDS; w++)
		if (sub->words & 1u << w)
			differ |= (gate_key_word(p.val, w) ^
				   gate_key_word(&node->rule.match.key, w)) &
				  gate_key_word(p.known, w) & sub->mask.word[w];
	return !differ;
}

static uint32_t range_size(const struct gate_range *r)
{
	return gate_index_distance(r->index, r->at, r->end);
}

struct gate_range gate_subtable_range(const struct gate_subtable *sub,
				      struct gate_pattern p, uint16_t first,
				      uint16_t last)
{
	const struct gate_order top = { first, 0 }, bottom = { last, UINT64_MAX };
	struct gate_range best, r;
	union flow_words val;
	struct probe probe;
	unsigned int i;

	for (i = 0; i < FLOW_KEY_WORDS; i++)
		val.word[i] = gate_key_word(p.val, i) & sub->mask.word[i];
	best.index = sub->order;
	best.at = (struct gate_place){ 0, 0 };
	if (first < sub->priority)
		best.at = gate_index_seek(best.index, gate_order_compare, &top,
					  false);
	best.end = (struct gate_place){ best.index->leaf_nr, 0 };
	if (last)
		best.end = gate_index_seek(best.index, gate_order_compare,
					   &bottom, true);
	for (i = 0; i < sub->lead_nr && range_size(&best) > RANGE_SMALL; i++) {
		if (!probe_known(&probe, sub, sub->lead[i], &val.key, p.known))
			continue;
		r.index = sub->led[i];
		r.at = gate_index_seek(r.index, led_compare, &probe, false);
		r.end = gate_index_seek(r.index, led_compare, &probe, true);
		if (range_size(&r) < range_size(&best))
			best = r;
	}
	return best;
}

struct gate_node *gate_range_next(struct gate_range *r)
{
	struct gate_node *node;

	if (r->at.leaf == r->end.leaf && r->at.slot == r->end.slot)
		return NULL;
	node = gate_index_at(r->index, r->at);
	gate_index_step(r->index, &r->at);
	return node;
}
