// SPDX-License-Identifier: GPL-2.0
/*
 * Approved packet-outs: each is good for one execution.
 *
 * It is used up when the execution is let through, whatever becomes of it: an
 * execution may fail behind an output, and must not be repeated then.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "decide.h"
#include "guard.h"
#include "packet_out.h"

struct oq_packet_out {
	struct list_head node;
	u64 expires_ms;
	struct of_message msg;		/* borrows data[] */
	u8 data[];
};

static void packet_out_free(struct oq_switch *sw, struct oq_packet_out *po)
{
	list_del(&po->node);
	sw->packet_out_nr--;
	kvfree(po);
}

int oq_packet_out_add(struct oq_switch *sw, const void *msg, size_t len,
		      u64 now_ms)
{
	struct oq_packet_out *po;
	size_t used;

	lockdep_assert_held(&sw->guard->lock);
	if (sw->packet_out_nr >= OQ_PACKET_OUTS_MAX)
		return -ENOBUFS;
	po = kvzalloc(struct_size(po, data, len), GFP_KERNEL_ACCOUNT);
	if (!po)
		return -ENOMEM;
	memcpy(po->data, msg, len);
	if (of_decode(&po->msg, po->data, len, &used) != WIRE_OK ||
	    po->msg.type != OF_PACKET_OUT) {
		kvfree(po);
		return -EINVAL;
	}
	po->expires_ms = now_ms + OQ_PACKET_OUT_MS;
	list_add_tail(&po->node, &sw->packet_outs);
	sw->packet_out_nr++;
	return 0;
}

u64 oq_packet_out_expire(struct oq_switch *sw, u64 now_ms)
{
	struct oq_packet_out *po, *next;
	u64 first = U64_MAX;

	lockdep_assert_held(&sw->guard->lock);
	list_for_each_entry_safe(po, next, &sw->packet_outs, node) {
		if (po->expires_ms <= now_ms)
			packet_out_free(sw, po);
		else
			first = min(first, po->expires_ms);
	}
	return first;
}

void oq_packet_out_free_all(struct oq_switch *sw)
{
	oq_packet_out_expire(sw, U64_MAX);
}

struct oq_packet_out *oq_packet_out_find(struct oq_switch *sw,
					 const struct gate_flow *flow,
					 const void *packet, size_t len,
					 struct gate_result *result)
{
	struct gate_view view = oq_view(sw);
	u64 now_ms = oq_now_ms();
	struct oq_packet_out *po;

	lockdep_assert_held(&sw->guard->lock);
	list_for_each_entry(po, &sw->packet_outs, node) {
		const struct of_packet_out *out = &po->msg.packet_out;

		if (po->expires_ms > now_ms &&
		    gate_check_packet_out(&view, out, flow, packet, len,
					  sw->guard->scratch, result) == GATE_OK)
			return po;
	}
	return NULL;
}

void oq_packet_out_use(struct oq_switch *sw, struct oq_packet_out *po)
{
	packet_out_free(sw, po);
	oq_count(sw, OVS_QUORUM_STATS_A_PACKET_OUTS);
}
