// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * Actions: OpenFlow 1.3.5 A.2.5, and action sets: 5.10.
 */
#include "parts.h"

enum {
	OF_ACTION_HEADER_LEN = 4,
	OF_TPID_8021Q = 0x8100,
	OF_TPID_8021AD = 0x88a8,
};

bool of_port_real(uint32_t port)
{
	return (port && port <= OF_PORT_MAX) || port == OF_PORT_LOCAL;
}

/* The OXM of a set-field action: a header, a value, padding to the end */
static enum wire_err of_set_field_decode(struct of_action *a,
					 const uint8_t *in, size_t len)
{
	enum flow_field f;
	size_t n, end;

	if (len < OXM_HEADER_LEN)
		return WIRE_ELENGTH;
	n = oxm_field_of(in[2] >> 1, &f);
	if (wire_get16(in) != OXM_CLASS_BASIC || !n)
		return WIRE_EFIELD;
	if (in[2] & 1)
		return WIRE_EMASK;
	end = OXM_HEADER_LEN + n;
	if (in[3] != n || len != ((OF_ACTION_HEADER_LEN + end + 7) & ~(size_t)7) -
				OF_ACTION_HEADER_LEN)
		return WIRE_ELENGTH;
	a->type = OF_ACTION_SET_FIELD;
	a->field = f;
	memcpy(a->value, in + OXM_HEADER_LEN, n);
	return wire_zero(in + end, len - end) ? WIRE_OK : WIRE_EPAD;
}

static size_t of_action_len(unsigned int type)
{
	switch (type) {
	case OF_WIRE_OUTPUT:
		return 16;
	case OF_WIRE_PUSH_VLAN:
	case OF_WIRE_POP_VLAN:
	case OF_WIRE_GROUP:
	case OF_WIRE_SET_NW_TTL:
	case OF_WIRE_DEC_NW_TTL:
		return 8;
	default:
		return 0;
	}
}

/* One action; @len is what its header says. */
static enum wire_err of_action_decode(struct of_action *a, const uint8_t *in,
				      size_t len)
{
	unsigned int type = wire_get16(in);
	size_t pad;

	if (type == OF_WIRE_SET_FIELD)
		return of_set_field_decode(a, in + OF_ACTION_HEADER_LEN,
					   len - OF_ACTION_HEADER_LEN);
	if (!of_action_len(type))
		return WIRE_EACTION;
	if (len != of_action_len(type))
		return WIRE_ELENGTH;
	switch (type) {
	case OF_WIRE_OUTPUT:
		a->type = OF_ACTION_OUTPUT;
		a->port = wire_get32(in + 4);
		if (a->port == OF_PORT_CONTROLLER)
			a->max_len = wire_get16(in + 8);
		pad = 6;
		break;
	case OF_WIRE_PUSH_VLAN:
		a->type = OF_ACTION_PUSH_VLAN;
		a->tpid = wire_get16(in + 4);
		pad = 2;
		break;
	case OF_WIRE_POP_VLAN:
		a->type = OF_ACTION_POP_VLAN;
		pad = 4;
		break;
	case OF_WIRE_GROUP:
		a->type = OF_ACTION_GROUP;
		a->group = wire_get32(in + 4);
		pad = 0;
		break;
	case OF_WIRE_SET_NW_TTL:
		a->type = OF_ACTION_SET_NW_TTL;
		a->ttl = in[4];
		pad = 3;
		break;
	default:
		a->type = OF_ACTION_DEC_NW_TTL;
		pad = 4;
		break;
	}
	return wire_zero(in + len - pad, pad) ? WIRE_OK : WIRE_EPAD;
}

enum wire_err of_actions_decode(struct of_action action[OF_ACTIONS_MAX],
				uint8_t *nr, const uint8_t *in, size_t len)
{
	enum wire_err err;
	size_t n;

	for (; len; in += n, len -= n, ++*nr) {
		if (len < OF_ACTION_HEADER_LEN)
			return WIRE_ESHORT;
		n = wire_get16(in + 2);
		if (n < 2 * OF_ACTION_HEADER_LEN || n % 8)
			return WIRE_ELENGTH;
		if (n > len)
			return WIRE_ESHORT;
		if (*nr >= OF_ACTIONS_MAX)
			return WIRE_ECOUNT;
		err = of_action_decode(&action[*nr], in, n);
		if (err)
			return err;
	}
	return WIRE_OK;
}

