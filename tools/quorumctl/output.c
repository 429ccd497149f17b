// SPDX-License-Identifier: GPL-2.0
/* Lines of text, or one JSON array. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "output.h"

static bool json, lines, single;
static json_object *array;

void output_json(void)
{
	json = true;
}

bool output_is_json(void)
{
	return json;
}

void output_single(void)
{
	single = true;
}

void output_lines(void)
{
	lines = true;
}

void output(json_object *object, const char *fmt, ...)
{
	va_list ap;

	if (!json) {
		json_object_put(object);
		if (!fmt)
			return;
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
		putchar('\n');
	} else if (object && lines) {
		puts(json_object_to_json_string_ext(object,
						    JSON_C_TO_STRING_PLAIN |
						    JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	} else if (object) {
		if (!array)
			array = json_object_new_array();
		json_object_array_add(array, object);
	}
	if (lines)
		fflush(stdout);
}

void output_end(void)
{
	if (!json || lines)
		return;
	if (!array && single)
		return;
	if (!array)
		array = json_object_new_array();
	puts(json_object_to_json_string_ext(single ?
					    json_object_array_get_idx(array, 0) :
					    array, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(array);
	array = NULL;
	lines = true;		/* it is said once */
}

void json_text(json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

void json_number(json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

void json_flag(json_object *o, const char *key, bool b)
{
	json_object_object_add(o, key, json_object_new_boolean(b));
}

void json_hex64(json_object *o, const char *key, uint64_t n)
{
	char text[19];

	snprintf(text, sizeof(text), "0x%" PRIx64, n);
	json_text(o, key, text);
}

void json_bytes(json_object *o, const char *key, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	json_object *value;
	char *text;
	size_t i, room;
	FILE *f = open_memstream(&text, &room);

	if (!f)
		return;
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", b[i]);
	fclose(f);
	value = json_object_new_string(text);
	free(text);
	json_object_object_add(o, key, value);
}

const char *hex_text(const void *bytes, size_t len)
{
	static char ring[8][129];
	static unsigned int next;
	char *out = ring[next++ % 8];
	const uint8_t *b = bytes;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < len && i < 64; i++)
		snprintf(out + 2 * i, 3, "%02x", b[i]);
	return out;
}

const char *dpid_text(uint64_t dpid)
{
	uint8_t bytes[8];
	int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(dpid >> (56 - 8 * i));
	return hex_text(bytes, sizeof(bytes));
}
