/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The controller's own state, for the ctl_*.c files alone.
 *
 * A job is an update that was decided and is not retired; a wave is a set of
 * jobs of one block under one signature; an edge says that a wave waits for a
 * job, and for those before it at its switch.  The waves behind the pool's stand for the
 * rows of switches: what those wait for that were retired from it (C13).
 * What is marked "local" is not a function of the order and is not saved.
 * Pools are dimensioned so that what counts is chunks: when a job has its
 * chunks and edges, it also has everything else.
 */
#ifndef CTL_STATE_H
#define CTL_STATE_H

#include <assert.h>
#include <string.h>

#include "ctl.h"
#include "ctl_wire.h"
#include "message.h"

enum {
	CTL_CHUNK_LEN = 256,
	CTL_WAVE_MAX = 256,		/* jobs of a wave */
	CTL_PATH_MAX = 8,		/* log2 of that; a path fits into a chunk */
	CTL_BODY_MAX = UPDATE_BODY_MIN + 16 + APP_UPDATE_MAX,
	CTL_BODY_CHUNKS_MAX = (CTL_BODY_MAX + CTL_CHUNK_LEN - 1) / CTL_CHUNK_LEN,
	CTL_WAITS_MAX = APP_UPDATES_MAX + 1, /* of one job: flow, and after-links */
	CTL_SIGNS_MAX = 8,		/* signatures of one step: they are slow */
	CTL_SIGNATURES = 256,		/* remembered */
	CTL_QUANTUM = 64,		/* messages to one switch before the next has its turn */
	CTL_BUCKETS = 256,		/* of a block's waves */
	CTL_ARENA_LEN = 1 << 20,	/* messages of one step */
	CTL_NODES = 2 * CTL_WAVE_MAX + CTL_PATH_MAX,
	CTL_MESSAGE_MAX = CTL_UPDATE_LEN + 24 + CTL_BODY_MAX +
			  CTL_PATH_MAX * UPDATE_DIGEST_LEN + 6 + UPDATE_SIG_MAX,
	CTL_BACKOFF_MAX = 16,		/* times retransmit_ms */
};

#define CTL_NONE	UINT32_MAX
#define CTL_ROW_NUMBER	UINT64_MAX	/* of the first switch's row; the others' are below */

struct ctl_job {
	uint64_t sequence, flow;
	uint64_t height;		/* of its block */
	uint64_t sent_ms;		/* local; 0: never */
	uint32_t sw;
	uint32_t body, len;		/* first chunk; bytes */
	uint32_t path;			/* chunk; CTL_NONE: each wave is one job */
	uint32_t depth;
	uint32_t level;			/* within its block */
	uint32_t wave, index;
	uint32_t wave_next, wave_prev;	/* jobs of the wave */
	uint32_t edge;			/* first of who waits for this */
	uint32_t flow_before, flow_after; /* of its flow, not retired */
	uint32_t flow_next;		/* of the last of a flow: in the same bucket */
	bool has_flow;
	bool acked;			/* local: by the switch as it is now */
	bool released;			/* local: nobody waits for it any more (C13) */
	uint8_t digest[AGREE_DIGEST_LEN];	/* of the body */
	uint8_t leaf[UPDATE_DIGEST_LEN];
};

struct ctl_wave {
	uint64_t number;
	uint64_t key;			/* which switches it waits for */
	uint32_t level;
	uint32_t leaves;		/* jobs it was made of */
	uint32_t left;			/* of them, not retired */
	uint32_t waiting;		/* local: edges of jobs not released */
	bool closed;			/* its block is over */
	uint32_t first, last;		/* jobs left */
	uint32_t edge;			/* first of those it waits for */
	uint32_t next, prev;		/* waves by number */
	uint32_t bucket_next;
	uint8_t root[UPDATE_DIGEST_LEN];
};

struct ctl_edge {
	uint32_t job, wave;
	uint32_t job_next, job_prev;
	uint32_t wave_next, wave_prev;
};

/* Sequence numbers of a switch: floor < base <= send <= ready <= next */
struct ctl_sw {
	uint64_t epoch, start;
	uint64_t floor;			/* retired up to here */
	uint64_t next;			/* to be given */
	uint32_t lost;			/* members that say so, a bit each */
	bool known, down, resync;

	/* local */
	bool link, touched, lost_wanted;
	uint32_t touched_next;
	uint32_t chunks;		/* a function of the jobs */
	uint64_t base;			/* the lowest not acknowledged, if it may leave */
	uint64_t ready;			/* the lowest that may not leave yet */
	uint64_t send;			/* the lowest that never left */
	uint64_t resend, resend_end;	/* those to leave again */
	uint32_t interval_ms;
	uint64_t due_ms;		/* retransmission */
	uint64_t silent_ms;		/* since when nothing was acknowledged */
	uint32_t *ring;			/* jobs by number */
};

struct ctl_chunks {
	uint8_t (*data)[CTL_CHUNK_LEN];
	uint32_t *next;
	uint32_t nr, free;
};

struct ctl_vote {
	uint64_t key;
	uint8_t digest[AGREE_DIGEST_LEN];
};