static enum wire_err of_output_check(const struct of_action *a,
				     const struct of_place *place)
{
	if (a->max_len && a->port != OF_PORT_CONTROLLER)
		return WIRE_EVALUE;
	switch (a->port) {
	case OF_PORT_IN_PORT:
	case OF_PORT_FLOOD:
	case OF_PORT_ALL:
	case OF_PORT_CONTROLLER:
		return WIRE_OK;
	case OF_PORT_TABLE:
		return place->table ? WIRE_OK : WIRE_EPORT;
	default:
		return of_port_real(a->port) ? WIRE_OK : WIRE_EPORT;
	}
}

static enum wire_err of_set_field_check(const struct of_action *a,
					const struct of_place *place)
{
	enum flow_field f = a->field;

	switch (f) {
	case FLOW_IN_PORT:
	case FLOW_METADATA:
	case FLOW_ETH_TYPE:
	case FLOW_IP_PROTO:
	case FLOW_FIELD_NR:
		return WIRE_EFIELD;
	case FLOW_VLAN_VID:
		if (!(wire_get16(a->value) & FLOW_VLAN_PRESENT))
			return WIRE_EOXMVALUE;
		break;
	default:
		if (a->field > FLOW_FIELD_NR)
			return WIRE_EFIELD;
	}
	if (place->match) {
		if (f == FLOW_VLAN_VID || f == FLOW_VLAN_PCP) {
			if (!place->tags)
				return WIRE_EPREREQ;
		} else if (!oxm_prereq(place->match, f)) {
			return WIRE_EPREREQ;
		}
	}
	return oxm_value_check(f, a->value);
}

/* Is there an IP header whose TTL can be changed? */
static enum wire_err of_ttl_check(const struct of_place *place)
{
	if (place->match && !oxm_prereq(place->match, FLOW_IP_PROTO))
		return WIRE_EPREREQ;
	return WIRE_OK;
}

/*
 * In an action set pop comes before push, whatever the order in the list: there
 * a pop needs a tag of the packet itself.
 */
static enum wire_err of_pop_check(struct of_place *place, bool pushed)
{
	if (!place->match)
		return WIRE_OK;
	if (!place->tags || (place->set && pushed))
		return WIRE_EPREREQ;
	place->tags--;
	return WIRE_OK;
}

enum wire_err of_actions_check(const struct of_action *action, unsigned int nr,
			       struct of_place *place)
{
	uint64_t types = 0, fields = 0, *seen, bit;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct of_action *a = &action[i];
		enum wire_err err = WIRE_OK;

		switch (a->type) {
		case OF_ACTION_OUTPUT:
			err = of_output_check(a, place);
			break;
		case OF_ACTION_GROUP:
			if (!place->group || a->group > OF_GROUP_MAX)
				err = WIRE_EGROUP;
			break;
		case OF_ACTION_PUSH_VLAN:
			if (a->tpid != OF_TPID_8021Q &&
			    a->tpid != OF_TPID_8021AD)
				err = WIRE_EVALUE;
			place->tags++;
			break;
		case OF_ACTION_POP_VLAN:
			err = of_pop_check(place, types >>
						  OF_ACTION_PUSH_VLAN & 1);
			break;
		case OF_ACTION_SET_FIELD:
			err = of_set_field_check(a, place);
			break;
		case OF_ACTION_SET_NW_TTL:
		case OF_ACTION_DEC_NW_TTL:
			err = of_ttl_check(place);
			break;
		default:
			err = WIRE_EACTION;
		}
		if (err)
			return err;
		if (a->type == OF_ACTION_SET_FIELD) {
			seen = &fields;
			bit = 1ull << a->field;
		} else {
			seen = &types;
			bit = 1ull << a->type;
		}
		if (place->set && (*seen & bit))
			return WIRE_EDUPLICATE;
		*seen |= bit;
	}
	return WIRE_OK;
}
