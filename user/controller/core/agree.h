/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Agreement: the controllers of a domain put requests into one order.
 *
 * The protocol is docs/agreement.md, whose rules (R1..) and invariants (A1..)
 * the code cites.  This is the deterministic core: it never reads a clock, a
 * random number, a disk or a socket, and allocates nothing after agree_init().
 * Whoever drives it (daemon, simulator, benchmark) calls agree_step() with one
 * event at a time and then executes the update in the order given below.
 *
 * Conventions: members are 0 .. n - 1; heights start at 1, and 0 is the empty
 * beginning that everybody knows; times are milliseconds of a clock that does
 * not go backwards within a run and is near the time of day; all pointers into
 * an update are valid until the next call.  Bytes from outside may be anything:
 * they lead to an enum agree_err or are counted, never to an assertion.
 */
#ifndef AGREE_H
#define AGREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AGREE_MEMBERS_MAX = 32,
	AGREE_DIGEST_LEN = 32,		/* SHA-256 */
	AGREE_SIG_LEN = 64,		/* Ed25519, or ECDSA P-256 as r || s */
	AGREE_CLIENTS_MAX = 4096,
	AGREE_MESSAGES_MAX = 256,	/* of one update */
	AGREE_ALL = 0xffff,		/* struct agree_message.to: every other member */
};

enum agree_mode {
	AGREE_BYZANTINE = 1,	/* n >= 3f + 1, quorum ceil((n + f + 1) / 2), signed votes */
	AGREE_CRASH = 2,	/* n >= 2f + 1, majorities, votes unsigned */
	AGREE_CENTRALIZED = 3,	/* n = 1: a proposal decides itself */
};

/* name, text.  Add at the end only. */
#define AGREE_ERRORS(E)							\
	E(OK, "success")						\
	E(EFORMAT, "malformed message")					\
	E(EDOMAIN, "message of another domain or phase")		\
	E(EMEMBER, "sender is not a member, or may not send this")	\
	E(ESIGNATURE, "signature is not valid")				\
	E(EDUPLICATE, "request is known already")			\
	E(EDECIDED, "request was executed already")			\
	E(EFULL, "client has too many requests waiting")		\
	E(ECLIENT, "no such client")					\
	E(EREQUEST, "request is not valid")				\
	E(ESTALE, "no longer of use")					\
	E(EFAR, "too far ahead")					\
	E(ECONFLICT, "contradicts what its sender said before")		\
	E(EJOURNAL, "journal is damaged")				\
	E(ESNAPSHOT, "snapshot is damaged or not certified")		\
	E(ECONFIG, "configuration is not possible")

#define AGREE_ENUM(name, text) AGREE_##name,
enum agree_err { AGREE_ERRORS(AGREE_ENUM) AGREE_ERR_NR };
#undef AGREE_ENUM

const char *agree_err_text(enum agree_err err);

/* What makes a request one of a kind; equal ids with other bytes are a lie of its client. */
struct request_id {
	uint32_t client;	/* 0 .. config.clients - 1 */
	uint64_t epoch;		/* incarnation of the client; never comes back */
	uint64_t counter;	/* from 1, dense within an epoch */
};

struct agree_config {
	enum agree_mode mode;
	uint16_t n, self;		/* members; which one is this */
	uint64_t domain;
	uint32_t phase;			/* of the member set, from 1 */
	uint32_t clients;		/* known ones */
	uint16_t client_weight[AGREE_CLIENTS_MAX]; /* share of a batch; 0 counts as 1 */
	uint32_t request_max;		/* bytes of one request */
	uint32_t pool_per_client;	/* requests waiting */
	uint32_t pool_total;
	uint32_t batch_max;		/* requests in a block */
	uint32_t block_max;		/* bytes of a block with all its requests */
	uint32_t linger_ms;		/* wait for more before proposing a batch that is not full */
	uint32_t inline_max;		/* requests up to so many bytes travel in the proposal; 0: digests */
	uint32_t heights;		/* undecided heights there is memory for; power of two, >= 64 */
	uint32_t history;		/* decided blocks kept for those who are behind; power of two */
	uint32_t checkpoint_blocks;	/* decided heights between two checkpoints */
	uint32_t snapshot_max;		/* bytes, application included */
	uint32_t segment_max;		/* bytes of a journal segment before the next one starts */
	uint32_t rotate_blocks;		/* blocks of one leader's term: K */
	uint32_t timeout_min_ms, timeout_max_ms; /* of a height */
	uint32_t status_ms;		/* between two STATUS when idle */
	uint32_t clock_skew_ms;		/* a proposal's time may be ahead of ours by */
	uint32_t window;		/* counters above a client's floor; multiple of 64 */
};

