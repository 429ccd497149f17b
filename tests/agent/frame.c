// SPDX-License-Identifier: GPL-2.0
/* Frames between switch and controller: PROTOCOL.md section 9. */
#include "../test.h"
#include "ctl_frame.h"
#include "ctl_wire.h"

static enum ctl_frame_kind decode(const uint8_t *frame, size_t len,
				  size_t *used, const char **why)
{
	uint8_t *copy = test_copy(frame, len);
	const uint8_t *bytes;
	enum ctl_frame_kind kind = ctl_frame_decode(copy, len, &bytes, used, why);

	if (kind == CTL_FRAME_MESSAGE && bytes != copy + CTL_FRAME_HEAD)
		abort();
	free(copy);
	return kind;
}

static bool golden(void)
{
	static const uint8_t head[] = { 4, 4, 0, 56, 0, 0, 0, 0,
					'A', 'S', 'H', 'L', 0, 0, 0, 4 };
	static const uint8_t hello[] = { 4, 0, 0, 16, 0, 0, 0, 0,
					 0, 1, 0, 8, 0, 0, 0, 16 };
	static const uint8_t echo[] = { 4, 2, 0, 8, 1, 2, 3, 4 };
	uint8_t out[CTL_FRAME_SMALL];

	ASK(ctl_frame_head(out, CTL_BUNDLE_DONE, 40));
	ASK(!memcmp(out, head, sizeof(head)));
	ASK(ctl_frame_hello(out) == sizeof(hello));
	ASK(!memcmp(out, hello, sizeof(hello)));
	ASK(ctl_frame_echo(out, 0x01020304) == sizeof(echo));
	ASK(!memcmp(out, echo, sizeof(echo)));
	ASK(ctl_frame_head(out, 1, CTL_FRAME_MAX - CTL_FRAME_HEAD));
	ASK(!ctl_frame_head(out, 1, CTL_FRAME_MAX - CTL_FRAME_HEAD + 1));
	return true;
}

static bool kinds(void)
{
	uint8_t out[CTL_FRAME_HEAD + CTL_BUNDLE_DONE_LEN];
	const char *why;
	size_t used;

	ctl_frame_head(out, CTL_BUNDLE_DONE, CTL_BUNDLE_DONE_LEN);
	ctl_bundle_done_encode(out + CTL_FRAME_HEAD, CTL_BUNDLE_DONE_LEN, 7, 5,
			       9, 1);
	ASK(decode(out, sizeof(out), &used, &why) == CTL_FRAME_MESSAGE);
	ASK(used == CTL_BUNDLE_DONE_LEN && !why);
	out[15] = CTL_ACK;
	ASK(decode(out, sizeof(out), &used, &why) == CTL_FRAME_BAD && why);
	out[15] = CTL_BUNDLE_DONE;
	out[8] = 'B';
	ASK(decode(out, sizeof(out), &used, &why) == CTL_FRAME_BAD && why);
	ASK(decode(out, ctl_frame_hello(out), &used, &why) == CTL_FRAME_HELLO);
	out[0] = 5;
	ASK(decode(out, 16, &used, &why) == CTL_FRAME_BAD && why);
	ASK(decode(out, ctl_frame_echo(out, 7), &used, &why) == CTL_FRAME_ECHO);
	ctl_frame_echo_reply(out);
	ASK(decode(out, 8, &used, &why) == CTL_FRAME_ECHO_REPLY);
	ASK(out[7] == 7);
	out[1] = 1;
	ASK(decode(out, 8, &used, &why) == CTL_FRAME_BAD && why);
	out[1] = 10;
	ASK(decode(out, 8, &used, &why) == CTL_FRAME_BAD && why);
	return true;
}

static bool every_length(void)
{
	uint8_t out[CTL_FRAME_HEAD + CTL_BUNDLE_DONE_LEN + 1] = { 0 };
	const char *why;
	size_t used, len;

	ctl_frame_head(out, CTL_BUNDLE_DONE, CTL_BUNDLE_DONE_LEN);
	ctl_bundle_done_encode(out + CTL_FRAME_HEAD, CTL_BUNDLE_DONE_LEN, 7, 5,
			       9, 1);
	for (len = 0; len <= sizeof(out); len++)
		ASK((decode(out, len, &used, &why) == CTL_FRAME_BAD) ==
		    (len != sizeof(out) - 1));
	for (len = 0; len < CTL_FRAME_HEAD + CTL_HEADER_LEN; len++) {
		out[3] = (uint8_t)len;
		ASK(decode(out, len, &used, &why) == CTL_FRAME_BAD);
	}
	return true;
}

int main(void)
{
	TEST("golden", golden());
	TEST("kinds", kinds());
	TEST("every_length", every_length());
	return test_end();
}
