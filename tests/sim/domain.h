/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second stage: controllers with switches.  The application of every controller is the
 * simulator's own (app_sim.c), which makes of each event a plan of updates that the
 * checker (applied.c) can make again; switches verify with lib/quorum.
 */
#ifndef SIM_DOMAIN_H
#define SIM_DOMAIN_H

#include "ctl.h"
#include "quorum.h"
#include "world.h"

enum {
	SWITCHES_MAX = 8,
	PLAN_MAX = 5,			/* updates of an event */
	BUNDLES_MAX = 8,		/* of a switch, not done */
	HELD_MAX = 64,			/* updates that came too early */
	SHARES_MAX = 64,
	VOTES_FEW = 64,
	OUTSIDE_MAX = 8,		/* events that an application outside has not answered */
	MARK_LEN = 24,
	GROUP = MEMBERS_MAX,		/* index of the group's secret */
};

struct plan_update {
	uint16_t sw, len;
	uint64_t flow, after;
};

struct plan {
	unsigned int nr;
	struct plan_update update[PLAN_MAX];
};

/* What the application does with its k-th event; a function of the order alone */
void plan_make(struct plan *plan, const struct world *w, uint64_t chain,
	       enum app_event_kind kind, uint32_t sw, bool resync);
/* The payload of its i-th update */
void plan_payload(const struct plan *plan, unsigned int i, uint64_t k,
		  uint64_t chain, uint8_t *out);

extern const struct app_ops app_sim;
/* An output for @key was executed: part of the application's state */
void app_sim_voted(struct node *node, uint64_t key, uint64_t sum);
extern const struct core_kind core_ctl;
extern struct node *app_node;		/* whose core runs */

struct bundle_out {
	uint64_t counter, since_us;
	struct packet *packet, *other;	/* a liar has two */
	uint32_t done;			/* members */
	uint64_t floor;
};

struct share_set {
	uint64_t statement;
	uint32_t signers;
};

struct sim_switch {
	struct world *world;
	uint16_t index;
	uint64_t dpid, epoch, counter, events;
	bool liar, starting, excused;	/* excused: others need not wait for it any more */
	uint64_t secret;
	struct quorum *quorum;
	uint64_t applied, first, told;	/* sequence; first of this epoch; floor that the order knows */
	size_t last;			/* place + 1 of what was applied */
	uint64_t start[MEMBERS_MAX];	/* what members say of this epoch */
	struct bundle_out bundle[BUNDLES_MAX];
	unsigned int bundle_nr, held_nr, share_at;
	struct packet *held[HELD_MAX];
	struct packet *ack;		/* the last */
	uint64_t ack_sequence;
	uint64_t seen[INSTANCES_MAX];
	bool link[INSTANCES_MAX];
	struct share_set share[SHARES_MAX];
};

/* An update that the application of correct controllers made, in its order */
struct produced {
	uint64_t k, flow, after, sum;
	uint16_t sw;
	uint8_t i;
	bool applied;
	size_t before;			/* of the same flow: its place + 1; 0: none */
	size_t first;			/* of the same event */
};

struct domain {
	struct sim_switch sw[SWITCHES_MAX];
	struct ctl_switch ctl_sw[SWITCHES_MAX];
	uint64_t dpid[SWITCHES_MAX];
	struct produced *produced;
	size_t produced_nr, produced_room;
	size_t *event;			/* of event k: place of its first update */
	size_t event_nr, event_room;
	size_t frontier;		/* all before are applied, or excused */
	uint64_t *vouched;		/* set of sums of statements that a correct controller signed and sent */
	size_t vouched_nr, vouched_room;
	uint64_t group_secret;
	bool lenient;			/* updates were dropped for want of room (C8) */
	bool votes;			/* PACKET_INs are answered by applications outside */
	bool vary;			/* correct ones may say one of two things */
	uint32_t votes_max;		/* of C11 */
	uint8_t *said;			/* by key: variants that a correct member said */
	size_t said_room;
};

/* What a member's application outside was told and did not see executed yet */
struct held {
	uint64_t key, chain, since_us;
};

struct voter {
	struct app_outside outside;
	struct held held[OUTSIDE_MAX];
	size_t nr;
	uint64_t list_sum;		/* of the request being executed, if it is an output */
};

/* outside.c */
struct app_outside *outside_new(struct node *node);
void outside_free(struct node *node);
void outside_start(struct node *node);
void outside_look(struct world *w, const struct event *event);
void outside_executed(struct node *node, const uint8_t *request, size_t len);
bool outside_settled(const struct world *w, uint64_t *key);
void outside_voted(struct world *w, const struct deed *deed);

/* core_ctl.c: a step of its own; the verdict */
enum agree_err ctl_node_step(struct node *node, const struct ctl_event *event,
			     uint8_t kind, uint16_t from);

/* switch.c */
void switch_open(struct world *w);
void switch_close(struct world *w);
void switch_look(struct world *w, unsigned int sw);
bool switch_idle(const struct sim_switch *sw);
void switch_send(struct sim_switch *sw, struct node *to, struct packet *p);
void switch_sign(const struct sim_switch *sw, const uint8_t *bytes, size_t len,
		 uint8_t sig[AGREE_SIG_LEN]);

/* apply.c: what comes to a switch */
void switch_take(struct sim_switch *sw, uint16_t from, struct packet *p);
void switch_quorum_new(struct sim_switch *sw, uint64_t next_sequence);
void switch_ack(struct sim_switch *sw, const struct update_body *body,
		const uint8_t *bytes, size_t len);

/* share.c: signatures of updates, and shares of the group's */
size_t update_sign(struct node *node, uint8_t *sig,
		   const uint8_t statement[STATEMENT_LEN]);
bool update_signed(struct world *w, unsigned int signer, uint8_t alg,
		   const uint8_t statement[STATEMENT_LEN], const uint8_t *sig,
		   size_t len);
uint8_t update_alg(const struct world *w);
unsigned int update_quorum(const struct world *w);
/* What the signatures of a sealed update are over; false: it is none */
bool update_statement(const uint8_t *in, size_t len, uint8_t *statement);
/* A share that came: the sealed update with the group's signature if it completes one, else NULL */
struct packet *share_add(struct sim_switch *sw, const uint8_t *sealed,
			 size_t len);

/* applied.c */
void applied_seen(struct world *w, const struct deed *deed);
/* The output for @key, a plan made of @chain, was executed */
void applied_voted(struct world *w, uint64_t key, uint64_t chain);
void applied_vouch(struct world *w, const uint8_t *statement);
void applied_check(struct sim_switch *sw, const struct update_body *body,
		   const uint8_t *statement);
bool applied_all(struct world *w);
void applied_free(struct domain *d);

#endif
