// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: any text is refused with words, or means a message that
 * survives being encoded, decoded, printed and read again, byte for byte.
 * The first byte chooses the kind of message.
 */
#include <stdlib.h>
#include "../fuzz.h"
#include "../../tools/quorumctl/text/text.h"

enum { TEXT_MAX = 2000 };

static struct of_message msg, again;
static uint8_t first[65536], second[65536], frame[65536];

static bool parse(uint8_t kind, const char *text, struct text_err *err)
{
	switch (kind % 3) {
	case 0:
		return flow_text_parse(&msg, text, err);
	case 1:
		return group_text_parse(&msg, text, err);
	default:
		return packet_out_text_parse(&msg, frame, sizeof(frame), text,
					     err);
	}
}

static void must(bool ok, const char *text)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", text);
	abort();
}

static char *printed(const struct of_message *m)
{
	char *text;
	size_t room;
	FILE *f = open_memstream(&text, &room);

	message_text_print(f, m);
	fclose(f);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct text_err err = { "" };
	size_t len1, len2, used;
	char *text;
	bool ok;

	if (!len || len > TEXT_MAX)
		return 0;
	text = strndup((const char *)data + 1, len - 1);
	ok = parse(data[0], text, &err);
	must(ok || err.what[0], text);
	free(text);
	if (!ok || of_encode(first, sizeof(first), &len1, &msg))
		return 0;
	must(!of_decode(&again, first, len1, &used) && used == len1, "decode");
	text = printed(&again);
	must(parse(data[0], text, &err), text);
	must(!of_encode(second, sizeof(second), &len2, &msg), text);
	must(len1 == len2 && !memcmp(first, second, len1), text);
	free(text);
	return 0;
}
