// SPDX-License-Identifier: GPL-2.0
/*
 * machine [FIRST COUNT]: random ones.
 *
 * order: one controller, switches that apply what is signed when the envelope
 * allows, a network that loses, delays and repeats.  A model that knows only what the
 * application was asked to put says what must have been applied before what;
 * in the end everything is applied, once.
 *
 * liar: the same, but the first switch says of anything that it has it.  What the others
 * must apply before what is not changed by its updates in between.
 *
 * same: two controllers get the same requests in the same blocks, and each its own
 * acknowledgements, losses, times and restarts, of hostile switches too: their saved
 * states are equal after each block.
 */
#include "rig.h"
#include "test.h"

#include "../../lib/bls/sha256.h"

enum {
	SWITCHES = 5,
	UPDATES_MAX = 600,		/* of a run, at one switch */
	FLIGHT_MAX = 20000,
};

static uint64_t prng;

static uint64_t pick(uint64_t n)
{
	return test_random(&prng) % n;
}

/* What the model knows of an update: which others must be applied before. */
struct update {
	bool applied, acked;
	unsigned int before_nr;
	struct { uint8_t sw; uint32_t sequence; } before[APP_UPDATES_MAX + 2];
};

static struct update model[SWITCHES][UPDATES_MAX + 1];
static uint32_t model_next[SWITCHES];
static uint32_t flow_sw[256], flow_sequence[256];	/* the last update of each flow */
static uint32_t last_sw, last_sequence;

static struct rig rig;
static uint32_t applied_nr, given_nr;
static bool lying;			/* switch 0 */

static bool lies(uint32_t sw)
{
	return lying && !sw;
}

static void before_add(struct update *u, uint32_t sw, uint32_t sequence)
{
	if (!sequence || lies(sw))
		return;
	u->before[u->before_nr].sw = (uint8_t)sw;
	u->before[u->before_nr++].sequence = sequence;
}

/* What the application is asked to put, in the model's words (§2.5.5, §2.5.7) */
static void model_event(enum ctl_procedure procedure,
			const struct rig_put *put, unsigned int nr)
{
	uint32_t given[APP_UPDATES_MAX];
	struct update *u;
	unsigned int i, k;
	uint32_t sw;

	for (i = 0; i < nr; i++) {
		sw = put[i].sw;
		given[i] = ++model_next[sw];
		u = &model[sw][given[i]];
		memset(u, 0, sizeof(*u));
		if (lies(sw))
			continue;
		given_nr++;
		if (procedure == CTL_LINEARIZABLE) {
			before_add(u, last_sw, last_sequence);
		} else if (procedure == CTL_CONSISTENT) {
			before_add(u, sw, given[i] - 1);
			before_add(u, flow_sw[put[i].flow],
				   flow_sequence[put[i].flow]);
			for (k = 0; k < i; k++)
				if (put[i].after >> k & 1)
					before_add(u, put[k].sw, given[k]);
		}
		last_sw = sw;
		last_sequence = given[i];
		flow_sw[put[i].flow] = sw;
		flow_sequence[put[i].flow] = given[i];
	}
}

/* Updates that arrived and wait for the one before them; as a switch agent holds them */
static bool arrived[SWITCHES][UPDATES_MAX + 1];
static bool needs_previous[SWITCHES][UPDATES_MAX + 1];

static bool apply(uint32_t sw, uint32_t sequence)
{
	struct update *u = &model[sw][sequence], *b;
	unsigned int i;

	for (i = 0; i < u->before_nr; i++) {
		b = &model[u->before[i].sw][u->before[i].sequence];
		if (!b->applied) {
			printf("# %u of switch %u before %u of switch %u\n",
			       sequence, sw, u->before[i].sequence,
			       u->before[i].sw);
			return false;
		}
	}
	u->applied = true;
	applied_nr++;
	return true;
}

/* Messages on their way to switches: taken out in any order */
static struct { uint32_t sw, sequence; bool chained; } flight[FLIGHT_MAX];
static unsigned int flight_nr;

