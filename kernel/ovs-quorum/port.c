// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: an OpenFlow number is a network device, by name, and that is a port of
 * the datapath with a number of openvswitch's choosing.
 *
 * The numbers are asked for anew whenever they may have changed; a port that does
 * not answer is none.  openvswitch gives the number of a port that is gone to the
 * next one that comes, so what the flows of the old one are is settled before a new
 * one is made.
 */
#include <linux/mm.h>
#include <linux/openvswitch.h>
#include <linux/slab.h>

#include "compat.h"
#include "dp.h"
#include "guard.h"
#include "hooks.h"
#include "ovs_call.h"

enum { OQ_PORT_TRIES = 3 };		/* when memory is short */

static s64 port_ask(struct oq_guard *guard, const char *netdev)
{
	s64 dp_port = -ENODEV;
	int i;

	for (i = 0; guard->ifindex && i < OQ_PORT_TRIES; i++) {
		dp_port = oq_ovs_port(oq_net(guard->net), guard->ifindex, netdev);
		if (dp_port >= 0 || dp_port == -ENODEV)
			break;
	}
	return max_t(s64, dp_port, -1);
}

/* Ports that exist, for gate_view; there is room for all. */
static void gate_ports_make(struct oq_switch *sw)
{
	struct oq_port *port;

	sw->gate_port_nr = 0;
	for (port = sw->port; port < sw->port + sw->port_nr; port++)
		if (port->dp_port >= 0)
			sw->gate_port[sw->gate_port_nr++] = (struct gate_port) {
				.of_port = port->number,
				.dp_port = port->dp_port,
				.flags = port->no_flood ? GATE_PORT_NO_FLOOD : 0,
			};
}

bool oq_ports_resolve(struct oq_guard *guard)
{
	struct oq_switch *sw;
	struct oq_port *port;
	bool changed = false;
	s64 dp_port;

	lockdep_assert_held(&guard->lock);
	list_for_each_entry(sw, &guard->switches, guard_node) {
		for (port = sw->port; port < sw->port + sw->port_nr; port++) {
			dp_port = port_ask(guard, port->netdev);
			changed |= dp_port != port->dp_port;
			port->dp_port = dp_port;
			cond_resched();
		}
		gate_ports_make(sw);
	}
	return changed;
}

static unsigned int port_place(const struct oq_switch *sw, u32 number)
{
	unsigned int i;

	for (i = 0; i < sw->port_nr; i++)
		if (sw->port[i].number >= number)
			break;
	return i;
}

static bool port_at(const struct oq_switch *sw, unsigned int i, u32 number)
{
	return i < sw->port_nr && sw->port[i].number == number;
}

static const struct oq_port *port_named(const struct oq_switch *sw,
					const char *netdev)
{
	const struct oq_port *port;

	for (port = sw->port; port < sw->port + sw->port_nr; port++)
		if (!strcmp(port->netdev, netdev))
			return port;
	return NULL;
}

/* Room for one more, here and in gate_port. */
static int port_insert(struct oq_switch *sw, unsigned int at,
		       const struct oq_port *port)
{
	unsigned int nr = sw->port_nr + 1;
	struct gate_port *gate_port;
	struct oq_port *new;

	gate_port = kvcalloc(nr, sizeof(*gate_port), GFP_KERNEL_ACCOUNT);
	new = kvcalloc(nr, sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!gate_port || !new) {
		kvfree(gate_port);
		kvfree(new);
		return -ENOMEM;
	}
	if (at)
		memcpy(new, sw->port, at * sizeof(*new));
	new[at] = *port;
	if (at < sw->port_nr)
		memcpy(new + at + 1, sw->port + at,
		       (sw->port_nr - at) * sizeof(*new));
	kvfree(sw->port);
	kvfree(sw->gate_port);
	sw->port = new;
	sw->gate_port = gate_port;
	sw->port_nr = nr;
	return 0;
}

