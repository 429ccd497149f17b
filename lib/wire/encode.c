// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Encoding of messages that the decoder's checks accept. */
#include "parts.h"

enum { OF_MESSAGE_MAX = 65535 };	/* bytes: its length field has 16 bits */

static void of_list_encode(struct wire_writer *w, unsigned int type,
			   const struct of_action *action, unsigned int nr)
{
	size_t start = w->used;

	if (!nr)
		return;
	wire_write_be(w, type, 2);
	wire_write_zero(w, 6);
	of_actions_encode(w, action, nr);
	wire_patch16(w, start + 2, w->used - start);
}

static void of_instructions_encode(struct wire_writer *w,
				   const struct of_instructions *ins)
{
	of_list_encode(w, OF_INSTRUCTION_APPLY, ins->action, ins->apply_nr);
	if (ins->clear_actions) {
		wire_write_be(w, OF_INSTRUCTION_CLEAR, 2);
		wire_write_be(w, 8, 2);
		wire_write_zero(w, 4);
	}
	of_list_encode(w, OF_INSTRUCTION_WRITE, ins->action + ins->apply_nr,
		       ins->write_nr);
	if (ins->metadata_mask) {
		wire_write_be(w, OF_INSTRUCTION_METADATA, 2);
		wire_write_be(w, 24, 2);
		wire_write_zero(w, 4);
		wire_write_be(w, ins->metadata, 8);
		wire_write_be(w, ins->metadata_mask, 8);
	}
	if (ins->has_goto) {
		wire_write_be(w, OF_INSTRUCTION_GOTO, 2);
		wire_write_be(w, 8, 2);
		wire_write_be(w, ins->goto_table, 1);
		wire_write_zero(w, 3);
	}
}

static void of_flow_mod_encode(struct wire_writer *w,
			       const struct of_flow_mod *fm, uint64_t fields)
{
	wire_write_be(w, fm->cookie, 8);
	wire_write_be(w, fm->cookie_mask, 8);
	wire_write_be(w, fm->table, 1);
	wire_write_be(w, fm->command, 1);
	wire_write_be(w, fm->idle_timeout, 2);
	wire_write_be(w, fm->hard_timeout, 2);
	wire_write_be(w, fm->priority, 2);
	wire_write_be(w, OF_NO_BUFFER, 4);
	wire_write_be(w, fm->out_port, 4);
	wire_write_be(w, fm->out_group, 4);
	wire_write_be(w, fm->flags, 2);
	wire_write_zero(w, 2);
	oxm_match_encode(w, &fm->match, fields);
	of_instructions_encode(w, &fm->instructions);
}

static void of_group_mod_encode(struct wire_writer *w,
				const struct of_group_mod *gm)
{
	unsigned int i, end, start = 0;
	size_t at;

	wire_write_be(w, gm->command, 2);
	wire_write_be(w, gm->type, 1);
	wire_write_zero(w, 1);
	wire_write_be(w, gm->group, 4);
	for (i = 0; i < gm->bucket_nr; i++, start = end) {
		at = w->used;
		end = gm->bucket_end[i];
		wire_write_zero(w, 4);
		wire_write_be(w, OF_PORT_ANY, 4);
		wire_write_be(w, OF_GROUP_ANY, 4);
		wire_write_zero(w, 4);
		of_actions_encode(w, gm->action + start, end - start);
		wire_patch16(w, at, w->used - at);
	}
}

static void of_packet_out_encode(struct wire_writer *w,
				 const struct of_packet_out *po)
{
	size_t at = w->used + 8;	/* of the length of actions */

	wire_write_be(w, OF_NO_BUFFER, 4);
	wire_write_be(w, po->in_port, 4);
	wire_write_zero(w, 8);
	of_actions_encode(w, po->action, po->action_nr);
	wire_patch16(w, at, w->used - at - 8);
	wire_write(w, po->data, po->data_len);
}

enum wire_err of_encode(uint8_t *out, size_t room, size_t *used,
			const struct of_message *msg)
{
	struct wire_writer w = { out, room, 0 };
	uint64_t fields = 0;
	enum wire_err err;

	switch (msg->type) {
	case OF_FLOW_MOD:
		err = of_flow_mod_check(&msg->flow_mod, &fields);
		break;
	case OF_GROUP_MOD:
		err = of_group_mod_check(&msg->group_mod);
		break;
	case OF_PACKET_OUT:
		err = of_packet_out_check(&msg->packet_out);
		break;
	default:
		err = WIRE_ETYPE;
	}
	if (err)
		return WIRE_EVALUE;
	wire_write_be(&w, OF_VERSION, 1);
	wire_write_be(&w, msg->type, 1);
	wire_write_zero(&w, 2);
	wire_write_be(&w, msg->xid, 4);
	switch (msg->type) {
	case OF_FLOW_MOD:
		of_flow_mod_encode(&w, &msg->flow_mod, fields);
		break;
	case OF_GROUP_MOD:
		of_group_mod_encode(&w, &msg->group_mod);
		break;
	case OF_PACKET_OUT:
		of_packet_out_encode(&w, &msg->packet_out);
		break;
	}
	wire_patch16(&w, 2, w.used);
	*used = w.used;
	if (w.used > OF_MESSAGE_MAX)
		return WIRE_EVALUE;
	return w.used > room ? WIRE_EROOM : WIRE_OK;
}
