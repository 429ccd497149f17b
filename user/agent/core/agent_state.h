/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the agent's core share.  Each part says what its state is for;
 * docs/agent.md has the rules (G1..).
 */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <assert.h>
#include <string.h>

#include "agent.h"
#include "../../controller/core/ctl_wire.h"
#include "../../../lib/wire/openflow.h"

enum {
	OFPT_HELLO = 0, OFPT_ERROR = 1, OFPT_ECHO_REQUEST = 2,
	OFPT_ECHO_REPLY = 3, OFPT_FEATURES_REQUEST = 5,
	OFPT_FEATURES_REPLY = 6, OFPT_SET_CONFIG = 9, OFPT_PACKET_IN = 10,
	OFPT_FLOW_REMOVED = 11, OFPT_PORT_STATUS = 12,
	OFPT_MULTIPART_REQUEST = 18, OFPT_MULTIPART_REPLY = 19,
	OFPT_BARRIER_REQUEST = 20, OFPT_BARRIER_REPLY = 21,

	OFPMP_FLOW = 1, OFPMP_PORT_STATS = 4, OFPMP_GROUP_DESC = 7,
	OFPMP_PORT_DESC = 13,
	OFPMP_MORE = 1,			/* flag of a reply: another part follows */
	MULTIPART_LEN = 16,		/* header, type, flags, padding */

	/* The upper 4 bits of our xids say whose they are. */
	XID_KIND = 28,
	XID_NUMBER = (1 << XID_KIND) - 1,
	XID_OWN = 1, XID_UPDATE, XID_BARRIER, XID_SYNC, XID_ASK,
	XID_OWN_HELLO = 1, XID_OWN_FEATURES, XID_OWN_CONFIG, XID_OWN_PORTS,
	XID_OWN_STATISTICS, XID_OWN_ECHO,

	XIDS_MAX = 1024,		/* messages of updates whose own xid is known */
	SHARES_MAX = 256,		/* trees of each controller */
	ROOTS_MAX = 256,		/* combined signatures */
	STRAY_BYTES = 1 << 18,		/* of deletions found necessary in one look */
	ROW_MAX = 1024,			/* acknowledgements under one signature */
	BACKOFF_MAX = 4,		/* doublings: 16 times */
	BUNDLE_ROOM_MIN = 1024,
	WORDS_MAX = 256,
};

#define TIME_NONE UINT64_MAX

/* Events that wait for a bundle, the oldest first */
struct event_queue {
	uint8_t *bytes;			/* struct event_head and the message of each */
	size_t room, head, tail;
	uint32_t nr;
	uint64_t since_ms;		/* the oldest waits since then */
};

struct event_head {
	uint32_t len;
	uint16_t kind;			/* enum app_event_kind */
	uint16_t asker;			/* 0: nobody; else who asked for it, from 1 */
};

/* A signed bundle on its way */
struct bundle {
	bool used;
	uint8_t shift;			/* of the backoff */
	uint32_t done;			/* controllers that executed it */
	uint64_t counter, floor, next_ms;
	size_t len;
	uint8_t *bytes;
};

enum ack_state {
	ACK_SYNC = 1,			/* waits until ovs-vswitchd has what the verifier has */
	ACK_BARRIER,			/* waits for a reply to barrier */
	ACK_READY,			/* can be said */
	ACK_SAID,			/* is in a row; or nobody needs it */
};

/* What became of a number; the last of a row has the row's signature too */
struct ack {
	uint64_t sequence;		/* 0: no entry */
	uint8_t state;			/* enum ack_state */
	uint8_t status;			/* enum ctl_ack_status; 0: used up by somebody else, not acknowledged */
	uint8_t shift;
	uint32_t barrier;
	uint32_t behind;		/* SAID: the last of its row is so many numbers above */
	uint32_t count;			/* the last of a row: of how many; else 0 */
	uint32_t seen;			/* controllers that need no repetition */
	uint64_t said_ms, next_ms;	/* the last of a row: first said, to be said again */
	uint8_t body[AGREE_DIGEST_LEN];
	uint8_t row[AGREE_DIGEST_LEN];
	uint8_t sig[AGREE_SIG_LEN];
};

/* Updates of one controller that wait, packed */
struct held {
	uint8_t *bytes;			/* struct held_head and the sealed update of each */
	size_t used;
};

