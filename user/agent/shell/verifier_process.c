// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier is in this process: the rules of counting and of tables are those of the
 * kernel, by the same libraries, in the order of kernel/ovs-quorum/submit.c.  What it
 * knows goes with the process, so each life asks the domain where numbers go on.
 */
#include "verifier.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "../../../lib/quorum/quorum.h"
#include "../../../lib/wire/openflow.h"
#include "keyring.h"
#include "rulebook.h"

enum {
	EXPIRY_MS = 60 * 1000,		/* as in the kernel */
	KEYSET_MAX = 1 << 17,
};

struct process {
	struct verifier base;
	uv_loop_t *loop;
	uint64_t domain, dpid;
	uint8_t *keyset;		/* encoded: the first one */
	size_t keyset_len;
	struct quorum *quorum;		/* NULL: nobody said yet where numbers go on */
	struct keyring *ring[QUORUM_PHASES];
	struct rulebook *rules;
	struct quorum_ticket ticket;
	struct of_message msg;
};

static void forget(struct process *p)
{
	unsigned int i;

	for (i = 0; i < QUORUM_PHASES; i++) {
		keyring_free(p->ring[i]);
		p->ring[i] = NULL;
	}
	rulebook_free(p->rules);
	p->rules = NULL;
	free(p->quorum);
	p->quorum = NULL;
}

static uint64_t now_ms(const struct process *p)
{
	return uv_now(p->loop);
}

static struct keyring *ring_of(const uint8_t *bytes, size_t len,
			       struct words *why)
{
	struct keyset set;
	enum wire_err wire = keyset_decode(&set, bytes, len);

	if (wire == WIRE_OK)
		return keyring_create(&set, why);
	words_set(why, "%s", wire_err_text(wire));
	return NULL;
}

/* Takes @ring over in any case. */
static enum quorum_err install(struct process *p, struct keyring *ring)
{
	struct quorum_phase phase;
	enum quorum_err err;
	unsigned int slot;

	keyring_phase(ring, &phase);
	err = quorum_phase_add(p->quorum, &phase, now_ms(p), &slot);
	if (err != QUORUM_OK) {
		keyring_free(ring);
		return err;
	}
	keyring_free(p->ring[slot]);
	p->ring[slot] = ring;
	return QUORUM_OK;
}

static bool process_start(struct verifier *v, uint64_t sequence)
{
	struct process *p = (struct process *)v;
	struct quorum_config config = {
		.domain = p->domain, .dpid = p->dpid,
		.pending_max = QUORUM_PENDING_DEFAULT, .expiry_ms = EXPIRY_MS,
		.next_sequence = sequence,
	};
	struct keyring *ring;
	enum quorum_err err;
	struct words why;

	forget(p);
	ring = ring_of(p->keyset, p->keyset_len, &why);
	p->rules = rulebook_create();
	p->quorum = malloc(quorum_size(&config));
	if (!ring || !p->rules || !p->quorum) {
		keyring_free(ring);
		forget(p);
		return false;
	}
	quorum_init(p->quorum, &config);
	err = install(p, ring);
	assert(err == QUORUM_OK);
	return true;
}

static bool process_state(struct verifier *v, uint64_t *next_sequence,
			  uint32_t *phase)
{
	struct process *p = (struct process *)v;
	struct quorum_phase *phases[QUORUM_PHASES];
	unsigned int slot[QUORUM_PHASES];
	struct quorum_status status;

	if (!p->quorum || !quorum_phases(p->quorum, now_ms(p), phases, slot))
		return false;
	quorum_status(p->quorum, &status);
	*next_sequence = status.next_sequence;
	*phase = phases[0]->phase;
	return true;
}

static void say(struct agent_result *result, enum agent_verdict verdict,
		const char *why)
{
	result->verdict = verdict;
	snprintf(result->why, sizeof(result->why), "%s", why);
}

static void refuse(struct process *p, struct agent_result *result,
		   enum quorum_err err)
{
	const char *why = err == QUORUM_EWIRE ? wire_err_text(p->ticket.wire) :
		quorum_err_text(err);

	switch (err) {
	case QUORUM_EREPLAY:
		say(result, AGENT_DONE, why);
		break;
	case QUORUM_EDEPENDS:
	case QUORUM_EWINDOW:
		say(result, AGENT_EARLY, why);
		break;
	case QUORUM_ESIGNER:
	case QUORUM_EALG:
	case QUORUM_ESIGNATURE:
		say(result, AGENT_BAD_SIGNATURE, why);
		break;
	default:
		say(result, AGENT_DROPPED, why);
	}
}

static enum wire_err payload_check(struct process *p)
{
	const struct update_body *body = &p->ticket.body;
	struct keyset set;
	unsigned int nr;
	size_t at;

	if (body->kind == UPDATE_KEYSET)
		return keyset_decode(&set, body->payload, body->payload_len);
	return of_check(&p->msg, body->payload, body->payload_len, &nr, &at);
}

