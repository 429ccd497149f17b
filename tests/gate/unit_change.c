// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: groups, what was touched, isolation of versions, dumps while
 * rules change, and memory that runs out at every allocation there is.
 */
#include "unit.h"

static struct of_flow_mod fm;
static struct of_group_mod gm;
static struct gate_touched touched;

static void dst_mod(unsigned int command, unsigned int table,
		    unsigned int priority, uint32_t dst)
{
	unit_flow_mod(&fm, command, table, priority);
	unit_match(&fm.match, FLOW_ETH_TYPE, 0x0800);
	unit_match(&fm.match, FLOW_IPV4_DST, dst);
}

static void group_mod(unsigned int command, uint32_t group, uint32_t port)
{
	memset(&gm, 0, sizeof(gm));
	gm.command = command;
	gm.group = group;
	if (command == OF_GROUP_DELETE)
		return;
	gm.type = OF_GROUP_TYPE_ALL;
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = port;
	unit_bucket(&gm);
}

static bool test_empty(void)
{
	struct gate_cursor rules = { 0 }, groups = { 0 }, rewriters = { 0 };
	struct gate_pipeline p;
	struct gate_change *c;
	uint64_t next_ms, number;

	ASK(!gate_pipeline_init(&p, 10));
	ASK(!gate_version_rules(p.version) && !gate_version_groups(p.version));
	ASK(!gate_version_next_rule(p.version, &rules));
	ASK(!gate_version_next_group(p.version, &groups));
	ASK(!gate_version_next_rewriter(p.version, &rewriters));
	ASK(!gate_version_group(p.version, 1));
	number = gate_version_number(p.version);
	c = gate_change_begin(&p);
	ASK(c && gate_change_expire(c, 1000, &next_ms) == 0);
	ASK(next_ms == UINT64_MAX);
	gate_change_commit(c, &touched);
	ASK(gate_version_number(p.version) == number);
	dst_mod(OF_FLOW_DELETE, OF_TABLE_ALL, 0, 1);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	dst_mod(OF_FLOW_MODIFY, 3, 0, 1);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	ASK(!touched.table[0] && !gate_version_rules(p.version));
	gate_barrier();
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

/* An abort leaves everything, ids of rules too; a version does not change. */
static bool test_isolation(void)
{
	const struct gate_version *before;
	struct gate_pipeline p;
	struct gate_change *c;
	uint64_t number;

	ASK(!gate_pipeline_init(&p, 10));
	dst_mod(OF_FLOW_ADD, 0, 1, 1);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	before = p.version;
	number = gate_version_number(before);
	c = gate_change_begin(&p);
	dst_mod(OF_FLOW_ADD, 0, 1, 2);
	ASK(!gate_change_flow_mod(c, &fm, 0));
	ASK(gate_version_rules(p.version) == 1);
	/* Seen by the next message, in place. */
	ASK(!gate_change_flow_mod(c, &fm, 5));
	dst_mod(OF_FLOW_DELETE, 0, 0, 1);
	ASK(!gate_change_flow_mod(c, &fm, 0));
	ASK(gate_version_rules(p.version) == 1);
	dst_mod(OF_FLOW_ADD, 0, 1, 1);
	ASK(gate_table_find(p.version->table[0], &fm.match, 1));
	gate_change_abort(c);
	ASK(p.version == before && gate_version_number(before) == number);
	ASK(gate_table_find(p.version->table[0], &fm.match, 1)->rule.id == 1);
	dst_mod(OF_FLOW_ADD, 200, 1, 2);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	ASK(!touched.table[0] && touched.table[3] == 1ull << (200 - 192));
	ASK(gate_table_find(p.version->table[200], &fm.match, 1)->rule.id == 2);
	ASK(gate_version_number(p.version) > number);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

/* What modify keeps, and what it changes */
static bool test_modify(void)
{
	const struct gate_rule *rule;
	struct gate_cursor at = { 0 };
	struct gate_pipeline p;

	ASK(!gate_pipeline_init(&p, 10));
	dst_mod(OF_FLOW_ADD, 0, 7, 1);
	fm.cookie = 5;
	fm.idle_timeout = 2;
	fm.hard_timeout = 3;
	fm.flags = OF_FLAG_SEND_FLOW_REM;
	unit_output(&fm, 1);
	ASK(!unit_commit(&p, &fm, 100, &touched));
	unit_flow_mod(&fm, OF_FLOW_MODIFY, 0, 0);
	fm.cookie = 6;
	fm.hard_timeout = 9;
	unit_output(&fm, 2);
	unit_write(&fm, OF_ACTION_OUTPUT)->port = 3;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 4;
	ASK(!unit_commit(&p, &fm, 200, &touched));
	ASK(touched.table[0] == 1);
	rule = gate_version_next_rule(p.version, &at);
	ASK(rule->cookie == 5 && rule->id == 1 && rule->installed_ms == 100);
	ASK(rule->idle_timeout == 2 && rule->hard_timeout == 3);
	ASK(rule->flags == OF_FLAG_SEND_FLOW_REM && rule->priority == 7);
	ASK(rule->apply_nr == 1 && rule->write_nr == 1 && rule->action_nr == 2);
	ASK(rule->action[0].port == 2 && rule->action[1].port == 3);
	ASK(rule->has_goto && rule->goto_table == 4);
	/* Strict: only of the same priority. */
	dst_mod(OF_FLOW_MODIFY_STRICT, 0, 8, 1);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	ASK(!touched.table[0]);
	dst_mod(OF_FLOW_MODIFY_STRICT, 0, 7, 1);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	ASK(touched.table[0] == 1);
	/* Add replaces: counted once, with another id. */
	dst_mod(OF_FLOW_ADD, 0, 7, 1);
	ASK(!unit_commit(&p, &fm, 300, &touched));
	ASK(gate_version_rules(p.version) == 1);
	at = (struct gate_cursor){ 0 };
	rule = gate_version_next_rule(p.version, &at);
	ASK(rule->id == 2 && !rule->cookie && rule->installed_ms == 300);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

static bool test_overlap(void)
{
	struct gate_pipeline p;

	ASK(!gate_pipeline_init(&p, 10));
	dst_mod(OF_FLOW_ADD, 0, 7, 1);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 7);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	ASK(unit_commit(&p, &fm, 0, &touched) == GATE_EOVERLAP);
	fm.priority = 8;
	ASK(!unit_commit(&p, &fm, 0, &touched));
	fm.priority = 7;
	unit_match(&fm.match, FLOW_ETH_TYPE, 0x0806);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	fm.table = 1;
	memset(&fm.match, 0, sizeof(fm.match));
	ASK(!unit_commit(&p, &fm, 0, &touched));
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	ASK(unit_commit(&p, &fm, 0, &touched) == GATE_EOVERLAP);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

static bool test_groups(void)
{
	struct gate_cursor at = { 0 };
	const struct gate_rule *rule;
	struct gate_pipeline p;
	unsigned int i;

	ASK(!gate_pipeline_init(&p, 10));
	dst_mod(OF_FLOW_ADD, 2, 1, 1);
	unit_write(&fm, OF_ACTION_GROUP)->group = 9;
	ASK(unit_commit(&p, &fm, 0, &touched) == GATE_ENOGROUP);
	group_mod(OF_GROUP_MODIFY, 9, 1);
	ASK(unit_commit_group(&p, &gm, &touched) == GATE_ENOTGROUP);
	group_mod(OF_GROUP_ADD, 9, 1);
	ASK(!unit_commit_group(&p, &gm, &touched) && !touched.groups);
	ASK(unit_commit_group(&p, &gm, &touched) == GATE_EGROUPEXISTS);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	group_mod(OF_GROUP_ADD, 8, 1);
	gm.action[0].type = OF_ACTION_GROUP;
	ASK(unit_commit_group(&p, &gm, &touched) == GATE_ECHAIN);
	gm.action[0].type = OF_ACTION_OUTPUT;
	ASK(!unit_commit_group(&p, &gm, &touched));
	gm.command = OF_GROUP_MODIFY;
	ASK(!unit_commit_group(&p, &gm, &touched) && !touched.groups);
	group_mod(OF_GROUP_MODIFY, 9, 2);
	ASK(!unit_commit_group(&p, &gm, &touched) && touched.groups);
	ASK(gate_version_group(p.version, 9)->action[0].port == 2);

	/* A rule that a group's rewriting makes a rewriter */
	ASK(!gate_version_next_rewriter(p.version, &at));
	unit_set(&gm.action[0], FLOW_ARP_OP, 2);
	ASK(!unit_commit_group(&p, &gm, &touched));
	at = (struct gate_cursor){ 0 };
	rule = gate_version_next_rewriter(p.version, &at);
	ASK(rule && rule->table == 2);
	ASK(!gate_version_next_rewriter(p.version, &at));

	/* Deletions with a filter, of the group, of all groups */
	dst_mod(OF_FLOW_ADD, 2, 1, 2);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	unit_flow_mod(&fm, OF_FLOW_DELETE, 2, 0);
	fm.out_group = 8;
	ASK(!unit_commit(&p, &fm, 0, &touched));
	ASK(gate_version_rules(p.version) == 2);
	group_mod(OF_GROUP_DELETE, 77, 0);
	ASK(!unit_commit_group(&p, &gm, &touched));
	group_mod(OF_GROUP_DELETE, 9, 0);
	ASK(!unit_commit_group(&p, &gm, &touched));
	ASK(touched.groups && touched.table[0] == 4);
	ASK(!p.version->table[2]->group_users);
	ASK(gate_version_rules(p.version) == 1);
	ASK(gate_version_groups(p.version) == 1);
	at = (struct gate_cursor){ 0 };
	ASK(gate_version_next_group(p.version, &at)->group == 8);
	ASK(!gate_version_next_group(p.version, &at));
	for (i = 0; i < GATE_GROUPS_MAX - 1; i++) {
		group_mod(OF_GROUP_ADD, 5000 - i, 1);
		ASK(!unit_commit_group(&p, &gm, &touched));
	}
	group_mod(OF_GROUP_ADD, 1, 1);
	ASK(unit_commit_group(&p, &gm, &touched) == GATE_EGROUPS);
	group_mod(OF_GROUP_DELETE, OF_GROUP_ALL, 0);
	ASK(!unit_commit_group(&p, &gm, &touched));
	ASK(!gate_version_groups(p.version));
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

/* The message of a rule is the one that made it; every member differs from 0. */
static bool test_messages(void)
{
	static struct of_message msg;
	struct gate_cursor at = { 0 }, groups = { 0 };
	struct gate_pipeline p;

	ASK(!gate_pipeline_init(&p, 10));
	group_mod(OF_GROUP_ADD, 9, 3);
	unit_group_action(&gm, OF_ACTION_OUTPUT)->port = 4;
	unit_bucket(&gm);
	ASK(!unit_commit_group(&p, &gm, &touched));
	dst_mod(OF_FLOW_ADD, 2, 7, 1);
	fm.cookie = 5;
	fm.idle_timeout = 2;
	fm.hard_timeout = 3;
	fm.flags = OF_FLAG_SEND_FLOW_REM;
	unit_output(&fm, 1);
	unit_write(&fm, OF_ACTION_GROUP)->group = 9;
	fm.instructions.clear_actions = 1;
	fm.instructions.has_goto = 1;
	fm.instructions.goto_table = 4;
	fm.instructions.metadata = 8;
	fm.instructions.metadata_mask = 12;
	ASK(!unit_commit(&p, &fm, 100, &touched));
	memset(&msg, 0xff, sizeof(msg));
	gate_rule_message(gate_version_next_rule(p.version, &at), &msg);
	ASK(msg.type == OF_FLOW_MOD && !memcmp(&msg.flow_mod, &fm, sizeof(fm)));
	memset(&msg, 0xff, sizeof(msg));
	gate_group_message(gate_version_next_group(p.version, &groups), &msg);
	ASK(msg.type == OF_GROUP_MOD && !memcmp(&msg.group_mod, &gm, sizeof(gm)));
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

/* Rules that are there all the time are seen once, whatever happens else. */
static bool test_cursors(void)
{
	enum { STAY = 300 };
	unsigned int seen[STAY] = { 0 }, i, steps = 0;
	struct gate_cursor at = { 0 };
	const struct gate_rule *rule;
	struct gate_pipeline p;
	uint32_t dst;

	ASK(!gate_pipeline_init(&p, 10000));
	for (i = 0; i < STAY; i++) {
		dst_mod(OF_FLOW_ADD, i % 3, 10 + i % 7, i);
		ASK(!unit_commit(&p, &fm, 0, &touched));
	}
	while ((rule = gate_version_next_rule(p.version, &at))) {
		dst = ntohl(rule->match.key.ipv4_dst);
		if (dst < STAY)
			seen[dst]++;
		/* what was there is modified; others come and go */
		dst_mod(OF_FLOW_MODIFY, test_below(3), 0, test_below(STAY));
		unit_output(&fm, test_below(9));
		ASK(!unit_commit(&p, &fm, 0, &touched));
		for (i = 0; i < 2; i++) {
			dst_mod(i ? OF_FLOW_DELETE_STRICT : OF_FLOW_ADD,
				test_below(3), 10 + test_below(7),
				STAY + test_below(40));
			ASK(!unit_commit(&p, &fm, 0, &touched));
		}
		ASK(++steps < 10000);
	}
	for (i = 0; i < STAY; i++)
		ASK(seen[i] == 1);
	ASK(steps > STAY);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

static bool test_expire(void)
{
	struct gate_pipeline p;
	struct gate_change *c;
	uint64_t next_ms;

	ASK(!gate_pipeline_init(&p, 10));
	dst_mod(OF_FLOW_ADD, 0, 1, 1);
	fm.hard_timeout = 2;
	ASK(!unit_commit(&p, &fm, 1000, &touched));
	dst_mod(OF_FLOW_ADD, 9, 1, 1);
	fm.hard_timeout = 65535;
	ASK(!unit_commit(&p, &fm, 1000, &touched));
	c = gate_change_begin(&p);
	ASK(gate_change_expire(c, 2999, &next_ms) == 0 && next_ms == 3000);
	ASK(gate_change_expire(c, 3000, &next_ms) == 1);
	ASK(next_ms == 1000 + 65535000ull);
	gate_change_commit(c, &touched);
	ASK(touched.table[0] == 1 && gate_version_rules(p.version) == 1);
	/* A deadline of a rule that is gone already is found out once. */
	unit_flow_mod(&fm, OF_FLOW_DELETE, 9, 0);
	ASK(!unit_commit(&p, &fm, 0, &touched));
	c = gate_change_begin(&p);
	ASK(gate_change_expire(c, 1ull << 40, &next_ms) == 0);
	ASK(next_ms == UINT64_MAX);
	gate_change_commit(c, &touched);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

/* One of each thing that a transaction can do, over tables that are there */
static enum gate_err everything(struct gate_change *c)
{
	enum gate_err err = GATE_OK;
	uint64_t next_ms;
	unsigned int i;

	group_mod(OF_GROUP_ADD, 2, 1);
	err = gate_change_group_mod(c, &gm);
	for (i = 0; i < 140 && !err; i++) {
		dst_mod(OF_FLOW_ADD, 0, 5, 1000 - i);
		if (i == 3)
			unit_apply(&fm, OF_ACTION_GROUP)->group = 2;
		err = gate_change_flow_mod(c, &fm, 0);
	}
	for (i = 0; i < 3 && !err; i++) {
		unit_flow_mod(&fm, OF_FLOW_ADD, 1, 5);
		unit_match_masked(&fm.match, FLOW_METADATA, 1 << i, 7 << i);
		if (i)
			unit_match(&fm.match, FLOW_IN_PORT, i);
		err = gate_change_flow_mod(c, &fm, 0);
	}
	if (err)
		return err;
	dst_mod(OF_FLOW_ADD, 0, 5, 7);
	err = gate_change_flow_mod(c, &fm, 0);
	if (err)
		return err;
	dst_mod(OF_FLOW_MODIFY, 0, 5, 8);
	err = gate_change_flow_mod(c, &fm, 0);
	if (err)
		return err;
	dst_mod(OF_FLOW_DELETE, 0, 5, 9);
	err = gate_change_flow_mod(c, &fm, 0);
	if (err)
		return err;
	unit_flow_mod(&fm, OF_FLOW_DELETE, 3, 0);
	err = gate_change_flow_mod(c, &fm, 0);
	if (err)
		return err;
	group_mod(OF_GROUP_MODIFY, 1, 4);
	err = gate_change_group_mod(c, &gm);
	if (err)
		return err;
	group_mod(OF_GROUP_DELETE, OF_GROUP_ALL, 0);
	err = gate_change_group_mod(c, &gm);
	if (err)
		return err;
	return gate_change_expire(c, 5000, &next_ms) < 0 ? GATE_ENOMEM : GATE_OK;
}

static uint64_t checksum(const struct gate_version *v)
{
	struct gate_cursor at = { 0 }, groups = { 0 };
	const struct gate_group *group;
	const struct gate_rule *rule;
	uint64_t sum = gate_version_rules(v);

	while ((rule = gate_version_next_rule(v, &at)))
		sum = sum * 31 + (rule->id ^ rule->priority ^ rule->table << 8 ^
				  (uint64_t)rule->match.key.ipv4_dst << 16);
	while ((group = gate_version_next_group(v, &groups)))
		sum = sum * 31 + group->group + group->action[0].port;
	return sum;
}

/* Every allocation fails once; the old version stays, and nothing leaks. */
static bool test_no_memory(void)
{
	unsigned long fail, live, done = 0;
	struct gate_pipeline p;
	struct gate_change *c;
	enum gate_err err;
	uint64_t sum;
	unsigned int i;

	alloc_fail_at = 1;
	ASK(gate_pipeline_init(&p, 1000) == GATE_ENOMEM);
	ASK(!alloc_live);
	ASK(!gate_pipeline_init(&p, 1000));
	group_mod(OF_GROUP_ADD, 1, 1);
	ASK(!unit_commit_group(&p, &gm, &touched));
	for (i = 0; i < 200; i++) {
		dst_mod(OF_FLOW_ADD, i % 2 * 3, 5, i);
		fm.hard_timeout = i % 5 == 0;
		if (i % 7 == 0)
			unit_apply(&fm, OF_ACTION_GROUP)->group = 1;
		ASK(!unit_commit(&p, &fm, 0, &touched));
	}
	sum = checksum(p.version);
	live = alloc_live;
	for (fail = 1; ; fail++) {
		alloc_fail_at = fail;
		c = gate_change_begin(&p);
		err = c ? everything(c) : GATE_ENOMEM;
		if (!alloc_fail_at)
			ASK(err == GATE_ENOMEM);
		if (!err)
			break;
		ASK(err == GATE_ENOMEM);
		if (c)
			gate_change_abort(c);
		ASK(alloc_live == live && checksum(p.version) == sum);
		done++;
	}
	alloc_fail_at = 0;
	printf("# %lu allocations failed, one at a time\n", done);
	ASK(done > 100);
	gate_change_commit(c, &touched);
	ASK(checksum(p.version) != sum);
	ASK(touched.groups && touched.table[0] == 0xb);
	gate_pipeline_destroy(&p);
	ASK(!alloc_live);
	return true;
}

int main(void)
{
	TEST("nothing in it", test_empty());
	TEST("versions are isolated", test_isolation());
	TEST("modify and replace", test_modify());
	TEST("equal priorities must not overlap", test_overlap());
	TEST("groups", test_groups());
	TEST("the message of a rule makes it again", test_messages());
	TEST("dumps while rules change", test_cursors());
	TEST("hard timeouts", test_expire());
	TEST("memory runs out anywhere", test_no_memory());
	return test_end();
}
