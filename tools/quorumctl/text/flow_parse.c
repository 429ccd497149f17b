// SPDX-License-Identifier: GPL-2.0
/* A flow mod from text. */
#include <arpa/inet.h>
#include <ctype.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdlib.h>
#include "action.h"

enum { PRIORITY_DEFAULT = 0x8000 };	/* as everywhere in Open vSwitch */

static const struct {
	const char *name;
	uint16_t eth_type;
	uint8_t ip_proto;
} protocols[] = {
	{ "ip", ETH_P_IP, 0 },
	{ "icmp", ETH_P_IP, IPPROTO_ICMP },
	{ "tcp", ETH_P_IP, IPPROTO_TCP },
	{ "udp", ETH_P_IP, IPPROTO_UDP },
	{ "sctp", ETH_P_IP, IPPROTO_SCTP },
	{ "ipv6", ETH_P_IPV6, 0 },
	{ "icmp6", ETH_P_IPV6, IPPROTO_ICMPV6 },
	{ "tcp6", ETH_P_IPV6, IPPROTO_TCP },
	{ "udp6", ETH_P_IPV6, IPPROTO_UDP },
	{ "sctp6", ETH_P_IPV6, IPPROTO_SCTP },
	{ "arp", ETH_P_ARP, 0 },
};

static const struct {
	const char *name;
	uint16_t flag;
} flags[] = {
	{ "send_flow_rem", OF_FLAG_SEND_FLOW_REM },
	{ "check_overlap", OF_FLAG_CHECK_OVERLAP },
	{ "reset_counts", OF_FLAG_RESET_COUNTS },
	{ "no_packet_counts", OF_FLAG_NO_PKT_COUNTS },
	{ "no_byte_counts", OF_FLAG_NO_BYT_COUNTS },
};

/* The same field twice is fine if it says the same. */
static bool match_add(struct flow_match *match, enum flow_field f,
		      const uint8_t *value, const uint8_t *mask,
		      const char *name, struct text_err *err)
{
	uint8_t old[FLOW_VALUE_MAX], old_mask[FLOW_VALUE_MAX];
	unsigned int i, len = field_len(f);

	flow_field_get(old, &match->key, f);
	flow_field_get(old_mask, &match->mask, f);
	for (i = 0; i < len; i++)
		if ((old[i] ^ value[i]) & old_mask[i] & mask[i])
			return text_fail(err, "%s: already has another value",
					 name);
	for (i = 0; i < len; i++) {
		old[i] |= value[i];
		old_mask[i] |= mask[i];
	}
	flow_field_put(&match->key, f, old);
	flow_field_put(&match->mask, f, old_mask);
	return true;
}

static bool match_add_number(struct flow_match *match, enum flow_field f,
			     uint64_t n, uint64_t mask, const char *name,
			     struct text_err *err)
{
	uint8_t value[FLOW_VALUE_MAX], bits[FLOW_VALUE_MAX];

	field_put_number(value, field_len(f), n);
	field_put_number(bits, field_len(f), mask);
	return match_add(match, f, value, bits, name, err);
}

static bool protocol(struct flow_match *match, const struct token *t,
		     bool *found, struct text_err *err)
{
	size_t i;

	*found = false;
	if (*t->value)
		return true;
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcmp(t->key, protocols[i].name))
			continue;
		*found = true;
		return match_add_number(match, FLOW_ETH_TYPE,
					protocols[i].eth_type, 0xffff, t->key,
					err) &&
		       (!protocols[i].ip_proto ||
			match_add_number(match, FLOW_IP_PROTO,
					 protocols[i].ip_proto, 0xff, t->key,
					 err));
	}
	return true;
}

static bool vlan_tci(struct flow_match *match, char *text, struct text_err *err)
{
	char *slash = strchr(text, '/');
	uint64_t tci, mask = 0xffff, pcp;

	if (slash)
		*slash = '\0';
	if (!text_number(text, 0xffff, &tci) ||
	    (slash && !text_number(slash + 1, 0xffff, &mask)) || tci & ~mask)
		return text_fail(err, "vlan_tci: bad value or mask");
	if (!slash && !tci)	/* "no tag": priority bits mean nothing then */
		mask = 0x1fff;
	pcp = mask >> 13;
	if (pcp && pcp != 7)
		return text_fail(err, "vlan_tci: part of the priority is not supported");
	return match_add_number(match, FLOW_VLAN_VID, tci & 0x1fff,
				mask & 0x1fff, "vlan_tci", err) &&
	       (!pcp || match_add_number(match, FLOW_VLAN_PCP, tci >> 13, 7,
					 "vlan_tci", err));
}

