// SPDX-License-Identifier: GPL-2.0
/*
 * Guards: which datapaths are guarded, and which datapath a message is about.
 *
 * A guard is for a name in a namespace.  It is attached to the datapath of this
 * name by its ifindex: when it is made, and by the hooks when the datapath
 * appears; detached when the datapath goes.
 *
 * Whoever works on flows or packets is in an SRCU section, in which he took the
 * guard's lock or saw that there is no guard.  Attaching publishes the ifindex,
 * waits for the latter, and then flushes what they left.  Deleting a datapath
 * waits for them and takes the locks of all guards: so the ifindex that a check
 * was about cannot become another device's before openvswitch looks it up.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/openvswitch.h>
#include <linux/slab.h>
#include <linux/srcu.h>

#include "compat.h"
#include "dp.h"
#include "guard.h"
#include "hooks.h"
#include "notify.h"
#include "ovs_call.h"
#include "shadow.h"

/* A datapath of openvswitch that is not guarded, by its own ifindex */
struct stranger {
	struct list_head node;		/* oq_net.strangers; config; RCU */
	struct rcu_head rcu;
	int ifindex;
};

DEFINE_STATIC_SRCU(passing);		/* operations on flows and packets */
static atomic_t guard_nr = ATOMIC_INIT(0);
static DEFINE_SPINLOCK(all_lock);
static LIST_HEAD(all_guards);
static DEFINE_MUTEX(workers_lock);	/* over flush and destruction */
static struct workqueue_struct *workers;

bool oq_dp_any_guard(void)
{
	return atomic_read(&guard_nr);
}

bool oq_guard_enforces(const struct oq_guard *guard)
{
	const struct oq_switch *sw;

	list_for_each_entry(sw, &guard->switches, guard_node)
		if (sw->mode == OVS_QUORUM_MODE_ENFORCE)
			return true;
	return false;
}

struct oq_guard *oq_guard_find(struct net *net, int dp_ifindex)
{
	struct oq_guard *guard;

	list_for_each_entry_rcu(guard, &oq_net(net)->guards, net_node,
				lockdep_is_held(&oq_net(net)->config))
		if (READ_ONCE(guard->ifindex) == dp_ifindex && dp_ifindex)
			return guard;
	return NULL;
}

static struct oq_guard *guard_named(struct oq_net *on, const char *name)
{
	struct oq_guard *guard;

	list_for_each_entry(guard, &on->guards, net_node)
		if (!strcmp(guard->name, name))
			return guard;
	return NULL;
}

static void guard_unref(struct oq_guard *guard)
{
	if (!refcount_dec_and_test(&guard->ref))
		return;
	oq_shadow_destroy(guard);
	kvfree(guard->scratch);
	kfree_rcu(guard, rcu);
}

/*
 * Strangers
 */

