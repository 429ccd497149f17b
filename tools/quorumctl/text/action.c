// SPDX-License-Identifier: GPL-2.0
/* Actions as text, and back. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include "action.h"

static struct of_action *append(struct action_list *list, uint8_t type,
				struct text_err *err)
{
	struct of_action *a;

	if (list->nr == OF_ACTIONS_MAX) {
		text_fail(err, "more than %d actions", OF_ACTIONS_MAX);
		return NULL;
	}
	a = &list->action[list->nr++];
	memset(a, 0, sizeof(*a));
	a->type = type;
	return a;
}

static bool number(const struct token *t, uint64_t max, uint64_t *n,
		   struct text_err *err)
{
	return text_number(t->value, max, n) ||
	       text_fail(err, "%s: bad number \"%.64s\"", t->key, t->value);
}

static bool output(struct action_list *list, const char *port_text,
		   const char *len_text, struct text_err *err)
{
	struct of_action *a;
	uint64_t max_len = 0xffff;	/* OFPCML_NO_BUFFER: the whole packet */
	uint32_t port;

	if (!port_text_parse(port_text, &port))
		return text_fail(err, "bad port \"%.64s\"", port_text);
	if (port == OF_PORT_CONTROLLER) {
		if (*len_text && !text_number(len_text, 0xffff, &max_len))
			return text_fail(err, "CONTROLLER: bad length \"%.64s\"",
					 len_text);
	} else if (*len_text) {
		return text_fail(err, "%.64s: no such action", port_text);
	}
	a = append(list, OF_ACTION_OUTPUT, err);
	if (!a)
		return false;
	a->port = port;
	a->max_len = port == OF_PORT_CONTROLLER ? max_len : 0;
	return true;
}

static bool push_vlan(struct action_list *list, uint16_t tpid,
		      struct text_err *err)
{
	struct of_action *a = append(list, OF_ACTION_PUSH_VLAN, err);

	if (!a)
		return false;
	a->tpid = tpid;
	list->view.vlan[1] = list->view.vlan[0];
	list->view.vlan[0].tci = htons(FLOW_VLAN_PRESENT);
	return true;
}

static bool pop_vlan(struct action_list *list, struct text_err *err)
{
	if (!append(list, OF_ACTION_POP_VLAN, err))
		return false;
	list->view.vlan[0] = list->view.vlan[1];
	list->view.vlan[1] = (struct flow_vlan){ 0 };
	return true;
}

static bool set_field(struct action_list *list, enum flow_field f,
		      const uint8_t *value, struct text_err *err)
{
	struct of_action *a = append(list, OF_ACTION_SET_FIELD, err);

	if (!a)
		return false;
	a->field = f;
	memcpy(a->value, value, field_len(f));
	return true;
}

/* set_field:VALUE->FIELD */
static bool set_field_parse(struct action_list *list, char *text,
			    struct text_err *err)
{
	char *arrow = strstr(text, "->");
	uint8_t value[FLOW_VALUE_MAX];
	struct field_name name;

	if (!arrow)
		return text_fail(err, "set_field: no \"->\" in \"%.64s\"", text);
	*arrow = '\0';
	if (!field_find(arrow + 2, &list->view, &name) || name.special)
		return text_fail(err, "set_field: no field \"%.64s\"", arrow + 2);
	if (!list->blind && !field_applies(name.field, &list->view))
		return text_fail(err, "set_field: %s: the match does not say that packets have it",
				 arrow + 2);
	return field_parse(name.field, text, value, NULL, err) &&
	       set_field(list, name.field, value, err);
}

/* OpenFlow 1.0's actions, which ovs-ofctl writes as what they are in 1.3 */
static const struct shorthand {
	const char *name, *field;
} shorthands[] = {
	{ "mod_dl_src", "dl_src" },
	{ "mod_dl_dst", "dl_dst" },
	{ "mod_nw_src", "nw_src" },
	{ "mod_nw_dst", "nw_dst" },
	{ "mod_nw_tos", "nw_tos" },
	{ "mod_nw_ecn", "nw_ecn" },
	{ "mod_tp_src", "tp_src" },
	{ "mod_tp_dst", "tp_dst" },
	{ "mod_vlan_vid", "dl_vlan" },
	{ "mod_vlan_pcp", "dl_vlan_pcp" },
	{ "set_vlan_vid", "dl_vlan" },
	{ "set_vlan_pcp", "dl_vlan_pcp" },
};

