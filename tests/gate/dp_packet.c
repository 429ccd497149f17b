// SPDX-License-Identifier: GPL-2.0
/* Frames as headers: golden ones, and each of them cut short at every byte. */
#include "dp.h"

#define MACS "020000000002 020000000001"
#define IP4(proto, frag)						\
	"0800 45000054 1234" frag "40" proto "0000 0a000001 0a000002"
#define IP6(next)							\
	"86dd 6ab12345 0040" next "40"					\
	"fe800000000000000000000000000001 fe800000000000000000000000000002"
#define TCP "1f90 0050 00000001 00000002 5002 ffff 0000 0000"
#define ND_TARGET "fe80000000000000000000000000000a"

struct expect {
	uint8_t offset, len;
	uint64_t val;			/* of the last 8 bytes; big-endian */
};

#define E(member, val)							\
	{ offsetof(struct flow_key, member),				\
	  sizeof(((struct flow_key *)0)->member), val }
#define E_MACS E(eth_dst, 0x020000000002), E(eth_src, 0x020000000001)
#define E_IP4(proto)							\
	E_MACS, E(eth_type, 0x0800), E(ip_proto, proto), E(ip_ttl, 64),	\
	E(ipv4_src, 0x0a000001), E(ipv4_dst, 0x0a000002)
#define E_IP6(proto)							\
	E_MACS, E(eth_type, 0x86dd), E(ip_proto, proto), E(ip_ttl, 64),	\
	E(ip_tos, 0xab), E(ipv6_flabel, 0x12345),			\
	E(ipv6_src, 0xfe80000000000001), E(ipv6_dst, 0xfe80000000000002)

