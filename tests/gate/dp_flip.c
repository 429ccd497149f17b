// SPDX-License-Identifier: GPL-2.0
/*
 * Accepted messages cut short at every byte, and with every bit flipped.  What is
 * accepted then must be so for a reason that does not come from lib/gate: a table
 * says of each byte what it is for.
 */
#include "dp.h"

/* One rule: IPv4 from port 1 to 10.0.0.2, out of port 2. */
#define FLOW "skb_priority(0/0),recirc_id(0),in_port(2),skb_mark(0/0),"	\
	"ct_state(0/0),eth(src=02:00:00:00:00:01/0,dst=02:00:00:00:00:02/0),"\
	"eth_type(0x0800),ipv4(src=10.0.0.1/0,dst=10.0.0.2,proto=6/0,"	\
	"tos=0/0,ttl=64/0,frag=no),tcp(src=1/0,dst=2/0),tcp_flags(0/0)"

enum class {
	HEADER,				/* length or type of an attribute */
	FLAG,				/* of a type: openvswitch ignores these */
	NEEDED,				/* without it, the rule would not apply */
	FREE,				/* nothing looks at it, or it only narrows */
	PADDING,
	CLASSES
};

static const char *const class_name[] = {
	"header", "flag", "needed", "free", "padding",
};

struct flips {
	unsigned int tried[CLASSES], accepted[CLASSES];
};

static struct dp_switch sw;

static void rules(void)
{
	struct of_flow_mod fm;

	dp_switch_init(&sw);
	unit_flow_mod(&fm, OF_FLOW_ADD, 0, 10);
	unit_match(&fm.match, FLOW_IN_PORT, 1);
	unit_match(&fm.match, FLOW_ETH_TYPE, 0x0800);
	unit_match(&fm.match, FLOW_IPV4_DST, 0x0a000002);
	unit_output(&fm, 2);
	if (!dp_add(&sw, &fm))
		abort();
}

/* Bytes of the lists, so that a sanitizer sees where each ends */
static enum gate_err check(const struct dp_list *key, const struct dp_list *mask,
			   const struct dp_list *actions)
{
	const struct dp_list *lists[] = { key, mask, actions };
	uint8_t *copy[3];
	struct gate_flow flow;
	enum gate_err err;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		copy[i] = malloc(lists[i]->len ? lists[i]->len : 1);
		memcpy(copy[i], lists[i]->bytes, lists[i]->len);
	}
	flow = (struct gate_flow) {
		.key = copy[0], .key_len = key->len,
		.mask = copy[1], .mask_len = mask->len, .has_mask = true,
		.actions = copy[2], .actions_len = actions->len,
	};
	err = gate_check_flow(&sw.view, &flow, sw.scratch, &sw.result);
	for (i = 0; i < 3; i++)
		free(copy[i]);
	return err;
}

/* What a byte of a key's attribute is for, with the mask of FLOW */
static enum class key_byte(unsigned int type, size_t at)
{
	switch (type) {
	case OVS_KEY_ATTR_IN_PORT:
	case OVS_KEY_ATTR_RECIRC_ID:
	case OVS_KEY_ATTR_ETHERTYPE:
		return NEEDED;
	case OVS_KEY_ATTR_IPV4:
		if (at >= offsetof(struct ovs_key_ipv4, ipv4_dst) &&
		    at < offsetof(struct ovs_key_ipv4, ipv4_dst) + 4)
			return NEEDED;
		/* An exact match of the fragment field, which rules lack */
		return FREE;
	default:
		return FREE;
	}
}

/*
 * And of the mask's: all bits of the destination; that of the type is exact
 * whatever it says, as long as it says something.
 */
static enum class mask_byte(unsigned int type, size_t at)
{
	if (type == OVS_KEY_ATTR_ETHERTYPE)
		return FREE;
	return key_byte(type, at);
}

/*
 * These may be narrower or refused, as openvswitch has it: nothing is claimed but
 * that the rule still applies.
 */
