// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier is ovs_quorum.ko.  It may not be there yet, or go and come back; it is
 * looked at every second, and asked at once when there is something to ask.
 */
#include "verifier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "genl.h"
#include "kernel_news.h"

enum {
	DUMP_TRIES = 16,		/* it may change while it is read */
	LOOK_MS = 1000,
	ABSENT_MS = 5000,		/* until a module that is not there is looked for again */
	SAY_AGAIN_MS = 60 * 1000,	/* what the operator has to do is said again */
	ATTR_MAX = UINT16_MAX - NLA_HDRLEN,
};

struct kernel {
	struct verifier base;
	struct genl genl;
	struct kernel_news *news;
	uint64_t dpid;
	uint64_t looked_ms, start_said_ms, state_said_ms;
	bool listening;			/* news of the module that is there */
	bool known;			/* next, phase */
	uint64_t next;
	uint32_t phase;
	uint64_t rules_expired;
	int64_t own;			/* updates of ours whose notices have not come */
};

/* What a submission that was refused means to the core: docs/netlink/ovs_quorum.md */
static enum agent_verdict verdict_of(int error)
{
	switch (-error) {
	case EALREADY:
		return AGENT_DONE;
	case EAGAIN:
	case ERANGE:
		return AGENT_EARLY;
	case EKEYREJECTED:
		return AGENT_BAD_SIGNATURE;
	default:
		return AGENT_DROPPED;
	}
}

struct submitted {
	struct agent_result *result;
	bool answered;
};

static void on_result(struct nlmsghdr *nlh, void *arg)
{
	struct submitted *s = arg;
	struct kernel_result r;

	if (!kernel_result(&r, nlh))
		return;
	s->answered = true;
	s->result->have = r.have;
	s->result->need = r.need;
	snprintf(s->result->why, sizeof(s->result->why), "%s", r.reason);
	switch (r.state) {
	case OVS_QUORUM_UPDATE_PENDING:
		s->result->verdict = AGENT_PENDING;
		break;
	case OVS_QUORUM_UPDATE_APPLIED:
		s->result->verdict = AGENT_APPLIED;
		break;
	case OVS_QUORUM_UPDATE_REJECTED:
		s->result->verdict = AGENT_REFUSED;
		break;
	default:
		s->answered = false;
	}
}

static void kernel_submit(struct verifier *v, const uint8_t *sealed, size_t len,
			  struct agent_result *result)
{
	struct kernel *k = (struct kernel *)v;
	struct submitted s = { .result = result };
	struct nl_msg *msg;

	*result = (struct agent_result){ .verdict = AGENT_DROPPED };
	if (!genl_family(&k->genl) || len > ATTR_MAX) {
		snprintf(result->why, sizeof(result->why), "%s",
			 len > ATTR_MAX ? "longer than a netlink attribute" :
			 genl_words(&k->genl));
		return;
	}
	msg = genl_request(&k->genl, OVS_QUORUM_CMD_UPDATE_SUBMIT, 0, k->dpid,
			   len + NLA_HDRLEN);
	if (msg)
		nla_put(msg, OVS_QUORUM_A_UPDATE, (int)len, sealed);
	if (genl_run(&k->genl, msg, on_result, &s)) {
		result->verdict = verdict_of(k->genl.error);
		snprintf(result->why, sizeof(result->why), "%s",
			 genl_words(&k->genl));
	} else if (!s.answered) {
		result->verdict = AGENT_DROPPED;
		snprintf(result->why, sizeof(result->why),
			 "cannot read the answer: the module is of another version");
	}
	if (result->verdict == AGENT_APPLIED || result->verdict == AGENT_REFUSED)
		k->own++;
}

static void on_switch(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_SWITCH_A_MAX + 1];
	struct kernel *k = arg;

	if (!genl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !genl_nest(a, OVS_QUORUM_SWITCH_A_MAX, top[OVS_QUORUM_A_SWITCH]))
		return;
	k->next = genl_number(a[OVS_QUORUM_SWITCH_A_NEXT_SEQUENCE]);
	k->phase = (uint32_t)genl_number(a[OVS_QUORUM_SWITCH_A_PHASE]);
	k->known = k->next && k->phase;
}