/* Fields that are not named are zero.  IPv6: first and last 16 bits are put. */
static const struct golden {
	const char *name, *hex;
	uint8_t tags;
	struct expect e[16];
} goldens[] = {
	{ "a type", MACS "1234", 0, { E_MACS, E(eth_type, 0x1234) } },
	{ "802.2", MACS "0010 4242030000", 0,
	  { E_MACS, E(eth_type, 0x05ff) } },
	{ "SNAP", MACS "0010 aaaa03000000 9000 00", 0,
	  { E_MACS, E(eth_type, 0x9000) } },
	{ "SNAP of somebody else", MACS "0010 aaaa03000001 9000 00", 0,
	  { E_MACS, E(eth_type, 0x05ff) } },
	{ "SNAP with a length", MACS "0010 aaaa03000000 0500 00", 0,
	  { E_MACS, E(eth_type, 0x05ff) } },
	{ "SNAP cut short", MACS "0010 aaaa03000000 90", 0,
	  { E_MACS, E(eth_type, 0x05ff) } },
	{ "a tag", MACS "8100 a00a 1234", 1,
	  { E_MACS, E(eth_type, 0x1234), E(vlan[0].tpid, 0x8100),
	    E(vlan[0].tci, 0xb00a) } },
	{ "a tag cut short", MACS "8100 a00a 12", 0,
	  { E_MACS, E(eth_type, 0x8100) } },
	{ "two tags", MACS "88a8 0001 8100 2002 1234", 2,
	  { E_MACS, E(eth_type, 0x1234), E(vlan[0].tpid, 0x88a8),
	    E(vlan[0].tci, 0x1001), E(vlan[1].tpid, 0x8100),
	    E(vlan[1].tci, 0x3002) } },
	{ "two tags, the second cut short", MACS "88a8 0001 8100 2002", 1,
	  { E_MACS, E(eth_type, 0x8100), E(vlan[0].tpid, 0x88a8),
	    E(vlan[0].tci, 0x1001) } },
	{ "three tags", MACS "88a8 0001 8100 2002 8100 0003 1234", 2,
	  { E_MACS, E(eth_type, 0x8100), E(vlan[0].tpid, 0x88a8),
	    E(vlan[0].tci, 0x1001), E(vlan[1].tpid, 0x8100),
	    E(vlan[1].tci, 0x3002) } },
	{ "MPLS", MACS "8847 00010140", 0, { E_MACS, E(eth_type, 0x8847) } },
	{ "ARP", MACS "0806 0001 0800 06 04 0001 020000000001 0a000001 "
	  "000000000000 0a000002", 0,
	  { E_MACS, E(eth_type, 0x0806), E(arp_op, 1),
	    E(arp_sha, 0x020000000001), E(arp_spa, 0x0a000001),
	    E(arp_tpa, 0x0a000002) } },
	{ "RARP", MACS "8035 0001 0800 06 04 0003 020000000001 0a000001 "
	  "000000000000 0a000002", 0,
	  { E_MACS, E(eth_type, 0x8035), E(arp_op, 3),
	    E(arp_sha, 0x020000000001), E(arp_spa, 0x0a000001),
	    E(arp_tpa, 0x0a000002) } },
	{ "ARP, operation above 255", MACS "0806 0001 0800 06 04 0101 "
	  "020000000001 0a000001 000000000000 0a000002", 0,
	  { E_MACS, E(eth_type, 0x0806), E(arp_sha, 0x020000000001),
	    E(arp_spa, 0x0a000001), E(arp_tpa, 0x0a000002) } },
	{ "ARP of other hardware", MACS "0806 0006 0800 06 04 0001 "
	  "020000000001 0a000001 000000000000 0a000002", 0,
	  { E_MACS, E(eth_type, 0x0806) } },
	{ "ARP cut short", MACS "0806 0001 0800 06 04 0001 020000000001 "
	  "0a000001 000000000000 0a0000", 0,
	  { E_MACS, E(eth_type, 0x0806) } },
	{ "TCP", MACS IP4("06", "4000") TCP, 0,
	  { E_IP4(6), E(tp_src, 8080), E(tp_dst, 80) } },
	{ "TCP cut short", MACS IP4("06", "4000")
	  "1f90 0050 00000001 00000002 5002 ffff 0000 00", 0, { E_IP4(6) } },
	{ "TCP with options that are not there", MACS IP4("06", "4000")
	  "1f90 0050 00000001 00000002 6002 ffff 0000 0000", 0, { E_IP4(6) } },
	{ "TCP shorter than TCP", MACS IP4("06", "4000")
	  "1f90 0050 00000001 00000002 4002 ffff 0000 0000", 0, { E_IP4(6) } },
	{ "TCP behind a tag", MACS "8100 0001" IP4("06", "4000") TCP, 1,
	  { E_IP4(6), E(vlan[0].tpid, 0x8100), E(vlan[0].tci, 0x1001),
	    E(tp_src, 8080), E(tp_dst, 80) } },
	{ "UDP", MACS IP4("11", "0000") "0035 1234 0008 0000", 0,
	  { E_IP4(17), E(tp_src, 53), E(tp_dst, 0x1234) } },
	{ "UDP cut short", MACS IP4("11", "0000") "0035 1234 0008 00", 0,
	  { E_IP4(17) } },
	{ "SCTP", MACS IP4("84", "0000") "0035 1234 00000000 00000000", 0,
	  { E_IP4(132), E(tp_src, 53), E(tp_dst, 0x1234) } },
	{ "ICMP", MACS IP4("01", "0000") "0800 0000 0001 0002", 0,
	  { E_IP4(1), E(tp_src, 8) } },
	{ "ICMP of IPv6 in IPv4", MACS IP4("3a", "0000") "8700 0000 0001 0002",
	  0, { E_IP4(58) } },
	{ "first fragment", MACS IP4("06", "2000") TCP, 0,
	  { E_IP4(6), E(ip_frag, FLOW_FRAG_FIRST), E(tp_src, 8080),
	    E(tp_dst, 80) } },
	{ "later fragment", MACS IP4("06", "2001") TCP, 0,
	  { E_IP4(6), E(ip_frag, FLOW_FRAG_LATER) } },
	{ "last fragment", MACS IP4("06", "0001") TCP, 0,
	  { E_IP4(6), E(ip_frag, FLOW_FRAG_LATER) } },
	{ "IPv4 with options", MACS "0800 46000054 12340000 40110000 0a000001 "
	  "0a000002 01010101 0035 1234 0008 0000", 0,
	  { E_IP4(17), E(tp_src, 53), E(tp_dst, 0x1234) } },
	{ "IPv4 with options that are not there", MACS "0800 4f000054 12340000 "
	  "40110000 0a000001 0a000002 01010101 0035 1234 0008 0000", 0,
	  { E_MACS, E(eth_type, 0x0800) } },
	{ "IPv4 shorter than IPv4", MACS "0800 44000054 12340000 "
	  "40110000 0a000001 0a000002 01010101 0035 1234 0008 0000", 0,
	  { E_MACS, E(eth_type, 0x0800) } },
	{ "IPv4 cut short", MACS "0800 45000054 12340000 40110000 0a000001 "
	  "0a0000", 0, { E_MACS, E(eth_type, 0x0800) } },
	{ "IPv6 without more", MACS IP6("3b"), 0, { E_IP6(59) } },
	{ "IPv6, UDP", MACS IP6("11") "0035 1234 0008 0000", 0,
	  { E_IP6(17), E(tp_src, 53), E(tp_dst, 0x1234) } },
	{ "IPv6, options, UDP", MACS IP6("00") "3c00 000000000000 "
	  "1101 000000000000 0000000000000000 0035 1234 0008 0000", 0,
	  { E_IP6(17), E(tp_src, 53), E(tp_dst, 0x1234) } },
	{ "IPv6, authentication, UDP", MACS IP6("33") "1101 0000 00000000 "
	  "00000000 0035 1234 0008 0000", 0,
	  { E_IP6(17), E(tp_src, 53), E(tp_dst, 0x1234) } },
	{ "IPv6, routing, UDP", MACS IP6("2b") "1100 000000000000 "
	  "0035 1234 0008 0000", 0,
	  { E_IP6(17), E(tp_src, 53), E(tp_dst, 0x1234) } },
	{ "IPv6, routing cut short", MACS IP6("2b") "1100 00", 0,
	  { E_IP6(59) } },
	{ "IPv6, options cut short", MACS IP6("00") "11", 0, { E_IP6(59) } },
	{ "IPv6, options behind the end", MACS IP6("00") "1105 0000", 0,
	  { E_IP6(17) } },
	{ "IPv6, ESP", MACS IP6("32") "00000001 00000002", 0, { E_IP6(50) } },
	{ "IPv6, first fragment", MACS IP6("2c") "1100 0001 00000007 "
	  "0035 1234 0008 0000", 0,
	  { E_IP6(17), E(ip_frag, FLOW_FRAG_FIRST), E(tp_src, 53),
	    E(tp_dst, 0x1234) } },
	{ "IPv6, later fragment", MACS IP6("2c") "1100 0009 00000007 "
	  "0035 1234 0008 0000", 0,
	  { E_IP6(44), E(ip_frag, FLOW_FRAG_LATER) } },
	{ "IPv6, later fragment of options", MACS IP6("2c") "3c00 0009 00000007 "
	  "0035 1234 0008 0000", 0,
	  { E_IP6(59), E(ip_frag, FLOW_FRAG_FIRST) } },
	{ "IPv6, fragment cut short", MACS IP6("2c") "1100 00", 0,
	  { E_IP6(59), E(ip_frag, FLOW_FRAG_FIRST) } },
	{ "IPv6 cut short", MACS "86dd 6ab12345 00401140 fe80000000", 0,
	  { E_MACS, E(eth_type, 0x86dd) } },
	{ "ICMPv6", MACS IP6("3a") "8000 0000 0001 0002", 0,
	  { E_IP6(58), E(tp_src, 128) } },
	{ "ND", MACS IP6("3a") "8700 0000 00000000" ND_TARGET
	  "0101 020000000007 0201 020000000008", 0,
	  { E_IP6(58), E(tp_src, 135), E(nd_target, 0xfe8000000000000a),
	    E(nd_sll, 0x020000000007), E(nd_tll, 0x020000000008) } },
	{ "ND, long option first", MACS IP6("3a") "8800 0000 00000000" ND_TARGET
	  "0502 000000000000 0000000000000000 0201 020000000008", 0,
	  { E_IP6(58), E(tp_src, 136), E(nd_target, 0xfe8000000000000a),
	    E(nd_tll, 0x020000000008) } },
	{ "ND, option of length 0", MACS IP6("3a") "8700 0000 00000000" ND_TARGET
	  "0500 000000000000 0101 020000000007", 0,
	  { E_IP6(58), E(tp_src, 135), E(nd_target, 0xfe8000000000000a) } },
	{ "ND, option behind the end", MACS IP6("3a") "8700 0000 00000000"
	  ND_TARGET "0502 000000000000", 0,
	  { E_IP6(58), E(tp_src, 135), E(nd_target, 0xfe8000000000000a) } },
	{ "ND, the same option twice", MACS IP6("3a") "8700 0000 00000000"
	  ND_TARGET "0101 020000000007 0101 020000000008", 0,
	  { E_IP6(58), E(tp_src, 135) } },
	{ "ND of another code", MACS IP6("3a") "8701 0000 00000000" ND_TARGET
	  "0101 020000000007", 0,
	  { E_IP6(58), E(tp_src, 135), E(tp_dst, 1) } },
	{ "ND cut short", MACS IP6("3a") "8700 0000 00000000 fe80", 0,
	  { E_IP6(58), E(tp_src, 135) } },
};

