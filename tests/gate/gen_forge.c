// SPDX-License-Identifier: GPL-2.0
/* Flows made wrong on purpose. */
#include <arpa/inet.h>
#include <linux/netlink.h>

#include "gen.h"

enum forgery {
	EXTRA_OUTPUT, OTHER_OUTPUT, MISSING_ACTION, TWICE, EXTRA_REWRITE,
	OTHER_REWRITE, EXTRA_USERSPACE, SWAPPED, OTHER_TAG, WIDER_MASK,
	OTHER_KEY, ANY_BYTES,
};

static const char *const names[GEN_FORGERIES] = {
	"extra output", "other output", "missing action", "action twice",
	"extra rewrite", "other rewrite", "extra userspace", "actions swapped",
	"other tag", "wider mask", "other key", "any bytes",
};

const char *gen_forgery_name(unsigned int forgery)
{
	return names[forgery];
}

enum { ITEMS = 64 };

struct items {
	unsigned int nr;
	struct {
		uint16_t at, len, type;	/* of the whole attribute, padded */
	} item[ITEMS];
};

static void items_of(struct items *x, const struct brute_attrs *a, size_t from,
		     size_t to)
{
	struct nlattr h;

	x->nr = 0;
	while (from + sizeof(h) <= to && x->nr < ITEMS) {
		memcpy(&h, a->bytes + from, sizeof(h));
		if (h.nla_len < sizeof(h) || from + NLA_ALIGN(h.nla_len) > to)
			return;		/* forged before */
		x->item[x->nr].at = from;
		x->item[x->nr].len = NLA_ALIGN(h.nla_len);
		x->item[x->nr++].type = h.nla_type;
		from += NLA_ALIGN(h.nla_len);
	}
}

/* Puts an attribute that was just appended where it belongs */
static void move_last(struct brute_attrs *a, size_t old_len, size_t to)
{
	uint8_t tmp[256];
	size_t n = a->len - old_len;

	if (n > sizeof(tmp))
		return;
	memcpy(tmp, a->bytes + old_len, n);
	memmove(a->bytes + to + n, a->bytes + to, old_len - to);
	memcpy(a->bytes + to, tmp, n);
}

static void cut(struct brute_attrs *a, size_t at, size_t len)
{
	memmove(a->bytes + at, a->bytes + at + len, a->len - at - len);
	a->len -= len;
}

static void append_rewrite(struct gen *g, struct brute_attrs *a)
{
	uint8_t v[24];
	uint16_t tag[2] = { htons(ETH_VLAN), htons(gen_vid(g) | TCI_PRESENT) };
	unsigned int i;
	size_t nest;

	switch (gen_below(g, 5)) {
	case 0:
		attr_put(a, OVS_ACTION_ATTR_PUSH_VLAN, tag, sizeof(tag));
		return;
	case 1:
		attr_put(a, OVS_ACTION_ATTR_POP_VLAN, NULL, 0);
		return;
	case 2:
		memset(v, 0, sizeof(v));
		v[12 + (i = 8 + gen_below(g, 3))] = 0xff;
		if (i == 8)
			memset(v + 16, 0xff, 4);
		v[20] = 0;
		v[i == 8 ? 7 : i] = gen_below(g, 255);
		nest = attr_nest(a, OVS_ACTION_ATTR_SET_MASKED);
		attr_put(a, OVS_KEY_ATTR_IPV4, v, 24);
		break;
	case 3:
		memset(v, 0, 4);
		memset(v + 4, 0xff, 4);
		v[1] = gen_below(g, 100);
		nest = attr_nest(a, OVS_ACTION_ATTR_SET_MASKED);
		attr_put(a, gen_one_in(g, 2) ? OVS_KEY_ATTR_TCP :
			 OVS_KEY_ATTR_UDP, v, 8);
		break;
	default:
		memset(v, 0, sizeof(v));
		gen_mac(g, v);
		memset(v + 12, 0xff, 6);
		nest = attr_nest(a, OVS_ACTION_ATTR_SET_MASKED);
		attr_put(a, OVS_KEY_ATTR_ETHERNET, v, 24);
	}
	attr_end(a, nest);
}

static int find(struct gen *g, const struct items *x, unsigned int type,
		unsigned int or_type)
{
	unsigned int i, n = gen_below(g, ITEMS), k;

	for (i = 0; i < x->nr; i++) {
		k = (i + n) % x->nr;
		if (x->item[k].type == type || x->item[k].type == or_type)
			return k;
	}
	return -1;
}

static void forge(struct gen *g, const struct brute_rules *r,
		  struct brute_attrs *a, enum forgery what)
{
	size_t old = a->len, at;
	struct items x;
	uint32_t port;
	int i;