/* The last votes of each member, and the last keys that were executed */
struct ctl_votes {
	uint32_t places;		/* of each member */
	uint32_t done_max;
	struct ctl_vote *vote;		/* members * places */
	uint64_t *cast;			/* votes of each member so far */
	uint64_t *done;			/* ascending */
	uint32_t done_nr;
	uint64_t done_floor;		/* keys up to here are past */
	bool past;			/* is there a done_floor? */
};

struct ctl_signature {
	uint64_t wave;			/* number + 1; 0: none */
	uint32_t len;
	uint8_t sig[CTL_SIG_MAX];
};

/* What a configuration leads to */
struct ctl_shape {
	uint32_t chunk_nr, job_nr, edge_nr, flow_buckets;
	uint32_t share;			/* chunks of each switch that nobody else gets */
	uint32_t most;			/* chunks of one switch */
	uint32_t vote_places;
	size_t app_save_max, save_max;
};

struct ctl {
	const struct ctl_config *config;
	const struct ctl_ops *ops;
	void *ctx;
	struct agree_ops agree_ops;
	struct agree_config agree_config;
	struct ctl_shape shape;
	struct agree *agree;
	void *app;
	uint32_t *by_dpid;

	/* replicated, but for what is marked in the structures */
	struct ctl_sw *sw;
	struct ctl_chunks chunks;
	struct ctl_job *job;
	struct ctl_wave *wave;
	struct ctl_edge *edge;
	uint32_t job_free, wave_free, edge_free, edges_left;
	uint32_t *flow;
	uint32_t jobs;			/* outstanding */
	uint32_t shared;		/* chunks above the shares */
	uint32_t wave_first, wave_last;
	uint64_t wave_next;		/* number of the next */
	uint64_t *member_epoch;
	struct ctl_votes votes;

	/* the block being executed */
	uint64_t height;
	uint32_t bucket[CTL_BUCKETS];
	uint32_t open;			/* first wave of the block */
	struct app_out app_out;

	/* local */
	uint64_t now_ms, agree_wake_ms, due_ms;
	uint64_t skipped;		/* steps that agreement had no part in */
	uint64_t synced;		/* steps of agreement that are durable, or fewer */
	uint32_t touched, touched_last;
	uint64_t own_epoch, own_counter, own_executed;
	bool started;
	bool tick_owed;			/* the last tick was spent on a request of our own */
	uint32_t lost_wanted, lost_from;
	struct ctl_signature *signature;
	struct ctl_stats stats;

	/* the step */
	struct ctl_update *update;
	size_t arena_used;
	unsigned int signs;
	uint8_t *arena, *app_arena;
	uint32_t *ring;			/* of all switches */
	uint8_t *body;			/* of one job */
	uint8_t (*node)[UPDATE_DIGEST_LEN]; /* of a tree being made */
	uint8_t *request;		/* of our own, being made */
};

static inline struct ctl_job *ctl_job_of(const struct ctl *ctl,
					 const struct ctl_sw *sw,
					 uint64_t sequence)
{
	struct ctl_job *job;

	assert(sequence > sw->floor && sequence < sw->next);
	job = &ctl->job[sw->ring[sequence % ctl->config->outstanding_max]];
	assert(job->sequence == sequence);
	return job;
}

static inline uint32_t ctl_job_index(const struct ctl *ctl,
				     const struct ctl_job *job)
{
	return (uint32_t)(job - ctl->job);
}

static inline uint32_t ctl_sw_index(const struct ctl *ctl,
				    const struct ctl_sw *sw)
{
	return (uint32_t)(sw - ctl->sw);
}

/* The wave that stands for the row of a switch */
static inline uint32_t ctl_row(const struct ctl *ctl, uint32_t sw)
{
	return ctl->shape.job_nr + sw;
}

static inline bool ctl_chained(const struct ctl *ctl)
{
	return ctl->config->procedure != CTL_NO_ACK;
}

/* ctl_shape.c */
void ctl_shape_init(struct ctl_shape *shape, const struct ctl_config *config);
void ctl_agree_config(struct agree_config *out, const struct ctl_config *config);
/* Deal out memory to @ctl's pointers; bytes needed.  @mem NULL: these alone */
size_t ctl_deal(struct ctl *ctl, void *mem, const struct ctl_config *config,
		void **agree_mem);
void ctl_sort_dpids(struct ctl *ctl);
/* Everything replicated as at the beginning, and what is local with it */
void ctl_reset(struct ctl *ctl);
/* The switch with this datapath id; CTL_NONE: not ours */
uint32_t ctl_sw_find(const struct ctl *ctl, uint64_t dpid);

/* ctl_chunk.c */
void ctl_chunks_init(struct ctl_chunks *c);
uint32_t ctl_chunks_of(size_t len);
uint32_t ctl_chunk_put(struct ctl_chunks *c, const uint8_t *bytes, size_t len);
void ctl_chunk_get(const struct ctl_chunks *c, uint32_t first, uint8_t *out,
		   size_t len);
