// SPDX-License-Identifier: GPL-2.0
/*
 * The flows of a guarded datapath: a hash table by UFID, and a tree by age for
 * dumps that go on where they were.
 *
 * Only hooks change what is in the kernel's table, so the two agree.  Should a
 * flow be here that is gone in the kernel, no harm is done: a FLOW_SET of it
 * fails there with -ENOENT.
 */
#include <linux/mm.h>
#include <linux/openvswitch.h>
#include <linux/slab.h>

#include "guard.h"
#include "shadow.h"

static const struct rhashtable_params oq_shadow_params = {
	.head_offset = offsetof(struct oq_flow, node),
	.key_offset = offsetof(struct oq_flow, ufid),
	.key_len = sizeof_field(struct oq_flow, ufid),
	.max_size = OQ_SHADOW_MAX,
	.automatic_shrinking = true,
};

int oq_shadow_init(struct oq_guard *guard)
{
	guard->by_age = RB_ROOT;
	guard->next_id = 1;
	return rhashtable_init(&guard->shadow, &oq_shadow_params);
}

void oq_shadow_destroy(struct oq_guard *guard)
{
	rhashtable_destroy(&guard->shadow);
}

bool oq_ufid_read(struct oq_ufid *ufid, const struct nlattr *attr)
{
	memset(ufid, 0, sizeof(*ufid));
	if (!attr || nla_len(attr) < 1 || nla_len(attr) > OQ_UFID_MAX)
		return false;
	ufid->len = nla_len(attr);
	memcpy(ufid->id, nla_data(attr), ufid->len);
	return true;
}

struct oq_flow *oq_shadow_find(struct oq_guard *guard,
			       const struct oq_ufid *ufid)
{
	lockdep_assert_held(&guard->lock);
	return rhashtable_lookup_fast(&guard->shadow, ufid, oq_shadow_params);
}

static size_t attr_size(const struct nlattr *attr)
{
	return attr ? NLA_ALIGN(attr->nla_len) : 0;
}

static struct nlattr *attr_copy(u8 **at, const struct nlattr *attr)
{
	struct nlattr *copy = (struct nlattr *)*at;

	if (!attr)
		return NULL;
	memcpy(copy, attr, attr->nla_len);
	*at += NLA_ALIGN(attr->nla_len);
	return copy;
}

struct oq_flow *oq_flow_alloc(struct oq_guard *guard, const struct oq_ufid *ufid,
			      const struct nlattr *key, const struct nlattr *mask,
			      const struct nlattr *actions,
			      const struct oq_flow *replaces)
{
	size_t size = sizeof(struct oq_flow) + attr_size(key) +
		      attr_size(mask) + attr_size(actions);
	struct oq_flow *f;
	u8 *at;

	if (guard->shadow_nr - !!replaces >= OQ_SHADOW_MAX ||
	    guard->shadow_bytes + size > OQ_SHADOW_BYTES_MAX)
		return ERR_PTR(-ENOSPC);
	f = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!f)
		return ERR_PTR(-ENOMEM);
	f->ufid = *ufid;
	f->size = size;
	at = f->data;
	f->key = attr_copy(&at, key);
	f->mask = attr_copy(&at, mask);
	f->actions = attr_copy(&at, actions);
	return f;
}

void oq_flow_free(struct oq_flow *f)
{
	kvfree(f);
}

static void shadow_count(struct oq_guard *guard, const struct oq_flow *f,
			 int one)
{
	guard->shadow_nr += one;
	guard->muzzle_nr += f->muzzle ? one : 0;
	if (one > 0)
		guard->shadow_bytes += f->size;
	else
		guard->shadow_bytes -= f->size;
}

static void shadow_age(struct oq_guard *guard, struct oq_flow *f)
{
	struct rb_node **link = &guard->by_age.rb_node;
	struct rb_node *parent = NULL;

	f->id = guard->next_id++;
	while (*link) {			/* ids ascend: it is the last */
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&f->age, parent, link);
	rb_insert_color(&f->age, &guard->by_age);
}

int oq_shadow_insert(struct oq_guard *guard, struct oq_flow *f)
{
	int err;

	lockdep_assert_held(&guard->lock);
	err = rhashtable_insert_fast(&guard->shadow, &f->node, oq_shadow_params);
	if (err)
		return err;
	shadow_age(guard, f);
	shadow_count(guard, f, 1);
	return 0;
}

