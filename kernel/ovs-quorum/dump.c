// SPDX-License-Identifier: GPL-2.0
/*
 * RULE_GET and GROUP_GET: what was approved, as OpenFlow messages that would add
 * it again.  FLOW_GET: what flows because of it.
 *
 * Readers of rules hold RCU only, and a version that they look at does not
 * change; between two calls it may be replaced, which the reader is told.
 */
#include "guard.h"
#include "limits.h"
#include "netlink.h"

#include <linux/mm.h>

/* Messages are big: neither for the stack, nor to be allocated under RCU. */
struct encoder {
	struct of_message msg;
	size_t len;
	u8 bytes[OQ_MESSAGE_LEN_MAX];
};

static int encode(struct encoder *e)
{
	return of_encode(e->bytes, sizeof(e->bytes), &e->len, &e->msg) ==
	       WIRE_OK ? 0 : -EOVERFLOW;
}

static int encode_rule(struct encoder *e, const struct gate_rule *rule)
{
	gate_rule_message(rule, &e->msg);
	return encode(e);
}

static int encode_group(struct encoder *e, const struct gate_group *group)
{
	gate_group_message(group, &e->msg);
	return encode(e);
}

static int put_rule(struct sk_buff *skb, const struct encoder *e,
		    const struct gate_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_A_RULE);
	u64 now_ms = oq_now_ms();
	u64 age_ms = now_ms > rule->installed_ms ? now_ms - rule->installed_ms : 0;

	if (!nest ||
	    nla_put(skb, OVS_QUORUM_RULE_A_FLOW_MOD, e->len, e->bytes) ||
	    nla_put_u64_64bit(skb, OVS_QUORUM_RULE_A_AGE, age_ms,
			      OVS_QUORUM_RULE_A_PAD) ||
	    nla_put_u64_64bit(skb, OVS_QUORUM_RULE_A_ID, rule->id,
			      OVS_QUORUM_RULE_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* A walk over one version; *at stays at what did not fit. */
struct walk {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct gate_version *version;
	struct encoder *encoder;
	struct gate_cursor *at;
};

/* 1: one was shown; 0: there are no more; or an error. */
static int dump_rule(struct walk *w)
{
	const struct gate_rule *rule;
	void *header;
	int err;

	rule = gate_version_next_rule(w->version, w->at);
	if (!rule)
		return 0;
	err = encode_rule(w->encoder, rule);
	if (err)
		return err;
	header = oq_dump_put(w->skb, w->cb, OVS_QUORUM_CMD_RULE_GET,
			     gate_version_number(w->version));
	if (!header)
		return -EMSGSIZE;
	err = put_rule(w->skb, w->encoder, rule);
	if (err) {
		genlmsg_cancel(w->skb, header);
		return err;
	}
	genlmsg_end(w->skb, header);
	return 1;
}

static int dump_group(struct walk *w)
{
	const struct gate_group *group;
	void *header;
	int err;

	group = gate_version_next_group(w->version, w->at);
	if (!group)
		return 0;
	err = encode_group(w->encoder, group);
	if (err)
		return err;
	header = oq_dump_put(w->skb, w->cb, OVS_QUORUM_CMD_GROUP_GET,
			     gate_version_number(w->version));
	if (!header)
		return -EMSGSIZE;
	err = nla_put(w->skb, OVS_QUORUM_A_GROUP, w->encoder->len,
		      w->encoder->bytes);
	if (err) {
		genlmsg_cancel(w->skb, header);
		return err;
	}
	genlmsg_end(w->skb, header);
	return 1;
}

static int dump_version(struct sk_buff *skb, struct netlink_callback *cb,
			int (*dump_one)(struct walk *w))
{
	struct walk w = {
		.skb = skb,
		.cb = cb,
		.at = (struct gate_cursor *)cb->ctx,
	};
	struct gate_cursor before;
	struct oq_switch *sw;
	int err;

	BUILD_BUG_ON(sizeof(*w.at) > sizeof(cb->ctx));
	w.encoder = kvmalloc(sizeof(*w.encoder), GFP_KERNEL_ACCOUNT);
	if (!w.encoder)
		return -ENOMEM;
	sw = oq_dump_switch(cb);
	if (IS_ERR(sw)) {
		err = PTR_ERR(sw);
		goto out_free_encoder;
	}
	rcu_read_lock();
	w.version = gate_deref(sw->pipeline.version);
	do {
		before = *w.at;
		err = dump_one(&w);
	} while (err > 0);
	if (err < 0)
		*w.at = before;
	rcu_read_unlock();
	oq_switch_put(sw);
out_free_encoder:
	kvfree(w.encoder);
	return skb->len ?: err;
}

int oq_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_version(skb, cb, dump_rule);
}

int oq_group_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_version(skb, cb, dump_group);
}

int oq_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct oq_switch *sw = oq_dump_switch(cb);
	void *header;
	int nr = 0;

	if (IS_ERR(sw))
		return PTR_ERR(sw);
	header = oq_dump_put(skb, cb, OVS_QUORUM_CMD_FLOW_GET, 1);
	if (header)
		nr = oq_shadow_dump(sw->guard, sw, skb, cb);
	oq_switch_put(sw);
	if (nr <= 0) {
		genlmsg_cancel(skb, header);
		return nr;
	}
	genlmsg_end(skb, header);
	return skb->len;
}
