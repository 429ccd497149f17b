// SPDX-License-Identifier: GPL-2.0
/*
 * Shortest paths: by example, and on random topologies, where updates are applied
 * in any order that dependencies, flows and switches allow (§2.5.7) while more
 * events come, and after each one nobody goes in circles, and who was connected is.
 */
#include "../wire/test.h"
#include "net.h"

enum {
	SWITCHES = NET_SWITCHES_MAX,
	LINKS_MAX = 40,
	HOSTS_MAX = 60,
	HOST_PORT = 100,		/* ports of hosts: from here on */
	FAR = 1000,
	PENDING_MAX = 512,
	ELSEWHERE = 9999,		/* an input port without a link */
};

static unsigned int topologies;
static uint64_t dpid[SWITCHES];
static struct app_link link[LINKS_MAX];
static struct app_host host[HOSTS_MAX];
static struct app_config config;
static struct net *net;

static void topology(uint32_t switches)
{
	uint32_t i;

	for (i = 0; i < SWITCHES; i++)
		dpid[i] = i + 1;
	config = (struct app_config){
		.switches = switches, .dpid = dpid, .link = link, .host = host,
	};
}

/* The port of a link is 1 + its number. */
static void add_link(uint32_t a, uint32_t b)
{
	const uint32_t port = 1 + config.link_nr;

	link[config.link_nr++] = (struct app_link){ { a, b }, { port, port } };
}

static void add_host(uint32_t sw)
{
	struct app_host *h = &host[config.host_nr++];

	mac_of(h->mac, config.host_nr);
	h->sw = sw;
	h->port = HOST_PORT + config.host_nr;
}

/* What the test knows of the world */
static bool dead[LINKS_MAX];		/* really */
static bool away[SWITCHES];

static uint32_t distance(uint32_t from, uint32_t to)
{
	uint32_t d[SWITCHES], i, round;

	for (i = 0; i < SWITCHES; i++)
		d[i] = i == to ? 0 : FAR;
	for (round = 0; round < config.switches; round++) {
		for (i = 0; i < config.link_nr; i++) {
			const uint32_t a = link[i].sw[0], b = link[i].sw[1];

			if (dead[i])
				continue;
			if (!away[a] && d[a] > d[b] + 1)
				d[a] = d[b] + 1;
			if (!away[b] && d[b] > d[a] + 1)
				d[b] = d[a] + 1;
		}
	}
	return d[from];
}

enum fate { DELIVERED, ASKED, LOST, CIRCLE };

/* Follow the rules from a switch; hops so far. */
static enum fate follow(uint32_t h, uint32_t sw, uint32_t *hops)
{
	uint32_t in_port = ELSEWHERE, port;

	for (*hops = 0; *hops <= config.switches; ++*hops) {
		port = net_look(net, sw, ELSEWHERE, h + 1, 77, 0);
		if (port == OF_PORT_CONTROLLER)
			return ASKED;
		/* An emptied switch drops, until what is on its way has come. */
		if (!net->sw[sw].nr)
			return ASKED;
		if (!port)
			return LOST;
		if (port > HOST_PORT)
			return sw == host[h].sw && port == host[h].port ?
			       DELIVERED : LOST;
		if (dead[port - 1])
			return LOST;
		/* What comes back where it came from is dropped: a circle too. */
		if (port == in_port)
			return CIRCLE;
		in_port = port;
		sw = link[port - 1].sw[link[port - 1].sw[0] == sw];
	}
	return CIRCLE;
}

/* Updates that were put and not applied yet */
static struct pending {
	struct app_update update;
	uint64_t event;
	unsigned int number;
	uint8_t payload[APP_UPDATE_MAX];
} pending[PENDING_MAX];
static unsigned int pending_nr;
static uint64_t event_nr;

