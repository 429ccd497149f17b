// SPDX-License-Identifier: GPL-2.0
/*
 * OpenFlow texts of tools/quorumctl/text, against what ovs-ofctl says of them.
 *
 *	texts golden FILE	compare with a recording; N passed, N failed
 *	texts refused FILE	texts that must be refused, one a line
 *	texts hex flow|group TEXT	the message that a text means, in hex
 *	texts printed FILE	the same for texts of all kinds, against ours
 *
 * A recording has, for each text, a line with it, then "= " and what ovs-ofctl
 * (3.1.0, OpenFlow 1.3) prints of its match and actions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../tools/quorumctl/text/text.h"

static unsigned int passed, failed;
static struct of_message msg, again;
static uint8_t bytes[65536], frame[65536];

typedef bool (*parser)(struct of_message *msg, const char *text,
		       struct text_err *err);

static bool packet_out(struct of_message *m, const char *text,
		       struct text_err *err)
{
	return packet_out_text_parse(m, frame, sizeof(frame), text, err);
}

static parser parser_of(const char *kind)
{
	if (!strcmp(kind, "group"))
		return group_text_parse;
	return strcmp(kind, "packet-out") ? flow_text_parse : packet_out;
}

/* Text to bytes; false with words in err */
static bool encode(parser parse, const char *text, size_t *len,
		   struct text_err *err)
{
	enum wire_err e;

	if (!parse(&msg, text, err))
		return false;
	e = of_encode(bytes, sizeof(bytes), len, &msg);
	snprintf(err->what, sizeof(err->what), "%s", wire_err_text(e));
	return !e;
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

/* Text to bytes to a message to text; NULL with words in err */
static char *round_trip(parser parse, const char *text, struct text_err *err)
{
	size_t len, used;
	enum wire_err e;

	if (!encode(parse, text, &len, err))
		return NULL;
	e = of_decode(&again, bytes, len, &used);
	if (e || used != len) {
		snprintf(err->what, sizeof(err->what), "decoding: %s",
			 wire_err_text(e));
		return NULL;
	}
	return printed(&again);
}

static void verdict(bool ok, const char *text, const char *why,
		    const char *more)
{
	if (ok) {
		passed++;
		return;
	}
	failed++;
	printf("FAIL: %s\n\t%s%s\n", text, why, more ? more : "");
}

/* As ovs-ofctl prints it: match, a space, actions */
static char *as_ovs(const struct of_flow_mod *fm)
{
	char *text;
	size_t room;
	FILE *f = open_memstream(&text, &room);
	long start;

	if (fm->priority != 0x8000)
		fprintf(f, "priority=%u", fm->priority);
	start = ftell(f);
	match_text_print(f, &fm->match);
	fflush(f);
	if (start && ftell(f) != start) {	/* a comma between the two */
		fclose(f);
		free(text);
		f = open_memstream(&text, &room);
		fprintf(f, "priority=%u,", fm->priority);
		match_text_print(f, &fm->match);
	}
	fflush(f);
	fprintf(f, "%sactions=", ftell(f) ? " " : "");
	instructions_text_print(f, &fm->instructions);
	fclose(f);
	return text;
}

static void golden_one(const char *text, const char *want)
{
	struct text_err err;
	char *once = round_trip(flow_text_parse, text, &err), *twice, *got;

	verdict(once, text, "refused: ", err.what);
	if (!once)
		return;
	got = as_ovs(&again.flow_mod);
	verdict(!strcmp(got, want), text, "printed as ", got);
	free(got);
	twice = round_trip(flow_text_parse, once, &err);
	verdict(twice && !strcmp(once, twice), once, "is read back as ",
		twice ? twice : err.what);
	free(once);
	free(twice);
}

static FILE *open_lines(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f) {
		perror(path);
		exit(2);
	}
	return f;
}

/* The next line that is not a comment, without its newline */
static bool next_line(FILE *f, char *line, size_t room)
{
	do {
		if (!fgets(line, (int)room, f))
			return false;
	} while (line[0] == '#' || line[0] == '\n');
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void golden(const char *path)
{
	static char text[4096], want[4096];
	FILE *f = open_lines(path);

	while (next_line(f, text, sizeof(text))) {
		if (!next_line(f, want, sizeof(want)) ||
		    strncmp(want, "= ", 2)) {
			verdict(false, text, "no line \"= \" behind it", NULL);
			break;
		}
		golden_one(text, want + 2);
	}
	fclose(f);
}

/* Cuts "flow TEXT", "group TEXT", "packet-out TEXT" after the first word. */
static char *cut(char *line)
{
	char *text = line + strcspn(line, " ");

	if (*text)
		*text++ = '\0';
	return text;
}

/* Such a line, then "= " and what message_text_print() makes of it */
static void printed_as(const char *path)
{
	static char line[4096], want[4096];
	FILE *f = open_lines(path);
	struct text_err err;
	char *text, *once, *twice;

	while (next_line(f, line, sizeof(line))) {
		text = cut(line);
		if (!next_line(f, want, sizeof(want)) ||
		    strncmp(want, "= ", 2)) {
			verdict(false, text, "no line \"= \" behind it", NULL);
			break;
		}
		once = round_trip(parser_of(line), text, &err);
		verdict(once && !strcmp(once, want + 2), text, "printed as ",
			once ? once : err.what);
		twice = once ? round_trip(parser_of(line), once, &err) : NULL;
		verdict(twice && !strcmp(once, twice), text, "is read back as ",
			twice ? twice : err.what);
		free(once);
		free(twice);
	}
	fclose(f);
}

static void refused(const char *path)
{
	static char line[4096];
	FILE *f = open_lines(path);
	struct text_err err;
	char *text;
	size_t len;

	while (next_line(f, line, sizeof(line))) {
		text = cut(line);
		memset(&err, 0, sizeof(err));
		verdict(!encode(parser_of(line), text, &len, &err), text,
			"was accepted", NULL);
		verdict(err.what[0], text, "was refused without words", NULL);
	}
	fclose(f);
}

static int show_hex(const char *kind, const char *text)
{
	struct text_err err;
	size_t len, i;

	if (!encode(parser_of(kind), text, &len, &err)) {
		fprintf(stderr, "texts: %s: %s\n", text, err.what);
		return 1;
	}
	/* ovs-ofctl numbers what it makes from 1. */
	bytes[7] = 1;
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "hex"))
		return show_hex(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "golden")) {
		golden(argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "refused")) {
		refused(argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "printed")) {
		printed_as(argv[2]);
	} else {
		fputs("usage: texts golden|printed|refused FILE | hex KIND TEXT\n",
		      stderr);
		return 2;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
