// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Suite gate_check: messages cut short and with bits flipped, in memory of just
 * their size, under the sanitizers of the kernel.  What verdicts mean is tested in
 * user space, with the same sources.
 */
#include "../datapath.h"

#include <kunit/test.h>

enum { LIST_LEN = 256 };

struct list {
	size_t len;
	u8 bytes[LIST_LEN];
};

struct check {
	struct gate_pipeline pipeline;
	struct gate_view view;
	struct gate_scratch *scratch;
	struct gate_result result;
	struct list key, mask, actions;
};

static const struct gate_port ports[] = {
	{ .of_port = 1, .dp_port = 2 },
	{ .of_port = 2, .dp_port = 3 },
};

static void put(struct list *l, u16 type, const void *data, u16 len)
{
	const u16 head[2] = { len + 4, type };

	memcpy(l->bytes + l->len, head, sizeof(head));
	memcpy(l->bytes + l->len + 4, data, len);
	l->len += ALIGN(len + 4, 4);
}

static void put_u32(struct list *l, u16 type, u32 v)
{
	put(l, type, &v, sizeof(v));
}

/* IPv4 from port 1 to port 2; one rule says so. */
static struct check *check_init(struct kunit *test)
{
	struct check *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct of_flow_mod *fm = kunit_kzalloc(test, sizeof(*fm), GFP_KERNEL);
	const __be16 type = htons(DP_IPV4);
	struct ovs_key_ethernet eth = { };
	struct ovs_key_ipv4 ip = { .ipv4_ttl = 64 };
	struct gate_touched touched;
	struct gate_change *change;

	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_ASSERT_NOT_NULL(test, fm);
	c->scratch = kunit_kmalloc(test, gate_scratch_size(), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c->scratch);
	KUNIT_ASSERT_EQ(test, gate_pipeline_init(&c->pipeline, 10), GATE_OK);
	fm->out_port = OF_PORT_ANY;
	fm->out_group = OF_GROUP_ANY;
	flow_field_put(&fm->match.key, FLOW_ETH_TYPE, (const u8 *)&type);
	flow_field_mask(&fm->match.mask, FLOW_ETH_TYPE);
	fm->instructions.apply_nr = 1;
	fm->instructions.action[0].type = OF_ACTION_OUTPUT;
	fm->instructions.action[0].port = 2;
	change = gate_change_begin(&c->pipeline);
	KUNIT_ASSERT_NOT_NULL(test, change);
	KUNIT_ASSERT_EQ(test, gate_change_flow_mod(change, fm, 0), GATE_OK);
	gate_change_commit(change, &touched);

	c->view.ports.nr = ARRAY_SIZE(ports);
	c->view.ports.port = ports;
	c->view.vlan_limit = 1;
	put_u32(&c->key, OVS_KEY_ATTR_IN_PORT, 2);
	put_u32(&c->mask, OVS_KEY_ATTR_IN_PORT, U32_MAX);
	put(&c->key, OVS_KEY_ATTR_ETHERNET, &eth, sizeof(eth));
	put(&c->key, OVS_KEY_ATTR_ETHERTYPE, &type, sizeof(type));
	put(&c->key, OVS_KEY_ATTR_IPV4, &ip, sizeof(ip));
	memset(&ip, 0, sizeof(ip));
	ip.ipv4_frag = 0xff;
	put(&c->mask, OVS_KEY_ATTR_IPV4, &ip, sizeof(ip));
	memset(&eth, 0xff, sizeof(eth));
	put(&c->mask, OVS_KEY_ATTR_ETHERTYPE, &eth, sizeof(type));
	put_u32(&c->actions, OVS_ACTION_ATTR_OUTPUT, 3);
	return c;
}

static enum gate_err check_flow(struct kunit *test, struct check *c)
{
	const struct list *list[] = { &c->key, &c->mask, &c->actions };
	struct gate_flow flow = { .has_mask = true };
	void *copy[ARRAY_SIZE(list)];
	enum gate_err err;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		copy[i] = kmemdup(list[i]->bytes, list[i]->len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy[i]);
	}
	flow.key = copy[0];
	flow.key_len = c->key.len;
	flow.mask = copy[1];
	flow.mask_len = c->mask.len;
	flow.actions = copy[2];
	flow.actions_len = c->actions.len;
	/* Nobody else has the pipeline: that is as good as its lock. */
	c->view.rules = gate_deref(c->pipeline.version);
	err = gate_check_flow(&c->view, &flow, c->scratch, &c->result);
	for (i = 0; i < ARRAY_SIZE(list); i++)
		kfree(copy[i]);
	return err;
}

static void check_exit(struct check *c)
{
	gate_barrier();
	gate_pipeline_destroy(&c->pipeline);
}

static void test_cuts(struct kunit *test)
{
	struct check *c = check_init(test);
	struct list *list[] = { &c->key, &c->mask, &c->actions };
	unsigned int i;
	size_t len;

	KUNIT_EXPECT_EQ(test, check_flow(test, c), GATE_OK);
	KUNIT_EXPECT_EQ(test, c->result.kind, GATE_FORWARD);
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		len = list[i]->len;
		/* The type stands last but one: padding may be cut off. */
		for (list[i]->len = 1; list[i]->len < len - 2; list[i]->len++)
			KUNIT_EXPECT_NE(test, check_flow(test, c), GATE_OK);
		list[i]->len = len;
	}
	check_exit(c);
}

static void test_flips(struct kunit *test)
{
	struct check *c = check_init(test);
	struct list *list[] = { &c->key, &c->mask, &c->actions };
	unsigned int i, bit, refused = 0, accepted = 0;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		for (bit = 0; bit < list[i]->len * 8; bit++) {
			list[i]->bytes[bit / 8] ^= 1 << bit % 8;
			if (check_flow(test, c))
				refused++;
			else
				accepted++;
			list[i]->bytes[bit / 8] ^= 1 << bit % 8;
		}
	}
	KUNIT_EXPECT_GT(test, refused, 300);
	KUNIT_EXPECT_GT(test, accepted, 100);
	KUNIT_EXPECT_EQ(test, check_flow(test, c), GATE_OK);
	check_exit(c);
}

static void test_packets(struct kunit *test)
{
	/* UDP behind two tags, in IPv6 with options */
	static const u8 frame[] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xa8, 0, 1,
		0x81, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 16, 0, 64,
		0xfe, 0x80, [45] = 1, 0xfe, 0x80, [61] = 2,
		17, 0, [70] = 0, 53, 0, 80, 0, 8, 0, 0,
	};
	struct gate_state *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	enum gate_err err;
	size_t len;
	u8 *copy;

	KUNIT_ASSERT_NOT_NULL(test, s);
	for (len = 1; len <= sizeof(frame); len++) {
		copy = kmemdup(frame, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		err = gate_packet(s, copy, len, 1, 2);
		kfree(copy);
		KUNIT_EXPECT_EQ(test, err, len < 14 ? GATE_EPACKET : GATE_OK);
	}
	KUNIT_EXPECT_EQ(test, s->tags, 2);
	KUNIT_EXPECT_EQ(test, s->val.key.ip_proto, 17);
	KUNIT_EXPECT_EQ(test, ntohs(s->val.key.tp_src), 53);
	KUNIT_EXPECT_EQ(test, ntohs(s->val.key.tp_dst), 80);
}

static struct kunit_case check_cases[] = {
	KUNIT_CASE(test_cuts),
	KUNIT_CASE(test_flips),
	KUNIT_CASE(test_packets),
	{}
};

static struct kunit_suite check_suite = {
	.name = "gate_check",
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);
