/* SPDX-License-Identifier: GPL-2.0 */
/* Ethernet frames, and the messages in which switches tell of them. */
#ifndef APPS_FRAMES_H
#define APPS_FRAMES_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_MAX = 128, MESSAGE_MAX = 256 };

/* An address that is @n's own; 0: broadcast */
void mac_of(uint8_t mac[6], uint32_t n);

/* @vlan: 0: no tag.  Return: bytes */
size_t frame_make(uint8_t out[FRAME_MAX], const uint8_t dst[6],
		  const uint8_t src[6], uint16_t vlan);

size_t packet_in_make(uint8_t out[MESSAGE_MAX], uint32_t in_port,
		      const uint8_t *frame, size_t len, size_t total);

enum { PORT_GONE = 1, PORT_OFF = 2, PORT_NO_LINK = 4 };

size_t port_status_make(uint8_t out[MESSAGE_MAX], uint32_t port,
			unsigned int how);

/* A part of the answer to PORT_DESC; bit i of @down: port i, of the first ones */
enum { PORT_DESC_MAX = 16 + 64 * 120 };
size_t port_desc_make(uint8_t out[PORT_DESC_MAX], const uint32_t *port,
		      unsigned int nr, uint32_t down, int more);

#endif