static void flip_list(struct dp_list *l, const struct dp_flow *f,
		      struct flips *flips,
		      enum class (*class_of)(unsigned int, size_t))
{
	struct gate_attr_iter it = { .at = l->bytes, .left = l->len };
	struct gate_attr_iter before = it;
	struct gate_attr a;

	while (gate_attr_next(&it, &a) > 0) {
		const size_t start = (size_t)(before.at - l->bytes);
		const size_t step = before.left - it.left;
		size_t at, bit;

		for (at = 0; at < step; at++) {
			for (bit = 0; bit < 8; bit++) {
				uint8_t *byte = &l->bytes[start + at];
				enum class class = HEADER;

				if (at == 3 && bit >= 6)
					class = FLAG;
				else if (at >= 4)
					class = at - 4 < a.len ?
						class_of(a.type, at - 4) :
						PADDING;
				*byte ^= 1u << bit;
				flips->tried[class]++;
				if (!check(&f->key, &f->mask, &f->actions))
					flips->accepted[class]++;
				*byte ^= 1u << bit;
			}
		}
		before = it;
	}
}

static enum class action_byte(unsigned int type, size_t at)
{
	(void)type;
	(void)at;
	return NEEDED;
}

static void print(const char *what, const struct flips *flips)
{
	unsigned int i;

	printf("# %s:", what);
	for (i = 0; i < CLASSES; i++)
		if (flips->tried[i])
			printf(" %s %u of %u", class_name[i],
			       flips->accepted[i], flips->tried[i]);
	printf("\n");
}

static bool flips_of_key(void)
{
	struct flips flips = { { 0 }, { 0 } };
	struct dp_flow f;

	ASK(dp_parse(&f, FLOW ",actions:3"));
	ASK(!check(&f.key, &f.mask, &f.actions));
	flip_list(&f.key, &f, &flips, key_byte);
	print("key", &flips);
	ASK(flips.accepted[NEEDED] == 0 && flips.tried[NEEDED] == 8 * 14);
	ASK(flips.accepted[HEADER] == 0);
	ASK(flips.accepted[FLAG] == flips.tried[FLAG]);
	ASK(flips.accepted[PADDING] == flips.tried[PADDING]);
	/*
	 * Refused of these: the protocol, as TCP is given with it (8), a
	 * fragment field that is none, or later (7; "first" is as good).
	 */
	ASK(flips.tried[FREE] - flips.accepted[FREE] == 8 + 7);
	return true;
}

static bool flips_of_mask(void)
{
	struct flips flips = { { 0 }, { 0 } };
	struct dp_flow f;

	ASK(dp_parse(&f, FLOW ",actions:3"));
	flip_list(&f.mask, &f, &flips, mask_byte);
	print("mask", &flips);
	ASK(flips.accepted[NEEDED] == 0 && flips.tried[NEEDED] == 8 * 12);
	ASK(flips.accepted[FLAG] == flips.tried[FLAG]);
	ASK(flips.accepted[PADDING] == flips.tried[PADDING]);
	/*
	 * Refused of these: connection tracking (32), ports (32) and flags (16)
	 * without exact protocol, the tunnel's TTL (8) and its header (30).
	 */
	ASK(flips.tried[FREE] - flips.accepted[FREE] == 32 + 32 + 16 + 8 + 30);
	/* An attribute of zeros is none, so it may become another of them. */
	ASK(flips.accepted[HEADER] == 2);
	return true;
}

static bool flips_of_actions(void)
{
	struct flips flips = { { 0 }, { 0 } };
	struct dp_flow f;

	ASK(dp_parse(&f, FLOW ",actions:3"));
	flip_list(&f.actions, &f, &flips, action_byte);
	print("actions", &flips);
	ASK(flips.tried[NEEDED] == 32 && !flips.accepted[NEEDED]);
	ASK(flips.tried[HEADER] == 30 && !flips.accepted[HEADER]);
	ASK(flips.accepted[FLAG] == 2);
	return true;
}

