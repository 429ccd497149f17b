// SPDX-License-Identifier: GPL-2.0
/*
 * A firewall before another application.
 *
 * Its rules are all of table 0: the list, the first highest, then what is done
 * with the rest.  Allowed is to go on to the table of the other application, whose
 * rules are there and nowhere else; so nothing that it does lets in what is denied
 * here.  Rules are put highest first: what is there at any moment is a
 * beginning of the list, and no packet goes on by a rule behind one that
 * is not there yet.
 *
 * No state of its own: what is saved is the other's.
 */
#include <assert.h>
#include <string.h>

#include "app_out.h"
#include "app_packet_in.h"
#include "app_policy_match.h"

#define POLICY_COOKIE 0x6173682d706f6cull
#define POLICY_FLOW (1ull << 33)	/* no other application has this bit */

enum {
	POLICY_FIRST = 40000,		/* priority of the first of the list */
	POLICY_NEEDED = 1,		/* ARP and LLDP, where the rest is denied */
	POLICY_TABLE = 0,
	ETH_TYPE_MIN = 0x600,
	ETH_TYPE_IPV4 = 0x0800,
	ETH_TYPE_VLAN = 0x8100,
	ETH_TYPE_IPV6 = 0x86dd,
	ETH_TYPE_QINQ = 0x88a8,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	POLICY_IP = APP_POLICY_IP_PROTO | APP_POLICY_IP_SRC | APP_POLICY_IP_DST,
	POLICY_ALIGN = 16,
};

struct policy {
	const struct app_config *config;
};

static_assert(sizeof(struct policy) <= POLICY_ALIGN, "the base's state is behind it");

static void *policy_base(const void *app)
{
	return (uint8_t *)app + POLICY_ALIGN;
}

static size_t policy_size(const struct app_config *config)
{
	return POLICY_ALIGN + config->base->size(config);
}

static void policy_init(void *app, const struct app_config *config)
{
	struct policy *p = app;
	uint32_t rule;

	assert(config->table > POLICY_TABLE);
	assert(!app_policy_wrong(config, &rule));
	memset(app, 0, POLICY_ALIGN);
	p->config = config;
	config->base->init(policy_base(app), config);
}

