/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Probes: LLDP frames (IEEE 802.1AB-2016, clause 8) that say from which port they left.
 *
 * Chassis ID and Port ID are locally assigned names: the dpid and the port, in hex.
 * A TLV of an organisation (02:41:53, which is locally administered) has 8
 * bytes that only who knows the domain's secret, or received the probe, can say.
 */
#ifndef CTL_APP_LLDP_H
#define CTL_APP_LLDP_H

#include "app.h"

enum { LLDP_FRAME_LEN = 64 };

struct lldp_probe {
	uint64_t dpid;
	uint32_t port;
	uint64_t round;			/* of the switch's probes: not in the frame */
	uint16_t ttl_s;
};

void lldp_encode(uint8_t frame[LLDP_FRAME_LEN], const struct lldp_probe *probe,
		 const uint8_t secret[APP_SECRET_LEN]);

/* From where a frame says that it comes.  false: it is no probe of any domain. */
bool lldp_decode(struct lldp_probe *probe, const uint8_t *frame, size_t len);

/* Is the frame exactly this probe? */
bool lldp_proves(const uint8_t frame[LLDP_FRAME_LEN],
		 const struct lldp_probe *probe,
		 const uint8_t secret[APP_SECRET_LEN]);

#endif
