// SPDX-License-Identifier: GPL-2.0
/*
 * The firewall before a domain's application.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/app_external.h"
#include "domain_parts.h"

enum { ETH_TYPE_IPV4 = 0x0800, ETH_TYPE_IPV6 = 0x86dd, ADDRESS_TEXT_MAX = 64 };

static const char *const policy_names[] = { "default", "rules", NULL };

static const char *const rule_names[] = {
	"allow", "eth_src", "eth_dst", "vlan", "eth_type", "ip_proto", "src",
	"dst", "port_dst", "switches", NULL,
};

static const struct choice defaults[] = {
	{ "allow", false },
	{ "deny", true },
	{ NULL, 0 },
};

bool domain_read_mac(const struct group *g, const char *name, uint8_t mac[6])
{
	char text[24];
	int end = 0;

	if (!group_string(g, name, text, sizeof(text), true))
		return false;
	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0],
		   &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &end) == 6 &&
	    !text[end])
		return true;
	complain(g->c, g->file, group_line(g, name),
		 "%s \"%s\": six bytes like 52:54:00:12:34:56 are expected",
		 name, text);
	return false;
}

static bool has(const struct group *g, const char *name)
{
	return config_setting_get_member(g->s, name);
}

static void read_field(struct app_policy_rule *r, const struct group *g,
		       const char *name, enum app_policy_field bit,
		       uint64_t max, uint16_t *out)
{
	uint64_t value;

	if (!group_number(g, name, &value, 0, max, false))
		return;
	r->fields |= bit;
	*out = (uint16_t)value;
}

/* "10.0.0.0/8", "2001:db8::1"; a prefix of no bits is no field. */
static void read_prefix(struct app_policy_rule *r, const struct group *g,
			const char *name, enum app_policy_field bit,
			uint8_t address[16], uint8_t *bits)
{
	char text[ADDRESS_TEXT_MAX], *slash, *end = NULL;
	unsigned long width, len;
	uint16_t type;

	if (!group_string(g, name, text, sizeof(text), false))
		return;
	slash = strchr(text, '/');
	if (slash)
		*slash = 0;
	type = strchr(text, ':') ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4;
	width = type == ETH_TYPE_IPV4 ? 32 : 128;
	len = slash ? strtoul(slash + 1, &end, 10) : width;
	if (inet_pton(type == ETH_TYPE_IPV4 ? AF_INET : AF_INET6, text,
		      address) != 1 || len > width ||
	    (slash && (!slash[1] || *end))) {
		complain(g->c, g->file, group_line(g, name),
			 "%s: an address or a prefix like 10.0.0.0/8 is expected",
			 name);
		return;
	}
	if (r->fields & APP_POLICY_ETH_TYPE && r->eth_type != type)
		complain(g->c, g->file, group_line(g, name),
			 "%s: the rule is for another eth_type", name);
	r->fields |= APP_POLICY_ETH_TYPE;
	r->eth_type = type;
	if (!len)
		return;
	r->fields |= bit;
	*bits = (uint8_t)len;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void read_switches(const struct domain *d, struct app_policy_rule *r,
			  const struct group *g)
{
	const config_setting_t *list, *s;
	unsigned int i, nr = group_list(g, "switches", &list, false);
	uint32_t *sw = nr ? calloc(nr, sizeof(*sw)) : NULL;
	const char *name;
	int number;

	r->sw = sw;
	for (i = 0; sw && i < nr; i++) {
		s = config_setting_get_elem(list, i);
		name = config_setting_get_string(s);
		number = name ? domain_switch(d, name) : -1;
		if (number < 0)
			complain(g->c, g->file, setting_line(s),
				 "switches: there is no switch \"%s\"",
				 name ? name : "?");
		else
			sw[r->sw_nr++] = (uint32_t)number;
	}
	if (sw)
		qsort(sw, r->sw_nr, sizeof(*sw), ascending);
}

static void read_rule(const struct domain *d, struct app_policy_rule *r,
		      const struct group *g)
{
	uint16_t proto = 0;

	group_only(g, rule_names);
	if (has(g, "allow"))
		group_bool(g, "allow", &r->allow);
	else
		complain(g->c, g->file, setting_line(g->s), "allow is missing");
	if (has(g, "eth_src") && domain_read_mac(g, "eth_src", r->eth_src))
		r->fields |= APP_POLICY_ETH_SRC;
	if (has(g, "eth_dst") && domain_read_mac(g, "eth_dst", r->eth_dst))
		r->fields |= APP_POLICY_ETH_DST;
	read_field(r, g, "vlan", APP_POLICY_VLAN, 4095, &r->vlan);
	read_field(r, g, "eth_type", APP_POLICY_ETH_TYPE, UINT16_MAX,
		   &r->eth_type);
	read_field(r, g, "ip_proto", APP_POLICY_IP_PROTO, UINT8_MAX, &proto);
	r->ip_proto = (uint8_t)proto;
	read_prefix(r, g, "src", APP_POLICY_IP_SRC, r->src, &r->src_bits);
	read_prefix(r, g, "dst", APP_POLICY_IP_DST, r->dst, &r->dst_bits);
	read_field(r, g, "port_dst", APP_POLICY_PORT_DST, UINT16_MAX,
		   &r->port_dst);
	read_switches(d, r, g);
}

void domain_read_policy(struct domain *d, const struct group *app)
{
	struct app_config *config = &d->app_config;
	struct domain_owned *o = d->owned;
	unsigned int i, nr, deny = false;
	const config_setting_t *list;
	struct group g, rule;
	const char *why;
	uint32_t at;

	if (!group_group(app, "policy", &g, false))
		return;
	group_only(&g, policy_names);
	group_choice(&g, "default", defaults, &deny, true);
	nr = group_list(&g, "rules", &list, false);
	if (nr > APP_POLICY_MAX) {
		complain(g.c, g.file, setting_line(list), "rules: %d at most",
			 APP_POLICY_MAX);
		return;
	}
	o->rule = calloc(nr + 1, sizeof(*o->rule));
	if (!o->rule) {
		complain(g.c, g.file, 0, "no memory");
		return;
	}
	o->rule_nr = nr;
	config->table = 1;
	config->base = domain_app_named(d->app);
	config->policy = o->rule;
	config->policy_nr = nr;
	config->policy_deny = deny;
	for (i = 0; i < nr; i++)
		if (group_of_list(&g, list, i, &rule))
			read_rule(d, &o->rule[i], &rule);
	why = app_policy_wrong(config, &at);
	if (why)
		complain(g.c, g.file,
			 setting_line(config_setting_get_elem(list, at)),
			 "rule %u: %s", at + 1, why);
	if (config->base == &app_external)
		complain(g.c, g.file, setting_line(g.s),
			 "policy: an application outside has none before it");
}