/* Why it is rejected for good, or NULL */
static const char *apply_keyset(struct process *p, struct words *why)
{
	const struct update_body *body = &p->ticket.body;
	struct keyset set;
	enum wire_err wire;
	struct keyring *ring;
	enum quorum_err err;

	wire = keyset_decode(&set, body->payload, body->payload_len);
	if (wire != WIRE_OK)
		return wire_err_text(wire);
	/* Or a phase that only overlaps could choose the one after the next. */
	if (set.phase != body->phase + 1)
		return "key set does not follow the one that signed it";
	ring = keyring_create(&set, why);
	if (!ring)
		return why->text;
	err = install(p, ring);
	return err == QUORUM_OK ? NULL : quorum_err_text(err);
}

/* The quorum is there. */
static void apply(struct process *p, struct agent_result *result)
{
	const struct update_body *body = &p->ticket.body;
	const char *reason = NULL;
	struct words why;
	bool done = true;

	if (body->kind == UPDATE_KEYSET)
		reason = apply_keyset(p, &why);
	else
		done = rulebook_apply(p->rules, body->payload,
				      body->payload_len, now_ms(p), &reason);
	quorum_finish(p->quorum, &p->ticket, done);
	if (!done)
		say(result, AGENT_DROPPED, "no memory");
	else if (reason)
		say(result, AGENT_REFUSED, reason);
	else
		say(result, AGENT_APPLIED, "");
}

static void process_submit(struct verifier *v, const uint8_t *sealed,
			   size_t len, struct agent_result *result)
{
	struct process *p = (struct process *)v;
	struct quorum_ticket *t = &p->ticket;
	enum quorum_state state;
	enum quorum_err err;
	enum wire_err wire;

	memset(result, 0, sizeof(*result));
	if (!p->quorum) {
		say(result, AGENT_DROPPED,
		    "nobody said yet where numbers go on");
		return;
	}
	err = quorum_offer(p->quorum, t, sealed, len, now_ms(p));
	if (err != QUORUM_OK) {
		refuse(p, result, err);
		return;
	}
	wire = payload_check(p);
	if (wire != WIRE_OK) {
		say(result, AGENT_DROPPED, wire_err_text(wire));
		return;
	}
	if (t->verify_nr)
		keyring_verify(p->ring[t->slot], t);
	err = quorum_credit(p->quorum, t, now_ms(p), &state, &result->have,
			    &result->need);
	if (err != QUORUM_OK)
		refuse(p, result, err);
	else if (state == QUORUM_PENDING)
		say(result, AGENT_PENDING, "");
	else
		apply(p, result);
}

static bool process_rules(struct verifier *v, agent_rule_fn group,
			  agent_rule_fn rule, void *arg)
{
	struct process *p = (struct process *)v;

	if (!p->rules)
		return false;
	rulebook_give(p->rules, group, rule, arg);
	return true;
}

static void process_look(struct verifier *v, uint64_t now)
{
	struct process *p = (struct process *)v;
	struct quorum_pending old;
	uint64_t next;
	char words[160];

	if (!p->quorum)
		return;
	while (quorum_expire(p->quorum, now, &old, &next)) {
		snprintf(words, sizeof(words),
			 "an update expired: too few controllers signed in time phase=%u sequence=%llu signers=%u",
			 old.phase, (unsigned long long)old.sequence, old.have);
		v->events.say(v->events.ctx, LOG_WARNING, words);
	}
	if (rulebook_expire(p->rules, now))
		v->events.news(v->events.ctx);
}

static void process_close(struct verifier *v)
{
	struct process *p = (struct process *)v;

	forget(p);
	free(p->keyset);
	free(p);
}

static const struct verifier_ops process_ops = {
	.submit = process_submit,
	.state = process_state,
	.start = process_start,
	.rules = process_rules,
	.look = process_look,
	.close = process_close,
};

static bool read_keyset(struct process *p, const char *path, struct words *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return words_set(why, "%s: %s", path, strerror(errno));
	n = read(fd, p->keyset, KEYSET_MAX);
	close(fd);
	if (n < 0)
		return words_set(why, "%s: %s", path, strerror(errno));
	p->keyset_len = (size_t)n;
	return true;
}

struct verifier *verifier_process(uv_loop_t *loop, uint64_t domain,
				  uint64_t dpid, const char *keyset,
				  const struct verifier_events *events,
				  struct words *why)
{
	struct process *p = calloc(1, sizeof(*p));
	struct keyring *ring = NULL;
	struct words reason;

	if (p)
		p->keyset = malloc(KEYSET_MAX);
	if (!p || !p->keyset) {
		free(p);
		words_set(why, "no memory");
		return NULL;
	}
	p->base.ops = &process_ops;
	p->base.events = *events;
	p->loop = loop;
	p->domain = domain;
	p->dpid = dpid;
	if (read_keyset(p, keyset, why)) {
		ring = ring_of(p->keyset, p->keyset_len, &reason);
		if (!ring)
			words_set(why, "%s: %s", keyset, reason.text);
	}
	if (!ring) {
		process_close(&p->base);
		return NULL;
	}
	keyring_free(ring);
	return &p->base;
}
