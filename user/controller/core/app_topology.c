// SPDX-License-Identifier: GPL-2.0
/* Switches, links and hosts, and shortest paths. */
#include <assert.h>
#include <string.h>

#include "app_packet_in.h"
#include "app_topology.h"

size_t topology_size(const struct app_config *config)
{
	const size_t v = config->switches, e = config->link_nr;

	return 2 * e * sizeof(struct topology_end) +
	       (v + 1 + 2 * (size_t)config->host_nr + 4 * v) *
	       sizeof(uint32_t) + e + v;
}

/* Sort numbers by a strict order over them; at init only. */
static void topology_sort(const struct topology *t, uint32_t *number,
			  uint32_t nr,
			  bool (*less)(const struct topology *t, uint32_t a,
				       uint32_t b))
{
	uint32_t root, at, child, last, v;

	for (last = nr, root = nr / 2; last > 1;) {
		if (root) {
			v = number[--root];
		} else {
			v = number[--last];
			number[last] = number[0];
		}
		/* v goes down from here, past all that are greater. */
		for (at = root; (child = 2 * at + 1) < last; at = child) {
			if (child + 1 < last &&
			    less(t, number[child], number[child + 1]))
				child++;
			if (!less(t, v, number[child]))
				break;
			number[at] = number[child];
		}
		number[at] = v;
	}
}

static bool topology_mac_less(const struct topology *t, uint32_t a, uint32_t b)
{
	const struct app_host *host = t->config->host;
	const int order = memcmp(host[a].mac, host[b].mac, 6);

	return order ? order < 0 : a < b;
}

static bool topology_root_less(const struct topology *t, uint32_t a, uint32_t b)
{
	const struct app_host *host = t->config->host;

	return host[a].sw != host[b].sw ? host[a].sw < host[b].sw : a < b;
}

static void topology_insert(struct topology *t, uint32_t sw, uint32_t nr,
			    struct topology_end new)
{
	struct topology_end *end = t->end + t->first[sw];

	for (; nr; nr--) {
		const struct topology_end *before = &end[nr - 1];

		if (before->to < new.to ||
		    (before->to == new.to && before->port < new.port))
			break;
		end[nr] = end[nr - 1];
	}
	end[nr] = new;
}

/* distance[] counts the ends that are there already. */
static void topology_links(struct topology *t)
{
	const struct app_config *c = t->config;
	uint32_t i, sw;

	for (i = 0; i < c->link_nr; i++) {
		const struct app_link *l = &c->link[i];

		assert(l->sw[0] < c->switches && l->sw[1] < c->switches);
		assert(l->sw[0] != l->sw[1]);
		assert(app_port_real(l->port[0]) && app_port_real(l->port[1]));
		t->first[l->sw[0] + 1]++;
		t->first[l->sw[1] + 1]++;
	}
	for (sw = 0; sw < c->switches; sw++)
		t->first[sw + 1] += t->first[sw];
	for (i = 0; i < 2 * c->link_nr; i++) {
		const struct app_link *l = &c->link[i / 2];
		const uint32_t here = l->sw[i & 1];

		topology_insert(t, here, t->distance[here]++,
				(struct topology_end){ l->sw[~i & 1],
						       l->port[i & 1], i / 2 });
	}
}

void topology_init(struct topology *t, void *mem,
		   const struct app_config *config)
{
	const uint32_t v = config->switches, h = config->host_nr;
	uint32_t i;

	memset(mem, 0, topology_size(config));
	t->config = config;
	t->end = mem;
	t->first = (uint32_t *)(t->end + 2 * (size_t)config->link_nr);
	t->by_mac = t->first + v + 1;
	t->by_root = t->by_mac + h;
	t->distance = t->by_root + h;
	t->parent = t->distance + v;
	t->out = t->parent + v;
	t->order = t->out + v;
	t->link_down = (uint8_t *)(t->order + v);
	t->switch_down = t->link_down + config->link_nr;
	t->reached = 0;
	topology_links(t);
	for (i = 0; i < h; i++) {
		assert(config->host[i].sw < v);
		assert(app_port_real(config->host[i].port));
		t->by_mac[i] = i;
		t->by_root[i] = i;
	}
	topology_sort(t, t->by_mac, h, topology_mac_less);
	topology_sort(t, t->by_root, h, topology_root_less);
}

uint32_t topology_host(const struct topology *t, const uint8_t mac[6])
{
	const struct app_host *host = t->config->host;
	uint32_t low = 0, high = t->config->host_nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (memcmp(host[t->by_mac[middle]].mac, mac, 6) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->config->host_nr ||
	    memcmp(host[t->by_mac[low]].mac, mac, 6))
		return TOPOLOGY_NONE;
	return t->by_mac[low];
}

static const struct topology_end *topology_find(const struct topology *t,
						uint32_t sw, uint32_t port)
{
	uint32_t i;

	for (i = t->first[sw]; i < t->first[sw + 1]; i++)
		if (t->end[i].port == port)
			return &t->end[i];
	return NULL;
}

bool topology_is_link(const struct topology *t, uint32_t sw, uint32_t port)
{
	return topology_find(t, sw, port);
}

bool topology_port(struct topology *t, uint32_t sw, uint32_t port, bool down,
		   uint32_t *link)
{
	const struct topology_end *end = topology_find(t, sw, port);
	uint8_t *state, was;

	if (!end)
		return false;
	*link = end->link;
	state = &t->link_down[end->link];
	was = *state;
	if (t->config->link[end->link].sw[0] == sw)
		*state = down ? was | 1 : was & ~1;
	else
		*state = down ? was | 2 : was & ~2;
	return !was != !*state;
}

void topology_tree(struct topology *t, uint32_t root)
{
	const struct topology_end *e;
	uint32_t i, at, sw;

	memset(t->distance, 0xff, t->config->switches * sizeof(*t->distance));
	t->distance[root] = 0;
	t->parent[root] = root;
	t->out[root] = 0;
	t->order[0] = root;
	t->reached = 1;
	for (at = 0; at < t->reached; at++) {
		sw = t->order[at];
		for (i = t->first[sw]; i < t->first[sw + 1]; i++) {
			e = &t->end[i];
			if (t->link_down[e->link] || t->switch_down[e->to] ||
			    t->distance[e->to] != TOPOLOGY_NONE)
				continue;
			t->distance[e->to] = t->distance[sw] + 1;
			t->order[t->reached++] = e->to;
		}
	}
	/* Ends are sorted: the first that leads towards the root is the one. */
	for (at = 1; at < t->reached; at++) {
		sw = t->order[at];
		for (i = t->first[sw]; i < t->first[sw + 1]; i++) {
			e = &t->end[i];
			if (!t->link_down[e->link] &&
			    t->distance[e->to] == t->distance[sw] - 1)
				break;
		}
		assert(i < t->first[sw + 1]);
		t->parent[sw] = e->to;
		t->out[sw] = e->port;
	}
}