static bool special(struct flow_match *match, const struct field_name *name,
		    struct token *t, struct text_err *err)
{
	uint64_t n;

	if (name->special == SPECIAL_VLAN_TCI)
		return vlan_tci(match, t->value, err);
	if (!text_number(t->value, 0xffff, &n))
		return text_fail(err, "%s: bad number \"%.64s\"", t->key,
				 t->value);
	if (name->special == SPECIAL_NW_TOS) {
		if (n > 0xff || n & 3)
			return text_fail(err, "nw_tos: not a multiple of 4 below 256");
		return match_add_number(match, FLOW_IP_DSCP, n >> 2, 0x3f,
					t->key, err);
	}
	if (n == 0xffff)	/* ovs-ofctl: no tag */
		return match_add_number(match, FLOW_VLAN_VID, 0, 0x1fff, t->key,
					err);
	if (n > 0xfff)
		return text_fail(err, "dl_vlan: above 4095");
	return match_add_number(match, FLOW_VLAN_VID, n | FLOW_VLAN_PRESENT,
				0x1fff, t->key, err);
}

static bool field(struct flow_match *match, struct token *t,
		  struct text_err *err)
{
	uint8_t value[FLOW_VALUE_MAX], mask[FLOW_VALUE_MAX];
	struct field_name name;

	if (!field_find(t->key, &match->key, &name))
		return text_fail(err, "%.64s: no such field", t->key);
	if (!*t->value)
		return text_fail(err, "%s: no value", t->key);
	/* A priority is of a tag, so it says that there is one. */
	if (name.field == FLOW_VLAN_PCP &&
	    !match_add_number(match, FLOW_VLAN_VID, FLOW_VLAN_PRESENT,
			      FLOW_VLAN_PRESENT, t->key, err))
		return false;
	if (!name.special && !field_applies(name.field, &match->key))
		return text_fail(err, "%s: needs a match on the protocol that has it",
				 t->key);
	if (name.special == SPECIAL_NW_TOS &&
	    !field_applies(name.field, &match->key))
		return text_fail(err, "nw_tos: needs ip or ipv6");
	if (name.special)
		return special(match, &name, t, err);
	return field_parse(name.field, t->value, value, mask, err) &&
	       match_add(match, name.field, value, mask, t->key, err);
}

static bool is_deletion(const struct of_flow_mod *fm)
{
	return fm->command == OF_FLOW_DELETE ||
	       fm->command == OF_FLOW_DELETE_STRICT;
}

/* Without a mask it is set, with one it filters. */
static bool cookie(struct of_flow_mod *fm, char *text, struct text_err *err)
{
	char *slash = strchr(text, '/');

	if (slash)
		*slash = '\0';
	if (!text_number(text, UINT64_MAX, &fm->cookie))
		return text_fail(err, "cookie: bad number \"%.64s\"", text);
	if (!slash)
		return !is_deletion(fm) ||
		       text_fail(err, "cookie: a deletion sets none; to filter, give a mask: cookie=%.32s/-1",
				 text);
	if (fm->command == OF_FLOW_ADD)
		return text_fail(err, "cookie: what adds a rule has no mask");
	if (!strcmp(slash + 1, "-1")) {
		fm->cookie_mask = UINT64_MAX;
		return true;
	}
	return text_number(slash + 1, UINT64_MAX, &fm->cookie_mask) ||
	       text_fail(err, "cookie: bad mask \"%.64s\"", slash + 1);
}

/* Attributes of the flow mod itself; *found: it was one. */
static bool attribute(struct of_flow_mod *fm, struct token *t, bool *found,
		      struct text_err *err)
{
	bool deletes = is_deletion(fm);
	uint64_t n;
	size_t i;