/* Rare but legal behaviour that a simulator may choose: each is named where it happens. */
#define AGREE_BUGGIFY(B)						\
	B(SMALL_BATCH, "propose one request although more are waiting")	\
	B(EMPTY_BLOCK, "propose an empty block although nothing waits")	\
	B(EARLY_TIMEOUT, "the height's timer expires at once")		\
	B(LATE_RELAY, "do not relay a certificate until asked")		\
	B(ROTATE, "start a new segment")				\
	B(FORGET_HINT, "fetch from somebody who may not have it")	\
	B(SHORT_REPLY, "answer a catch-up with one block only")

#define AGREE_ENUM(name, text) AGREE_BUGGIFY_##name,
enum agree_buggify { AGREE_BUGGIFY(AGREE_ENUM) AGREE_BUGGIFY_NR };
#undef AGREE_ENUM

/* A request that the order has reached, for the first and only time. */
struct agree_decided {
	uint64_t height;
	uint32_t index;			/* place in its block */
	uint64_t time_ms;		/* of the block: the same everywhere, never goes back */
	struct request_id id;
	const uint8_t *request;
	size_t len;
};

/*
 * What the core asks of its surroundings.  All are called from within
 * agree_step() and must not call back.  sign, verify and request_check are
 * functions of their arguments and fixed keys; execute, block_end, state_* are
 * the application, which must be deterministic.
 */
struct agree_ops {
	void (*sign)(void *ctx, uint8_t sig[AGREE_SIG_LEN],
		     const uint8_t *bytes, size_t len);
	bool (*verify)(void *ctx, unsigned int member, const uint8_t *bytes,
		       size_t len, const uint8_t sig[AGREE_SIG_LEN]);
	/* Is this a request at all, and signed by its client?  Sets @id on AGREE_OK. */
	enum agree_err (*request_check)(void *ctx, const uint8_t *bytes,
					size_t len, struct request_id *id);
	void (*execute)(void *ctx, const struct agree_decided *decided);
	/* All requests of a decided block were executed (empty blocks too). */
	void (*block_end)(void *ctx, uint64_t height, uint64_t time_ms);
	/* Bytes written, <= room.  Equal states give equal bytes. */
	size_t (*state_save)(void *ctx, uint8_t *out, size_t room);
	/* Replace the state.  false: these bytes are none; the state is then undefined. */
	bool (*state_load)(void *ctx, const uint8_t *in, size_t len);
	/* NULL in production */
	bool (*buggify)(void *ctx, enum agree_buggify what);
	/*
	 * The id alone, of a request that a quorum has checked: without the client's signature.
	 * Else as request_check.  NULL: request_check is asked again at each restart and catch-up.
	 */
	enum agree_err (*request_id)(void *ctx, const uint8_t *bytes,
				     size_t len, struct request_id *id);
};

enum agree_event_kind {
	AGREE_SNAPSHOT,		/* 1. once at most, before any segment: the newest snapshot */
	AGREE_SEGMENT,		/* 2. each journal segment, ascending, before START */
	AGREE_START,		/* 3. recovery is over */
	AGREE_MESSAGE,		/* from a member, over a link that proves who it is */
	AGREE_REQUEST,		/* from a client's own connection */
	AGREE_TICK,		/* time passed */
};

struct agree_event {
	enum agree_event_kind kind;
	uint16_t from;		/* MESSAGE: member */
	uint64_t segment;	/* SEGMENT: its number */
	bool formatted;		/* START: the storage was made for this member and never lost;
				 * false with an empty journal means amnesia (R12)
				 */
	uint64_t nonce;		/* START: never used before by this member; for R12 */
	/*
	 * SNAPSHOT, SEGMENT, MESSAGE, REQUEST.  What is on disk must be synced before it is
	 * read for this: a process may have died with writes that a power failure takes away.
	 */
	const uint8_t *bytes;
	size_t len;
	uint64_t synced;	/* the updates of the first so many steps are durable (1..2) */
};