static bool is_stranger(struct oq_net *on, int ifindex)
{
	struct stranger *s;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(s, &on->strangers, node) {
		found = s->ifindex == ifindex;
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}

static int stranger_add(struct oq_net *on, int ifindex)
{
	struct stranger *s = kmalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->ifindex = ifindex;
	list_add_rcu(&s->node, &on->strangers);
	return 0;
}

static void strangers_forget(struct oq_net *on)
{
	struct stranger *s, *next;

	list_for_each_entry_safe(s, next, &on->strangers, node) {
		list_del_rcu(&s->node);
		kfree_rcu(s, rcu);
	}
}

/*
 * Attaching.  config held.
 */

static void detach(struct oq_guard *guard)
{
	lockdep_assert_held(&guard->lock);
	WRITE_ONCE(guard->ifindex, 0);
	oq_shadow_clear(guard);
	guard->unflushed = false;
	oq_ports_resolve(guard);
}

static void attach(struct oq_net *on, struct oq_guard *guard, int ifindex)
{
	WRITE_ONCE(guard->ifindex, ifindex);
	strangers_forget(on);
	synchronize_srcu(&passing);
	mutex_lock(&guard->lock);
	oq_flush_flows(guard);
	oq_ports_resolve(guard);
	mutex_unlock(&guard->lock);
	pr_info("datapath %s is guarded\n", guard->name);
}

/* Is the guard attached to the datapath that has its name now?  Make it so. */
static int guard_sync(struct oq_net *on, struct oq_guard *guard)
{
	int ifindex = oq_ovs_dp_ifindex(on, guard->name);

	lockdep_assert_held(&on->config);
	if (ifindex < 0 && ifindex != -ENODEV)
		return ifindex;
	ifindex = max(ifindex, 0);
	if (ifindex == guard->ifindex)
		return 0;
	if (guard->ifindex) {
		mutex_lock(&guard->lock);
		detach(guard);
		mutex_unlock(&guard->lock);
	}
	if (ifindex)
		attach(on, guard, ifindex);
	return 0;
}

static void guards_sync(struct oq_net *on)
{
	struct oq_guard *guard;

	list_for_each_entry(guard, &on->guards, net_node)
		guard_sync(on, guard);
}

/*
 * Which datapath is this?
 */

static bool internal_name(struct net *net, int ifindex, char name[IFNAMSIZ])
{
	struct net_device *dev;
	bool internal;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	internal = dev && netif_is_ovs_master(dev);
	if (internal)
		strscpy(name, dev->name, IFNAMSIZ);
	rcu_read_unlock();
	return internal;
}

int oq_dp_identify(struct oq_net *on, int dp_ifindex, struct genl_info *info)
{
	struct oq_guard *guard;
	char name[IFNAMSIZ];
	int own, err;

	lockdep_assert_held(&on->config);
	if (oq_guard_find(on->net, dp_ifindex) || is_stranger(on, dp_ifindex))
		return 0;
	if (!internal_name(on->net, dp_ifindex, name))
		return -ENODEV;
	own = oq_ovs_dp_ifindex(on, name);
	if (own < 0 && own != -ENODEV)
		return own;
	if (own != dp_ifindex)
		return oq_dp_refuse(info, NULL,
				    "ovs_quorum: not the ifindex of the datapath's own device");
	guard = guard_named(on, name);
	if (!guard)
		return stranger_add(on, dp_ifindex);
	err = guard_sync(on, guard);
	return err ?: guard->ifindex == dp_ifindex ? 0 : -EAGAIN;
}

int oq_dp_refuse(struct genl_info *info, struct oq_switch *sw, const char *text)
{
	struct oq_violation v = {
		.sw = sw,
		.net = genl_info_net(info),
		.kind = OVS_QUORUM_VIOLATION_DATAPATH,
		.reason = text + strlen("ovs_quorum: "),
		.portid = info->snd_portid,
		.table = -1,
		.refused = true,
	};

	if (info->extack)
		info->extack->_msg = text;
	oq_notify_violation(&v);
	return -EPERM;
}

/* Takes the lock of the guard that has this ifindex, if there is one. */
static struct oq_guard *guard_lock(struct net *net, int ifindex)
{
	struct oq_guard *guard;

	rcu_read_lock();
	guard = oq_guard_find(net, ifindex);
	if (guard && !refcount_inc_not_zero(&guard->ref))
		guard = NULL;
	rcu_read_unlock();
	if (guard)
		mutex_lock(&guard->lock);
	return guard;
}

static void guard_unlock(struct oq_guard *guard)
{
	mutex_unlock(&guard->lock);
	guard_unref(guard);
}

/*
 * Takes the lock of the guard, or finds that it is nobody's datapath, or neither:
 * false.  In an SRCU section, so what was found stays so.
 */
static bool enter(struct oq_passage *p, struct oq_net *on, int ifindex)
{
	p->guard = NULL;
	if (!oq_dp_any_guard())
		return true;
	p->guard = guard_lock(on->net, ifindex);
	if (!p->guard)
		return is_stranger(on, ifindex);
	if (p->guard->ifindex == ifindex)
		return true;
	guard_unlock(p->guard);
	p->guard = NULL;
	return false;
}

int oq_dp_enter(struct oq_passage *p, struct genl_info *info)
	__acquires(&passing)
{
	const struct ovs_header *header = oq_info_userhdr(info);
	struct oq_net *on = oq_net(genl_info_net(info));
	int ifindex = header->dp_ifindex;
	int err = 0;

	p->srcu = srcu_read_lock(&passing);
	while (!err && !enter(p, on, ifindex)) {
		srcu_read_unlock(&passing, p->srcu);
		mutex_lock(&on->config);
		err = oq_dp_identify(on, ifindex, info);
		mutex_unlock(&on->config);
		p->srcu = srcu_read_lock(&passing);
	}
	return err;
}

void oq_dp_leave(struct oq_passage *p)
	__releases(&passing)
{
	if (p->guard)
		guard_unlock(p->guard);
	srcu_read_unlock(&passing, p->srcu);
}

/*
 * Datapaths come and go
 */

int oq_on_dp_new(struct sk_buff *skb, struct genl_info *info)
{
	struct oq_net *on = oq_net(genl_info_net(info));
	struct nlattr *name = info->attrs[OVS_DP_ATTR_NAME];
	int err;

	mutex_lock(&on->config);
	if (on->locked && name && !guard_named(on, nla_data(name))) {
		err = oq_dp_refuse(info, NULL,
				   "ovs_quorum: locked: no datapath without a guard");
		goto out_unlock;
	}
	err = oq_original(OQ_DP_NEW, skb, info);
	if (!err)
		guards_sync(on);
out_unlock:
	mutex_unlock(&on->config);
	return err;
}

/* The locks of all guards of a namespace; config keeps others from it. */
static void guards_lock(struct oq_net *on)
{
	struct oq_guard *guard;

	list_for_each_entry(guard, &on->guards, net_node)
		mutex_lock_nest_lock(&guard->lock, &on->config);
}

static void guards_unlock(struct oq_net *on)
{
	struct oq_guard *guard;

	list_for_each_entry(guard, &on->guards, net_node)
		mutex_unlock(&guard->lock);
}

static int dp_del(struct oq_net *on, struct sk_buff *skb, struct genl_info *info)
{
	struct oq_guard *guard;
	int err;

	strangers_forget(on);
	synchronize_srcu(&passing);
	guards_lock(on);
	err = oq_original(OQ_DP_DEL, skb, info);
	if (!err)
		list_for_each_entry(guard, &on->guards, net_node)
			if (guard->ifindex &&
			    oq_ovs_dp_ifindex(on, guard->name) != guard->ifindex)
				detach(guard);
	guards_unlock(on);
	if (!err)
		guards_sync(on);
	return err;
}

int oq_on_dp_del(struct sk_buff *skb, struct genl_info *info)
{
	const struct ovs_header *header = oq_info_userhdr(info);
	struct oq_net *on = oq_net(genl_info_net(info));
	int err = 0;

	mutex_lock(&on->config);
	if (oq_dp_any_guard() && !info->attrs[OVS_DP_ATTR_NAME])
		err = oq_dp_identify(on, header->dp_ifindex, info);
	if (!err)
		err = dp_del(on, skb, info);
	mutex_unlock(&on->config);
	return err;
}

/*
 * Network devices come, go, and change their names
 */

static void guard_work(struct work_struct *work)
{
	struct oq_guard *guard = container_of(work, struct oq_guard, work);
	struct oq_net *on = oq_net(guard->net);

	mutex_lock(&on->config);
	if (guard->users) {
		guard_sync(on, guard);
		mutex_lock(&guard->lock);
		if (oq_ports_resolve(guard) || guard->unflushed)
			oq_revalidate(guard, NULL, NULL);
		mutex_unlock(&guard->lock);
	}
	mutex_unlock(&on->config);
	guard_unref(guard);
}

/* Of all namespaces: internal ports wander. */
static void guards_look(void)
{
	struct oq_guard *guard;

	spin_lock(&all_lock);
	list_for_each_entry(guard, &all_guards, all_node) {
		refcount_inc(&guard->ref);
		/* Never the last: what is in the list has one. */
		if (!queue_work(workers, &guard->work))
			refcount_dec(&guard->ref);
	}
	spin_unlock(&all_lock);
}

/* Before openvswitch's, which takes the mark of a port away. */
static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if ((event == NETDEV_UNREGISTER || event == NETDEV_CHANGENAME) &&
	    (netif_is_ovs_port(dev) || netif_is_ovs_master(dev)))
		guards_look();
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
	.priority = 1,
};

