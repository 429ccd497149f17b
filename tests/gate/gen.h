/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random rules, packets and flows, from a seed: small pools of values, so that
 * rules overlap and packets hit them.
 */
#ifndef GEN_H
#define GEN_H

#include "brute.h"

struct gen {
	uint64_t state;
};

void gen_seed(struct gen *g, uint64_t seed);
uint32_t gen_u32(struct gen *g);
uint32_t gen_below(struct gen *g, uint32_t n);
bool gen_one_in(struct gen *g, uint32_t n);

/* No two rules of the same table and priority overlap. */
void gen_rules(struct gen *g, struct brute_rules *r);

/* A list of actions that a packet-out may have */
unsigned int gen_packet_out(struct gen *g, const struct brute_rules *r,
			    struct of_action *action, unsigned int room);

/* A packet of a switch, with @r->nr often one that a rule matches */
void gen_packet(struct gen *g, const struct brute_rules *r,
		struct brute_pkt *p);

/* A packet of a flow; false: none found this time */
bool gen_sample(struct gen *g, const struct brute_rules *r,
		const struct brute_flow *f, struct brute_pkt *p);

/*
 * Makes something else of a flow: other outputs, a wider mask, a rewrite more or
 * less, or bytes that mean nothing.  Returns what it did, as a number below
 * GEN_FORGERIES.
 */
enum { GEN_FORGERIES = 12 };
unsigned int gen_forge(struct gen *g, const struct brute_rules *r,
		       struct brute_message *m);
const char *gen_forgery_name(unsigned int forgery);

/* Only the actions are forged. */
unsigned int gen_forge_actions(struct gen *g, const struct brute_rules *r,
			       struct brute_attrs *actions);

/* Values */
void gen_mac(struct gen *g, uint8_t mac[6]);
void gen_ipv4(struct gen *g, uint8_t ip[4]);
void gen_ipv6(struct gen *g, uint8_t ip[16]);
uint16_t gen_port(struct gen *g);
uint8_t gen_tos(struct gen *g);
uint16_t gen_vid(struct gen *g);

#endif
