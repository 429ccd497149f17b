// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * FLOW_MOD: OpenFlow 1.3.5 A.3.4.1, instructions: A.2.4.
 *
 *	 8 cookie 8 | 16 cookie_mask 8 | 24 table 1 | 25 command 1
 *	26 idle_timeout 2 | 28 hard_timeout 2 | 30 priority 2 | 32 buffer 4
 *	36 out_port 4 | 40 out_group 4 | 44 flags 2 | 46 pad 2
 *	48 match | instructions
 */
#include "parts.h"

enum {
	OF_INSTRUCTION_MIN = 8,
	OF_FLAGS_ALLOWED = OF_FLAG_SEND_FLOW_REM | OF_FLAG_CHECK_OVERLAP |
			   OF_FLAG_RESET_COUNTS | OF_FLAG_NO_PKT_COUNTS |
			   OF_FLAG_NO_BYT_COUNTS,
};

static bool of_is_delete(const struct of_flow_mod *fm)
{
	return fm->command == OF_FLOW_DELETE ||
	       fm->command == OF_FLOW_DELETE_STRICT;
}

/* The bytes of a list of actions, by the instruction that has it */
struct of_list {
	const uint8_t *in;
	size_t len;
};

/* One instruction; @len is what its header says. */
static enum wire_err of_instruction_decode(struct of_instructions *ins,
					   struct of_list *apply,
					   struct of_list *write,
					   const uint8_t *in, size_t len)
{
	struct of_list actions = { in + 8, len - 8 };

	switch (wire_get16(in)) {
	case OF_INSTRUCTION_GOTO:
		if (len != 8)
			return WIRE_ELENGTH;
		ins->has_goto = 1;
		ins->goto_table = in[4];
		return wire_zero(in + 5, 3) ? WIRE_OK : WIRE_EPAD;
	case OF_INSTRUCTION_METADATA:
		if (len != 24)
			return WIRE_ELENGTH;
		ins->metadata = wire_get64(in + 8);
		ins->metadata_mask = wire_get64(in + 16);
		if (!ins->metadata_mask)
			return WIRE_EMASK;
		break;
	case OF_INSTRUCTION_WRITE:
		*write = actions;
		break;
	case OF_INSTRUCTION_APPLY:
		*apply = actions;
		break;
	default:			/* CLEAR */
		if (len != 8)
			return WIRE_ELENGTH;
		ins->clear_actions = 1;
		break;
	}
	return wire_zero(in + 4, 4) ? WIRE_OK : WIRE_EPAD;
}

static enum wire_err of_instructions_decode(struct of_instructions *ins,
					    const uint8_t *in, size_t len)
{
	struct of_list apply = { NULL, 0 }, write = { NULL, 0 };
	unsigned int type, seen = 0;
	enum wire_err err;
	size_t n;

	for (; len; in += n, len -= n) {
		if (len < 4)
			return WIRE_ESHORT;
		type = wire_get16(in);
		n = wire_get16(in + 2);
		if (type < OF_INSTRUCTION_GOTO || type > OF_INSTRUCTION_CLEAR)
			return WIRE_EINSTRUCTION;
		if (n < OF_INSTRUCTION_MIN)
			return WIRE_ELENGTH;
		if (n > len)
			return WIRE_ESHORT;
		if (seen >> type & 1)
			return WIRE_EDUPLICATE;
		seen |= 1u << type;
		err = of_instruction_decode(ins, &apply, &write, in, n);
		if (err)
			return err;
	}
	err = of_actions_decode(ins->action, &ins->apply_nr, apply.in,
				apply.len);
	if (err)
		return err;
	ins->write_nr = ins->apply_nr;
	err = of_actions_decode(ins->action, &ins->write_nr, write.in,
				write.len);
	ins->write_nr -= ins->apply_nr;
	return err;
}

static enum wire_err of_instructions_check(const struct of_flow_mod *fm)
{
	const struct of_instructions *ins = &fm->instructions;
	struct of_place place = {
		.group = true,
		.match = &fm->match,
		.tags = oxm_prereq(&fm->match, FLOW_VLAN_PCP),
	};
	enum wire_err err;