int oq_dp_init(void)
{
	int err;

	workers = alloc_workqueue("ovs_quorum", WQ_UNBOUND, 0);
	if (!workers)
		return -ENOMEM;
	err = register_netdevice_notifier(&device_notifier);
	if (err) {
		destroy_workqueue(workers);
		workers = NULL;
	}
	return err;
}

void oq_dp_exit(void)
{
	unregister_netdevice_notifier(&device_notifier);
	mutex_lock(&workers_lock);
	destroy_workqueue(workers);
	workers = NULL;
	mutex_unlock(&workers_lock);
}

void oq_dp_net_exit(struct oq_net *on)
{
	mutex_lock(&workers_lock);
	if (workers)
		flush_workqueue(workers);
	mutex_unlock(&workers_lock);
	strangers_forget(on);
}

/*
 * The life of a guard
 */

static struct oq_guard *guard_new(struct oq_net *on, const char *name)
{
	struct oq_guard *guard = kzalloc(sizeof(*guard), GFP_KERNEL_ACCOUNT);

	if (!guard)
		return NULL;
	guard->scratch = kvmalloc(gate_scratch_size(), GFP_KERNEL_ACCOUNT);
	if (!guard->scratch)
		goto err_free_guard;
	if (oq_shadow_init(guard))
		goto err_free_scratch;
	refcount_set(&guard->ref, 1);
	guard->net = on->net;
	strscpy(guard->name, name, sizeof(guard->name));
	mutex_init(&guard->lock);
	INIT_LIST_HEAD(&guard->switches);
	INIT_WORK(&guard->work, guard_work);
	return guard;

err_free_scratch:
	kvfree(guard->scratch);
err_free_guard:
	kfree(guard);
	return NULL;
}

