// SPDX-License-Identifier: GPL-2.0
/*
 * The header that all messages between switch and controller have, and the
 * messages to a switch (docs/controller.md section 2).
 */
#include "ctl_wire.h"

#include "../../../lib/bls/sha256.h"

enum {
	CTL_VERSION = 1,
	FEATURES_REQUEST = 5, MULTIPART_REQUEST = 18,
	MULTIPART_LEN = 16,		/* header, type, flags, zero */
	MULTIPART_TABLE_FEATURES = 12,
	MULTIPART_LAST = 13,		/* above are experimenters', and what 1.3 does not have */
};

static const uint8_t ctl_magic[4] = "ASHC";

void ctl_header_put(struct wire_writer *w, enum ctl_type type, uint64_t domain)
{
	wire_write(w, ctl_magic, sizeof(ctl_magic));
	wire_write_be(w, CTL_VERSION, 1);
	wire_write_be(w, type, 1);
	wire_write_zero(w, 2);
	wire_write_be(w, domain, 8);
}

enum ctl_type ctl_type_of(const uint8_t *in, size_t len)
{
	if (len < CTL_HEADER_LEN || memcmp(in, ctl_magic, sizeof(ctl_magic)) ||
	    in[4] != CTL_VERSION || in[5] > CTL_ASK)
		return 0;
	return in[5];
}

enum agree_err ctl_header_check(enum ctl_type type, uint64_t domain, size_t min,
				const uint8_t *in, size_t len)
{
	if (len < min || ctl_type_of(in, len) != type || !wire_zero(in + 6, 2))
		return AGREE_EFORMAT;
	return wire_get64(in + 8) == domain ? AGREE_OK : AGREE_EDOMAIN;
}

size_t ctl_bundle_done_encode(uint8_t *out, size_t room, uint64_t domain,
			      uint64_t epoch, uint64_t counter, uint64_t start)
{
	struct wire_writer w = { out, room, 0 };

	ctl_header_put(&w, CTL_BUNDLE_DONE, domain);
	wire_write_be(&w, epoch, 8);
	wire_write_be(&w, counter, 8);
	wire_write_be(&w, start, 8);
	assert(w.used == CTL_BUNDLE_DONE_LEN && w.used <= room);
	return w.used;
}

size_t ctl_ack_seen_encode(uint8_t *out, size_t room, uint64_t domain,
			   uint32_t phase, uint64_t sequence)
{
	struct wire_writer w = { out, room, 0 };

	ctl_header_put(&w, CTL_ACK_SEEN, domain);
	wire_write_be(&w, phase, 4);
	wire_write_zero(&w, 4);
	wire_write_be(&w, sequence, 8);
	assert(w.used == CTL_ACK_SEEN_LEN && w.used <= room);
	return w.used;
}

/* An OpenFlow 1.3 request, whole, that changes nothing */
static bool only_reads(const uint8_t *request, size_t len)
{
	if (len < 8 || len > CTL_ASK_MAX || request[0] != 4 ||
	    wire_get16(request + 2) != len)
		return false;
	if (request[1] == FEATURES_REQUEST)
		return len == 8;
	if (request[1] != MULTIPART_REQUEST || len < MULTIPART_LEN ||
	    !wire_zero(request + 10, 6) ||
	    wire_get16(request + 8) > MULTIPART_LAST)
		return false;
	return wire_get16(request + 8) != MULTIPART_TABLE_FEATURES ||
	       len == MULTIPART_LEN;
}

size_t ctl_ask_encode(uint8_t *out, size_t room, uint64_t domain,
		      const uint8_t *request, size_t len)
{
	struct wire_writer w = { out, room, 0 };

	if (!only_reads(request, len))
		return 0;
	ctl_header_put(&w, CTL_ASK, domain);
	wire_write(&w, request, len);
	return w.used <= room ? w.used : 0;
}

uint32_t ctl_ask_xid(const uint8_t *request, size_t len)
{
	static const uint8_t zero[4];
	struct bls_sha256 h;
	uint8_t digest[32];

	assert(len >= 8);
	bls_sha256_init(&h);
	bls_sha256_update(&h, request, 4);
	bls_sha256_update(&h, zero, sizeof(zero));
	bls_sha256_update(&h, request + 8, len - 8);
	bls_sha256_final(&h, digest);
	return wire_get32(digest);
}

enum agree_err ctl_to_switch_decode(struct ctl_to_switch *m, uint64_t domain,
				    const uint8_t *in, size_t len)
{
	struct update_sealed sealed;
	enum agree_err err;

	memset(m, 0, sizeof(*m));
	m->type = ctl_type_of(in, len);
	switch (m->type) {
	case CTL_UPDATE:
		err = ctl_header_check(m->type, domain, CTL_UPDATE_LEN, in, len);
		if (err)
			return err;
		m->sealed = in + CTL_UPDATE_LEN;
		m->sealed_len = len - CTL_UPDATE_LEN;
		return update_sealed_decode(&sealed, m->sealed, m->sealed_len) ?
		       AGREE_EFORMAT : AGREE_OK;
	case CTL_BUNDLE_DONE:
		if (len != CTL_BUNDLE_DONE_LEN)
			return AGREE_EFORMAT;
		m->epoch = wire_get64(in + 16);
		m->counter = wire_get64(in + 24);
		m->start = wire_get64(in + 32);
		if (!m->counter)
			return AGREE_EFORMAT;
		return ctl_header_check(m->type, domain, len, in, len);
	case CTL_ACK_SEEN:
		if (len != CTL_ACK_SEEN_LEN || !wire_zero(in + 20, 4))
			return AGREE_EFORMAT;
		m->phase = wire_get32(in + 16);
		m->sequence = wire_get64(in + 24);
		if (!m->phase || !m->sequence)
			return AGREE_EFORMAT;
		return ctl_header_check(m->type, domain, len, in, len);
	case CTL_ASK:
		err = ctl_header_check(m->type, domain, CTL_ASK_LEN, in, len);
		if (err)
			return err;
		m->request = in + CTL_ASK_LEN;
		m->request_len = len - CTL_ASK_LEN;
		return only_reads(m->request, m->request_len) ? AGREE_OK :
								AGREE_EFORMAT;
	default:
		return AGREE_EFORMAT;
	}
}
