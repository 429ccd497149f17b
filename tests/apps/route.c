// SPDX-License-Identifier: GPL-2.0
/*
 * Application `route` on random topologies: everybody reaches everybody; links die and come back,
 * hosts move, and after each update, in any order that is allowed, nobody
 * goes in circles and nobody who was connected is not.
 */
#include "../wire/test.h"
#include "world.h"

static unsigned int topologies;
static struct world *w;
static enum world_fate before[WORLD_HOSTS][WORLD_HOSTS];

static void look(enum world_fate fate[WORLD_HOSTS][WORLD_HOSTS])
{
	unsigned int hops;
	uint32_t i, k;

	for (i = 0; i < w->hosts; i++)
		for (k = 0; k < w->hosts; k++)
			fate[i][k] = i == k ? WORLD_DELIVERED :
				     world_follow(w, i, k, &hops);
}

/* After each update: no circles, and nobody is worse off. */
static bool compare(struct world *world)
{
	static enum world_fate now[WORLD_HOSTS][WORLD_HOSTS];
	uint32_t i, k;

	(void)world;
	look(now);
	for (i = 0; i < w->hosts; i++) {
		for (k = 0; k < w->hosts; k++) {
			ASK(now[i][k] != WORLD_CIRCLE);
			ASK(before[i][k] != WORLD_DELIVERED ||
			    now[i][k] == WORLD_DELIVERED);
			ASK(before[i][k] == WORLD_LOST ||
			    now[i][k] != WORLD_LOST);
		}
	}
	memcpy(before, now, sizeof(before));
	return true;
}

static bool no_circles(struct world *world)
{
	uint32_t i, k;
	unsigned int hops;

	for (i = 0; i < world->hosts; i++)
		for (k = 0; k < world->hosts; k++)
			ASK(i == k ||
			    world_follow(world, i, k, &hops) != WORLD_CIRCLE);
	return true;
}

static void watch(bool (*check)(struct world *world))
{
	look(before);
	w->check = check;
}

static void random_world(uint32_t switches, uint32_t links, uint32_t hosts)
{
	uint32_t i;

	w = world_create(&app_route, switches);
	for (i = 1; i < switches; i++)
		world_link(w, i, test_below(i));
	for (; i <= links; i++) {
		const uint32_t a = test_below(switches);

		world_link(w, a, (a + 1 + test_below(switches - 1)) % switches);
	}
	for (i = 0; i < hosts; i++)
		world_host(w, test_below(switches));
	world_start(w);
}

/* Each pair, in a random order; each packet comes, and comes once. */
static bool all_pairs(bool shortest)
{
	uint32_t n = w->hosts * w->hosts, i, at = test_below(n), a, b;
	unsigned int got, hops;

	for (i = 0; i < n; i++) {
		at = (at + 1 + 7919 * n) % n;
		a = at / w->hosts;
		b = at % w->hosts;
		if (a == b)
			continue;
		got = w->host[b].got;
		world_send(w, a, 1 + b);
		world_settle(w);
		ASK(w->host[b].got == got + 1);
		ASK(!shortest ||
		    world_follow(w, a, b, &hops) == WORLD_DELIVERED);
	}
	ASK(!w->failed && !w->refused && !w->circles);
	return true;
}

static bool learn_all(void)
{
	uint32_t i, k;

	for (i = 0; i < w->hosts; i++) {
		for (k = 0; k < w->hosts; k++)
			w->host[k].got = 0;
		world_send(w, i, 0);
		world_settle(w);
		for (k = 0; k < w->hosts; k++)
			ASK(w->host[k].got == (k != i));
	}
	return true;
}

static void set_link(uint32_t link, bool dead)
{
	struct world_link *l = &w->link[link];
	const unsigned int first = test_below(2);

	w->link[link].dead = dead;
	watch(compare);
	world_port(w, l->sw[first], l->port[first], dead);
	world_apply(w, test_below(6));
	if (test_below(2))
		world_send(w, test_below(w->hosts), 1 + test_below(w->hosts));
	world_port(w, l->sw[!first], l->port[!first], dead);
}

