// SPDX-License-Identifier: GPL-2.0
/*
 * The classifier and the semantics of flow mods against a list that is looked
 * through from the beginning to the end.
 */
#include "unit.h"

enum {
	ROUNDS = 6, STEPS = 250, REGIONS = 30,
	MODEL_MAX = 4000, TABLES = 3,
};

struct model_rule {
	struct flow_match match;
	uint64_t cookie, id, installed_ms;
	uint16_t priority, idle_timeout, hard_timeout;
	uint32_t port;
	uint8_t table;
};

struct model {
	unsigned int nr;
	struct model_rule rule[MODEL_MAX];
};

static struct model model, saved;
static struct of_flow_mod fm;

static bool model_before(const struct model_rule *a, const struct model_rule *b)
{
	if (a->table != b->table)
		return a->table < b->table;
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->id < b->id;
}

static void model_insert(const struct model_rule *rule)
{
	unsigned int i = model.nr++;

	for (; i && model_before(rule, &model.rule[i - 1]); i--)
		model.rule[i] = model.rule[i - 1];
	model.rule[i] = *rule;
}

static void model_remove(unsigned int i)
{
	model.nr--;
	memmove(model.rule + i, model.rule + i + 1,
		(model.nr - i) * sizeof(model.rule[0]));
}

static bool model_picks(const struct model_rule *r, bool strict)
{
	const bool del = fm.command == OF_FLOW_DELETE ||
			 fm.command == OF_FLOW_DELETE_STRICT;

	if (fm.table != OF_TABLE_ALL && fm.table != r->table)
		return false;
	if (strict && (r->priority != fm.priority ||
		       !flow_match_equal(&r->match, &fm.match)))
		return false;
	if (!strict && !flow_match_within(&r->match, &fm.match))
		return false;
	if ((r->cookie ^ fm.cookie) & fm.cookie_mask)
		return false;
	if (del && fm.out_group != OF_GROUP_ANY)
		return false;
	return !del || fm.out_port == OF_PORT_ANY || fm.out_port == r->port;
}

static enum gate_err model_add(uint64_t now_ms, uint64_t *next_id)
{
	struct model_rule rule = {
		.match = fm.match, .cookie = fm.cookie, .id = *next_id,
		.installed_ms = now_ms, .priority = fm.priority,
		.idle_timeout = fm.idle_timeout,
		.hard_timeout = fm.hard_timeout,
		.port = fm.instructions.action[0].port, .table = fm.table,
	};
	unsigned int i;

	for (i = 0; i < model.nr; i++) {
		const struct model_rule *r = &model.rule[i];

		if (r->table != fm.table || r->priority != fm.priority)
			continue;
		if (flow_match_equal(&r->match, &fm.match)) {
			model_remove(i);
			break;
		}
		if (flow_match_overlap(&r->match, &fm.match))
			return GATE_EOVERLAP;
	}
	++*next_id;
	model_insert(&rule);
	return GATE_OK;
}

static enum gate_err model_mod(uint64_t now_ms, uint64_t *next_id)
{
	const bool strict = fm.command == OF_FLOW_MODIFY_STRICT ||
			    fm.command == OF_FLOW_DELETE_STRICT;
	unsigned int i;

	if (fm.command == OF_FLOW_ADD)
		return model_add(now_ms, next_id);
	for (i = model.nr; i--;) {
		if (!model_picks(&model.rule[i], strict))
			continue;
		if (fm.command == OF_FLOW_MODIFY ||
		    fm.command == OF_FLOW_MODIFY_STRICT)
			model.rule[i].port = fm.instructions.action[0].port;
		else
			model_remove(i);
	}
	return GATE_OK;
}

