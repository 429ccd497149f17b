/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of agreement and its rooms.  Private to user/controller/core.
 *
 * One room for each noun; each owns the fields under its name in struct agree,
 * and the others read them.  All memory is carved once, in agree.c.
 */
#ifndef AGREE_STATE_H
#define AGREE_STATE_H

#include <assert.h>
#include <string.h>
#include "executed.h"
#include "journal.h"
#include "message.h"
#include "pool.h"

enum {
	KINDS = 3,		/* of votes about heights: notarize, dummy, finalize */
	BODIES = 32,		/* undecided blocks with requests that memory holds */
	AHEAD_MAX = 8,		/* proposals for later heights are kept up to */
	ROUNDS_MAX = 16,	/* of the rules in one step */
	SEALS_STEP_MAX = 8,	/* certificates made of votes in one step */
	EXECUTE_STEP_MAX = 8,	/* blocks executed in one step */
	BLOCKS_STEP = 3,	/* blocks of full size that a journal batch has room for */
	ANSWER_BLOCKS = 16,	/* of one answer to who is behind */
	ANSWER_CERTS = 16,
	RESERVE_STEP = 4,	/* R3 */
	EVIDENCE_MAX = 32,
	EVIDENCE_MEMBER_MAX = 4, /* of them, about one member */
	SLOW_BLOCKS = 16,	/* R15 */
	LEFT_OUT_BLOCKS = 8,
	WANTS_MAX = 4,		/* chunks asked for at once */
	UNSYNCED_MAX = 64,	/* batches whose sync is waited for one by one */
	BAD_MAX = 16,		/* wrong signatures of a member until it is not listened to */
};

/* A member's vote of one kind at one height.  HELD: its signature was not looked at yet. */
enum place_state { PLACE_EMPTY, PLACE_HELD, PLACE_GOOD };

struct place {
	uint8_t state;
	uint8_t digest[AGREE_DIGEST_LEN];
	uint8_t sig[AGREE_SIG_LEN];
};

/* A certificate that is kept.  sig has room for all members. */
struct seal {
	bool have;
	bool good;		/* signatures were checked, or are our own journal's */
	uint32_t signers;
	uint8_t digest[AGREE_DIGEST_LEN];
	uint8_t (*sig)[AGREE_SIG_LEN];
};

struct body_entry {
	uint8_t digest[AGREE_DIGEST_LEN];
	struct request_id id;
	uint32_t at, len;	/* of the request in bytes */
	bool here;
};

/* Requests of an undecided block */
struct body {
	bool used;
	uint32_t nr, missing;
	size_t len;		/* of bytes; 0 until none is missing */
	struct body_entry *entry;
	uint8_t *bytes;		/* entries as AGREE_BLOCK has them */
};

enum block_state {
	BLOCK_NONE,
	BLOCK_WANTED,		/* the digest alone is known */
	BLOCK_HEADER,		/* the header; body may be NULL, or lack requests */
	BLOCK_WHOLE,
};

struct block {
	enum block_state state;
	bool journaled;
	bool from_leader;	/* it came from its leader's own link */
	uint8_t digest[AGREE_DIGEST_LEN];
	struct block_header header;
	struct body *body;	/* NULL: empty, or not here */
};

/* All about one undecided height */
struct slot {
	uint64_t height;	/* 0: not in use */
	bool certified;		/* block.digest is notarized or finalized */
	bool proposed;		/* by us */
	bool vote_lost;		/* we voted for lost_digest, but the block is lost here */
	uint8_t lost_digest[AGREE_DIGEST_LEN];
	uint8_t dirty;		/* bit kind: votes came since tally_run() looked */
	bool cast[VOTE_KINDS];	/* by us */
	uint32_t proposers;	/* members whose proposal was taken here once */
	struct place *place;	/* KINDS * n */
	struct seal note, dummy;
	struct block block;
	uint64_t next;		/* decide.c: the block above it on the way to the final one */
	uint64_t segment;	/* of the journal, the first with something of it; 0: none */
	uint64_t voted_ms;
	uint64_t asked_ms;	/* fetch.c */
	uint32_t asks;
};

