// SPDX-License-Identifier: GPL-2.0
/*
 * Cases that a generator rarely meets, or that were wrong once: rules, a packet,
 * and what must be said of the flow that comes of it.
 */
#include <arpa/inet.h>

#include "brute_cases.h"
#include "brute_check.h"

static struct brute_rules rules;
static struct brute_check check;
static struct brute_message flow;
static struct brute_outs outs;
static struct brute_pkt packet;
static struct brute_wc wc;
static struct gen gen;
static unsigned long passed, failed;

static void start(uint8_t vlan_limit)
{
	unsigned int i;

	memset(&rules, 0, sizeof(rules));
	for (i = 0; i < 4; i++) {
		rules.port[i].of_port = i + 1;
		rules.port[i].dp_port = i + 2;
	}
	rules.port[4].of_port = OF_PORT_LOCAL;
	rules.port[4].dp_port = 1;
	rules.port_nr = 5;
	rules.vlan_limit = vlan_limit;
	memset(&packet, 0, sizeof(packet));
	packet.in_port = 2;		/* port 1 of the switch */
	packet.type = ETH_IP;
	packet.proto = IP_TCP;
	packet.ttl = 64;
	packet.eth_src[5] = 1;
	packet.eth_dst[5] = 2;
	memcpy(packet.src, "\12\0\0\1", 4);
	memcpy(packet.dst, "\12\0\0\2", 4);
	packet.tp_src = 4096;
	packet.tp_dst = 80;
}

static struct of_flow_mod *add(uint8_t table, uint16_t priority)
{
	struct of_flow_mod *fm = &rules.rule[rules.nr++];

	memset(fm, 0, sizeof(*fm));
	fm->table = table;
	fm->priority = priority;
	fm->out_port = OF_PORT_ANY;
	fm->out_group = OF_GROUP_ANY;
	return fm;
}

static void match(struct of_flow_mod *fm, unsigned int field, uint32_t value)
{
	uint8_t v[FLOW_VALUE_MAX] = { 0 };
	size_t i, len = brute_field_len(field);

	for (i = 0; i < 4 && i < len; i++)
		v[len - 1 - i] = value >> 8 * i;
	brute_field_put(&fm->match.key, field, v);
	brute_field_put(&fm->match.mask, field, NULL);
}

static struct of_action *action(struct of_flow_mod *fm, uint8_t type)
{
	struct of_action *a;

	a = &fm->instructions.action[fm->instructions.apply_nr++];
	a->type = type;
	return a;
}

static void output(struct of_flow_mod *fm, uint32_t port)
{
	action(fm, OF_ACTION_OUTPUT)->port = port;
}

static void set(struct of_flow_mod *fm, unsigned int field, uint32_t value)
{
	struct of_action *a = action(fm, OF_ACTION_SET_FIELD);
	size_t i, len = brute_field_len(field);

	a->field = field;
	for (i = 0; i < 4 && i < len; i++)
		a->value[len - 1 - i] = value >> 8 * i;
	rules.slow |= brute_field_slow(field);
}

static void tag(uint16_t tpid, uint16_t tci)
{
	packet.tpid[packet.tags] = tpid;
	packet.tci[packet.tags++] = tci;
}

/* The flow that user space makes of the packet */
static void translate(enum brute_style style)
{
	wc.style = style;
	brute_run_rules(&rules, &packet, 0, &wc, &outs);
	flow.has_mask = true;
	brute_message_key(&flow.key, &packet, HOW_CT | HOW_EXTHDRS);
	brute_message_actions(&flow.actions, &packet, &outs, &wc.mask, 0);
	brute_message_mask(&flow.mask, &rules, &packet, &wc.mask, HOW_CT);
}

/* The payload of an attribute, in tags as well */
static uint8_t *attr(struct brute_attrs *a, unsigned int type)
{
	size_t at = 0;
	uint16_t h[2];

	while (at + sizeof(h) <= a->len) {
		memcpy(h, a->bytes + at, sizeof(h));
		if (h[1] == type)
			return a->bytes + at + sizeof(h);
		at += h[1] == OVS_KEY_ATTR_ENCAP ? sizeof(h) :
		      (h[0] + 3u) & ~3u;
	}
	return NULL;
}

