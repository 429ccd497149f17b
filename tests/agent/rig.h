/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An agent between fakes: a verifier that counts signers, an ovs-vswitchd that keeps
 * tables, and n controllers.  What they answer waits in one inbox until rig_pump().  What
 * must always be true is asserted where it would be seen.
 */
#ifndef AGENT_RIG_H
#define AGENT_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "agent.h"
#include "table.h"
#include "../../lib/wire/openflow.h"

enum {
	RIG_DOMAIN = 7, RIG_DPID = 0x11, RIG_PHASE = 1,
	RIG_N = 4, RIG_QUORUM = 2, RIG_T = 3,
	RIG_SEQUENCES = 4096, RIG_INBOX = 4096, RIG_BUNDLES = 2048,
	RIG_EVENTS = 64,		/* of a bundle that are remembered */
	RIG_PAYLOAD_MAX = 2048,
	RIG_REFUSED = 0xdead,		/* cookie of a rule that the verifier refuses */
	RIG_ERROR = 0xbad,		/* of one that ovs-vswitchd refuses */
};

struct rig_message {
	struct agent_event event;
	uint8_t *bytes;
	unsigned int connection;	/* of ovs-vswitchd: what it said on an old one is lost */
};

struct rig_controller {
	bool linked, deaf;		/* deaf: gets messages and says nothing */
	unsigned int bundles, acks;	/* got */
	uint64_t ack_last;		/* the last acknowledgement: of */
	uint32_t ack_count;
	enum ctl_ack_status ack_status;
};

struct rig {
	struct agent_config config;
	struct agent *agent;
	uint64_t now, wake;
	enum agent_err err;		/* of the last step */

	/* The verifier */
	bool verifier_gone, started, group_wrong;
	uint64_t next;			/* numbers below are used up */
	uint8_t used[RIG_SEQUENCES];	/* status of each, as acknowledged */
	uint32_t signers[RIG_SEQUENCES];
	uint8_t body[RIG_SEQUENCES][AGREE_DIGEST_LEN];
	unsigned int submits, combines, proofs;
	uint64_t window;		/* what is so far above next is too early; 0: nothing is */
	struct table approved;

	/* ovs-vswitchd */
	bool connected, silent;		/* silent: takes messages, answers nothing */
	bool no_barriers;
	bool forgives;			/* RIG_ERROR is no error any more */
	unsigned int connection;
	struct table tables;
	unsigned int parts;		/* entries of a part of a reply */
	unsigned int got[256];		/* messages by type */
	unsigned int resets, purges, said;
	uint64_t dpid;
	uint8_t last[AGENT_MESSAGE_MAX];	/* message it got */
	size_t last_len;
	uint32_t xids[RIG_SEQUENCES];	/* of messages of updates */
	unsigned int xid_nr;

	/* Controllers */
	struct rig_controller controller[RIG_N];
	uint64_t start;			/* what they say */
	unsigned int bundle_nr;		/* different ones seen */
	struct rig_bundle {
		uint64_t epoch, counter, floor;
		uint32_t count;
		uint8_t kind[RIG_EVENTS];
		uint32_t first[RIG_EVENTS];	/* bytes 8..11 of each: a test's number */
		uint32_t xid[RIG_EVENTS];
		uint8_t reason[RIG_EVENTS];
	} bundle[RIG_BUNDLES];
	uint8_t acked[RIG_SEQUENCES];	/* by controller, bits */
	uint64_t epoch, counter, floor;	/* the highest seen of this life */

	struct rig_message inbox[RIG_INBOX];
	unsigned int in_head, in_nr;
};

/* Defaults, which a test changes before rig_start(). */
struct rig *rig_new(void);
void rig_free(struct rig *r);
/* A life of the agent, with @epoch; links are down, ovs-vswitchd not connected */
void rig_start(struct rig *r, uint64_t epoch, bool fresh);
/* All links and ovs-vswitchd up, and everything settled */
void rig_settle(struct rig *r);

void rig_step(struct rig *r, const struct agent_event *event);
void rig_tick(struct rig *r, uint64_t ms);
/* Deliver what waits until nothing does */
void rig_pump(struct rig *r);
void rig_link(struct rig *r, unsigned int i, bool up);
void rig_switch(struct rig *r, bool up);
void rig_news(struct rig *r);

/* An event of ovs-vswitchd: @len bytes in all, @number in its body */
void rig_event(struct rig *r, unsigned int type, uint32_t number, size_t len);
/* A message of controller @from, now */
void rig_say(struct rig *r, unsigned int from, const uint8_t *bytes, size_t len);
/* Updates as @from signs them; @dep 0: of nothing */
size_t rig_update(struct rig *r, uint8_t *out, unsigned int from,
		  uint64_t sequence, uint64_t dep, const uint8_t *payload,
		  size_t len, bool good);
void rig_offer(struct rig *r, unsigned int from, uint64_t sequence,
	       uint64_t dep, const uint8_t *payload, size_t len, bool good);
/* A flow of priority @sequence; from as many as are needed */
void rig_flow(struct rig *r, uint64_t sequence);
struct agent_stats rig_stats(const struct rig *r);

static inline void *must_alloc(size_t len)
{
	void *p = aligned_alloc(64, (len + 63) / 64 * 64);

	if (!p)
		abort();
	return p;
}

/* Inside the rig */
extern const struct agent_ops rig_ops;
void rig_post(struct rig *r, enum agent_event_kind kind, unsigned int from,
	      const uint8_t *bytes, size_t len);
void rig_vswitchd_hello(struct rig *r);
void rig_vswitchd_take(struct rig *r, const uint8_t *message, size_t len);
void rig_submit(void *ctx, const uint8_t *sealed, size_t len,
		struct agent_result *result);
bool rig_combine(void *ctx, uint8_t sig[48], const uint16_t *signer,
		 const uint8_t (*share)[48], unsigned int t);
bool rig_share_verify(void *ctx, uint16_t signer, const uint8_t share[48],
		      const uint8_t statement[STATEMENT_LEN]);
bool rig_rules(void *ctx, agent_rule_fn group, agent_rule_fn rule, void *arg);
void rig_heard(struct rig *r, unsigned int to, const uint8_t *bytes, size_t len);

#define MUST(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("# %s:%d: broken: %s\n", __FILE__,	\
			       __LINE__, #cond);			\
			fflush(stdout);					\
			abort();					\
		}							\
	} while (0)

#endif
