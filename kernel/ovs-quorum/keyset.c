// SPDX-License-Identifier: GPL-2.0
/*
 * The key sets of a switch: which key set is in which slot of struct quorum.
 *
 * KEYSET_ADD brings the first one, and any while the switch is not locked; after
 * that a key set comes by an update that the one before it signed.  Both end in
 * oq_keyset_install().
 */
#include "keyset.h"
#include "limits.h"
#include "netlink.h"

#include <linux/mm.h>

struct phases {
	struct quorum_phase *phase[QUORUM_PHASES];	/* newest first */
	unsigned int slot[QUORUM_PHASES];
	unsigned int nr;
};

static void get_phases(struct oq_switch *sw, struct phases *p)
{
	lockdep_assert_held(&sw->quorum_lock);
	p->nr = quorum_phases(sw->quorum, oq_now_ms(), p->phase, p->slot);
}

u32 oq_keyset_newest(struct oq_switch *sw)
{
	struct phases p;
	u32 phase;

	mutex_lock(&sw->quorum_lock);
	get_phases(sw, &p);
	phase = p.nr ? p.phase[0]->phase : 0;
	mutex_unlock(&sw->quorum_lock);
	return phase;
}

/* Put a key set in a slot; returns what was there. */
static struct oq_keyset *swap_keyset(struct oq_switch *sw, unsigned int slot,
				     struct oq_keyset *ks)
{
	return rcu_replace_pointer(sw->keyset[slot], ks,
				   lockdep_is_held(&sw->quorum_lock));
}

enum quorum_err oq_keyset_install(struct oq_switch *sw, struct oq_keyset *ks)
{
	struct oq_keyset *old = NULL;
	struct quorum_phase phase;
	enum quorum_err err;
	unsigned int slot;

	oq_keyset_phase(ks, &phase);
	mutex_lock(&sw->quorum_lock);
	err = quorum_phase_add(sw->quorum, &phase, oq_now_ms(), &slot);
	if (err == QUORUM_OK)
		old = swap_keyset(sw, slot, ks);
	mutex_unlock(&sw->quorum_lock);
	if (old)
		oq_keyset_put(old);
	return err;
}

static int parse_key(struct nlattr *attr, struct keyset_key *key,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[OVS_QUORUM_KEY_A_MAX + 1];
	int err, type;

	err = nla_parse_nested(tb, OVS_QUORUM_KEY_A_MAX, attr, oq_key_policy,
			       extack);
	if (err)
		return err;
	for (type = OVS_QUORUM_KEY_A_SIGNER; type <= OVS_QUORUM_KEY_A_DATA; type++)
		if (oq_attr_missing(extack, attr, tb, type))
			return -EINVAL;
	key->signer = nla_get_u16(tb[OVS_QUORUM_KEY_A_SIGNER]);
	key->alg = nla_get_u8(tb[OVS_QUORUM_KEY_A_ALG]);
	key->key = nla_data(tb[OVS_QUORUM_KEY_A_DATA]);
	key->len = nla_len(tb[OVS_QUORUM_KEY_A_DATA]);
	return 0;
}

