// SPDX-License-Identifier: GPL-2.0
/*
 * UPDATE_SUBMIT: from the bytes of a signed update to its effect.
 *
 *	quorum lock	the cheap checks; which signatures are to be verified?
 *	no lock		verify them
 *	quorum lock	count the valid ones
 *	guard's lock	with the quorum: apply, revoke flows, use up the number
 *
 * The memory of the answer is there before anything is changed, so that what
 * was applied is also said; an answer that is lost on its way is no harm, since
 * the next offer of the update is told that it was applied.
 */
#include "apply.h"
#include "expire.h"
#include "guard.h"
#include "limits.h"
#include "netlink.h"
#include "notify.h"
#include "trace.h"

#include <linux/mm.h>

/* The errors of quorum.h for user space; a table in the yaml says the same. */
static const int quorum_errno[QUORUM_ERR_NR] = {
	[QUORUM_EWIRE] = -EINVAL,
	[QUORUM_EDOMAIN] = -EXDEV,
	[QUORUM_EDPID] = -EXDEV,
	[QUORUM_EPHASE] = -ENOKEY,
	[QUORUM_ERETIRED] = -EKEYREVOKED,
	[QUORUM_EREPLAY] = -EALREADY,
	[QUORUM_EWINDOW] = -ERANGE,
	[QUORUM_EDEPENDS] = -EAGAIN,
	[QUORUM_EFOREIGN] = -EXDEV,
	[QUORUM_EUNSIGNED] = -EINVAL,
	[QUORUM_ESIGNER] = -EKEYREJECTED,
	[QUORUM_EALG] = -EKEYREJECTED,
	[QUORUM_EPATH] = -EINVAL,
	[QUORUM_ESIGNATURE] = -EKEYREJECTED,
	[QUORUM_EBUSY] = -EBUSY,
	[QUORUM_EKEYSET] = -EINVAL,
	[QUORUM_EFULL] = -ENOBUFS,
	[QUORUM_ECYCLE] = -EINVAL,
};

struct submission {
	struct oq_switch *sw;
	struct netlink_ext_ack *extack;
	const u8 *in;
	size_t len;
	void *joined;			/* in, if it came in several pieces */
	struct oq_keyset *ks;
	struct oq_result result;
	struct quorum_ticket ticket;
	struct of_message msg;
};

static int refuse(struct submission *s, enum quorum_err err)
{
	oq_extack(s->extack, err == QUORUM_EWIRE ? wire_err_text(s->ticket.wire) :
						   quorum_err_text(err));
	return quorum_errno[err];
}

static int offer(struct submission *s)
{
	struct oq_switch *sw = s->sw;
	enum quorum_err err;
	enum wire_err wire;

	mutex_lock(&sw->quorum_lock);
	err = quorum_offer(sw->quorum, &s->ticket, s->in, s->len, oq_now_ms());
	if (err == QUORUM_OK)
		s->ks = oq_keyset_get(rcu_dereference_protected(sw->keyset[s->ticket.slot],
								lockdep_is_held(&sw->quorum_lock)));
	mutex_unlock(&sw->quorum_lock);

	oq_count(sw, OVS_QUORUM_STATS_A_SUBMITTED);
	if (err != QUORUM_OK) {
		oq_count(sw, err == QUORUM_EREPLAY ? OVS_QUORUM_STATS_A_REPLAYED :
						     OVS_QUORUM_STATS_A_MALFORMED);
		return refuse(s, err);
	}
	wire = oq_payload_check(&s->ticket.body, &s->msg);
	if (wire != WIRE_OK) {
		oq_count(sw, OVS_QUORUM_STATS_A_MALFORMED);
		oq_extack(s->extack, wire_err_text(wire));
		return -EINVAL;
	}
	return 0;
}

static int verify(struct submission *s)
{
	struct quorum_ticket *t = &s->ticket;
	int valid;

	oq_count_add(s->sw, OVS_QUORUM_STATS_A_REMEMBERED,
		     t->sealed.sig_nr - t->verify_nr);
	if (!t->verify_nr)
		return 0;
	valid = oq_keyset_verify(s->ks, t);
	if (valid < 0)
		return valid;
	oq_count_add(s->sw, OVS_QUORUM_STATS_A_VERIFIED, valid);
	oq_count_add(s->sw, OVS_QUORUM_STATS_A_FORGED, t->verify_nr - valid);
	trace_ovs_quorum_verify(t->verify[0].sig.alg, t->verify_nr, valid);
	return 0;
}

/* The switch is as it was when the update was offered, or nothing is applied. */
static int apply_locked(struct submission *s, struct oq_keyset **next)
{
	struct oq_switch *sw = s->sw;
	enum quorum_err err;

	lockdep_assert_held(&sw->guard->lock);
	if (sw->dead) {
		NL_SET_ERR_MSG(s->extack, "the switch was deleted meanwhile");
		return -ENODEV;
	}
	if (sw->mode == OVS_QUORUM_MODE_OFF) {
		NL_SET_ERR_MSG(s->extack, "the switch is in mode off");
		return -EOPNOTSUPP;
	}
	if (s->ticket.body.kind == UPDATE_OPENFLOW)
		return oq_apply_openflow(sw, &s->ticket.body, &s->msg,
					 &s->result.reason, &s->result.revoked);
	if (s->result.reason)
		return 0;
	err = oq_keyset_install(sw, *next);
	if (err == QUORUM_OK)
		*next = NULL;
	else
		s->result.reason = quorum_err_text(err);
	return 0;
}