	*found = true;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!deletes && !*t->value && !strcmp(t->key, flags[i].name)) {
			fm->flags |= flags[i].flag;
			return true;
		}
	if (!strcmp(t->key, "cookie"))
		return cookie(fm, t->value, err);
	if (!strcmp(t->key, "table")) {
		if (!text_number(t->value, deletes ? OF_TABLE_ALL : OF_TABLE_MAX,
				 &n) || n == OF_TABLE_MAX + 1)
			return text_fail(err, "bad table \"%.64s\"", t->value);
		fm->table = n;
		return true;
	}
	if (!strcmp(t->key, "priority") && fm->command != OF_FLOW_DELETE) {
		if (!text_number(t->value, 0xffff, &n))
			return text_fail(err, "bad priority \"%.64s\"", t->value);
		fm->priority = n;
		return true;
	}
	if (!deletes && (!strcmp(t->key, "idle_timeout") ||
			 !strcmp(t->key, "hard_timeout"))) {
		if (!text_number(t->value, 0xffff, &n))
			return text_fail(err, "%s: bad number \"%.64s\"", t->key,
					 t->value);
		*(t->key[0] == 'i' ? &fm->idle_timeout : &fm->hard_timeout) = n;
		return true;
	}
	if (deletes && !strcmp(t->key, "out_port"))
		return port_text_parse(t->value, &fm->out_port) ||
		       text_fail(err, "bad out_port \"%.64s\"", t->value);
	if (deletes && !strcmp(t->key, "out_group")) {
		if (!text_number(t->value, OF_GROUP_MAX, &n))
			return text_fail(err, "bad out_group \"%.64s\"", t->value);
		fm->out_group = n;
		return true;
	}
	*found = false;
	return true;
}

/*
 * What fields mean depends on Ethernet type and protocol, wherever these
 * stand in the text: one pass for each.
 */
static int pass_of(const char *key)
{
	if (!strcmp(key, "dl_type") || !strcmp(key, "eth_type"))
		return 0;
	return !strcmp(key, "nw_proto") || !strcmp(key, "ip_proto") ? 1 : 2;
}

static bool match_parse(struct of_flow_mod *fm, char *text,
			struct text_err *err)
{
	struct token t[128];
	unsigned int nr = 0, i;
	int got, pass;
	bool found;

	while ((got = token_next(&text, &t[nr], err)) > 0) {
		if (!protocol(&fm->match, &t[nr], &found, err))
			return false;
		if (!found && !attribute(fm, &t[nr], &found, err))
			return false;
		if (!found && ++nr == sizeof(t) / sizeof(t[0]))
			return text_fail(err, "too many fields");
	}
	if (got < 0)
		return false;
	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < nr; i++)
			if (pass_of(t[i].key) == pass &&
			    !field(&fm->match, &t[i], err))
				return false;
	return true;
}

/* Cuts the actions off the text; NULL: there are none. */
static char *actions_cut(char *text)
{
	char *s = text;

	while ((s = strstr(s, "action"))) {
		char *eq = s + strlen(s[6] == 's' ? "actions" : "action");

		if (*eq == '=' && (s == text || strchr(", \t\r\n", s[-1]))) {
			*s = '\0';
			return eq + 1;
		}
		s = eq;
	}
	return NULL;
}

static const char *const commands[] = {
	[OF_FLOW_ADD] = "add",
	[OF_FLOW_MODIFY] = "modify",
	[OF_FLOW_MODIFY_STRICT] = "modify_strict",
	[OF_FLOW_DELETE] = "delete",
	[OF_FLOW_DELETE_STRICT] = "delete_strict",
};

static char *command_cut(struct of_flow_mod *fm, char *text)
{
	size_t len, i;

	text += strspn(text, ", \t\r\n");
	len = strcspn(text, ", \t\r\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strlen(commands[i]) == len &&
		    !memcmp(text, commands[i], len)) {
			fm->command = i;
			return text + len;
		}
	return text;
}

static bool flow_parse(struct of_flow_mod *fm, char *text, struct text_err *err)
{
	char *match = command_cut(fm, text), *actions;
	bool deletes = is_deletion(fm);

	fm->table = deletes ? OF_TABLE_ALL : 0;
	actions = actions_cut(match);
	if (deletes && actions)
		return text_fail(err, "a deletion has no actions");
	if (!deletes && !actions)
		return text_fail(err, "no actions");
	return match_parse(fm, match, err) &&
	       (deletes || instructions_parse(&fm->instructions, &fm->match,
					      actions, err));
}

bool flow_text_parse(struct of_message *msg, const char *text,
		     struct text_err *err)
{
	char *copy = strdup(text);
	bool ok;

	memset(msg, 0, sizeof(*msg));
	msg->type = OF_FLOW_MOD;
	msg->flow_mod.priority = PRIORITY_DEFAULT;
	msg->flow_mod.out_port = OF_PORT_ANY;
	msg->flow_mod.out_group = OF_GROUP_ANY;
	ok = copy ? flow_parse(&msg->flow_mod, copy, err) :
		    text_fail(err, "out of memory");
	free(copy);
	return ok;
}
