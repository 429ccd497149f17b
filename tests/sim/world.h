/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A world: members with their disks and clocks, the network between them,
 * clients, what breaks, and those who look whether the promises hold.
 *
 * Checkers (history.c, votes.c, applied.c) see what the members show to others and
 * share no code with them.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "agree.h"
#include "disk.h"
#include "heap.h"
#include "prng.h"
#include "swarm.h"

enum {
	MEMBERS_MAX = 10,
	INSTANCES_MAX = 2 * MEMBERS_MAX,	/* a liar may run twice */
	CLIENTS_MAX = 16,
	OUTSTANDING_MAX = 32,		/* requests of a client */
	INBOX_MAX = 4096,		/* events that wait for a paused or busy member */
	MS = 1000,			/* of the clock's microseconds */
	TRACE_NR = 50,
	REPLAY_NR = 8,
};

struct world;

/* What an execution did, until its step is durable and may be held against the member */
enum deed_kind { DEED_EXECUTE, DEED_LOAD, DEED_END, DEED_VOTED };

struct deed {
	enum deed_kind kind;
	uint64_t count;			/* of requests, this one included */
	uint64_t chain;			/* of all that was executed */
	uint64_t height, time_ms;
	uint32_t index;
	struct request_id id;
	uint64_t sum;			/* of the request's bytes */
	uint64_t outputs, output_chain;	/* LOAD, VOTED: as count and chain, of outputs by vote */
};

/* The application of the first stage: it remembers what it was given. */
struct log_state {
	uint64_t count, chain, height, time_ms;
};

struct out {
	uint16_t to;
	struct packet *packet;
};

/* A step whose promises are not durable yet */
struct pending {
	struct pending *next;
	size_t ops;			/* of the disk, that it waits for */
	uint64_t step;
	uint64_t snapshot;		/* its height: what is older may go with this step */
	unsigned int out_nr, deed_nr, wave_nr;
	struct out *out;
	struct out *wave;		/* to switches */
	struct deed *deed;
	uint64_t decided;
	uint8_t digest[AGREE_DIGEST_LEN];
};

/* The block that a liar showed to one member instead of its core's */
struct forged {
	uint64_t height;
	uint8_t digest[AGREE_DIGEST_LEN];
};

struct inbox {
	struct event event[INBOX_MAX];
	size_t head, nr;		/* the first and their number */
};

/* One running core; a liar may be two of them under one name. */
struct node {
	struct world *world;
	uint16_t instance, member;
	bool used, liar, up, paused, formatted, damaged, full;
	uint32_t incarnation;		/* counts starts: what is late is not for this one */
	uint8_t *arena;			/* guard, memory, guard */
	size_t arena_len;
	void *core;			/* struct agree, or struct ctl */
	struct agree_config config;
	struct agree_update *update;	/* of the last step */
	struct ctl_update *ctl_update;	/* second stage: update is in it */
	struct ctl_config *ctl_config;
	void *app;			/* with one outside: the application's state in the core */
	struct voter *voter;		/* its application outside; NULL: there is none */
	struct disk disk;
	struct pending *head, **tail;
	struct log_state log;
	struct deed *deed;		/* of the step that runs */
	size_t deed_nr, deed_room;
	struct deed *ghost;		/* of steps that a crash cut off: the disk may know them */
	size_t ghost_nr, ghost_room;
	uint64_t base_ms, drift_ppb;	/* clock: base + (1 + drift) × time */
	uint64_t last_ms, wake_us, wake_ms;
	unsigned int spins;
	uint64_t steps, synced;		/* since it started; the first so many are durable */
	uint64_t seen_decided;
	uint32_t audience;		/* of a liar's instance: members that it talks to */
	struct inbox inbox;
	uint64_t replay_nr;
	struct packet *replay[REPLAY_NR];	/* a liar's memory */
	struct forged forged[MEMBERS_MAX];	/* and what it told whom */
};

struct link {
	bool cut;
	uint64_t clogged_us;		/* until then nothing arrives */
	uint32_t slow_us;
	uint64_t last_us;		/* of the last arrival, when order is kept */
};

struct issued {
	uint64_t counter;
	struct packet *packet;
	uint64_t since_us;
	uint32_t done;			/* members that executed it, durably */
	bool both;			/* the client's lie: other bytes to others */
	struct packet *other;
};

