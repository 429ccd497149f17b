/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A domain of controllers in memory: real cores, virtual time, messages in a
 * queue that a test may drop, change, delay or repeat, and storage that keeps what was
 * synced.  Disk faults are the simulator's (tests/sim).
 *
 * Two things are checked at every step of every test, and abort it: no member
 * sends a vote or proposal that contradicts one it sent before, in this life or an
 * earlier one; and all members execute the same requests in the same order.
 */
#ifndef AGREE_FIXTURE_H
#define AGREE_FIXTURE_H

#include "agree.h"
#include "message.h"

enum {
	FIXTURE_MEMBERS = 10,
	FIXTURE_SEGMENTS = 4096,
	FIXTURE_ORDER_MAX = 1 << 16,
};

struct fixture;

struct fixture_segment {
	uint64_t number;
	uint8_t *bytes;
	size_t len;
};

struct fixture_message {
	uint64_t at_ms, serial;
	uint16_t from, to;
	uint8_t *bytes;
	size_t len;
};

/* What was ever said about one height by one member */
struct fixture_said {
	uint64_t height;
	bool said[VOTE_KINDS];		/* 0: a proposal (R3) */
	uint8_t digest[VOTE_KINDS][AGREE_DIGEST_LEN];
	struct fixture_said *next;
};

struct fixture_node {
	struct fixture *fixture;
	uint16_t self;
	bool up;
	struct agree *agree;
	uint64_t wake_ms;
	struct agree_update update;
	/* application: how many requests, and a digest over all of them */
	uint64_t executed;
	uint8_t state[AGREE_DIGEST_LEN];
	uint64_t blocks;
	/* storage */
	bool formatted;
	struct fixture_segment segment[FIXTURE_SEGMENTS];
	unsigned int segment_nr;
	uint8_t *snapshot;
	size_t snapshot_len;
	struct fixture_said *said;
	uint64_t steps, batches;
	uint64_t verified, signed_nr;
};

struct fixture {
	struct agree_config config;
	unsigned int n;
	uint64_t now_ms, delay_ms;
	struct fixture_node node[FIXTURE_MEMBERS];
	struct fixture_message *queue;
	size_t queue_nr, queue_room;
	uint64_t serial, sent[AGREE_CHUNK + 1];
	/* one client */
	uint64_t counter;
	/* the order, as whoever came first saw it */
	uint8_t order[FIXTURE_ORDER_MAX][AGREE_DIGEST_LEN];
	uint64_t order_nr;
	uint64_t nonce;
	/* false: this message is lost.  May change it. */
	bool (*filter)(struct fixture *f, struct fixture_message *m);
	/* false: the process dies now: nothing of this update happens but its early messages, or
	 * (@synced) its writes too
	 */
	bool (*survives)(struct fixture *f, struct fixture_node *node,
			 bool *synced);
	bool (*buggify)(struct fixture_node *node, enum agree_buggify what);
	void *ctx;
	unsigned int loss_percent, twice_percent, jitter_ms;
};

/* A configuration that tests begin with; @n 1: centralized */
struct agree_config fixture_config(enum agree_mode mode, unsigned int n);
struct fixture *fixture_new(const struct agree_config *config);
void fixture_free(struct fixture *f);

void fixture_boot(struct fixture *f, unsigned int node);
void fixture_crash(struct fixture *f, unsigned int node);
void fixture_wipe(struct fixture *f, unsigned int node);

/* Make a request of @client; returns its length. */
size_t fixture_request(uint8_t out[128], uint32_t client, uint64_t epoch,
		       uint64_t counter);
enum agree_err fixture_submit(struct fixture *f, unsigned int node,
			      const uint8_t *bytes, size_t len);
/* The next request of client 0, to all members that are up */
void fixture_submit_all(struct fixture *f);
/* A message as if @from had sent it */
enum agree_err fixture_inject(struct fixture *f, unsigned int from,
			      unsigned int to, const uint8_t *bytes,
			      size_t len);
/* Signed by @member, whatever it says */
void fixture_sign(const struct fixture *f, unsigned int member,
		  struct vote *vote);

/* The next thing that happens; false: nothing before @until_ms. */
bool fixture_next(struct fixture *f, uint64_t until_ms);
void fixture_run(struct fixture *f, uint64_t ms);
/* Until all that are up have executed @nr requests; false: not within @ms. */
bool fixture_run_until(struct fixture *f, uint64_t nr, uint64_t ms);
bool fixture_equal(struct fixture *f);
struct agree_stats fixture_stats(struct fixture *f, unsigned int node);

#endif
