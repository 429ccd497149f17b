// SPDX-License-Identifier: GPL-2.0
/*
 * PACKET_IN and PORT_STATUS, from bytes.
 *
 *	 8 buffer 4 | 12 total_len 2 | 14 reason 1 | 15 table 1 | 16 cookie 8
 *	24 match | pad 2 | frame
 *
 *	 8 reason 1 | 9 pad 7 | 16 port 4 | 20 pad 4 | 24 address 6 | 30 pad 2
 *	32 name 16 | 48 config 4 | 52 state 4 | 56 features 4 * 4 | 72 speeds 2 * 4
 */
#include <string.h>

#include "app_packet_in.h"
#include "../../../lib/wire/bytes.h"

enum {
	PACKET_IN_LEN = 24,		/* without match, pad and frame */
	PACKET_IN_PAD = 2,
	PACKET_IN_MATCH_OXM = 1,
	PACKET_IN_OXM_BASIC = 0x8000,
	PACKET_IN_OXM_IN_PORT = 0,	/* its number, shifted, without mask */
	PORT_STATUS_LEN = 80,
	PORT_STATUS_DELETE = 1,		/* reasons: add, delete, modify */
	PORT_STATUS_MODIFY = 2,
	PORT_STATUS_OFF = 1,		/* bit of config */
	PORT_STATUS_NO_LINK = 1,	/* bit of state */
	MULTIPART_LEN = 16,		/* 8 type 2 | 10 flags 2 | 12 pad 4 */
	MULTIPART_PORT_DESC = 13,
	MULTIPART_MORE = 1,		/* bit of flags */
	PORT_LEN = 64,
	ETH_HEADER = 14,
	ETH_TAG = 4,
	ETH_TYPE_VLAN = 0x8100,
	ETH_TYPE_QINQ = 0x88a8,
	ETH_VID = 0x0fff,
};

/* All of @len bytes are one message of this type. */
static enum wire_err async_header(const uint8_t *in, size_t len,
				  unsigned int type)
{
	if (len < OF_HEADER_LEN)
		return WIRE_ESHORT;
	if (in[0] != OF_VERSION)
		return WIRE_EVERSION;
	if (in[1] != type)
		return WIRE_ETYPE;
	if (wire_get16(in + 2) > len)
		return WIRE_ESHORT;
	return wire_get16(in + 2) < len ? WIRE_ELONG : WIRE_OK;
}

/*
 * Fields of any class are stepped over (Open vSwitch adds registers and tunnel
 * metadata); what counts is where the packet came from.
 */
static enum wire_err packet_in_port(uint32_t *port, const uint8_t *in,
				    size_t len)
{
	bool seen = false;
	size_t n;

	for (; len; in += n, len -= n) {
		if (len < 4 || len < 4u + in[3])
			return WIRE_ESHORT;
		n = 4u + in[3];
		if (wire_get16(in) != PACKET_IN_OXM_BASIC ||
		    in[2] != PACKET_IN_OXM_IN_PORT)
			continue;
		if (in[3] != 4)
			return WIRE_ELENGTH;
		if (seen)
			return WIRE_EDUPLICATE;
		seen = true;
		*port = wire_get32(in + 4);
	}
	if (!seen)
		return WIRE_EFIELD;
	return app_port_real(*port) ? WIRE_OK : WIRE_EPORT;
}

/* A tag counts if an Ethernet type follows, as openvswitch has it. */
static void packet_in_frame(struct app_packet_in *p)
{
	unsigned int type = wire_get16(p->frame + ETH_HEADER - 2);

	p->dst = p->frame;
	p->src = p->frame + 6;
	p->vlan = 0;
	if ((type == ETH_TYPE_VLAN || type == ETH_TYPE_QINQ) &&
	    p->len >= ETH_HEADER + ETH_TAG)
		p->vlan = FLOW_VLAN_PRESENT |
			  (wire_get16(p->frame + ETH_HEADER) & ETH_VID);
}

enum wire_err app_packet_in_decode(struct app_packet_in *p, const uint8_t *in,
				   size_t len)
{
	enum wire_err err = async_header(in, len, OF_PACKET_IN);
	size_t match, padded, total;

	if (err)
		return err;
	if (len < PACKET_IN_LEN + 4)
		return WIRE_ESHORT;
	total = wire_get16(in + 12);
	p->reason = in[14];
	p->table = in[15];
	p->cookie = wire_get64(in + 16);
	if (wire_get16(in + PACKET_IN_LEN) != PACKET_IN_MATCH_OXM)
		return WIRE_EFIELD;
	match = wire_get16(in + PACKET_IN_LEN + 2);
	if (match < 4)
		return WIRE_ELENGTH;
	padded = (match + 7) & ~(size_t)7;
	if (len - PACKET_IN_LEN < padded + PACKET_IN_PAD)
		return WIRE_ESHORT;
	err = packet_in_port(&p->in_port, in + PACKET_IN_LEN + 4, match - 4);
	if (err)
		return err;
	p->frame = in + PACKET_IN_LEN + padded + PACKET_IN_PAD;
	p->len = len - PACKET_IN_LEN - padded - PACKET_IN_PAD;
	if (p->len < ETH_HEADER)
		return WIRE_ESHORT;
	if (p->len > total)
		return WIRE_ELENGTH;
	p->whole = p->len == total;
	packet_in_frame(p);
	return WIRE_OK;
}

/* 0 port 4 | 32 config 4 | 36 state 4, of a description of 64 bytes */
static struct app_port_status port_status(const uint8_t *in)
{
	return (struct app_port_status){
		.port = wire_get32(in),
		.down = wire_get32(in + 32) & PORT_STATUS_OFF ||
			wire_get32(in + 36) & PORT_STATUS_NO_LINK,
	};
}

enum wire_err app_port_status_decode(struct app_port_status *s,
				     const uint8_t *in, size_t len)
{
	enum wire_err err = async_header(in, len, OF_PORT_STATUS);

	if (err)
		return err;
	if (len != PORT_STATUS_LEN)
		return WIRE_ELENGTH;
	if (in[8] > PORT_STATUS_MODIFY)
		return WIRE_EVALUE;
	*s = port_status(in + 16);
	if (!app_port_real(s->port))
		return WIRE_EPORT;
	s->down |= in[8] == PORT_STATUS_DELETE;
	return WIRE_OK;
}

enum wire_err app_ports_decode(struct app_ports *p, const uint8_t *in,
			       size_t len)
{
	enum wire_err err = async_header(in, len, OF_MULTIPART_REPLY);

	if (err)
		return err;
	if (len < MULTIPART_LEN)
		return WIRE_ESHORT;
	if (wire_get16(in + 8) != MULTIPART_PORT_DESC)
		return WIRE_ETYPE;
	if ((len - MULTIPART_LEN) % PORT_LEN)
		return WIRE_ELENGTH;
	p->more = wire_get16(in + 10) & MULTIPART_MORE;
	p->ports = in + MULTIPART_LEN;
	p->len = len - MULTIPART_LEN;
	return WIRE_OK;
}

bool app_ports_next(struct app_ports *p, struct app_port_status *port)
{
	while (p->len) {
		*port = port_status(p->ports);
		p->ports += PORT_LEN;
		p->len -= PORT_LEN;
		if (app_port_real(port->port))
			return true;
	}
	return false;
}
