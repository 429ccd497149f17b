/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What switches say to applications: PACKET_IN, PORT_STATUS and PORT_DESC of OpenFlow 1.3
 * (1.3.5 A.4.1, A.4.3, A.3.5.7).  A switch may be anybody: any bytes are decoded or refused.
 *
 * Less strict than lib/wire, because nothing is approved here: padding and
 * fields that applications do not use may be anything.
 */
#ifndef CTL_APP_PACKET_IN_H
#define CTL_APP_PACKET_IN_H

#include "../../../lib/wire/openflow.h"

enum {
	OF_PACKET_IN = 10,		/* message types */
	OF_PORT_STATUS = 12,
	OF_MULTIPART_REPLY = 19,
	APP_ETH_TYPE_ARP = 0x0806,
	APP_ETH_TYPE_LLDP = 0x88cc,
};

struct app_packet_in {
	uint32_t in_port;		/* a port or LOCAL */
	uint8_t reason, table;
	uint64_t cookie;
	const uint8_t *frame;		/* borrowed; an Ethernet header at least */
	size_t len;
	bool whole;			/* not only the beginning of the frame */
	const uint8_t *dst, *src;	/* in the frame */
	uint16_t vlan;			/* outermost tag: FLOW_VLAN_PRESENT | VID; 0: none */
};

enum wire_err app_packet_in_decode(struct app_packet_in *p, const uint8_t *in,
				   size_t len);

struct app_port_status {
	uint32_t port;			/* a port or LOCAL */
	bool down;			/* without link, switched off, or gone */
};

enum wire_err app_port_status_decode(struct app_port_status *s,
				     const uint8_t *in, size_t len);

/* A part of the answer to PORT_DESC (1.3.5 A.3.5.7) */
struct app_ports {
	bool more;			/* this is not the last part */
	const uint8_t *ports;		/* borrowed */
	size_t len;
};

enum wire_err app_ports_decode(struct app_ports *p, const uint8_t *in,
			       size_t len);
/* The next port of it; false: no more.  Others than real ones are passed over. */
bool app_ports_next(struct app_ports *p, struct app_port_status *port);

/* A port that packets come from: 1 .. OF_PORT_MAX, or LOCAL */
static inline bool app_port_real(uint32_t port)
{
	return (port && port <= OF_PORT_MAX) || port == OF_PORT_LOCAL;
}

static inline bool app_mac_multicast(const uint8_t *mac)
{
	return mac[0] & 1;
}

#endif
