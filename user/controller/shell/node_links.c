// SPDX-License-Identifier: GPL-2.0
/*
 * Links to the other members (frames by length; the lower number dials) and to switches (OpenFlow
 * framing; switches dial).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/ctl_frame.h"
#include "../core/message.h"
#include "log.h"
#include "node_parts.h"

static void on_member(void *ctx, unsigned int who, const uint8_t *bytes,
		      size_t len)
{
	struct ctl_event event = {
		.kind = CTL_AGREE,
		.agree = {
			.kind = AGREE_MESSAGE, .from = (uint16_t)who,
			.bytes = bytes, .len = len,
		},
	};

	node_event(ctx, &event);
}

static void on_member_state(void *ctx, unsigned int who, bool up)
{
	struct node *node = ctx;

	if (!node->closing)
		log_say(LOG_L_INFO, "member", "link is %s peer=%s",
			up ? "up" : "down", node->domain->controller[who].name);
}

static void on_member_refused(void *ctx, const char *words)
{
	(void)ctx;
	log_say(LOG_L_WARNING, "member", "refused: %s", words);
}

static void on_switch_refused(void *ctx, const char *words)
{
	(void)ctx;
	log_say(LOG_L_WARNING, "switch", "refused: %s", words);
}

static void switch_link(struct node *node, uint32_t sw, bool up)
{
	struct ctl_event event = { .kind = CTL_LINK, .sw = sw, .up = up };

	node->link[sw].greeted = up;
	if (!node->closing)
		log_say(LOG_L_INFO, "switch", "link is %s peer=%s",
			up ? "up" : "down", node->domain->sw[sw].name);
	node_event(node, &event);
}

static void on_switch_state(void *ctx, unsigned int sw, bool up)
{
	uint8_t hello[CTL_FRAME_SMALL];
	struct node *node = ctx;

	if (up) {
		links_send(node->switches, sw, hello, ctl_frame_hello(hello));
		links_flush(node->switches);
	} else if (node->link[sw].greeted) {
		switch_link(node, sw, false);
	}
}

static void echo(struct node *node, unsigned int sw, const uint8_t *frame,
		 size_t len)
{
	memcpy(node->frame, frame, len);
	ctl_frame_echo_reply(node->frame);
	links_send(node->switches, sw, node->frame, len);
	links_flush(node->switches);
}

static void on_switch(void *ctx, unsigned int sw, const uint8_t *frame,
		      size_t frame_len)
{
	struct ctl_event event = { .kind = CTL_SWITCH, .sw = sw };
	struct node *node = ctx;
	enum ctl_frame_kind kind;
	const char *why;

	kind = ctl_frame_decode(frame, frame_len, &event.bytes, &event.len, &why);
	if (kind != CTL_FRAME_BAD && kind != CTL_FRAME_HELLO &&
	    !node->link[sw].greeted) {
		kind = CTL_FRAME_BAD;
		why = "no HELLO at first";
	}
	switch (kind) {
	case CTL_FRAME_MESSAGE:
		node_trace_in(&node->trace, sw, event.bytes, event.len);
		node_event(node, &event);
		break;
	case CTL_FRAME_HELLO:
		if (!node->link[sw].greeted)
			switch_link(node, sw, true);
		break;
	case CTL_FRAME_ECHO:
		echo(node, sw, frame, frame_len);
		break;
	case CTL_FRAME_ECHO_REPLY:
		break;
	case CTL_FRAME_BAD:
		links_breach(node->switches, sw, why);
		break;
	}
}

bool node_links_prepare(struct node *node, struct words *why)
{
	const struct domain *d = node->domain;
	unsigned int i, nr = d->n + d->switches;
	char spare[32];

	node->peer = calloc(nr, sizeof(*node->peer));
	node->peer_name = calloc(nr, sizeof(*node->peer_name));
	node->link = calloc(d->switches, sizeof(*node->link));
	node->frame = malloc(CTL_FRAME_MAX);
	if (!node->peer || !node->peer_name || !node->link || !node->frame)
		return words_set(why, "no memory for links");
	for (i = 0; i < nr; i++) {
		struct link_peer *p = &node->peer[i];
		const struct domain_switch *sw = &d->sw[i - d->n];

		p->name = node->peer_name[i];
		if (i < d->n) {
			identity_name(node->peer_name[i], d->id,
				      IDENTITY_CONTROLLER, d->controller[i].name);
			continue;
		}
		/* Names have no slash: a spare place has the name of nobody. */
		snprintf(spare, sizeof(spare), "spare/%u", i - d->n);
		identity_name(node->peer_name[i], d->id, IDENTITY_SWITCH,
			      sw->name[0] ? sw->name : spare);
		p->frame_max = CTL_FRAME_MAX;
		p->queue_max = NODE_SWITCH_QUEUE;
		p->patient = true;
	}
	return true;
}