static int parse_keys(struct nlattr *nest, struct keyset *set,
		      struct keyset_key *key, struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int err, rem;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != OVS_QUORUM_KEYSET_A_KEY)
			continue;
		if (set->key_nr == UPDATE_SIGNERS_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "too many keys");
			return -EINVAL;
		}
		err = parse_key(attr, &key[set->key_nr++], extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse_keyset(struct nlattr *nest, struct keyset *set,
			struct keyset_key *key, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[OVS_QUORUM_KEYSET_A_MAX + 1];
	int err, type;

	err = nla_parse_nested(tb, OVS_QUORUM_KEYSET_A_MAX, nest,
			       oq_keyset_policy, extack);
	if (err)
		return err;
	for (type = OVS_QUORUM_KEYSET_A_PHASE; type <= OVS_QUORUM_KEYSET_A_KEY; type++)
		if (oq_attr_missing(extack, nest, tb, type))
			return -EINVAL;
	*set = (struct keyset) {
		.phase = nla_get_u32(tb[OVS_QUORUM_KEYSET_A_PHASE]),
		.scheme = nla_get_u8(tb[OVS_QUORUM_KEYSET_A_SCHEME]),
		.n = nla_get_u16(tb[OVS_QUORUM_KEYSET_A_N]),
		.quorum = nla_get_u16(tb[OVS_QUORUM_KEYSET_A_QUORUM]),
	};
	return parse_keys(nest, set, key, extack);
}

/* Room for one key set on its way from attributes to its encoded form. */
struct keyset_room {
	struct keyset_key key[UPDATE_SIGNERS_MAX];
	u8 encoded[OQ_KEYSET_LEN_MAX];
};

/*
 * What is checked of a signed key set is checked of this one, by the same code:
 * it is encoded and decoded.
 */
static struct oq_keyset *keyset_from_attr(struct nlattr *nest,
					  struct netlink_ext_ack *extack)
{
	struct keyset_room *room = kvmalloc(sizeof(*room), GFP_KERNEL_ACCOUNT);
	struct oq_keyset *ks;
	struct keyset set;
	enum wire_err wire;
	size_t len;
	int err;

	if (!room)
		return ERR_PTR(-ENOMEM);
	err = parse_keyset(nest, &set, room->key, extack);
	if (err) {
		ks = ERR_PTR(err);
		goto out_free_room;
	}
	wire = keyset_encode(room->encoded, sizeof(room->encoded), &len, &set,
			     room->key);
	if (wire == WIRE_OK)
		wire = keyset_decode(&set, room->encoded, len);
	if (wire == WIRE_OK) {
		ks = oq_keyset_create(&set, extack);
	} else {
		oq_extack(extack, wire_err_text(wire));
		NL_SET_BAD_ATTR(extack, nest);
		ks = ERR_PTR(-EINVAL);
	}
out_free_room:
	kvfree(room);
	return ks;
}

int oq_keyset_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_keyset *ks;
	struct oq_switch *sw;
	enum quorum_err err;

	if (oq_attr_missing(info->extack, NULL, info->attrs, OVS_QUORUM_A_KEYSET))
		return -EINVAL;
	ks = keyset_from_attr(info->attrs[OVS_QUORUM_A_KEYSET], info->extack);
	if (IS_ERR(ks))
		return PTR_ERR(ks);
	sw = oq_config_begin(info);
	if (IS_ERR(sw)) {
		oq_keyset_put(ks);
		return PTR_ERR(sw);
	}
	err = oq_keyset_install(sw, ks);
	if (err != QUORUM_OK) {
		oq_keyset_put(ks);
		oq_extack(info->extack, quorum_err_text(err));
	}
	return oq_config_end(info, err == QUORUM_OK ? 0 : -EINVAL);
}

int oq_keyset_retire_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *nest = info->attrs[OVS_QUORUM_A_KEYSET];
	struct nlattr *tb[OVS_QUORUM_KEYSET_A_MAX + 1];
	struct oq_keyset *old = NULL;
	struct oq_switch *sw;
	struct phases p;
	unsigned int i;
	u32 phase;
	int err;

	if (oq_attr_missing(info->extack, NULL, info->attrs, OVS_QUORUM_A_KEYSET))
		return -EINVAL;
	err = nla_parse_nested(tb, OVS_QUORUM_KEYSET_A_MAX, nest,
			       oq_keyset_retire_policy, info->extack);
	if (err)
		return err;
	if (oq_attr_missing(info->extack, nest, tb, OVS_QUORUM_KEYSET_A_PHASE))
		return -EINVAL;
	phase = nla_get_u32(tb[OVS_QUORUM_KEYSET_A_PHASE]);

	sw = oq_config_begin(info);
	if (IS_ERR(sw))
		return PTR_ERR(sw);
	err = -ENOKEY;
	mutex_lock(&sw->quorum_lock);
	get_phases(sw, &p);
	for (i = 0; i < p.nr; i++) {
		if (p.phase[i]->phase != phase)
			continue;
		quorum_phase_retire(sw->quorum, phase);
		old = swap_keyset(sw, p.slot[i], NULL);
		err = 0;
		break;
	}
	mutex_unlock(&sw->quorum_lock);
	if (old)
		oq_keyset_put(old);
	else
		NL_SET_ERR_MSG_ATTR(info->extack,
				    tb[OVS_QUORUM_KEYSET_A_PHASE],
				    "no key set of this phase");
	return oq_config_end(info, err);
}