static void put_pending(void)
{
	unsigned int i;

	if (pending_nr + net->out.nr > PENDING_MAX)
		abort();
	for (i = 0; i < net->out.nr; i++) {
		struct pending *p = &pending[pending_nr++];

		p->update = net->out.update[i];
		p->event = event_nr;
		p->number = i;
		memcpy(p->payload, p->update.payload, p->update.len);
		p->update.payload = p->payload;
	}
	event_nr++;
}

/* pending[] is in the order in which updates were put. */
static bool may_apply(unsigned int k)
{
	const struct pending *p = &pending[k], *q;

	for (q = pending; q < p; q++) {
		if (q->event == p->event && p->update.after >> q->number & 1)
			return false;
		if (q->event < p->event &&
		    (q->update.flow == p->update.flow ||
		     q->update.sw == p->update.sw))
			return false;
	}
	return true;
}

static enum fate before[HOSTS_MAX][SWITCHES];

static void look(enum fate fate[HOSTS_MAX][SWITCHES])
{
	uint32_t h, s, hops;

	for (h = 0; h < config.host_nr; h++)
		for (s = 0; s < config.switches; s++)
			fate[h][s] = follow(h, s, &hops);
}

/* After each update: no circles, and nobody is worse off. */
static bool compare(void)
{
	static enum fate now[HOSTS_MAX][SWITCHES];
	uint32_t h, s;

	look(now);
	for (h = 0; h < config.host_nr; h++) {
		for (s = 0; s < config.switches; s++) {
			ASK(now[h][s] != CIRCLE);
			ASK(before[h][s] != DELIVERED ||
			    now[h][s] == DELIVERED);
			ASK(before[h][s] == LOST || now[h][s] != LOST);
		}
	}
	memcpy(before, now, sizeof(before));
	return true;
}

/* Apply some of what is pending, in some order that is allowed. */
static bool apply_some(unsigned int nr)
{
	unsigned int k;

	while (nr-- && pending_nr) {
		k = test_random64() % pending_nr;
		while (!may_apply(k))
			k = (k + 1) % pending_nr;
		net->sent_nr = 0;
		ASK(net_apply(net, &pending[k].update));
		pending_nr--;
		memmove(&pending[k], &pending[k + 1],
			(pending_nr - k) * sizeof(*pending));
		for (; k < pending_nr; k++)
			pending[k].update.payload = pending[k].payload;
		ASK(compare());
	}
	return true;
}

static void tell_port(uint32_t sw, uint32_t port, bool down)
{
	uint8_t message[MESSAGE_MAX];
	size_t len = port_status_make(message, port, down ? PORT_OFF : 0);

	net_event(net, APP_PORT_STATUS, sw, message, len);
}

static void tell_packet(uint32_t sw, uint32_t in_port, uint32_t h)
{
	uint8_t frame[FRAME_MAX], message[MESSAGE_MAX], src[6];
	size_t len;

	mac_of(src, 77);
	len = frame_make(frame, host[h].mac, src, 0);
	len = packet_in_make(message, in_port, frame, len, len);
	net_event(net, APP_PACKET_IN, sw, message, len);
}

static void begin(void)
{
	uint32_t sw;

	memset(dead, 0, sizeof(dead));
	memset(away, 0, sizeof(away));
	pending_nr = 0;
	net = net_create(&app_path, &config);
	for (sw = 0; sw < config.switches; sw++) {
		net_event(net, APP_SWITCH_UP, sw, NULL, 0);
		net_apply_all(net);
	}
}