static void expect_put(struct flow_key *key, const struct expect *e)
{
	uint8_t *p = (uint8_t *)key + e->offset;
	unsigned int i;

	if (e->len == 16) {
		p[0] = (uint8_t)(e->val >> 56);
		p[1] = (uint8_t)(e->val >> 48);
		p[15] = (uint8_t)e->val;
		return;
	}
	for (i = 0; i < e->len && i < 8; i++)
		p[e->len - 1 - i] = (uint8_t)(e->val >> 8 * i);
}

static bool is_golden(const struct golden *g)
{
	uint8_t bytes[256], *exact;
	struct flow_key want = { 0 };
	struct gate_state s;
	const struct expect *e;
	enum gate_err err;
	uint64_t known;
	size_t len, i;

	len = dp_hex(bytes, sizeof(bytes), g->hex);
	want.in_port = htonl(7);
	for (e = g->e; e->len; e++)
		expect_put(&want, e);
	err = gate_packet(&s, bytes, len, 7, 2);
	ASK(!err);
	ASK(!memcmp(&want, &s.val.key, sizeof(want)));
	ASK(s.tags == g->tags && !s.hidden);
	for (i = 0; i < FLOW_KEY_WORDS; i++) {
		known = s.known.word[i];
		ASK(known == UINT64_MAX);
	}
	err = gate_packet(&s, bytes, len, 7, 1);
	ASK(!err && s.hidden == (g->tags == 2));

	/* A sanitizer watches what is read behind the end. */
	for (i = 0; i <= len; i++) {
		exact = malloc(i ? i : 1);
		memcpy(exact, bytes, i);
		err = gate_packet(&s, exact, i, 7, 1);
		free(exact);
		ASK(err == (i < 14 ? GATE_EPACKET : GATE_OK));
	}
	return true;
}

/* Bytes that mean nothing, of every length */
static bool noise(void)
{
	unsigned int round, i, tagged = 0, fragments = 0;
	struct gate_state s;

	for (round = 0; round < 20000; round++) {
		static const uint16_t types[] = {
			0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x0010
		};
		const size_t len = test_below(120);
		uint8_t *p = malloc(len ? len : 1);

		for (i = 0; i < len; i++)
			p[i] = test_below(4) ? 0 : (uint8_t)test_random();
		for (i = 12; i + 2 <= len && i < 24; i += 4) {
			const uint16_t type = types[test_below(6)];

			p[i] = type >> 8;
			p[i + 1] = (uint8_t)type;
		}
		if (!gate_packet(&s, p, len, 1, 1)) {
			tagged += s.tags == 2;
			fragments += !!s.val.key.ip_frag;
			ASK(s.tags <= 2 && s.hidden <= s.tags);
		}
		free(p);
	}
	return tagged && fragments;
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++)
		TEST(goldens[i].name, is_golden(&goldens[i]));
	TEST("noise", noise());
	return test_end();
}