static bool take_sent(unsigned int loss)
{
	const struct rig_sent *s;
	unsigned int i, k;
	struct update *u;
	uint32_t sequence;

	for (i = 0; i < rig.sent_nr; i++) {
		s = &rig.sent[i];
		if (s->m.type != CTL_UPDATE || lies(s->sw))
			continue;
		sequence = (uint32_t)s->body.sequence;
		ASK(sequence && sequence <= model_next[s->sw]);
		/* C3: under no signature before what other switches must have */
		u = &model[s->sw][sequence];
		for (k = 0; k < u->before_nr; k++)
			ASK(u->before[k].sw == s->sw ||
			    model[u->before[k].sw][u->before[k].sequence].applied);
		ASK(!s->body.dep_nr ||
		    update_body_dep(&s->body, 0).sequence == sequence - 1);
		if (pick(100) < loss || flight_nr == FLIGHT_MAX)
			continue;
		flight[flight_nr].sw = s->sw;
		flight[flight_nr].chained = s->body.dep_nr;
		flight[flight_nr++].sequence = sequence;
	}
	return true;
}

static bool deliver(unsigned int at)
{
	uint32_t sw = flight[at].sw, n = flight[at].sequence;

	arrived[sw][n] = true;
	needs_previous[sw][n] = flight[at].chained;
	flight[at] = flight[--flight_nr];
	while (arrived[sw][n] && !model[sw][n].applied &&
	       (!needs_previous[sw][n] || model[sw][n - 1].applied)) {
		ASK(apply(sw, n));
		if (n++ == model_next[sw])
			break;
	}
	return true;
}

/* One that is applied says so: perhaps one that said so before. */
static void acknowledge(uint32_t sw)
{
	uint32_t n;

	if (!model_next[sw])
		return;
	n = (uint32_t)pick(model_next[sw]) + 1;
	if ((model[sw][n].applied || lies(sw)) &&
	    n > rig.ctl->sw[sw].floor && n < rig.ctl->sw[sw].next)
		rig_ack(&rig, sw, n);
}

static uint64_t floor_of(uint32_t sw)
{
	uint32_t n = 0;

	if (lies(sw))
		return pick(model_next[sw] + 1);
	while (n < model_next[sw] && model[sw][n + 1].applied)
		n++;
	return n;
}

static void random_event(enum ctl_procedure procedure)
{
	struct rig_put put[6];
	unsigned int i, nr = (unsigned int)pick(6) + 1;
	uint32_t from = (uint32_t)pick(SWITCHES);

	for (i = 0; i < nr; i++) {
		put[i] = (struct rig_put){
			.sw = (uint8_t)pick(SWITCHES),
			.flow = (uint8_t)pick(12),
			.after = i ? pick(1 << i) & pick(1 << i) : 0,
			.len = (uint16_t)(8 + pick(600)),
		};
		if (model_next[put[i].sw] + 6 > UPDATES_MAX)
			return;
	}
	rig.floor[from] = floor_of(from);
	if (rig_bundle(&rig, from, put, nr) == AGREE_OK)
		model_event(procedure, put, nr);
	else
		rig.counter[from]--;
}

