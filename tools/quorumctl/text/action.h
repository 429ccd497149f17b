/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside tools/quorumctl/text: lists of actions, and instructions.
 */
#ifndef ACTION_H
#define ACTION_H

#include "field.h"

/* Where actions go while they are read */
struct action_list {
	struct of_action *action;	/* OF_ACTIONS_MAX of them */
	unsigned int nr;
	struct flow_key view;		/* what is known of packets by now */
	bool blind;			/* nothing is: a group, a packet-out */
};

/*
 * Read one action of the list; "no such action" is an error.  Several of
 * ovs-ofctl's shorthands are more than one action.
 */
bool action_parse(struct action_list *list, const struct token *t,
		  struct text_err *err);

/* All actions of a text, which is taken apart; "drop" or nothing: none. */
bool actions_parse(struct action_list *list, char *text, struct text_err *err);

/* What follows "actions=" in a flow, which may have instructions too */
bool instructions_parse(struct of_instructions *in,
			const struct flow_match *match, char *text,
			struct text_err *err);

/* Separated by commas; nothing for none */
void actions_print(FILE *out, const struct of_action *action, unsigned int nr);

#endif
