// SPDX-License-Identifier: GPL-2.0
/*
 * What the verifier approved and what ovs-vswitchd has, compared (G11).  The approved rules
 * are read twice: their digests before ovs-vswitchd is asked, their bytes at the end, for what
 * it lacks.  What it should not have is kept as the message that deletes it.
 *
 * Updates go on meanwhile, and their messages straight to ovs-vswitchd.  So a rule that
 * became approved after the first reading is not added by us, nor deleted.
 */
#include "agent_state.h"

enum {
	FLOW_MOD_MATCH = 48,		/* offset of the match in a FLOW_MOD */
	FLOW_ENTRY_MATCH = 48,		/* and in an entry of flow statistics */
	GROUP_MOD_HEAD = 16, GROUP_DESC_HEAD = 8,
	STRAY_HEAD = 4,
	DELETE_MAX = FLOW_MOD_MATCH + 2048,
};

void rules_clear(struct agent *a)
{
	memset(a->sync.rule, 0, sizeof(struct rule) << a->sync.bits);
	a->sync.rules = 0;
	a->sync.stray_used = 0;
	a->sync.entries = 0;
}

/* The place of this key, or the one for it, or NULL: the table is full */
static struct rule *rule_find(struct agent *a, const uint8_t key[16])
{
	uint32_t mask = (1u << a->sync.bits) - 1, at = wire_get32(key);
	struct rule *rule;

	for (;; at++) {
		rule = &a->sync.rule[at & mask];
		if (!rule->flags)
			break;
		if (!memcmp(rule->key, key, 16))
			return rule;
	}
	if (a->sync.rules > mask / 2)
		return NULL;
	return rule;
}

static struct rule *rule_make(struct agent *a, const uint8_t key[16])
{
	struct rule *rule = rule_find(a, key);

	if (rule && !rule->flags) {
		memcpy(rule->key, key, 16);
		rule->flags = RULE_USED;
		a->sync.rules++;
	}
	return rule;
}

static bool decode(struct agent *a, const uint8_t *message, size_t len)
{
	size_t used;

	return !of_decode(&a->msg, message, len, &used) && used == len &&
	       (a->msg.type == OF_FLOW_MOD || a->msg.type == OF_GROUP_MOD);
}

static void approve(void *arg, const uint8_t *message, size_t len)
{
	struct agent *a = arg;
	struct canon canon;
	struct rule *rule;

	if (!decode(a, message, len) || !canon_of(a, &canon))
		return;
	rule = rule_make(a, canon.key);
	if (!rule) {
		a->sync.crowded = true;
		return;
	}
	rule->flags |= RULE_APPROVED;
	memcpy(rule->content, canon.content, 16);
}

bool rules_approved(struct agent *a)
{
	rules_clear(a);
	a->sync.crowded = false;
	if (!a->ops->rules(a->ctx, approve, approve, a))
		return false;
	if (a->sync.crowded)
		agent_say(a, 4, "more approved rules than rules_max: ovs-vswitchd's are not all compared");
	return true;
}

/* To be deleted at the end, unless it is approved by then */
static void stray(struct agent *a, struct rule *rule, const uint8_t *message,
		  size_t len)
{
	struct sync *s = &a->sync;

	if (rule->flags & RULE_STRAY)
		return;
	if (STRAY_HEAD + len > STRAY_BYTES - s->stray_used) {
		s->again = true;
		return;
	}
	rule->flags |= RULE_STRAY;
	put32(s->stray + s->stray_used, (uint32_t)(rule - s->rule));
	memcpy(s->stray + s->stray_used + STRAY_HEAD, message, len);
	s->stray_used += STRAY_HEAD + len;
}

static enum agent_err seen(struct agent *a, const struct canon *canon,
			   bool known, const uint8_t *message, size_t len)
{
	struct rule *rule = rule_make(a, canon->key);

	/* Those that do not fit now are found when others are gone. */
	if (!rule) {
		a->sync.again |= !a->sync.crowded;
		return AGENT_OK;
	}
	if (known && rule->flags & RULE_APPROVED &&
	    !memcmp(rule->content, canon->content, 16))
		rule->flags |= RULE_EQUAL;
	else
		stray(a, rule, message, len);
	return AGENT_OK;
}

/* A FLOW_MOD, DELETE_STRICT, with the bytes of an entry's match */
static size_t delete_flow(uint8_t *out, const uint8_t *entry, size_t match)
{
	size_t len = FLOW_MOD_MATCH + match;

	memset(out, 0, FLOW_MOD_MATCH);
	out[0] = OF_VERSION;
	out[1] = OF_FLOW_MOD;
	put16(out + 2, (uint32_t)len);
	out[24] = entry[2];
	out[25] = OF_FLOW_DELETE_STRICT;
	memcpy(out + 30, entry + 12, 2);
	put32(out + 32, OF_NO_BUFFER);
	put32(out + 36, OF_PORT_ANY);
	put32(out + 40, OF_GROUP_ANY);
	memcpy(out + FLOW_MOD_MATCH, entry + FLOW_ENTRY_MATCH, match);
	return len;
}