/* A decided block that is kept for those who are behind */
struct past {
	struct block_header header;
	uint8_t digest[AGREE_DIGEST_LEN];
	size_t at, len;		/* its entries in the ring of bytes */
	struct seal final;
};

struct peer {
	uint64_t height, decided, checkpoint;	/* its own words */
	uint64_t answered;	/* the decided height that the last answer began behind */
	uint64_t blocks_ms, certs_ms, offer_ms; /* of the last answers to it */
	uint64_t bulk_ms;		/* since when bulk_len was sent to it, on its demand */
	uint64_t bulk_len;
	uint32_t bad;		/* wrong signatures */
	bool echoed;		/* R12: answered our nonce, at echo_height */
	uint64_t echo_height, echo_decided;
	uint64_t nonce_ms;		/* when a block was owed to it */
	struct vote checkpoint_vote;	/* the newest; height 0: none */
};

/* A state with what proves it.  sealed: the certificate is there */
struct snapshot {
	uint64_t height;	/* 0: none */
	bool sealed;
	uint64_t segment;	/* journal segments from here on are needed with it */
	size_t len;
	uint8_t *file;		/* the head of the file, in front of bytes */
	uint8_t *bytes;
	uint32_t chunks;
	uint8_t *chunk_digest;
	struct cert cert;	/* kind, height, digest and block are always set */
};

struct carve {
	uint8_t *mem;		/* NULL: only counting */
	size_t used;
};

void *carve_take(struct carve *c, size_t len);

struct agree {
	struct agree_config config;
	const struct agree_ops *ops;
	void *ctx;
	unsigned int n, self, f, q;
	bool is_signed;
	uint64_t now_ms;
	uint64_t steps;
	bool started;
	bool again;		/* a rule may apply that did not before */
	bool more;		/* something was left for the next step */

	struct pool *pool;
	struct executed *executed;
	struct pool_request **batch;	/* scratch of batch_max */
	struct agree_packet packet;	/* scratch: the message being handled */
	struct cert cert;		/* scratch: one being made or sent */

	/* slot.c, body.c, history.c */
	struct slot *slot;
	struct body body[BODIES];
	unsigned int bodies;		/* used */
	struct past *past;
	uint64_t past_first, past_end;	/* numbers; % history is the place */
	uint8_t *past_bytes;
	size_t past_size, past_at;

	/* tally.c */
	uint64_t *dirty;		/* bit for each slot */
	unsigned int seals_step;

	/* chain.c */
	uint64_t height;		/* R1 */
	uint64_t sealed;		/* the greatest with a certificate */
	uint64_t tip;			/* the greatest notarized, or the last decided */
	uint64_t proved;		/* the greatest proved to be passed, even if far away */
	bool remark;			/* marks in the pool are of another chain */

	/* decide.c */
	struct block_header decided;
	uint8_t decided_digest[AGREE_DIGEST_LEN];
	uint64_t final;			/* the greatest known to be decided by the quorum */
	uint8_t final_digest[AGREE_DIGEST_LEN];
	bool owed;			/* somebody needs one more block to be decided */
	uint64_t replayed;		/* decided before the restart */
	uint64_t journaled;		/* the journal says that it is decided */
	uint64_t final_sealed;		/* height of final_seal, which came as a message */
	struct seal final_seal;
	unsigned int executed_step;
	uint64_t touched[AGREE_CLIENTS_MAX / 64]; /* clients to be swept */

	/* vote.c */
	struct vote cast[JOURNAL_VOTES_MAX];
	unsigned int cast_nr;
	uint64_t vote_floor;		/* R12: votes for nothing up to here */

	/* propose.c */
	uint64_t reserve_found;		/* R3: no proposal up to here */
	uint64_t reserve_durable;
	uint64_t reserve_step;		/* in which writer.reserve went to the journal */

