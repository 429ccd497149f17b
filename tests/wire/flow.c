// SPDX-License-Identifier: GPL-2.0
/*
 * Fields of struct flow_key, bit by bit, and relations of patterns, against
 * their definitions on all packets of a small world.
 */
#include "test.h"

#include <arpa/inet.h>

/* Does putting ones into a field set these bytes of a key, and no other? */
static bool is(enum flow_field f, const void *at, const struct flow_key *key,
	       const char *bytes, size_t len)
{
	const uint8_t *p = (const uint8_t *)key;
	size_t offset = (const uint8_t *)at - p, i;
	struct flow_key mask;

	flow_field_mask(&mask, f);
	p = (const uint8_t *)&mask;
	for (i = 0; i < sizeof(mask); i++) {
		if (i >= offset && i < offset + len)
			ASK(p[i] == (uint8_t)bytes[i - offset]);
		else
			ASK(!p[i]);
	}
	return true;
}

#define ONES "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

static bool places(void)
{
	struct flow_key k;

	ASK(is(FLOW_IN_PORT, &k.in_port, &k, ONES, 4));
	ASK(is(FLOW_METADATA, &k.metadata, &k, ONES, 8));
	ASK(is(FLOW_ETH_DST, k.eth_dst, &k, ONES, 6));
	ASK(is(FLOW_ETH_SRC, k.eth_src, &k, ONES, 6));
	ASK(is(FLOW_ETH_TYPE, &k.eth_type, &k, ONES, 2));
	ASK(is(FLOW_VLAN_VID, &k.vlan[0].tci, &k, "\x1f\xff", 2));
	ASK(is(FLOW_VLAN_PCP, &k.vlan[0].tci, &k, "\xe0\x00", 2));
	ASK(is(FLOW_IP_DSCP, &k.ip_tos, &k, "\xfc", 1));
	ASK(is(FLOW_IP_ECN, &k.ip_tos, &k, "\x03", 1));
	ASK(is(FLOW_IP_PROTO, &k.ip_proto, &k, ONES, 1));
	ASK(is(FLOW_IPV4_SRC, &k.ipv4_src, &k, ONES, 4));
	ASK(is(FLOW_IPV4_DST, &k.ipv4_dst, &k, ONES, 4));
	ASK(is(FLOW_TCP_SRC, &k.tp_src, &k, ONES, 2));
	ASK(is(FLOW_TCP_DST, &k.tp_dst, &k, ONES, 2));
	ASK(is(FLOW_UDP_SRC, &k.tp_src, &k, ONES, 2));
	ASK(is(FLOW_UDP_DST, &k.tp_dst, &k, ONES, 2));
	ASK(is(FLOW_SCTP_SRC, &k.tp_src, &k, ONES, 2));
	ASK(is(FLOW_SCTP_DST, &k.tp_dst, &k, ONES, 2));
	ASK(is(FLOW_ICMPV4_TYPE, &k.tp_src, &k, "\x00\xff", 2));
	ASK(is(FLOW_ICMPV4_CODE, &k.tp_dst, &k, "\x00\xff", 2));
	ASK(is(FLOW_ARP_OP, &k.arp_op, &k, ONES, 2));
	ASK(is(FLOW_ARP_SPA, &k.arp_spa, &k, ONES, 4));
	ASK(is(FLOW_ARP_TPA, &k.arp_tpa, &k, ONES, 4));
	ASK(is(FLOW_ARP_SHA, k.arp_sha, &k, ONES, 6));
	ASK(is(FLOW_ARP_THA, k.arp_tha, &k, ONES, 6));
	ASK(is(FLOW_IPV6_SRC, k.ipv6_src, &k, ONES, 16));
	ASK(is(FLOW_IPV6_DST, k.ipv6_dst, &k, ONES, 16));
	ASK(is(FLOW_IPV6_FLABEL, &k.ipv6_flabel, &k, "\x00\x0f\xff\xff", 4));
	ASK(is(FLOW_ICMPV6_TYPE, &k.tp_src, &k, "\x00\xff", 2));
	ASK(is(FLOW_ICMPV6_CODE, &k.tp_dst, &k, "\x00\xff", 2));
	ASK(is(FLOW_ND_TARGET, k.nd_target, &k, ONES, 16));
	ASK(is(FLOW_ND_SLL, k.nd_sll, &k, ONES, 6));
	ASK(is(FLOW_ND_TLL, k.nd_tll, &k, ONES, 6));
	return true;
}

