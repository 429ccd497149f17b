// SPDX-License-Identifier: GPL-2.0
/* What follows "actions=" in a flow: actions and instructions. */
#include <inttypes.h>
#include <stdlib.h>
#include "action.h"

/* Instructions in the order in which they act (OpenFlow 1.3.5, 5.9) */
enum instruction {
	APPLY,
	CLEAR,
	WRITE,
	METADATA,
	GOTO,
};

static enum instruction which(const char *key)
{
	static const char *const name[] = {
		[CLEAR] = "clear_actions",
		[WRITE] = "write_actions",
		[METADATA] = "write_metadata",
		[GOTO] = "goto_table",
	};
	enum instruction i;

	for (i = CLEAR; i <= GOTO; i++)
		if (!strcmp(key, name[i]))
			return i;
	return APPLY;
}

static bool write_metadata(struct of_instructions *in, char *value,
			   struct text_err *err)
{
	uint8_t v[FLOW_VALUE_MAX], m[FLOW_VALUE_MAX];

	if (!field_parse(FLOW_METADATA, value, v, m, err))
		return false;
	in->metadata = field_number(v, 8);
	in->metadata_mask = field_number(m, 8);
	return in->metadata_mask || text_fail(err, "write_metadata: empty mask");
}

static bool one(struct of_instructions *in, enum instruction i,
		struct action_list *list, struct token *t, struct text_err *err)
{
	uint64_t n;

	switch (i) {
	case APPLY:
		if (!action_parse(list, t, err))
			return false;
		in->apply_nr = list->nr;
		return true;
	case CLEAR:
		in->clear_actions = 1;
		return !*t->value ||
		       text_fail(err, "clear_actions takes no value");
	case WRITE:
		if (!actions_parse(list, t->value, err))
			return false;
		in->write_nr = list->nr - in->apply_nr;
		return true;
	case METADATA:
		return write_metadata(in, t->value, err);
	case GOTO:
		if (!text_number(t->value, OF_TABLE_MAX, &n))
			return text_fail(err, "goto_table: bad table \"%.64s\"",
					 t->value);
		in->has_goto = 1;
		in->goto_table = n;
		return true;
	}
	return false;
}

bool instructions_parse(struct of_instructions *in,
			const struct flow_match *match, char *text,
			struct text_err *err)
{
	struct action_list list = { .action = in->action, .view = match->key };
	enum instruction last = APPLY, i;
	bool drop = false;
	struct token t;
	unsigned int nr;
	int got;

	for (nr = 0; (got = token_next(&text, &t, err)) > 0; nr++) {
		if (drop || (nr && !strcmp(t.key, "drop")))
			return text_fail(err, "drop must be alone");
		drop = !strcmp(t.key, "drop") && !*t.value;
		if (drop)
			continue;
		i = which(t.key);
		if (i < last || (i == last && i != APPLY))
			return text_fail(err, "%s: twice, or out of order: actions, clear_actions, write_actions, write_metadata, goto_table",
					 t.key);
		last = i;
		if (!one(in, i, &list, &t, err))
			return false;
	}
	return got == 0;
}

void instructions_text_print(FILE *out, const struct of_instructions *in)
{
	const char *comma = in->apply_nr ? "," : "";

	if (!in->apply_nr && !in->clear_actions && !in->write_nr &&
	    !in->metadata_mask && !in->has_goto) {
		fputs("drop", out);
		return;
	}
	actions_print(out, in->action, in->apply_nr);
	if (in->clear_actions) {
		fprintf(out, "%sclear_actions", comma);
		comma = ",";
	}
	if (in->write_nr) {
		fprintf(out, "%swrite_actions(", comma);
		actions_print(out, in->action + in->apply_nr, in->write_nr);
		fputc(')', out);
		comma = ",";
	}
	if (in->metadata_mask) {
		fprintf(out, "%swrite_metadata:0x%" PRIx64, comma, in->metadata);
		if (in->metadata_mask != UINT64_MAX)
			fprintf(out, "/0x%" PRIx64, in->metadata_mask);
		comma = ",";
	}
	if (in->has_goto)
		fprintf(out, "%sgoto_table:%u", comma, in->goto_table);
}