static bool load_identity(struct node *node, struct identity *id,
			  X509_STORE **authority, struct words *why)
{
	const struct conf_tls *tls = &node->conf->tls;

	*authority = NULL;
	if (!identity_load(id, tls->certificate, tls->key, why))
		return false;
	*authority = authority_load(tls->authority, why);
	if (*authority && identity_check(id, node->peer_name[node->self],
					 *authority, why))
		return true;
	X509_STORE_free(*authority);
	identity_uninit(id);
	return false;
}

static bool create_links(struct node *node, const struct identity *id,
			 X509_STORE *authority, struct words *why)
{
	const struct domain *d = node->domain;
	struct links_config members = {
		.loop = node->loop, .self = id, .authority = authority,
		.framing = LINK_LENGTH, .peer = node->peer, .peer_nr = d->n,
		.ctx = node, .frame = on_member, .state = on_member_state,
		.refused = on_member_refused,
	}, switches = {
		.loop = node->loop, .self = id, .authority = authority,
		.framing = LINK_OPENFLOW, .peer = node->peer + d->n,
		.peer_nr = d->switches, .ctx = node, .frame = on_switch,
		.state = on_switch_state, .refused = on_switch_refused,
	};

	node->members = links_create(&members, why);
	if (node->members)
		node->switches = links_create(&switches, why);
	return node->switches;
}

bool node_links_open(struct node *node, struct words *why)
{
	const struct domain_controller *self =
		&node->domain->controller[node->self];
	const char *host = node->conf->listen[0] ? node->conf->listen :
		self->host;
	X509_STORE *authority;
	struct identity id;
	unsigned int i;
	bool ok;

	for (i = 0; i < node->domain->n; i++) {
		node->peer[i].frame_max =
			(uint32_t)message_max(&node->config.agree);
		node->peer[i].queue_max = NODE_MEMBER_QUEUE;
	}
	if (!load_identity(node, &id, &authority, why))
		return false;
	ok = create_links(node, &id, authority, why) &&
		links_listen(node->members, host, self->port, why) &&
		links_listen(node->switches, host, self->switch_port, why);
	X509_STORE_free(authority);
	identity_uninit(&id);
	return ok;
}

bool node_links_dial(struct node *node, struct words *why)
{
	const struct domain *d = node->domain;
	unsigned int i;

	for (i = node->self + 1; i < d->n; i++)
		if (!links_dial(node->members, i, d->controller[i].host,
				d->controller[i].port, why))
			return false;
	return true;
}

bool node_renew(struct node *node, struct words *why)
{
	X509_STORE *authority;
	struct identity id;
	bool ok;

	if (!load_identity(node, &id, &authority, why))
		return false;
	ok = links_renew(node->members, &id, authority, why) &&
		links_renew(node->switches, &id, authority, why);
	X509_STORE_free(authority);
	identity_uninit(&id);
	return ok;
}

void node_links_free(struct node *node)
{
	free(node->peer);
	free(node->peer_name);
	free(node->link);
	free(node->frame);
}

void node_flush(struct node *node)
{
	links_flush(node->members);
	links_flush(node->switches);
}

void node_raw_to_member(struct node *node, uint16_t to, const uint8_t *bytes,
			size_t len)
{
	unsigned int i;

	for (i = 0; i < node->domain->n; i++)
		if (i != node->self && (to == AGREE_ALL || to == i))
			links_send(node->members, i, bytes, len);
}

void node_to_members(struct node *node, uint16_t to, const uint8_t *bytes,
		     size_t len)
{
	const struct node_hooks *hooks = node->hooks;
	uint16_t i;

	if (!hooks || !hooks->to_member) {
		node_raw_to_member(node, to, bytes, len);
		return;
	}
	for (i = 0; i < node->domain->n; i++)
		if (i != node->self && (to == AGREE_ALL || to == i) &&
		    hooks->to_member(hooks->ctx, node, i, bytes, len))
			links_send(node->members, i, bytes, len);
}

void node_raw_to_switch(struct node *node, uint32_t sw, const uint8_t *bytes,
			size_t len)
{
	/* The type is behind magic and version (docs/controller.md section 2). */
	if (!ctl_frame_head(node->frame, len > 5 ? bytes[5] : 0, len))
		return;
	memcpy(node->frame + CTL_FRAME_HEAD, bytes, len);
	links_send(node->switches, sw, node->frame, CTL_FRAME_HEAD + len);
}

void node_to_switch(struct node *node, uint32_t sw, const uint8_t *bytes,
		    size_t len)
{
	const struct node_hooks *hooks = node->hooks;

	node_trace_out(&node->trace, sw, node->domain->id, bytes, len);
	if (!hooks || !hooks->to_switch ||
	    hooks->to_switch(hooks->ctx, node, sw, bytes, len))
		node_raw_to_switch(node, sw, bytes, len);
}
