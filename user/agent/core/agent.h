/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The agent of one switch: between ovs-vswitchd, the verifier (ovs_quorum.ko,
 * or the same code in this process) and the controllers of the domain.
 *
 * What the switch says becomes signed bundles of events, repeated until f + 1
 * controllers have executed them.  What controllers sign goes to the verifier;
 * what it applied goes to ovs-vswitchd with a barrier, and the barrier's reply
 * becomes a signed acknowledgement.  docs/agent.md has the rules (G1..), the
 * bytes are in docs/controller.md section 2.
 *
 * The same shape as agree.h: one event in, output through the table of
 * functions; deterministic; all memory at init.  The agent is trusted with nothing:
 * a lying one can stop its switch, not change what it forwards.
 */
#ifndef AGENT_H
#define AGENT_H

#include "../../controller/core/ctl.h"

enum {
	AGENT_CONTROLLERS_MAX = AGREE_MEMBERS_MAX,
	AGENT_MESSAGE_MAX = 65535,	/* bytes of an OpenFlow message */
};

/* name, text.  Add at the end only. */
#define AGENT_ERRORS(E)							\
	E(OK, "success")						\
	E(EFORMAT, "malformed message")					\
	E(EDOMAIN, "message of another domain")				\
	E(EDPID, "update for another datapath")				\
	E(ETYPE, "message of a type that is not expected here")		\
	E(EFULL, "no room: it will come again")				\
	E(ESTALE, "no longer of use")					\
	E(ERATE, "too many requests of this controller")		\
	E(EBROKEN, "ovs-vswitchd broke OpenFlow 1.3")			\
	E(ESHARE, "a share of a signature is wrong")

#define AGENT_ENUM(name, text) AGENT_##name,
enum agent_err { AGENT_ERRORS(AGENT_ENUM) AGENT_ERR_NR };
#undef AGENT_ENUM

const char *agent_err_text(enum agent_err err);

struct agent_config {
	uint64_t domain, dpid;
	uint16_t n;			/* controllers */
	uint16_t quorum;		/* of BUNDLE_DONE, and of `start`: f + 1 */
	uint8_t scheme;			/* enum update_scheme */
	uint16_t t;			/* threshold scheme: shares of a signature */
	uint32_t phase;			/* of the updates */
	uint32_t events_bytes;		/* of events that wait for a bundle */
	uint32_t bundle_max;		/* bytes of a bundle, <= request_max of the domain */
	uint32_t bundles_max;		/* not yet executed by f + 1, <= pool_per_client; >= 2:
					 * one place is kept for a floor
					 */
	uint32_t held_bytes;		/* of updates that came too early, for each controller */
	uint32_t acks_max;		/* acknowledgements kept: outstanding_max of the domain.  Half of it
					 * is how far the floor that was said may be behind
					 */
	uint32_t linger_ms;		/* an event waits for more, if a bundle is on its way */
	uint32_t retransmit_ms;		/* first; doubles up to 16 times that */
	uint32_t echo_ms;		/* silence of ovs-vswitchd until it is asked; three times: it is gone */
	uint32_t statistics_ms;		/* between two reports of port statistics as REPLY events; 0: none */
	uint32_t asks_per_s;		/* of one controller (CTL_ASK) */
	uint32_t rules_max;		/* rules and groups that are compared with ovs-vswitchd's; 0: 32768 */
};

/* What the verifier says of an update */
enum agent_verdict {
	AGENT_PENDING = 1,	/* counted; more signers are needed */
	AGENT_APPLIED,		/* now: by this submission */
	AGENT_REFUSED,		/* a quorum signed what cannot be applied: its number is used up */
	AGENT_EARLY,		/* one that it depends on is not applied */
	AGENT_DONE,		/* its number was used up before */
	AGENT_BAD_SIGNATURE,	/* no signature is valid */
	AGENT_DROPPED,		/* anything else; .why says it */
};

struct agent_result {
	enum agent_verdict verdict;
	unsigned int have, need;	/* PENDING */
	char why[160];			/* "" if there is nothing to say */
};

/* One approved rule or group, as canonical OpenFlow bytes (an ADD) */
typedef void (*agent_rule_fn)(void *arg, const uint8_t *message, size_t len);

