// SPDX-License-Identifier: GPL-2.0
/*
 * The requests of undecided blocks.  A proposal lists digests; the body is
 * whole when the pool has had them all.  There are BODIES of them: when none is
 * free, one of a greater height gives way, which is then fetched again.
 */
#include "agree_state.h"
#include "bytes.h"
#include "sha256.h"

void body_carve(struct agree *a, struct carve *c)
{
	unsigned int i;

	for (i = 0; i < BODIES; i++) {
		a->body[i].entry = carve_take(c, a->config.batch_max *
					      sizeof(struct body_entry));
		a->body[i].bytes = carve_take(c, a->config.block_max);
	}
}

/* Takes the body of the greatest height above @height away. */
static void make_free(struct agree *a, uint64_t height)
{
	struct slot *victim = NULL;
	uint32_t i;

	for (i = 0; i < a->config.heights; i++) {
		struct slot *s = &a->slot[i];

		if (s->height > height && s->block.body &&
		    (!victim || s->height > victim->height))
			victim = s;
	}
	if (!victim)
		return;
	body_put(a, victim->block.body);
	victim->block.body = NULL;
	victim->block.state = BLOCK_HEADER;
}

struct body *body_get(struct agree *a, uint64_t height)
{
	unsigned int i;

	if (a->bodies == BODIES)
		make_free(a, height);
	for (i = 0; i < BODIES; i++) {
		struct body *b = &a->body[i];

		if (b->used)
			continue;
		a->bodies++;
		b->used = true;
		b->nr = 0;
		b->missing = 0;
		b->len = 0;
		return b;
	}
	return NULL;
}

void body_put(struct agree *a, struct body *b)
{
	assert(b->used && a->bodies);
	b->used = false;
	a->bodies--;
}

static void list_entry(struct body *b, const uint8_t *digest, bool here)
{
	struct body_entry *e = &b->entry[b->nr++];

	digest_copy(e->digest, digest);
	e->here = here;
	b->missing += !here;
}

enum agree_err body_list(struct agree *a, struct body *b,
			 const struct agree_packet *p)
{
	struct block_entry entry;
	struct request_id id;
	enum agree_err err;
	size_t at = 0;

	while (message_entry(p, &at, &entry)) {
		bool here = pool_find(a->pool, entry.digest);

		if (!here && entry.bytes) {
			err = a->ops->request_check(a->ctx, entry.bytes,
						    entry.len, &id);
			if (!err)
				err = pool_add(a->pool, &id, entry.digest,
					       entry.bytes, entry.len,
					       a->now_ms, a->height, true);
			if (err)
				return AGREE_EREQUEST;
			body_arrived(a, entry.digest);
			here = true;
		}
		list_entry(b, entry.digest, here);
	}
	return AGREE_OK;
}

/* The next request of a body that becomes whole.  false: it does not fit. */
static bool put_request(struct agree *a, struct body *b, struct body_entry *e,
			const uint8_t *bytes, uint32_t len)
{
	struct wire_writer w = {
		.out = b->bytes,
		.room = a->config.block_max - AGREE_BLOCK_LEN,
		.used = b->len,
	};

	wire_write_be(&w, len, AGREE_ENTRY_LEN);
	e->at = (uint32_t)w.used;
	e->len = len;
	wire_write(&w, bytes, len);
	if (w.used > w.room)
		return false;
	b->len = w.used;
	return true;
}

enum agree_err body_fill(struct agree *a, struct body *b,
			 const struct agree_packet *p, bool certified)
{
	struct block_entry entry;
	enum agree_err err;
	size_t at = 0;

	while (message_entry(p, &at, &entry)) {
		struct pool_request *r = pool_find(a->pool, entry.digest);
		struct body_entry *e = &b->entry[b->nr];

		list_entry(b, entry.digest, true);
		if (r) {
			e->id = r->id;
		} else {
			err = (certified && a->ops->request_id ?
			       a->ops->request_id : a->ops->request_check)
				(a->ctx, entry.bytes, entry.len, &e->id);
			/* Certified and refused: the same everywhere, so skipped (R13). */
			if (err && certified)
				e->id.client = a->config.clients;
			else if (err || e->id.client >= a->config.clients)
				return AGREE_EREQUEST;
		}
		if (!put_request(a, b, e, entry.bytes, entry.len))
			return AGREE_EREQUEST;
	}
	return AGREE_OK;
}

enum agree_err body_assemble(struct agree *a, struct body *b)
{
	uint32_t i;

	assert(!b->missing);
	b->len = 0;
	for (i = 0; i < b->nr; i++) {
		struct body_entry *e = &b->entry[i];
		struct pool_request *r = pool_find(a->pool, e->digest);

		/* Others came, and the reserve of the pool gave it up. */
		if (!r) {
			e->here = false;
			b->missing++;
			continue;
		}
		e->id = r->id;
		if (!b->missing && !put_request(a, b, e, r->bytes, r->len))
			return AGREE_EREQUEST;
	}
	return b->missing ? AGREE_EFAR : AGREE_OK;
}

void body_from_batch(struct agree *a, struct body *b, unsigned int nr)
{
	unsigned int i;
	bool fits;

	for (i = 0; i < nr; i++) {
		struct pool_request *r = a->batch[i];
		struct body_entry *e = &b->entry[i];

		list_entry(b, r->digest, true);
		e->id = r->id;
		fits = put_request(a, b, e, r->bytes, r->len);
		assert(fits);
	}
}

void body_requests(const struct body *b, uint8_t digest[AGREE_DIGEST_LEN])
{
	struct bls_sha256 s;
	uint32_t i;

	bls_sha256_init(&s);
	for (i = 0; b && i < b->nr; i++)
		bls_sha256_update(&s, b->entry[i].digest, AGREE_DIGEST_LEN);
	bls_sha256_final(&s, digest);
}

static struct body_entry *find_missing(const struct body *b,
				       const uint8_t *digest)
{
	uint32_t i;

	for (i = 0; i < b->nr; i++)
		if (!b->entry[i].here &&
		    digest_equal(b->entry[i].digest, digest))
			return &b->entry[i];
	return NULL;
}

/* A request came into the pool. */
void body_arrived(struct agree *a, const uint8_t digest[AGREE_DIGEST_LEN])
{
	struct body_entry *e;
	unsigned int i;

	for (i = 0; i < BODIES; i++) {
		struct body *b = &a->body[i];

		while (b->used && b->missing && (e = find_missing(b, digest))) {
			e->here = true;
			b->missing--;
		}
	}
}

bool body_lacks(const struct agree *a, const uint8_t digest[AGREE_DIGEST_LEN])
{
	unsigned int i;

	for (i = 0; i < BODIES; i++)
		if (a->body[i].used && a->body[i].missing &&
		    find_missing(&a->body[i], digest))
			return true;
	return false;
}
