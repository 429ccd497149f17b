// SPDX-License-Identifier: GPL-2.0
#include "net.h"

#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "link_conn.h"

enum { GIVE_UP_S = 120, HANDSHAKE_MS = 120 * 1000 };

static void on_frame(void *ctx, unsigned int who, const uint8_t *bytes,
		     size_t len)
{
	struct end *e = ctx;
	uint32_t number = 0;
	size_t i;

	e->frames[who]++;
	e->bytes[who] += len;
	if (len < sizeof(number))
		return;
	memcpy(&number, bytes, sizeof(number));
	e->wrong |= number < e->next[who];
	e->next[who] = number + 1;
	for (i = sizeof(number); i < len; i++)
		e->wrong |= bytes[i] != (uint8_t)(number + i);
}

static void on_state(void *ctx, unsigned int who, bool up)
{
	struct end *e = ctx;

	if (up) {
		e->ups++;
		e->next[who] = 0;
	} else {
		e->downs++;
	}
}

static void on_refused(void *ctx, const char *words)
{
	struct end *e = ctx;

	words_set(&e->refused, "%s", words);
}

static void on_closed(void *ctx)
{
	struct end *e = ctx;

	e->closed = true;
}

bool net_open(struct net *net, unsigned int i, uint16_t port)
{
	struct end *e = &net->end[i];
	struct links_config config = {
		.loop = &e->loop, .self = &e->id, .authority = net->store,
		.framing = net->framing, .peer = net->peer,
		.peer_nr = net->known, .ctx = e, .frame = on_frame,
		.state = on_state, .refused = on_refused,
	};
	struct words why = { "" };

	e->closed = false;
	e->links = links_create(&config, &why);
	/* Who is slow here has a slow machine. */
	if (e->links)
		e->links->handshake_ms = HANDSHAKE_MS;
	if (e->links && links_listen(e->links, "127.0.0.1", port, &why))
		return true;
	printf("# %s\n", why.text);
	return false;
}

void net_shut(struct net *net, unsigned int i)
{
	struct end *e = &net->end[i];

	if (!e->links)
		return;
	links_close(e->links, on_closed);
	e->links = NULL;
	while (!e->closed)
		uv_run(&e->loop, UV_RUN_ONCE);
}

bool net_create(struct net *net, unsigned int known)
{
	struct words why;
	char name[16];
	unsigned int i;

	memset(net, 0, sizeof(*net));
	net->known = known;
	if (!authority_make(&net->authority, "test", 1, &why))
		return false;
	net->store = authority_store(&net->authority);
	for (i = 0; i < NET_ENDS; i++) {
		struct end *e = &net->end[i];

		uv_loop_init(&e->loop);
		snprintf(name, sizeof(name), "end-%u", i);
		identity_name(net->name[i], NET_DOMAIN, IDENTITY_CONTROLLER,
			      name);
		if (!identity_make(&e->id, &net->authority, net->name[i], 1,
				   &why))
			return false;
		net->peer[i].name = net->name[i];
		net->peer[i].frame_max = FRAME_MAX;
		net->peer[i].queue_max = QUEUE_MAX;
	}
	for (i = 0; i < NET_ENDS; i++)
		if (!net_open(net, i, 0))
			return false;
	return true;
}

void net_free(struct net *net)
{
	unsigned int i;

	for (i = 0; i < NET_ENDS; i++) {
		net_shut(net, i);
		if (uv_loop_close(&net->end[i].loop))
			abort();
		identity_uninit(&net->end[i].id);
	}
	identity_uninit(&net->authority);
	X509_STORE_free(net->store);
}

bool net_dial(struct net *net, unsigned int from, unsigned int to)
{
	struct words why;

	return links_dial(net->end[from].links, to, "127.0.0.1",
			  links_port(net->end[to].links), &why);
}

bool net_send(struct net *net, unsigned int from, unsigned int to,
	      unsigned int number, size_t len)
{
	static uint8_t bytes[2 * FRAME_MAX];
	uint32_t n = number;
	size_t i;
	bool ok;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)(number + i);
	memcpy(bytes, &n, len < sizeof(n) ? len : sizeof(n));
	ok = links_send(net->end[from].links, to, bytes, len);
	links_flush(net->end[from].links);
	return ok;
}

static void turn(struct net *net, unsigned int mask)
{
	unsigned int i;

	for (i = 0; i < NET_ENDS; i++)
		if (mask & 1u << i && net->end[i].links)
			uv_run(&net->end[i].loop, UV_RUN_NOWAIT);
}

bool net_any(const struct net *net)
{
	(void)net;
	return true;
}

bool net_until(struct net *net, unsigned int mask,
	       bool (*done)(const struct net *net))
{
	uint64_t began_ns = uv_hrtime();

	turn(net, mask);
	while (!done(net)) {
		turn(net, mask);
		if (uv_hrtime() - began_ns >
		    GIVE_UP_S * 1000000000ull)
			return false;
	}
	return true;
}
