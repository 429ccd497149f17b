/* SPDX-License-Identifier: GPL-2.0 */
/* Wire objects in words: JSON, and lines of text that each begin a new line. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <json-c/json.h>
#include <stdio.h>
#include "../../lib/wire/openflow.h"
#include "../../lib/wire/update.h"

/* A key set: its numbers continue a line, its keys have lines of their own. */
json_object *describe_keyset(const struct keyset *set, FILE *text,
			     const char *indent);

/* A key of a set */
json_object *describe_key(const struct keyset_key *key, FILE *text,
			  const char *indent);

/* All messages of some bytes, until one cannot be decoded */
enum wire_err describe_openflow(struct of_message *msg, const uint8_t *in,
				size_t len, json_object *array, FILE *text,
				const char *indent);

/* One message; the text is what message_text_print() makes. */
json_object *describe_message(const struct of_message *msg);

#endif
