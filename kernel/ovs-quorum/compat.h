/* SPDX-License-Identifier: GPL-2.0 */
/* The one place that knows kernel versions: 6.1 (bookworm) to 6.12 (backports). */
#ifndef OQ_COMPAT_H
#define OQ_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

/* The parsed attributes of a dump's request. */
static inline struct nlattr **oq_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* What follows the generic netlink header: openvswitch's. */
static inline void *oq_info_userhdr(const struct genl_info *info)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_userhdr(info);
#else
	return info->userhdr;
#endif
}

static inline void oq_info_set_headers(struct genl_info *info,
				       struct nlmsghdr *nlh)
{
	info->nlhdr = nlh;
	info->genlhdr = nlmsg_data(nlh);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	info->userhdr = genlmsg_data(info->genlhdr);
#endif
}

/* Where a traced function goes on: a macro, for only hooks.c has ftrace.h. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define oq_ftrace_redirect(fregs, ip) \
	ftrace_regs_set_instruction_pointer(fregs, ip)
#else
#define oq_ftrace_redirect(fregs, ip) ftrace_instruction_pointer_set(fregs, ip)
#endif

/* __assign_str() takes its source from __string() since 6.10. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define oq_assign_str(dst, src)	__assign_str(dst)
#else
#define oq_assign_str(dst, src)	__assign_str(dst, src)
#endif

#endif
