// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of members, as bytes: "this switch does not answer" and "my
 * application put this out" (docs/controller.md section 2).
 */
#include "ctl_wire.h"

bool ctl_output_item(const uint8_t *list, size_t len, size_t *at,
		     struct ctl_output_item *item)
{
	const uint8_t *p = list + *at;

	if (*at >= len)
		return false;
	item->dpid = wire_get64(p);
	item->update = (struct app_update){
		.flow = wire_get64(p + 8),
		.after = wire_get64(p + 16),
		.len = wire_get32(p + 24),
		.payload = p + CTL_OUTPUT_ITEM_LEN,
	};
	*at += CTL_OUTPUT_ITEM_LEN + item->update.len;
	return true;
}

bool ctl_output_check(const uint8_t *list, size_t len)
{
	unsigned int nr;
	uint32_t item_len;

	for (nr = 0; len; nr++) {
		if (nr == APP_UPDATES_MAX || len < CTL_OUTPUT_ITEM_LEN ||
		    wire_get64(list + 16) >> nr)
			return false;
		item_len = wire_get32(list + 24);
		len -= CTL_OUTPUT_ITEM_LEN;
		if (!item_len || item_len > APP_UPDATE_MAX || item_len > len)
			return false;
		list += CTL_OUTPUT_ITEM_LEN + item_len;
		len -= item_len;
	}
	return nr;
}

size_t ctl_request_encode(uint8_t *out, size_t room, uint64_t domain,
			  const struct ctl_request *request)
{
	struct wire_writer w = { out, room, 0 };

	ctl_header_put(&w, request->type, domain);
	wire_write_be(&w, request->member, 4);
	wire_write_be(&w, request->phase, 4);
	wire_write_be(&w, request->epoch, 8);
	wire_write_be(&w, request->counter, 8);
	if (request->type == CTL_SWITCH_LOST) {
		wire_write_be(&w, request->dpid, 8);
		wire_write_be(&w, request->switch_epoch, 8);
	} else {
		assert(request->type == CTL_OUTPUT);
		wire_write_be(&w, request->key, 8);
		wire_write(&w, request->list, request->list_len);
	}
	return w.used <= room && room - w.used >= AGREE_SIG_LEN ? w.used : 0;
}

enum agree_err ctl_request_decode(struct ctl_request *request, uint64_t domain,
				  const uint8_t *in, size_t len)
{
	enum ctl_type type = ctl_type_of(in, len);
	enum agree_err err;

	if (type != CTL_OUTPUT && type != CTL_SWITCH_LOST)
		return AGREE_EFORMAT;
	err = ctl_header_check(type, domain, CTL_SWITCH_LOST_LEN +
			       AGREE_SIG_LEN, in, len);
	if (err)
		return err;
	memset(request, 0, sizeof(*request));
	request->type = type;
	request->member = wire_get32(in + 16);
	request->phase = wire_get32(in + 20);
	request->epoch = wire_get64(in + 24);
	request->counter = wire_get64(in + 32);
	len -= AGREE_SIG_LEN;
	request->sig = in + len;
	if (!request->phase || !request->counter)
		return AGREE_EFORMAT;
	if (type == CTL_SWITCH_LOST) {
		request->dpid = wire_get64(in + 40);
		request->switch_epoch = wire_get64(in + 48);
		return len == CTL_SWITCH_LOST_LEN ? AGREE_OK : AGREE_EFORMAT;
	}
	request->key = wire_get64(in + 40);
	request->list = in + CTL_OUTPUT_LEN;
	request->list_len = len - CTL_OUTPUT_LEN;
	return ctl_output_check(request->list, request->list_len) ?
	       AGREE_OK : AGREE_EFORMAT;
}