int oq_port_set(struct oq_switch *sw, const struct oq_port *port,
		struct netlink_ext_ack *extack)
{
	unsigned int at = port_place(sw, port->number);
	const struct oq_port *other;
	struct oq_port new = *port;
	struct oq_switch *any;
	int err;

	lockdep_assert_held(&sw->guard->lock);
	list_for_each_entry(any, &sw->guard->switches, guard_node) {
		other = port_named(any, port->netdev);
		if (other && (any != sw || other->number != port->number)) {
			NL_SET_ERR_MSG(extack, "the network device is another port");
			return -EEXIST;
		}
	}
	new.dp_port = -1;
	if (port_at(sw, at, port->number)) {
		sw->port[at] = new;
		err = 0;
	} else if (sw->port_nr < GATE_PORTS_MAX) {
		err = port_insert(sw, at, &new);
	} else {
		NL_SET_ERR_MSG(extack, "too many ports");
		err = -ENOSPC;
	}
	if (!err)
		oq_ports_resolve(sw->guard);
	return err;
}

int oq_port_del(struct oq_switch *sw, u32 number,
		struct netlink_ext_ack *extack)
{
	unsigned int at = port_place(sw, number);

	lockdep_assert_held(&sw->guard->lock);
	if (!port_at(sw, at, number)) {
		NL_SET_ERR_MSG(extack, "there is no such port");
		return -ENOENT;
	}
	sw->port_nr--;
	memmove(sw->port + at, sw->port + at + 1,
		(sw->port_nr - at) * sizeof(*sw->port));
	gate_ports_make(sw);
	return 0;
}

static void ports_settle(struct oq_guard *guard)
{
	mutex_lock(&guard->lock);
	if (oq_ports_resolve(guard))
		oq_revalidate(guard, NULL, NULL);
	mutex_unlock(&guard->lock);
}

/* A switch that does not want to see the device in another datapath. */
static struct oq_switch *port_claimed(struct oq_net *on, const char *netdev)
{
	struct oq_switch *sw;

	list_for_each_entry(sw, &on->switches, net_node)
		if ((sw->mode == OVS_QUORUM_MODE_ENFORCE || sw->locked) &&
		    port_named(sw, netdev))
			return sw;
	return NULL;
}

static int vport_new(struct oq_net *on, struct sk_buff *skb,
		     struct genl_info *info)
{
	const struct ovs_header *header = oq_info_userhdr(info);
	struct nlattr *name = info->attrs[OVS_VPORT_ATTR_NAME];
	struct oq_guard *guard;
	struct oq_switch *sw;
	int err;

	if (oq_dp_any_guard()) {
		err = oq_dp_identify(on, header->dp_ifindex, info);
		if (err)
			return err;
	}
	guard = oq_guard_find(on->net, header->dp_ifindex);
	sw = name ? port_claimed(on, nla_data(name)) : NULL;
	if (sw && sw->guard != guard)
		return oq_dp_refuse(info, sw,
				    "ovs_quorum: port of a guarded switch in another datapath");
	if (guard)
		ports_settle(guard);
	err = oq_original(OQ_VPORT_NEW, skb, info);
	if (!err && guard)
		ports_settle(guard);
	return err;
}

int oq_on_vport_new(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	int err;

	mutex_lock(&on->config);
	err = vport_new(on, skb, info);
	mutex_unlock(&on->config);
	return err;
}

int oq_on_vport_del(struct sk_buff *skb, struct genl_info *info)
{
	const struct ovs_header *header = oq_info_userhdr(info);
	struct oq_net *on = oq_net(genl_info_net(info));
	struct oq_guard *guard;
	int err = 0;

	mutex_lock(&on->config);
	if (oq_dp_any_guard() && header->dp_ifindex)
		err = oq_dp_identify(on, header->dp_ifindex, info);
	if (!err)
		err = oq_original(OQ_VPORT_DEL, skb, info);
	if (!err)
		list_for_each_entry(guard, &on->guards, net_node)
			ports_settle(guard);
	mutex_unlock(&on->config);
	return err;
}