static void expect(const char *name, bool yes)
{
	char words[128];
	bool sound;

	gen_seed(&gen, 1);
	if (!brute_load(&check, &rules, &gen, words, sizeof(words))) {
		printf("FAIL %s: %s\n", name, words);
		failed++;
		return;
	}
	sound = brute_check_flow(&check, &flow, 3000);
	if (sound && !check.err == yes) {
		passed++;
	} else {
		printf("FAIL %s: gate says %s\n", name,
		       gate_err_text(check.err));
		if (!sound)
			printf("and a packet shows that it is wrong\n");
		brute_print_rules(stdout, &rules);
		brute_print_flow(stdout, &flow);
		failed++;
	}
	brute_unload(&check);
}

static void expect_packet(const char *name, const struct brute_pkt *p,
			  uint32_t port, bool yes)
{
	uint8_t bytes[BRUTE_FRAME];
	char words[128];
	bool guess;
	size_t len;

	gen_seed(&gen, 1);
	if (!brute_load(&check, &rules, &gen, words, sizeof(words))) {
		printf("FAIL %s: %s\n", name, words);
		failed++;
		return;
	}
	flow.actions.len = 0;
	if (port == BRUTE_USER)
		brute_put_userspace(&flow.actions, false);
	else
		attr_put(&flow.actions, OVS_ACTION_ATTR_OUTPUT, &port, 4);
	len = brute_serialise(bytes, p, 0);
	brute_check_packet(&check, p, bytes, len, &flow.actions, &guess);
	if (!check.err == yes) {
		passed++;
	} else {
		printf("FAIL %s: gate says %s\n", name,
		       gate_err_text(check.err));
		brute_print_rules(stdout, &rules);
		brute_print_pkt(stdout, p);
		failed++;
	}
	brute_unload(&check);
}

static void tags(void)
{
	struct of_flow_mod *fm;

	start(2);
	tag(ETH_VLAN, 10);
	fm = add(0, 1);
	match(fm, FLOW_VLAN_VID, TCI_PRESENT | 10);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("VID matched, priority not", true);

	/* The kernel then takes the TCI of the key for its mask. */
	start(2);
	tag(ETH_VLAN, 10);
	fm = add(0, 1);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("tag that nobody looked at", true);

	start(2);
	tag(ETH_VLAN, 10);
	fm = add(0, 2);
	match(fm, FLOW_VLAN_VID, TCI_PRESENT | 11);
	output(fm, 3);
	fm = add(0, 1);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("tag that a rule looked at", true);
	memset(attr(&flow.mask, OVS_KEY_ATTR_VLAN), 0, 2);
	expect("zero mask of a tag that a rule looked at", false);

	start(2);
	tag(ETH_QINQ, 10);
	tag(ETH_VLAN, 20);
	fm = add(0, 1);
	match(fm, FLOW_VLAN_VID, TCI_PRESENT | 10);
	set(fm, FLOW_VLAN_VID, TCI_PRESENT | 11);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("outer VID set, inner tag not looked at", true);

	start(2);
	tag(ETH_QINQ, 10);
	tag(ETH_VLAN, 20);
	fm = add(0, 1);
	match(fm, FLOW_VLAN_VID, TCI_PRESENT | 10);
	action(fm, OF_ACTION_POP_VLAN);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("outer tag popped", true);

	/* The kernel does not match the TPID of a tag that the mask leaves out. */
	start(1);
	tag(ETH_VLAN, 10);
	tag(ETH_QINQ, 20);
	fm = add(0, 2);
	match(fm, FLOW_ETH_TYPE, ETH_VLAN);
	output(fm, 3);
	fm = add(0, 1);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("hidden tag whose TPID a rule matches", false);
	rules.rule[0].match.key.eth_type = htons(ETH_QINQ);
	translate(STYLE_ALL);
	expect("hidden tag whose TPID is that of a rule", false);
	rules.rule[0].match.key.eth_type = htons(ETH_IP);
	translate(STYLE_ALL);
	expect("hidden tag whose TPID no rule matches", true);
}

