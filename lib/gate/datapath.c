// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * What datapath actions do to packets, as do_execute_actions() of openvswitch
 * does it.  A whitelist; for fields, one that is stricter than validate_set():
 * a header is only written where all packets are known to have it.
 */
#include "datapath.h"
#include "part.h"

enum {
	ACTION_DROP = 24,		/* OVS_ACTION_ATTR_DROP, since Linux 6.7 */

	/* Open vSwitch's enum user_action_cookie_type */
	COOKIE_SLOW_PATH = 2,
	COOKIE_CONTROLLER = 5,
	COOKIE_MIN = 8,			/* bytes: odp_put_userspace_action() */
};

/* One set action: value and mask, each len bytes */
struct set {
	unsigned int type;		/* OVS_KEY_ATTR_* */
	const uint8_t *val, *mask;
	size_t len;
	struct gate_state *state;
};

static bool is_type(const struct gate_state *s, uint16_t type)
{
	return s->known.key.eth_type == htons(0xffff) &&
	       s->val.key.eth_type == htons(type);
}

/* All members, but for the protocol, which is not written */
static enum gate_err write_parts(const struct set *set)
{
	const struct gate_part *part;
	unsigned int nr;

	for (part = gate_parts(set->type, &nr); nr--; part++)
		if (part->to != offsetof(struct flow_key, ip_proto))
			gate_state_set(set->state, part->to,
				       set->val + part->from,
				       set->mask + part->from, part->len);
	return GATE_OK;
}

/*
 * Protocol and fragment field are never written: a masked set must not name
 * them, a full one has what validate_set() finds in the flow's key.
 */
static bool unchanged(const struct set *set, size_t proto, size_t frag,
		      bool masked)
{
	const struct gate_state *s = set->state;
	uint8_t ours;

	if (masked)
		return !set->mask[proto] && !set->mask[frag];
	ours = set->val[frag] == OVS_FRAG_TYPE_LATER ? FLOW_FRAG_LATER :
						       set->val[frag];
	return !((set->val[proto] ^ s->val.key.ip_proto) &
		 s->known.key.ip_proto) &&
	       !((ours ^ s->val.key.ip_frag) & s->known.key.ip_frag);
}

static enum gate_err set_ipv4(const struct set *set, bool masked)
{
	if (!is_type(set->state, DP_IPV4) ||
	    !unchanged(set, offsetof(struct ovs_key_ipv4, ipv4_proto),
		       offsetof(struct ovs_key_ipv4, ipv4_frag), masked))
		return GATE_EATTRSET;
	return write_parts(set);
}

static enum gate_err set_ipv6(const struct set *set, bool masked)
{
	const uint8_t *mask = set->mask + offsetof(struct ovs_key_ipv6,
						   ipv6_label);

	if (!is_type(set->state, DP_IPV6) ||
	    !unchanged(set, offsetof(struct ovs_key_ipv6, ipv6_proto),
		       offsetof(struct ovs_key_ipv6, ipv6_frag), masked))
		return GATE_EATTRSET;
	/* 20 bits: those above are none of the label's. */
	if (mask[0] || mask[1] & 0xf0)
		return GATE_EATTRSET;
	return write_parts(set);
}

/*
 * set_tcp() and its like write behind the network header whatever is there, the
 * data of a later fragment too.
 */
static enum gate_err set_ports(const struct set *set, uint8_t proto)
{
	const struct gate_state *s = set->state;

	if ((!is_type(s, DP_IPV4) && !is_type(s, DP_IPV6)) ||
	    s->known.key.ip_proto != 0xff || s->val.key.ip_proto != proto ||
	    s->known.key.ip_frag != 0xff ||
	    s->val.key.ip_frag == FLOW_FRAG_LATER)
		return GATE_EATTRSET;
	return write_parts(set);
}

static size_t set_len(unsigned int type)
{
	switch (type) {
	case OVS_KEY_ATTR_ETHERNET:
		return sizeof(struct ovs_key_ethernet);
	case OVS_KEY_ATTR_IPV4:
		return sizeof(struct ovs_key_ipv4);
	case OVS_KEY_ATTR_IPV6:
		return sizeof(struct ovs_key_ipv6);
	case OVS_KEY_ATTR_TCP:
	case OVS_KEY_ATTR_UDP:
	case OVS_KEY_ATTR_SCTP:
		return sizeof(struct ovs_key_tcp);
	}
	return 0;
}

/* validate_set(): one attribute; if masked, value and mask behind one another */
static enum gate_err set_field(struct gate_state *state,
			       const struct gate_attr *action, bool masked)
{
	enum { LABEL = offsetof(struct ovs_key_ipv6, ipv6_label) };
	/* IPv6 is the only structure as long as to where its label is. */
	static const uint8_t all[sizeof(struct ovs_key_ipv6)] = {
		[0 ... LABEL - 1] = 0xff,
		[LABEL + 1] = 0x0f,
		[LABEL + 2 ... sizeof(struct ovs_key_ipv6) - 1] = 0xff,
	};
	struct gate_attr_iter it = { .at = action->data, .left = action->len };
	struct set set = { .state = state };
	struct gate_attr a;
	size_t i;

	if (gate_attr_next(&it, &a) <= 0 || it.left)
		return GATE_EATTR;
	set.type = a.type;
	set.len = set_len(a.type);
	if (!set.len)
		return GATE_EATTRSET;
	if (a.len != (masked ? 2 * set.len : set.len))
		return GATE_EATTR;
	set.val = a.data;
	set.mask = masked ? a.data + set.len : all;
	for (i = 0; i < set.len; i++)
		if (set.val[i] & ~set.mask[i])
			return GATE_EATTR;

	switch (a.type) {
	case OVS_KEY_ATTR_ETHERNET:
		return write_parts(&set);
	case OVS_KEY_ATTR_IPV4:
		return set_ipv4(&set, masked);
	case OVS_KEY_ATTR_IPV6:
		return set_ipv6(&set, masked);
	case OVS_KEY_ATTR_TCP:
		return set_ports(&set, DP_TCP);
	case OVS_KEY_ATTR_UDP:
		return set_ports(&set, DP_UDP);
	default:
		return set_ports(&set, DP_SCTP);
	}
}