/* 0 -- 1 -- 2, a host at each end: §3.5.4's example */
static bool line(void)
{
	uint32_t hops;

	topology(3);
	add_link(0, 1);
	add_link(1, 2);
	add_host(0);
	add_host(2);
	begin();
	tell_packet(0, host[0].port, 1);
	ASK(net->out.nr == 4 && !net->out.full);
	ASK(net->out.update[0].sw == 2 && net->out.update[0].after == 0);
	ASK(net->out.update[1].sw == 1 && net->out.update[1].after == 1);
	ASK(net->out.update[2].sw == 0 && net->out.update[2].after == 3);
	ASK(net->out.update[3].sw == 0 && net->out.update[3].after == 7);
	ASK(net->out.update[0].flow == net->out.update[3].flow);
	ASK(net->out.update[0].len == 88);
	net_apply_all(net);
	ASK(net->sent_nr == 1 && net->sent[0].port == 1 &&
	    net->sent[0].in_port == host[0].port);
	ASK(follow(1, 0, &hops) == DELIVERED && hops == 2);
	ASK(follow(0, 2, &hops) == ASKED);
	/* The next one at 1: its own rule again, and the packet */
	tell_packet(1, 1, 1);
	ASK(net->out.nr == 2 && net->out.update[1].after == 1);
	net_packet(net, 0, host[0].port, 0, 1, 0);	/* broadcast */
	ASK(!net->out.nr);
	net_packet(net, 0, host[0].port, 4711, 1, 0);
	ASK(!net->out.nr && !net->refused);
	return net_saves(net);
}

/*
 *   0 --- 1
 *   |     |	a ring: 0 reaches the host at 2 by 1, the lower number
 *   3 --- 2
 */
static bool ring(void)
{
	uint32_t hops;
	struct net *other;

	topology(4);
	add_link(0, 1);
	add_link(1, 2);
	add_link(2, 3);
	add_link(3, 0);
	add_host(2);
	begin();
	tell_packet(0, HOST_PORT, 0);
	ASK(net->out.update[1].sw == 1);
	net_apply_all(net);
	other = net_create(&app_path, &config);
	net_load(other, net);
	/* 1 -- 2 dies: 1 goes by 0, 0 by 3: told 3, 0, 1 in that order. */
	tell_port(2, 2, true);
	ASK(net->out.nr == 3);
	ASK(net->out.update[0].sw == 3 && !net->out.update[0].after);
	ASK(net->out.update[1].sw == 0 && net->out.update[1].after == 1);
	ASK(net->out.update[2].sw == 1 && net->out.update[2].after == 2);
	net_apply_all(net);
	dead[1] = true;
	ASK(follow(0, 1, &hops) == DELIVERED && hops == 3);
	tell_port(1, 2, true);		/* the other end says so too */
	ASK(!net->out.nr);
	tell_port(2, 2, false);		/* one end is not enough */
	ASK(!net->out.nr && !net_same_state(net, other));
	tell_port(1, 2, false);
	ASK(net->out.nr == 2);
	ASK(net->out.update[0].sw == 1 && net->out.update[1].sw == 0 &&
	    net->out.update[1].after == 1);
	net_apply_all(net);
	dead[1] = false;
	ASK(follow(0, 0, &hops) == DELIVERED && hops == 2);
	tell_port(1, 2, true);
	ASK(net->out.nr);
	net_apply_all(net);
	tell_port(2, 2, true);
	tell_port(1, 2, false);
	ASK(!net->out.nr);
	tell_port(2, 2, false);
	ASK(net->out.nr == 2);
	net_apply_all(net);
	/* By another history: 3 was told meanwhile. */
	ASK(!net_same_state(net, other));
	net_load(other, net);
	tell_port(0, HOST_PORT, true);	/* not a link */
	ASK(!net->out.nr && net_same_state(net, other));
	net_free(other);
	return !net->refused && net_saves(net);
}

/* The order of packets does not matter for the state. */
static bool histories(void)
{
	static const uint32_t one[3] = { 0, 1, 3 }, two[3] = { 3, 1, 0 };
	struct net *other;
	unsigned int i;

	topology(4);
	add_link(0, 1);
	add_link(1, 2);
	add_link(2, 3);
	add_link(3, 0);
	add_host(2);
	add_host(2);
	begin();
	other = net_create(&app_path, &config);
	for (i = 0; i < 3; i++) {
		net_packet(net, one[i], HOST_PORT, 1, 9, 0);
		net_packet(other, two[i], HOST_PORT, 1, 9, 0);
		ASK((i == 2) == net_same_state(net, other));
	}
	net_port(other, 1, 2, true);
	ASK(!net_same_state(net, other));
	net_free(other);
	return true;
}