struct client {
	bool liar;
	uint64_t epoch, counter;	/* last used */
	struct issued issued[OUTSTANDING_MAX];
	unsigned int nr;
	uint64_t acked;
};

/* Everything that a correct member ever executed durably, in order */
struct entry {
	uint64_t chain, height, time_ms, sum;
	uint32_t index;
	struct request_id id;
};

struct block_end {
	uint64_t height, time_ms, count;
	uint8_t digest[AGREE_DIGEST_LEN];
	bool has_digest, has_end;
};

/* An output that was executed by vote */
struct output_entry {
	uint64_t key, sum, chain;
};

struct vote_seen {
	uint64_t digest[4];		/* by kind; sums of digests */
	uint8_t has;			/* bit of a kind */
};

struct history {
	struct entry *entry;
	size_t nr, room;
	struct output_entry *output;
	size_t output_nr, output_room;
	uint64_t *key;			/* set of sums of their keys */
	size_t key_nr, key_room;
	struct block_end *block;	/* by height, open addressing */
	size_t block_nr, block_room;
	uint64_t *id;			/* set of sums of ids */
	size_t id_nr, id_room;
	struct vote_seen *vote[MEMBERS_MAX]; /* by height */
	size_t vote_room;
	uint64_t top;			/* greatest height */
	uint64_t *truth;		/* what correct clients issued: sum of id, sum of bytes */
	size_t truth_nr, truth_room;
};

struct trace_line {
	uint64_t at_us, sum, a, b;
	uint16_t at, from;
	uint8_t kind;
	const char *what;
};

struct totals {
	uint64_t events, steps, messages, crashes, faults, decided, executed,
		 recoveries, snapshots, lies, applied, heal_us;
};

/* What kind of core runs in the nodes */
struct core_kind {
	size_t (*size)(struct node *node);
	void (*init)(struct node *node, void *mem);
	void (*step)(struct node *node, const struct agree_event *event,
		     uint64_t now_ms);
	void (*stats)(const struct node *node, struct agree_stats *stats);

	/* Second stage; NULL in the first */
	void (*open)(struct world *w);
	void (*close)(struct world *w);
	void (*start)(struct world *w);
	bool (*settled)(struct world *w);
	void (*say_unsettled)(struct world *w, char *out, size_t room);
	void (*print)(const struct world *w);
	void (*happen)(struct world *w, const struct event *event);
	void (*booted)(struct node *node);
	/* What goes to switches of the last step: into pending */
	void (*wave)(struct node *node, struct pending *pending);
	/* It leaves now. */
	void (*waved)(struct node *node, uint16_t sw, struct packet *packet);
	/* A correct member's application saw an event, durably and as the first of all. */
	void (*seen)(struct world *w, const struct deed *deed);
	/* The same of an output that was voted */
	void (*voted)(struct world *w, const struct deed *deed);
	/* Is it known what was issued under this id, or that nothing was?  NULL: of correct clients */
	bool (*judges)(const struct world *w, const struct request_id *id);
};

extern const struct core_kind core_agree;

struct world {
	uint64_t seed;
	const struct core_kind *kind;
	struct prng prng;
	uint64_t now_us;
	struct heap heap;
	struct swarm swarm;
	unsigned int n, f, quorum, instances;
	struct node *node[INSTANCES_MAX];
	struct link link[INSTANCES_MAX][INSTANCES_MAX];
	struct client client[CLIENTS_MAX];
	struct history history;
	struct domain *domain;		/* second stage: switches and what they applied */
	bool loud, started, healed, quiet;		/* faults are over; clients ask for nothing new */
	uint64_t secret[MEMBERS_MAX];
	struct packet *first_request;	/* §2.7.6 (i) */
	uint64_t client_secret;
	struct trace_line trace[TRACE_NR];
	uint64_t trace_nr, trace_sum;
	struct totals totals;
	bool failed;
	char why[256];
};

/* world.c */
struct world *world_new(uint64_t seed, const struct swarm *swarm,
			const struct core_kind *kind);
void world_free(struct world *w);
bool world_run(struct world *w);	/* to its end; false: something was violated */
void world_boot(struct world *w);	/* what world_run() does first */
bool world_until(struct world *w, uint64_t us, bool (*enough)(struct world *w));
void world_heal(struct world *w);
bool world_settled(struct world *w);	/* all that was asked for is executed everywhere */
bool world_finish(struct world *w);	/* heal, wait, look at everything */
void world_print(const struct world *w);
__attribute__((format(printf, 2, 3)))
void violated(struct world *w, const char *format, ...);
void trace(struct world *w, const char *what, uint8_t kind, uint16_t at,
	   uint16_t from, uint64_t a, uint64_t b);

