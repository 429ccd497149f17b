// SPDX-License-Identifier: GPL-2.0
/*
 * The threshold scheme: shares over the root of a tree become the group's signature.  They
 * are combined unseen, and looked at one by one only when the result is refused; whoever
 * sent a wrong one is asked for proof from then on (G10).
 */
#include "agent_state.h"

static bool of_tree(uint32_t leaves, const uint8_t *root, const struct offer *o)
{
	return leaves == o->sealed.leaves &&
	       !memcmp(root, o->root, UPDATE_DIGEST_LEN);
}

static struct share *share_of(struct peer *peer, const struct offer *o)
{
	struct share *share;
	unsigned int i;

	/* Those that came last are asked for most. */
	for (i = 1; i <= SHARES_MAX; i++) {
		share = &peer->share[(peer->share_at - i) % SHARES_MAX];
		if (of_tree(share->leaves, share->root, o))
			return share;
	}
	return NULL;
}

static struct root *root_of(struct agent *a, const struct offer *o)
{
	struct root *root;
	unsigned int i;

	for (i = 1; i <= ROOTS_MAX; i++) {
		root = &a->root[(a->root_at - i) % ROOTS_MAX];
		if (of_tree(root->leaves, root->root, o))
			return root;
	}
	return NULL;
}

void share_put(struct agent *a, const struct offer *o)
{
	struct peer *peer = &a->peer[o->from];
	struct share *share = share_of(peer, o);

	/* Who was wrong about a tree once is not asked about it again. */
	if (share && (share->state == SHARE_BAD ||
		      !memcmp(share->bytes, o->sig.sig, sizeof(share->bytes))))
		return;
	if (!share)
		share = &peer->share[peer->share_at++ % SHARES_MAX];
	*share = (struct share){ .leaves = o->sealed.leaves };
	memcpy(share->root, o->root, sizeof(share->root));
	memcpy(share->bytes, o->sig.sig, sizeof(share->bytes));
}

/* Is it right?  Asked once. */
static bool proven(struct agent *a, unsigned int of, struct share *share,
		   const struct offer *o)
{
	if (share->state != SHARE_NEW)
		return share->state == SHARE_GOOD;
	if (a->ops->share_verify(a->ctx, (uint16_t)(of + 1), share->bytes,
				 o->statement)) {
		share->state = SHARE_GOOD;
		return true;
	}
	share->state = SHARE_BAD;
	a->peer[of].suspect = true;
	a->stats.liars[of]++;
	if (say_due(a, &a->peer[of].say_ms))
		agent_say_number(a, 4,
				 "wrong share of a signature by controller ",
				 of + 1, "");
	return false;
}

struct chosen {
	unsigned int nr;
	uint16_t signer[AGENT_CONTROLLERS_MAX];
	uint8_t share[AGENT_CONTROLLERS_MAX][48];
};

/* Before anything is proven: could they be enough? */
static bool enough(struct agent *a, const struct offer *o)
{
	const struct share *share;
	unsigned int i, nr = 0;

	for (i = 0; i < a->config.n; i++) {
		share = share_of(&a->peer[i], o);
		nr += share && share->state != SHARE_BAD;
	}
	return nr >= a->config.t;
}

/* Those that never lied first, unproven; then the others, if they are needed, proven */
static void choose(struct agent *a, const struct offer *o, struct chosen *c)
{
	struct share *share;
	unsigned int i, round;

	c->nr = 0;
	for (round = 0; round < 2; round++)
		for (i = 0; i < a->config.n && c->nr < a->config.t; i++) {
			if (a->peer[i].suspect != (bool)round)
				continue;
			share = share_of(&a->peer[i], o);
			if (!share || share->state == SHARE_BAD ||
			    (round && !proven(a, i, share, o)))
				continue;
			c->signer[c->nr] = (uint16_t)(i + 1);
			memcpy(c->share[c->nr++], share->bytes, 48);
		}
}

/* Signers ascend: the order of choosing is another. */
static void sort(struct chosen *c)
{
	uint8_t share[48];
	unsigned int i, k;
	uint16_t signer;

	for (i = 1; i < c->nr; i++) {
		signer = c->signer[i];
		memcpy(share, c->share[i], sizeof(share));
		for (k = i; k && c->signer[k - 1] > signer; k--) {
			c->signer[k] = c->signer[k - 1];
			memcpy(c->share[k], c->share[k - 1], sizeof(share));
		}
		c->signer[k] = signer;
		memcpy(c->share[k], share, sizeof(share));
	}
}

const uint8_t *share_combine(struct agent *a, const struct offer *o)
{
	struct root *root = root_of(a, o);
	struct chosen c;
	uint8_t sig[48];

	if (root)
		return root->sig;
	for (;;) {
		if (!enough(a, o))
			return NULL;
		choose(a, o, &c);
		if (c.nr < a->config.t)
			return NULL;
		sort(&c);
		if (a->ops->combine(a->ctx, sig, c.signer, c.share, c.nr))
			break;
		/* Bytes that are no points: whose, is the same question. */
		if (!share_blame(a, o))
			return NULL;
	}
	root = &a->root[a->root_at++ % ROOTS_MAX];
	root->leaves = o->sealed.leaves;
	memcpy(root->root, o->root, sizeof(root->root));
	memcpy(root->sig, sig, sizeof(root->sig));
	a->stats.combined++;
	return root->sig;
}

bool share_blame(struct agent *a, const struct offer *o)
{
	struct root *root = root_of(a, o);
	struct share *share;
	bool found = false;
	unsigned int i;

	if (root)
		root->leaves = 0;
	for (i = 0; i < a->config.n; i++) {
		share = share_of(&a->peer[i], o);
		if (share && share->state == SHARE_NEW &&
		    !proven(a, i, share, o))
			found = true;
	}
	return found;
}