static const struct {
	enum flow_field field;
	uint64_t mask[6];		/* ~0: all; 0: no more */
	uint64_t value[6];
} fields[] = {
	{ FLOW_IN_PORT, { ~0ull }, { 1, 2, 3 } },
	{ FLOW_METADATA, { ~0ull, 0xff, 0xff00 }, { 0x0101, 0x0201, 0x0102 } },
	{ FLOW_ETH_DST, { ~0ull, 0x010000000000, 0xffffff000000 },
	  { 0x020000000001, 0x020000000002, 0x010000000001, 0x0200ff000001 } },
	{ FLOW_VLAN_VID, { ~0ull, 0x1000 }, { 0, 0x1001, 0x1002 } },
	{ FLOW_ETH_TYPE, { ~0ull }, { 0x0800, 0x0806, 0x86dd } },
	{ FLOW_IP_PROTO, { ~0ull }, { 6, 17 } },
	{ FLOW_IPV4_DST, { ~0ull, 0xffffff00, 0xffff0000, 0xfffffffe, 0x00ff00ff },
	  { 0x0a000001, 0x0a000002, 0x0a000101, 0x0a010001, 0x0b000001,
	    0x0a000003 } },
	{ FLOW_IPV4_SRC, { ~0ull, 0xff000000, 0xffffff80 },
	  { 0x0a000001, 0x0a000081, 0x0b000001 } },
	{ FLOW_IPV6_DST, { ~0ull, 0xffffffff00000000 },
	  { 0x100000001, 0x100000002, 0x200000001 } },
	{ FLOW_TCP_DST, { ~0ull, 0xff00, 0xf000 }, { 80, 443, 8080, 0x1001 } },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static uint64_t pick(const uint64_t *list)
{
	unsigned int n = 0;

	while (n < 6 && list[n])
		n++;
	return n ? list[test_below(n)] : 0;
}

static void random_match(struct flow_match *m)
{
	unsigned int n = test_below(4), f;

	memset(m, 0, sizeof(*m));
	while (n--) {
		f = test_below(FIELDS);
		unit_match_masked(m, fields[f].field, pick(fields[f].value),
				  pick(fields[f].mask));
	}
	/* A field that was drawn twice may have left bits outside its mask. */
	for (n = 0; n < sizeof(m->key); n++)
		((uint8_t *)&m->key)[n] &= ((uint8_t *)&m->mask)[n];
}

static void random_mod(void)
{
	const unsigned int what = test_below(20);
	unsigned int command = OF_FLOW_ADD;
	const struct model_rule *r;

	if (what >= 14)
		command = 1 + test_below(4);
	unit_flow_mod(&fm, command, test_below(TABLES), 100 + test_below(4));
	random_match(&fm.match);
	if (model.nr && test_below(3) == 0) {
		r = &model.rule[test_below(model.nr)];
		fm.match = r->match;
		fm.priority = r->priority;
		fm.table = r->table;
	}
	fm.cookie = test_below(4);
	if (command == OF_FLOW_ADD) {
		fm.idle_timeout = test_below(3) ? 0 : 10;
		fm.hard_timeout = test_below(4) ? 0 : 1 + test_below(50);
	} else if (test_below(2)) {
		fm.cookie_mask = 3;
	}
	if (command == OF_FLOW_DELETE || command == OF_FLOW_DELETE_STRICT) {
		if (test_below(6) == 0)
			fm.table = OF_TABLE_ALL;
		if (test_below(3) == 0)
			fm.out_port = 1 + test_below(3);
		if (test_below(8) == 0)
			fm.out_group = 1;
	}
	unit_output(&fm, 1 + test_below(3));
}

/* A part of what a rule matches, or of what none does */
static void random_region(union flow_words *val, union flow_words *known)
{
	struct flow_match m;
	unsigned int n, i;

	random_match(&m);
	if (model.nr && test_below(4))
		m = model.rule[test_below(model.nr)].match;
	memcpy(val, &m.key, sizeof(*val));
	memcpy(known, &m.mask, sizeof(*known));
	for (n = test_below(6); n--;) {
		uint8_t *v = (uint8_t *)val, *k = (uint8_t *)known;

		random_match(&m);
		for (i = 0; i < sizeof(m.key); i++) {
			v[i] |= ((uint8_t *)&m.key)[i] & ~k[i];
			k[i] |= ((uint8_t *)&m.mask)[i];
		}
	}
	/* take some bits away: prefixes, and any */
	for (n = test_below(4); n--;) {
		i = test_below(sizeof(*known));
		((uint8_t *)known)[i] &= 0xff << test_below(9);
	}
	if (test_below(3) == 0)
		for (i = 0; i < FLOW_KEY_WORDS; i++)
			known->word[i] &= test_random() | test_random();
	for (i = 0; i < FLOW_KEY_WORDS; i++)
		val->word[i] &= known->word[i];
}

/* All rules that a region meets, one after the other, are the same. */
static bool same_meetings(const struct gate_version *v, unsigned long *met)
{
	union flow_words val, known;
	struct flow_match region;
	const struct gate_pattern p = { &val.key, &known.key };
	const struct gate_rule *found, *after = NULL;
	unsigned int budget = GATE_RULES_MAX, i, table = test_below(TABLES);

	random_region(&val, &known);
	region.key = val.key;
	region.mask = known.key;
	for (i = 0; i < model.nr; i++) {
		if (model.rule[i].table != table ||
		    !flow_match_overlap(&model.rule[i].match, &region))
			continue;
		ASK(!gate_table_first(v->table[table], p, after, &budget, &found));
		ASK(found && found->id == model.rule[i].id);
		ASK(gate_key_covers(p.known, &found->match.mask) ==
		    flow_match_within(&region, &model.rule[i].match));
		after = found;
		++*met;
	}
	ASK(!gate_table_first(v->table[table], p, after, &budget, &found));
	ASK(!found);
	return true;
}

static bool same_rules(const struct gate_version *v)
{
	struct gate_cursor at = { 0 };
	const struct gate_rule *rule;
	const struct model_rule *m;
	unsigned int i;

	ASK(gate_version_rules(v) == model.nr);
	for (i = 0; i < model.nr; i++) {
		rule = gate_version_next_rule(v, &at);
		m = &model.rule[i];
		ASK(rule && rule->id == m->id && rule->table == m->table);
		ASK(rule->priority == m->priority && rule->cookie == m->cookie);
		ASK(flow_match_equal(&rule->match, &m->match));
		ASK(rule->idle_timeout == m->idle_timeout);
		ASK(rule->hard_timeout == m->hard_timeout);
		ASK(rule->installed_ms == m->installed_ms);
		ASK(rule->action_nr == 1 && rule->action[0].port == m->port);
	}
	ASK(!gate_version_next_rule(v, &at));
	ASK(!gate_version_next_rule(v, &at));
	return true;
}

/* Subtables are in order, and say truly what their highest priority is. */
static bool sorted(const struct gate_version *v)
{
	unsigned int t, i, high;
	const struct gate_table *table;
	struct gate_place at;
	const struct gate_node *node;

	for (t = 0; t < TABLES; t++) {
		table = v->table[t];
		if (!table)
			continue;
		ASK(table->sub_nr);
		for (i = 0; i < table->sub_nr; i++) {
			ASK(!i || table->sub[i - 1]->priority >=
				  table->sub[i]->priority);
			high = 0;
			at = (struct gate_place){ 0, 0 };
			for (; (node = gate_index_at(table->sub[i]->order, at));
			     gate_index_step(table->sub[i]->order, &at))
				if (node->rule.priority > high)
					high = node->rule.priority;
			ASK(high == table->sub[i]->priority);
		}
	}
	return true;
}

static struct model reduced;

/* Timeouts: as many as the list says, and the next one is the earliest. */
static bool expire(struct gate_pipeline *p, uint64_t now_ms)
{
	struct gate_change *c = gate_change_begin(p);
	uint64_t next_ms, earliest = UINT64_MAX, end;
	struct gate_touched touched;
	unsigned int i;
	int gone = 0, n;

	ASK(c);
	n = gate_change_expire(c, now_ms, &next_ms);
	gate_change_commit(c, &touched);
	reduced.nr = 0;
	for (i = 0; i < model.nr; i++) {
		end = model.rule[i].hard_timeout ? model.rule[i].installed_ms +
		      1000 * model.rule[i].hard_timeout : UINT64_MAX;
		if (end <= now_ms) {
			ASK(touched.table[0] & 1u << model.rule[i].table);
			gone++;
			continue;
		}
		if (end < earliest)
			earliest = end;
		reduced.rule[reduced.nr++] = model.rule[i];
	}
	model = reduced;
	ASK(n == gone);
	/* It may be early, after deletions, but never late. */
	ASK(next_ms <= earliest && next_ms > now_ms);
	return same_rules(gate_deref(p->version));
}

static unsigned long overlaps, applied, met;

/* Some mods in one transaction; sometimes it is given up. */
static bool step(struct gate_pipeline *p, uint64_t now_ms, uint64_t *next_id)
{
	struct gate_change *c = gate_change_begin(p);
	uint64_t id = *next_id;
	struct gate_touched touched;
	enum gate_err err = GATE_OK;
	unsigned int n = 1 + test_below(4);

	ASK(c);
	saved = model;
	while (n-- && !err) {
		random_mod();
		err = gate_change_flow_mod(c, &fm, now_ms);
		ASK(err == model_mod(now_ms, &id));
	}
	overlaps += err == GATE_EOVERLAP;
	if (err || test_below(5) == 0) {
		gate_change_abort(c);
		model = saved;
	} else {
		gate_change_commit(c, &touched);
		*next_id = id;
		applied++;
	}
	return true;
}

static bool test_model(void)
{
	struct gate_pipeline p;
	unsigned int round, i, j;

	for (round = 0; round < ROUNDS; round++) {
		uint64_t now_ms = 1000, next_id = 1;

		ASK(!gate_pipeline_init(&p, 100000));
		model.nr = 0;
		for (i = 0; i < STEPS; i++) {
			ASK(step(&p, now_ms, &next_id));
			now_ms += test_below(500);
			ASK(same_rules(p.version));
			ASK(sorted(p.version));
			for (j = 0; j < REGIONS; j++)
				ASK(same_meetings(p.version, &met));
			if (test_below(20) == 0)
				ASK(expire(&p, now_ms));
		}
		gate_pipeline_destroy(&p);
		ASK(!alloc_live);
	}
	printf("# %lu transactions, %lu overlaps, %lu meetings\n", applied,
	       overlaps, met);
	ASK(applied > 200 && overlaps > 50 && met > 10000);
	return true;
}

/* Many rules of one mask: leaves are split, emptied and given back. */
static bool test_large(void)
{
	enum { NR = 6000 };
	struct gate_touched touched;
	struct gate_pipeline p;
	unsigned int i;

	ASK(!gate_pipeline_init(&p, NR));
	for (i = 0; i < NR; i++) {
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1 + i % 3);
		unit_match(&fm.match, FLOW_ETH_TYPE, 0x0800);
		unit_match(&fm.match, FLOW_IPV4_DST, i * 2654435761u);
		fm.cookie = i % 2;
		ASK(!unit_commit(&p, &fm, 0, &touched));
		ASK(touched.table[0] == 1 && !touched.table[1]);
	}
	ASK(gate_version_rules(p.version) == NR);
	ASK(p.version->table[0]->sub_nr == 1);
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 9);
	ASK(unit_commit(&p, &fm, 0, &touched) == GATE_ERULES);

	unit_flow_mod(&fm, OF_FLOW_DELETE, OF_TABLE_ALL, 0);
	fm.cookie_mask = 1;
	fm.cookie = 1;
	ASK(!unit_commit(&p, &fm, 0, &touched));
	ASK(gate_version_rules(p.version) == NR / 2);
	for (i = 0; i < NR; i++) {
		struct flow_match m = { 0 };

		unit_match(&m, FLOW_ETH_TYPE, 0x0800);
		unit_match(&m, FLOW_IPV4_DST, i * 2654435761u);
		ASK(!gate_table_find(p.version->table[0], &m, 1 + i % 3) ==
		    (i % 2 == 1));
	}
	fm.cookie_mask = 0;
	ASK(!unit_commit(&p, &fm, 0, &touched));
	ASK(gate_version_rules(p.version) == 0 && !p.version->table[0]);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

