/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Vector files: a reader that holds one stanza at a time.
 *
 * A stanza is lines `key = value` up to an empty line or the end; a key may
 * come several times and keeps its order; # starts a comment line.  The format
 * is described in tests/vectors/README.md.  Everything here is static inline:
 * a test program includes this file and links nothing.
 */
#ifndef ASHLAR_TESTS_STANZA_H
#define ASHLAR_TESTS_STANZA_H

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STANZA_LINES_MAX = 192,
	STANZA_BYTES_MAX = 65536,
};

struct stanza {
	int lines;
	const char *key[STANZA_LINES_MAX];
	const char *value[STANZA_LINES_MAX];
	char text[STANZA_BYTES_MAX];
};

/* Cuts white space off both ends of a string, in place. */
static inline char *stanza_trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n && isspace((unsigned char)s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

/*
 * Reads the next stanza.  Returns 1, 0 at the end of the file, -1 if what is
 * there is not the format or too long.
 */
static inline int stanza_read(FILE *f, struct stanza *s)
{
	size_t used = 0;

	s->lines = 0;
	while (used < sizeof(s->text) &&
	       fgets(s->text + used, (int)(sizeof(s->text) - used), f)) {
		char *line = s->text + used;
		size_t n = strlen(line);
		char *eq;

		if (!n || (line[n - 1] != '\n' && !feof(f)))
			return -1;
		line = stanza_trim(line);
		if (*line == '#')
			continue;
		if (!*line) {
			if (s->lines)
				return 1;
			continue;
		}
		eq = strchr(line, '=');
		if (!eq || s->lines == STANZA_LINES_MAX)
			return -1;
		*eq = '\0';
		s->key[s->lines] = stanza_trim(line);
		s->value[s->lines++] = stanza_trim(eq + 1);
		used += n + 1;
	}
	if (ferror(f) || !feof(f))
		return -1;
	return s->lines != 0;
}

/* The i-th value of a key, counted from 0, or NULL. */
static inline const char *stanza_get(const struct stanza *s, const char *key,
				     int i)
{
	int line;

	for (line = 0; line < s->lines; line++)
		if (!strcmp(s->key[line], key) && !i--)
			return s->value[line];
	return NULL;
}

/* How often a key is there. */
static inline int stanza_count(const struct stanza *s, const char *key)
{
	int n = 0;

	while (stanza_get(s, key, n))
		n++;
	return n;
}

/* Is the first value of the key this word? */
static inline int stanza_is(const struct stanza *s, const char *key,
			    const char *word)
{
	const char *value = stanza_get(s, key, 0);

	return value && !strcmp(value, word);
}

/* The i-th value as a decimal number; ends the program where there is none. */
static inline unsigned long stanza_number(const struct stanza *s,
					  const char *key, int i)
{
	const char *value = stanza_get(s, key, i);
	char *end = NULL;
	unsigned long n = value ? strtoul(value, &end, 10) : 0;

	if (!value || end == value || *end) {
		fprintf(stderr, "stanza: no number %s\n", key);
		exit(2);
	}
	return n;
}

/*
 * The i-th value as bytes.  Returns how many; ends the program if there is no
 * such value, if it is not hexadecimal or if it has more than max bytes.
 */
static inline size_t stanza_bytes(const struct stanza *s, const char *key,
				  int i, uint8_t *out, size_t max)
{
	const char *hex = stanza_get(s, key, i);
	size_t n;

	if (!hex || strlen(hex) % 2 || strlen(hex) / 2 > max ||
	    strspn(hex, "0123456789abcdef") != strlen(hex)) {
		fprintf(stderr, "stanza: no bytes %s\n", key);
		exit(2);
	}
	for (n = 0; hex[2 * n]; n++) {
		char digits[3] = { hex[2 * n], hex[2 * n + 1], '\0' };

		out[n] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

/* The same where the length is known: anything else ends the program. */
static inline void stanza_exact(const struct stanza *s, const char *key, int i,
				uint8_t *out, size_t len)
{
	if (stanza_bytes(s, key, i, out, len) != len) {
		fprintf(stderr, "stanza: %s is not %zu bytes\n", key, len);
		exit(2);
	}
}

#endif
