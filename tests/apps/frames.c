// SPDX-License-Identifier: GPL-2.0
/* Frames and messages, written without the code that is tested. */
#include <string.h>

#include "frames.h"

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

void mac_of(uint8_t mac[6], uint32_t n)
{
	memset(mac, n ? 0 : 0xff, 6);
	if (n) {
		mac[0] = 2;
		put32(mac + 2, n);
	}
}

size_t frame_make(uint8_t out[FRAME_MAX], const uint8_t dst[6],
		  const uint8_t src[6], uint16_t vlan)
{
	size_t at = 12;

	memset(out, 0x5a, FRAME_MAX);
	memcpy(out, dst, 6);
	memcpy(out + 6, src, 6);
	if (vlan) {
		put16(out + at, 0x8100);
		/* With a priority, which is no part of the VLAN */
		put16(out + at + 2, 0x6000 | (vlan & 0xfff));
		at += 4;
	}
	put16(out + at, 0x88b5);
	return at + 2 + 46;
}

size_t packet_in_make(uint8_t out[MESSAGE_MAX], uint32_t in_port,
		      const uint8_t *frame, size_t len, size_t total)
{
	const size_t used = 8 + 16 + 16 + 2 + len;

	memset(out, 0, MESSAGE_MAX);
	out[0] = 4;
	out[1] = 10;
	put16(out + 2, (uint16_t)used);
	put32(out + 8, 0xffffffff);
	put16(out + 12, (uint16_t)total);
	put16(out + 24, 1);
	put16(out + 26, 12);
	put32(out + 28, 0x80000004);
	put32(out + 32, in_port);
	memcpy(out + 42, frame, len);
	return used;
}

size_t port_status_make(uint8_t out[MESSAGE_MAX], uint32_t port,
			unsigned int how)
{
	memset(out, 0, MESSAGE_MAX);
	out[0] = 4;
	out[1] = 12;
	put16(out + 2, 80);
	out[8] = how & PORT_GONE ? 1 : 2;
	put32(out + 16, port);
	put32(out + 48, how & PORT_OFF ? 1 : 0);
	put32(out + 52, how & PORT_NO_LINK ? 1 : 0);
	return 80;
}

size_t port_desc_make(uint8_t out[PORT_DESC_MAX], const uint32_t *port,
		      unsigned int nr, uint32_t down, int more)
{
	const size_t used = 16 + 64 * nr;
	unsigned int i;

	memset(out, 0, used);
	out[0] = 4;
	out[1] = 19;
	put16(out + 2, (uint16_t)used);
	put16(out + 8, 13);
	put16(out + 10, !!more);
	for (i = 0; i < nr; i++) {
		put32(out + 16 + 64 * i, port[i]);
		put32(out + 16 + 64 * i + 36, i < 32 && down >> i & 1);
	}
	return used;
}