/* A list without its end says less of the packets, or is none. */
static bool cuts(void)
{
	struct dp_flow f;
	unsigned int accepted;
	size_t len, i;

	/* what the rule needs stands last */
	ASK(dp_parse(&f, "skb_priority(0/0),in_port(2),eth(src=02:00:00:00:00:01"
		"/0,dst=02:00:00:00:00:02/0),eth_type(0x0800),ipv4(src=10.0.0.1"
		"/0,dst=10.0.0.2,proto=1/0,tos=0/0,ttl=64/0,frag=no),actions:3"));
	ASK(!check(&f.key, &f.mask, &f.actions));
	len = f.key.len;
	for (i = 0; i < len; i++) {
		f.key.len = i;
		ASK(check(&f.key, &f.mask, &f.actions));
	}
	f.key.len = len;
	len = f.mask.len;
	for (i = 0; i < len; i++) {
		f.mask.len = i;
		ASK(check(&f.key, &f.mask, &f.actions));
	}
	f.mask.len = len;

	ASK(dp_parse_actions(&f.actions, "set(eth(src=02:00:00:00:00:09)),3,"
		"push_vlan(vid=1,pcp=1),pop_vlan,userspace(controller()),4"));
	len = f.actions.len;
	for (i = 0, accepted = 0; i <= len; i++) {
		f.actions.len = i;
		if (!check(&f.key, &f.mask, &f.actions)) {
			accepted++;
			ASK(sw.result.kind == GATE_DROP);
		}
	}
	/* nothing at all, and the set alone */
	ASK(accepted == 2);
	return true;
}

/* Behind tags, with nesting: nothing crashes, and no output changes. */
static bool cuts_and_flips_of_tags(void)
{
	struct flips flips = { { 0 }, { 0 } };
	struct dp_flow f;
	size_t len, i;

	ASK(dp_parse(&f, "in_port(2),eth(src=02:00:00:00:00:01/0,"
		"dst=02:00:00:00:00:02/0),eth_type(0x8100),vlan(tci=0x1005),"
		"encap(eth_type(0x0800),ipv4(src=10.0.0.1/0,dst=10.0.0.2,"
		"proto=1/0,tos=0/0,ttl=64/0,frag=no)),actions:3"));
	ASK(!check(&f.key, &f.mask, &f.actions));
	flip_list(&f.key, &f, &flips, key_byte);
	flip_list(&f.mask, &f, &flips, mask_byte);
	print("tags", &flips);
	len = f.key.len;
	for (i = 0; i < len; i++) {
		f.key.len = i;
		ASK(check(&f.key, &f.mask, &f.actions));
	}
	f.key.len = len;
	len = f.mask.len;
	for (i = 0; i < len; i++) {
		f.mask.len = i;
		ASK(check(&f.key, &f.mask, &f.actions));
	}
	return true;
}

/* Lists of attributes at random: only that it ends, and reads nothing else. */
static bool noise(void)
{
	unsigned int round, i, k, ok = 0;
	struct dp_list l[3];

	for (round = 0; round < 20000; round++) {
		memset(l, 0, sizeof(l));
		for (k = 0; k < 3; k++) {
			const unsigned int nr = test_below(8);

			for (i = 0; i < nr; i++) {
				uint8_t data[48];
				unsigned int b;

				for (b = 0; b < sizeof(data); b++)
					data[b] = test_below(3) ?
						  (uint8_t)test_random() : 0;
				dp_put(&l[k], test_below(34), data,
				       test_below(48));
			}
			if (l[k].len && !test_below(8))
				l[k].len -= test_below(4);
		}
		ok += !check(&l[0], &l[1], &l[2]);
	}
	printf("# noise: %u accepted\n", ok);
	return ok < 20000;
}

int main(void)
{
	rules();
	TEST("bits of the key", flips_of_key());
	TEST("bits of the mask", flips_of_mask());
	TEST("bits of the actions", flips_of_actions());
	TEST("cut short", cuts());
	TEST("with tags", cuts_and_flips_of_tags());
	TEST("noise", noise());
	dp_switch_destroy(&sw);
	return test_end();
}
