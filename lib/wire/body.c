// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Bodies of updates.
 *
 *	 0 magic 4 | 4 version 1 | 5 kind 1 | 6 flags 2 | 8 domain 8
 *	16 dpid 8 | 24 phase 4 | 28 dep_nr 4 | 32 sequence 8
 *	40 payload_len 4 | 44 reserved 4 | 48 deps | payload
 */
#include "update.h"
#include "bytes.h"

enum {
	BODY_VERSION = 1,
	BODY_DEP_LEN = 16,
};

static const uint8_t body_magic[4] = "ASHU";

struct update_dep update_body_dep(const struct update_body *body,
				  unsigned int i)
{
	const uint8_t *p = body->deps + BODY_DEP_LEN * i;
	struct update_dep dep;

	dep.dpid = wire_get64(p);
	dep.sequence = wire_get64(p + 8);
	return dep;
}

static enum wire_err body_deps_check(const struct update_body *body)
{
	struct update_dep dep, last = { 0, 0 };
	unsigned int i;

	for (i = 0; i < body->dep_nr; i++, last = dep) {
		dep = update_body_dep(body, i);
		if (!dep.sequence)
			return WIRE_EVALUE;
		if (!i || dep.dpid > last.dpid)
			continue;
		if (dep.dpid < last.dpid || dep.sequence < last.sequence)
			return WIRE_EORDER;
		if (dep.sequence == last.sequence)
			return WIRE_EDUPLICATE;
	}
	return WIRE_OK;
}

enum wire_err update_body_decode(struct update_body *body, const uint8_t *in,
				 size_t len)
{
	size_t deps_len;

	if (len > UPDATE_BODY_MAX)
		return WIRE_ELONG;
	if (len < UPDATE_BODY_MIN)
		return WIRE_ESHORT;
	if (memcmp(in, body_magic, sizeof(body_magic)))
		return WIRE_EMAGIC;
	if (in[4] != BODY_VERSION)
		return WIRE_EVERSION;
	body->kind = in[5];
	if (body->kind != UPDATE_OPENFLOW && body->kind != UPDATE_KEYSET)
		return WIRE_ETYPE;
	if (!wire_zero(in + 6, 2))
		return WIRE_EFLAGS;
	body->domain = wire_get64(in + 8);
	body->dpid = wire_get64(in + 16);
	body->phase = wire_get32(in + 24);
	body->dep_nr = wire_get32(in + 28);
	body->sequence = wire_get64(in + 32);
	body->payload_len = wire_get32(in + 40);
	if (!wire_zero(in + 44, 4))
		return WIRE_EPAD;
	if (!body->phase || !body->sequence)
		return WIRE_EVALUE;
	if (body->dep_nr > UPDATE_DEPS_MAX)
		return WIRE_ECOUNT;
	deps_len = BODY_DEP_LEN * body->dep_nr;
	len -= UPDATE_BODY_MIN;
	if (len < deps_len || len - deps_len < body->payload_len)
		return WIRE_ESHORT;
	if (len - deps_len > body->payload_len)
		return WIRE_ELONG;
	body->deps = in + UPDATE_BODY_MIN;
	body->payload = body->deps + deps_len;
	return body_deps_check(body);
}

enum wire_err update_body_encode(uint8_t *out, size_t room, size_t *used,
				 const struct update_body *body,
				 const struct update_dep *deps)
{
	struct wire_writer w = { out, room, 0 };
	struct update_body again;
	unsigned int i;

	if (body->dep_nr > UPDATE_DEPS_MAX ||
	    body->payload_len > UPDATE_BODY_MAX)
		return WIRE_EVALUE;
	wire_write(&w, body_magic, sizeof(body_magic));
	wire_write_be(&w, BODY_VERSION, 1);
	wire_write_be(&w, body->kind, 1);
	wire_write_zero(&w, 2);
	wire_write_be(&w, body->domain, 8);
	wire_write_be(&w, body->dpid, 8);
	wire_write_be(&w, body->phase, 4);
	wire_write_be(&w, body->dep_nr, 4);
	wire_write_be(&w, body->sequence, 8);
	wire_write_be(&w, body->payload_len, 4);
	wire_write_zero(&w, 4);
	for (i = 0; i < body->dep_nr; i++) {
		wire_write_be(&w, deps[i].dpid, 8);
		wire_write_be(&w, deps[i].sequence, 8);
	}
	wire_write(&w, body->payload, body->payload_len);
	*used = w.used;
	if (w.used > room)
		return WIRE_EROOM;
	/* What decoding refuses is not written either. */
	return update_body_decode(&again, out, w.used) ? WIRE_EVALUE : WIRE_OK;
}
