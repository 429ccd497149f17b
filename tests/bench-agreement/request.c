// SPDX-License-Identifier: GPL-2.0
#include "../../lib/wire/bytes.h"
#include "bench.h"

void request_make(uint8_t *request, const struct options *o, uint32_t client,
		  uint64_t counter, struct key *key)
{
	size_t len = options_request_len(o);
	struct wire_writer w = { .out = request, .room = len };
	unsigned int i;

	wire_write_be(&w, client, 4);
	wire_write_be(&w, CLIENT_EPOCH, 8);
	wire_write_be(&w, counter, 8);
	wire_write_be(&w, o->bundle, 4);
	for (i = 0; i < o->bundle; i++) {
		wire_write_be(&w, counter * o->bundle + i, 8);
		wire_write_zero(&w, EVENT_LEN - 8);
	}
	key_sign(key, request + w.used, request, w.used);
}

enum agree_err request_decode(const struct options *o, const uint8_t *bytes,
			      size_t len, struct request_id *id)
{
	if (len != options_request_len(o) || wire_get32(bytes + 20) != o->bundle)
		return AGREE_EREQUEST;
	id->client = wire_get32(bytes);
	id->epoch = wire_get64(bytes + 4);
	id->counter = wire_get64(bytes + 12);
	return id->client < o->clients ? AGREE_OK : AGREE_ECLIENT;
}

void reply_encode(uint8_t out[REPLY_LEN], const struct reply *r)
{
	struct wire_writer w = { .out = out, .room = REPLY_LEN };

	wire_write_be(&w, r->counter, 8);
	wire_write_be(&w, r->height, 8);
	wire_write_be(&w, r->index, 4);
	wire_write_be(&w, r->state, 8);
}

bool reply_decode(struct reply *r, const uint8_t *bytes, size_t len)
{
	if (len != REPLY_LEN)
		return false;
	r->counter = wire_get64(bytes);
	r->height = wire_get64(bytes + 8);
	r->index = wire_get32(bytes + 16);
	r->state = wire_get64(bytes + 20);
	return true;
}
