/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A configuration and messages for the tests of parts: one that is possible in
 * every field, each type of message, and an encoder of what was decoded.
 */
#ifndef AGREE_SAMPLE_H
#define AGREE_SAMPLE_H

#include "message.h"

/* Small limits, four members, byzantine */
void sample_config(struct agree_config *config);
void sample_mode(struct agree_config *config, enum agree_mode mode);

enum { SAMPLES = 14, SAMPLE_MAX = 1 << 17 };

/* Message @i, 0 .. SAMPLES - 1, of fixed content: every type, every kind of certificate */
size_t sample_message(uint8_t *out, size_t room,
		      const struct agree_config *config, unsigned int i);
const char *sample_name(unsigned int i);

/* A message of random content that keeps the limits */
size_t sample_random(uint8_t *out, size_t room,
		     const struct agree_config *config);

/* What was decoded, as bytes again */
size_t sample_encode(uint8_t *out, size_t room,
		     const struct agree_config *config,
		     const struct agree_packet *p);

#endif
