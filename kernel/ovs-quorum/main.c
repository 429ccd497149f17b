// SPDX-License-Identifier: GPL-2.0
/*
 * ovs_quorum.ko: in which order it comes and goes.
 *
 * The family comes before the hooks and goes after them: its unregistration waits
 * for every netlink command under way, so also for hooks that still run in one.
 */
#include "guard.h"
#include "keys.h"
#include "net.h"
#include "netlink.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/module.h>

static int __init oq_init(void)
{
	int err;

	err = oq_keys_selftest();
	if (err)
		return err;
	err = oq_net_register();
	if (err)
		goto err_exit_keys;
	err = oq_netlink_register();
	if (err)
		goto err_unregister_net;
	err = oq_hooks_install();
	if (err)
		goto err_unregister_netlink;
	return 0;

err_unregister_netlink:
	oq_netlink_unregister();
err_unregister_net:
	oq_net_unregister();
	gate_barrier();
	rcu_barrier();
err_exit_keys:
	oq_keys_exit();
	return err;
}

static void __exit oq_exit(void)
{
	oq_hooks_remove();
	oq_netlink_unregister();
	oq_net_unregister();
	gate_barrier();
	rcu_barrier();
	oq_keys_exit();
}

module_init(oq_init);
module_exit(oq_exit);

MODULE_DESCRIPTION("Quorum-approved flows for Open vSwitch");
MODULE_LICENSE("GPL");
