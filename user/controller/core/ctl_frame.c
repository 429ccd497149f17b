// SPDX-License-Identifier: GPL-2.0
/* Frames between switch and controller: PROTOCOL.md section 9. */
#include <string.h>

#include "ctl_frame.h"
#include "ctl_wire.h"

enum {
	VERSION = 4,
	HELLO = 0, ECHO_REQUEST = 2, ECHO_REPLY = 3, EXPERIMENTER = 4,
	HEADER = 8, HELLO_LEN = 16,
};

static void header(uint8_t *out, uint8_t type, size_t len, uint32_t xid)
{
	struct wire_writer w = { out, HEADER, 0 };

	wire_write_be(&w, VERSION, 1);
	wire_write_be(&w, type, 1);
	wire_write_be(&w, len, 2);
	wire_write_be(&w, xid, 4);
}

bool ctl_frame_head(uint8_t head[CTL_FRAME_HEAD], uint8_t type, size_t len)
{
	struct wire_writer w = { head, CTL_FRAME_HEAD, HEADER };

	if (len > CTL_FRAME_MAX - CTL_FRAME_HEAD)
		return false;
	header(head, EXPERIMENTER, CTL_FRAME_HEAD + len, 0);
	wire_write_be(&w, CTL_EXPERIMENTER, 4);
	wire_write_be(&w, type, 4);
	return true;
}

size_t ctl_frame_hello(uint8_t out[CTL_FRAME_SMALL])
{
	struct wire_writer w = { out, CTL_FRAME_SMALL, HEADER };

	/* One element: a bitmap of versions, and 4 alone in it */
	header(out, HELLO, HELLO_LEN, 0);
	wire_write_be(&w, 1, 2);
	wire_write_be(&w, 8, 2);
	wire_write_be(&w, 1u << VERSION, 4);
	return w.used;
}

size_t ctl_frame_echo(uint8_t out[CTL_FRAME_SMALL], uint32_t xid)
{
	header(out, ECHO_REQUEST, HEADER, xid);
	return HEADER;
}

void ctl_frame_echo_reply(uint8_t *frame)
{
	frame[1] = ECHO_REPLY;
}

static const char *message_wrong(const uint8_t *frame, size_t len)
{
	if (len < CTL_FRAME_HEAD + CTL_HEADER_LEN)
		return "experimenter message is cut short";
	if (wire_get32(frame + 8) != CTL_EXPERIMENTER)
		return "message of another experimenter";
	if (wire_get32(frame + 12) != frame[CTL_FRAME_HEAD + 5])
		return "experimenter type is not the type of the message within";
	return NULL;
}

enum ctl_frame_kind ctl_frame_decode(const uint8_t *frame, size_t len,
				     const uint8_t **bytes, size_t *used,
				     const char **why)
{
	*bytes = NULL;
	*used = 0;
	*why = NULL;
	if (len < HEADER || len > CTL_FRAME_MAX || wire_get16(frame + 2) != len)
		*why = "length field is wrong";
	else if (frame[0] != VERSION)
		*why = "not OpenFlow 1.3";
	else if (frame[1] == EXPERIMENTER)
		*why = message_wrong(frame, len);
	else if (frame[1] > EXPERIMENTER || frame[1] == 1)
		*why = "message of a type that does not belong here";
	if (*why)
		return CTL_FRAME_BAD;
	switch (frame[1]) {
	case HELLO:
		return CTL_FRAME_HELLO;
	case ECHO_REQUEST:
		return CTL_FRAME_ECHO;
	case ECHO_REPLY:
		return CTL_FRAME_ECHO_REPLY;
	default:
		*bytes = frame + CTL_FRAME_HEAD;
		*used = len - CTL_FRAME_HEAD;
		return CTL_FRAME_MESSAGE;
	}
}