static bool order_run(uint64_t seed, enum ctl_procedure procedure)
{
	unsigned int i, k, loss, blocks;

	prng = seed * 3 + procedure + (lying ? 1 << 20 : 0);
	memset(model, 0, sizeof(model));
	memset(model_next, 0, sizeof(model_next));
	memset(flow_sequence, 0, sizeof(flow_sequence));
	memset(arrived, 0, sizeof(arrived));
	last_sequence = 0;
	flight_nr = 0;
	applied_nr = 0;
	given_nr = 0;
	rig_config(&rig, procedure, SWITCHES);
	rig.config.outstanding_max = 1024;
	rig.config.outstanding_bytes = 1 << 23;
	rig.config.agree.snapshot_max = 1 << 25;
	rig_start(&rig);
	loss = (unsigned int)pick(4) * 20;
	blocks = (unsigned int)pick(2);
	stub_at_once(rig.ctl->agree, !blocks);
	for (i = 0; i < 400; i++) {
		switch (pick(8)) {
		case 0:
		case 1:
			random_event(procedure);
			break;
		case 2:
			rig_tick(&rig, pick(150));
			break;
		case 3:
		case 4:
			acknowledge((uint32_t)pick(SWITCHES));
			break;
		case 5:
			k = (unsigned int)pick(SWITCHES);
			rig_floor(&rig, k, floor_of(k));
			break;
		case 6:
			k = (unsigned int)pick(SWITCHES);
			rig_link(&rig, k, pick(2));
			break;
		default:
			rig_tick(&rig, 0);
			/* Half-way the controller is another one with the same past. */
			if (i == 200 + pick(3)) {
				rig_restart(&rig, &rig);
				stub_at_once(rig.ctl->agree, !blocks);
			}
		}
		ASK(take_sent(loss));
		for (k = (unsigned int)pick(4); k && flight_nr; k--)
			ASK(deliver((unsigned int)pick(flight_nr)));
	}
	/* The storm is over. */
	for (k = 0; k < SWITCHES; k++) {
		rig_link(&rig, k, true);
		ASK(take_sent(0));
	}
	for (i = 0; i < 4000 && (applied_nr < given_nr ||
				 rig_stats(&rig).outstanding); i++) {
		rig_tick(&rig, 50);
		ASK(take_sent(0));
		while (flight_nr)
			ASK(deliver((unsigned int)pick(flight_nr)));
		for (k = 0; k < SWITCHES; k++) {
			rig_floor(&rig, k, lies(k) ? model_next[k] : floor_of(k));
			ASK(take_sent(0));
		}
	}
	ASK(applied_nr == given_nr && given_nr > 20);
	ASK(!rig_stats(&rig).outstanding && !rig_stats(&rig).overflows);
	ASK(!rig_stats(&rig).divergent);
	ASK(lying || !rig_stats(&rig).hostile);
	rig_free(&rig);
	return true;
}

/* Two of them, of which nothing is asked but that they are the same */
static struct rig pair[2];

static void both_switch(uint32_t sw, const uint8_t *bytes, size_t len)
{
	struct agree_event event = {
		.kind = AGREE_REQUEST, .bytes = bytes, .len = len,
	};
	unsigned int i;

	/* Past the intake, which is local: the order has what any member let in. */
	(void)sw;
	for (i = 0; i < 2; i++)
		agree_step(pair[i].ctl->agree, &event, pair[i].now_ms,
			   &pair[i].update.agree);
}

static void same_bundle(void)
{
	static uint8_t bytes[1 << 15];
	struct rig_put put[8];
	unsigned int i, nr = (unsigned int)pick(9);
	uint32_t sw = (uint32_t)pick(SWITCHES);
	struct ctl_sw *s = &pair[0].ctl->sw[sw];

	for (i = 0; i < nr; i++)
		put[i] = (struct rig_put){
			(uint8_t)pick(SWITCHES), (uint8_t)pick(6),
			i ? pick(1 << i) : 0, (uint16_t)(8 + pick(900)),
		};
	if (!pick(12)) {
		pair[0].epoch[sw]++;
		pair[0].counter[sw] = 0;
	}
	/* Honest or not; both see the same. */
	pair[0].floor[sw] = s->floor + pick(2 + s->next - s->floor);
	both_switch(sw, bytes, rig_bundle_bytes(&pair[0], sw, put, nr, bytes,
						sizeof(bytes)));
	pair[1].epoch[sw] = pair[0].epoch[sw];
}

static void same_member(void)
{
	static uint8_t list[4 * (CTL_OUTPUT_ITEM_LEN + 8)], bytes[4096];
	uint32_t member = (uint32_t)pick(4), sw = (uint32_t)pick(SWITCHES);
	struct ctl_request request = {
		.type = pick(2) ? CTL_OUTPUT : CTL_SWITCH_LOST,
		.member = member, .phase = 1, .epoch = 1,
		.counter = ++pair[0].member_counter[member],
		.key = pick(40), .list = list,
		.dpid = pair[0].dpid[sw], .switch_epoch = pair[0].epoch[sw],
	};
	struct wire_writer w = { list, sizeof(list), 0 };
	unsigned int i, nr = (unsigned int)pick(3) + 1;
	size_t len;

	for (i = 0; i < nr; i++) {
		wire_write_be(&w, pair[0].dpid[(sw + i) % SWITCHES], 8);
		wire_write_be(&w, pick(2), 8);
		wire_write_be(&w, i, 8);
		wire_write_be(&w, 8, 4);
		wire_write_zero(&w, 8);
	}
	request.list_len = w.used;
	len = ctl_request_encode(bytes, sizeof(bytes), RIG_DOMAIN, &request);
	rig_sign_member(member, bytes, len, bytes + len);
	both_switch(0, bytes, len + AGREE_SIG_LEN);
}