/* A value put into any key is what is got from it; other bits stay. */
static bool put_get(enum flow_field f)
{
	uint8_t value[FLOW_VALUE_MAX], got[FLOW_VALUE_MAX];
	uint8_t width[FLOW_VALUE_MAX];
	union flow_words key, was, mask;
	unsigned int i, round;
	size_t n;

	flow_field_mask(&mask.key, f);
	for (round = 0; round < 100; round++) {
		test_random(&was, sizeof(was));
		test_random(value, sizeof(value));
		n = flow_field_get(width, &mask.key, f);
		for (i = 0; i < n; i++)
			value[i] &= width[i];
		key = was;
		flow_field_put(&key.key, f, value);
		ASK(flow_field_get(got, &key.key, f) == n);
		ASK(!memcmp(got, value, n));
		for (i = 0; i < FLOW_KEY_WORDS; i++)
			ASK(!((key.word[i] ^ was.word[i]) & ~mask.word[i]));
	}
	return true;
}

static bool shifts(void)
{
	struct flow_key key = { 0 };

	flow_field_put(&key, FLOW_VLAN_VID, (const uint8_t *)"\x1a\xbc");
	flow_field_put(&key, FLOW_VLAN_PCP, (const uint8_t *)"\x05");
	ASK(key.vlan[0].tci == htons(0xbabc));
	flow_field_put(&key, FLOW_IP_DSCP, (const uint8_t *)"\x2e");
	flow_field_put(&key, FLOW_IP_ECN, (const uint8_t *)"\x01");
	ASK(key.ip_tos == 0xb9);
	flow_field_put(&key, FLOW_ICMPV6_TYPE, (const uint8_t *)"\x87");
	ASK(key.tp_src == htons(135));
	return true;
}

/*
 * Patterns over three bits that lie far apart: which of the eight packets does
 * each have?
 */
static void pattern(struct flow_match *m, unsigned int key, unsigned int mask)
{
	memset(m, 0, sizeof(*m));
	m->mask.metadata = mask & 1;
	m->key.metadata = key & mask & 1;
	m->mask.ip_tos = mask & 2;
	m->key.ip_tos = key & mask & 2;
	m->mask.nd_tll[5] = mask & 4;
	m->key.nd_tll[5] = key & mask & 4;
}

static bool relations(void)
{
	unsigned int ka, ma, kb, mb, p, in_a, in_b;
	struct flow_match a, b;
	bool overlap, within;

	for (ma = 0; ma < 8; ma++)
	for (ka = 0; ka < 8; ka++)
	for (mb = 0; mb < 8; mb++)
	for (kb = 0; kb < 8; kb++) {
		pattern(&a, ka, ma);
		pattern(&b, kb, mb);
		overlap = false;
		within = true;
		for (p = 0; p < 8; p++) {
			in_a = !((p ^ ka) & ma);
			in_b = !((p ^ kb) & mb);
			overlap |= in_a && in_b;
			within &= !in_a || in_b;
		}
		ASK(flow_match_overlap(&a, &b) == overlap);
		ASK(flow_match_within(&a, &b) == within);
		ASK(flow_match_equal(&a, &b) ==
		    (ma == mb && !((ka ^ kb) & ma)));
	}
	return true;
}

static bool names(void)
{
	unsigned int f, g;

	for (f = 0; f < FLOW_FIELD_NR; f++)
		for (g = 0; g < f; g++)
			ASK(strcmp(flow_field_name(f), flow_field_name(g)));
	ASK(!strcmp(flow_field_name(FLOW_IN_PORT), "in_port"));
	ASK(!strcmp(flow_field_name(FLOW_ND_TLL), "nd_tll"));
	ASK(!strcmp(flow_field_name(FLOW_FIELD_NR), "unknown"));
	return true;
}

int main(void)
{
	unsigned int f;

	TEST("places", places());
	for (f = 0; f < FLOW_FIELD_NR; f++)
		TEST(flow_field_name(f), put_get(f));
	TEST("shifts", shifts());
	TEST("relations", relations());
	TEST("names", names());
	return test_end();
}
