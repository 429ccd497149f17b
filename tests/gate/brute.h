/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second opinion on lib/gate, by brute force: single packets are run through
 * the OpenFlow rules, one rule after the other, and through a datapath flow as
 * the kernel would; the packets that come out must be the same ones.
 *
 * Shares no code with lib/gate, only the structs that go in.  What rules mean is
 * from OpenFlow 1.3.5 and, where that leaves a choice, from Open vSwitch 3.1
 * (ofproto/ofproto-dpif-xlate.c); what flows mean is from Linux 6.1
 * (net/openvswitch/flow.c, flow_netlink.c, actions.c).
 */
#ifndef BRUTE_H
#define BRUTE_H

#include <stdio.h>

#include "gate.h"

enum {
	BRUTE_TAGS = 4,			/* of one packet */
	BRUTE_RULES = 40,
	BRUTE_GROUPS = 4,
	BRUTE_PORTS = 8,
	BRUTE_OUTS = 64,		/* of one packet; more: not defined */
	BRUTE_ATTRS = 4096,		/* bytes of a list of netlink attributes */
	BRUTE_FRAME = 512,		/* bytes of a packet */
	BRUTE_TABLES = 3,
};

/* Instead of a datapath port */
#define BRUTE_USER	0xffffffffu

enum {
	ETH_IP = 0x0800, ETH_ARP = 0x0806, ETH_RARP = 0x8035, ETH_VLAN = 0x8100,
	ETH_IPV6 = 0x86dd, ETH_QINQ = 0x88a8,
	ETH_NONE = 0x0004,		/* ETH_P_802_2: no Ethernet type */
	IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17, IP_FRAGMENT = 44, IP_ICMPV6 = 58,
	IP_SCTP = 132,
	FRAG_NO = 0, FRAG_FIRST = 1, FRAG_LATER = 2,	/* enum ovs_frag_type */
	TCI_PRESENT = 0x1000,
};

/*
 * A packet: what is on the wire, and where it came in.  What it does not have
 * is zero, so that equal packets are equal bytes.  Host order, but for addresses.
 */
struct brute_pkt {
	uint32_t in_port;		/* datapath's number */
	uint32_t flabel;
	uint16_t type;			/* behind the tags */
	uint16_t tp_src, tp_dst;	/* ICMP: type, code */
	uint16_t tcp_flags;
	uint16_t arp_op;
	uint16_t tpid[BRUTE_TAGS];	/* outermost first */
	uint16_t tci[BRUTE_TAGS];	/* without bit 12 */
	uint8_t tags;
	uint8_t proto, tos, ttl, frag;
	uint8_t eth_dst[6], eth_src[6];
	uint8_t src[16], dst[16];	/* IPv4: the first 4 bytes, ARP: protocol addresses */
	uint8_t sha[6], tha[6];
	uint8_t target[16], sll[6], tll[6];
	uint8_t damaged;		/* written where it has no such header */
};

struct brute_out {
	uint32_t port;			/* datapath's number, or BRUTE_USER */
	struct brute_pkt pkt;
};

/* Why a packet has no single meaning, or one that lib/gate says it refuses */
enum {
	NOTE_INAPPLICABLE = 1,		/* action on a header that is not there */
	NOTE_TAGS = 2,			/* more tags than are looked at */
	NOTE_UNDEFINED = 4,		/* nobody says what happens */
	NOTE_SLOW = 8,			/* sets what the datapath cannot */
	NOTE_FULL = 16,			/* too many outputs to keep */
	NOTE_HIDDEN = 32,		/* a tag that rules do not see has a type that they match */
};

struct brute_outs {
	unsigned int nr, notes;		/* NOTE_* */
	struct brute_out out[BRUTE_OUTS];
};

struct brute_rules {
	unsigned int nr, group_nr, port_nr;
	unsigned int idle_nr;		/* rules with an idle timeout: the first ones in idle[] */
	unsigned int idle[BRUTE_RULES];
	uint8_t vlan_limit;
	bool miss_to_controller;
	bool slow;			/* some action sets what the datapath cannot */
	struct of_flow_mod rule[BRUTE_RULES];
	struct of_group_mod group[BRUTE_GROUPS];
	struct gate_port port[BRUTE_PORTS];
};

/* How user space narrows a flow down, see classifier.c of Open vSwitch */
enum brute_style {
	STYLE_ALL,			/* all bits of all rules that were looked at */
	STYLE_BIT,			/* for a rule that does not match, one bit that differs */
	STYLE_PREFIX,			/* that bit and all before it in the field */
	STYLE_STAGED,			/* its fields up to the first stage that differs */
	STYLE_NR,
};

struct brute_wc {
	enum brute_style style;
	uint64_t seed;			/* to choose bits by */
	struct flow_key mask;		/* of the packet as it came in */
};

/*
 * A packet through the rules.  @gone: bit i set: the i-th rule with an idle
 * timeout has expired.  @wc: NULL, or collects which bits were looked at.
 */
void brute_run_rules(const struct brute_rules *r, const struct brute_pkt *pkt,
		     uint32_t gone, struct brute_wc *wc,
		     struct brute_outs *outs);

/* A packet through a list of actions, as of a packet-out */
void brute_run_actions(const struct brute_rules *r, const struct brute_pkt *pkt,
		       const struct of_action *action, unsigned int nr,
		       struct brute_outs *outs);

const struct gate_port *brute_port_of(const struct brute_rules *r, uint32_t of);
const struct gate_port *brute_port_dp(const struct brute_rules *r, uint32_t dp);