/* Where a dump is.  Phases descend, down to 1. */
struct keyset_cursor {
	bool begun;
	u16 key;			/* the next to show of this phase */
	u32 phase;			/* nothing above is to be shown any more */
};

static int put_key(struct sk_buff *skb, const struct keyset_key *key)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_KEYSET_A_KEY);

	if (!nest ||
	    nla_put_u16(skb, OVS_QUORUM_KEY_A_SIGNER, key->signer) ||
	    nla_put_u8(skb, OVS_QUORUM_KEY_A_ALG, key->alg) ||
	    nla_put(skb, OVS_QUORUM_KEY_A_DATA, key->len, key->key)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_phase(struct sk_buff *skb, const struct quorum_phase *phase,
		     bool current_phase)
{
	if (nla_put_u32(skb, OVS_QUORUM_KEYSET_A_PHASE, phase->phase) ||
	    nla_put_u8(skb, OVS_QUORUM_KEYSET_A_SCHEME, phase->scheme) ||
	    nla_put_u16(skb, OVS_QUORUM_KEYSET_A_N, phase->n) ||
	    nla_put_u16(skb, OVS_QUORUM_KEYSET_A_QUORUM, phase->quorum))
		return -EMSGSIZE;
	return current_phase ? nla_put_flag(skb, OVS_QUORUM_KEYSET_A_CURRENT) : 0;
}

/*
 * One message: the key set, with as many of its keys from @at->key on as fit.
 * -EMSGSIZE: not even one does.  0: all of it was shown; 1: more to come.
 */
static int dump_keys(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct oq_keyset *ks, bool current_phase,
		     struct keyset_cursor *at, unsigned int seq)
{
	struct quorum_phase phase;
	struct keyset_key key;
	unsigned int first = at->key;
	struct nlattr *nest;
	void *header;

	header = oq_dump_put(skb, cb, OVS_QUORUM_CMD_KEYSET_GET, seq);
	if (!header)
		return -EMSGSIZE;
	oq_keyset_phase(ks, &phase);
	nest = nla_nest_start(skb, OVS_QUORUM_A_KEYSET);
	if (!nest || put_phase(skb, &phase, current_phase))
		goto cancel;
	while (oq_keyset_key(ks, at->key, &key)) {
		if (put_key(skb, &key)) {
			if (at->key == first)
				goto cancel;
			nla_nest_end(skb, nest);
			genlmsg_end(skb, header);
			return 1;
		}
		at->key++;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, header);
	return 0;

cancel:
	genlmsg_cancel(skb, header);
	return -EMSGSIZE;
}

/* The valid key sets, newest first, with a reference to each. */
static unsigned int get_keysets(struct oq_switch *sw,
				struct oq_keyset *ks[QUORUM_PHASES])
{
	struct phases p;
	unsigned int i;

	mutex_lock(&sw->quorum_lock);
	get_phases(sw, &p);
	for (i = 0; i < p.nr; i++)
		ks[i] = oq_keyset_get(rcu_dereference_protected(sw->keyset[p.slot[i]],
								lockdep_is_held(&sw->quorum_lock)));
	mutex_unlock(&sw->quorum_lock);
	return p.nr;
}

int oq_keyset_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct keyset_cursor *at = (struct keyset_cursor *)cb->ctx;
	struct oq_switch *sw = oq_dump_switch(cb);
	struct oq_keyset *ks[QUORUM_PHASES];
	struct quorum_phase phase;
	unsigned int i, nr, seq = 0;
	int err = 0;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (IS_ERR(sw))
		return PTR_ERR(sw);
	nr = get_keysets(sw, ks);
	for (i = 0; i < nr; i++) {
		oq_keyset_phase(ks[i], &phase);
		if (i == 0)
			seq = phase.phase;
		if (!err && (!at->begun || phase.phase <= at->phase)) {
			if (!at->begun || phase.phase != at->phase)
				at->key = 0;
			at->begun = true;
			at->phase = phase.phase;
			err = dump_keys(skb, cb, ks[i], i == 0, at, seq);
			if (!err)
				*at = (struct keyset_cursor) {
					.begun = true,
					.phase = phase.phase - 1,
				};
		}
		oq_keyset_put(ks[i]);
	}
	oq_switch_put(sw);
	return skb->len ?: min(err, 0);
}
