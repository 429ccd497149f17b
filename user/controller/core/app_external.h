/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Application "external": an OpenFlow controller beside each member decides, and
 * its outputs come back by vote (C11).  Replicated is only what a switch would
 * tell such a controller: whether it is up, its features, its ports; and how many
 * events there were, which is what outputs are named after.
 */
#ifndef CTL_APP_EXTERNAL_H
#define CTL_APP_EXTERNAL_H

#include "app.h"

enum {
	EXTERNAL_FEATURES_LEN = 32,	/* FEATURES_REPLY (1.3.5 A.3.1) */
	EXTERNAL_PORT_LEN = 64,		/* struct ofp_port (A.2.1) */
	EXTERNAL_PORTS_MAX = 48,	/* of a switch; further ones are not told */
};

struct external_switch {
	bool up, has_features, has_ports;
	bool more;			/* another part of the ports is to come */
	uint8_t features[EXTERNAL_FEATURES_LEN];
	uint32_t port_nr;
	uint8_t port[EXTERNAL_PORTS_MAX][EXTERNAL_PORT_LEN];
};

/* Is everything known that a handshake tells? */
static inline bool external_known(const struct external_switch *sw)
{
	return sw->up && sw->has_features && sw->has_ports;
}

/* In the memory of the application that app_outside.event() is given */
const struct external_switch *external_switch(const void *app, uint32_t sw);

extern const struct app_ops app_external;

#endif
