// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a flow or a packet: decide.h has the table.
 */
#include <linux/openvswitch.h>

#include "decide.h"
#include "guard.h"

struct gate_view oq_view(const struct oq_switch *sw)
{
	return (struct gate_view) {
		.rules = gate_deref(sw->pipeline.version),
		.ports = { .nr = sw->gate_port_nr, .port = sw->gate_port },
		.vlan_limit = sw->vlan_limit,
		.miss_to_controller = sw->miss == OVS_QUORUM_MISS_CONTROLLER,
	};
}

static bool port_of(const struct oq_switch *sw, u32 dp_port)
{
	unsigned int i;

	for (i = 0; i < sw->gate_port_nr; i++)
		if (sw->gate_port[i].dp_port == dp_port)
			return true;
	return false;
}

struct oq_switch *oq_port_owner(const struct oq_guard *guard, u32 dp_port)
{
	struct oq_switch *sw;

	list_for_each_entry(sw, &guard->switches, guard_node)
		if (sw->mode != OVS_QUORUM_MODE_OFF && port_of(sw, dp_port))
			return sw;
	return NULL;
}

/*
 * Do the actions surely keep packets to ports of the switch?  Actions inside of
 * actions are not looked into: no.
 */
static bool stays_within(const struct oq_switch *sw,
			 const struct gate_flow *flow)
{
	const struct nlattr *a;
	int rest;

	nla_for_each_attr(a, flow->actions, flow->actions_len, rest) {
		switch (nla_type(a)) {
		case OVS_ACTION_ATTR_OUTPUT:
			if (nla_len(a) < (int)sizeof(u32) ||
			    !port_of(sw, nla_get_u32(a)))
				return false;
			break;
		case OVS_ACTION_ATTR_USERSPACE:
		case OVS_ACTION_ATTR_SET:
		case OVS_ACTION_ATTR_SET_MASKED:
		case OVS_ACTION_ATTR_PUSH_VLAN:
		case OVS_ACTION_ATTR_POP_VLAN:
		case OVS_ACTION_ATTR_TRUNC:
		case OVS_ACTION_ATTR_HASH:
		case OVS_ACTION_ATTR_CT:
		case OVS_ACTION_ATTR_CT_CLEAR:
		case OVS_ACTION_ATTR_RECIRC:	/* with the same input port */
			break;
		default:
			return false;
		}
	}
	return !rest;
}

void oq_decide(struct oq_guard *guard, const struct gate_flow *flow,
	       struct oq_decision *d)
{
	if (d->err == GATE_OK)
		d->verdict = OQ_PASS;
	else if (!guard->enforced)
		d->verdict = d->sw ? OQ_COUNT : OQ_PASS;
	else if (d->sw && d->sw->mode == OVS_QUORUM_MODE_VERIFY &&
		 stays_within(d->sw, flow))
		d->verdict = OQ_COUNT;
	else
		d->verdict = OQ_REFUSE;
}

void oq_decision_init(struct oq_decision *d)
{
	memset(d, 0, sizeof(*d));
	d->result.table = -1;
	d->result.attr = -1;
}

/* Whoever has the port: a drop needs no rule. */
enum gate_err oq_check_drop(struct oq_guard *guard,
			    const struct gate_flow *flow,
				   struct gate_result *result)
{
	struct oq_switch *sw = list_first_entry_or_null(&guard->switches,
							struct oq_switch,
							guard_node);
	struct gate_flow drop = *flow;
	struct gate_view view;

	if (!sw)
		return GATE_EPORT;
	drop.actions_len = 0;
	view = oq_view(sw);
	return gate_check_flow(&view, &drop, guard->scratch, result);
}

void oq_decide_flow(struct oq_guard *guard, const struct gate_flow *flow,
		    struct oq_decision *d)
{
	struct gate_view view;
	u32 port;

	oq_decision_init(d);
	d->err = gate_flow_in_port(flow, false, &port);
	if (d->err == GATE_OK) {
		d->sw = oq_port_owner(guard, port);
		if (d->sw) {
			view = oq_view(d->sw);
			d->err = gate_check_flow(&view, flow, guard->scratch,
						 &d->result);
		} else if (!guard->enforced) {
			d->err = GATE_EPORT;
		} else if (!flow->actions_len) {
			d->err = oq_check_drop(guard, flow, &d->result);
		} else {
			d->err = GATE_EPORT;
		}
	}
	oq_decide(guard, flow, d);
}
