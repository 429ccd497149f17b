/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside tools/quorumctl/text: the names of fields and their values as text.
 */
#ifndef FIELD_H
#define FIELD_H

#include "token.h"

/* How a value is written */
enum field_form {
	FORM_PORT,
	FORM_DECIMAL,
	FORM_HEX,
	FORM_MAC,
	FORM_IPV4,
	FORM_IPV6,
};

/* What a name in a text means */
enum field_special {
	SPECIAL_NONE,
	SPECIAL_DL_VLAN,	/* VLAN_VID without its presence bit */
	SPECIAL_VLAN_TCI,	/* VLAN_VID and VLAN_PCP */
	SPECIAL_NW_TOS,		/* IP_DSCP, shifted */
};

struct field_name {
	const char *name;
	uint8_t field;		/* enum flow_field */
	uint8_t special;	/* enum field_special */
};

/* What packets must be for a field to exist in them; 0: anything */
struct field_needs {
	uint16_t eth_type[2];
	uint8_t ip_proto[2];	/* for the Ethernet type in the same place */
	bool vlan;
};

/**
 * field_find() - the field that a name means
 * @match: Ethernet type and IP protocol are known: tp_src, nw_src, icmp_type
 *         mean different fields with different ones
 * Return: false if there is no such name.
 */
bool field_find(const char *name, const struct flow_key *match,
		struct field_name *out);

/* The name that ovs-ofctl prints in set_field. */
const char *field_name(enum flow_field f);

enum field_form field_form(enum flow_field f);
unsigned int field_len(enum flow_field f);
const struct field_needs *field_needs(enum flow_field f);

/* Does a match on these Ethernet types, protocols and tags have the field? */
bool field_applies(enum flow_field f, const struct flow_key *match);

/**
 * field_parse() - a value, or a value and a mask
 * @mask: out: all ones without a mask; NULL: there must not be one
 */
bool field_parse(enum flow_field f, char *text, uint8_t value[FLOW_VALUE_MAX],
		 uint8_t *mask, struct text_err *err);

/* A value in OXM's encoding.  Decimals with a mask beside them are in hex. */
void field_print(FILE *out, enum flow_field f, const uint8_t *value);
void field_print_masked(FILE *out, enum flow_field f, const uint8_t *value,
			const uint8_t *mask);

uint64_t field_number(const uint8_t *value, unsigned int len);
void field_put_number(uint8_t *value, unsigned int len, uint64_t n);

#endif
