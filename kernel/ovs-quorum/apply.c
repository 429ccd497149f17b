// SPDX-License-Identifier: GPL-2.0
/*
 * What an approved update does.
 *
 * A payload is applied whole or not at all.  What stands in the way for good (an
 * overlap, a missing group, too many rules) rejects the update: its number is
 * used up, since a quorum spoke.  What may pass (no memory) leaves it as it was.
 */
#include "apply.h"
#include "expire.h"
#include "guard.h"

enum wire_err oq_payload_check(const struct update_body *body,
			       struct of_message *msg)
{
	struct keyset set;
	unsigned int nr;
	size_t at;

	if (body->kind == UPDATE_KEYSET)
		return keyset_decode(&set, body->payload, body->payload_len);
	return of_check(msg, body->payload, body->payload_len, &nr, &at);
}

/* The state of one application, under the guard's lock. */
struct application {
	struct oq_switch *sw;
	struct gate_change *change;	/* begun with the first flow or group mod */
	struct list_head packet_outs;	/* those from before */
	unsigned int packet_out_nr;
	u64 now_ms, rules_expire_at;
	const char *reason;
};

/* Want of memory may pass; whatever else the rules have against it is for good. */
static int rules_result(struct application *a, enum gate_err err)
{
	if (err == GATE_ENOMEM)
		return -ENOMEM;
	if (err != GATE_OK)
		a->reason = gate_err_text(err);
	return 0;
}

static int rules_begin(struct application *a)
{
	if (!a->change)
		a->change = gate_change_begin(&a->sw->pipeline);
	return a->change ? 0 : -ENOMEM;
}

static int apply_flow_mod(struct application *a, const struct of_flow_mod *fm)
{
	int err = rules_begin(a);

	if (err)
		return err;
	if (fm->command == OF_FLOW_ADD && fm->hard_timeout)
		a->rules_expire_at = min(a->rules_expire_at,
					 a->now_ms + fm->hard_timeout * MSEC_PER_SEC);
	return rules_result(a, gate_change_flow_mod(a->change, fm, a->now_ms));
}

static int apply_group_mod(struct application *a, const struct of_group_mod *gm)
{
	return rules_begin(a) ?: rules_result(a, gate_change_group_mod(a->change, gm));
}

static int apply_packet_out(struct application *a, const u8 *in, size_t len)
{
	if (a->packet_out_nr + a->sw->packet_out_nr >= OQ_PACKET_OUTS_MAX)
		return -ENOBUFS;
	return oq_packet_out_add(a->sw, in, len, a->now_ms);
}

static int apply_message(struct application *a, const struct of_message *msg,
			 const u8 *in, size_t len)
{
	switch (msg->type) {
	case OF_FLOW_MOD:
		return apply_flow_mod(a, &msg->flow_mod);
	case OF_GROUP_MOD:
		return apply_group_mod(a, &msg->group_mod);
	default:
		return apply_packet_out(a, in, len);
	}
}

/* Those of this update go to a list of their own, so that they can go again. */
static void packet_outs_begin(struct application *a)
{
	INIT_LIST_HEAD(&a->packet_outs);
	list_splice_init(&a->sw->packet_outs, &a->packet_outs);
	a->packet_out_nr = a->sw->packet_out_nr;
	a->sw->packet_out_nr = 0;
}

static void packet_outs_end(struct application *a, bool keep)
{
	struct oq_switch *sw = a->sw;

	if (!keep)
		oq_packet_out_free_all(sw);
	else if (sw->packet_out_nr)
		oq_expire_at(sw, a->now_ms + OQ_PACKET_OUT_MS);
	list_splice(&a->packet_outs, &sw->packet_outs);
	sw->packet_out_nr += a->packet_out_nr;
}

static void rules_end(struct application *a, bool keep, u32 *revoked)
{
	struct oq_switch *sw = a->sw;
	struct gate_touched touched;

	if (!a->change)
		return;
	if (!keep) {
		gate_change_abort(a->change);
		return;
	}
	gate_change_commit(a->change, &touched);
	*revoked = oq_revalidate(sw->guard, sw, &touched);
	sw->rules_expire_at = min(sw->rules_expire_at, a->rules_expire_at);
	oq_expire_at(sw, sw->rules_expire_at);
}

int oq_apply_openflow(struct oq_switch *sw, const struct update_body *body,
		      struct of_message *msg, const char **reason, u32 *revoked)
{
	struct application a = {
		.sw = sw,
		.now_ms = oq_now_ms(),
		.rules_expire_at = U64_MAX,
	};
	enum wire_err wire;
	size_t at, len;
	bool keep;
	int err = 0;

	lockdep_assert_held(&sw->guard->lock);
	packet_outs_begin(&a);
	for (at = 0; at < body->payload_len && !err && !a.reason; at += len) {
		wire = of_decode(msg, body->payload + at, body->payload_len - at,
				 &len);
		if (wire != WIRE_OK)
			a.reason = wire_err_text(wire);
		else
			err = apply_message(&a, msg, body->payload + at, len);
	}
	keep = !err && !a.reason;
	packet_outs_end(&a, keep);
	rules_end(&a, keep, revoked);
	*reason = a.reason;
	return err;
}

int oq_apply_keyset_prepare(const struct update_body *body,
			    struct oq_keyset **next, const char **reason)
{
	struct netlink_ext_ack extack = {};
	struct oq_keyset *ks;
	struct keyset set;
	enum wire_err wire;

	*next = NULL;
	*reason = NULL;
	wire = keyset_decode(&set, body->payload, body->payload_len);
	if (wire != WIRE_OK) {
		*reason = wire_err_text(wire);
		return 0;
	}
	/* Or a phase that only overlaps could choose the one after the next. */
	if (set.phase != body->phase + 1) {
		*reason = "key set does not follow the one that signed it";
		return 0;
	}
	ks = oq_keyset_create(&set, &extack);
	if (ks == ERR_PTR(-ENOMEM))
		return -ENOMEM;
	if (IS_ERR(ks))
		*reason = extack._msg ?: "the key set cannot be used";
	else
		*next = ks;
	return 0;
}
