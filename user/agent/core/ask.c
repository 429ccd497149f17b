// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of single controllers, which only read (G12).  Replies are events: everybody
 * sees them, in the order.
 */
#include "agent_state.h"

enum { TOKEN = 1000, SILENCE = 3 };

void ask_begin(struct agent *a)
{
	unsigned int i;

	for (i = 0; i < a->config.n; i++)
		a->peer[i].tokens = (uint64_t)TOKEN * a->config.asks_per_s;
}

static bool token(struct agent *a, struct peer *peer)
{
	uint64_t most = (uint64_t)TOKEN * a->config.asks_per_s;
	uint64_t passed = a->now_ms - peer->tokens_ms;

	/* More than a second fills it. */
	peer->tokens += passed > TOKEN ? most : passed * a->config.asks_per_s;
	if (peer->tokens > most)
		peer->tokens = most;
	peer->tokens_ms = a->now_ms;
	if (peer->tokens < TOKEN)
		return false;
	peer->tokens -= TOKEN;
	return true;
}

/* The same question of somebody else, of whose answer nothing has come yet */
static bool asked_already(const struct agent *a, uint32_t reply_xid)
{
	unsigned int i;

	for (i = 0; i < a->config.n; i++)
		if (a->peer[i].asked && !a->peer[i].begun &&
		    a->peer[i].reply_xid == reply_xid)
			return true;
	return false;
}

enum agent_err ask_take(struct agent *a, unsigned int from,
			const uint8_t *request, size_t len)
{
	struct peer *peer = &a->peer[from];
	uint32_t reply_xid = ctl_ask_xid(request, len);

	if (!token(a, peer))
		return AGENT_ERATE;
	if (a->vs.state != VSWITCHD_UP)
		return AGENT_EFULL;
	if (asked_already(a, reply_xid))
		return AGENT_OK;
	if (peer->asked)
		return AGENT_ERATE;
	peer->asked = true;
	peer->begun = false;
	peer->reply_xid = reply_xid;
	a->ask_xid++;
	peer->ask_xid = xid_of(XID_ASK, a->ask_xid);
	peer->ask_until_ms = a->now_ms + SILENCE * (uint64_t)a->config.echo_ms;
	memcpy(a->scratch, request, len);
	put32(a->scratch + 4, peer->ask_xid);
	a->ops->to_switch(a->ctx, a->scratch, len);
	return AGENT_OK;
}

enum agent_err ask_reply(struct agent *a, const uint8_t *message, size_t len)
{
	uint32_t xid = wire_get32(message + 4);
	unsigned int from = 0;
	struct peer *peer;

	while (from < a->config.n && !(a->peer[from].asked &&
				       a->peer[from].ask_xid == xid))
		from++;
	if (from == a->config.n)
		return AGENT_ESTALE;
	peer = &a->peer[from];
	peer->begun = true;
	if (message[1] == OFPT_ERROR) {
		peer->asked = false;
		event_answer(a, from, APP_ERROR, message, len);
		return AGENT_OK;
	}
	if (message[1] != OFPT_MULTIPART_REPLY || len < MULTIPART_LEN ||
	    !(wire_get16(message + 10) & OFPMP_MORE))
		peer->asked = false;
	event_answer(a, from, APP_REPLY, message, len);
	return AGENT_OK;
}

void ask_work(struct agent *a)
{
	unsigned int i;

	for (i = 0; i < a->config.n; i++)
		if (a->peer[i].asked && a->peer[i].ask_until_ms <= a->now_ms)
			a->peer[i].asked = false;
}

void ask_lost(struct agent *a)
{
	unsigned int i;

	for (i = 0; i < a->config.n; i++)
		a->peer[i].asked = false;
}

uint64_t ask_wake(const struct agent *a)
{
	uint64_t wake = TIME_NONE;
	unsigned int i;

	for (i = 0; i < a->config.n; i++)
		if (a->peer[i].asked)
			wake = min_ms(wake, a->peer[i].ask_until_ms);
	return wake;
}
