/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What members say to each other (docs/agreement.md section 7), as structures
 * and as bytes.  Decoding takes any bytes, borrows them, and refuses what is
 * not exactly one message; it does not look at signatures or at state.
 */
#ifndef AGREE_MESSAGE_H
#define AGREE_MESSAGE_H

#include "agree.h"

enum {
	AGREE_SKIP_MAX = 15,		/* f of AGREE_MEMBERS_MAX */
	AGREE_HEADER_LEN = 16,		/* version, type, zero, phase, domain */
	AGREE_BLOCK_LEN = 120,		/* an encoded block header */
	AGREE_ENTRY_LEN = 4,		/* in front of a whole request */
	AGREE_ENTRY_DIGEST_LEN = 36,	/* a request by its digest */
	AGREE_VOTE_STATEMENT_LEN = 72,
	AGREE_CHUNK_LEN = 32768,	/* bytes of one piece of a snapshot */
	AGREE_CHUNKS_MAX = 1024,
	AGREE_VOTES_MAX = 64,		/* of one message */
	AGREE_FETCH_MAX = 1024,		/* digests of one message */
};

/* No height or term in a message or record is greater, so that sums of a few do not overflow. */
#define AGREE_HEIGHT_MAX	((uint64_t)1 << 62)

enum agree_type {
	AGREE_PROPOSE = 1,	/* a block; requests as digests or whole */
	AGREE_VOTES,		/* of the sender */
	AGREE_CERT,
	AGREE_RELAY,		/* requests, whole */
	AGREE_FETCH,		/* ask for requests by digest, or for a block */
	AGREE_BLOCK,		/* a block with all its requests whole */
	AGREE_STATUS,
	AGREE_CHECKPOINT,	/* the sender's vote for a state */
	AGREE_STABLE,		/* certificate of a checkpoint, digests of its chunks */
	AGREE_WANT,		/* ask for a chunk of a snapshot */
	AGREE_CHUNK,
};

enum vote_kind { VOTE_NOTARIZE = 1, VOTE_DUMMY, VOTE_FINALIZE, VOTE_CHECKPOINT, VOTE_KINDS };

struct block_header {
	uint64_t height, parent_height;
	uint8_t parent[AGREE_DIGEST_LEN];	/* zero for parent_height 0 */
	uint64_t term;
	uint32_t run;				/* blocks before it in its term */
	uint64_t time_ms;
	uint32_t count;				/* requests */
	uint8_t requests[AGREE_DIGEST_LEN];	/* SHA-256 of the request digests, in order */
	uint8_t leader;			/* of its term */
	uint8_t skip[AGREE_SKIP_MAX];	/* members + 1 that do not lead for now, oldest first; 0: none */
};

/*
 * One request of a block on the wire.  bytes == NULL: the digest alone.  With bytes there is no
 * digest on the wire: message_entry() computes it, so it is right whoever sent them.
 */
struct block_entry {
	uint8_t digest[AGREE_DIGEST_LEN];
	const uint8_t *bytes;
	uint32_t len;
};

/* For VOTE_CHECKPOINT, digest is the state's and block the block's; else there is no block. */
struct vote {
	enum vote_kind kind;
	uint64_t height;
	uint8_t digest[AGREE_DIGEST_LEN];	/* zero for VOTE_DUMMY */
	uint8_t block[AGREE_DIGEST_LEN];
	uint8_t sig[AGREE_SIG_LEN];
};

struct cert {
	enum vote_kind kind;
	uint64_t height;
	uint8_t digest[AGREE_DIGEST_LEN];
	uint8_t block[AGREE_DIGEST_LEN];	/* VOTE_CHECKPOINT alone */
	uint32_t signers;			/* bit i: member i */
	uint8_t sig[AGREE_MEMBERS_MAX][AGREE_SIG_LEN]; /* with a bit; not in AGREE_CRASH */
};

struct status {
	uint64_t decided, height, checkpoint;
	uint64_t nonce;			/* of a member that recovers, else 0 */
	uint64_t echo;			/* nonce of the one this answers, else 0 */
	uint16_t ask;			/* who should answer; AGREE_ALL: whoever is ahead */
};

