// SPDX-License-Identifier: GPL-2.0
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire_err.h"

#define ERROR_NAME(name, text) #name,
static const char *const names[] = { WIRE_ERRORS(ERROR_NAME) };

const char *golden_error(unsigned int err)
{
	return err < WIRE_ERR_NR ? names[err] : "?";
}

bool golden_hex(uint8_t *out, size_t room, size_t *len, const char *hex)
{
	unsigned int v;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		if (*len == room || !hex[1] || sscanf(hex, "%2x", &v) != 1)
			return false;
		out[(*len)++] = (uint8_t)v;
		hex++;
	}
	return true;
}

static void bad(const char *path, const char *line)
{
	fprintf(stderr, "%s: not understood: %s\n", path, line);
	exit(1);
}

static void take(char *out, size_t room, const char *value, const char *path)
{
	if (snprintf(out, room, "%s", value) >= (int)room)
		bad(path, value);
}

void golden_each(const char *path, void (*f)(const struct golden *g))
{
	static char line[GOLDEN_WORDS_MAX + 64];
	static struct golden g;
	FILE *file = fopen(path, "r");
	char *value;

	if (!file) {
		perror(path);
		exit(1);
	}
	for (;;) {
		bool more = fgets(line, sizeof(line), file);

		line[more ? strcspn(line, "\n") : 0] = '\0';
		if (!*line) {
			if (*g.name)
				f(&g);
			memset(&g, 0, sizeof(g));
			if (!more)
				break;
			continue;
		}
		if (*line == '#')
			continue;
		value = strstr(line, " = ");
		if (!value)
			bad(path, line);
		*value = '\0';
		value += 3;
		if (!strcmp(line, "name")) {
			take(g.name, sizeof(g.name), value, path);
		} else if (!strcmp(line, "test")) {
			take(g.test, sizeof(g.test), value, path);
		} else if (!strcmp(line, "says") || !strcmp(line, "error")) {
			g.refused = *line == 'e';
			take(g.words, sizeof(g.words), value, path);
		} else if (strcmp(line, "hex") ||
			   !golden_hex(g.bytes, sizeof(g.bytes), &g.len,
				       value)) {
			bad(path, line);
		}
	}
	fclose(file);
}
