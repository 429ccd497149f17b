// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Encoding of actions that of_actions_check() accepts. */
#include "parts.h"

static void of_action_encode(struct wire_writer *w, const struct of_action *a)
{
	size_t start = w->used;
	enum flow_field f;

	switch (a->type) {
	case OF_ACTION_OUTPUT:
		wire_write_be(w, OF_WIRE_OUTPUT, 2);
		wire_write_zero(w, 2);
		wire_write_be(w, a->port, 4);
		wire_write_be(w, a->max_len, 2);
		wire_write_zero(w, 6);
		break;
	case OF_ACTION_GROUP:
		wire_write_be(w, OF_WIRE_GROUP, 2);
		wire_write_zero(w, 2);
		wire_write_be(w, a->group, 4);
		break;
	case OF_ACTION_PUSH_VLAN:
		wire_write_be(w, OF_WIRE_PUSH_VLAN, 2);
		wire_write_zero(w, 2);
		wire_write_be(w, a->tpid, 2);
		break;
	case OF_ACTION_POP_VLAN:
		wire_write_be(w, OF_WIRE_POP_VLAN, 2);
		wire_write_zero(w, 6);
		break;
	case OF_ACTION_SET_FIELD:
		wire_write_be(w, OF_WIRE_SET_FIELD, 2);
		wire_write_zero(w, 2);
		oxm_header_encode(w, a->field, false);
		wire_write(w, a->value,
			   oxm_field_of(oxm_number(a->field), &f));
		break;
	case OF_ACTION_SET_NW_TTL:
		wire_write_be(w, OF_WIRE_SET_NW_TTL, 2);
		wire_write_zero(w, 2);
		wire_write_be(w, a->ttl, 1);
		break;
	case OF_ACTION_DEC_NW_TTL:
		wire_write_be(w, OF_WIRE_DEC_NW_TTL, 2);
		wire_write_zero(w, 6);
		break;
	}
	wire_write_zero(w, -(w->used - start) & 7);
	wire_patch16(w, start + 2, w->used - start);
}

void of_actions_encode(struct wire_writer *w, const struct of_action *action,
		       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		of_action_encode(w, &action[i]);
}