struct agree_message {
	uint16_t to;		/* member, or AGREE_ALL */
	bool early;		/* promises nothing: may leave before this update is durable */
	const uint8_t *bytes;
	size_t len;
};

/*
 * To be executed in this order, and updates in the order of their steps:
 *
 *  1. if new_segment: create the next journal segment (number journal_segment), sync it
 *     and its directory
 *  2. append journal[] to the segment and sync (several updates may share a sync)
 *  3. if snapshot: write it under another name, sync, rename, sync the directory
 *  4. remove segments below drop_below
 *  5. send messages[].  Those that are not early must wait for 1..2 of this update
 *     and of all updates before.
 *  6. what the application put out during the step: as messages that are not early
 *  7. call with AGREE_TICK at wake_ms, if nothing happens before
 *
 * If 1..3 fail the process must stop: a promise may already be half on disk.
 */
struct agree_update {
	/*
	 * On MESSAGE, REQUEST, SNAPSHOT, SEGMENT, START.  START: AGREE_ECONFIG, the journal is of another
	 * member; AGREE_EJOURNAL, alone, and the journal lacks what was promised (R11).  Then the process
	 * says so and stops, and executes nothing of this update.
	 */
	enum agree_err verdict;
	bool new_segment;
	uint64_t journal_segment;
	const uint8_t *journal;
	size_t journal_len;
	const uint8_t *snapshot;
	size_t snapshot_len;
	uint64_t snapshot_height;
	uint64_t drop_below;
	unsigned int message_nr;
	struct agree_message message[AGREE_MESSAGES_MAX];
	uint64_t wake_ms;
};

struct agree;

/* AGREE_OK or AGREE_ECONFIG, and *why in words */
enum agree_err agree_config_check(const struct agree_config *config,
				  const char **why);

/* Bytes that agree_init() needs, aligned to 64; all the memory there will ever be. */
size_t agree_size(const struct agree_config *config);

/* @config was checked; it is copied.  @ops stays borrowed. */
struct agree *agree_init(void *mem, const struct agree_config *config,
			 const struct agree_ops *ops, void *ctx);

/**
 * agree_step() - one event
 * @now_ms: not less than at the last call
 * @update: out, wholly written
 *
 * Bounded work: at most one block is verified, a bounded number of blocks executed
 * and bytes sent; what is left makes wake_ms equal to @now_ms.
 */
void agree_step(struct agree *a, const struct agree_event *event,
		uint64_t now_ms, struct agree_update *update);

/* What operators and tests may look at; everything else is private. */
struct agree_stats {
	uint64_t height;		/* the one being worked on */
	uint64_t decided;		/* last decided height */
	uint8_t decided_digest[AGREE_DIGEST_LEN];
	uint64_t executed;		/* requests */
	uint64_t checkpoint;		/* last stable one */
	uint64_t term;
	uint16_t leader;
	uint32_t timeout_ms;		/* now in use */
	uint32_t pool;			/* requests waiting */
	bool recovering;		/* R12: votes for nothing yet */
	bool repairing;			/* a hole in the journal is being filled from peers */
	uint64_t dummies, blocks, timeouts, slow_leaders, fetches, refused;
	uint64_t equivocations;		/* proved: see agree_evidence() */
};

void agree_stats(const struct agree *a, struct agree_stats *stats);

/*
 * Two signed votes of one member that contradict each other (A7); oldest first.  Both are of one
 * kind, or the first is a finalize vote and the second a dummy vote: then kind is that
 * of the first (VOTE_FINALIZE), and digest[1] is zero.
 */
struct agree_evidence {
	uint16_t member;
	uint8_t kind;
	uint64_t height;
	uint8_t digest[2][AGREE_DIGEST_LEN];
	uint8_t sig[2][AGREE_SIG_LEN];
};

unsigned int agree_evidence(const struct agree *a,
			    const struct agree_evidence **evidence);

#endif
