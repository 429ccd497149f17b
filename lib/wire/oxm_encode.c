// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Encoding of matches: fields in ascending order, masks where they say more. */
#include "parts.h"

void oxm_header_encode(struct wire_writer *w, enum flow_field f, bool mask)
{
	unsigned int number = oxm_number(f);
	enum flow_field same;
	size_t n = oxm_field_of(number, &same);

	wire_write_be(w, OXM_CLASS_BASIC, 2);
	wire_write_be(w, number << 1 | mask, 1);
	wire_write_be(w, mask ? 2 * n : n, 1);
}

static void oxm_encode(struct wire_writer *w, const struct flow_match *m,
		       enum flow_field f)
{
	uint8_t value[FLOW_VALUE_MAX], mask[FLOW_VALUE_MAX];
	uint8_t ones[FLOW_VALUE_MAX];
	struct flow_key whole;
	size_t n;

	flow_field_mask(&whole, f);
	flow_field_get(ones, &whole, f);
	flow_field_get(mask, &m->mask, f);
	n = flow_field_get(value, &m->key, f);
	oxm_header_encode(w, f, memcmp(mask, ones, n));
	wire_write(w, value, n);
	if (memcmp(mask, ones, n))
		wire_write(w, mask, n);
}

void oxm_match_encode(struct wire_writer *w, const struct flow_match *m,
		      uint64_t fields)
{
	size_t start = w->used;
	unsigned int f;

	wire_write_be(w, OF_MATCH_OXM, 2);
	wire_write_zero(w, 2);
	for (f = 0; f < FLOW_FIELD_NR; f++)
		if (fields >> f & 1)
			oxm_encode(w, m, f);
	wire_patch16(w, start + 2, w->used - start);
	wire_write_zero(w, -(w->used - start) & 7);
}
