// SPDX-License-Identifier: GPL-2.0
/* Switches, counters, keys, ports and rules, as the kernel tells them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "describe.h"
#include "keysetfile.h"
#include "nl.h"
#include "output.h"
#include "quorumctl.h"
#include "show.h"
#include "text/text.h"

/* A kernel that sends what this program cannot read is another version. */
static void need(bool ok)
{
	if (!ok)
		die(CTL_REFUSED, "cannot read the answer: the module is of another version");
}

static const char *word(unsigned int n, const char *const *words,
			unsigned int nr)
{
	return n < nr ? words[n] : "?";
}

static const char *mode_name(unsigned int mode)
{
	static const char *const names[] = { "off", "verify", "enforce" };

	return word(mode, names, 3);
}

void show_switch(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_SWITCH_A_MAX + 1];
	json_object *o = json_object_new_object();
	const char *miss;

	(void)arg;
	need(nl_attrs(top, OVS_QUORUM_A_MAX, nlh) &&
	     nl_nest(a, OVS_QUORUM_SWITCH_A_MAX, top[OVS_QUORUM_A_SWITCH]));
#define N(name) nl_number(a[OVS_QUORUM_SWITCH_A_##name])
	miss = N(MISS) == OVS_QUORUM_MISS_CONTROLLER ? "controller" : "drop";
	json_text(o, "dpid", dpid_text(N(DPID)));
	json_number(o, "domain", N(DOMAIN));
	json_text(o, "datapath", nl_string(a[OVS_QUORUM_SWITCH_A_DATAPATH]));
	json_flag(o, "attached", a[OVS_QUORUM_SWITCH_A_ATTACHED]);
	json_text(o, "mode", mode_name(N(MODE)));
	json_flag(o, "locked", a[OVS_QUORUM_SWITCH_A_LOCKED]);
	json_text(o, "miss", miss);
	json_number(o, "vlan_limit", N(VLAN_LIMIT));
	json_number(o, "overlap_ms", N(OVERLAP));
	json_number(o, "expiry_ms", N(EXPIRY));
	json_number(o, "pending_max", N(PENDING_MAX));
	json_number(o, "rules_max", N(RULES_MAX));
	json_number(o, "phase", N(PHASE));
	json_number(o, "next_sequence", N(NEXT_SEQUENCE));
	json_number(o, "rules", N(RULES));
	json_number(o, "groups", N(GROUPS));
	json_number(o, "ports", N(PORTS));
	output(o, "%s domain %" PRIu64 " datapath %s%s mode %s%s miss %s\n"
	       "  phase %" PRIu64 " next-sequence %" PRIu64 " rules %" PRIu64
	       " groups %" PRIu64 " ports %" PRIu64 "\n"
	       "  vlan-limit %" PRIu64 " overlap %" PRIu64 " expiry %" PRIu64
	       " pending-max %" PRIu64 " rules-max %" PRIu64,
	       dpid_text(N(DPID)), N(DOMAIN),
	       nl_string(a[OVS_QUORUM_SWITCH_A_DATAPATH]),
	       a[OVS_QUORUM_SWITCH_A_ATTACHED] ? "" : " (absent)",
	       mode_name(N(MODE)),
	       a[OVS_QUORUM_SWITCH_A_LOCKED] ? " locked" : "", miss, N(PHASE),
	       N(NEXT_SEQUENCE), N(RULES), N(GROUPS), N(PORTS), N(VLAN_LIMIT),
	       N(OVERLAP), N(EXPIRY), N(PENDING_MAX), N(RULES_MAX));
#undef N
}

void show_stats(struct nlmsghdr *nlh, void *arg)
{
	static const char *const names[] = {
		[OVS_QUORUM_STATS_A_SUBMITTED] = "submitted",
		[OVS_QUORUM_STATS_A_MALFORMED] = "malformed",
		[OVS_QUORUM_STATS_A_REPLAYED] = "replayed",
		[OVS_QUORUM_STATS_A_VERIFIED] = "verified",
		[OVS_QUORUM_STATS_A_FORGED] = "forged",
		[OVS_QUORUM_STATS_A_REMEMBERED] = "remembered",
		[OVS_QUORUM_STATS_A_APPLIED] = "applied",
		[OVS_QUORUM_STATS_A_REJECTED] = "rejected",
		[OVS_QUORUM_STATS_A_EXPIRED] = "expired",
		[OVS_QUORUM_STATS_A_EVICTED] = "evicted",
		[OVS_QUORUM_STATS_A_PENDING] = "pending",
		[OVS_QUORUM_STATS_A_FLOWS] = "flows",
		[OVS_QUORUM_STATS_A_MUZZLES] = "muzzles",
		[OVS_QUORUM_STATS_A_ADMITTED] = "admitted",
		[OVS_QUORUM_STATS_A_REFUSED] = "refused",
		[OVS_QUORUM_STATS_A_EXECUTED] = "executed",
		[OVS_QUORUM_STATS_A_EXECUTE_REFUSED] = "execute_refused",
		[OVS_QUORUM_STATS_A_PACKET_OUTS] = "packet_outs",
		[OVS_QUORUM_STATS_A_REVOKED] = "revoked",
		[OVS_QUORUM_STATS_A_RULES_EXPIRED] = "rules_expired",
		[OVS_QUORUM_STATS_A_COUNTED] = "counted",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) ==
		       OVS_QUORUM_STATS_A_MAX + 1, "a counter has no name");
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_STATS_A_MAX + 1];
	json_object *o = json_object_new_object();
	int i;

	(void)arg;
	need(nl_attrs(top, OVS_QUORUM_A_MAX, nlh) &&
	     nl_nest(a, OVS_QUORUM_STATS_A_MAX, top[OVS_QUORUM_A_STATS]));
	for (i = 0; i <= OVS_QUORUM_STATS_A_MAX; i++) {
		if (!a[i] || !names[i])
			continue;
		json_number(o, names[i], nl_number(a[i]));
		output(NULL, "%-16s %" PRIu64, names[i], nl_number(a[i]));
	}
	output(o, NULL);
}