/* A switch that is given up gets no new paths; emptied, it is filled. */
static bool switches_come_and_go(void)
{
	uint32_t hops;

	topology(4);
	add_link(0, 1);
	add_link(1, 2);
	add_link(2, 3);
	add_link(3, 0);
	add_host(2);
	begin();
	net_packet(net, 1, HOST_PORT, 1, 9, 0);
	net_event(net, APP_SWITCH_DOWN, 1, NULL, 0);
	ASK(!net->out.nr);
	net_packet(net, 0, HOST_PORT, 1, 9, 0);
	ASK(net_look(net, 0, ELSEWHERE, 1, 9, 0) == 4);
	ASK(follow(0, 1, &hops) == DELIVERED);
	net_resync(net, 1);
	ASK(follow(0, 1, &hops) == ASKED);
	net_apply_all(net);
	ASK(net->out.nr == 1 && follow(0, 1, &hops) == DELIVERED);
	net_packet(net, 0, HOST_PORT, 1, 9, 0);
	ASK(net_look(net, 0, ELSEWHERE, 1, 9, 0) == 1);
	return !net->refused && net_saves(net);
}

/*
 *        1		4 goes by 1, 6 by 1, 5 by 4.  When 1 is lost and
 *      / | \	7 gives a reason to look again, 5 stays with 4, and
 * 7 - 0  4  6	6 goes by 5: it waits for 4, which 5 did not have to.
 *     |  |\ |
 *     2 -3  5
 */
static bool waits_past_next_hop(void)
{
	topology(8);
	add_link(0, 1);
	add_link(0, 2);
	add_link(2, 3);
	add_link(3, 4);
	add_link(1, 4);
	add_link(1, 6);
	add_link(4, 5);
	add_link(5, 6);
	add_link(0, 7);
	add_host(0);
	begin();
	net_packet(net, 5, HOST_PORT, 1, 9, 0);
	net_packet(net, 6, HOST_PORT, 1, 9, 0);
	net_event(net, APP_SWITCH_DOWN, 1, NULL, 0);
	tell_port(0, 9, true);
	ASK(net->out.nr == 4);
	ASK(net->out.update[0].sw == 2 && net->out.update[0].after == 0);
	ASK(net->out.update[1].sw == 3 && net->out.update[1].after == 1);
	ASK(net->out.update[2].sw == 4 && net->out.update[2].after == 2);
	ASK(net->out.update[3].sw == 6 && net->out.update[3].after == 4);
	net_apply_all(net);
	return !net->refused && net_saves(net);
}

/* More than an event may say: the rules over the dead link go all the same. */
static bool too_much(void)
{
	uint32_t i, h, s, hops, asked = 0, delivered = 0;

	topology(SWITCHES);
	for (i = 0; i < SWITCHES; i++)
		add_link(i, (i + 1) % SWITCHES);
	for (h = 0; h < HOSTS_MAX; h++)
		add_host(h % SWITCHES);
	begin();
	for (h = 0; h < HOSTS_MAX; h++) {
		for (s = 0; s < SWITCHES; s++) {
			tell_packet(s, ELSEWHERE, h);
			net_apply_all(net);
		}
	}
	dead[3] = true;
	look(before);
	tell_port(3, 4, true);
	put_pending();
	ASK(!net->out.full && net->out.nr <= APP_UPDATES_MAX &&
	    net->out.nr > APP_UPDATES_MAX - 4);
	ASK(apply_some(PENDING_MAX));
	for (h = 0; h < HOSTS_MAX; h++) {
		for (s = 0; s < SWITCHES; s++) {
			const enum fate fate = follow(h, s, &hops);

			ASK(fate == ASKED || fate == DELIVERED);
			asked += fate == ASKED;
			delivered += fate == DELIVERED;
			if (fate == DELIVERED)
				continue;
			/* The switch that asks is where the link was. */
			tell_packet(3, ELSEWHERE, h);
			net_apply_all(net);
			tell_packet(4, ELSEWHERE, h);
			net_apply_all(net);
			ASK(follow(h, s, &hops) == DELIVERED);
		}
	}
	ASK(asked && delivered && !net->refused);
	/* An emptied switch: more rules than one update has room for */
	net_resync(net, 5);
	ASK(net->out.nr == 2);
	net_apply_all(net);
	ASK(net->sw[5].nr == HOSTS_MAX + 1);
	return net_saves(net);
}