static void types(void)
{
	struct of_flow_mod *fm;

	/* Without a mask and without a type in the key, any type matches. */
	start(2);
	packet.type = ETH_NONE;
	brute_normalise(&packet);
	fm = add(0, 1);
	match(fm, FLOW_ETH_TYPE, 0x05ff);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("no Ethernet type", true);
	flow.has_mask = false;
	expect("no Ethernet type and no mask", false);

	start(2);
	fm = add(0, 1);
	match(fm, FLOW_ETH_TYPE, ETH_IP);
	output(fm, 2);
	translate(STYLE_ALL);
	memset(attr(&flow.mask, OVS_KEY_ATTR_IN_PORT), 0, 4);
	expect("input port not matched", false);
	translate(STYLE_ALL);
	attr(&flow.key, OVS_KEY_ATTR_RECIRC_ID)[0] = 1;
	expect("recirculated", false);
	translate(STYLE_ALL);
	memset(attr(&flow.mask, OVS_KEY_ATTR_RECIRC_ID), 0, 4);
	expect("recirculated or not", false);
	translate(STYLE_ALL);
	brute_put_userspace(&flow.actions, true);
	expect("output and user space, which no rule asks for", false);
	flow.actions.len = 0;
	brute_put_userspace(&flow.actions, true);
	expect("user space alone", true);
	flow.actions.len = 0;
	expect("drop", true);

	start(2);
	fm = add(0, 1);
	output(fm, OF_PORT_CONTROLLER);
	translate(STYLE_ALL);
	expect("to the controller", true);
	/* struct user_action_cookie, behind three headers and the port: sFlow */
	flow.actions.bytes[16] = 1;
	expect("to user space for another reason", false);
}

/* Instead of the actions that there are */
static void set_port(uint8_t port)
{
	const uint8_t tcp[] = { 0, 0, 0, port, 0, 0, 255, 255 };
	size_t nest;

	flow.actions.len = 0;
	nest = attr_nest(&flow.actions, OVS_ACTION_ATTR_SET_MASKED);
	attr_put(&flow.actions, OVS_KEY_ATTR_TCP, tcp, sizeof(tcp));
	attr_end(&flow.actions, nest);
	attr_put(&flow.actions, OVS_ACTION_ATTR_OUTPUT, &(uint32_t){ 3 }, 4);
}

static void fragments(void)
{
	struct of_flow_mod *fm;

	start(2);
	packet.frag = FRAG_FIRST;
	fm = add(0, 2);
	match(fm, FLOW_ETH_TYPE, ETH_IP);
	match(fm, FLOW_IP_PROTO, IP_TCP);
	match(fm, FLOW_TCP_DST, 80);
	fm = add(0, 1);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("first fragment has no ports", true);
	packet.frag = FRAG_NO;
	translate(STYLE_ALL);
	expect("drop of a port", true);
	flow.actions.len = 0;
	attr_put(&flow.actions, OVS_ACTION_ATTR_OUTPUT, &(uint32_t){ 3 }, 4);
	expect("no drop of a port", false);

	start(2);
	fm = add(0, 1);
	match(fm, FLOW_ETH_TYPE, ETH_IP);
	match(fm, FLOW_IP_PROTO, IP_TCP);
	set(fm, FLOW_TCP_DST, 81);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("port set", true);
	memset(attr(&flow.mask, OVS_KEY_ATTR_TCP), 0, 4);
	expect("port set, not matched", true);
	attr(&flow.mask, OVS_KEY_ATTR_IPV4)[11] = 1;
	expect("port set, of later fragments too", false);

	packet.frag = FRAG_LATER;
	brute_normalise(&packet);
	translate(STYLE_ALL);
	expect("port not set in a later fragment", true);
	set_port(81);
	expect("port written into the payload of a later fragment", false);
	set_port(0);
	expect("zeros written into the payload of a later fragment", false);
}

/* The rules send what has no TTL left to the controller, and nowhere else. */
static void used_up(void)
{
	unsigned int at;

	packet.ttl = 1;
	translate(STYLE_ALL);
	expect("TTL used up", true);
	at = flow.actions.len;
	attr_put(&flow.actions, OVS_ACTION_ATTR_OUTPUT, &(uint32_t){ 3 }, 4);
	expect("TTL used up, and output", false);
	flow.actions.len = at;
	brute_put_userspace(&flow.actions, false);
	expect("TTL used up, two copies", false);
	flow.actions.len = 0;
	expect("TTL used up: dropped", true);
	attr_put(&flow.actions, OVS_ACTION_ATTR_OUTPUT, &(uint32_t){ 3 }, 4);
	expect("TTL used up: output alone", false);
	flow.actions.len = 0;
	brute_put_userspace(&flow.actions, false);
	attr(&flow.mask, OVS_KEY_ATTR_IPV4)[10] = 0xfe;
	attr(&flow.key, OVS_KEY_ATTR_IPV4)[10] = 0;
	expect("TTL of 0 or 1", true);
	attr(&flow.mask, OVS_KEY_ATTR_IPV4)[10] = 0xfd;
	expect("TTL of 0 or 2", false);
	attr(&flow.mask, OVS_KEY_ATTR_IPV4)[10] = 0;
	expect("any TTL to the controller", false);
	packet.ttl = 2;
	translate(STYLE_ALL);
	expect("TTL of 2", true);
	flow.actions.len = 0;
	brute_put_userspace(&flow.actions, false);
	expect("TTL of 2 to the controller", false);
	packet.ttl = 0;
	packet.type = ETH_IPV6;
	rules.rule[0].match.key.eth_type = htons(ETH_IPV6);
	translate(STYLE_ALL);
	expect("hop limit used up", true);
}

