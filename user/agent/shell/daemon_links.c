// SPDX-License-Identifier: GPL-2.0
/* The links to the controllers: OpenFlow framing, HELLO first both ways. */
#include <inttypes.h>
#include <string.h>

#include "daemon_parts.h"
#include "secret.h"

enum {
	QUEUE_MAX = 4 << 20,		/* bytes for a slow controller; what is lost comes again */
};

static const char *name_of(const struct daemon *d, unsigned int who)
{
	return d->domain->controller[who].name;
}

void daemon_links_nonsense(struct daemon *d, unsigned int who, const char *what)
{
	struct far_end *far = &d->far[who];
	uint64_t now_ms = uv_now(&d->loop);

	far->nonsense++;
	if (far->warned_ms && now_ms - far->warned_ms < DAEMON_WARN_MS)
		return;
	log_say(LOG_L_WARNING, "link",
		"a message was refused peer=%s why=\"%s\" count=%" PRIu64,
		name_of(d, who), what, far->nonsense);
	far->warned_ms = now_ms;
	far->nonsense = 0;
}

static void on_echo(struct daemon *d, unsigned int who, const uint8_t *frame,
		    size_t len)
{
	memcpy(d->frame, frame, len);
	ctl_frame_echo_reply(d->frame);
	links_send(d->links, who, d->frame, len);
}

static void on_hello(struct daemon *d, unsigned int who)
{
	struct agent_event e = { .kind = AGENT_LINK_UP, .from = who };

	if (d->far[who].linked)
		return;
	d->far[who].linked = true;
	log_say(LOG_L_INFO, "link", "link is up peer=%s", name_of(d, who));
	daemon_step(d, &e);
}

static void on_message(struct daemon *d, unsigned int who, const uint8_t *bytes,
		       size_t len)
{
	struct agent_event e = {
		.kind = AGENT_CONTROLLER, .from = who, .bytes = bytes,
		.len = len,
	};

	if (!d->far[who].linked) {
		daemon_links_nonsense(d, who, "it did not say HELLO first");
		return;
	}
	quorum_wait_begin(&d->wait, d->domain->id, bytes, len);
	daemon_step(d, &e);
}

static void on_frame(void *ctx, unsigned int who, const uint8_t *frame,
		     size_t len)
{
	struct daemon *d = ctx;
	const uint8_t *bytes;
	const char *why;
	size_t used;

	switch (ctl_frame_decode(frame, len, &bytes, &used, &why)) {
	case CTL_FRAME_MESSAGE:
		on_message(d, who, bytes, used);
		break;
	case CTL_FRAME_HELLO:
		on_hello(d, who);
		break;
	case CTL_FRAME_ECHO:
		on_echo(d, who, frame, len);
		break;
	case CTL_FRAME_ECHO_REPLY:
		break;
	case CTL_FRAME_BAD:
		daemon_links_nonsense(d, who, why);
	}
}

static void on_state(void *ctx, unsigned int who, bool up)
{
	struct agent_event e = { .kind = AGENT_LINK_DOWN, .from = who };
	uint8_t hello[CTL_FRAME_SMALL];
	struct daemon *d = ctx;

	if (up) {
		links_send(d->links, who, hello, ctl_frame_hello(hello));
	} else if (d->far[who].linked) {
		d->far[who].linked = false;
		log_say(LOG_L_WARNING, "link", "link is down peer=%s",
			name_of(d, who));
		daemon_step(d, &e);
	}
}

static void on_refused(void *ctx, const char *words)
{
	(void)ctx;
	log_say(LOG_L_WARNING, "link", "a link was refused why=\"%s\"", words);
}

void daemon_links_send(struct daemon *d, unsigned int to, const uint8_t *bytes,
		       size_t len)
{
	/* The type stands where the header of docs/controller.md section 2 has it. */
	if (!d->far[to].linked || !ctl_frame_head(d->frame, bytes[5], len))
		return;
	memcpy(d->frame + CTL_FRAME_HEAD, bytes, len);
	links_send(d->links, to, d->frame, CTL_FRAME_HEAD + len);
}

void daemon_links_echo(struct daemon *d)
{
	uint8_t echo[CTL_FRAME_SMALL];
	size_t len = ctl_frame_echo(echo, 0);
	unsigned int i;

	for (i = 0; i < d->domain->n; i++)
		if (d->far[i].linked)
			links_send(d->links, i, echo, len);
}

/* Our own certificate must be good in the others' eyes: said now, not when they refuse it. */
static X509_STORE *load(struct daemon *d, struct identity *self,
			struct words *why)
{
	const struct conf_tls *tls = &d->conf->tls;
	char name[IDENTITY_NAME_MAX];
	X509_STORE *authority;

	authority = authority_load(tls->authority, why);
	if (!authority)
		return NULL;
	identity_name(name, d->domain->id, IDENTITY_SWITCH, d->self->name);
	if (tls_identity(self, tls, why)) {
		if (identity_check(self, name, authority, why))
			return authority;
		identity_uninit(self);
	}
	X509_STORE_free(authority);
	return NULL;
}

bool daemon_links_renew(struct daemon *d, struct words *why)
{
	struct identity self;
	X509_STORE *authority = load(d, &self, why);
	bool ok;

	if (!authority)
		return false;
	ok = links_renew(d->links, &self, authority, why);
	identity_uninit(&self);
	X509_STORE_free(authority);
	return ok;
}

bool daemon_links_create(struct daemon *d, struct words *why)
{
	struct links_config config = {
		.loop = &d->loop, .framing = LINK_OPENFLOW, .peer = d->peer,
		.peer_nr = d->domain->n, .ctx = d, .frame = on_frame,
		.state = on_state, .refused = on_refused,
	};
	struct identity self;
	unsigned int i;

	config.authority = load(d, &self, why);
	if (!config.authority)
		return false;
	config.self = &self;
	for (i = 0; i < d->domain->n; i++) {
		identity_name(d->far[i].name, d->domain->id,
			      IDENTITY_CONTROLLER, name_of(d, i));
		d->peer[i] = (struct link_peer){
			.name = d->far[i].name, .frame_max = CTL_FRAME_MAX,
			.queue_max = QUEUE_MAX,
		};
	}
	d->links = links_create(&config, why);
	identity_uninit(&self);
	X509_STORE_free(config.authority);
	if (!d->links)
		return false;
	for (i = 0; i < d->domain->n; i++)
		if (!links_dial(d->links, i, d->domain->controller[i].host,
				d->domain->controller[i].switch_port, why))
			return false;
	return true;
}