static bool shorthand_parse(struct action_list *list, const struct shorthand *s,
			    const struct token *t, struct text_err *err)
{
	uint8_t value[FLOW_VALUE_MAX];
	struct field_name name;
	uint64_t n;

	if (list->blind && (strstr(s->name, "_tp_") || strstr(s->name, "_vlan")))
		return text_fail(err, "%s: depends on the packet; say set_field",
				 t->key);
	/* A tag that is not there yet is made, by mod_ though not by set_. */
	if (!strncmp(s->name, "mod_vlan", 8) &&
	    !(ntohs(list->view.vlan[0].tci) & FLOW_VLAN_PRESENT) &&
	    !push_vlan(list, ETH_P_8021Q, err))
		return false;
	field_find(s->field, &list->view, &name);
	if (!list->blind && !field_applies(name.field, &list->view))
		return text_fail(err, "%s: the match does not say that packets have it",
				 t->key);
	if (name.special == SPECIAL_DL_VLAN) {
		if (!number(t, 0xfff, &n, err))
			return false;
		field_put_number(value, 2, n | FLOW_VLAN_PRESENT);
	} else if (name.special == SPECIAL_NW_TOS) {
		if (!number(t, 0xff, &n, err))
			return false;
		if (n & 3)
			return text_fail(err, "%s: not a multiple of 4", t->key);
		field_put_number(value, 1, n >> 2);
	} else if (!field_parse(name.field, t->value, value, NULL, err)) {
		return false;
	}
	return set_field(list, name.field, value, err);
}

bool action_parse(struct action_list *list, const struct token *t,
		  struct text_err *err)
{
	struct of_action *a;
	uint64_t n;
	size_t i;

	if (!strcmp(t->key, "output"))
		return output(list, t->value, "", err);
	if (!strcmp(t->key, "set_field"))
		return set_field_parse(list, t->value, err);
	for (i = 0; i < sizeof(shorthands) / sizeof(shorthands[0]); i++)
		if (!strcmp(t->key, shorthands[i].name))
			return shorthand_parse(list, &shorthands[i], t, err);
	if (!strcmp(t->key, "push_vlan")) {
		if (!number(t, 0xffff, &n, err))
			return false;
		if (n != ETH_P_8021Q && n != ETH_P_8021AD)
			return text_fail(err, "push_vlan: neither 0x8100 nor 0x88a8");
		return push_vlan(list, n, err);
	}
	if (!strcmp(t->key, "group")) {
		if (!number(t, OF_GROUP_MAX, &n, err))
			return false;
		a = append(list, OF_ACTION_GROUP, err);
		if (a)
			a->group = n;
		return a;
	}
	if (!strcmp(t->key, "mod_nw_ttl")) {
		if (!number(t, 0xff, &n, err))
			return false;
		a = append(list, OF_ACTION_SET_NW_TTL, err);
		if (a)
			a->ttl = n;
		return a;
	}
	if (!*t->value) {
		if (!strcmp(t->key, "pop_vlan") || !strcmp(t->key, "strip_vlan"))
			return pop_vlan(list, err);
		if (!strcmp(t->key, "dec_ttl"))
			return append(list, OF_ACTION_DEC_NW_TTL, err);
	}
	if (port_text_parse(t->key, &(uint32_t){ 0 }))
		return output(list, t->key, t->value, err);
	return text_fail(err, "%.64s: no such action", t->key);
}

bool actions_parse(struct action_list *list, char *text, struct text_err *err)
{
	struct token t;
	bool drop = false;
	unsigned int nr;
	int got;

	for (nr = 0; (got = token_next(&text, &t, err)) > 0; nr++) {
		if (drop || (!strcmp(t.key, "drop") && nr))
			return text_fail(err, "drop must be alone");
		drop = !strcmp(t.key, "drop") && !*t.value;
		if (!drop && !action_parse(list, &t, err))
			return false;
	}
	return got == 0;
}

void actions_print(FILE *out, const struct of_action *action, unsigned int nr)
{
	const struct of_action *a;

	for (a = action; a < action + nr; a++) {
		if (a != action)
			fputc(',', out);
		switch (a->type) {
		case OF_ACTION_OUTPUT:
			if (a->port <= OF_PORT_MAX)
				fputs("output:", out);
			port_text_print(out, a->port);
			if (a->port == OF_PORT_CONTROLLER)
				fprintf(out, ":%u", a->max_len);
			break;
		case OF_ACTION_GROUP:
			fprintf(out, "group:%" PRIu32, a->group);
			break;
		case OF_ACTION_PUSH_VLAN:
			fprintf(out, "push_vlan:0x%x", a->tpid);
			break;
		case OF_ACTION_POP_VLAN:
			fputs("pop_vlan", out);
			break;
		case OF_ACTION_SET_FIELD:
			fputs("set_field:", out);
			field_print(out, a->field, a->value);
			fprintf(out, "->%s", field_name(a->field));
			break;
		case OF_ACTION_SET_NW_TTL:
			fprintf(out, "mod_nw_ttl:%u", a->ttl);
			break;
		case OF_ACTION_DEC_NW_TTL:
			fputs("dec_ttl", out);
			break;
		}
	}
}
