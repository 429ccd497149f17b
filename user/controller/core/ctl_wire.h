/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layouts of docs/controller.md that more than one file knows: the header of
 * every message, requests of members, outputs of applications.
 */
#ifndef CTL_WIRE_H
#define CTL_WIRE_H

#include "ctl.h"
#include "../../../lib/wire/bytes.h"

enum {
	CTL_HEADER_LEN = 16,		/* magic, version, type, zero, domain */
	CTL_BUNDLE_LEN = 56,		/* with the header, without events and signature */
	CTL_EVENT_LEN = 8,		/* of one event, without its message */
	CTL_ACK_LEN = 88,
	CTL_UPDATE_LEN = CTL_HEADER_LEN, /* without the sealed update */
	CTL_BUNDLE_DONE_LEN = 40,
	CTL_ACK_SEEN_LEN = 32,
	CTL_ASK_LEN = CTL_HEADER_LEN,	/* without the request */
	CTL_ASK_MAX = 1024,		/* of the request */
	CTL_REQUEST_LEN = 40,		/* of a member: with the header */
	CTL_SWITCH_LOST_LEN = CTL_REQUEST_LEN + 16,
	CTL_OUTPUT_LEN = CTL_REQUEST_LEN + 8, /* without the list */
	CTL_OUTPUT_ITEM_LEN = 28,	/* without the payload */
};

void ctl_header_put(struct wire_writer *w, enum ctl_type type, uint64_t domain);

/* @min: bytes of this type, signature included.  AGREE_OK, EFORMAT, EDOMAIN */
enum agree_err ctl_header_check(enum ctl_type type, uint64_t domain, size_t min,
				const uint8_t *in, size_t len);

/* The type that the bytes claim to be; 0: not ours at all */
enum ctl_type ctl_type_of(const uint8_t *in, size_t len);

/* A member's own request, decoded.  Borrows the bytes. */
struct ctl_request {
	enum ctl_type type;		/* CTL_OUTPUT, CTL_SWITCH_LOST */
	uint32_t member;
	uint32_t phase;
	uint64_t epoch, counter;	/* struct request_id */
	uint64_t key;			/* OUTPUT */
	const uint8_t *list;		/* OUTPUT: its updates; checked */
	size_t list_len;
	uint64_t dpid, switch_epoch;	/* SWITCH_LOST */
	const uint8_t *sig;
};

/* Bytes without the signature, for which there is room; 0: no room. */
size_t ctl_request_encode(uint8_t *out, size_t room, uint64_t domain,
			  const struct ctl_request *request);
enum agree_err ctl_request_decode(struct ctl_request *request, uint64_t domain,
				  const uint8_t *in, size_t len);

/* One update of an output; sw is not known here, its dpid is. */
struct ctl_output_item {
	uint64_t dpid;
	struct app_update update;
};

/* Is this a list of 1 .. APP_UPDATES_MAX updates that wait for earlier ones only? */
bool ctl_output_check(const uint8_t *list, size_t len);
/* Walk a checked list: false behind the last.  @at: 0 at first */
bool ctl_output_item(const uint8_t *list, size_t len, size_t *at,
		     struct ctl_output_item *item);

/* Messages to a switch: bytes used; asserts that there is room. */
size_t ctl_bundle_done_encode(uint8_t *out, size_t room, uint64_t domain,
			      uint64_t epoch, uint64_t counter, uint64_t start);
size_t ctl_ack_seen_encode(uint8_t *out, size_t room, uint64_t domain,
			   uint32_t phase, uint64_t sequence);

#endif
