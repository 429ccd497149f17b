/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RoSCo's controller (dissertation §2.6, algorithms 2 and 3) on top of agreement:
 * events of switches come in, are ordered, executed by an application, and
 * become signed updates, which leave when what they depend on is acknowledged.
 *
 * The same shape as agree.h, which it wraps: one event in, one update out, to be
 * executed in order; deterministic; all memory at init.  docs/controller.md.
 *
 * Two kinds of state.  Replicated, a function of the order, part of snapshots:
 * sequence numbers, updates not yet retired, switches up or down, application.
 * Local: acknowledgements, what was sent when.  Acknowledgements release the
 * next updates at once, without the order; the order learns of them by
 * the floor that each bundle of a switch carries, and forgets the updates then.
 */
#ifndef CTL_H
#define CTL_H

#include "agree.h"
#include "app.h"
#include "../../../lib/wire/update.h"

enum {
	CTL_SIG_MAX = UPDATE_SIG_MAX,
	CTL_SWITCH_MESSAGES_MAX = 1024,	/* of one update */
	CTL_EVENTS_MAX = 256,		/* of one bundle */
};

enum ctl_procedure {
	CTL_LINEARIZABLE = 1,	/* event-linearizable (§2.5.5): one switch update at a time */
	CTL_CONSISTENT = 2,	/* update-consistent (§2.5.7): flow and switch consistency, else parallel */
	CTL_NO_ACK = 3,		/* for benchmarks: nothing waits */
};

struct ctl_switch {
	uint64_t dpid;
	uint16_t weight;
};

struct ctl_config {
	/* clients is set by ctl: switches, then members (for their own requests) */
	struct agree_config agree;
	uint32_t switches;
	const struct ctl_switch *sw;
	enum ctl_procedure procedure;
	uint8_t scheme;			/* enum update_scheme */
	uint8_t alg;			/* enum update_alg: of this controller's update signatures */
	uint16_t signer;		/* of them; 1 .. n */
	uint32_t outstanding_max;	/* updates of a switch not retired */
	uint32_t outstanding_bytes;	/* of all switches together */
	uint32_t retransmit_ms;		/* first; doubles up to 16 times that */
	uint32_t down_ms;		/* silence of a switch with updates waiting, until a member says it is down */
	uint32_t votes_max;		/* outputs being voted on (vote-then-sequence) */
	const struct app_ops *app;
	struct app_config app_config;
};

struct ctl_ops {
	void (*sign)(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		     const uint8_t *bytes, size_t len);
	bool (*verify)(void *ctx, unsigned int member, const uint8_t *bytes,
		       size_t len, const uint8_t sig[AGREE_SIG_LEN]);
	/* The key of switch @sw: events and acknowledgements */
	bool (*switch_verify)(void *ctx, uint32_t sw, const uint8_t *bytes,
			      size_t len, const uint8_t sig[AGREE_SIG_LEN]);
	/* This controller's signature or share of a statement; bytes written, <= CTL_SIG_MAX */
	size_t (*update_sign)(void *ctx, uint8_t sig[CTL_SIG_MAX],
			      const uint8_t statement[STATEMENT_LEN]);
	bool (*buggify)(void *ctx, enum agree_buggify what);
	/*
	 * For who watches; each may be NULL.  From within a step, as it executes: a request, the end of a
	 * block, an update that got its number, as the body that is signed; a state was loaded, and all
	 * up to that height is in it.
	 */
	void (*executed)(void *ctx, const struct agree_decided *decided);
	void (*ended)(void *ctx, uint64_t height, uint64_t time_ms);
	void (*updated)(void *ctx, uint32_t sw, const uint8_t *body, size_t len);
	void (*loaded)(void *ctx, uint64_t height);
};

/*
 * Between switch and controller, over a link that proves both ends; all fixed
 * layouts are in docs/controller.md.
 */
enum ctl_type {
	CTL_BUNDLE = 1,		/* from a switch: events, signed: a request of agreement */
	CTL_ACK,		/* from a switch: updates applied or refused, signed */
	CTL_UPDATE,		/* to a switch: a sealed update, signed by this controller */
	CTL_BUNDLE_DONE,	/* to a switch: this bundle was executed here */
	CTL_ACK_SEEN,		/* to a switch: no need to repeat this acknowledgement */
	CTL_OUTPUT,		/* of a member: its application's output, to be voted on */
	CTL_SWITCH_LOST,	/* of a member: this switch does not answer */
	CTL_ASK,		/* to a switch: an OpenFlow request; the reply comes as an event, in the order */
};

struct ctl_bundle_event {
	enum app_event_kind kind;
	const uint8_t *message;
	uint32_t len;
};

/* A bundle, decoded.  Borrows the bytes. */
struct ctl_bundle {
	uint64_t dpid;
	uint64_t epoch, counter;	/* struct request_id */
	uint32_t phase;			/* updates of that phase */
	uint64_t floor;			/* up to this sequence all are applied or refused */
	uint32_t count;			/* events; 0: only the floor is news */
	const uint8_t *events;
	size_t events_len;
	const uint8_t *sig;
};

enum ctl_ack_status { CTL_APPLIED = 1, CTL_REFUSED = 2 };