static void random_topology(void)
{
	uint32_t i, a, b;

	topology(2 + test_random64() % 9);
	for (i = 1; i < config.switches; i++)
		add_link(i, test_random64() % i);
	for (i = test_random64() % 8; i; i--) {
		a = test_random64() % config.switches;
		b = test_random64() % config.switches;
		if (a != b)
			add_link(a, b);
	}
	for (i = 1 + test_random64() % 6; i; i--)
		add_host(test_random64() % config.switches);
}

/* Nothing pending: no rule over a dead link, all that was asked for is shortest */
static bool settled(uint32_t sw, uint32_t h)
{
	uint32_t i, k, hops;
	const uint32_t d = distance(sw, host[h].sw);

	for (i = 0; i < config.switches; i++)
		for (k = 0; k < net->sw[i].nr; k++)
			ASK(net->sw[i].rule[k].port > HOST_PORT ||
			    !dead[net->sw[i].rule[k].port - 1]);
	if (away[host[h].sw] || d >= FAR)
		return true;
	tell_packet(sw, ELSEWHERE, h);
	ASK(!net->out.full && net->out.nr);
	put_pending();
	ASK(apply_some(PENDING_MAX));
	ASK(follow(h, sw, &hops) == DELIVERED && hops == d);
	return true;
}

/* One thing happens.  Switches are told of links at both ends, at once. */
static bool random_event(void)
{
	const uint32_t sw = test_random64() % config.switches;
	const uint32_t l = test_random64() % config.link_nr;
	unsigned int i;

	switch (test_random64() % 8) {
	case 0:
	case 1:
		ASK(apply_some(PENDING_MAX));
		dead[l] = !dead[l];
		look(before);
		/* Sometimes there is little room: paths stay as they were. */
		if (test_random64() % 2)
			net->room = 2 * 88 + test_random64() % 1000;
		for (i = 0; i < 2; i++) {
			tell_port(link[l].sw[i], link[l].port[i], dead[l]);
			ASK(!net->out.full);
			put_pending();
		}
		net->room = sizeof(net->arena);
		break;
	case 2:
		away[sw] = true;
		net_event(net, APP_SWITCH_DOWN, sw, NULL, 0);
		break;
	case 3:
		ASK(apply_some(PENDING_MAX));
		away[sw] = false;
		if (test_random64() % 2)
			net_event(net, APP_SWITCH_UP, sw, NULL, 0);
		else
			net_resync(net, sw);
		look(before);
		put_pending();
		break;
	default:
		tell_packet(sw, ELSEWHERE, test_random64() % config.host_nr);
		ASK(!net->out.full);
		put_pending();
	}
	return true;
}

static bool random_worlds(void)
{
	unsigned int world, i;

	for (world = 0; world < topologies; world++) {
		random_topology();
		begin();
		look(before);
		for (i = 0; i < 120; i++) {
			ASK(random_event());
			ASK(apply_some(test_random64() % 4));
			ASK(net_saves(net));
			if (i % 10)
				continue;
			ASK(apply_some(PENDING_MAX));
			ASK(settled(test_random64() % config.switches,
				    test_random64() % config.host_nr));
		}
		ASK(!net->refused);
		net_free(net);
	}
	begin();
	return world != 0;
}