static void guard_publish(struct oq_net *on, struct oq_guard *guard)
{
	list_add_tail_rcu(&guard->net_node, &on->guards);
	spin_lock(&all_lock);
	list_add_tail(&guard->all_node, &all_guards);
	spin_unlock(&all_lock);
	atomic_inc(&guard_nr);
}

/* Those who wait for its lock find it without a datapath. */
static void guard_end(struct oq_guard *guard)
{
	list_del_rcu(&guard->net_node);
	spin_lock(&all_lock);
	list_del(&guard->all_node);
	spin_unlock(&all_lock);
	mutex_lock(&guard->lock);
	oq_flush_flows(guard);
	detach(guard);
	mutex_unlock(&guard->lock);
	atomic_dec(&guard_nr);
	guard_unref(guard);
}

struct oq_guard *oq_guard_get(struct oq_net *on, const char *name,
			      struct netlink_ext_ack *extack)
{
	struct oq_guard *guard = guard_named(on, name);
	int err;

	lockdep_assert_held(&on->config);
	if (guard) {
		guard->users++;
		return guard;
	}
	guard = guard_new(on, name);
	if (!guard)
		return ERR_PTR(-ENOMEM);
	guard->users = 1;
	guard_publish(on, guard);
	err = guard_sync(on, guard);
	if (err) {
		NL_SET_ERR_MSG(extack, "openvswitch does not tell about the datapath");
		guard->users = 0;
		guard_end(guard);
		return ERR_PTR(err);
	}
	return guard;
}

void oq_guard_put(struct oq_net *on, struct oq_guard *guard)
{
	lockdep_assert_held(&on->config);
	if (!--guard->users)
		guard_end(guard);
}

void oq_guard_add(struct oq_guard *guard, struct oq_switch *sw)
{
	lockdep_assert_held(&guard->lock);
	list_add_tail(&sw->guard_node, &guard->switches);
	oq_ports_resolve(guard);
	oq_revalidate(guard, NULL, NULL);
}

void oq_guard_del(struct oq_guard *guard, struct oq_switch *sw)
{
	lockdep_assert_held(&guard->lock);
	list_del_init(&sw->guard_node);
	oq_revalidate(guard, NULL, NULL);
}