static void show_keys(struct nlattr *keyset, json_object *keys, FILE *text)
{
	struct nlattr *a[OVS_QUORUM_KEY_A_MAX + 1], *nest;
	struct keyset_key key;
	int left;

	nla_for_each_nested(nest, keyset, left) {
		if (nla_type(nest) != OVS_QUORUM_KEYSET_A_KEY)
			continue;
		need(nl_nest(a, OVS_QUORUM_KEY_A_MAX, nest) &&
		     a[OVS_QUORUM_KEY_A_DATA]);
		key.signer = nl_number(a[OVS_QUORUM_KEY_A_SIGNER]);
		key.alg = nl_number(a[OVS_QUORUM_KEY_A_ALG]);
		key.key = nla_data(a[OVS_QUORUM_KEY_A_DATA]);
		key.len = nla_len(a[OVS_QUORUM_KEY_A_DATA]);
		json_object_array_add(keys, describe_key(&key, text, "  "));
	}
}

void show_keyset(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_KEYSET_A_MAX + 1];
	json_object *o = json_object_new_object();
	json_object *keys = json_object_new_array();
	char *buffer;
	size_t room;
	FILE *text = open_memstream(&buffer, &room);

	(void)arg;
	need(text && nl_attrs(top, OVS_QUORUM_A_MAX, nlh) &&
	     nl_nest(a, OVS_QUORUM_KEYSET_A_MAX, top[OVS_QUORUM_A_KEYSET]));
#define N(name) nl_number(a[OVS_QUORUM_KEYSET_A_##name])
	json_number(o, "phase", N(PHASE));
	json_text(o, "scheme", scheme_name(N(SCHEME)));
	json_number(o, "n", N(N));
	json_number(o, "quorum", N(QUORUM));
	json_flag(o, "current", a[OVS_QUORUM_KEYSET_A_CURRENT]);
	show_keys(top[OVS_QUORUM_A_KEYSET], keys, text);
	json_object_object_add(o, "keys", keys);
	fclose(text);
	output(o, "phase %" PRIu64 " %s quorum %" PRIu64 " of %" PRIu64 "%s%s",
	       N(PHASE), scheme_name(N(SCHEME)), N(QUORUM), N(N),
	       a[OVS_QUORUM_KEYSET_A_CURRENT] ? " current" : "", buffer);
#undef N
	free(buffer);
}

void show_port(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_PORT_A_MAX + 1];
	json_object *o = json_object_new_object();
	bool flood, there;
	uint32_t number;
	char name[16], dp[32] = "absent";

	(void)arg;
	need(nl_attrs(top, OVS_QUORUM_A_MAX, nlh) &&
	     nl_nest(a, OVS_QUORUM_PORT_A_MAX, top[OVS_QUORUM_A_PORT]));
	number = nl_number(a[OVS_QUORUM_PORT_A_NUMBER]);
	flood = !nl_number(a[OVS_QUORUM_PORT_A_NO_FLOOD]);
	there = a[OVS_QUORUM_PORT_A_DP_PORT];
	snprintf(name, sizeof(name), number == OF_PORT_LOCAL ? "LOCAL" :
		 "%" PRIu32, number);
	json_number(o, "number", number);
	json_text(o, "netdev", nl_string(a[OVS_QUORUM_PORT_A_NETDEV]));
	json_flag(o, "flood", flood);
	if (there) {
		json_number(o, "dp_port",
			    nl_number(a[OVS_QUORUM_PORT_A_DP_PORT]));
		snprintf(dp, sizeof(dp), "dp-port %" PRIu64,
			 nl_number(a[OVS_QUORUM_PORT_A_DP_PORT]));
	}
	output(o, "%s %s %s%s", name, nl_string(a[OVS_QUORUM_PORT_A_NETDEV]),
	       dp, flood ? "" : " no-flood");
}

static struct of_message *decoded(struct nlattr *a)
{
	static struct of_message msg;
	size_t used;

	need(a && !of_decode(&msg, nla_data(a), nla_len(a), &used));
	return &msg;
}

static void output_message(json_object *o)
{
	json_object *text;

	need(json_object_object_get_ex(o, "text", &text));
	output(o, "%s", json_object_get_string(text));
}

void show_rule(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_RULE_A_MAX + 1];
	json_object *o;

	(void)arg;
	need(nl_attrs(top, OVS_QUORUM_A_MAX, nlh) &&
	     nl_nest(a, OVS_QUORUM_RULE_A_MAX, top[OVS_QUORUM_A_RULE]));
	o = describe_message(decoded(a[OVS_QUORUM_RULE_A_FLOW_MOD]));
	json_number(o, "id", nl_number(a[OVS_QUORUM_RULE_A_ID]));
	json_number(o, "age_ms", nl_number(a[OVS_QUORUM_RULE_A_AGE]));
	output_message(o);
}

void show_group(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];

	(void)arg;
	need(nl_attrs(top, OVS_QUORUM_A_MAX, nlh));
	output_message(describe_message(decoded(top[OVS_QUORUM_A_GROUP])));
}