struct held_head {
	uint64_t sequence;
	uint64_t dep;			/* the highest number it depends on here */
	uint32_t len;
	uint16_t shares;		/* waits for shares, not for another update */
	uint16_t gone;			/* until the store is packed again */
	uint8_t root[UPDATE_DIGEST_LEN];
};

enum share_state { SHARE_NEW, SHARE_GOOD, SHARE_BAD };

struct share {
	uint32_t leaves;		/* 0: no entry */
	uint8_t state;			/* enum share_state */
	uint8_t root[UPDATE_DIGEST_LEN];
	uint8_t bytes[48];
};

struct root {
	uint32_t leaves;		/* 0: no entry */
	uint8_t root[UPDATE_DIGEST_LEN];
	uint8_t sig[48];
};

/* A controller, as far as a switch knows it */
struct peer {
	bool linked;
	bool suspect;			/* a share or signature of it was wrong */
	uint64_t start;			/* what it says numbers start with */
	struct held held;
	struct share *share;		/* SHARES_MAX */
	uint32_t share_at;		/* the next to be overwritten */
	bool asked;			/* its request waits for the reply */
	bool begun;			/* parts of that came */
	uint32_t ask_xid, reply_xid;	/* on the wire; of the event */
	uint64_t ask_until_ms;
	uint64_t tokens, tokens_ms;	/* 1000 for each request */
	size_t answers;			/* bytes of the queue that its requests took */
	uint64_t say_ms;		/* no words about it before */
};

enum vswitchd_state {
	VSWITCHD_DOWN,
	VSWITCHD_HELLO,			/* waits for its HELLO */
	VSWITCHD_FEATURES,		/* waits for its FEATURES_REPLY */
	VSWITCHD_UP,
};

struct vswitchd {
	enum vswitchd_state state;
	uint64_t echo_ms;		/* to be asked then, if it says nothing */
	uint8_t echoes;			/* asked since it said anything */
	uint64_t statistics_ms;		/* the next report */
	uint64_t say_ms;		/* no words about its errors before */
	uint32_t xid;			/* the last number given to messages of updates */
	struct { uint32_t xid, own; } sent[XIDS_MAX];
	uint32_t barrier;		/* the last one asked for */
	uint32_t answered;
	bool barrier_wanted;		/* at the end of this step */
};

enum sync_state {
	SYNC_NONE,			/* ovs-vswitchd is not up */
	SYNC_WAIT,			/* begins at sync.at_ms */
	SYNC_GROUPS, SYNC_FLOWS,	/* reads */
	SYNC_BARRIER,			/* has repaired */
	SYNC_DONE,
};

enum {
	RULE_APPROVED = 1,		/* the verifier had it when the look began */
	RULE_EQUAL = 2,			/* ovs-vswitchd has it */
	RULE_STRAY = 4,			/* ovs-vswitchd has something else there */
	RULE_NOW = 8,			/* the verifier has it at the end */
	RULE_USED = 16,
};

/* A place of the tables: table, priority and match; or a group's number */
struct rule {
	uint8_t key[16];
	uint8_t content[16];		/* of the approved one */
	uint32_t flags;
};

struct sync {
	enum sync_state state;
	bool crowded;			/* the table cannot hold what is approved */
	bool again;			/* what was seen was not all: look once more before anything is acknowledged */
	bool renew;			/* the verifier has news: look once more afterwards */
	bool news;			/* this look is because of news */
	uint64_t at_ms, begun_ms;
	uint32_t xid;
	uint32_t barrier;
	uint32_t before;		/* the last message of an update before it */
	uint64_t repaired;		/* by this look */
	uint64_t entries;		/* of ovs-vswitchd, in this look */
	struct rule *rule;		/* a hash table of 2^bits places */
	unsigned int bits;
	uint32_t rules;
	uint8_t *stray;			/* deletions: place in the table (4), message */
	size_t stray_used;
};

struct agent {
	struct agent_config config;
	const struct agent_ops *ops;
	void *ctx;
	struct agent_stats stats;
	uint64_t now_ms;
	uint64_t say_ms;		/* no words about large events before */
	bool begun;			/* START came */
	bool lost;			/* the window was lost: start is for the controllers to say */
	bool ready;			/* the verifier's numbers are known */
	uint64_t ready_ms;		/* ask the verifier again at */
	uint64_t epoch, counter;