static void actions(void)
{
	struct of_flow_mod *fm;

	start(2);
	fm = add(0, 1);
	match(fm, FLOW_ETH_TYPE, ETH_IP);
	action(fm, OF_ACTION_DEC_NW_TTL);
	output(fm, 2);
	translate(STYLE_ALL);
	expect("TTL decremented", true);
	attr(&flow.mask, OVS_KEY_ATTR_IPV4)[10] = 0;
	expect("TTL decremented but not matched", false);
	used_up();

	/* xlate_actions(): the action set of a packet that misses is executed. */
	start(2);
	fm = add(0, 1);
	fm->instructions.action[0].type = OF_ACTION_OUTPUT;
	fm->instructions.action[0].port = 2;
	fm->instructions.write_nr = 1;
	fm->instructions.has_goto = 1;
	fm->instructions.goto_table = 1;
	translate(STYLE_ALL);
	expect("table miss with an action set", true);
}

static void slow_path(void)
{
	struct of_flow_mod *fm;
	struct brute_pkt p;

	start(2);
	packet.type = ETH_ARP;
	packet.arp_op = 1;
	brute_normalise(&packet);
	fm = add(0, 1);
	match(fm, FLOW_ETH_TYPE, ETH_ARP);
	match(fm, FLOW_ARP_OP, 1);
	set(fm, FLOW_ARP_OP, 2);
	set(fm, FLOW_ARP_SHA, 7);
	set(fm, FLOW_ARP_SPA, 0x0a000002);
	set(fm, FLOW_ETH_SRC, 7);
	output(fm, OF_PORT_IN_PORT);
	translate(STYLE_ALL);
	expect("ARP answered: slow path", true);
	brute_run_rules(&rules, &packet, 0, NULL, &outs);
	p = outs.out[0].pkt;
	expect_packet("ARP answered: packet", &p, 2, true);
	expect_packet("ARP answered: by another port", &p, 3, false);
	p.sha[5] = 8;
	expect_packet("ARP answered: otherwise", &p, 2, false);
	p = outs.out[0].pkt;
	p.arp_op = 1;
	expect_packet("ARP answered: still a question", &p, 2, false);

	start(2);
	packet.proto = IP_ICMP;
	packet.tp_src = 8;
	packet.tp_dst = 0;
	packet.ttl = 1;
	fm = add(0, 1);
	match(fm, FLOW_ETH_TYPE, ETH_IP);
	match(fm, FLOW_IP_PROTO, IP_ICMP);
	match(fm, FLOW_ICMPV4_TYPE, 8);
	set(fm, FLOW_ICMPV4_TYPE, 0);
	action(fm, OF_ACTION_DEC_NW_TTL);
	output(fm, OF_PORT_IN_PORT);
	brute_run_rules(&rules, &packet, 0, NULL, &outs);
	p = outs.out[0].pkt;
	expect_packet("ping with no TTL left", &p, BRUTE_USER, true);
	expect_packet("ping with no TTL left: answered", &p, 2, true);
	p.ttl = 0;
	expect_packet("ping with a TTL of 0: answered", &p, 2, false);
	p.ttl = 2;
	expect_packet("ping with TTL left", &p, BRUTE_USER, false);
	expect_packet("ping with TTL left: answered", &p, 2, true);
}

void brute_cases(unsigned long *passed_out, unsigned long *failed_out)
{
	passed = failed = 0;
	tags();
	types();
	fragments();
	actions();
	slow_path();
	*passed_out = passed;
	*failed_out = failed;
}
