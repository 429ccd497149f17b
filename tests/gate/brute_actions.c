// SPDX-License-Identifier: GPL-2.0
/*
 * Datapath actions: what the kernel takes and what it does to a packet.  After
 * Linux 6.1, net/openvswitch/flow_netlink.c (__ovs_nla_copy_actions()) and
 * actions.c (do_execute_actions()).
 */
#include <arpa/inet.h>
#include <linux/netlink.h>

#include "brute.h"

/* One attribute of a list; false at its end, or where it is malformed */
struct list {
	const uint8_t *at;
	size_t left;
	const uint8_t *data;
	size_t len;
	unsigned int type;
	bool bad;
};

static bool next(struct list *l)
{
	struct nlattr a;
	size_t n;

	if (l->left < sizeof(a)) {
		l->bad = l->left;
		return false;
	}
	memcpy(&a, l->at, sizeof(a));
	if (a.nla_len < sizeof(a) || a.nla_len > l->left) {
		l->bad = true;
		return false;
	}
	l->data = l->at + sizeof(a);
	l->len = a.nla_len - sizeof(a);
	l->type = a.nla_type & NLA_TYPE_MASK;
	n = NLA_ALIGN(a.nla_len);
	n = n < l->left ? n : l->left;
	l->at += n;
	l->left -= n;
	return true;
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t host32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, 4);
	return v;
}

/* validate_set() */
static bool valid_set(const struct brute_key *k, const uint8_t *data, size_t len,
		      bool masked)
{
	struct list l = { .at = data, .left = len };
	bool ip = k->type == ETH_IP || k->type == ETH_IPV6;
	const uint8_t *mask;
	size_t n, i;

	if (!next(&l) || NLA_ALIGN(l.len) + NLA_HDRLEN != len)
		return false;
	n = masked ? l.len / 2 : l.len;
	mask = l.data + n;
	for (i = 0; masked && i < n; i++)
		if (l.data[i] & ~mask[i])
			return false;
	switch (l.type) {
	case OVS_KEY_ATTR_PRIORITY:
	case OVS_KEY_ATTR_SKB_MARK:
		return n == 4;
	case OVS_KEY_ATTR_ETHERNET:
		return n == 12;
	case OVS_KEY_ATTR_IPV4:
		if (n != 12 || k->type != ETH_IP)
			return false;
		if (masked)
			return !mask[8] && !mask[11];
		return l.data[8] == k->proto && l.data[11] == k->frag;
	case OVS_KEY_ATTR_IPV6:
		if (n != 40 || k->type != ETH_IPV6 || l.data[32] ||
		    (l.data[33] & 0xf0))
			return false;
		if (masked)
			return !mask[36] && !mask[39] && !mask[32] &&
			       !(mask[33] & 0xf0);
		return l.data[36] == k->proto && l.data[39] == k->frag;
	case OVS_KEY_ATTR_TCP:
		return n == 4 && ip && k->proto == IP_TCP;
	case OVS_KEY_ATTR_UDP:
		return n == 4 && ip && k->proto == IP_UDP;
	case OVS_KEY_ATTR_SCTP:
		return n == 4 && ip && k->proto == IP_SCTP;
	}
	return false;
}

static bool valid_userspace(const uint8_t *data, size_t len)
{
	struct list l = { .at = data, .left = len };
	uint32_t pid = 0;

	while (next(&l))
		if (l.type == OVS_USERSPACE_ATTR_PID) {
			if (l.len < 4)
				return false;
			pid = host32(l.data);
		}
	return pid;
}

bool brute_actions_valid(const struct brute_key *k, const void *actions,
			 size_t len)
{
	struct list l = { .at = actions, .left = len };

	while (next(&l)) {
		switch (l.type) {
		case OVS_ACTION_ATTR_OUTPUT:
			if (l.len != 4 || host32(l.data) >= 65536)
				return false;
			break;
		case OVS_ACTION_ATTR_USERSPACE:
			if (!valid_userspace(l.data, l.len))
				return false;
			break;
		case OVS_ACTION_ATTR_PUSH_VLAN:
			if (l.len != 4 || (get16(l.data) != ETH_VLAN &&
					   get16(l.data) != ETH_QINQ) ||
			    !(get16(l.data + 2) & TCI_PRESENT))
				return false;
			break;
		case OVS_ACTION_ATTR_POP_VLAN:
			if (l.len)
				return false;
			break;
		case OVS_ACTION_ATTR_SET:
		case OVS_ACTION_ATTR_SET_MASKED:
			if (!valid_set(k, l.data, l.len,
				       l.type == OVS_ACTION_ATTR_SET_MASKED))
				return false;
			break;
		default:
			return false;	/* not in this model */
		}
	}
	return !l.bad;
}

static void set_bytes(uint8_t *at, const uint8_t *v, const uint8_t *mask,
		      size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		at[i] = (at[i] & ~mask[i]) | (v[i] & mask[i]);
}

static void set_16(uint16_t *at, const uint8_t *v, const uint8_t *mask)
{
	*at = (*at & ~get16(mask)) | (get16(v) & get16(mask));
}

