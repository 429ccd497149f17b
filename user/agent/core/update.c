// SPDX-License-Identifier: GPL-2.0
/*
 * Updates: looked at, offered to the verifier, and what it says carried out.  Whether
 * a quorum signed them is the verifier's business alone; here is only what saves its time, and
 * what the threshold scheme needs: one signature made of shares (G9, G10).
 */
#include "agent_state.h"

#include "../../../lib/bls/merkle.h"
#include "../../../lib/quorum/path.h"

/* What is not signed yet is checked for this switch, phase and sender. */
static enum agent_err look(struct agent *a, struct offer *o)
{
	bool threshold = a->config.scheme == SCHEME_THRESHOLD;
	size_t at = 0;

	if (update_sealed_decode(&o->sealed, o->bytes, o->len) ||
	    o->sealed.sig_nr != 1 ||
	    update_body_decode(&o->body, o->sealed.body, o->sealed.body_len))
		return AGENT_EFORMAT;
	if (o->body.domain != a->config.domain)
		return AGENT_EDOMAIN;
	if (o->body.dpid != a->config.dpid)
		return AGENT_EDPID;
	if (o->body.phase != a->config.phase)
		return AGENT_ESTALE;
	/* Of this controller and nobody else: so who lies has a name. */
	if (!update_sealed_sig(&o->sealed, &at, &o->sig) ||
	    o->sig.signer != o->from + 1 ||
	    (o->sig.alg == ALG_BLS) != threshold)
		return AGENT_ESHARE;
	if (!threshold)
		return AGENT_OK;
	bls_merkle_leaf(o->leaf, o->sealed.body, o->sealed.body_len);
	if (quorum_path_root(o->root, o->leaf, &o->sealed))
		return AGENT_EFORMAT;
	statement_encode(o->statement, o->body.domain, o->body.phase,
			 o->sealed.leaves, o->root);
	return AGENT_OK;
}

static void submit(struct agent *a, const uint8_t *sealed, size_t len)
{
	memset(&a->result, 0, sizeof(a->result));
	a->ops->submit(a->ctx, sealed, len, &a->result);
	a->result.why[sizeof(a->result.why) - 1] = 0;
}

static void say_why(struct agent *a, const struct offer *o, const char *what)
{
	struct words w = { .used = 0 };

	if (!say_due(a, &a->peer[o->from].say_ms))
		return;
	words_put(&w, "update ");
	words_number(&w, o->body.sequence);
	words_put(&w, what);
	words_put(&w, a->result.why);
	agent_say(a, 4, w.text);
}

static enum agent_err lied(struct agent *a, const struct offer *o)
{
	a->stats.bad_signatures++;
	a->stats.liars[o->from]++;
	if (say_due(a, &a->peer[o->from].say_ms))
		agent_say_number(a, 4, "wrong signature of controller ",
				 o->from + 1, "");
	return AGENT_ESHARE;
}

/* Somebody else submitted it, or a former life did: the number is used up. */
static void used_elsewhere(struct agent *a, const struct offer *o)
{
	a->stats.replayed++;
	if (ack_used(a, o->body.sequence))
		return;
	/* Whether ovs-vswitchd has it, only a look that begins now can tell. */
	ack_put(a, o->body.sequence, 0, NULL, 0, ACK_SYNC);
	sync_news(a);
}

static enum agent_err verdict(struct agent *a, const struct offer *o)
{
	switch (a->result.verdict) {
	case AGENT_PENDING:
		return AGENT_OK;
	case AGENT_APPLIED:
		apply_applied(a, o);
		return AGENT_OK;
	case AGENT_REFUSED:
		say_why(a, o, " is refused: ");
		apply_refused(a, o);
		return AGENT_OK;
	case AGENT_EARLY:
		a->stats.early++;
		return AGENT_EFULL;
	case AGENT_DONE:
		used_elsewhere(a, o);
		return AGENT_ESTALE;
	case AGENT_BAD_SIGNATURE:
		return lied(a, o);
	default:
		say_why(a, o, " is dropped: ");
		return AGENT_ESTALE;
	}
}

/* With the group's signature in the place of the share */
static enum agent_err submit_combined(struct agent *a, const struct offer *o,
				      const uint8_t *sig)
{
	struct update_sealed sealed = o->sealed;
	struct update_sig group = { .alg = ALG_BLS, .sig = sig, .len = 48 };
	size_t used;

	sealed.sig_nr = 1;
	if (update_sealed_encode(a->sealed, SCRATCH_LEN, &used, &sealed, &group))
		return AGENT_EFORMAT;
	submit(a, a->sealed, used);
	return AGENT_OK;
}

static enum agent_err offer_shares(struct agent *a, const struct offer *o,
				   bool *shares)
{
	const uint8_t *sig;

	do {
		sig = share_combine(a, o);
		if (!sig) {
			*shares = true;
			return AGENT_EFULL;
		}
		if (submit_combined(a, o, sig))
			return AGENT_EFORMAT;
		if (a->result.verdict != AGENT_BAD_SIGNATURE) {
			held_root(a, o->root);
			return verdict(a, o);
		}
		a->stats.bad_signatures++;
	} while (share_blame(a, o));
	say_why(a, o, ": the verifier refuses a signature of good shares: ");
	return AGENT_ESHARE;
}

/* AGENT_EFULL: hold it; @shares says what for */
static enum agent_err offer(struct agent *a, const struct offer *o,
			    bool *shares)
{
	*shares = false;
	if (!a->ready)
		return AGENT_EFULL;
	if (a->config.scheme == SCHEME_THRESHOLD)
		return offer_shares(a, o, shares);
	submit(a, o->bytes, o->len);
	return verdict(a, o);
}

enum agent_err update_take(struct agent *a, unsigned int from,
			   const uint8_t *in, size_t len)
{
	struct offer o = { .from = from, .bytes = in, .len = len };
	enum agent_err err = look(a, &o);
	bool shares;

	if (err)
		return err;
	a->stats.updates++;
	if (a->ready) {
		if (ack_used(a, o.body.sequence)) {
			a->stats.replayed++;
			ack_repeat(a, from, o.body.sequence);
			return AGENT_ESTALE;
		}
		/* No number that is given out is so far above the floor. */
		if (o.body.sequence - a->floor > a->config.acks_max)
			return AGENT_EFULL;
	}
	if (a->config.scheme == SCHEME_THRESHOLD)
		share_put(a, &o);
	err = offer(a, &o, &shares);
	if (err == AGENT_EFULL && held_put(a, &o, shares))
		return AGENT_OK;
	return err;
}

enum agent_err update_retry(struct agent *a, unsigned int from,
			    struct held_head *head, const uint8_t *in)
{
	struct offer o = { .from = from, .bytes = in, .len = head->len };
	bool shares;

	if (look(a, &o))
		return AGENT_EFORMAT;
	if (o.body.sequence - a->floor > a->config.acks_max)
		return AGENT_ESTALE;
	if (offer(a, &o, &shares) != AGENT_EFULL)
		return AGENT_OK;
	head->shares = shares;
	head->dep = held_dep(a, &o.body);
	/* Not to be offered again and again */
	return shares || head->dep ? AGENT_EFULL : AGENT_ESTALE;
}