	if (ins->apply_nr + ins->write_nr > OF_ACTIONS_MAX)
		return WIRE_ECOUNT;
	if (ins->has_goto > 1 || ins->clear_actions > 1 ||
	    (!ins->has_goto && ins->goto_table))
		return WIRE_EVALUE;
	if (of_is_delete(fm))
		return ins->has_goto || ins->clear_actions || ins->apply_nr ||
		       ins->write_nr || ins->metadata || ins->metadata_mask ?
		       WIRE_EINSTRUCTION : WIRE_OK;
	if (ins->has_goto && ins->goto_table > OF_TABLE_MAX)
		return WIRE_ETABLE;
	if (ins->has_goto && ins->goto_table <= fm->table)
		return WIRE_EGOTO;
	if (ins->metadata & ~ins->metadata_mask)
		return WIRE_EOXMVALUE;
	err = of_actions_check(ins->action, ins->apply_nr, &place);
	if (err)
		return err;
	place.set = true;
	return of_actions_check(ins->action + ins->apply_nr, ins->write_nr,
				&place);
}

/* What only means something to deletions, and otherwise is said in one way */
static enum wire_err of_filter_check(const struct of_flow_mod *fm)
{
	if (!of_is_delete(fm))
		return fm->out_port == OF_PORT_ANY &&
		       fm->out_group == OF_GROUP_ANY ? WIRE_OK : WIRE_EVALUE;
	switch (fm->out_port) {
	case OF_PORT_IN_PORT:
	case OF_PORT_FLOOD:
	case OF_PORT_ALL:
	case OF_PORT_CONTROLLER:
	case OF_PORT_ANY:
		break;
	default:
		if (!of_port_real(fm->out_port))
			return WIRE_EPORT;
	}
	return fm->out_group <= OF_GROUP_MAX || fm->out_group == OF_GROUP_ANY ?
	       WIRE_OK : WIRE_EGROUP;
}

enum wire_err of_flow_mod_check(const struct of_flow_mod *fm, uint64_t *fields)
{
	enum wire_err err;

	if (fm->command > OF_FLOW_DELETE_STRICT)
		return WIRE_ECOMMAND;
	if (fm->table > OF_TABLE_MAX &&
	    !(fm->table == OF_TABLE_ALL && of_is_delete(fm)))
		return WIRE_ETABLE;
	if (fm->flags & ~OF_FLAGS_ALLOWED)
		return WIRE_EFLAGS;
	/* A.3.4.1: the cookie -1 is reserved; the mask is none of an add's. */
	if (fm->command == OF_FLOW_ADD &&
	    (fm->cookie == ~0ull || fm->cookie_mask))
		return WIRE_EVALUE;
	err = of_filter_check(fm);
	if (err)
		return err;
	err = oxm_match_check(&fm->match, fields);
	if (err)
		return err;
	return of_instructions_check(fm);
}

enum wire_err of_flow_mod_decode(struct of_flow_mod *fm, const uint8_t *in,
				 size_t len)
{
	enum wire_err err;
	uint64_t fields;
	size_t used;

	if (len < OF_FLOW_MOD_LEN)
		return WIRE_ESHORT;
	fm->cookie = wire_get64(in + 8);
	fm->cookie_mask = wire_get64(in + 16);
	fm->table = in[24];
	fm->command = in[25];
	fm->idle_timeout = wire_get16(in + 26);
	fm->hard_timeout = wire_get16(in + 28);
	fm->priority = wire_get16(in + 30);
	fm->out_port = wire_get32(in + 36);
	fm->out_group = wire_get32(in + 40);
	fm->flags = wire_get16(in + 44);
	if (wire_get32(in + 32) != OF_NO_BUFFER)
		return WIRE_EBUFFER;
	if (!wire_zero(in + 46, 2))
		return WIRE_EPAD;
	/* Ignored by A.3.4.1, and zero with some controllers */
	if (fm->command == OF_FLOW_ADD)
		fm->cookie_mask = 0;
	if (!of_is_delete(fm)) {
		fm->out_port = OF_PORT_ANY;
		fm->out_group = OF_GROUP_ANY;
	}
	err = oxm_match_decode(&fm->match, in + OF_FLOW_MOD_LEN,
			       len - OF_FLOW_MOD_LEN, &used);
	if (err)
		return err;
	used += OF_FLOW_MOD_LEN;
	err = of_instructions_decode(&fm->instructions, in + used, len - used);
	if (err)
		return err;
	return of_flow_mod_check(fm, &fields);
}
