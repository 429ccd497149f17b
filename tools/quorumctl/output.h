/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a subcommand says: for each thing one line of text, or, with --json, one
 * object of one array.  JSON is json-c's, which has unsigned 64-bit integers.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

void output_json(void);		/* from now on */
bool output_is_json(void);
void output_single(void);	/* there is one object: no array around it */
void output_lines(void);	/* an object is a line, at once: no array */

/**
 * output() - say one thing
 * @object: taken over; NULL: text only
 * @fmt:    the text, or NULL: JSON only
 */
__attribute__((format(printf, 2, 3)))
void output(json_object *object, const char *fmt, ...);

void output_end(void);		/* closes the array */

/* Members of objects.  Datapath ids, cookies and digests are strings. */
void json_text(json_object *o, const char *key, const char *text);
void json_number(json_object *o, const char *key, uint64_t n);
void json_flag(json_object *o, const char *key, bool b);
void json_hex64(json_object *o, const char *key, uint64_t n);
void json_bytes(json_object *o, const char *key, const void *bytes, size_t len);

/* Bytes in hex; for @len up to 64.  The result lasts until the eighth call. */
const char *hex_text(const void *bytes, size_t len);

/* A datapath id as ovs-vsctl writes it, 16 hex digits; as long as hex_text() */
const char *dpid_text(uint64_t dpid);

#endif
