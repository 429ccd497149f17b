/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Golden files: stanzas of `key = value` between empty lines.  "hex" may be
 * there many times, its values are joined.
 */
#ifndef WIRE_GOLDEN_H
#define WIRE_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GOLDEN_BYTES_MAX = 1 << 17, GOLDEN_WORDS_MAX = 8192 };

struct golden {
	char name[64];
	char test[16];			/* "" if the file has one kind */
	bool refused;
	char words[GOLDEN_WORDS_MAX];	/* what it says, or the name of the error */
	uint8_t bytes[GOLDEN_BYTES_MAX];
	size_t len;
};

/* Call @f for each stanza; ends the program if the file is not as it should be. */
void golden_each(const char *path, void (*f)(const struct golden *g));

/* Append the bytes of some hexadecimal digits, blanks between pairs allowed. */
bool golden_hex(uint8_t *out, size_t room, size_t *len, const char *hex);

/* The name of an error as it is in the golden files: "EPAD" */
const char *golden_error(unsigned int err);

#endif