/* net.c */
void net_send(struct world *w, struct node *from, uint16_t to,
	      struct packet *packet);
uint64_t net_delay_us(struct world *w);
void net_partition(struct world *w);
void net_heal(struct world *w);

/* node.c */
void node_new(struct world *w, uint16_t instance, uint16_t member);
void node_free(struct node *node);
void node_boot(struct node *node);
void node_crash(struct node *node);
void node_event(struct node *node, const struct event *event);
void node_disk_done(struct node *node);
void node_resume(struct node *node);
void node_step(struct node *node, const struct agree_event *event);
void node_stepped(struct node *node, uint8_t kind, uint16_t from, uint64_t sum);
bool node_busy(struct node *node, const struct event *event);
uint64_t node_now_ms(struct node *node);
void node_stats(const struct node *node, struct agree_stats *stats);
bool node_check(struct node *node);	/* guards and bounds */

/* perform.c: what a step asked for */
void perform_update(struct node *node);
void perform_drop(struct node *node);
void node_disk_start(struct node *node);

/* bounds.c: journals that do not grow for ever */
void bounds_batch(struct node *node, size_t len);
void bounds_dropped(struct node *node, uint64_t height);
bool bounds_settled(struct world *w);	/* no correct member keeps more than a checkpoint's blocks */
void bounds_say(struct world *w);

/* recover.c: what a start reads from the disk */
void recover(struct node *node);

/* log.c: the application, and signatures that nobody can forge */
extern const struct agree_ops log_ops;
void log_reset(struct node *node);
void sign_as(struct world *w, unsigned int member, const uint8_t *bytes,
	     size_t len, uint8_t sig[AGREE_SIG_LEN]);
bool signed_by(struct world *w, unsigned int member, const uint8_t *bytes,
	       size_t len, const uint8_t sig[AGREE_SIG_LEN]);

/* client.c */
void client_start(struct world *w);
void client_look(struct world *w, unsigned int client);
void client_executed(struct world *w, const struct node *node,
		     const struct request_id *id);
void client_told(struct world *w, const struct node *node,
		 const struct packet *request);
bool client_idle(const struct world *w);
void client_say_open(const struct world *w, char *out, size_t room);
enum agree_err client_check(struct world *w, const uint8_t *bytes, size_t len,
			    struct request_id *id);
struct packet *client_request(struct world *w, unsigned int client,
			      uint64_t epoch, uint64_t counter, size_t len);
void client_free(struct world *w);

/* faults.c */
void fault_any(struct world *w);
void fault_mend(struct world *w, const struct event *event);
unsigned int fault_impaired(const struct world *w);
void fault_lose_disk(struct world *w, struct node *node);

/* liar.c, forge.c */
bool liar_filter(struct node *node, uint16_t to, struct packet **packet,
		 uint64_t *delay_us);
void liar_idea(struct node *node);
struct packet *forge_votes(struct node *node, uint16_t to,
			   const struct packet *p);
struct packet *forge_proposal(struct node *node, uint16_t to,
			      const struct packet *p);
struct packet *forge_cert(struct node *node, unsigned int kind,
			  uint64_t height,
			  const uint8_t digest[AGREE_DIGEST_LEN]);
struct packet *forge_status(struct node *node);
struct packet *forge_flood(struct node *node);

/* history.c */
void history_deed(struct world *w, const struct node *node,
		  const struct deed *deed);
void history_decided(struct world *w, const struct node *node,
		     uint64_t height, const uint8_t digest[AGREE_DIGEST_LEN]);
void history_issued(struct world *w, const struct request_id *id, uint64_t sum);
bool history_has(const struct world *w, const struct request_id *id);
/* Blocks that correct members executed, above @height up to @to */
uint64_t history_blocks(const struct world *w, uint64_t height, uint64_t to);
void history_free(struct history *h);

/* votes.c */
void votes_sent(struct world *w, const struct node *node,
		const struct packet *packet);

static inline uint32_t bit(unsigned int i)
{
	return UINT32_C(1) << i;
}

static inline uint64_t id_sum(const struct request_id *id)
{
	return mix64(mix64(id->client, id->epoch), id->counter) | 1;
}

#endif