void oq_shadow_remove(struct oq_guard *guard, struct oq_flow *f)
{
	lockdep_assert_held(&guard->lock);
	rhashtable_remove_fast(&guard->shadow, &f->node, oq_shadow_params);
	rb_erase(&f->age, &guard->by_age);
	shadow_count(guard, f, -1);
	oq_flow_free(f);
}

void oq_shadow_replace(struct oq_guard *guard, struct oq_flow *old,
		       struct oq_flow *f)
{
	lockdep_assert_held(&guard->lock);
	rhashtable_replace_fast(&guard->shadow, &old->node, &f->node,
				oq_shadow_params);
	f->id = old->id;
	rb_replace_node(&old->age, &f->age, &guard->by_age);
	shadow_count(guard, old, -1);
	shadow_count(guard, f, 1);
	oq_flow_free(old);
}

void oq_shadow_clear(struct oq_guard *guard)
{
	struct oq_flow *f, *next;

	for (f = oq_shadow_first(guard); f; f = next) {
		next = oq_shadow_next(f);
		oq_shadow_remove(guard, f);
		cond_resched();
	}
}

static struct oq_flow *flow_at(struct rb_node *node)
{
	return node ? rb_entry(node, struct oq_flow, age) : NULL;
}

struct oq_flow *oq_shadow_first(struct oq_guard *guard)
{
	return flow_at(rb_first(&guard->by_age));
}

struct oq_flow *oq_shadow_next(struct oq_flow *f)
{
	return flow_at(rb_next(&f->age));
}

/* The first with an id above @id. */
static struct oq_flow *shadow_after(struct oq_guard *guard, u64 id)
{
	struct rb_node *node = guard->by_age.rb_node;
	struct oq_flow *f, *found = NULL;

	while (node) {
		f = flow_at(node);
		if (f->id > id) {
			found = f;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

static int flow_put(struct sk_buff *skb, const struct oq_flow *f,
		    bool with_actions)
{
	struct nlattr *nest = nla_nest_start(skb, OVS_QUORUM_A_FLOW);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put(skb, OVS_QUORUM_FLOW_A_UFID, OQ_UFID_MAX, f->ufid.id) ||
	    nla_put(skb, OVS_QUORUM_FLOW_A_KEY | NLA_F_NESTED, nla_len(f->key),
		    nla_data(f->key)) ||
	    (f->mask &&
	     nla_put(skb, OVS_QUORUM_FLOW_A_MASK | NLA_F_NESTED,
		     nla_len(f->mask), nla_data(f->mask))) ||
	    (with_actions &&
	     nla_put(skb, OVS_QUORUM_FLOW_A_ACTIONS | NLA_F_NESTED,
		     nla_len(f->actions), nla_data(f->actions))) ||
	    (f->muzzle && nla_put_flag(skb, OVS_QUORUM_FLOW_A_MUZZLE))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * Fills the message that was begun in @skb.  cb->args[5] is the id of the last
 * flow that was written, so that flows which stay are seen once however many come
 * and go.  Returns how many were written; 0: that was all.  Actions that are too
 * long for a message by themselves are left out, as openvswitch does it.
 */
int oq_shadow_dump(struct oq_guard *guard, struct oq_switch *sw,
		   struct sk_buff *skb, struct netlink_callback *cb)
{
	struct oq_flow *f;
	int nr = 0;

	mutex_lock(&guard->lock);
	for (f = shadow_after(guard, cb->args[5]); f; f = oq_shadow_next(f)) {
		if (sw && f->sw != sw)
			continue;
		if (flow_put(skb, f, true) && (nr || flow_put(skb, f, false)))
			break;
		cb->args[5] = f->id;
		nr++;
	}
	mutex_unlock(&guard->lock);
	return nr;
}

void oq_shadow_counts(struct oq_guard *guard, struct oq_switch *sw,
		      u64 *flows, u64 *muzzles)
{
	struct oq_flow *f;

	lockdep_assert_held(&guard->lock);
	*flows = 0;
	*muzzles = 0;
	for (f = oq_shadow_first(guard); f; f = oq_shadow_next(f)) {
		if (sw && f->sw != sw)
			continue;
		if (f->muzzle)
			++*muzzles;
		else
			++*flows;
	}
}
