// SPDX-License-Identifier: GPL-2.0
/*
 * What an OpenFlow controller outside may ask of a switch, kept from the events.
 */
#include <assert.h>
#include <string.h>

#include "app_external.h"
#include "../../../lib/wire/bytes.h"

enum {
	OF_FEATURES_REPLY = 6,
	OF_MULTIPART_REPLY = 19,
	MULTIPART_LEN = 16,		/* header and fields before the body */
	MULTIPART_PORT_DESC = 13,
	MULTIPART_MORE = 1,
	PORT_STATUS_LEN = 80,
	PORT_DELETE = 1,		/* reason of PORT_STATUS */
	SAVED_MIN = 8,			/* the number of events */
	SAVED_FLAGS = 0xf,
};

struct external {
	const struct app_config *config;
	uint64_t events;
	struct external_switch sw[];
};

const struct external_switch *external_switch(const void *app, uint32_t sw)
{
	const struct external *x = app;

	assert(sw < x->config->switches);
	return &x->sw[sw];
}

static struct app_outside *outside(const struct external *x)
{
	return x->config->outside;
}

static size_t external_size(const struct app_config *config)
{
	return sizeof(struct external) +
	       config->switches * sizeof(struct external_switch);
}

static void external_init(void *app, const struct app_config *config)
{
	struct external *x = app;

	memset(x, 0, external_size(config));
	x->config = config;
	if (outside(x))
		outside(x)->loaded(outside(x)->ctx, app);
}

static void port_set(struct external_switch *sw, const uint8_t *port,
		     bool gone)
{
	uint32_t i;

	for (i = 0; i < sw->port_nr; i++)
		if (wire_get32(sw->port[i]) == wire_get32(port))
			break;
	if (gone && i < sw->port_nr) {
		memmove(sw->port[i], sw->port[i + 1],
			(sw->port_nr - i - 1) * EXTERNAL_PORT_LEN);
		sw->port_nr--;
	} else if (!gone && i < EXTERNAL_PORTS_MAX) {
		memcpy(sw->port[i], port, EXTERNAL_PORT_LEN);
		if (i == sw->port_nr)
			sw->port_nr++;
	}
}

static void take_reply(struct external_switch *sw, const uint8_t *in,
		       size_t len)
{
	size_t at;

	if (len == EXTERNAL_FEATURES_LEN && in[1] == OF_FEATURES_REPLY) {
		memcpy(sw->features, in, len);
		sw->has_features = true;
		return;
	}
	if (len < MULTIPART_LEN || in[1] != OF_MULTIPART_REPLY ||
	    wire_get16(in + 8) != MULTIPART_PORT_DESC ||
	    (len - MULTIPART_LEN) % EXTERNAL_PORT_LEN)
		return;
	if (!sw->more)
		sw->port_nr = 0;
	sw->more = wire_get16(in + 10) & MULTIPART_MORE;
	for (at = MULTIPART_LEN; at < len; at += EXTERNAL_PORT_LEN)
		port_set(sw, in + at, false);
	sw->has_ports = !sw->more;
}

static void external_event(void *app, const struct app_event *event,
			   struct app_out *out)
{
	struct external *x = app;
	struct external_switch *sw = &x->sw[event->sw];
	const uint8_t *in = event->message;

	(void)out;
	x->events++;
	switch (event->kind) {
	case APP_SWITCH_UP:
		sw->up = true;
		break;
	case APP_SWITCH_DOWN:
		sw->up = false;
		break;
	case APP_PORT_STATUS:
		if (event->len == PORT_STATUS_LEN)
			port_set(sw, in + 16, in[8] == PORT_DELETE);
		break;
	case APP_REPLY:
		take_reply(sw, in, event->len);
		break;
	default:
		break;
	}
	if (outside(x))
		outside(x)->event(outside(x)->ctx, app, x->events, event);
}

static size_t external_save_max(const struct app_config *config)
{
	return SAVED_MIN + (size_t)config->switches *
	       (5 + EXTERNAL_FEATURES_LEN +
		EXTERNAL_PORTS_MAX * EXTERNAL_PORT_LEN);
}

/* Flags (1), ports (4), features if there are, ports (64 each): of each switch */
static size_t external_save(const void *app, uint8_t *out, size_t room)
{
	const struct external *x = app;
	struct wire_writer w = { out, room, 0 };
	const struct external_switch *sw;
	uint32_t i;

	wire_write_be(&w, x->events, 8);
	for (i = 0; i < x->config->switches; i++) {
		sw = &x->sw[i];
		wire_write_be(&w, (uint64_t)(sw->up | sw->has_features << 1 |
			      sw->has_ports << 2 | sw->more << 3), 1);
		wire_write_be(&w, sw->port_nr, 4);
		if (sw->has_features)
			wire_write(&w, sw->features, EXTERNAL_FEATURES_LEN);
		wire_write(&w, sw->port, sw->port_nr * EXTERNAL_PORT_LEN);
	}
	assert(w.used <= room);
	return w.used;
}

static bool switch_load(struct external_switch *sw, const uint8_t *in,
			size_t len, size_t *used)
{
	size_t need = 5;
	uint8_t flags;

	if (len < need || in[0] & ~SAVED_FLAGS)
		return false;
	flags = in[0];
	memset(sw, 0, sizeof(*sw));
	sw->up = flags & 1;
	sw->has_features = flags & 2;
	sw->has_ports = flags & 4;
	sw->more = flags & 8;
	sw->port_nr = wire_get32(in + 1);
	if (sw->port_nr > EXTERNAL_PORTS_MAX)
		return false;
	need += (sw->has_features ? EXTERNAL_FEATURES_LEN : 0) +
		(size_t)sw->port_nr * EXTERNAL_PORT_LEN;
	if (len < need)
		return false;
	in += 5;
	if (sw->has_features) {
		memcpy(sw->features, in, EXTERNAL_FEATURES_LEN);
		in += EXTERNAL_FEATURES_LEN;
	}
	memcpy(sw->port, in, (size_t)sw->port_nr * EXTERNAL_PORT_LEN);
	*used = need;
	return true;
}

static bool external_load(void *app, const uint8_t *in, size_t len)
{
	struct external *x = app;
	size_t used;
	uint32_t i;

	if (len < SAVED_MIN)
		return false;
	x->events = wire_get64(in);
	in += SAVED_MIN;
	len -= SAVED_MIN;
	for (i = 0; i < x->config->switches; i++) {
		if (!switch_load(&x->sw[i], in, len, &used))
			return false;
		in += used;
		len -= used;
	}
	if (len)
		return false;
	if (outside(x))
		outside(x)->loaded(outside(x)->ctx, app);
	return true;
}

const struct app_ops app_external = {
	.name = "external",
	.size = external_size,
	.init = external_init,
	.event = external_event,
	.save_max = external_save_max,
	.save = external_save,
	.load = external_load,
};