static enum gate_err push_vlan(struct gate_state *state,
			       const struct gate_attr *a)
{
	struct ovs_action_push_vlan vlan;

	if (a->len != sizeof(vlan))
		return GATE_EATTR;
	memcpy(&vlan, a->data, sizeof(vlan));
	if (!dp_is_vlan(ntohs(vlan.vlan_tpid)) ||
	    !(vlan.vlan_tci & htons(FLOW_VLAN_PRESENT)))
		return GATE_EATTR;
	return gate_state_push_vlan(state, ntohs(vlan.vlan_tpid),
				    ntohs(vlan.vlan_tci));
}

/* openvswitch does nothing without a tag; so does nobody here. */
static enum gate_err pop_vlan(struct gate_state *state,
			      const struct gate_attr *a)
{
	if (a->len)
		return GATE_EATTR;
	return state->tags ? gate_state_pop_vlan(state) : GATE_ETAGS;
}

/* Port and cookie; what sampling adds to these is refused. */
static enum gate_err read_userspace(const struct gate_attr *action,
				    uint16_t *cookie)
{
	struct gate_attr_iter it = { .at = action->data, .left = action->len };
	bool pid = false, userdata = false;
	struct gate_attr a;
	int rc;

	while ((rc = gate_attr_next(&it, &a)) > 0) {
		if (a.type == OVS_USERSPACE_ATTR_PID && !pid) {
			if (a.len != 4 || !gate_attr_u32(&a))
				return GATE_EATTR;
			pid = true;
		} else if (a.type == OVS_USERSPACE_ATTR_USERDATA && !userdata) {
			if (a.len < COOKIE_MIN)
				return GATE_EUSERSPACE;
			*cookie = gate_attr_u16(&a);
			userdata = true;
		} else {
			return GATE_EUSERSPACE;
		}
	}
	if (rc || !pid)
		return GATE_EATTR;
	return userdata ? GATE_OK : GATE_EUSERSPACE;
}

static enum gate_err output(const struct gate_view *view,
			    const struct gate_state *state,
			    const struct gate_attr *a,
			    struct gate_effects *got)
{
	const struct gate_port *port;

	if (a->len != 4)
		return GATE_EATTR;
	port = gate_port_by_dp(&view->ports, gate_attr_u32(a));
	if (!port)
		return GATE_EPORT;
	return gate_effects_add(got, port->of_port, state);
}

static enum gate_err userspace(const struct gate_state *state,
			       const struct gate_attr *a,
			       struct gate_effects *got)
{
	uint16_t cookie;
	enum gate_err err;

	err = read_userspace(a, &cookie);
	if (err)
		return err;
	if (cookie != COOKIE_CONTROLLER)
		return GATE_EUSERSPACE;
	return gate_effects_add(got, OF_PORT_CONTROLLER, state);
}

enum gate_err gate_datapath(const struct gate_view *view,
			    struct gate_state *state, const void *actions,
			    size_t len, struct gate_effects *got,
			    struct gate_result *result)
{
	struct gate_attr_iter it = { .at = actions, .left = len };
	enum gate_err err = GATE_OK;
	struct gate_attr a;
	int rc;

	got->nr = 0;
	got->state_nr = 0;
	while ((rc = gate_attr_next(&it, &a)) > 0) {
		switch (a.type) {
		case OVS_ACTION_ATTR_OUTPUT:
			err = output(view, state, &a, got);
			break;
		case OVS_ACTION_ATTR_USERSPACE:
			err = userspace(state, &a, got);
			break;
		case OVS_ACTION_ATTR_SET:
		case OVS_ACTION_ATTR_SET_MASKED:
			err = set_field(state, &a,
					a.type == OVS_ACTION_ATTR_SET_MASKED);
			break;
		case OVS_ACTION_ATTR_PUSH_VLAN:
			err = push_vlan(state, &a);
			break;
		case OVS_ACTION_ATTR_POP_VLAN:
			err = pop_vlan(state, &a);
			break;
		case ACTION_DROP:
			if (a.len != 4 || it.left)
				err = GATE_EATTR;
			break;
		default:
			err = GATE_EATTRACTION;
		}
		if (err) {
			result->attr = a.type;
			return err;
		}
	}
	return rc ? GATE_EATTR : GATE_OK;
}

bool gate_datapath_slow(const void *actions, size_t len)
{
	struct gate_attr_iter it = { .at = actions, .left = len };
	struct gate_attr a;
	uint16_t cookie;

	return gate_attr_next(&it, &a) > 0 && !it.left &&
	       a.type == OVS_ACTION_ATTR_USERSPACE &&
	       !read_userspace(&a, &cookie) && cookie == COOKIE_SLOW_PATH;
}