	/* pace.c, slow.c */
	uint64_t entered_ms, work_ms, retry_ms;
	bool working, expired;
	uint64_t await_ms;		/* since when a notarized block lacks finality */
	uint32_t round16;		/* sixteenths of a millisecond */
	uint32_t in_vain;		/* heights above the last decided block whose time ran out */
	uint64_t slow_term, slow_height[SLOW_BLOCKS];
	uint32_t slow_full;		/* run behind the last full block of the term */
	uint32_t slow_delay_ms[SLOW_BLOCKS];
	unsigned int slow_nr;
	bool slow;			/* dummy at this height */

	/* request.c, fetch.c, catchup.c */
	uint64_t relay_ms, fetch_ms;
	uint64_t spare_ms;		/* when the last proposal came that had room left */
	struct peer peer[AGREE_MEMBERS_MAX];
	uint64_t status_ms, ask_ms, behind_ms, ask_wait_ms;
	uint64_t ask_decided, behind_height;
	unsigned int ask_next;
	bool catching;			/* somebody is answering with decided blocks */

	/* checkpoint.c, transfer.c */
	struct snapshot stable;		/* for those who are behind; kept while they load it */
	struct snapshot recent;		/* newest of our own, or what is coming in */
	struct snapshot *written;	/* to be written with this step */
	struct vote own_checkpoint;
	uint64_t checkpoint;		/* the last stable one */
	bool unwritten;			/* it was sealed by the restart's own replay */
	uint32_t since_blocks;		/* decided since the last checkpoint */
	uint64_t since_bytes;
	bool coming;
	uint64_t coming_ms;		/* of the last chunk that came */
	uint64_t coming_ask_ms, served_ms;
	uint64_t coming_have[AGREE_CHUNKS_MAX / 64];
	uint32_t coming_nr, coming_asked;
	unsigned int coming_from;

	/* restart.c, recover.c */
	struct journal_reader reader;
	bool replaying, any_segment, any_snapshot, config_bad;
	uint64_t snapshot_segment;	/* the first that is needed with the snapshot; 0: none */
	bool first_missing;		/* segments before the first that was read are gone */
	uint64_t lost_serial;		/* the last batch whose votes cannot be read; 0: none */
	uint64_t torn_first, torn_serial; /* the same, but maybe they were never synced */
	bool unproved;			/* what is read comes behind a gap, and may be a client's bytes */
	uint32_t gap_previous;		/* CRC of the head before that gap */
	uint64_t mark_serial;		/* the batch that made up for what was lost before; 0: none */
	uint32_t mark_previous;		/* gap_previous of what it made up for */
	uint64_t vote_top;		/* the greatest height of a vote of an earlier life */
	bool recovering;
	uint64_t nonce, recover_ms;

	/* output.c */
	struct agree_update *update;
	struct message_writer out;
	size_t out_start, bulk_left;
	uint8_t *journal_out;
	struct journal_writer writer;
	/* batches that may not be durable, by the step that made them (agree_event.synced) */
	struct {
		uint64_t step, serial;
	} unsynced[UNSYNCED_MAX];
	unsigned int unsynced_nr;
	bool tells_synced;
	size_t segment_len;
	bool segment_open;		/* a segment was begun since the start */
	bool batch_open;		/* this step has something for the journal */
	bool segment_next;		/* this step's batch begins one */
	uint64_t batch_segment;		/* where this step's batch goes, or came from */
	uint64_t drop_below;

	/* evidence.c */
	struct agree_evidence evidence[EVIDENCE_MAX];
	unsigned int evidence_nr;
	struct agree_stats stats;
};

static inline bool digest_equal(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, AGREE_DIGEST_LEN);
}

static inline void digest_copy(uint8_t *to, const uint8_t *from)
{
	memcpy(to, from, AGREE_DIGEST_LEN);
}

static inline uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline bool buggify(struct agree *a, enum agree_buggify what)
{
	return a->ops->buggify && a->ops->buggify(a->ctx, what);
}

void digest_of(uint8_t out[AGREE_DIGEST_LEN], const uint8_t *bytes, size_t len);

/* slot.c: heights that are not decided yet */
void slot_carve(struct agree *a, struct carve *c);
/* NULL: decided, or too far ahead.  slot_find() gives only those in use. */
struct slot *slot_get(struct agree *a, uint64_t height);
struct slot *slot_find(const struct agree *a, uint64_t height);
struct place *slot_place(const struct agree *a, const struct slot *s,
			 enum vote_kind kind, unsigned int member);