	struct event_queue queue;
	struct bundle *bundle;
	bool hello;			/* a bundle of this life was made */
	uint64_t floor;			/* all up to it are applied, in ovs-vswitchd too, or refused */
	uint64_t floor_ms;		/* it moved then */
	bool in_step;			/* what a former life left behind is in ovs-vswitchd, too */
	uint64_t said;			/* the highest in any bundle */
	uint64_t told;			/* the highest in a bundle that was executed */

	struct ack *ack;		/* acks_max; number s at s % acks_max */
	uint64_t top;			/* the highest number used up */
	uint64_t unsaid;		/* none below is READY */
	bool unflushed;			/* some may be READY */
	uint64_t ack_ms;		/* nothing to repeat before */
	bool progress;			/* a number was used up: what is held may go on */

	struct peer peer[AGENT_CONTROLLERS_MAX];
	struct root *root;		/* ROOTS_MAX */
	uint32_t root_at;
	uint32_t ask_xid;

	struct vswitchd vs;
	struct sync sync;

	struct agent_result result;	/* of the last submission */
	struct of_message msg;
	uint8_t *scratch;		/* a message under construction, for one function at a time */
	uint8_t *sealed;		/* a sealed update with the group's signature */
	uint8_t *retry;			/* a held update that is offered again */
};

enum { SCRATCH_LEN = AGENT_MESSAGE_MAX + 1024 };

static inline uint32_t xid_of(unsigned int kind, uint32_t number)
{
	return (uint32_t)kind << XID_KIND | (number & XID_NUMBER);
}

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Bytes of events in a bundle */
static inline size_t bundle_room(const struct agent *a)
{
	return a->config.bundle_max - CTL_BUNDLE_LEN - AGREE_SIG_LEN;
}