/* A packet as rules see it; tags that are hidden from them: the last @hidden. */
void brute_view(struct flow_key *view, const struct brute_rules *r,
		const struct brute_pkt *pkt, unsigned int hidden,
		uint64_t metadata);

/* The bits of a field in a key: @value in OXM's encoding, NULL: all ones */
void brute_field_put(struct flow_key *key, unsigned int field,
		     const uint8_t *value);
size_t brute_field_len(unsigned int field);	/* of @value */
bool brute_field_slow(unsigned int field);

/* What user space looks at to find the rules of higher priority off the mark */
void brute_wc_lookup(struct brute_wc *wc, const struct flow_key *view,
		     const struct flow_match *rule, bool matches);

/* Do two matches have a packet in common?  Field values alone decide. */
bool brute_overlap(const struct flow_match *a, const struct flow_match *b);

/*
 * struct sw_flow_key, with a place of its own for each field.  The kernel's union
 * of IPv4, IPv6, ARP and ND is no matter here: match_validate() lets masks on
 * them in only with the Ethernet type exact.
 */
struct brute_key {
	uint32_t priority, mark, in_port, recirc, hash;
	uint32_t ct_state, ct_mark;
	uint32_t flabel;
	uint16_t ct_zone;
	uint16_t type;
	uint16_t tpid[2], tci[2];	/* tci with TCI_PRESENT */
	uint16_t tp_src, tp_dst, tcp_flags;
	uint16_t exthdrs;
	uint8_t proto, tos, ttl, frag;	/* ARP: proto is the operation */
	uint8_t mac_proto;
	uint8_t eth_src[6], eth_dst[6];
	uint8_t src[16], dst[16];
	uint8_t sha[6], tha[6];
	uint8_t target[16], sll[6], tll[6];
	uint8_t ct_labels[16];
	uint8_t ct_orig[40];
	uint8_t pad[3];
};

struct brute_flow {
	struct brute_key key, mask;
};

/* Returns false where the kernel refuses the attributes. */
bool brute_flow_decode(struct brute_flow *f, const struct gate_flow *attrs);
void brute_pkt_key(struct brute_key *key, const struct brute_pkt *pkt);
bool brute_flow_matches(const struct brute_flow *f, const struct brute_pkt *pkt);

/* Would the kernel take these actions for such a key? (masked key, or packet's) */
bool brute_actions_valid(const struct brute_key *key, const void *actions,
			 size_t len);
void brute_run_flow(const void *actions, size_t len,
		    const struct brute_pkt *pkt, struct brute_outs *outs);

/*
 * The same packets out of the same ports?  Neighbours that are equal packets
 * may stand in any order.
 */
bool brute_same(const struct brute_outs *a, const struct brute_outs *b);

/*
 * Bytes of a packet, and back.  ODD: cut short, or lengths that contradict each
 * other: kernel and user space need not see the same.
 */
enum brute_parsed { PARSED_NOT, PARSED_ODD, PARSED };

enum {					/* ways to write the same packet */
	WIRE_IP_OPTIONS = 1,
	WIRE_EXTENSION = 2,		/* an empty header of IPv6 options */
	WIRE_PADDING = 4,		/* behind the packet */
	WIRE_ND_OPTION = 8,		/* one that nobody knows */
	WIRE_SNAP = 16,
};

size_t brute_serialise(uint8_t *out, const struct brute_pkt *pkt,
		       unsigned int how);
enum brute_parsed brute_parse(struct brute_pkt *pkt, const uint8_t *in,
			      size_t len);

/* A packet without what its type does not have */
void brute_normalise(struct brute_pkt *pkt);

/* A list of netlink attributes under construction */
struct brute_attrs {
	size_t len;
	_Alignas(8) uint8_t bytes[BRUTE_ATTRS];
};

void attr_put(struct brute_attrs *a, unsigned int type, const void *data,
	      size_t len);
size_t attr_nest(struct brute_attrs *a, unsigned int type);
void attr_end(struct brute_attrs *a, size_t at);

/* Key, mask and actions as user space would send them for a packet */
struct brute_message {
	struct brute_attrs key, mask, actions;
	bool has_mask;
};

/* Bits of generated messages: what user space may do in either way */
enum {
	HOW_UNMASKED_SETS = 1,		/* datapath without masked sets */
	HOW_CT = 2,			/* attributes of connection tracking, all zero */
	HOW_EXTHDRS = 4,
};

void brute_message_key(struct brute_attrs *key, const struct brute_pkt *pkt,
		       unsigned int how);
void brute_message_mask(struct brute_attrs *mask, const struct brute_rules *r,
			const struct brute_pkt *pkt,
			const struct flow_key *wc, unsigned int how);
void brute_message_actions(struct brute_attrs *actions,
			   const struct brute_pkt *pkt,
			   const struct brute_outs *outs, struct flow_key *wc,
			   unsigned int how);
void brute_put_userspace(struct brute_attrs *actions, bool slow_path);
struct gate_flow brute_gate_flow(const struct brute_message *m);

/*
 * Text: rules like ovs-ofctl's with all values in hex, flows like ovs-dpctl's.
 * oracle.py reads rules, and flows as brute_dump_flow() has them: plain hex.
 */
void brute_print_rules(FILE *f, const struct brute_rules *r);
void brute_print_rule(FILE *f, const struct of_flow_mod *fm);
void brute_print_pkt(FILE *f, const struct brute_pkt *pkt);
void brute_print_outs(FILE *f, const struct brute_outs *outs);
void brute_print_flow(FILE *f, const struct brute_message *m);
void brute_dump_flow(FILE *f, const struct brute_message *m);

#endif
