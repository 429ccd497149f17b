// SPDX-License-Identifier: GPL-2.0
/*
 * A saved state: its bytes, its digest, and the file that the journal's driver
 * keeps of it (docs/agreement.md section 5).
 *
 * The digest is over the length and the digests of the chunks, so that each chunk proves itself
 * when it comes from anybody.
 */
#include "agree_state.h"
#include "bytes.h"
#include "sha256.h"

enum {
	MAGIC_LEN = 8,
	/* magic, CRC-32C of what follows of the head, its length, segment */
	FRAME_LEN = MAGIC_LEN + 4 + 4 + 8,
	/* block header, digest, length of the executed ids */
	STATE_LEN = AGREE_BLOCK_LEN + AGREE_DIGEST_LEN + 4,
};

#define SNAPSHOT_MAGIC	"ashsnap\1"

static size_t head_max(const struct agree *a)
{
	(void)a;
	return FRAME_LEN + 64 + AGREE_DIGEST_LEN +
	       (size_t)AGREE_MEMBERS_MAX * AGREE_SIG_LEN +
	       (size_t)AGREE_CHUNKS_MAX * AGREE_DIGEST_LEN;
}

void snapshot_carve(struct agree *a, struct carve *c, struct snapshot *s)
{
	uint8_t *file = carve_take(c, head_max(a) + a->config.snapshot_max);
	uint8_t *digests = carve_take(c, AGREE_CHUNKS_MAX * AGREE_DIGEST_LEN);

	if (!c->mem)
		return;
	s->file = file;
	s->bytes = file + head_max(a);
	s->chunk_digest = digests;
}

/* The length too, or a liar's offer could not be told from a true one. */
void snapshot_digest(uint8_t out[AGREE_DIGEST_LEN], size_t len,
		     const uint8_t *chunk_digest, uint32_t chunks)
{
	struct bls_sha256 sha;
	uint8_t be[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
			  (uint8_t)(len >> 8), (uint8_t)len };

	bls_sha256_init(&sha);
	bls_sha256_update(&sha, be, sizeof(be));
	bls_sha256_update(&sha, chunk_digest, chunks * AGREE_DIGEST_LEN);
	bls_sha256_final(&sha, out);
}

static void digest_chunks(struct snapshot *s)
{
	size_t at = 0;

	s->chunks = 0;
	for (at = 0; at < s->len; at += AGREE_CHUNK_LEN)
		digest_of(s->chunk_digest + AGREE_DIGEST_LEN * s->chunks++,
			  s->bytes + at, min64(AGREE_CHUNK_LEN, s->len - at));
}

/* The last decided block, the executed ids, and the application */
void snapshot_save(struct agree *a, struct snapshot *s)
{
	size_t room = a->config.snapshot_max, len;
	struct wire_writer w = { .out = s->bytes, .room = room };
	uint8_t header[AGREE_BLOCK_LEN];

	block_encode(header, &a->decided);
	wire_write(&w, header, sizeof(header));
	wire_write(&w, a->decided_digest, AGREE_DIGEST_LEN);
	len = executed_save(a->executed, s->bytes + STATE_LEN,
			    room - STATE_LEN);
	wire_write_be(&w, len, 4);
	assert(w.used == STATE_LEN);
	s->len = STATE_LEN + len;
	len = a->ops->state_save(a->ctx, s->bytes + s->len, room - s->len);
	assert(len <= room - s->len);
	s->len += len;
	s->height = a->decided.height;
	digest_chunks(s);
	memset(&s->cert, 0, sizeof(s->cert));
	s->cert.kind = VOTE_CHECKPOINT;
	s->cert.height = s->height;
	digest_copy(s->cert.block, a->decided_digest);
	snapshot_digest(s->cert.digest, s->len, s->chunk_digest, s->chunks);
}