static bool test_masks(void)
{
	struct gate_touched touched;
	struct gate_pipeline p;
	unsigned int i;

	ASK(!gate_pipeline_init(&p, 10000));
	for (i = 0; i <= GATE_MASKS_MAX; i++) {
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1 + i);
		unit_match_masked(&fm.match, FLOW_METADATA, 0, 1 + i);
		ASK(unit_commit(&p, &fm, 0, &touched) ==
		    (i < GATE_MASKS_MAX ? GATE_OK : GATE_EMASKS));
	}
	unit_flow_mod(&fm, OF_FLOW_DELETE_STRICT, 0, 1);
	unit_match_masked(&fm.match, FLOW_METADATA, 0, 1);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 600);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

/* A region that is too wide for any range gives up, and says so. */
static bool test_budget(void)
{
	union flow_words val = { .word = { 0 } }, known = { .word = { 0 } };
	const struct gate_pattern region = { &val.key, &known.key };
	struct gate_touched touched;
	const struct gate_rule *found;
	struct gate_pipeline p;
	unsigned int i, budget;

	ASK(!gate_pipeline_init(&p, 10000));
	for (i = 0; i < 300; i++) {
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1);
		unit_match(&fm.match, FLOW_IPV4_DST, i << 8 | 0x0a000001);
		ASK(!unit_commit(&p, &fm, 0, &touched));
	}
	/* Not all end in 1: what is common to all does not decide. */
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1);
	unit_match(&fm.match, FLOW_IPV4_DST, 0x0b000002);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	val.key.ipv4_dst = htonl(3);
	known.key.ipv4_dst = htonl(0xff);
	budget = 1000;
	ASK(!gate_table_first(p.version->table[0], region, NULL, &budget, &found));
	ASK(!found && budget == 1000 - 301);
	budget = 300;
	ASK(gate_table_first(p.version->table[0], region, NULL, &budget,
			     &found) == GATE_EBUDGET);
	/* What differs from all of them is seen at once. */
	val.key.ipv4_dst = htonl(4);
	budget = 1;
	ASK(!gate_table_first(p.version->table[0], region, NULL, &budget, &found));
	ASK(!found && budget == 1);
	/* A prefix is a range. */
	val.key.ipv4_dst = htonl(0x0a000503);
	known.key.ipv4_dst = htonl(0xffffffff);
	budget = 8;
	ASK(!gate_table_first(p.version->table[0], region, NULL, &budget, &found));
	ASK(!found);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

