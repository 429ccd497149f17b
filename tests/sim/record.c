// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of histories.  One way to write each line, so that what was cut, glued together or edited shows.
 */
#include "record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

#define MAGIC "ashlar-history-1 "

enum { SAY_MAX = 50 };

void record_wrong(struct records *r, const struct record_file *f,
		  unsigned int line, const char *format, ...)
{
	va_list args;

	if (r->wrong++ >= SAY_MAX)
		return;
	printf("%s:%u: ", f->path, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* Decimal, without zeros before it, and what ends it */
static bool number(const char **at, uint64_t *out, char end)
{
	const char *p = *at;
	uint64_t v = 0;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	*out = v;
	*at = p + (*p != 0);
	return *p == end;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool digest(const char **at, uint8_t *out, char end)
{
	const char *p = *at;
	unsigned int i;
	int high, low;

	for (i = 0; i < RECORD_DIGEST_LEN; i++, p += 2) {
		high = nibble(p[0]);
		low = high < 0 ? -1 : nibble(p[1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	*at = p + (*p != 0);
	return *p == end;
}

/* The last word of a line is one of two. */
static bool choice(const char *at, const char *no, const char *yes, bool *out)
{
	*out = !strcmp(at, yes);
	return *out || !strcmp(at, no);
}

static bool of_controller(const char *at, struct record *c)
{
	switch (c->kind) {
	case RECORD_EXECUTED:
		return number(&at, &c->height, ' ') &&
		       number(&at, &c->index, ' ') &&
		       number(&at, &c->time_ms, ' ') &&
		       number(&at, &c->client, ' ') &&
		       number(&at, &c->epoch, ' ') &&
		       number(&at, &c->counter, ' ') &&
		       digest(&at, c->digest, 0);
	case RECORD_ENDED:
	case RECORD_LOADED:
		return number(&at, &c->height, 0);
	case RECORD_GIVEN:
		return number(&at, &c->dpid, ' ') &&
		       number(&at, &c->phase, ' ') &&
		       number(&at, &c->sequence, ' ') &&
		       digest(&at, c->digest, ' ') &&
		       number(&at, &c->height, ' ') &&
		       number(&at, &c->index, 0);
	default:
		return false;
	}
}

static bool of_switch(const char *at, struct record *c)
{
	switch (c->kind) {
	case RECORD_APPLIED:
		return number(&at, &c->dpid, ' ') &&
		       number(&at, &c->epoch, ' ') &&
		       number(&at, &c->phase, ' ') &&
		       number(&at, &c->sequence, ' ') &&
		       digest(&at, c->digest, ' ') &&
		       choice(at, "applied", "refused", &c->flag);
	case RECORD_ISSUED:
		return number(&at, &c->client, ' ') &&
		       number(&at, &c->epoch, ' ') &&
		       number(&at, &c->counter, ' ') &&
		       digest(&at, c->digest, 0);
	case RECORD_STARTED:
		return number(&at, &c->dpid, ' ') &&
		       number(&at, &c->epoch, ' ') &&
		       choice(at, "kept", "lost", &c->flag);
	default:
		return false;
	}
}

static bool header(struct record_file *f, const char *line)
{
	const char *at = line + strlen(MAGIC), *space;

	if (strncmp(line, MAGIC, strlen(MAGIC)))
		return false;
	f->controller = !strncmp(at, "controller ", 11);
	if (!f->controller && strncmp(at, "switch ", 7))
		return false;
	at += f->controller ? 11 : 7;
	space = strchr(at, ' ');
	if (!space || space == at || space - at >= RECORD_NAME_MAX)
		return false;
	memcpy(f->name, at, (size_t)(space - at));
	at = space + 1;
	return number(&at, &f->number, 0);
}

static struct record *next(struct record_file *f)
{
	if (f->nr == f->room) {
		f->room = f->room ? 2 * f->room : 1024;
		f->record = must_have(f->record, f->room * sizeof(*f->record));
	}
	memset(&f->record[f->nr], 0, sizeof(*f->record));
	return &f->record[f->nr];
}

static void take(struct records *r, struct record_file *f, const char *text,
		 unsigned int line)
{
	struct record *c = next(f);

	c->line = line;
	c->kind = (enum record_kind)text[0];
	if (!text[0] || text[1] != ' ' ||
	    !(f->controller ? of_controller(text + 2, c) :
			      of_switch(text + 2, c))) {
		record_wrong(r, f, line, "malformed: no line of the history of a %s",
			     f->controller ? "controller" : "switch");
		return;
	}
	if (!f->controller && c->kind != RECORD_ISSUED && c->dpid != f->number) {
		record_wrong(r, f, line, "malformed: of switch %llu in the history of %llu",
			     (unsigned long long)c->dpid,
			     (unsigned long long)f->number);
		return;
	}
	f->has_started |= c->kind == RECORD_STARTED;
	f->has_loaded |= c->kind == RECORD_LOADED;
	f->nr++;
}

bool record_read(struct records *r, struct record_file *f, const char *path)
{
	FILE *in = fopen(path, "r");
	unsigned int line = 0;
	char *text = NULL;
	size_t room = 0;
	ssize_t len;

	f->path = path;
	if (!in) {
		fprintf(stderr, "check-history: %s: %s\n", path,
			strerror(errno));
		return false;
	}
	while ((len = getline(&text, &room, in)) > 0) {
		line++;
		/* A process that was killed while it wrote */
		f->torn = text[len - 1] != '\n';
		if (f->torn)
			break;
		text[len - 1] = 0;
		if (line > 1)
			take(r, f, text, line);
		else if (!header(f, text))
			break;
	}
	free(text);
	fclose(in);
	if (f->name[0] || (line <= 1 && f->torn))
		return true;
	record_wrong(r, f, 1, "malformed: no history begins like this");
	return line;
}
