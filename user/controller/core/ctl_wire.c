// SPDX-License-Identifier: GPL-2.0
/*
 * The header that all messages between switch and controller have, and the
 * messages to a switch (docs/controller.md section 2).
 */
#include "ctl_wire.h"

enum { CTL_VERSION = 1 };

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
	    in[4] != CTL_VERSION || in[5] > CTL_SWITCH_LOST)
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
	default:
		return AGREE_EFORMAT;
	}
}