/* The FLOW_MOD that would have made it */
static size_t add_flow(uint8_t *out, const uint8_t *entry, size_t len)
{
	memset(out, 0, FLOW_MOD_MATCH);
	out[0] = OF_VERSION;
	out[1] = OF_FLOW_MOD;
	put16(out + 2, (uint32_t)len);
	memcpy(out + 8, entry + 24, 8);
	out[24] = entry[2];
	out[25] = OF_FLOW_ADD;
	memcpy(out + 26, entry + 14, 4);
	memcpy(out + 30, entry + 12, 2);
	put32(out + 32, OF_NO_BUFFER);
	put32(out + 36, OF_PORT_ANY);
	put32(out + 40, OF_GROUP_ANY);
	memcpy(out + 44, entry + 18, 2);
	memcpy(out + FLOW_MOD_MATCH, entry + FLOW_ENTRY_MATCH,
	       len - FLOW_ENTRY_MATCH);
	return len;
}

enum agent_err rules_flow(struct agent *a, const uint8_t *entry, size_t len)
{
	uint8_t delete[DELETE_MAX];
	struct canon canon;
	size_t match, delete_len;
	bool known;

	if (len < FLOW_ENTRY_MATCH + 8)
		return AGENT_EBROKEN;
	match = wire_get16(entry + FLOW_ENTRY_MATCH + 2);
	match = (match + 7) / 8 * 8;
	if (match < 8 || match > len - FLOW_ENTRY_MATCH ||
	    match > DELETE_MAX - FLOW_MOD_MATCH)
		return AGENT_EBROKEN;
	if (entry[2] > OF_TABLE_MAX)
		return AGENT_OK;	/* its own */
	a->sync.entries++;
	delete_len = delete_flow(delete, entry, match);
	known = decode(a, a->retry, add_flow(a->retry, entry, len)) &&
		canon_of(a, &canon);
	/* An administrator's: nothing that a quorum could have approved */
	if (!known) {
		if (decode(a, delete, delete_len) && canon_of(a, &canon))
			return seen(a, &canon, false, delete, delete_len);
		canon_key_bytes(canon.key, delete, delete_len);
	}
	return seen(a, &canon, known, delete, delete_len);
}

enum agent_err rules_group(struct agent *a, const uint8_t *entry, size_t len)
{
	uint8_t *out = a->retry, delete[GROUP_MOD_HEAD] = {
		OF_VERSION, OF_GROUP_MOD, 0, GROUP_MOD_HEAD,
	};
	uint8_t place[16] = { OF_GROUP_MOD };
	struct canon canon;
	bool known;

	if (len < GROUP_DESC_HEAD)
		return AGENT_EBROKEN;
	a->sync.entries++;
	memset(out, 0, GROUP_MOD_HEAD);
	out[0] = OF_VERSION;
	out[1] = OF_GROUP_MOD;
	put16(out + 2, (uint32_t)(len + GROUP_MOD_HEAD - GROUP_DESC_HEAD));
	out[10] = entry[2];
	memcpy(out + 12, entry + 4, 4);
	memcpy(out + GROUP_MOD_HEAD, entry + GROUP_DESC_HEAD,
	       len - GROUP_DESC_HEAD);
	known = decode(a, out, len + GROUP_MOD_HEAD - GROUP_DESC_HEAD) &&
		canon_of(a, &canon);
	if (!known) {
		memcpy(place + 4, entry + 4, 4);
		canon_key_bytes(canon.key, place, sizeof(place));
	}
	delete[9] = OF_GROUP_DELETE;
	memcpy(delete + 12, entry + 4, 4);
	return seen(a, &canon, known, delete, sizeof(delete));
}

static void repair(struct agent *a, uint8_t *message, size_t len)
{
	put32(message + 4, a->sync.xid);
	a->ops->to_switch(a->ctx, message, len);
	a->sync.repaired++;
	a->stats.repaired++;
}

/* What is approved now: ovs-vswitchd has it, or gets it, or an update brought it meanwhile. */
static void add_lacking(void *arg, const uint8_t *message, size_t len)
{
	struct agent *a = arg;
	struct canon canon;
	struct rule *rule;

	if (!decode(a, message, len) || !canon_of(a, &canon))
		return;
	rule = rule_find(a, canon.key);
	if (!rule || !rule->flags)
		return;
	rule->flags |= RULE_NOW;
	if (!(rule->flags & RULE_APPROVED) || rule->flags & RULE_EQUAL)
		return;
	/* canon_of() has changed the decoded one. */
	decode(a, message, len);
	len = canon_bytes(a);
	if (len && a->msg.type == OF_GROUP_MOD && rule->flags & RULE_STRAY)
		a->scratch[9] = OF_GROUP_MODIFY;
	if (len)
		repair(a, a->scratch, len);
}

static void delete_strays(struct agent *a, uint8_t type)
{
	struct sync *s = &a->sync;
	size_t at, len;
	uint8_t *message;

	for (at = 0; at < s->stray_used; at += STRAY_HEAD + len) {
		message = s->stray + at + STRAY_HEAD;
		len = wire_get16(message + 2);
		if (message[1] == type &&
		    !(s->rule[wire_get32(s->stray + at)].flags & RULE_NOW))
			repair(a, message, len);
	}
}

/*
 * Groups first, then the rules that name them, then what should not be there: rules before
 * the groups they name, with which ovs-vswitchd would delete them anyhow.
 */
bool rules_repair(struct agent *a)
{
	a->sync.repaired = 0;
	if (!a->ops->rules(a->ctx, add_lacking, add_lacking, a))
		return false;
	delete_strays(a, OF_FLOW_MOD);
	delete_strays(a, OF_GROUP_MOD);
	return true;
}