/* A quorum was reached, and this is the only one who knows. */
static int apply(struct submission *s)
{
	struct oq_switch *sw = s->sw;
	struct oq_keyset *next = NULL;
	bool applied;
	int err = 0;

	if (s->ticket.body.kind == UPDATE_KEYSET)
		err = oq_apply_keyset_prepare(&s->ticket.body, &next,
					      &s->result.reason);
	mutex_lock(&sw->guard->lock);
	if (!err)
		err = apply_locked(s, &next);
	mutex_lock(&sw->quorum_lock);
	quorum_finish(sw->quorum, &s->ticket, !err);
	mutex_unlock(&sw->quorum_lock);
	if (!err) {
		applied = !s->result.reason;
		s->result.state = applied ? OVS_QUORUM_UPDATE_APPLIED :
					    OVS_QUORUM_UPDATE_REJECTED;
		oq_count(sw, applied ? OVS_QUORUM_STATS_A_APPLIED :
				       OVS_QUORUM_STATS_A_REJECTED);
		/* Here, so that they arrive in the order of application. */
		oq_notify_update(sw->net, &s->result);
	} else if (err == -ENOBUFS) {
		NL_SET_ERR_MSG(s->extack, "too many packet-outs wait for their use");
	}
	mutex_unlock(&sw->guard->lock);
	if (next)
		oq_keyset_put(next);
	return err;
}

static int submit(struct submission *s)
{
	struct oq_switch *sw = s->sw;
	struct quorum_ticket *t = &s->ticket;
	enum quorum_state state;
	unsigned int have, need;
	enum quorum_err err;
	int ret;

	ret = offer(s) ?: verify(s);
	if (ret)
		return ret;
	mutex_lock(&sw->quorum_lock);
	/* Retired meanwhile, and perhaps another of the same phase in its place. */
	if (rcu_access_pointer(sw->keyset[t->slot]) != s->ks)
		err = QUORUM_ERETIRED;
	else
		err = quorum_credit(sw->quorum, t, oq_now_ms(), &state, &have,
				    &need);
	mutex_unlock(&sw->quorum_lock);
	if (err != QUORUM_OK)
		return refuse(s, err);

	s->result = (struct oq_result) {
		.dpid = sw->dpid,
		.sequence = t->body.sequence,
		.phase = t->body.phase,
		.state = OVS_QUORUM_UPDATE_PENDING,
		.have = have,
		.need = need,
	};
	memcpy(s->result.digest, t->leaf, sizeof(s->result.digest));
	if (state == QUORUM_REACHED)
		return apply(s);
	trace_ovs_quorum_update(sw->dpid, t->body.phase, t->body.sequence,
				s->result.state);
	oq_expire_at(sw, oq_now_ms() + READ_ONCE(sw->expiry_ms));
	return 0;
}

/* The update is one attribute, or several that are its pieces. */
static int gather(struct submission *s, struct genl_info *info)
{
	const struct nlattr *attr;
	int rem, pieces = 0;
	size_t at = 0;
	u8 *joined;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != OVS_QUORUM_A_UPDATE)
			continue;
		pieces++;
		s->in = nla_data(attr);
		s->len += nla_len(attr);
	}
	if (s->len > UPDATE_SEALED_MAX) {
		NL_SET_ERR_MSG(info->extack, "the update is too long");
		return -EMSGSIZE;
	}
	if (pieces == 1)
		return 0;
	joined = kvmalloc(s->len, GFP_KERNEL_ACCOUNT);
	if (!joined)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != OVS_QUORUM_A_UPDATE)
			continue;
		memcpy(joined + at, nla_data(attr), nla_len(attr));
		at += nla_len(attr);
	}
	s->joined = joined;
	s->in = joined;
	return 0;
}

static int submit_and_reply(struct submission *s, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	int err;

	err = gather(s, info);
	if (err)
		return err;
	reply = oq_reply_new(info, OVS_QUORUM_CMD_UPDATE_SUBMIT, &header);
	if (!reply)
		return -ENOMEM;
	err = submit(s);
	if (!err)
		err = oq_put_result(reply, &s->result);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

int oq_update_submit_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_switch *sw;
	struct submission *s;
	int err;

	if (oq_attr_missing(info->extack, NULL, info->attrs, OVS_QUORUM_A_UPDATE))
		return -EINVAL;
	sw = oq_command_switch(info);
	if (IS_ERR(sw))
		return PTR_ERR(sw);
	if (READ_ONCE(sw->mode) == OVS_QUORUM_MODE_OFF) {
		NL_SET_ERR_MSG(info->extack, "the switch is in mode off");
		err = -EOPNOTSUPP;
		goto out_put_switch;
	}
	s = kvzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s) {
		err = -ENOMEM;
		goto out_put_switch;
	}
	s->sw = sw;
	s->extack = info->extack;
	err = submit_and_reply(s, info);
	if (s->ks)
		oq_keyset_put(s->ks);
	kvfree(s->joined);
	kvfree(s);
out_put_switch:
	oq_switch_put(sw);
	return err;
}