struct agent_ops {
	/* The switch's key */
	void (*sign)(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		     const uint8_t *bytes, size_t len);
	/* The verifier.  submit: @sealed as lib/wire has it, signatures as the scheme wants */
	void (*submit)(void *ctx, const uint8_t *sealed, size_t len,
		       struct agent_result *result);
	/* Numbers below *next_sequence are used up.  false: no verifier now */
	bool (*state)(void *ctx, uint64_t *next_sequence);
	/* The window was lost: the domain says that numbers go on at @sequence */
	bool (*start)(void *ctx, uint64_t sequence);
	/* All approved groups, then all approved rules; false: not now */
	bool (*rules)(void *ctx, agent_rule_fn group, agent_rule_fn rule,
		      void *arg);
	/* Threshold scheme: t shares over a statement -> the group's signature */
	bool (*combine)(void *ctx, uint8_t sig[48], const uint16_t *signer,
			const uint8_t (*share)[48], unsigned int t);
	bool (*share_verify)(void *ctx, uint16_t signer,
			     const uint8_t share[48],
			     const uint8_t statement[STATEMENT_LEN]);
	/* To ovs-vswitchd: a whole OpenFlow message.  Never lost while it is connected. */
	void (*to_switch)(void *ctx, const uint8_t *message, size_t len);
	/* Close the connection to ovs-vswitchd: it broke a rule, or is silent */
	void (*reset_switch)(void *ctx, const char *why);
	/* To controller @to: a message of docs/controller.md; may be lost */
	void (*to_controller)(void *ctx, unsigned int to, const uint8_t *bytes,
			      size_t len);
	/* Datapath flows were revoked: ovs-vswitchd should look at its own again */
	void (*purge)(void *ctx);
	/* Something an operator should read: level as syslog's (4 warning, 6 info) */
	void (*say)(void *ctx, int level, const char *words);
	/* For histories that tests check; may be NULL.  Called after the verifier applied. */
	void (*applied)(void *ctx, uint64_t sequence, const uint8_t *body,
			size_t len, enum ctl_ack_status status);
};

enum agent_event_kind {
	AGENT_START,		/* first; epoch: above all former ones of this switch */
	AGENT_SWITCH_UP,	/* ovs-vswitchd connected; HELLO is this core's business */
	AGENT_SWITCH_DOWN,
	AGENT_SWITCH_MESSAGE,	/* from ovs-vswitchd: a whole OpenFlow message by its header's length */
	AGENT_LINK_UP, AGENT_LINK_DOWN,	/* controller from */
	AGENT_CONTROLLER,	/* bytes from controller from */
	AGENT_VERIFIER_NEWS,	/* the verifier's rules changed without us: expiry, flush, restart */
	AGENT_TICK,
};

struct agent_event {
	enum agent_event_kind kind;
	unsigned int from;		/* 0 .. n - 1 */
	uint64_t epoch;			/* START */
	bool fresh;			/* START: the verifier's window is lost (new boot, process verifier) */
	const uint8_t *bytes;
	size_t len;
};

struct agent;

enum agent_err agent_config_check(const struct agent_config *config,
				  const char **why);
size_t agent_size(const struct agent_config *config);
/* @config is copied, @ops stays borrowed */
struct agent *agent_init(void *mem, const struct agent_config *config,
			 const struct agent_ops *ops, void *ctx);

/* One event; @wake_ms: call with TICK then, if nothing happens before */
enum agent_err agent_step(struct agent *a, const struct agent_event *event,
			  uint64_t now_ms, uint64_t *wake_ms);

struct agent_stats {
	uint64_t events, bundles, executed;	/* bundles executed by f + 1 */
	uint64_t dropped[APP_EVENT_KINDS];	/* events for which there was no room, by kind */
	uint64_t updates, applied, refused, early, bad_signatures, replayed;
	uint64_t combined, liars[AGENT_CONTROLLERS_MAX];	/* wrong shares and signatures of each */
	uint64_t acks, acks_resent, resyncs;
	uint64_t repaired;			/* rules that ovs-vswitchd had and should not have, or lacked */
	uint64_t floor;				/* up to this number all are applied or refused */
	bool switch_up, in_sync;
};

void agent_stats(const struct agent *a, struct agent_stats *stats);

#endif
