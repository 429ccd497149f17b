// SPDX-License-Identifier: GPL-2.0
/*
 * Acknowledgements: local, and believed at once if the switch signed them
 * (§2.6.6).  A refused update is as done as an applied one: its number is used
 * up; the application learns of it by the switch's own ordered ERROR event, since
 * what it is told here would not be in the order.
 */
#include "ctl_state.h"

#include "../../../lib/bls/sha256.h"

static void seen(struct ctl *ctl, uint32_t sw, const struct ctl_ack *ack)
{
	uint8_t *out = ctl_message_room(ctl, CTL_ACK_SEEN_LEN);

	/* Without room the switch repeats it. */
	if (out)
		ctl_message_put(ctl, sw, out,
				ctl_ack_seen_encode(out, CTL_ACK_SEEN_LEN,
						    ctl->agree_config.domain,
						    ack->phase, ack->sequence));
}

/*
 * Are these our bodies?  If the order has taken the first of a row away meanwhile,
 * nobody here can tell; then the switch's word for the rest is enough.
 */
static bool bodies_equal(struct ctl *ctl, const struct ctl_sw *sw,
			 const struct ctl_ack *ack, uint64_t first)
{
	uint8_t digest[AGREE_DIGEST_LEN];
	struct bls_sha256 h;

	if (first <= sw->floor)
		return true;
	if (ack->count == 1)
		return !memcmp(ctl_job_of(ctl, sw, first)->digest, ack->body,
			       AGREE_DIGEST_LEN);
	bls_sha256_init(&h);
	for (; first <= ack->sequence; first++)
		bls_sha256_update(&h, ctl_job_of(ctl, sw, first)->digest,
				  AGREE_DIGEST_LEN);
	bls_sha256_final(&h, digest);
	return !memcmp(digest, ack->body, AGREE_DIGEST_LEN);
}

static bool all_acked(const struct ctl *ctl, const struct ctl_sw *sw,
		      uint64_t first, uint64_t last)
{
	if (first < sw->base)
		first = sw->base;
	while (first <= last && ctl_job_of(ctl, sw, first)->acked)
		first++;
	return first > last;
}

enum agree_err ctl_ack_take(struct ctl *ctl, uint32_t sw_index,
			    const uint8_t *bytes, size_t len)
{
	struct ctl_sw *sw = &ctl->sw[sw_index];
	enum agree_err err;
	struct ctl_ack ack;
	uint64_t first;

	err = ctl_ack_decode(&ack, ctl->agree_config.domain, bytes, len);
	if (err)
		return err;
	if (ack.dpid != ctl->config->sw[sw_index].dpid)
		return AGREE_ECLIENT;
	if (ack.phase != ctl->agree_config.phase)
		return AGREE_EDOMAIN;
	/* We are behind: it will come again. */
	if ((sw->known && ack.epoch > sw->epoch) || ack.sequence >= sw->next)
		return AGREE_EFAR;
	first = ack.sequence - ack.count + 1;
	if (ack.epoch < sw->epoch || all_acked(ctl, sw, first, ack.sequence)) {
		seen(ctl, sw_index, &ack);
		return AGREE_ESTALE;
	}
	if (!ctl->ops->switch_verify(ctl->ctx, sw_index, bytes,
				     len - AGREE_SIG_LEN, ack.sig))
		return AGREE_ESIGNATURE;
	if (!bodies_equal(ctl, sw, &ack, first)) {
		ctl->stats.divergent++;
		return AGREE_ECONFLICT;
	}
	if (first <= sw->floor)
		first = sw->floor + 1;
	if (ack.status == CTL_REFUSED)
		ctl->stats.refused += ack.sequence - first + 1;
	/* C2: what stands before it at its switch was done before. */
	if (ctl_chained(ctl) && first > sw->base)
		first = sw->base;
	ctl_acknowledged(ctl, sw, first, ack.sequence);
	seen(ctl, sw_index, &ack);
	return AGREE_OK;
}