/* A quorum has signed these bytes: that they are a state is ours to assert. */
void snapshot_load(struct agree *a, const struct snapshot *s)
{
	uint8_t digest[AGREE_DIGEST_LEN];
	const uint8_t *in = s->bytes;
	size_t executed, used;
	bool loaded;
	uint32_t i;

	assert(s->len >= STATE_LEN && s->height > a->decided.height);
	loaded = block_decode(&a->decided, in) == AGREE_OK;
	assert(loaded && a->decided.height == s->height);
	block_digest(digest, &a->config, &a->decided);
	digest_copy(a->decided_digest, in + AGREE_BLOCK_LEN);
	assert(digest_equal(digest, a->decided_digest));
	assert(digest_equal(digest, s->cert.block));
	executed = wire_get32(in + STATE_LEN - 4);
	assert(executed <= s->len - STATE_LEN);
	used = executed_load(a->executed, in + STATE_LEN, executed);
	assert(used == executed);
	in += STATE_LEN + executed;
	loaded = a->ops->state_load(a->ctx, in, s->len - STATE_LEN - executed);
	assert(loaded);

	slot_release_all(a);
	history_clear(a);
	a->tip = max64(a->tip, a->decided.height);
	a->proved = max64(a->proved, a->decided.height);
	pace_recount(a);
	a->remark = true;
	a->again = true;
	a->since_blocks = 0;
	a->since_bytes = 0;
	for (i = 0; i < a->config.clients; i++)
		a->touched[i / 64] |= UINT64_C(1) << i % 64;
	decide_sweep(a);
}

const uint8_t *snapshot_file(struct agree *a, struct snapshot *s, size_t *len)
{
	struct message_writer m = { .out = s->file, .room = head_max(a) };
	uint8_t frame[FRAME_LEN];
	struct wire_writer w = { .out = frame, .room = sizeof(frame) };
	uint8_t *file;

	message_put_cert(&m, &a->config, &s->cert);
	message_put_stable(&m, (uint32_t)s->len, s->chunk_digest, s->chunks);
	assert(!m.full && m.used + FRAME_LEN <= head_max(a));
	/* In front of the bytes, without a gap */
	file = s->bytes - m.used - FRAME_LEN;
	memmove(file + FRAME_LEN, s->file, m.used);
	wire_write(&w, SNAPSHOT_MAGIC, MAGIC_LEN);
	wire_write_be(&w, 0, 4);
	wire_write_be(&w, m.used, 4);
	wire_write_be(&w, s->segment, 8);
	memcpy(file, frame, FRAME_LEN);
	w.used = MAGIC_LEN;
	wire_write_be(&w, crc32c(0, file + MAGIC_LEN + 4,
				 FRAME_LEN - MAGIC_LEN - 4 + m.used), 4);
	memcpy(file, frame, MAGIC_LEN + 4);
	*len = FRAME_LEN + m.used + s->len;
	return file;
}

/* A file's head: certificate and digests.  Bytes used; 0: it is none */
static size_t read_head(struct agree *a, struct snapshot *s, const uint8_t *in,
			size_t len)
{
	struct agree_packet *p = &a->packet;
	uint8_t digest[AGREE_DIGEST_LEN];
	size_t stable;

	if (len < FRAME_LEN || memcmp(in, SNAPSHOT_MAGIC, MAGIC_LEN))
		return 0;
	stable = wire_get32(in + MAGIC_LEN + 4);
	if (stable > len - FRAME_LEN ||
	    crc32c(0, in + MAGIC_LEN + 4,
		   FRAME_LEN - MAGIC_LEN - 4 + stable) !=
	    wire_get32(in + MAGIC_LEN))
		return 0;
	s->segment = wire_get64(in + MAGIC_LEN + 8);
	if (message_decode_body(p, &a->config, AGREE_STABLE, in + FRAME_LEN,
				stable))
		return 0;
	snapshot_digest(digest, p->snapshot_len, p->digests, p->count);
	if (!digest_equal(digest, p->cert.digest) ||
	    !seal_verify(a, &p->cert))
		return 0;
	s->cert = p->cert;
	s->len = p->snapshot_len;
	return FRAME_LEN + stable;
}

enum agree_err snapshot_restore(struct agree *a, const uint8_t *in, size_t len)
{
	struct snapshot *s = &a->stable;
	uint8_t digest[AGREE_DIGEST_LEN];
	size_t head;

	/* Good or not, it says that there was a past. */
	a->any_snapshot = true;
	head = read_head(a, s, in, len);
	if (!head || len - head != s->len || s->len < STATE_LEN)
		return AGREE_ESNAPSHOT;
	memcpy(s->bytes, in + head, s->len);
	digest_chunks(s);
	snapshot_digest(digest, s->len, s->chunk_digest, s->chunks);
	if (!digest_equal(digest, s->cert.digest))
		return AGREE_ESNAPSHOT;
	s->height = s->cert.height;
	s->sealed = true;
	a->checkpoint = s->height;
	a->snapshot_segment = s->segment;
	snapshot_load(a, s);
	return AGREE_OK;
}
