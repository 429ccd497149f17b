// SPDX-License-Identifier: GPL-2.0
/* A fake controller: takes bundles and acknowledgements, answers, sends updates. */
#include "world.h"

#include <string.h>

#include "../../user/controller/core/ctl_frame.h"
#include "../../user/controller/core/ctl_wire.h"
#include "../../user/controller/shell/keys.h"

static struct link_peer peer = {
	.name = "ashlar://7/switch/s1", .frame_max = CTL_FRAME_MAX,
	.queue_max = 1 << 24,
};

static void send_message(struct far *f, const uint8_t *bytes, size_t len)
{
	static uint8_t frame[CTL_FRAME_MAX];

	ctl_frame_head(frame, bytes[5], len);
	memcpy(frame + CTL_FRAME_HEAD, bytes, len);
	links_send(f->links, 0, frame, CTL_FRAME_HEAD + len);
	links_flush(f->links);
}

void far_update(struct far *f, const uint8_t *sealed, size_t len)
{
	static uint8_t bytes[CTL_FRAME_MAX];
	struct wire_writer w = { bytes, sizeof(bytes), 0 };

	ctl_header_put(&w, CTL_UPDATE, DOMAIN);
	wire_write(&w, sealed, len);
	send_message(f, bytes, w.used);
}

static bool is_echoed(struct world *w, const void *arg)
{
	const struct far *f = arg;

	(void)w;
	return f->echoes;
}

bool far_heard(struct far *f)
{
	uint8_t echo[CTL_FRAME_SMALL];

	f->echoes = 0;
	links_send(f->links, 0, echo, ctl_frame_echo(echo, 0));
	links_flush(f->links);
	return until(f->world, is_echoed, f);
}

static void take_events(struct far *f, const struct ctl_bundle *bundle)
{
	struct ctl_bundle_event e;
	size_t at = 0;

	while (ctl_bundle_event(bundle, &at, &e)) {
		f->events[e.kind]++;
		if (e.kind != APP_PACKET_IN)
			continue;
		f->packet_in_len = e.len < sizeof(f->packet_in) ? e.len :
			sizeof(f->packet_in);
		memcpy(f->packet_in, e.message, f->packet_in_len);
	}
}

static void take_bundle(struct far *f, const uint8_t *bytes, size_t len)
{
	struct ctl_bundle bundle;
	uint8_t done[CTL_BUNDLE_DONE_LEN];

	if (ctl_bundle_decode(&bundle, DOMAIN, bytes, len) ||
	    bundle.dpid != DPID ||
	    !key_verify(f->world->switch_verify, bytes, len - AGREE_SIG_LEN,
			bundle.sig)) {
		f->wrong++;
		return;
	}
	if (f->silent || bundle.epoch < f->epoch)
		return;
	if (bundle.epoch > f->epoch) {
		f->epoch = bundle.epoch;
		memset(f->taken, 0, sizeof(f->taken));
	}
	/* A quorum's word is enough for a switch: we need not get all of them. */
	if (bundle.counter >= BUNDLES_MAX) {
		f->wrong++;
		return;
	}
	if (!f->taken[bundle.counter])
		take_events(f, &bundle);
	f->taken[bundle.counter] = true;
	send_message(f, done, ctl_bundle_done_encode(done, sizeof(done), DOMAIN,
						     bundle.epoch, bundle.counter,
						     f->start));
}

static void take_ack(struct far *f, const uint8_t *bytes, size_t len)
{
	uint8_t seen[CTL_ACK_SEEN_LEN];
	struct ctl_ack ack;

	if (ctl_ack_decode(&ack, DOMAIN, bytes, len) || ack.dpid != DPID ||
	    !key_verify(f->world->switch_verify, bytes, len - AGREE_SIG_LEN,
			ack.sig)) {
		f->wrong++;
		return;
	}
	f->acks++;
	if (ack.sequence > f->acked[ack.status])
		f->acked[ack.status] = ack.sequence;
	send_message(f, seen, ctl_ack_seen_encode(seen, sizeof(seen), DOMAIN,
						  ack.phase, ack.sequence));
}

static void on_frame(void *ctx, unsigned int who, const uint8_t *frame,
		     size_t len)
{
	struct far *f = ctx;
	const uint8_t *bytes;
	const char *why;
	size_t used;

	(void)who;
	switch (ctl_frame_decode(frame, len, &bytes, &used, &why)) {
	case CTL_FRAME_HELLO:
		f->hellos++;
		f->linked = true;
		break;
	case CTL_FRAME_MESSAGE:
		if (ctl_type_of(bytes, used) == CTL_BUNDLE)
			take_bundle(f, bytes, used);
		else
			take_ack(f, bytes, used);
		break;
	case CTL_FRAME_ECHO_REPLY:
		f->echoes++;
		break;
	case CTL_FRAME_BAD:
		f->wrong++;
		break;
	default:
		break;
	}
}

static void on_state(void *ctx, unsigned int who, bool up)
{
	uint8_t hello[CTL_FRAME_SMALL];
	struct far *f = ctx;

	f->linked = false;
	if (!up)
		return;
	f->ups++;
	links_send(f->links, who, hello, ctl_frame_hello(hello));
	links_flush(f->links);
}

bool far_open(struct far *f)
{
	struct links_config config = {
		.loop = &f->world->loop, .self = &f->id,
		.framing = LINK_OPENFLOW, .peer = &peer, .peer_nr = 1,
		.ctx = f, .frame = on_frame, .state = on_state,
	};
	struct words why;
	bool ok;

	config.authority = authority_store(&f->world->authority);
	f->links = links_create(&config, &why);
	X509_STORE_free(config.authority);
	ok = f->links && links_listen(f->links, "127.0.0.1", f->port, &why);
	if (!ok)
		printf("# %s\n", why.text);
	else
		f->port = links_port(f->links);
	return ok;
}

static void on_closed(void *ctx)
{
	struct far *f = ctx;

	f->links = NULL;
}

/* Until its port is free again */
void far_close(struct far *f)
{
	if (f->links)
		links_close(f->links, on_closed);
	while (f->links)
		uv_run(&f->world->loop, UV_RUN_ONCE);
	f->linked = false;
}
