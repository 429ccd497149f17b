// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes of jobs in chunks of one size: so whether there is room depends on how
 * much is kept, never on where it lies, and is the same on every controller.
 */
#include "ctl_state.h"

void ctl_chunks_init(struct ctl_chunks *c)
{
	uint32_t i;

	for (i = 0; i < c->nr; i++)
		c->next[i] = i + 1 < c->nr ? i + 1 : CTL_NONE;
	c->free = 0;
}

uint32_t ctl_chunks_of(size_t len)
{
	return (uint32_t)((len + CTL_CHUNK_LEN - 1) / CTL_CHUNK_LEN);
}

uint32_t ctl_chunk_put(struct ctl_chunks *c, const uint8_t *bytes, size_t len)
{
	uint32_t first = c->free, at = first, last;
	size_t part;

	assert(len);
	do {
		assert(at != CTL_NONE);
		part = len < CTL_CHUNK_LEN ? len : CTL_CHUNK_LEN;
		memcpy(c->data[at], bytes, part);
		bytes += part;
		len -= part;
		last = at;
		at = c->next[at];
	} while (len);
	c->free = at;
	c->next[last] = CTL_NONE;
	return first;
}

void ctl_chunk_get(const struct ctl_chunks *c, uint32_t first, uint8_t *out,
		   size_t len)
{
	size_t part;

	for (; len; first = c->next[first]) {
		assert(first != CTL_NONE);
		part = len < CTL_CHUNK_LEN ? len : CTL_CHUNK_LEN;
		memcpy(out, c->data[first], part);
		out += part;
		len -= part;
	}
}

void ctl_chunk_free(struct ctl_chunks *c, uint32_t first)
{
	uint32_t last = first;

	while (c->next[last] != CTL_NONE)
		last = c->next[last];
	c->next[last] = c->free;
	c->free = first;
}