static bool policy_bits(const uint8_t *address, unsigned int bits,
			unsigned int width)
{
	unsigned int i;

	if (!bits || bits > width)
		return false;
	for (i = bits; i < 8 * sizeof(((struct app_policy_rule *)0)->src); i++)
		if (address[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

static const char *policy_rule_wrong(const struct app_config *config,
				     const struct app_policy_rule *r)
{
	const bool v4 = r->eth_type == ETH_TYPE_IPV4;
	const unsigned int width = v4 ? 32 : 128;
	uint32_t i;

	if (r->fields & APP_POLICY_VLAN && r->vlan > 0xfff)
		return "vlan is above 4095";
	if (r->fields & APP_POLICY_ETH_TYPE &&
	    (r->eth_type < ETH_TYPE_MIN || r->eth_type == ETH_TYPE_VLAN ||
	     r->eth_type == ETH_TYPE_QINQ))
		return "eth_type is no type of what a frame carries";
	if (r->fields & POLICY_IP &&
	    (!(r->fields & APP_POLICY_ETH_TYPE) ||
	     (!v4 && r->eth_type != ETH_TYPE_IPV6)))
		return "addresses and protocols need eth_type 0x0800 or 0x86dd";
	if (r->fields & APP_POLICY_IP_SRC &&
	    !policy_bits(r->src, r->src_bits, width))
		return "src is no prefix";
	if (r->fields & APP_POLICY_IP_DST &&
	    !policy_bits(r->dst, r->dst_bits, width))
		return "dst is no prefix";
	if (r->fields & APP_POLICY_PORT_DST &&
	    (!(r->fields & APP_POLICY_IP_PROTO) ||
	     (r->ip_proto != PROTO_TCP && r->ip_proto != PROTO_UDP)))
		return "port_dst needs ip_proto 6 or 17";
	if (r->fields & APP_POLICY_PORT_DST && !r->port_dst)
		return "port_dst is 0";
	for (i = 0; i < r->sw_nr; i++)
		if (r->sw[i] >= config->switches ||
		    (i && r->sw[i] <= r->sw[i - 1]))
			return "switches are not in order, or not of the domain";
	return NULL;
}

const char *app_policy_wrong(const struct app_config *config, uint32_t *rule)
{
	const char *why;

	*rule = 0;
	if (config->policy_nr > APP_POLICY_MAX)
		return "more rules than a policy may have";
	for (; *rule < config->policy_nr; ++*rule) {
		why = policy_rule_wrong(config, &config->policy[*rule]);
		if (why)
			return why;
	}
	return NULL;
}

static void policy_match16(struct of_flow_mod *fm, enum flow_field f,
			   uint16_t value)
{
	const uint8_t v[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	app_match(fm, f, v);
}

static void policy_match_prefix(struct of_flow_mod *fm, enum flow_field f,
				const uint8_t *value, unsigned int bits)
{
	uint8_t mask[FLOW_VALUE_MAX] = { 0 };
	unsigned int i;

	for (i = 0; i < bits; i++)
		mask[i / 8] |= 0x80 >> i % 8;
	flow_field_put(&fm->match.key, f, value);
	flow_field_put(&fm->match.mask, f, mask);
}

static void policy_match(struct of_flow_mod *fm, const struct app_policy_rule *r)
{
	const bool v4 = r->eth_type == ETH_TYPE_IPV4;

	if (r->fields & APP_POLICY_ETH_SRC)
		app_match(fm, FLOW_ETH_SRC, r->eth_src);
	if (r->fields & APP_POLICY_ETH_DST)
		app_match(fm, FLOW_ETH_DST, r->eth_dst);
	if (r->fields & APP_POLICY_VLAN)
		app_match_be(fm, FLOW_VLAN_VID,
			     r->vlan ? FLOW_VLAN_PRESENT | r->vlan : 0);
	if (r->fields & APP_POLICY_ETH_TYPE)
		policy_match16(fm, FLOW_ETH_TYPE, r->eth_type);
	if (r->fields & APP_POLICY_IP_PROTO)
		app_match(fm, FLOW_IP_PROTO, &r->ip_proto);
	if (r->fields & APP_POLICY_IP_SRC)
		policy_match_prefix(fm, v4 ? FLOW_IPV4_SRC : FLOW_IPV6_SRC,
				    r->src, r->src_bits);
	if (r->fields & APP_POLICY_IP_DST)
		policy_match_prefix(fm, v4 ? FLOW_IPV4_DST : FLOW_IPV6_DST,
				    r->dst, r->dst_bits);
	if (r->fields & APP_POLICY_PORT_DST)
		policy_match16(fm, r->ip_proto == PROTO_TCP ? FLOW_TCP_DST :
							      FLOW_UDP_DST,
			       r->port_dst);
}

/* p->msg is a rule: add it, after what is there has left, if there is no room. */
static void policy_add(const struct policy *p, struct app_payload *payload,
		       bool allow, uint32_t sw, struct app_out *out)
{
	struct of_instructions *in = &payload->msg.flow_mod.instructions;

	in->has_goto = allow;
	in->goto_table = allow ? p->config->table : 0;
	if (app_payload_add(payload))
		return;
	app_payload_put(payload, out, sw, POLICY_FLOW | sw, 0);
	app_payload_add(payload);
}

static void policy_up(const struct policy *p, uint32_t sw, struct app_out *out)
{
	static const uint16_t needed[] = { APP_ETH_TYPE_ARP, APP_ETH_TYPE_LLDP };
	struct app_payload payload;
	struct of_flow_mod *fm;
	unsigned int i;

	app_payload_init(&payload, POLICY_TABLE);
	for (i = 0; i < p->config->policy_nr; i++) {
		if (!app_policy_at(&p->config->policy[i], sw))
			continue;
		fm = app_flow_mod(&payload, OF_FLOW_ADD,
				  (uint16_t)(POLICY_FIRST - i), POLICY_COOKIE);
		policy_match(fm, &p->config->policy[i]);
		policy_add(p, &payload, p->config->policy[i].allow, sw, out);
	}
	for (i = 0; i < 2 && p->config->policy_deny; i++) {
		fm = app_flow_mod(&payload, OF_FLOW_ADD, POLICY_NEEDED,
				  POLICY_COOKIE);
		policy_match16(fm, FLOW_ETH_TYPE, needed[i]);
		policy_add(p, &payload, true, sw, out);
	}
	app_flow_mod(&payload, OF_FLOW_ADD, 0, POLICY_COOKIE);
	policy_add(p, &payload, !p->config->policy_deny, sw, out);
	app_payload_put(&payload, out, sw, POLICY_FLOW | sw, 0);
}

static void policy_event(void *app, const struct app_event *event,
			 struct app_out *out)
{
	const struct policy *p = app;
	struct app_packet_in in;

	assert(event->sw < p->config->switches);
	/* No rule here sends to the controllers: a switch that says so lies. */
	if (event->kind == APP_PACKET_IN &&
	    !app_packet_in_decode(&in, event->message, event->len) &&
	    in.table < p->config->table)
		return;
	if (event->kind == APP_SWITCH_UP)
		policy_up(p, event->sw, out);
	p->config->base->event(policy_base(app), event, out);
}

static size_t policy_save_max(const struct app_config *config)
{
	return config->base->save_max(config);
}

static size_t policy_save(const void *app, uint8_t *out, size_t room)
{
	const struct policy *p = app;

	return p->config->base->save(policy_base(app), out, room);
}

static bool policy_load(void *app, const uint8_t *in, size_t len)
{
	const struct policy *p = app;

	return p->config->base->load(policy_base(app), in, len);
}

const struct app_ops app_policy = {
	.name = "policy",
	.size = policy_size,
	.init = policy_init,
	.event = policy_event,
	.save_max = policy_save_max,
	.save = policy_save,
	.load = policy_load,
};