static inline uint64_t min_ms(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* layout.c: where in the memory things are; bytes in all */
size_t agent_layout(struct agent *a, const struct agent_config *config,
		    uint8_t *mem);

/* say.c: words for an operator, without a printf */
struct words {
	char text[WORDS_MAX];
	size_t used;
};

void words_put(struct words *w, const char *text);
void words_number(struct words *w, uint64_t number);
/* Is it time for words that others can provoke?  Once a second */
bool say_due(struct agent *a, uint64_t *next_ms);
void agent_say(struct agent *a, int level, const char *text);
void agent_say_number(struct agent *a, int level, const char *before,
		      uint64_t number, const char *after);

/* event.c: a message of OpenFlow becomes an event; @xid replaces its own if not NULL */
void event_put(struct agent *a, enum app_event_kind kind,
	       const uint8_t *message, size_t len, const uint32_t *xid);
/* The same, of what controller @from asked for: it has a part of the queue only */
void event_answer(struct agent *a, unsigned int from, enum app_event_kind kind,
		  const uint8_t *message, size_t len);
/* The oldest events that fit into @room bytes of a bundle; how many */
uint32_t event_peek(struct agent *a, struct ctl_bundle_event *event,
		    size_t room);
void event_take(struct agent *a, uint32_t nr);
bool event_full(const struct agent *a, size_t room);

/* bundle.c */
/* ovs-vswitchd has what the verifier has: the floor may be said */
void bundle_in_step(struct agent *a);
void bundle_work(struct agent *a);	/* make and repeat what is due */
void bundle_link(struct agent *a, unsigned int to);
enum agent_err bundle_done(struct agent *a, unsigned int from,
			   const struct ctl_to_switch *m);
uint64_t bundle_wake(const struct agent *a);

/* ack.c */
struct ack *ack_of(struct agent *a, uint64_t sequence);
bool ack_used(struct agent *a, uint64_t sequence);
/* A number is used up; status 0: not by us.  NULL body with that only */
void ack_put(struct agent *a, uint64_t sequence, unsigned int status,
	     const uint8_t *body, size_t len, enum ack_state state);
void ack_ready(struct agent *a);	/* after states changed: floor, top */
void ack_work(struct agent *a, bool flush);
void ack_link(struct agent *a, unsigned int to);
enum agent_err ack_seen(struct agent *a, unsigned int from,
			const struct ctl_to_switch *m);
/* @from repeats an update that is done */
void ack_repeat(struct agent *a, unsigned int from, uint64_t sequence);
uint64_t ack_wake(const struct agent *a);

/* barrier.c: those that wait for ovs-vswitchd */
uint32_t barrier_send(struct agent *a);
bool barrier_answered(struct agent *a, uint32_t xid);
void barrier_lost(struct agent *a);
void barrier_withdraw(struct agent *a);
void barrier_synced(struct agent *a, uint32_t barrier);
bool barrier_waits(const struct agent *a);

/* start.c: where numbers go on */
enum agent_err start_begin(struct agent *a, uint64_t epoch, bool fresh);
void start_take(struct agent *a, unsigned int from, uint64_t start);
void start_work(struct agent *a);
void start_news(struct agent *a);

/* update.c */
enum agent_err update_take(struct agent *a, unsigned int from,
			   const uint8_t *in, size_t len);
/* Offered again, from a held one: AGENT_EFULL if it should stay held */
enum agent_err update_retry(struct agent *a, unsigned int from,
			    struct held_head *head, const uint8_t *in);

/* One update while it is looked at */
struct offer {
	unsigned int from;
	const uint8_t *bytes;		/* as it came */
	size_t len;
	struct update_sealed sealed;
	struct update_body body;
	struct update_sig sig;
	uint8_t leaf[UPDATE_DIGEST_LEN], root[UPDATE_DIGEST_LEN];
	uint8_t statement[STATEMENT_LEN];
};

/* apply.c: what the verifier said of it is carried out */
void apply_applied(struct agent *a, const struct offer *o);
void apply_refused(struct agent *a, const struct offer *o);

/* held.c */
uint64_t held_dep(struct agent *a, const struct update_body *body);
bool held_put(struct agent *a, const struct offer *o, bool shares);
void held_work(struct agent *a);
/* The tree's signature is known: its updates can be offered */
void held_root(struct agent *a, const uint8_t root[UPDATE_DIGEST_LEN]);

/* share.c */
void share_put(struct agent *a, const struct offer *o);
/* The group's signature of this tree, or NULL: more shares are needed */
const uint8_t *share_combine(struct agent *a, const struct offer *o);
/* The verifier refused it.  false: no share is to blame */
bool share_blame(struct agent *a, const struct offer *o);

/* link.c: from and to controllers */
enum agent_err link_message(struct agent *a, unsigned int from,
			    const uint8_t *bytes, size_t len);
void link_up(struct agent *a, unsigned int from);
void link_down(struct agent *a, unsigned int from);

/* ask.c */
void ask_begin(struct agent *a);
enum agent_err ask_take(struct agent *a, unsigned int from,
			const uint8_t *request, size_t len);
/* A message of ovs-vswitchd answers a request of a controller */
enum agent_err ask_reply(struct agent *a, const uint8_t *message, size_t len);
void ask_work(struct agent *a);
void ask_lost(struct agent *a);
uint64_t ask_wake(const struct agent *a);

/* vswitchd.c */
void vswitchd_up(struct agent *a);
void vswitchd_down(struct agent *a);
enum agent_err vswitchd_message(struct agent *a, const uint8_t *message,
				size_t len);
/* A message of an update, with an xid that is ours */
void vswitchd_send(struct agent *a, const uint8_t *message, size_t len);
void vswitchd_work(struct agent *a);
uint64_t vswitchd_wake(const struct agent *a);

/* multipart.c: requests of our own; bytes written */
size_t multipart_request(uint8_t *out, unsigned int type, uint32_t xid);

/* sync.c */
void sync_begin(struct agent *a, uint64_t at_ms);
void sync_news(struct agent *a);
enum agent_err sync_reply(struct agent *a, const uint8_t *message, size_t len);
void sync_answered(struct agent *a);	/* a barrier */
/* An error about the update's message of this number */
void sync_error(struct agent *a, uint32_t number);
void sync_work(struct agent *a);
uint64_t sync_wake(const struct agent *a);

/* rules.c: what both have, as digests */
void rules_clear(struct agent *a);
bool rules_approved(struct agent *a);
enum agent_err rules_flow(struct agent *a, const uint8_t *entry, size_t len);
enum agent_err rules_group(struct agent *a, const uint8_t *entry, size_t len);
bool rules_repair(struct agent *a);

/* canon.c: of a message in a->msg, an ADD: what it is and where it is */
struct canon {
	uint8_t key[16], content[16];
};

bool canon_of(struct agent *a, struct canon *canon);
/* @message in the bytes of canon_of(), in a->scratch; 0: it cannot be */
size_t canon_bytes(struct agent *a);
void canon_key_bytes(uint8_t key[16], const uint8_t *bytes, size_t len);

#endif