/* Two rules that differ in one bit are two rules, whichever bit it is. */
static bool test_bits(void)
{
	union flow_words all, one = { .word = { 0 } };
	struct gate_touched touched;
	struct gate_pipeline p;
	unsigned int f, bit, nr = 0;
	struct flow_match zero = { 0 };
	uint8_t *m = (uint8_t *)&one;

	for (f = 0; f < FLOW_FIELD_NR; f++) {
		flow_field_mask(&all.key, f);
		for (bit = 0; bit < 8 * sizeof(all); bit++) {
			if (!(((uint8_t *)&all)[bit / 8] & 1 << bit % 8))
				continue;
			ASK(!gate_pipeline_init(&p, 10));
			m[bit / 8] = 1 << bit % 8;
			unit_flow_mod(&fm, OF_FLOW_ADD, 0, 1);
			fm.match.mask = one.key;
			zero.mask = one.key;
			ASK(!unit_commit(&p, &fm, 0, &touched));
			fm.match.key = one.key;
			ASK(!unit_commit(&p, &fm, 0, &touched));
			ASK(gate_version_rules(p.version) == 2);
			ASK(gate_table_find(p.version->table[0], &zero, 1));
			ASK(gate_table_find(p.version->table[0], &fm.match, 1) !=
			    gate_table_find(p.version->table[0], &zero, 1));
			gate_pipeline_destroy(&p);
			m[bit / 8] = 0;
			nr++;
		}
	}
	ASK(nr > 900);
	return true;
}

int main(void)
{
	TEST("rules and meetings are those of a list", test_model());
	TEST("six thousand rules of one mask", test_large());
	TEST("so many masks and no more", test_masks());
	TEST("wide regions end", test_budget());
	TEST("every bit of every field counts", test_bits());
	return test_end();
}
