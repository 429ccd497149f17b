// SPDX-License-Identifier: GPL-2.0
/*
 * What a switch says: bundles of events and acknowledgements, as bytes
 * (docs/controller.md section 2).  One signature covers a whole bundle, and a
 * run of acknowledgements: verifying them is what costs most (§2.6.7).
 */
#include "ctl_wire.h"

/* Only we say that a switch is up or down; the rest comes from switches. */
static bool kind_known(uint32_t kind)
{
	return kind >= APP_PACKET_IN && kind < APP_EVENT_KINDS;
}

size_t ctl_bundle_encode(uint8_t *out, size_t room, uint64_t domain,
			 const struct ctl_bundle *bundle,
			 const struct ctl_bundle_event *event)
{
	struct wire_writer w = { out, room, 0 };
	uint32_t i;

	if (!bundle->counter || !bundle->phase ||
	    bundle->count > CTL_EVENTS_MAX)
		return 0;
	ctl_header_put(&w, CTL_BUNDLE, domain);
	wire_write_be(&w, bundle->dpid, 8);
	wire_write_be(&w, bundle->epoch, 8);
	wire_write_be(&w, bundle->counter, 8);
	wire_write_be(&w, bundle->floor, 8);
	wire_write_be(&w, bundle->phase, 4);
	wire_write_be(&w, bundle->count, 4);
	for (i = 0; i < bundle->count; i++) {
		if (!kind_known(event[i].kind))
			return 0;
		wire_write_be(&w, event[i].kind, 1);
		wire_write_zero(&w, 3);
		wire_write_be(&w, event[i].len, 4);
		wire_write(&w, event[i].message, event[i].len);
	}
	return w.used <= room && room - w.used >= AGREE_SIG_LEN ? w.used : 0;
}

bool ctl_bundle_event(const struct ctl_bundle *bundle, size_t *at,
		      struct ctl_bundle_event *event)
{
	const uint8_t *p = bundle->events + *at;

	if (*at >= bundle->events_len)
		return false;
	event->kind = p[0];
	event->len = wire_get32(p + 4);
	event->message = p + CTL_EVENT_LEN;
	*at += CTL_EVENT_LEN + event->len;
	return true;
}

/* Do exactly @count events fill these bytes? */
static bool events_check(const uint8_t *p, size_t len, uint32_t count)
{
	uint32_t event_len;

	for (; count; count--) {
		if (len < CTL_EVENT_LEN || !kind_known(p[0]) ||
		    !wire_zero(p + 1, 3))
			return false;
		event_len = wire_get32(p + 4);
		len -= CTL_EVENT_LEN;
		if (len < event_len)
			return false;
		p += CTL_EVENT_LEN + event_len;
		len -= event_len;
	}
	return !len;
}

enum agree_err ctl_bundle_decode(struct ctl_bundle *bundle, uint64_t domain,
				 const uint8_t *in, size_t len)
{
	enum agree_err err;

	err = ctl_header_check(CTL_BUNDLE, domain,
			       CTL_BUNDLE_LEN + AGREE_SIG_LEN, in, len);
	if (err)
		return err;
	bundle->dpid = wire_get64(in + 16);
	bundle->epoch = wire_get64(in + 24);
	bundle->counter = wire_get64(in + 32);
	bundle->floor = wire_get64(in + 40);
	bundle->phase = wire_get32(in + 48);
	bundle->count = wire_get32(in + 52);
	bundle->events = in + CTL_BUNDLE_LEN;
	bundle->events_len = len - CTL_BUNDLE_LEN - AGREE_SIG_LEN;
	bundle->sig = bundle->events + bundle->events_len;
	if (!bundle->counter || !bundle->phase ||
	    bundle->count > CTL_EVENTS_MAX ||
	    !events_check(bundle->events, bundle->events_len, bundle->count))
		return AGREE_EFORMAT;
	return AGREE_OK;
}

/* A row of @count numbers that ends with @sequence, from 1 on */
static bool row_valid(uint64_t sequence, uint32_t count)
{
	return count && count <= sequence;
}

size_t ctl_ack_encode(uint8_t *out, size_t room, uint64_t domain,
		      const struct ctl_ack *ack)
{
	struct wire_writer w = { out, room, 0 };
	uint32_t count = ack->count ? ack->count : 1;

	if (!ack->phase || !row_valid(ack->sequence, count) ||
	    (ack->status != CTL_APPLIED && ack->status != CTL_REFUSED))
		return 0;
	ctl_header_put(&w, CTL_ACK, domain);
	wire_write_be(&w, ack->dpid, 8);
	wire_write_be(&w, ack->epoch, 8);
	wire_write_be(&w, ack->sequence, 8);
	wire_write_be(&w, ack->phase, 4);
	wire_write_be(&w, count, 4);
	wire_write_be(&w, ack->status, 1);
	wire_write_zero(&w, 7);
	wire_write(&w, ack->body, sizeof(ack->body));
	return w.used <= room && room - w.used >= AGREE_SIG_LEN ? w.used : 0;
}

enum agree_err ctl_ack_decode(struct ctl_ack *ack, uint64_t domain,
			      const uint8_t *in, size_t len)
{
	enum agree_err err;

	if (len != CTL_ACK_LEN + AGREE_SIG_LEN)
		return AGREE_EFORMAT;
	err = ctl_header_check(CTL_ACK, domain, len, in, len);
	if (err)
		return err;
	ack->dpid = wire_get64(in + 16);
	ack->epoch = wire_get64(in + 24);
	ack->sequence = wire_get64(in + 32);
	ack->phase = wire_get32(in + 40);
	ack->count = wire_get32(in + 44);
	ack->status = in[48];
	memcpy(ack->body, in + 56, sizeof(ack->body));
	ack->sig = in + CTL_ACK_LEN;
	if (!ack->phase || !row_valid(ack->sequence, ack->count) ||
	    (ack->status != CTL_APPLIED && ack->status != CTL_REFUSED) ||
	    !wire_zero(in + 49, 7))
		return AGREE_EFORMAT;
	return AGREE_OK;
}