/* execute_masked_set_action(); writes headers that are not there as well */
static void set(struct brute_pkt *p, const uint8_t *data, size_t len,
		bool masked)
{
	static const uint8_t ones[] = {
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255,
	};
	struct list l = { .at = data, .left = len };
	const uint8_t *v, *m;
	uint32_t label;

	if (!next(&l))
		return;
	v = l.data;
	m = masked ? v + l.len / 2 : ones;
	switch (l.type) {
	case OVS_KEY_ATTR_ETHERNET:
		set_bytes(p->eth_src, v, m, 6);
		set_bytes(p->eth_dst, v + 6, m + 6, 6);
		break;
	case OVS_KEY_ATTR_IPV4:
		set_bytes(p->src, v, m, 4);
		set_bytes(p->dst, v + 4, m + 4, 4);
		set_bytes(&p->tos, v + 9, m + 9, 1);
		set_bytes(&p->ttl, v + 10, m + 10, 1);
		break;
	case OVS_KEY_ATTR_IPV6:
		set_bytes(p->src, v, m, 16);
		set_bytes(p->dst, v + 16, m + 16, 16);
		label = ((m[33] & 15) << 16) | get16(m + 34);
		p->flabel = (p->flabel & ~label) |
			    ((((v[33] & 15) << 16) | get16(v + 34)) & label);
		set_bytes(&p->tos, v + 37, m + 37, 1);
		set_bytes(&p->ttl, v + 38, m + 38, 1);
		break;
	case OVS_KEY_ATTR_TCP:
	case OVS_KEY_ATTR_UDP:
	case OVS_KEY_ATTR_SCTP:
		/* skb_transport_header() of a later fragment is its payload. */
		if (p->frag == FRAG_LATER) {
			p->damaged = 1;
		} else {
			set_16(&p->tp_src, v, m);
			set_16(&p->tp_dst, v + 2, m + 2);
		}
		break;
	}
}

static void put_out(struct brute_outs *outs, uint32_t port,
		    const struct brute_pkt *p)
{
	if (outs->nr == BRUTE_OUTS) {
		outs->notes |= NOTE_FULL;
		return;
	}
	outs->out[outs->nr].port = port;
	outs->out[outs->nr++].pkt = *p;
}

static void move_tags(struct brute_pkt *p, int by)
{
	size_t n = sizeof(p->tpid) - sizeof(p->tpid[0]);

	if (by > 0) {
		memmove(p->tpid + 1, p->tpid, n);
		memmove(p->tci + 1, p->tci, n);
	} else {
		memmove(p->tpid, p->tpid + 1, n);
		memmove(p->tci, p->tci + 1, n);
		p->tpid[BRUTE_TAGS - 1] = p->tci[BRUTE_TAGS - 1] = 0;
	}
	p->tags += by;
}

void brute_run_flow(const void *actions, size_t len,
		    const struct brute_pkt *pkt, struct brute_outs *outs)
{
	struct list l = { .at = actions, .left = len };
	struct brute_pkt p = *pkt;

	outs->nr = outs->notes = 0;
	while (next(&l)) {
		switch (l.type) {
		case OVS_ACTION_ATTR_OUTPUT:
			put_out(outs, host32(l.data), &p);
			break;
		case OVS_ACTION_ATTR_USERSPACE:
			put_out(outs, BRUTE_USER, &p);
			break;
		case OVS_ACTION_ATTR_PUSH_VLAN:
			if (p.tags == BRUTE_TAGS) {
				outs->notes |= NOTE_FULL;
				return;
			}
			move_tags(&p, 1);
			p.tpid[0] = get16(l.data);
			p.tci[0] = get16(l.data + 2) & ~TCI_PRESENT;
			break;
		case OVS_ACTION_ATTR_POP_VLAN:
			if (p.tags)
				move_tags(&p, -1);
			break;
		case OVS_ACTION_ATTR_SET:
		case OVS_ACTION_ATTR_SET_MASKED:
			set(&p, l.data, l.len,
			    l.type == OVS_ACTION_ATTR_SET_MASKED);
			break;
		}
	}
}

static bool same_pkt(const struct brute_pkt *a, const struct brute_pkt *b)
{
	struct brute_pkt x = *a, y = *b;

	x.in_port = y.in_port = 0;
	return !memcmp(&x, &y, sizeof(x));
}

static unsigned int run_of(const struct brute_outs *o, unsigned int from)
{
	unsigned int i;

	for (i = from + 1; i < o->nr; i++)
		if (!same_pkt(&o->out[i].pkt, &o->out[from].pkt))
			break;
	return i - from;
}

static unsigned int count(const struct brute_outs *o, unsigned int from,
			  unsigned int n, uint32_t port)
{
	unsigned int i, found = 0;

	for (i = from; i < from + n; i++)
		found += o->out[i].port == port;
	return found;
}

bool brute_same(const struct brute_outs *a, const struct brute_outs *b)
{
	unsigned int i, k, n;

	if (a->nr != b->nr)
		return false;
	for (i = 0; i < a->nr; i += n) {
		n = run_of(a, i);
		if (run_of(b, i) != n ||
		    !same_pkt(&a->out[i].pkt, &b->out[i].pkt))
			return false;
		for (k = i; k < i + n; k++)
			if (count(a, i, n, a->out[k].port) !=
			    count(b, i, n, a->out[k].port))
				return false;
	}
	return true;
}