/* All that is decided is forgotten. */
void slot_release(struct agree *a, uint64_t from, uint64_t to);
void slot_release_all(struct agree *a);
/* The quorum wants this block here; false: it wanted another, so more than f lie. */
bool slot_certify(struct agree *a, struct slot *s,
		  const uint8_t digest[AGREE_DIGEST_LEN]);
void slot_drop_block(struct agree *a, struct slot *s);
void slot_journaled(struct agree *a, struct slot *s);

/* seal.c: certificates */
void seal_carve(struct agree *a, struct carve *c, struct seal *seal);
void seal_to_cert(const struct agree *a, const struct seal *seal,
		  enum vote_kind kind, uint64_t height, struct cert *cert);
void seal_from_cert(const struct agree *a, struct seal *seal,
		    const struct cert *cert);
bool seal_signature(const struct agree *a, unsigned int member,
		    const struct vote *vote);
bool seal_verify(struct agree *a, const struct cert *cert);
/* A checked certificate of notarize or dummy votes takes effect (R7). */
void seal_adopt(struct agree *a, struct slot *s, const struct cert *cert);
enum agree_err seal_receive(struct agree *a, unsigned int from,
			    const struct cert *cert);
void seal_journal(struct agree *a, const struct cert *cert);

/* tally.c: counting votes */
void tally_carve(struct agree *a, struct carve *c);
enum agree_err tally_vote(struct agree *a, unsigned int member,
			  const struct vote *vote);
void tally_own(struct agree *a, struct slot *s, const struct vote *vote);
void tally_run(struct agree *a);
void tally_bad(struct agree *a, unsigned int member);

/* evidence.c: members that contradict themselves (A7) */
void evidence_check(struct agree *a, struct slot *s, unsigned int member,
		    const struct vote *vote);
void evidence_journal(struct agree *a);
void evidence_replay(struct agree *a, const uint8_t *in, size_t len);

/* chain.c: terms, leaders, the tip, and passing heights */
const struct block_header *chain_header(const struct agree *a,
					uint64_t height);
/* Sets height, term, run, leader and skip of a child at @height: nobody may choose these. */
void chain_term(const struct agree *a, const struct block_header *parent,
		uint64_t height, struct block_header *child);
bool chain_term_equal(const struct block_header *a,
		      const struct block_header *b);
/* The same of the height being worked on.  false: the tip's header is not known. */
bool chain_next(const struct agree *a, struct block_header *next);
/* Who leads it; the number of members if that is not known */
unsigned int chain_leader(const struct agree *a);
/* The lowest height above the tip not known to be passed; the one worked on at most */
uint64_t chain_gap(const struct agree *a);
void chain_tip(struct agree *a, uint64_t height);
void chain_advance(struct agree *a);
/* The undecided block below, on the way from the tip; NULL: that was the last, or is not known */
struct slot *chain_below(const struct agree *a, const struct slot *s);
/* Requests of undecided blocks are marked in the pool: those of one more, or all anew if need be */
void chain_mark_block(struct agree *a, const struct slot *s);
void chain_mark(struct agree *a);

/* body.c: requests of undecided blocks */
void body_carve(struct agree *a, struct carve *c);
struct body *body_get(struct agree *a, uint64_t height);
void body_put(struct agree *a, struct body *b);
/* The digests that a proposal lists; whole requests go to the pool. */
enum agree_err body_list(struct agree *a, struct body *b,
			 const struct agree_packet *p);
/* All requests, whole.  @certified: the quorum has checked them */
enum agree_err body_fill(struct agree *a, struct body *b,
			 const struct agree_packet *p, bool certified);
/* Copy all from the pool.  AGREE_EFAR: some are missing; AGREE_EREQUEST: too long together */
enum agree_err body_assemble(struct agree *a, struct body *b);
void body_from_batch(struct agree *a, struct body *b, unsigned int nr);
void body_requests(const struct body *b, uint8_t digest[AGREE_DIGEST_LEN]);
void body_arrived(struct agree *a, const uint8_t digest[AGREE_DIGEST_LEN]);
bool body_lacks(const struct agree *a, const uint8_t digest[AGREE_DIGEST_LEN]);

