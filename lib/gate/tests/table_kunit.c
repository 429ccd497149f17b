// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Suite gate_table: rules and transactions where memory is freed under RCU.
 * What rules mean is tested in user space, with the same sources.
 */
#include "../table.h"
#include "../walk.h"

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>

enum {
	STAY = 200,			/* rules that are there all the time */
	DUMPS = 300,
};

static void dst_mod(struct of_flow_mod *fm, u8 command, u8 table, u32 dst)
{
	static const u8 ipv4[] = { 0x08, 0x00 };
	struct flow_key mask;
	__be32 value = htonl(dst);

	memset(fm, 0, sizeof(*fm));
	fm->command = command;
	fm->table = table;
	fm->priority = 5;
	fm->out_port = OF_PORT_ANY;
	fm->out_group = OF_GROUP_ANY;
	flow_field_put(&fm->match.key, FLOW_ETH_TYPE, ipv4);
	flow_field_mask(&fm->match.mask, FLOW_ETH_TYPE);
	flow_field_put(&fm->match.key, FLOW_IPV4_DST, (const u8 *)&value);
	flow_field_mask(&mask, FLOW_IPV4_DST);
	fm->match.mask.ipv4_dst = mask.ipv4_dst;
	fm->instructions.apply_nr = 1;
	fm->instructions.action[0].type = OF_ACTION_OUTPUT;
	fm->instructions.action[0].port = dst;
}

static enum gate_err commit(struct gate_pipeline *p,
			    const struct of_flow_mod *fm)
{
	struct gate_change *c = gate_change_begin(p);
	struct gate_touched touched;
	enum gate_err err;

	if (!c)
		return GATE_ENOMEM;
	err = gate_change_flow_mod(c, fm, 0);
	if (err)
		gate_change_abort(c);
	else
		gate_change_commit(c, &touched);
	return err;
}

static struct of_flow_mod *mod_alloc(struct kunit *test)
{
	struct of_flow_mod *fm = kunit_kzalloc(test, sizeof(*fm), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fm);
	return fm;
}

static void test_rules(struct kunit *test)
{
	struct of_flow_mod *fm = mod_alloc(test);
	const struct gate_version *v;
	struct gate_pipeline p;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, gate_pipeline_init(&p, 1000), GATE_OK);
	for (i = 0; i < 500; i++) {
		dst_mod(fm, OF_FLOW_ADD, i % 2, i);
		KUNIT_EXPECT_EQ(test, commit(&p, fm), GATE_OK);
	}
	v = gate_deref(p.version);
	KUNIT_EXPECT_EQ(test, gate_version_rules(v), 500);
	KUNIT_EXPECT_NOT_NULL(test, gate_table_find(v->table[1], &fm->match, 5));
	memset(&fm->match, 0, sizeof(fm->match));
	KUNIT_EXPECT_EQ(test, commit(&p, fm), GATE_EOVERLAP);
	fm->command = OF_FLOW_DELETE;
	fm->table = OF_TABLE_ALL;
	KUNIT_EXPECT_EQ(test, commit(&p, fm), GATE_OK);
	KUNIT_EXPECT_EQ(test, gate_version_rules(gate_deref(p.version)), 0);
	gate_barrier();
	gate_pipeline_destroy(&p);
}

static void test_abort(struct kunit *test)
{
	struct of_flow_mod *fm = mod_alloc(test);
	const struct gate_version *v;
	struct gate_pipeline p;
	struct gate_change *c;
	u64 number;

	KUNIT_ASSERT_EQ(test, gate_pipeline_init(&p, 1000), GATE_OK);
	dst_mod(fm, OF_FLOW_ADD, 0, 1);
	KUNIT_EXPECT_EQ(test, commit(&p, fm), GATE_OK);
	v = gate_deref(p.version);
	number = gate_version_number(v);
	c = gate_change_begin(&p);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	dst_mod(fm, OF_FLOW_ADD, 0, 2);
	KUNIT_EXPECT_EQ(test, gate_change_flow_mod(c, fm, 0), GATE_OK);
	dst_mod(fm, OF_FLOW_DELETE, 0, 1);
	KUNIT_EXPECT_EQ(test, gate_change_flow_mod(c, fm, 0), GATE_OK);
	gate_change_abort(c);
	KUNIT_EXPECT_PTR_EQ(test, gate_deref(p.version), v);
	KUNIT_EXPECT_EQ(test, gate_version_number(v), number);
	KUNIT_EXPECT_EQ(test, gate_version_rules(v), 1);
	gate_pipeline_destroy(&p);
}

struct dumper {
	struct gate_pipeline *pipeline;
	struct completion done;
	unsigned int wrong;
	u8 seen[STAY];
};

/* Version after version in one dump: the cursor holds the place. */
static void dump_once(struct dumper *d)
{
	struct gate_cursor at = { };
	const struct gate_rule *rule;
	unsigned int i;
	u32 dst;

	memset(d->seen, 0, sizeof(d->seen));
	do {
		rcu_read_lock();
		rule = gate_version_next_rule(gate_deref(d->pipeline->version),
					      &at);
		dst = rule ? ntohl(rule->match.key.ipv4_dst) : STAY;
		if (rule && rule->action[0].port != dst)
			d->wrong++;
		rcu_read_unlock();
		if (dst < STAY)
			d->seen[dst]++;
	} while (rule);
	for (i = 0; i < STAY; i++)
		d->wrong += d->seen[i] != 1;
}

static int dump_thread(void *arg)
{
	struct dumper *d = arg;
	unsigned int i;

	for (i = 0; i < DUMPS; i++) {
		dump_once(d);
		cond_resched();
	}
	/* d is gone when the waiter runs, and so may this module be. */
	kthread_complete_and_exit(&d->done, 0);
}

static void test_dump(struct kunit *test)
{
	struct of_flow_mod *fm = mod_alloc(test);
	struct task_struct *thread;
	struct gate_pipeline p;
	struct dumper *d;
	unsigned int i;

	d = kunit_kzalloc(test, sizeof(*d), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, d);
	KUNIT_ASSERT_EQ(test, gate_pipeline_init(&p, 1000), GATE_OK);
	for (i = 0; i < STAY; i++) {
		dst_mod(fm, OF_FLOW_ADD, i % 3, i);
		KUNIT_ASSERT_EQ(test, commit(&p, fm), GATE_OK);
	}
	d->pipeline = &p;
	init_completion(&d->done);
	thread = kthread_run(dump_thread, d, "gate_dump");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	for (i = 0; !try_wait_for_completion(&d->done); i++) {
		dst_mod(fm, OF_FLOW_MODIFY_STRICT, i % 3, i % STAY);
		KUNIT_EXPECT_EQ(test, commit(&p, fm), GATE_OK);
		dst_mod(fm, i % 2 ? OF_FLOW_DELETE : OF_FLOW_ADD, i % 3,
			STAY + i % 30);
		KUNIT_EXPECT_EQ(test, commit(&p, fm), GATE_OK);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, d->wrong, 0);
	KUNIT_EXPECT_GT(test, i, 0);
	gate_barrier();
	gate_pipeline_destroy(&p);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(test_rules),
	KUNIT_CASE(test_abort),
	KUNIT_CASE(test_dump),
	{}
};

static struct kunit_suite table_suite = {
	.name = "gate_table",
	.test_cases = table_cases,
};

kunit_test_suite(table_suite);
