/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OpenFlow messages as text, in the syntax of ovs-ofctl(8), both ways, for the
 * set of fields and actions that lib/wire has.
 *
 * What is read here and what ovs-ofctl reads is the same message, and what is
 * printed here, ovs-ofctl reads back.  Beyond ovs-ofctl: a field given twice
 * with different values, a field whose prerequisite is missing, and bits of a
 * value outside its mask are errors.  Short of it: set_field with a mask, and
 * whatever is outside the supported set.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdio.h>
#include "../../../lib/wire/openflow.h"

/* What is wrong with a text */
struct text_err {
	char what[256];
};

/*
 * The parsers zero @msg first, with transaction id 0; after an error its
 * contents mean nothing.  Each returns whether it succeeded.
 */

/**
 * flow_text_parse() - a flow mod
 *
 * "[add|modify|modify_strict|delete|delete_strict] FIELD=VALUE,...,actions=..."
 * Without a table, deletions are from all tables and others are in table 0.
 */
bool flow_text_parse(struct of_message *msg, const char *text,
		     struct text_err *err);

/**
 * group_text_parse() - a group mod
 *
 * "[add|modify|delete] group_id=N,type=all|indirect,bucket=ACTIONS,..."
 * "delete" of no group is of all.
 */
bool group_text_parse(struct of_message *msg, const char *text,
		      struct text_err *err);

/**
 * packet_out_text_parse() - a packet-out
 * @frame: room for the packet, which the message borrows
 * @room:  bytes of it
 *
 * "in_port=PORT,packet=HEX,actions=..."
 */
bool packet_out_text_parse(struct of_message *msg, uint8_t *frame, size_t room,
			   const char *text, struct text_err *err);

/* One message on one line, without the newline; what the parsers read. */
void message_text_print(FILE *out, const struct of_message *msg);

/* The parts of a flow mod, for output that is not one line of text. */
void match_text_print(FILE *out, const struct flow_match *match);
void instructions_text_print(FILE *out, const struct of_instructions *in);

/* A port by number or reserved name, as ovs-ofctl writes it. */
void port_text_print(FILE *out, uint32_t port);
bool port_text_parse(const char *text, uint32_t *port);

#endif
