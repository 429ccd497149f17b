// SPDX-License-Identifier: GPL-2.0
/*
 * What switches say, to decoders and to applications: nothing is read that is
 * not there, what is put is accepted, and the state can be saved and loaded.
 * Route, alone and behind a policy, is asked in a network that carries its probes.
 *
 * Input: events, each a kind, a switch, a length (2), and as many bytes as there are.
 */
#include "app_packet_in.h"
#include "net.h"
#include "world.h"
#include "../fuzz.h"

static const uint64_t dpid[3] = { 1, 2, 3 };
static const struct app_link links[2] = {
	{ { 0, 1 }, { 1, 1 } }, { { 1, 2 }, { 2, 1 } },
};
static const struct app_host hosts[2] = {
	{ { 2, 0, 0, 0, 0, 1 }, 0, 9 }, { { 2, 0, 0, 0, 0, 2 }, 2, 9 },
};
static const struct app_config config = {
	.switches = 3, .dpid = dpid, .hosts_max = 4,
	.link_nr = 2, .host_nr = 2, .link = links, .host = hosts,
};

static void packet_in(const uint8_t *in, size_t len)
{
	struct app_packet_in p;

	if (app_packet_in_decode(&p, in, len))
		return;
	FUZZ_DEMAND(app_port_real(p.in_port));
	FUZZ_DEMAND(p.len >= 14 && p.frame + p.len == in + len);
	FUZZ_DEMAND(p.dst == p.frame && p.src == p.frame + 6);
	FUZZ_DEMAND(!p.vlan || (p.vlan & 0xf000) == FLOW_VLAN_PRESENT);
}

static void events(struct net *net, const uint8_t *data, size_t size)
{
	enum app_event_kind kind;
	size_t len;

	for (; size >= 4; data += len, size -= len) {
		kind = 1 + data[0] % (APP_EVENT_KINDS - 1);
		len = data[2] << 8 | data[3];
		if (len > size - 4)
			len = size - 4;
		packet_in(data + 4, len);
		net_event(net, kind, data[1] % 3, data + 4, len);
		FUZZ_DEMAND(!net->out.full);
		net_apply_all(net);
		FUZZ_DEMAND(!net->refused);
		len += 4;
	}
	FUZZ_DEMAND(net_saves(net));
}

static void ports(const uint8_t *in, size_t len)
{
	struct app_port_status port;
	struct app_ports p;

	if (app_ports_decode(&p, in, len))
		return;
	while (app_ports_next(&p, &port))
		FUZZ_DEMAND(app_port_real(port.port));
}

static void carried(struct world *w, const uint8_t *data, size_t size)
{
	struct world *copy;
	size_t len;

	for (; size >= 4; data += len, size -= len) {
		len = data[2] << 8 | data[3];
		if (len > size - 4)
			len = size - 4;
		ports(data + 4, len);
		w->now_ms += 100 * (data[1] >> 2);
		world_event(w, 1 + data[0] % (APP_EVENT_KINDS - 1), data[1] % 3,
			    data + 4, len, false);
		world_round(w);
		FUZZ_DEMAND(!w->failed && !w->refused && !w->circles);
		len += 4;
	}
	copy = world_copy(w);
	FUZZ_DEMAND(world_same(w, copy));
	world_free(copy);
}

static void networks(const uint8_t *data, size_t size)
{
	static const struct app_policy_rule rule = {
		.fields = APP_POLICY_ETH_TYPE, .eth_type = 0x88b5,
	};
	struct world *w;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		w = world_create(i ? &app_policy : &app_route, 3);
		w->config.hosts_max = 6;
		w->config.ports_max = 5;
		w->config.table = i;
		w->config.base = &app_route;
		w->config.policy = &rule;
		w->config.policy_nr = i;
		world_link(w, 0, 1);
		world_link(w, 1, 2);
		world_host(w, 0);
		world_host(w, 2);
		world_start(w);
		carried(w, data, size);
		world_free(w);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct app_ops *const ops[3] = {
		&app_cbench, &app_learning, &app_path,
	};
	struct net *net;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		net = net_create(ops[i], &config);
		events(net, data, size);
		net_free(net);
	}
	networks(data, size);
	return 0;
}