struct ctl_ack {
	uint64_t dpid;
	uint64_t epoch;			/* of the switch */
	uint32_t phase;
	uint64_t sequence;		/* the last of count */
	uint32_t count;			/* updates in a row, all of this status; encode takes 0 as 1 */
	enum ctl_ack_status status;
	uint8_t body[AGREE_DIGEST_LEN];	/* SHA-256 of the update's body; of several: SHA-256 of their
					 * bodies' SHA-256s, in order
					 */
	const uint8_t *sig;
};

/*
 * Codecs, for the agent too.  encode: bytes used without the signature (64 bytes, over
 * all before it, follow: there is room for them); 0: no room, or a value out of range.
 */
size_t ctl_bundle_encode(uint8_t *out, size_t room, uint64_t domain,
			 const struct ctl_bundle *bundle,
			 const struct ctl_bundle_event *event);
enum agree_err ctl_bundle_decode(struct ctl_bundle *bundle, uint64_t domain,
				 const uint8_t *in, size_t len);
bool ctl_bundle_event(const struct ctl_bundle *bundle, size_t *at,
		      struct ctl_bundle_event *event);
size_t ctl_ack_encode(uint8_t *out, size_t room, uint64_t domain,
		      const struct ctl_ack *ack);
enum agree_err ctl_ack_decode(struct ctl_ack *ack, uint64_t domain,
			      const uint8_t *in, size_t len);

/* What a controller sends to a switch, decoded */
struct ctl_to_switch {
	enum ctl_type type;		/* UPDATE, BUNDLE_DONE, ACK_SEEN, ASK */
	const uint8_t *sealed;		/* UPDATE: as lib/wire has it */
	size_t sealed_len;
	uint64_t epoch, counter;	/* BUNDLE_DONE */
	uint64_t start;			/* BUNDLE_DONE: numbers of this epoch start here; f + 1 equal ones tell
					 * a switch that lost its window where to go on; 0: of an older epoch
					 */
	uint32_t phase;			/* ACK_SEEN: the last number of that acknowledgement */
	uint64_t sequence;
	const uint8_t *request;		/* ASK: FEATURES_REQUEST or a MULTIPART_REQUEST that only reads */
	size_t request_len;
};

enum agree_err ctl_to_switch_decode(struct ctl_to_switch *m, uint64_t domain,
				    const uint8_t *in, size_t len);

/* Bytes used, or 0: no room, or a request that is none */
size_t ctl_ask_encode(uint8_t *out, size_t room, uint64_t domain,
		      const uint8_t *request, size_t len);
/* The xid that the reply's event has: of the request's bytes but its xid */
uint32_t ctl_ask_xid(const uint8_t *request, size_t len);

enum ctl_event_kind {
	CTL_AGREE,		/* agree: any event of agree.h but REQUEST */
	CTL_SWITCH,		/* bytes from the link of switch sw: BUNDLE or ACK */
	CTL_LINK,		/* the link of switch sw is up or down */
	CTL_APP_OUTPUT,		/* the output of an application outside, for vote-then-sequence */
};

struct ctl_event {
	enum ctl_event_kind kind;
	struct agree_event agree;	/* synced: on every kind of event, in calls of ctl_step() */
	uint32_t sw;
	bool up;
	uint64_t key;		/* APP_OUTPUT: which event it answers; equal on all members */
	const uint8_t *bytes;	/* SWITCH; APP_OUTPUT: as docs/controller.md says */
	size_t len;
};

struct ctl_switch_message {
	uint32_t sw;
	const uint8_t *bytes;
	size_t len;
};

/* As agree.h says for its update; switch messages are its step 6. */
struct ctl_update {
	struct agree_update agree;	/* verdict: of this event; wake_ms: of both layers */
	unsigned int message_nr;
	struct ctl_switch_message message[CTL_SWITCH_MESSAGES_MAX];
};

struct ctl;

enum agree_err ctl_config_check(const struct ctl_config *config,
				const char **why);
size_t ctl_size(const struct ctl_config *config);
/* @config and what it points to stay borrowed */
struct ctl *ctl_init(void *mem, const struct ctl_config *config,
		     const struct ctl_ops *ops, void *ctx);
void ctl_step(struct ctl *ctl, const struct ctl_event *event, uint64_t now_ms,
	      struct ctl_update *update);

struct ctl_stats {
	struct agree_stats agree;
	uint64_t events, updates, sent, resent, acked, retired, refused;
	uint64_t waves;			/* signatures made */
	uint64_t overflows;		/* updates lost because a switch was too far behind: it will be filled again */
	uint32_t outstanding, ready, down;
	uint32_t resync;		/* switches that lost updates and are not filled again yet */
	uint64_t divergent;		/* signed acknowledgements of bodies that are not ours */
	uint64_t dropped;		/* updates not queued: overflows, and those for a switch that will be filled again */
	uint64_t hostile;		/* decided bytes that mean nothing: floors and keys out of range, bad requests */
	uint64_t outputs;		/* of applications, executed once f + 1 members had voted them */
};

void ctl_stats(const struct ctl *ctl, struct ctl_stats *stats);

struct ctl_switch_stats {
	bool known, down, resync;	/* in the order */
	uint64_t epoch, floor;
	uint64_t next;			/* number to be given out */
};

void ctl_switch_stats(const struct ctl *ctl, uint32_t sw,
		      struct ctl_switch_stats *stats);
/* As agree_evidence() */
unsigned int ctl_evidence(const struct ctl *ctl,
			  const struct agree_evidence **evidence);

#endif
