/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the built-in applications make payloads: OpenFlow messages through the
 * encoder of lib/wire, whose decoder is the switch's (PROTOCOL.md section 5).
 * So nothing that an application says is refused for its form.
 */
#ifndef CTL_APP_OUT_H
#define CTL_APP_OUT_H

#include "app.h"
#include "../../../lib/wire/openflow.h"

enum {
	APP_SEND_WHOLE = 0xffff,	/* OUTPUT to the controller: all of the packet */
};

/* The messages of one update, before it is put */
struct app_payload {
	struct of_message msg;		/* the next one */
	uint8_t table;			/* of flow mods */
	unsigned int nr;
	size_t len;
	uint8_t bytes[APP_UPDATE_MAX];
};

void app_payload_init(struct app_payload *p, uint8_t table);

/* A match of one field that is exact.  @value is as OXM has it. */
void app_match(struct of_flow_mod *fm, enum flow_field f, const void *value);
void app_match_be(struct of_flow_mod *fm, enum flow_field f, uint32_t value);

/*
 * Begin the next message, in p->msg: a flow mod without match and
 * instructions, or a packet-out of a frame that stays where it is.
 */
struct of_flow_mod *app_flow_mod(struct app_payload *p, enum of_command command,
				 uint16_t priority, uint64_t cookie);
void app_packet_out(struct app_payload *p, uint32_t in_port, uint32_t out_port,
		    const uint8_t *frame, size_t len);

/* Its action: to a port */
void app_output(struct of_flow_mod *fm, uint32_t port);

/*
 * The message is complete.  false: there is no room for it in an update, and
 * the payload is as it was.
 */
bool app_payload_add(struct app_payload *p);

/* What matches nothing else goes to the controllers. */
bool app_payload_miss(struct app_payload *p, uint64_t cookie);

/* Would these many updates of so many bytes together fit? */
bool app_out_fits(const struct app_out *out, unsigned int nr, size_t len);

/* Put the payload, which is then empty.  The update's number, or -1. */
int app_payload_put(struct app_payload *p, struct app_out *out, uint32_t sw,
		    uint64_t flow, uint64_t after);

#endif
