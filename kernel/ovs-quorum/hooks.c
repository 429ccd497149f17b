// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks on openvswitch's generic netlink operations, by ftrace.  The only file
 * that knows ftrace and kprobes.
 *
 * - A traced function that is entered from anywhere but this module goes on in
 *   our function, which has the same arguments and returns to the same caller.
 *   Entered from this module it is the original.
 * - The operations are reached through pointers in openvswitch's tables, so they
 *   exist as functions; they are static, so their addresses come from a kprobe
 *   that is registered, disarmed, for a moment, restricted to openvswitch.ko.
 * - FTRACE_OPS_FL_PERMANENT: kernel.ftrace_enabled cannot be set to 0 as long as
 *   the hooks are there.  FTRACE_OPS_FL_IPMODIFY: nobody else can redirect the
 *   same functions (a livepatch); tracers and kprobes can look on.
 * - The use of an exported symbol keeps openvswitch.ko from being unloaded.
 * - A hook may sleep, so no kind of RCU tells when all have returned.  But all
 *   run under genetlink's cb_lock, held for reading; genl_unregister_family()
 *   takes it for writing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#ifdef CONFIG_X86
#include <asm/ibt.h>
#endif

#include "compat.h"
#include "dp.h"
#include "guard.h"
#include "hooks.h"

static void *const oq_openvswitch_pin __used = ovs_vport_free;

struct oq_function {
	const char *name;
	int (*hook)(struct sk_buff *skb, struct genl_info *info);
	int (*original)(struct sk_buff *skb, struct genl_info *info);
	unsigned long traced;		/* what ftrace calls its address */
	struct ftrace_ops ops;
};

static struct oq_function oq_functions[OQ_OPS] = {
	[OQ_FLOW_NEW] = { "ovs_flow_cmd_new", oq_on_flow_new },
	[OQ_FLOW_SET] = { "ovs_flow_cmd_set", oq_on_flow_set },
	[OQ_FLOW_DEL] = { "ovs_flow_cmd_del", oq_on_flow_del },
	[OQ_EXECUTE] = { "ovs_packet_cmd_execute", oq_on_execute },
	[OQ_DP_NEW] = { "ovs_dp_cmd_new", oq_on_dp_new },
	[OQ_DP_DEL] = { "ovs_dp_cmd_del", oq_on_dp_del },
	[OQ_VPORT_NEW] = { "ovs_vport_cmd_new", oq_on_vport_new },
	[OQ_VPORT_DEL] = { "ovs_vport_cmd_del", oq_on_vport_del },
	[OQ_DP_GET] = { "ovs_dp_cmd_get" },
	[OQ_VPORT_GET] = { "ovs_vport_cmd_get" },
};

int oq_original(enum oq_op op, struct sk_buff *skb, struct genl_info *info)
{
	int err = oq_functions[op].original(skb, info);

	/*
	 * No tail call: the original must find this module as its caller, or
	 * redirect() would send it back here.
	 */
	barrier();
	return err;
}

static void notrace redirect(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct oq_function *f = container_of(ops, struct oq_function, ops);

	if (!within_module(parent_ip, THIS_MODULE))
		oq_ftrace_redirect(fregs, (unsigned long)f->hook);
}

/* With IBT a kprobe moves behind the ENDBR, which indirect calls must hit. */
static unsigned long entry_of(unsigned long addr)
{
#if defined(CONFIG_X86_KERNEL_IBT)
	if (is_endbr(*(u32 *)(addr - ENDBR_INSN_SIZE)))
		return addr - ENDBR_INSN_SIZE;
#endif
	return addr;
}

static int function_find(struct oq_function *f)
{
	char symbol[64];
	struct kprobe kp = {
		.symbol_name = symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	snprintf(symbol, sizeof(symbol), "openvswitch:%s", f->name);
	err = register_kprobe(&kp);
	if (err) {
		pr_err("openvswitch has no function %s that could be hooked (error %d)\n",
		       f->name, err);
		return -ENODEV;
	}
	f->traced = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	f->original = (void *)entry_of(f->traced);
	return 0;
}

static int hook_install(struct oq_function *f)
{
	int err;

	f->ops.func = redirect;
	f->ops.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT;
	err = ftrace_set_filter_ip(&f->ops, f->traced, 0, 0);
	if (err) {
		pr_err("%s of openvswitch cannot be traced (error %d)\n", f->name,
		       err);
		return -ENODEV;
	}
	err = register_ftrace_function(&f->ops);
	if (err) {
		if (err == -EBUSY)
			pr_err("%s of openvswitch cannot be hooked: ftrace is off (sysctl kernel.ftrace_enabled), or a livepatch has it\n",
			       f->name);
		else
			pr_err("%s of openvswitch cannot be hooked (error %d)\n",
			       f->name, err);
		ftrace_free_filter(&f->ops);
	}
	return err;
}

static void hooks_remove_first(int nr)
{
	int err;

	while (nr--) {
		struct oq_function *f = &oq_functions[nr];

		err = unregister_ftrace_function(&f->ops);
		if (err)
			pr_err("%s of openvswitch: hook not removed (error %d)\n",
			       f->name, err);
		ftrace_free_filter(&f->ops);
	}
}

int oq_hooks_install(void)
{
	int i, err;

	for (i = 0; i < OQ_OPS; i++) {
		err = function_find(&oq_functions[i]);
		if (err)
			return err;
	}
	err = oq_dp_init();
	if (err)
		return err;
	for (i = 0; i < OQ_HOOKS; i++) {
		err = hook_install(&oq_functions[i]);
		if (err) {
			hooks_remove_first(i);
			oq_dp_exit();
			return err;
		}
	}
	return 0;
}

void oq_hooks_remove(void)
{
	hooks_remove_first(OQ_HOOKS);
	oq_dp_exit();
}
