// SPDX-License-Identifier: GPL-2.0
/*
 * The gate for PACKET_EXECUTE: what the rules say for a packet, or an approved
 * packet-out.
 */
#include <linux/openvswitch.h>

#include "attempt.h"
#include "guard.h"
#include "packet_out.h"

#define OQ_PACKET_ATTRS (BIT(OVS_PACKET_ATTR_PACKET) |				\
			 BIT(OVS_PACKET_ATTR_KEY) |				\
			 BIT(OVS_PACKET_ATTR_ACTIONS) |				\
			 BIT(OVS_PACKET_ATTR_PROBE) |				\
			 BIT(OVS_PACKET_ATTR_LEN) |				\
			 BIT(OVS_PACKET_ATTR_HASH))

/*
 * Does a probe's packet surely go nowhere?  ovs-vswitchd tries set actions so; a
 * kernel that cannot do them says so itself.
 */
static bool goes_nowhere(const struct gate_flow *flow)
{
	const struct nlattr *a;
	int rest;

	nla_for_each_attr(a, flow->actions, flow->actions_len, rest)
		if (nla_type(a) != OVS_ACTION_ATTR_SET &&
		    nla_type(a) != OVS_ACTION_ATTR_SET_MASKED)
			return false;
	return !rest;
}

/* A packet-out may come from no port at all, so of any switch. */
static struct oq_packet_out *packet_out_any(struct oq_attempt *t,
					    const struct nlattr *packet)
{
	struct oq_packet_out *po;
	struct oq_switch *sw;

	list_for_each_entry(sw, &t->guard->switches, guard_node) {
		if (sw->mode == OVS_QUORUM_MODE_OFF ||
		    (t->d.sw && t->d.sw != sw))
			continue;
		po = oq_packet_out_find(sw, &t->flow, nla_data(packet),
					nla_len(packet), &t->d.result);
		if (po) {
			t->d.sw = sw;
			return po;
		}
	}
	return NULL;
}

static void decide_packet(struct oq_attempt *t, const struct nlattr *packet,
			  struct oq_packet_out **po)
{
	struct oq_decision *d = &t->d;
	struct gate_view view;
	u32 port;

	d->err = gate_flow_in_port(&t->flow, true, &port);
	if (d->err == GATE_OK) {
		d->sw = oq_port_owner(t->guard, port);
		d->err = GATE_EPORT;
	}
	if (d->sw) {
		view = oq_view(d->sw);
		d->err = gate_check_packet(&view, &t->flow, nla_data(packet),
					   nla_len(packet), t->guard->scratch,
					   &d->result);
	}
	if (d->err != GATE_OK) {
		*po = packet_out_any(t, packet);
		if (*po)
			d->err = GATE_OK;
	}
	oq_decide(t->guard, &t->flow, d);
}

static int execute(struct oq_attempt *t)
{
	struct nlattr **a = t->info->attrs;
	struct nlattr *packet = a[OVS_PACKET_ATTR_PACKET];
	struct oq_packet_out *po = NULL;
	int err;

	if (!packet || !a[OVS_PACKET_ATTR_KEY] || !a[OVS_PACKET_ATTR_ACTIONS])
		return -EINVAL;
	t->probe = a[OVS_PACKET_ATTR_PROBE];
	t->flow = oq_gate_flow(a[OVS_PACKET_ATTR_KEY], NULL,
			       a[OVS_PACKET_ATTR_ACTIONS]);
	if (t->probe && (!t->guard->enforced || goes_nowhere(&t->flow)))
		return oq_original(OQ_EXECUTE, t->skb, t->info);
	if (t->probe)
		return oq_refuse_for(t, "ovs_quorum: probe for actions that are not supported");
	/*
	 * MRU cuts what is longer into fragments on output (do_output()), which
	 * no rule says.  ovs-vswitchd sends it with reassembled packets of
	 * conntrack, which are refused as well.
	 */
	if (t->guard->enforced &&
	    !oq_attrs_within(a, OVS_PACKET_ATTR_MAX, OQ_PACKET_ATTRS))
		return oq_refuse_for(t, "ovs_quorum: attribute outside the supported set");

	decide_packet(t, packet, &po);
	if (t->d.verdict == OQ_REFUSE)
		return oq_refuse(t);
	if (po)
		oq_packet_out_use(t->d.sw, po);
	err = oq_original(OQ_EXECUTE, t->skb, t->info);
	if (!err)
		oq_let_through(t);
	return err;
}

int oq_on_execute(struct sk_buff *skb, struct genl_info *info)
{
	return oq_gate(OQ_EXECUTE, skb, info, OVS_QUORUM_VIOLATION_EXECUTE,
		       execute);
}