/* block.c is its bytes; store.c: undecided blocks and where they come from */
enum agree_err store_propose(struct agree *a, unsigned int from,
			     const struct agree_packet *p);
enum agree_err store_block(struct agree *a, const struct agree_packet *p);
void store_replayed(struct agree *a, const struct agree_packet *p);
/* Are all requests of this block here? */
bool store_complete(struct agree *a, struct slot *s);
void store_journal(struct agree *a, struct slot *s);

/* proposal.c: R4, R5 */
enum proposal_verdict { PROPOSAL_VALID, PROPOSAL_WAIT, PROPOSAL_BAD };
enum proposal_verdict proposal_check(const struct agree *a,
				     const struct block_header *h);
void proposal_run(struct agree *a);

/* propose.c: R3 */
void propose_run(struct agree *a);
uint64_t propose_wake(const struct agree *a);

/* vote.c: R10 */
/* Whether a vote may be cast at all there */
bool vote_allowed(const struct agree *a, uint64_t height);
bool vote_room(const struct agree *a);
void vote_cast(struct agree *a, struct slot *s, enum vote_kind kind);
/* The block of a lost vote is here again: so the vote can be said again. */
void vote_restore(struct agree *a, struct slot *s);
void vote_send(struct agree *a);
void vote_resend(struct agree *a, unsigned int to);

/* decide.c: R9 */
void decide_final(struct agree *a, uint64_t height,
		  const uint8_t digest[AGREE_DIGEST_LEN]);
/*
 * The lowest block on the way to the final one, or NULL: the header of one is missing (sets
 * @missing), or nothing is.  Each slot of the way gets the next one above.
 */
struct slot *decide_way(struct agree *a, struct slot **missing);
void decide_run(struct agree *a);
/* Joins a batch that there is anyway */
void decide_journal(struct agree *a);
void decide_sweep(struct agree *a);

/* history.c: decided blocks */
void history_carve(struct agree *a, struct carve *c);
void history_add(struct agree *a, const struct slot *s);
void history_clear(struct agree *a);
/* The first one above @height; NULL: none */
struct past *history_above(struct agree *a, uint64_t height);
struct past *history_next(struct agree *a, const struct past *p);
struct past *history_find(struct agree *a, uint64_t height,
			  const uint8_t digest[AGREE_DIGEST_LEN]);
struct past *history_last(struct agree *a);
/* Its finalization with checked signatures, or false */
bool history_final(struct agree *a, struct past *p);
void history_vote(struct agree *a, unsigned int member,
		  const struct vote *vote);

/* pace.c: R6, R16 */
uint64_t pace_timeout(const struct agree *a);
void pace_enter(struct agree *a);
/* How many heights were passed in vain: from the chain, so that a restart knows it too */
void pace_recount(struct agree *a);
void pace_voted(struct agree *a, struct slot *s);
void pace_notarized(struct agree *a, struct slot *s);
void pace_run(struct agree *a);
uint64_t pace_wake(const struct agree *a);

/* slow.c: R15 */
void slow_sample(struct agree *a, const struct slot *s);
void slow_judge(struct agree *a);
/* Could a block not take one request more? */
bool slow_full(const struct agree *a, const struct slot *s);

/* request.c: intake and relay */
enum agree_err request_receive(struct agree *a, const uint8_t *bytes,
			       size_t len);
enum agree_err request_relayed(struct agree *a, const struct agree_packet *p);
void request_relay_run(struct agree *a);
uint64_t request_wake(const struct agree *a);

/* fetch.c: what is missing */
/* May so many bytes go to a member now, on its demand? */
bool fetch_budget(struct agree *a, unsigned int to, size_t len);
void fetch_run(struct agree *a);
uint64_t fetch_wake(const struct agree *a);
enum agree_err fetch_answer(struct agree *a, unsigned int from,
			    const struct agree_packet *p);