static bool ask_state(struct kernel *k)
{
	k->known = false;
	return genl_family(&k->genl) &&
	       !genl_run(&k->genl,
			 genl_request(&k->genl, OVS_QUORUM_CMD_SWITCH_GET, 0,
				      k->dpid, 0), on_switch, k) && k->known;
}

static bool kernel_state(struct verifier *v, uint64_t *next_sequence,
			 uint32_t *phase)
{
	struct kernel *k = (struct kernel *)v;

	if (!ask_state(k))
		return false;
	*next_sequence = k->next;
	*phase = k->phase;
	return true;
}

/*
 * The number can be set when the switch is made, and not later (docs/quorum.md): to make
 * it anew leaves the datapath unguarded for a moment, which is not ours to decide.
 */
static bool kernel_start(struct verifier *v, uint64_t sequence)
{
	uint64_t now_ms = uv_hrtime() / 1000000;
	struct kernel *k = (struct kernel *)v;
	char words[320];

	if (!ask_state(k))
		return false;
	if (k->next == sequence)
		return true;
	if (!k->start_said_ms || now_ms - k->start_said_ms >= SAY_AGAIN_MS) {
		k->start_said_ms = now_ms;
		snprintf(words, sizeof(words),
			 "the kernel's window of this switch begins at %" PRIu64 ", the domain goes on at %" PRIu64 ": make the switch anew, quorumctl switch del %016" PRIx64 ", then guard.sh with --next-sequence %" PRIu64,
			 k->next, sequence, k->dpid, sequence);
		v->events.say(v->events.ctx, LOG_ERR, words);
	}
	return false;
}

/* Messages of a dump, one behind the other, each behind its length */
struct pile {
	int attr;			/* RULE or GROUP */
	uint8_t *bytes;
	size_t used, room;
	bool failed;
};

static void pile_add(struct pile *p, const void *bytes, uint32_t len)
{
	size_t need = p->used + sizeof(len) + len, room = p->room;
	uint8_t *grown;

	while (room < need)
		room = room ? 2 * room : 1 << 16;
	if (room != p->room) {
		grown = realloc(p->bytes, room);
		if (!grown) {
			p->failed = true;
			return;
		}
		p->bytes = grown;
		p->room = room;
	}
	memcpy(p->bytes + p->used, &len, sizeof(len));
	memcpy(p->bytes + p->used + sizeof(len), bytes, len);
	p->used = need;
}

static void on_entry(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_RULE_A_MAX + 1];
	const struct nlattr *message = NULL;
	struct pile *p = arg;

	if (genl_attrs(top, OVS_QUORUM_A_MAX, nlh)) {
		if (p->attr == OVS_QUORUM_A_GROUP)
			message = top[OVS_QUORUM_A_GROUP];
		else if (genl_nest(a, OVS_QUORUM_RULE_A_MAX,
				   top[OVS_QUORUM_A_RULE]))
			message = a[OVS_QUORUM_RULE_A_FLOW_MOD];
	}
	if (message)
		pile_add(p, nla_data(message), (uint32_t)nla_len(message));
	else
		p->failed = true;
}

static bool dump(struct kernel *k, int cmd, struct pile *p)
{
	int tries, err = -EAGAIN;

	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		p->used = 0;
		err = genl_run(&k->genl, genl_request(&k->genl, cmd, NLM_F_DUMP,
						      k->dpid, 0), on_entry, p);
	}
	return !err && !p->failed;
}

static void pile_give(const struct pile *p, agent_rule_fn fn, void *arg)
{
	size_t at = 0;
	uint32_t len;

	while (at < p->used) {
		memcpy(&len, p->bytes + at, sizeof(len));
		at += sizeof(len);
		fn(arg, p->bytes + at, len);
		at += len;
	}
}

