/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Netlink attributes in bytes that user space sent.  Private to lib/gate.
 */
#ifndef GATE_ATTR_H
#define GATE_ATTR_H

#include "gate.h"

enum { GATE_ATTR_NR = 40 };		/* types that are told apart */

struct gate_attr {
	const uint8_t *data;		/* any alignment */
	uint16_t len;			/* bytes of data */
	uint16_t type;			/* without the two flag bits, as nla_type() */
};

struct gate_attr_iter {
	const uint8_t *at;
	size_t left;
};

/**
 * gate_attr_next() - the next attribute of a list
 * @it: at first: all bytes of the list; afterwards: what is behind @a
 *
 * Return: 1; 0 at the end; -1 for bytes that are no attribute.  As
 * nla_for_each_nested() in openvswitch, whose users refuse left-over bytes.
 */
int gate_attr_next(struct gate_attr_iter *it, struct gate_attr *a);

/* A list in which each type may be once.  attr[] is valid where seen has a bit. */
struct gate_attr_set {
	uint64_t seen;
	struct gate_attr attr[GATE_ATTR_NR];
};

/**
 * gate_attr_set_read() - all attributes of a list
 * @bad: out: the offending type, if one is to blame
 * Return: GATE_OK, GATE_EATTR, GATE_EATTRDUP, GATE_EATTRKEY (type out of range).
 */
enum gate_err gate_attr_set_read(struct gate_attr_set *set, const void *data,
				 size_t len, int *bad);

/* Is this a list of attributes at all, whatever they are?  None twice. */
enum gate_err gate_attr_well_formed(const void *data, size_t len, int *bad);

static inline bool gate_attr_has(const struct gate_attr_set *set,
				 unsigned int type)
{
	return set->seen >> type & 1;
}

static inline bool gate_attr_is_zero(const struct gate_attr *a)
{
	size_t i;

	for (i = 0; i < a->len; i++)
		if (a->data[i])
			return false;
	return true;
}

/* Numbers in the order of the machine */
static inline uint16_t gate_attr_u16(const struct gate_attr *a)
{
	uint16_t v;

	memcpy(&v, a->data, sizeof(v));
	return v;
}

static inline uint32_t gate_attr_u32(const struct gate_attr *a)
{
	uint32_t v;

	memcpy(&v, a->data, sizeof(v));
	return v;
}

#endif
