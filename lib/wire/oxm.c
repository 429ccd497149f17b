// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Decoding of matches: OpenFlow 1.3.5 A.2.3.
 *
 * A field stands behind its prerequisites, as A.2.3.6 says; in ascending order
 * of OXM numbers it always does.  Values are not compared with their masks here:
 * oxm_match_check() sees the bits outside.
 */
#include "parts.h"

/* One field with its header.  @used: out: bytes */
static enum wire_err oxm_decode(struct flow_match *m, uint64_t *seen,
				const uint8_t *in, size_t len, size_t *used)
{
	uint8_t ones[FLOW_VALUE_MAX];
	const uint8_t *value, *mask;
	enum flow_field f;
	enum wire_err err;
	size_t n;
	bool masked;

	if (len < OXM_HEADER_LEN)
		return WIRE_ESHORT;
	n = oxm_field_of(in[2] >> 1, &f);
	if (wire_get16(in) != OXM_CLASS_BASIC || !n)
		return WIRE_EFIELD;
	masked = in[2] & 1;
	if (in[3] != (masked ? 2 * n : n))
		return WIRE_ELENGTH;
	*used = OXM_HEADER_LEN + in[3];
	if (len < *used)
		return WIRE_ESHORT;
	if (*seen >> f & 1)
		return WIRE_EDUPLICATE;
	*seen |= 1ull << f;
	value = in + OXM_HEADER_LEN;
	err = oxm_value_check(f, value);
	if (err)
		return err;
	if (!oxm_prereq(m, f))
		return WIRE_EPREREQ;
	memset(ones, 0xff, sizeof(ones));
	mask = ones;
	if (masked) {
		mask = value + n;
		if (!oxm_maskable(f) || wire_zero(mask, n))
			return WIRE_EMASK;
		if (oxm_value_check(f, mask))
			return WIRE_EOXMVALUE;
	}
	flow_field_put(&m->key, f, value);
	flow_field_put(&m->mask, f, mask);
	return WIRE_OK;
}

enum wire_err oxm_match_decode(struct flow_match *m, const uint8_t *in,
			       size_t len, size_t *used)
{
	size_t match_len, at, n;
	uint64_t seen = 0;
	enum wire_err err;

	memset(m, 0, sizeof(*m));
	if (len < OF_MATCH_HEADER_LEN)
		return WIRE_ESHORT;
	if (wire_get16(in) != OF_MATCH_OXM)
		return WIRE_EFIELD;
	match_len = wire_get16(in + 2);
	if (match_len < OF_MATCH_HEADER_LEN)
		return WIRE_ELENGTH;
	*used = (match_len + 7) & ~(size_t)7;
	if (len < *used)
		return WIRE_ESHORT;
	for (at = OF_MATCH_HEADER_LEN; at < match_len; at += n) {
		err = oxm_decode(m, &seen, in + at, match_len - at, &n);
		if (err)
			return err;
	}
	return wire_zero(in + match_len, *used - match_len) ? WIRE_OK :
							      WIRE_EPAD;
}