/* Two of them, one restarted from bytes all the time */
static bool equal_everywhere(void)
{
	struct net *one, *two;
	unsigned int i, k;

	random_topology();
	begin();
	one = net;
	two = net_create(&app_path, &config);
	for (i = 0; i < 400; i++) {
		const uint32_t sw = test_random64() % config.switches;
		const uint32_t h = test_random64() % config.host_nr;
		const uint32_t port = 1 + test_random64() % config.link_nr;
		const bool down = test_random64() % 2;

		for (k = 0; k < 2; k++) {
			net = k ? two : one;
			if (i % 3)
				tell_packet(sw, ELSEWHERE, h);
			else
				tell_port(sw, port, down);
		}
		ASK(one->out.nr == two->out.nr);
		for (k = 0; k < one->out.nr; k++) {
			const struct app_update *u = &one->out.update[k];
			const struct app_update *v = &two->out.update[k];

			ASK(u->sw == v->sw && u->flow == v->flow &&
			    u->after == v->after && u->len == v->len &&
			    !memcmp(u->payload, v->payload, u->len));
		}
		ASK(net_same_state(one, two));
		net_free(two);
		two = net_create(&app_path, &config);
		net_load(two, one);
	}
	net_free(two);
	net = one;
	return true;
}

/* No room: no update, and the state is as it was */
static bool no_room(void)
{
	uint8_t message[MESSAGE_MAX];
	struct app_event event = { .kind = APP_PORT_STATUS, .sw = 1 };
	struct net *other;

	ASK(line());
	other = net_create(&app_path, &config);
	net_load(other, net);
	event.message = message;
	event.len = port_status_make(message, 2, PORT_GONE);
	net->out = (struct app_out){ .arena = net->arena, .room = 100 };
	net->ops->event(net->app, &event, &net->out);
	ASK(net->out.full && !net->out.nr && net_same_state(net, other));
	net->out = (struct app_out){ .arena = net->arena, .room = 200 };
	net->ops->event(net->app, &event, &net->out);
	ASK(!net->out.full && net->out.nr == 1);
	net_free(other);
	return true;
}

static bool hostile_states(void)
{
	uint8_t *bytes, *copy, *again;
	unsigned int i, accepted = 0;
	struct net *other;
	size_t len, n, m;

	ASK(ring());
	other = net_create(&app_path, &config);
	len = net_save(net, &bytes);
	for (n = 0; n < len; n++) {
		copy = test_copy(bytes, n);
		ASK(!other->ops->load(other->app, copy, n));
		free(copy);
	}
	for (i = 0; i < 20000; i++) {
		copy = test_copy(bytes, len);
		copy[test_random64() % len] = (uint8_t)(i % 2 ? i / 2 % 5 :
							test_random64());
		if (other->ops->load(other->app, copy, len)) {
			accepted++;
			m = net_save(other, &again);
			ASK(m == len && !memcmp(copy, again, len));
			free(again);
		}
		free(copy);
		net_port(other, 1, 2, i % 3);
		net_packet(other, 0, HOST_PORT, 1, 9, 0);
	}
	ASK(accepted > 100 && accepted < i);
	free(bytes);
	net_free(other);
	return true;
}

static bool with(bool (*test)(void))
{
	const bool ok = test();

	net_free(net);
	return ok;
}

int main(int argc, char **argv)
{
	topologies = argc > 1 ? strtoul(argv[1], NULL, 10) : 40;
	TEST("path: last switch first", with(line));
	TEST("path: a link dies and comes back", with(ring));
	TEST("path: the same by other histories", with(histories));
	TEST("path: switches come and go", with(switches_come_and_go));
	TEST("path: waits past its next hop", with(waits_past_next_hop));
	TEST("path: more than an event may say", with(too_much));
	TEST("path: no circles, no black holes", with(random_worlds));
	TEST("path: the same everywhere", with(equal_everywhere));
	TEST("path: no room, nothing changed", with(no_room));
	TEST("path: hostile states", with(hostile_states));
	return test_end();
}