/* A decoded message: what belongs to its type is valid. */
struct agree_packet {
	enum agree_type type;
	struct block_header block;	/* PROPOSE, BLOCK */
	const uint8_t *entries;		/* PROPOSE, BLOCK, RELAY: message_entry() walks */
	size_t entries_len;
	uint32_t count;			/* entries, votes, digests */
	const uint8_t *votes;		/* VOTES, CHECKPOINT: message_vote() walks */
	size_t vote_len;		/* bytes of each */
	struct cert cert;		/* CERT, STABLE */
	struct status status;
	uint64_t height;		/* FETCH of a block (count 0), WANT, CHUNK: of the checkpoint */
	uint8_t digest[AGREE_DIGEST_LEN]; /* FETCH of a block */
	const uint8_t *digests;		/* FETCH: count digests; STABLE: of count chunks */
	uint32_t chunk;			/* WANT, CHUNK */
	uint32_t snapshot_len;		/* STABLE */
	const uint8_t *bytes;		/* CHUNK */
	size_t len;
};

/* AGREE_OK, AGREE_EFORMAT, AGREE_EDOMAIN (domain or phase) */
enum agree_err message_decode(struct agree_packet *p,
			      const struct agree_config *config,
			      const uint8_t *in, size_t len);

/* What is behind a header of @type; so are records of the journal.  AGREE_OK, AGREE_EFORMAT */
enum agree_err message_decode_body(struct agree_packet *p,
				   const struct agree_config *config,
				   enum agree_type type, const uint8_t *in,
				   size_t len);

/* No message is longer. */
size_t message_max(const struct agree_config *config);

/*
 * Walk entries: false behind the last.  @at: 0 at first.  Decoding has checked the frame.  Computes
 * SHA-256 of whole requests: walk once.
 */
bool message_entry(const struct agree_packet *p, size_t *at,
		   struct block_entry *entry);
void message_vote(const struct agree_packet *p, uint32_t i, struct vote *vote);

/*
 * A place to write messages to; what does not fit sets full, and nothing more is written.
 * Starts as { .out, .room }; several messages may follow each other.  The parts of records of the
 * journal (block and entries, certificate) are written without message_begin().
 */
struct message_writer {
	uint8_t *out;
	size_t room, used;
	bool full;
	bool unsigned_votes;		/* message_begin() knows */
};

void message_begin(struct message_writer *w, const struct agree_config *config,
		   enum agree_type type);
void message_put_block(struct message_writer *w, const struct block_header *b);
void message_put_entry(struct message_writer *w, const struct block_entry *e);
void message_put_votes(struct message_writer *w, const struct vote *vote,
		       uint32_t nr);
void message_put_cert(struct message_writer *w,
		      const struct agree_config *config,
		      const struct cert *cert);
void message_put_status(struct message_writer *w, const struct status *s);
void message_put_fetch(struct message_writer *w, uint64_t height,
		       const uint8_t digest[AGREE_DIGEST_LEN],
		       const uint8_t *digests, uint32_t nr);
void message_put_stable(struct message_writer *w, uint32_t snapshot_len,
			const uint8_t *digests, uint32_t nr); /* after its cert */
void message_put_want(struct message_writer *w, uint64_t height,
		      uint32_t chunk);
void message_put_chunk(struct message_writer *w, uint64_t height,
		       uint32_t chunk, const uint8_t *bytes, size_t len);

/* Block header without the frame: as journal records and digests see it */
void block_encode(uint8_t out[AGREE_BLOCK_LEN], const struct block_header *b);
enum agree_err block_decode(struct block_header *b,
			    const uint8_t in[AGREE_BLOCK_LEN]);

/* SHA-256("ashlar-block-1", zeros to 16, domain, phase, encoded header) */
void block_digest(uint8_t out[AGREE_DIGEST_LEN],
		  const struct agree_config *config,
		  const struct block_header *b);

/*
 * What a vote signs: "ashlar-vote-1" with zeros to 16, domain 8, phase 4, kind 4, height 8,
 * digest 32; for checkpoints SHA-256(block || state digest) takes the digest's place.
 */
void vote_statement(uint8_t out[AGREE_VOTE_STATEMENT_LEN],
		    const struct agree_config *config, const struct vote *vote);

/* f and the quorum of a configuration (section 1) */
unsigned int agree_faulty(const struct agree_config *config);
unsigned int agree_quorum(const struct agree_config *config);
/* Do votes and certificates carry signatures?  Not in AGREE_CRASH. */
bool agree_signed(const struct agree_config *config);

#endif
