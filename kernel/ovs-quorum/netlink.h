/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family, and what its commands share.
 *
 * Commands run in parallel, in the caller's process, with genetlink's cb_lock
 * held for reading: they must never pass through netlink again.  Each refusal
 * has words in the extack: constant strings, which are read after the command
 * returned.
 */
#ifndef OQ_NETLINK_H
#define OQ_NETLINK_H

#include "compat.h"
#include "quorum_switch.h"

enum oq_group { OQ_GROUP_UPDATES, OQ_GROUP_VIOLATIONS };

extern struct genl_family oq_family;

/* Hooks must be out before the second is called: it waits for them. */
int oq_netlink_register(void);
void oq_netlink_unregister(void);

extern const struct nla_policy oq_switch_policy[OVS_QUORUM_SWITCH_A_MAX + 1];
extern const struct nla_policy oq_key_policy[OVS_QUORUM_KEY_A_MAX + 1];
extern const struct nla_policy oq_keyset_policy[OVS_QUORUM_KEYSET_A_MAX + 1];
extern const struct nla_policy oq_keyset_retire_policy[OVS_QUORUM_KEYSET_A_MAX + 1];
extern const struct nla_policy oq_port_policy[OVS_QUORUM_PORT_A_MAX + 1];
extern const struct nla_policy oq_port_del_policy[OVS_QUORUM_PORT_A_MAX + 1];

/* The text is not a literal here: from one of the tables of lib/. */
static inline void oq_extack(struct netlink_ext_ack *extack, const char *text)
{
	if (extack)
		extack->_msg = text;
}

/* Is a required attribute not there?  Says so.  @nest: NULL at the top. */
bool oq_attr_missing(struct netlink_ext_ack *extack, struct nlattr *nest,
		     struct nlattr **tb, int type);

/*
 * The switch that OVS_QUORUM_A_DPID names, with a reference.  -EINVAL: there is
 * no such attribute; -ENODEV: no such switch.
 */
struct oq_switch *oq_command_switch(struct genl_info *info);
struct oq_switch *oq_dump_switch(struct netlink_callback *cb);

/* Start of any dump.  Refusals come later: on 6.1 a start has no extack. */
int oq_dump_start(struct netlink_callback *cb);

/*
 * Change the configuration of the switch that OVS_QUORUM_A_DPID names: returns
 * it with config held, or an error, with words: -EINVAL, -ENODEV, or -EPERM if
 * it is locked.
 */
struct oq_switch *oq_config_begin(struct genl_info *info);
/* @err: passed through; 0: something was changed. */
int oq_config_end(struct genl_info *info, int err);

/* A reply of one message with room for what one page has. */
struct sk_buff *oq_reply_new(struct genl_info *info, u8 cmd, void **header);

/*
 * One message of a dump.  @seq: of what is dumped; another than at the dump's
 * beginning tells the reader.  NULL: no room.
 */
void *oq_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		  unsigned int seq);

/* The commands, by file. */
int oq_switch_set_doit(struct sk_buff *skb, struct genl_info *info);
int oq_switch_get_doit(struct sk_buff *skb, struct genl_info *info);
int oq_switch_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int oq_switch_del_doit(struct sk_buff *skb, struct genl_info *info);

int oq_keyset_add_doit(struct sk_buff *skb, struct genl_info *info);
int oq_keyset_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int oq_keyset_retire_doit(struct sk_buff *skb, struct genl_info *info);

int oq_port_set_doit(struct sk_buff *skb, struct genl_info *info);
int oq_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int oq_port_del_doit(struct sk_buff *skb, struct genl_info *info);

int oq_update_submit_doit(struct sk_buff *skb, struct genl_info *info);

int oq_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int oq_group_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int oq_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

int oq_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int oq_lock_doit(struct sk_buff *skb, struct genl_info *info);
int oq_pending_flush_doit(struct sk_buff *skb, struct genl_info *info);

#endif
