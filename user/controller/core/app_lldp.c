// SPDX-License-Identifier: GPL-2.0
/*
 * Probes.
 *
 *	 0 to 6 | 6 from 6 | 12 type 2
 *	14 chassis: TLV 2, subtype 1, 16 digits | 33 port: TLV 2, subtype 1, 8 digits
 *	44 time to live: TLV 2, seconds 2 | 48 ours: TLV 2, organisation 3, subtype 1, 8
 *	62 end: TLV 2
 */
#include <string.h>

#include "app_lldp.h"
#include "app_packet_in.h"
#include "sha256.h"
#include "../../../lib/wire/bytes.h"

enum {
	TLV_END,
	TLV_CHASSIS,
	TLV_PORT,
	TLV_TTL,
	TLV_ORGANISATION = 127,
	LOCALLY_ASSIGNED = 7,		/* subtype, of both names */
	DPID_DIGITS = 16,
	PORT_DIGITS = 8,
	NONCE_LEN = 8,
	DPID_AT = 17,
	PORT_AT = 36,
	TTL_AT = 46,
};

static const uint8_t lldp_to[6] = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e };
static const uint8_t lldp_tag[] = "ashlar-probe-1";
static const uint8_t lldp_ours[4] = { 0x02, 0x41, 0x53, 1 };

static void lldp_nonce(struct wire_writer *w, const struct lldp_probe *probe,
		       const uint8_t secret[APP_SECRET_LEN])
{
	uint8_t in[APP_SECRET_LEN + 20], digest[32];
	struct wire_writer text = { in, sizeof(in), 0 };
	struct bls_sha256 s;

	wire_write(&text, secret, APP_SECRET_LEN);
	wire_write_be(&text, probe->dpid, 8);
	wire_write_be(&text, probe->port, 4);
	wire_write_be(&text, probe->round, 8);
	bls_sha256_init(&s);
	bls_sha256_update(&s, lldp_tag, sizeof(lldp_tag) - 1);
	bls_sha256_update(&s, in, sizeof(in));
	bls_sha256_final(&s, digest);
	wire_write(w, digest, NONCE_LEN);
}

static void lldp_tlv(struct wire_writer *w, unsigned int type, unsigned int len)
{
	wire_write_be(w, type << 9 | len, 2);
}

static void lldp_name(struct wire_writer *w, unsigned int type, uint64_t value,
		      unsigned int digits)
{
	lldp_tlv(w, type, 1 + digits);
	wire_write_be(w, LOCALLY_ASSIGNED, 1);
	while (digits--)
		wire_write(w, &"0123456789abcdef"[value >> 4 * digits & 15], 1);
}

void lldp_encode(uint8_t frame[LLDP_FRAME_LEN], const struct lldp_probe *probe,
		 const uint8_t secret[APP_SECRET_LEN])
{
	struct wire_writer w = { frame, LLDP_FRAME_LEN, 0 };

	wire_write(&w, lldp_to, 6);
	wire_write_be(&w, 0x0200, 2);	/* a locally administered address */
	wire_write_be(&w, probe->dpid & 0xffffffff, 4);
	wire_write_be(&w, APP_ETH_TYPE_LLDP, 2);
	lldp_name(&w, TLV_CHASSIS, probe->dpid, DPID_DIGITS);
	lldp_name(&w, TLV_PORT, probe->port, PORT_DIGITS);
	lldp_tlv(&w, TLV_TTL, 2);
	wire_write_be(&w, probe->ttl_s, 2);
	lldp_tlv(&w, TLV_ORGANISATION, sizeof(lldp_ours) + NONCE_LEN);
	wire_write(&w, lldp_ours, sizeof(lldp_ours));
	lldp_nonce(&w, probe, secret);
	lldp_tlv(&w, TLV_END, 0);
}

static bool lldp_digits(uint64_t *value, const uint8_t *in, unsigned int digits)
{
	for (*value = 0; digits--; in++) {
		if (*in >= '0' && *in <= '9')
			*value = *value << 4 | (*in - '0');
		else if (*in >= 'a' && *in <= 'f')
			*value = *value << 4 | (*in - 'a' + 10);
		else
			return false;
	}
	return true;
}

bool lldp_decode(struct lldp_probe *probe, const uint8_t *frame, size_t len)
{
	uint64_t port;

	if (len != LLDP_FRAME_LEN ||
	    !lldp_digits(&probe->dpid, frame + DPID_AT, DPID_DIGITS) ||
	    !lldp_digits(&port, frame + PORT_AT, PORT_DIGITS))
		return false;
	probe->port = (uint32_t)port;
	probe->ttl_s = wire_get16(frame + TTL_AT);
	return true;
}

bool lldp_proves(const uint8_t frame[LLDP_FRAME_LEN],
		 const struct lldp_probe *probe,
		 const uint8_t secret[APP_SECRET_LEN])
{
	uint8_t own[LLDP_FRAME_LEN];

	lldp_encode(own, probe, secret);
	return !memcmp(own, frame, LLDP_FRAME_LEN);
}
