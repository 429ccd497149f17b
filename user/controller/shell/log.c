// SPDX-License-Identifier: GPL-2.0
#include "log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_MAX_LEN = 2048,
	LEVELS = 8,
	BUCKET_LINES = 200,		/* of warnings and news at once, and then */
	BUCKET_LINES_S = 20,		/* so many a second: others decide how many there are */
};

static struct {
	char program[32];
	enum log_level most;
	bool json, journal;
	unsigned long count[LEVELS];
	unsigned long left_out;		/* lines, since the last one that was written */
	uint64_t tokens_ms;		/* lines that may be written, times 1000 */
	uint64_t bucket_ms;		/* when that was */
} log = { .program = "?", .most = LOG_L_INFO,
	  .tokens_ms = BUCKET_LINES * 1000 };

/* A line being made; what does not fit is cut off. */
struct line {
	char text[LINE_MAX_LEN];
	size_t len;
};

static const struct {
	enum log_level level;
	const char *name;
} levels[] = {
	{ LOG_L_ERROR, "error" },
	{ LOG_L_WARNING, "warning" },
	{ LOG_L_INFO, "info" },
	{ LOG_L_DEBUG, "debug" },
};

const char *log_level_name(enum log_level level)
{
	unsigned int i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (levels[i].level == level)
			return levels[i].name;
	return "?";
}

bool log_level_parse(const char *word, enum log_level *level)
{
	unsigned int i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!strcmp(levels[i].name, word)) {
			*level = levels[i].level;
			return true;
		}
	}
	return false;
}

void log_open(const char *program, enum log_level most, bool json)
{
	snprintf(log.program, sizeof(log.program), "%s", program);
	log.most = most;
	log.json = json;
	log.journal = getenv("JOURNAL_STREAM");
}

void log_set_level(enum log_level most)
{
	log.most = most;
}

enum log_level log_get_level(void)
{
	return log.most;
}

unsigned long log_count(enum log_level level)
{
	return log.count[level];
}

static void put(struct line *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct line *l, const char *format, ...)
{
	/* Room for the end of an object, and of the line */
	size_t room = sizeof(l->text) - 4 - l->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->text + l->len, room, format, args);
	va_end(args);
	if (n > 0)
		l->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* A JSON string.  An escape is whole, or it is left out. */
static void put_json(struct line *l, const char *text, size_t len)
{
	size_t i;

	put(l, "\"");
	for (i = 0; i < len && l->len < sizeof(l->text) - 16; i++) {
		if (text[i] == '"' || text[i] == '\\')
			put(l, "\\%c", text[i]);
		else
			put(l, "%c", text[i]);
	}
	put(l, "\"");
}

/* Where " key=" starts at or behind @at; NULL: nowhere */
static const char *next_pair(const char *at)
{
	const char *space, *p;

	for (space = strchr(at, ' '); space; space = strchr(space + 1, ' ')) {
		p = space + 1;
		p += strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_");
		if (p > space + 1 && *p == '=')
			return space;
	}
	return NULL;
}

/* Behind the value that starts at @at, quoted or not */
static const char *value_end(const char *at)
{
	const char *end;

	if (*at != '"')
		return at + strcspn(at, " ");
	end = strchr(at + 1, '"');
	return end ? end + 1 : at + strlen(at);
}

static void put_object(struct line *l, enum log_level level, const char *area,
		       const char *words, const struct timespec *now)
{
	const char *pair = next_pair(words), *value, *end;
	size_t len = pair ? (size_t)(pair - words) : strlen(words);

	put(l, "{\"time\":%lld.%03ld,\"level\":\"%s\",\"program\":\"%s\",\"area\":\"%s\",\"message\":",
	    (long long)now->tv_sec, now->tv_nsec / 1000000, log_level_name(level),
	    log.program, area);
	put_json(l, words, len);
	while (pair && l->len < sizeof(l->text) - 128) {
		value = strchr(pair, '=') + 1;
		put(l, ",");
		put_json(l, pair + 1, (size_t)(value - 1 - (pair + 1)));
		put(l, ":");
		end = value_end(value);
		if (*value == '"' && end > value + 1)
			put_json(l, value + 1, (size_t)(end - value - 2));
		else
			put_json(l, value, (size_t)(end - value));
		pair = *end == ' ' ? next_pair(end) : NULL;
	}
	l->len += (size_t)snprintf(l->text + l->len, 3, "}\n");
}

static void put_text(struct line *l, enum log_level level, const char *area,
		     const char *words, const struct timespec *now)
{
	struct tm tm;
	char when[32];

	if (log.journal) {
		put(l, "<%d>%s: %s", level, area, words);
	} else {
		gmtime_r(&now->tv_sec, &tm);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
		put(l, "%s.%03ldZ %s %s: %s: %s", when,
		    now->tv_nsec / 1000000, log.program, log_level_name(level),
		    area, words);
	}
	l->len += (size_t)snprintf(l->text + l->len, 2, "\n");
}

static bool bucket_take(void)
{
	struct timespec now;
	uint64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	log.tokens_ms += (ms - log.bucket_ms) * BUCKET_LINES_S;
	if (log.tokens_ms > BUCKET_LINES * 1000)
		log.tokens_ms = BUCKET_LINES * 1000;
	log.bucket_ms = ms;
	if (log.tokens_ms < 1000) {
		log.left_out++;
		return false;
	}
	log.tokens_ms -= 1000;
	return true;
}

static void write_line(enum log_level level, const char *area, char *words)
{
	struct timespec now;
	struct line line;
	ssize_t ignored;
	char *p;

	/* Names from outside must not look like lines of ours. */
	for (p = words; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	clock_gettime(CLOCK_REALTIME, &now);
	line.len = 0;
	if (log.json)
		put_object(&line, level, area, words, &now);
	else
		put_text(&line, level, area, words, &now);
	/* One write: lines of several processes do not mix. */
	ignored = write(STDERR_FILENO, line.text, line.len);
	(void)ignored;
}

void log_say(enum log_level level, const char *area, const char *format, ...)
{
	char words[LINE_MAX_LEN / 2];
	va_list args;

	log.count[level]++;
	if (level > log.most)
		return;
	/* Errors end something of ours, and who asks for everything gets it. */
	if ((level == LOG_L_WARNING || level == LOG_L_INFO) &&
	    log.most < LOG_L_DEBUG && !bucket_take())
		return;
	if (log.left_out) {
		snprintf(words, sizeof(words), "lines were left out count=%lu",
			 log.left_out);
		log.left_out = 0;
		write_line(LOG_L_WARNING, "log", words);
	}
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	write_line(level, area, words);
}
