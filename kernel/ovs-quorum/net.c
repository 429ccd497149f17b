// SPDX-License-Identifier: GPL-2.0
/*
 * Network namespaces: each has switches of its own.
 *
 * When a namespace goes, nobody is left in it: commands, dumps and the hooks run
 * on behalf of sockets, which keep their namespace.  What is left is the delayed
 * work of switches, which their deletion stops.
 */
#include "guard.h"
#include "limits.h"
#include "net.h"
#include "switch.h"

#include <linux/module.h>
#include <net/netns/generic.h>

static unsigned int oq_net_id __read_mostly;

struct oq_net *oq_net(struct net *net)
{
	return net_generic(net, oq_net_id);
}

static int __net_init oq_net_init(struct net *net)
{
	struct oq_net *on = oq_net(net);

	on->net = net;
	mutex_init(&on->config);
	INIT_LIST_HEAD(&on->switches);
	INIT_LIST_HEAD(&on->guards);
	spin_lock_init(&on->notify_lock);
	on->notify_tokens = OQ_VIOLATIONS_BURST;
	return oq_ovs_call_init(on);
}

static void __net_exit oq_net_exit(struct net *net)
{
	struct oq_net *on = oq_net(net);

	oq_switch_delete_all(on);
	oq_ovs_call_exit(on);
	if (on->pinned)
		module_put(THIS_MODULE);
}

static struct pernet_operations oq_net_ops = {
	.init = oq_net_init,
	.exit = oq_net_exit,
	.id = &oq_net_id,
	.size = sizeof(struct oq_net),
};

int __init oq_net_register(void)
{
	return register_pernet_subsys(&oq_net_ops);
}

void oq_net_unregister(void)
{
	unregister_pernet_subsys(&oq_net_ops);
}