void ctl_chunk_free(struct ctl_chunks *c, uint32_t first);

/* ctl_job.c */
/* An update becomes a job.  CTL_NONE: it is dropped, and its switch will be filled again (C8). */
uint32_t ctl_job_add(struct ctl *ctl, uint32_t sw, const uint64_t *flow,
		     const uint8_t *payload, size_t len, const uint32_t *after,
		     unsigned int after_nr);
/* One with a body and digests, as it was saved.  Asserts that there is room. */
struct ctl_job *ctl_job_insert(struct ctl *ctl, uint32_t sw, size_t body_len);
/* The last one of a flow that is not retired; CTL_NONE: there is none */
uint32_t ctl_flow_find(const struct ctl *ctl, uint64_t flow);
/* Behind that one */
void ctl_flow_enter(struct ctl *ctl, struct ctl_job *job, uint32_t before);
/* C12: is half taken, of what this switch can have or of what is common? */
bool ctl_jobs_many(const struct ctl *ctl, const struct ctl_sw *of);
bool ctl_job_room(const struct ctl *ctl, const struct ctl_sw *sw,
		  size_t body_len);
/* Numbers up to @floor of a switch are over, or as many as can be passed on. */
void ctl_jobs_retire(struct ctl *ctl, struct ctl_sw *sw, uint64_t floor);

/* ctl_wave.c */
void ctl_rows_reset(struct ctl *ctl);
uint32_t ctl_wave_new(struct ctl *ctl, uint64_t number);
void ctl_wave_join(struct ctl *ctl, struct ctl_job *job, uint32_t wave);
/* The wave of a job with these waits, which may be new */
uint32_t ctl_wave_find(struct ctl *ctl, uint32_t level, const uint32_t *wait,
		       unsigned int wait_nr);
void ctl_wave_leave(struct ctl *ctl, struct ctl_job *job);
void ctl_edge_add(struct ctl *ctl, uint32_t job, uint32_t wave);
/* Whoever waits for the job waits no longer. */
void ctl_release(struct ctl *ctl, struct ctl_job *job);
/* C13: whoever waits for the job waits for what it waited for instead. */
void ctl_waits_pass_on(struct ctl *ctl, struct ctl_job *job);
/* Are there edges enough for that? */
bool ctl_waits_fit(const struct ctl *ctl, const struct ctl_job *job);
/* The block is over: its waves have their roots, and may leave (C3). */
void ctl_waves_close(struct ctl *ctl);
bool ctl_wave_ready(const struct ctl_wave *wave);

/* ctl_send.c */
uint8_t *ctl_message_room(struct ctl *ctl, size_t len);
void ctl_message_put(struct ctl *ctl, uint32_t sw, const uint8_t *bytes,
		     size_t len);
void ctl_touch(struct ctl *ctl, struct ctl_sw *sw);
void ctl_acknowledged(struct ctl *ctl, struct ctl_sw *sw, uint64_t first,
		      uint64_t last);
/* What is retired, or acknowledged and could leave, needs no care any more. */
void ctl_row_advance(struct ctl *ctl, struct ctl_sw *sw);
/* What was sent must be sent again, from the lowest number on. */
void ctl_resend_all(struct ctl *ctl, struct ctl_sw *sw);
/* false: there is more to do at once */
bool ctl_send(struct ctl *ctl);
void ctl_timers(struct ctl *ctl);

/* ctl_switch.c */
void ctl_switch_epoch(struct ctl *ctl, struct ctl_sw *sw, uint64_t epoch);
void ctl_switch_floor(struct ctl *ctl, struct ctl_sw *sw, uint64_t floor);
/* After a bundle's epoch and floor: is it back, was it drained?  Tells the application. */
void ctl_switch_settle(struct ctl *ctl, struct ctl_sw *sw, bool progress,
		       uint64_t time_ms);
void ctl_switch_lost(struct ctl *ctl, struct ctl_sw *sw, uint32_t member,
		     uint64_t time_ms);

/* ctl_execute.c */
enum agree_err ctl_request_check(void *ctx, const uint8_t *bytes, size_t len,
				 struct request_id *id);
void ctl_execute(void *ctx, const struct agree_decided *decided);
void ctl_block_end(void *ctx, uint64_t height, uint64_t time_ms);
void ctl_app_event(struct ctl *ctl, const struct app_event *event);
void ctl_bundle_done(struct ctl *ctl, uint32_t sw, uint64_t epoch,
		     uint64_t counter);

/* ctl_vote.c */
void ctl_votes_reset(struct ctl *ctl);
/* true: f + 1 members agree for the first time: execute it */
bool ctl_votes_add(struct ctl *ctl, uint32_t member, uint64_t key,
		   const uint8_t *list, size_t len);

/* ctl_save.c, ctl_load.c */
size_t ctl_state_save(void *ctx, uint8_t *out, size_t room);
bool ctl_state_load(void *ctx, const uint8_t *in, size_t len);

/* ctl_ack.c */
enum agree_err ctl_ack_take(struct ctl *ctl, uint32_t sw, const uint8_t *bytes,
			    size_t len);

#endif
