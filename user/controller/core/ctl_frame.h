/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The link between switch and controller is OpenFlow 1.3: HELLO, ECHO, and all that
 * docs/controller.md has in experimenter messages (1.3.5 A.5.4, A.5.5).  PROTOCOL.md section 9.
 */
#ifndef CTL_FRAME_H
#define CTL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CTL_EXPERIMENTER = 0x4153484c,	/* "ASHL" */
	CTL_FRAME_HEAD = 16,		/* header, experimenter, type */
	CTL_FRAME_MAX = 65535,
	CTL_FRAME_SMALL = 24,		/* room for HELLO; ECHO_REPLY is as long as its request */
};

enum ctl_frame_kind {
	CTL_FRAME_MESSAGE,		/* bytes are a message of docs/controller.md */
	CTL_FRAME_HELLO,
	CTL_FRAME_ECHO,			/* to be answered with ctl_frame_echo_reply() */
	CTL_FRAME_ECHO_REPLY,
	CTL_FRAME_BAD,			/* close the link; *why says it */
};

/* The 16 bytes before a message of @len bytes of type @type (enum ctl_type); false: too long */
bool ctl_frame_head(uint8_t head[CTL_FRAME_HEAD], uint8_t type, size_t len);
size_t ctl_frame_hello(uint8_t out[CTL_FRAME_SMALL]);
size_t ctl_frame_echo(uint8_t out[CTL_FRAME_SMALL], uint32_t xid);
/* In place: an ECHO_REQUEST becomes its reply */
void ctl_frame_echo_reply(uint8_t *frame);

/* A whole frame by its header's length.  @bytes, @used: of the message within. */
enum ctl_frame_kind ctl_frame_decode(const uint8_t *frame, size_t len,
				     const uint8_t **bytes, size_t *used,
				     const char **why);

#endif