/* Is the network one, without dead links? */
static bool connected(void)
{
	bool seen[WORLD_SWITCHES] = { true };
	uint32_t i, round, nr = 1;

	for (round = 0; round < w->config.switches; round++)
		for (i = 0; i < w->links; i++) {
			const uint32_t a = w->link[i].sw[0];
			const uint32_t b = w->link[i].sw[1];

			if (w->link[i].dead || seen[a] == seen[b])
				continue;
			seen[a] = seen[b] = true;
			nr++;
		}
	return nr == w->config.switches;
}

static bool meets_all(void)
{
	unsigned int i;

	ASK(topologies);
	for (i = 0; i < topologies; i++) {
		random_world(2 + test_below(7), 8 + test_below(6), 6);
		ASK(learn_all());
		ASK(all_pairs(true));
		world_free(w);
	}
	return true;
}

static bool links_die(void)
{
	uint32_t i, link;

	for (i = 0; i < topologies; i++) {
		random_world(4 + test_below(5), 9 + test_below(6), 6);
		ASK(learn_all() && all_pairs(true));
		for (link = 0; link < w->links; link++) {
			set_link(link, true);
			world_settle(w);
			ASK(!w->failed);
			w->check = NULL;
			if (connected())
				ASK(all_pairs(true));
			set_link(link, false);
			world_settle(w);
			ASK(!w->failed);
			world_pass(w, 6000);
			ASK(!w->failed);
			w->check = NULL;
		}
		ASK(all_pairs(true));
		world_free(w);
	}
	return true;
}

/* A ring with a host at each switch: more new paths than an event may say */
static bool ring_breaks(void)
{
	uint32_t i;

	w = world_create(&app_route, WORLD_SWITCHES);
	w->restarts = true;
	for (i = 0; i < WORLD_SWITCHES; i++)
		world_link(w, i, (i + 1) % WORLD_SWITCHES);
	for (i = 0; i < WORLD_SWITCHES; i++)
		world_host(w, i);
	world_start(w);
	ASK(learn_all());
	for (i = 0; i < WORLD_SWITCHES; i++) {
		world_send(w, i, 1 + (i + 4) % WORLD_SWITCHES);
		world_settle(w);
	}
	w->room = 3 * APP_UPDATE_MAX + 500;
	w->most = 0;
	set_link(3, true);
	world_settle(w);
	ASK(!w->failed && w->most < 40);
	for (i = 0; i < 6; i++)
		world_pass(w, 1);
	ASK(!w->failed);
	w->check = NULL;
	w->room = sizeof(w->arena);
	ASK(all_pairs(true));
	world_free(w);
	return true;
}

/* A link that dies and that no switch tells of: its probes are missed. */
static bool links_fall_silent(void)
{
	uint32_t i, k, link;

	for (i = 0; i < 2 + topologies / 4; i++) {
		random_world(4 + test_below(5), 12, 6);
		ASK(learn_all() && all_pairs(true));
		link = test_below(w->links);
		w->link[link].dead = true;
		if (!connected()) {
			world_free(w);
			continue;
		}
		watch(compare);
		for (k = 0; k < 6; k++)
			world_pass(w, 5000);
		ASK(!w->failed);
		w->check = NULL;
		ASK(all_pairs(true));
		world_free(w);
	}
	return true;
}

static bool hosts_move(void)
{
	uint32_t i, k, h, sw, port;

	for (i = 0; i < topologies; i++) {
		random_world(3 + test_below(6), 10, 5);
		ASK(learn_all() && all_pairs(true));
		w->check = no_circles;
		for (k = 0; k < 6; k++) {
			h = test_below(w->hosts);
			sw = w->host[h].sw;
			port = w->host[h].port;
			w->host[h].sw = test_below(w->config.switches);
			w->host[h].port = 200 + 8 * i + k;
			world_port(w, w->host[h].sw, w->host[h].port, false);
			if (test_below(2))
				world_port(w, sw, port, true);
			world_pass(w, 3000);
			world_send(w, h, 0);
			world_settle(w);
			ASK(!w->failed && !w->circles);
		}
		ASK(all_pairs(true));
		world_free(w);
	}
	return true;
}