/* What only one of them sees */
static void local_noise(struct rig *r)
{
	uint32_t sw = (uint32_t)pick(SWITCHES);
	struct ctl_sw *s = &r->ctl->sw[sw];
	const struct ctl_event link = {
		.kind = CTL_LINK, .sw = sw, .up = pick(3) != 0,
	};

	r->now_ms += pick(300);
	if (pick(2) && s->next > s->floor + 1)
		rig_ack(r, sw, s->floor + 1 + pick(s->next - s->floor - 1));
	else
		rig_step(r, &link);
}

static bool same_run(uint64_t seed, enum ctl_procedure procedure)
{
	unsigned int i, k;

	prng = seed * 5 + procedure;
	for (i = 0; i < 2; i++) {
		rig_config(&pair[i], procedure, SWITCHES);
		pair[i].config.outstanding_max = 128;
		pair[i].config.outstanding_bytes = (1 << 17) + (1 << 16);
		pair[i].config.votes_max = 16;
		pair[i].config.down_ms = 0;
		rig_start(&pair[i]);
		stub_at_once(pair[i].ctl->agree, false);
	}
	for (i = 0; i < 120; i++) {
		for (k = (unsigned int)pick(6); k; k--)
			if (pick(4))
				same_bundle();
			else
				same_member();
		for (k = (unsigned int)pick(5); k; k--)
			local_noise(&pair[0]);
		for (k = (unsigned int)pick(5); k; k--)
			local_noise(&pair[1]);
		/* The time of a block is in the order. */
		pair[0].now_ms = pair[0].now_ms > pair[1].now_ms ?
				 pair[0].now_ms : pair[1].now_ms;
		pair[1].now_ms = pair[0].now_ms;
		rig_tick(&pair[0], 1);
		rig_tick(&pair[1], 1);
		ASK(rig_equal(&pair[0], &pair[1]));
		if (!pick(20))
			rig_restart(&pair[1], &pair[pick(2)]);
	}
	/* It was not quiet. */
	ASK(pair[0].ctl->stats.updates > 100);
	rig_free(&pair[0]);
	rig_free(&pair[1]);
	return true;
}

static uint64_t first = 1, count = 12;

static bool runs(bool (*run)(uint64_t, enum ctl_procedure),
		 enum ctl_procedure procedure)
{
	uint64_t seed;

	for (seed = first; seed < first + count; seed++)
		if (!run(seed, procedure)) {
			printf("# seed %llu\n", (unsigned long long)seed);
			return false;
		}
	return true;
}

static bool liar_run(uint64_t seed, enum ctl_procedure procedure)
{
	bool good;

	lying = true;
	good = order_run(seed, procedure);
	lying = false;
	return good;
}

static bool order_linearizable(void) { return runs(order_run, CTL_LINEARIZABLE); }
static bool order_consistent(void) { return runs(order_run, CTL_CONSISTENT); }
static bool order_no_ack(void) { return runs(order_run, CTL_NO_ACK); }
static bool liar_linearizable(void) { return runs(liar_run, CTL_LINEARIZABLE); }
static bool liar_consistent(void) { return runs(liar_run, CTL_CONSISTENT); }
static bool same_linearizable(void) { return runs(same_run, CTL_LINEARIZABLE); }
static bool same_consistent(void) { return runs(same_run, CTL_CONSISTENT); }
static bool same_no_ack(void) { return runs(same_run, CTL_NO_ACK); }

int main(int argc, char **argv)
{
	if (argc == 3) {
		first = strtoull(argv[1], NULL, 0);
		count = strtoull(argv[2], NULL, 0);
	}
	TEST(order_linearizable);
	TEST(order_consistent);
	TEST(order_no_ack);
	TEST(liar_linearizable);
	TEST(liar_consistent);
	TEST(same_linearizable);
	TEST(same_consistent);
	TEST(same_no_ack);
	return test_end();
}