/* catchup.c: R14 */
enum agree_err catchup_status(struct agree *a, unsigned int from,
			      const struct status *s);
void catchup_send(struct agree *a, unsigned int to, unsigned int ask);
void catchup_heard(struct agree *a, unsigned int from, uint64_t height);
unsigned int catchup_next(struct agree *a);
/* A proposal rests on certificates that are not here: its leader has them. */
void catchup_want(struct agree *a, struct slot *s);
void catchup_run(struct agree *a);
uint64_t catchup_wake(const struct agree *a);
/* answer.c */
void answer_blocks(struct agree *a, unsigned int to, uint64_t decided);
void answer_certs(struct agree *a, unsigned int to, uint64_t height);
void answer_proof(struct agree *a, unsigned int to);
bool answer_block(struct agree *a, unsigned int to, uint64_t height,
		  const uint8_t digest[AGREE_DIGEST_LEN]);

/* checkpoint.c, snapshot.c, transfer.c: R17 */
void checkpoint_carve(struct agree *a, struct carve *c);
/* A block was decided: is a checkpoint due? */
void checkpoint_decided(struct agree *a, size_t len);
/* The newest state with a certificate goes to stable, if nobody loads the older one. */
void checkpoint_settle(struct agree *a);
enum agree_err checkpoint_vote(struct agree *a, unsigned int from,
			       const struct vote *vote);
void checkpoint_send(struct agree *a, unsigned int to);
void checkpoint_seal(struct agree *a, const struct cert *cert);
/* Which journal segments are needed with a state of the last decided height */
uint64_t checkpoint_segment(const struct agree *a);
void snapshot_carve(struct agree *a, struct carve *c, struct snapshot *s);
void snapshot_save(struct agree *a, struct snapshot *s);
void snapshot_load(struct agree *a, const struct snapshot *s);
void snapshot_digest(uint8_t out[AGREE_DIGEST_LEN], size_t len,
		     const uint8_t *chunk_digest, uint32_t chunks);
/* The bytes of the file, head and state */
const uint8_t *snapshot_file(struct agree *a, struct snapshot *s, size_t *len);
enum agree_err snapshot_restore(struct agree *a, const uint8_t *in, size_t len);
enum agree_err transfer_stable(struct agree *a, unsigned int from,
			       const struct agree_packet *p);
enum agree_err transfer_want(struct agree *a, unsigned int from,
			     const struct agree_packet *p);
enum agree_err transfer_chunk(struct agree *a, unsigned int from,
			      const struct agree_packet *p);
void transfer_offer(struct agree *a, unsigned int to);
void transfer_run(struct agree *a);
uint64_t transfer_wake(const struct agree *a);

/* restart.c: R11 */
void restart_mark(struct agree *a);
enum agree_err restart_segment(struct agree *a, uint64_t segment,
			       const uint8_t *in, size_t len);
void restart_config(const struct agree *a, uint8_t out[24]);
enum agree_err restart_start(struct agree *a, const struct agree_event *event);

/* recover.c: R12 */
void recover_echo(struct agree *a, unsigned int from, const struct status *s);
void recover_mark(struct agree *a);
void recover_replay(struct agree *a, const struct journal_vote *mark);
void recover_run(struct agree *a);
uint64_t recover_wake(const struct agree *a);

/* output.c: the update */
void output_carve(struct agree *a, struct carve *c);
void output_synced(struct agree *a, uint64_t steps);
void output_begin(struct agree *a, struct agree_update *update);
void output_end(struct agree *a);
struct message_writer *output_message(struct agree *a, enum agree_type type);
/* false: there was no room; nothing is sent */
bool output_send(struct agree *a, unsigned int to, bool early);
/* Is there room for an answer of @len bytes?  Takes it. */
bool output_bulk(struct agree *a, size_t len);
bool output_journal_room(const struct agree *a, size_t len);
/* Something follows for the journal.  Is the mark of R12 in this batch now because of that? */
bool output_open(struct agree *a);
void output_bytes(struct agree *a, const uint8_t *bytes, size_t len);
void output_journal(struct agree *a, enum journal_type type,
		    const uint8_t *bytes, size_t len);

#endif