	items_of(&x, a, 0, a->len);
	at = x.nr ? x.item[gen_below(g, x.nr)].at : 0;
	switch (what) {
	case EXTRA_OUTPUT:
		port = r->port[gen_below(g, r->port_nr)].dp_port;
		attr_put(a, OVS_ACTION_ATTR_OUTPUT, &port, 4);
		if (gen_one_in(g, 2))
			move_last(a, old, at);
		return;
	case OTHER_OUTPUT:
		i = find(g, &x, OVS_ACTION_ATTR_OUTPUT, OVS_ACTION_ATTR_OUTPUT);
		if (i < 0)
			return;
		port = r->port[gen_below(g, r->port_nr)].dp_port;
		memcpy(a->bytes + x.item[i].at + NLA_HDRLEN, &port, 4);
		return;
	case MISSING_ACTION:
		if (x.nr) {
			i = gen_below(g, x.nr);
			cut(a, x.item[i].at, x.item[i].len);
		}
		return;
	case TWICE:
		if (!x.nr)
			return;
		i = gen_below(g, x.nr);
		if (a->len + x.item[i].len > sizeof(a->bytes))
			return;
		memcpy(a->bytes + a->len, a->bytes + x.item[i].at,
		       x.item[i].len);
		a->len += x.item[i].len;
		move_last(a, old, x.item[i].at);
		return;
	case EXTRA_REWRITE:
		append_rewrite(g, a);
		move_last(a, old, at);
		return;
	case OTHER_REWRITE:
		i = find(g, &x, OVS_ACTION_ATTR_SET, OVS_ACTION_ATTR_SET_MASKED);
		if (i >= 0 && x.item[i].len > 2 * NLA_HDRLEN)
			a->bytes[x.item[i].at + 2 * NLA_HDRLEN +
				 gen_below(g, x.item[i].len - 2 * NLA_HDRLEN)] ^=
				1 << gen_below(g, 8);
		return;
	case EXTRA_USERSPACE:
		brute_put_userspace(a, gen_one_in(g, 2));
		move_last(a, old, at);
		return;
	case SWAPPED:
		if (x.nr < 2)
			return;
		i = gen_below(g, x.nr - 1);
		if (a->len + x.item[i].len > sizeof(a->bytes))
			return;
		memcpy(a->bytes + a->len, a->bytes + x.item[i].at,
		       x.item[i].len);
		a->len += x.item[i].len;
		cut(a, x.item[i].at, x.item[i].len);
		return;
	case OTHER_TAG:
		i = find(g, &x, OVS_ACTION_ATTR_PUSH_VLAN,
			 OVS_ACTION_ATTR_POP_VLAN);
		if (i >= 0 && x.item[i].type == OVS_ACTION_ATTR_PUSH_VLAN)
			a->bytes[x.item[i].at + NLA_HDRLEN + 3] ^=
				1 << gen_below(g, 8);
		else if (i >= 0)
			cut(a, x.item[i].at, x.item[i].len);
		return;
	default:
		if (a->len)
			a->bytes[gen_below(g, a->len)] ^= 1 << gen_below(g, 8);
	}
}

/* A random leaf of a list with nested tags: where its payload is */
static bool leaf(struct gen *g, const struct brute_attrs *a, size_t *at,
		 size_t *len)
{
	size_t from = 0, to = a->len;
	struct items x;
	unsigned int i;

	for (;;) {
		items_of(&x, a, from, to);
		if (!x.nr)
			return false;
		i = gen_below(g, x.nr);
		*at = x.item[i].at + NLA_HDRLEN;
		*len = x.item[i].len - NLA_HDRLEN;
		if (x.item[i].type != OVS_KEY_ATTR_ENCAP)
			return *len;
		from = *at;
		to = *at + *len;
	}
}

unsigned int gen_forge_actions(struct gen *g, const struct brute_rules *r,
			       struct brute_attrs *actions)
{
	unsigned int what = gen_below(g, WIDER_MASK);

	forge(g, r, actions, what);
	return what;
}

unsigned int gen_forge(struct gen *g, const struct brute_rules *r,
		       struct brute_message *m)
{
	unsigned int what = gen_below(g, GEN_FORGERIES), n;
	struct brute_attrs *a;
	size_t at, len;

	switch (what) {
	case WIDER_MASK:
		if (gen_one_in(g, 12)) {
			m->has_mask = false;
			break;
		}
		for (n = 1 + gen_below(g, 3); n; n--) {
			if (!leaf(g, &m->mask, &at, &len))
				break;
			if (gen_one_in(g, 2))
				m->mask.bytes[at + gen_below(g, len)] &=
					~(1 << gen_below(g, 8));
			else if (gen_one_in(g, 2))
				memset(m->mask.bytes + at, 0, len);
			else
				m->mask.bytes[at + gen_below(g, len)] = 0;
		}
		break;
	case OTHER_KEY:
		if (leaf(g, &m->key, &at, &len))
			m->key.bytes[at + gen_below(g, len)] ^=
				1 << gen_below(g, 8);
		break;
	case ANY_BYTES:
		n = gen_below(g, 3);
		a = n == 0 ? &m->key : n == 1 ? &m->mask : &m->actions;
		for (n = 1 + gen_below(g, 4); n && a->len; n--)
			a->bytes[gen_below(g, a->len)] = gen_u32(g);
		if (gen_one_in(g, 4) && a->len)
			a->len = gen_below(g, a->len);
		break;
	default:
		forge(g, r, &m->actions, what);
	}
	return what;
}
