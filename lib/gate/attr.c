// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Walking netlink attributes.  Knows lengths and types, and no meaning.
 */
#include "attr.h"

enum {
	HEADER_LEN = 4,			/* struct nlattr: u16 length, u16 type */
	ALIGN = 4,
	TYPE_MASK = 0x3fff,		/* NLA_TYPE_MASK */
};

int gate_attr_next(struct gate_attr_iter *it, struct gate_attr *a)
{
	uint16_t len, type;
	size_t step;

	if (!it->left)
		return 0;
	if (it->left < HEADER_LEN)
		return -1;
	memcpy(&len, it->at, sizeof(len));
	memcpy(&type, it->at + sizeof(len), sizeof(type));
	if (len < HEADER_LEN || len > it->left)
		return -1;
	a->type = type & TYPE_MASK;
	a->len = len - HEADER_LEN;
	a->data = it->at + HEADER_LEN;
	/* The last one need not be padded. */
	step = ((size_t)len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (step > it->left)
		step = it->left;
	it->at += step;
	it->left -= step;
	return 1;
}

enum gate_err gate_attr_set_read(struct gate_attr_set *set, const void *data,
				 size_t len, int *bad)
{
	struct gate_attr_iter it = { .at = data, .left = len };
	struct gate_attr a;
	int rc;

	set->seen = 0;
	while ((rc = gate_attr_next(&it, &a)) > 0) {
		*bad = a.type;
		if (a.type >= GATE_ATTR_NR)
			return GATE_EATTRKEY;
		if (gate_attr_has(set, a.type))
			return GATE_EATTRDUP;
		set->seen |= 1ULL << a.type;
		set->attr[a.type] = a;
	}
	*bad = -1;
	return rc ? GATE_EATTR : GATE_OK;
}

enum gate_err gate_attr_well_formed(const void *data, size_t len, int *bad)
{
	struct gate_attr_iter it = { .at = data, .left = len };
	uint64_t seen = 0;
	struct gate_attr a;
	int rc;

	while ((rc = gate_attr_next(&it, &a)) > 0) {
		*bad = a.type;
		if (a.type >= 64)
			return GATE_EATTRKEY;
		if (seen >> a.type & 1)
			return GATE_EATTRDUP;
		seen |= 1ULL << a.type;
	}
	*bad = -1;
	return rc ? GATE_EATTR : GATE_OK;
}