/* A host that does not wait until its rules are there: several generations of them mix. */
static bool hosts_hurry(void)
{
	uint32_t i, k, h, from, sw;

	for (i = 0; i < 4 * topologies; i++) {
		random_world(3 + test_below(4), 8, 4);
		for (sw = 0; sw < w->config.switches; sw++)
			world_port(w, sw, 200, false);
		world_settle(w);
		world_pass(w, 3000);
		ASK(learn_all() && all_pairs(true));
		w->check = no_circles;
		h = test_below(w->hosts);
		for (k = 0; k < 12; k++) {
			w->host[h].sw = test_below(w->config.switches);
			w->host[h].port = 200;
			w->now_ms += 1100;
			world_send(w, h, 0);
			world_tell(w);
			world_apply(w, test_below(4));
			from = test_below(w->hosts);
			if (from != h)
				world_send(w, from, 1 + h);
			world_tell(w);
			world_apply(w, test_below(4));
			ASK(!w->failed && !w->circles);
		}
		world_settle(w);
		ASK(!w->failed && all_pairs(true));
		world_free(w);
	}
	return true;
}

/* Everything at once, and beside it one that is restarted before each event */
static bool chaos_step(struct world *other)
{
	const unsigned int what = test_below(20);
	const uint32_t sw = test_below(w->config.switches);
	const uint32_t link = test_below(w->links), end = test_below(2);
	const uint32_t h = test_below(w->hosts), to = test_below(w->hosts + 1);
	struct world *both[2] = { w, other };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct world *x = both[i];

		x->now_ms += 400;
		if (what < 2)
			world_port(x, x->link[link].sw[end],
				   x->link[link].port[end], what);
		else if (what == 2)
			world_event(x, APP_SWITCH_DOWN, sw, NULL, 0, false);
		else if (what < 5)
			world_event(x, APP_SWITCH_UP, sw, NULL, 0, false);
		else if (what == 5)
			world_port(x, sw, WORLD_HOST_PORT + h, true);
		else if (what < 8)
			world_port(x, x->host[h].sw, x->host[h].port, false);
		else
			world_send(x, h, to);
		/* Both in one order */
		world_round(x);
		ASK(!x->failed && !x->refused && !x->circles);
	}
	ASK(w->events == other->events && w->out.nr == other->out.nr);
	for (i = 0; i < w->out.nr; i++)
		ASK(w->out.update[i].sw == other->out.update[i].sw &&
		    w->out.update[i].flow == other->out.update[i].flow &&
		    w->out.update[i].after == other->out.update[i].after &&
		    w->out.update[i].len == other->out.update[i].len);
	return world_same(w, other);
}

static bool same_bytes(void)
{
	struct world *other;
	unsigned int i, k;

	for (i = 0; i < 1 + topologies / 8; i++) {
		random_world(5, 8, 6);
		other = world_copy(w);
		ASK(world_same(w, other));
		other->restarts = true;
		for (k = 0; k < 300; k++)
			ASK(chaos_step(other));
		world_free(other);
		world_free(w);
	}
	return true;
}

int main(int argc, char **argv)
{
	topologies = argc > 1 ? strtoul(argv[1], NULL, 10) : 25;
	TEST("route: everybody meets everybody", meets_all());
	TEST("route: links die and come back", links_die());
	TEST("route: a ring breaks", ring_breaks());
	TEST("route: a dead link that nobody tells of", links_fall_silent());
	TEST("route: hosts move", hosts_move());
	TEST("route: hosts move, and do not wait", hosts_hurry());
	TEST("route: restarted before each event: the same", same_bytes());
	return test_end();
}