/* Both are read before either is given: what is given is whole, or nothing. */
static bool kernel_rules(struct verifier *v, agent_rule_fn group,
			 agent_rule_fn rule, void *arg)
{
	struct pile groups = { .attr = OVS_QUORUM_A_GROUP };
	struct pile rules = { .attr = OVS_QUORUM_A_RULE };
	struct kernel *k = (struct kernel *)v;
	bool ok;

	ok = genl_family(&k->genl) &&
		dump(k, OVS_QUORUM_CMD_GROUP_GET, &groups) &&
		dump(k, OVS_QUORUM_CMD_RULE_GET, &rules);
	if (ok) {
		pile_give(&groups, group, arg);
		pile_give(&rules, rule, arg);
	}
	free(groups.bytes);
	free(rules.bytes);
	return ok;
}

static void news(struct kernel *k)
{
	k->base.events.news(k->base.events.ctx);
}

/* A notice for each update that was applied or rejected, ours among them */
static void on_notice(void *ctx, bool lost)
{
	struct kernel *k = ctx;

	if (!lost && k->own > 0) {
		k->own--;
		return;
	}
	k->own = 0;
	news(k);
}

static void on_say(void *ctx, int level, const char *words)
{
	struct kernel *k = ctx;

	k->base.events.say(k->base.events.ctx, level, words);
}

static void on_stats(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_STATS_A_MAX + 1];
	struct kernel *k = arg;
	uint64_t expired;

	if (!genl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !genl_nest(a, OVS_QUORUM_STATS_A_MAX, top[OVS_QUORUM_A_STATS]))
		return;
	expired = genl_number(a[OVS_QUORUM_STATS_A_RULES_EXPIRED]);
	if (expired != k->rules_expired) {
		k->rules_expired = expired;
		news(k);
	}
}

static void say_absent(struct kernel *k, uint64_t now_ms)
{
	char words[256];

	if (k->state_said_ms && now_ms - k->state_said_ms < SAY_AGAIN_MS)
		return;
	k->state_said_ms = now_ms;
	snprintf(words, sizeof(words), "the verifier cannot be used: %.150s",
		 k->genl.family && !k->genl.error ?
		 "the switch has no key set" : genl_words(&k->genl));
	on_say(k, LOG_WARNING, words);
}

static void kernel_look(struct verifier *v, uint64_t now_ms)
{
	struct kernel *k = (struct kernel *)v;
	bool was = k->known;

	if (k->looked_ms && now_ms - k->looked_ms <
	    (k->genl.family ? LOOK_MS : ABSENT_MS))
		return;
	k->looked_ms = now_ms;
	if (!ask_state(k)) {
		k->listening = false;
		say_absent(k, now_ms);
		return;
	}
	k->state_said_ms = 0;
	if (!k->listening) {
		k->listening = kernel_news_listen(k->news);
		k->own = 0;
	}
	if (!was)
		news(k);
	genl_run(&k->genl, genl_request(&k->genl, OVS_QUORUM_CMD_STATS_GET, 0,
					k->dpid, 0), on_stats, k);
}

static void kernel_close(struct verifier *v)
{
	struct kernel *k = (struct kernel *)v;

	kernel_news_close(k->news);
	genl_close(&k->genl);
	free(k);
}

static const struct verifier_ops kernel_ops = {
	.submit = kernel_submit,
	.state = kernel_state,
	.start = kernel_start,
	.rules = kernel_rules,
	.look = kernel_look,
	.close = kernel_close,
};

struct verifier *verifier_kernel(uv_loop_t *loop, uint64_t dpid,
				 const struct verifier_events *events,
				 struct words *why)
{
	struct kernel *k = calloc(1, sizeof(*k));
	struct kernel_news_config config = {
		.loop = loop, .dpid = dpid, .ctx = k, .update = on_notice,
		.say = on_say,
	};

	if (!k || !genl_open(&k->genl, why)) {
		free(k);
		return NULL;
	}
	k->base.ops = &kernel_ops;
	k->base.events = *events;
	k->dpid = dpid;
	k->news = kernel_news_create(&config);
	if (!k->news) {
		kernel_close(&k->base);
		words_set(why, "no memory");
		return NULL;
	}
	return &k->base;
}
