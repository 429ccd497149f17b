// SPDX-License-Identifier: GPL-2.0
/*
 * brute [SEED COUNT [SECONDS]]: lib/gate against brute force
 *
 * Without arguments the named cases (brute_cases.c), and ten seconds from a seed
 * of the day.
 *
 * COUNT random rule sets, each with flows and packets.  A flow that is made as
 * ovs-vswitchd makes it must be let in (or be one of those that gate.h says are
 * not); of any flow that is let in, forged ones above all, packets must leave as
 * the rules say.  A failure prints rules, flow and packet, and the seed that with
 * a count of 1 shows it again; after a few it stops.  Last line: N passed, N
 * failed.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

#include "brute_cases.h"
#include "brute_check.h"

enum {
	FLOWS = 24,			/* of one rule set */
	FORGERIES = 4,			/* of one flow */
	SAMPLES = 12,			/* packets of one flow */
	OUTPUTS_MAX = 12,		/* of a packet whose flow is made */
	FAILURES_SHOWN = 4,
	SECONDS = 10,			/* without arguments */
};

struct counts {
	unsigned long flows, forged, forged_in, refused_as_said, executes,
		packet_outs, guesses, slow, slow_refused, skipped, failed;
	unsigned long forgery[GEN_FORGERIES], forgery_in[GEN_FORGERIES];
};

static struct counts counts;
static struct brute_rules rules;
static struct brute_check check;
static struct brute_message flow, forged;
static struct brute_outs outs;
static uint64_t seed;

static void failure(const char *words, const struct brute_message *m,
		    const struct brute_pkt *p)
{
	if (counts.failed++ >= FAILURES_SHOWN)
		return;
	printf("FAIL %s: brute %llu 1\n", words, (unsigned long long)seed);
	printf("gate says: %s (table %d, attribute %d)\n",
	       gate_err_text(check.err), check.result.table, check.result.attr);
	brute_print_rules(stdout, &rules);
	if (m) {
		brute_print_flow(stdout, m);
		brute_dump_flow(stdout, m);
	}
	if (p) {
		printf("packet: ");
		brute_print_pkt(stdout, p);
	}
}

static void show_outputs(void)
{
	if (counts.failed > FAILURES_SHOWN)
		return;
	printf("rules say:\n");
	brute_print_outs(stdout, &check.want);
	printf("actions do:\n");
	brute_print_outs(stdout, &check.got);
}

static void copy_attrs(struct brute_attrs *to, const struct brute_attrs *from)
{
	to->len = from->len;
	memcpy(to->bytes, from->bytes, from->len);
}

static void copy_message(struct brute_message *to,
			 const struct brute_message *from)
{
	copy_attrs(&to->key, &from->key);
	copy_attrs(&to->mask, &from->mask);
	copy_attrs(&to->actions, &from->actions);
	to->has_mask = from->has_mask;
}

static bool same_attrs(const struct brute_attrs *a, const struct brute_attrs *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

static bool same_message(const struct brute_message *a,
			 const struct brute_message *b)
{
	return same_attrs(&a->key, &b->key) && same_attrs(&a->mask, &b->mask) &&
	       same_attrs(&a->actions, &b->actions) &&
	       a->has_mask == b->has_mask;
}

/*
 * Does gate.h say that such packets are refused?  With which words depends on
 * what else is wrong then: with a rule gone, say.
 */
static bool as_said(unsigned int notes)
{
	return notes & (NOTE_TAGS | NOTE_HIDDEN);
}

static void expect_yes(const char *words, unsigned int notes,
		       const struct brute_message *m, const struct brute_pkt *p)
{
	if (!check.err)
		return;
	if (as_said(notes)) {
		counts.refused_as_said++;
		return;
	}
	failure(words, m, p);
	if (counts.failed <= FAILURES_SHOWN)
		brute_print_outs(stdout, &outs);
}

static void try_flow(struct gen *g, const struct brute_pkt *p)
{
	unsigned int i, kind, how = gen_below(g, 8);
	struct brute_wc wc = {
		.style = gen_below(g, STYLE_NR),
		.seed = gen_u32(g),
	};

	brute_run_rules(&rules, p, gen_below(g, 1u << rules.idle_nr), &wc,
			&outs);
	if ((outs.notes & (NOTE_UNDEFINED | NOTE_FULL)) ||
	    outs.nr > OUTPUTS_MAX) {
		counts.skipped++;
		return;
	}
	flow.has_mask = true;
	brute_message_key(&flow.key, p, how);
	brute_message_actions(&flow.actions, p, &outs, &wc.mask, how);
	brute_message_mask(&flow.mask, &rules, p, &wc.mask, how);
	counts.flows++;
	if (!brute_check_flow(&check, &flow, SAMPLES)) {
		failure("flow was let in", &flow, &check.witness);
		show_outputs();
	}
	expect_yes("flow was refused", outs.notes, &flow, p);
	for (i = 0; i < FORGERIES; i++) {
		copy_message(&forged, &flow);
		kind = gen_forge(g, &rules, &forged);
		if (gen_one_in(g, 4))
			gen_forge(g, &rules, &forged);
		if (same_message(&forged, &flow))
			continue;
		counts.forged++;
		counts.forgery[kind]++;
		if (!brute_check_flow(&check, &forged, 2 * SAMPLES)) {
			failure(gen_forgery_name(kind), &forged,
				&check.witness);
			show_outputs();
		}
		if (!check.err) {
			counts.forged_in++;
			counts.forgery_in[kind]++;
		}
	}
}

static void put_output(struct brute_attrs *a, uint32_t port)
{
	a->len = 0;
	if (port == BRUTE_USER)
		brute_put_userspace(a, false);
	else
		attr_put(a, OVS_ACTION_ATTR_OUTPUT, &port, 4);
}

/*
 * What the datapath cannot set, user space sets, and executes output by output:
 * dpif_execute_with_help().  Not all that it may do so is let in; what must be is
 * in brute_cases.c.
 */
static void try_slow(struct gen *g)
{
	uint8_t bytes[BRUTE_FRAME];
	struct brute_pkt q;
	unsigned int i;
	size_t len;
	bool guess;

	for (i = 0; i < outs.nr; i++) {
		q = outs.out[i].pkt;
		len = brute_serialise(bytes, &q, gen_below(g, 16));
		put_output(&forged.actions, outs.out[i].port);
		counts.slow++;
		brute_check_packet(&check, &q, bytes, len, &forged.actions,
				   &guess);
		counts.slow_refused += check.err != GATE_OK;
	}
}

static void try_execute(struct gen *g, const struct brute_pkt *p)
{
	struct brute_wc wc = { .style = STYLE_ALL };
	uint8_t bytes[BRUTE_FRAME];
	enum brute_parsed parsed;
	struct brute_pkt q;
	unsigned int kind;
	bool guess;
	size_t len;

	brute_run_rules(&rules, p, gen_below(g, 1u << rules.idle_nr), &wc,
			&outs);
	if ((outs.notes & (NOTE_UNDEFINED | NOTE_FULL)) ||
	    outs.nr > OUTPUTS_MAX)
		return;
	if (outs.notes & NOTE_SLOW) {
		try_slow(g);
		return;
	}
	len = brute_serialise(bytes, p, p->tags ? gen_below(g, 16) :
			      gen_below(g, 32));
	parsed = brute_parse(&q, bytes, len);
	q.in_port = p->in_port;
	if (p->tags <= 2 && (parsed != PARSED || memcmp(&q, p, sizeof(q)))) {
		failure("own parser", NULL, p);
		brute_print_pkt(stdout, &q);
		return;
	}
	brute_message_actions(&flow.actions, p, &outs, &wc.mask,
			      gen_below(g, 2));
	flow.key.len = flow.mask.len = 0;
	counts.executes++;
	if (!brute_check_packet(&check, p, bytes, len, &flow.actions, &guess)) {
		failure("packet was let in", &flow, p);
		show_outputs();
	}
	expect_yes("packet was refused", outs.notes, &flow, p);
	copy_message(&forged, &flow);
	kind = gen_forge_actions(g, &rules, &forged.actions);
	if (!brute_check_packet(&check, p, bytes, len, &forged.actions,
				&guess)) {
		failure(gen_forgery_name(kind), &forged, p);
		show_outputs();
	}
	counts.guesses += guess;
	bytes[gen_below(g, len)] ^= 1 << gen_below(g, 8);
	if (gen_one_in(g, 2))
		len -= gen_below(g, 16);
	if (brute_parse(&q, bytes, len) != PARSED || q.tags > 2)
		return;
	q.in_port = p->in_port;
	if (!brute_check_packet(&check, &q, bytes, len, &flow.actions,
				&guess)) {
		failure("packet with a bit changed", &flow, &q);
		show_outputs();
	}
}

static void try_packet_out(struct gen *g, const struct brute_pkt *p)
{
	static struct of_packet_out po;
	uint8_t bytes[BRUTE_FRAME], other[BRUTE_FRAME];
	struct flow_key exact;
	unsigned int kind;
	size_t len;

	len = brute_serialise(bytes, p, gen_below(g, 16));
	memset(&po, 0, sizeof(po));
	po.in_port = brute_port_dp(&rules, p->in_port)->of_port;
	po.action_nr = gen_packet_out(g, &rules, po.action, 8);
	po.data = bytes;
	po.data_len = len;
	brute_run_actions(&rules, p, po.action, po.action_nr, &outs);
	if ((outs.notes & (NOTE_UNDEFINED | NOTE_FULL | NOTE_SLOW)) ||
	    outs.nr > OUTPUTS_MAX)
		return;
	memset(&exact, 0xff, sizeof(exact));
	brute_message_actions(&flow.actions, p, &outs, &exact, 0);
	flow.key.len = flow.mask.len = 0;
	counts.packet_outs++;
	if (!brute_check_packet_out(&check, &po, p, bytes, len,
				    &flow.actions)) {
		failure("packet-out was let in", &flow, p);
		show_outputs();
	}
	expect_yes("packet-out was refused", outs.notes, &flow, p);
	copy_message(&forged, &flow);
	kind = gen_forge_actions(g, &rules, &forged.actions);
	if (!brute_check_packet_out(&check, &po, p, bytes, len,
				    &forged.actions)) {
		failure(gen_forgery_name(kind), &forged, p);
		show_outputs();
	}
	memcpy(other, bytes, len);
	other[gen_below(g, len)] ^= 1 << gen_below(g, 8);
	po.data = other;
	brute_check_packet_out(&check, &po, p, bytes, len, &flow.actions);
	if (!check.err && check.result.kind == GATE_FORWARD)
		failure("packet-out of another packet", &flow, p);
}

static void run(uint64_t s)
{
	char words[128];
	struct brute_pkt p;
	struct gen g;
	unsigned int i;

	seed = s;
	gen_seed(&g, s);
	gen_rules(&g, &rules);
	if (!brute_load(&check, &rules, &g, words, sizeof(words))) {
		failure(words, NULL, NULL);
		return;
	}
	for (i = 0; i < FLOWS; i++) {
		gen_packet(&g, &rules, &p);
		try_flow(&g, &p);
		gen_packet(&g, &rules, &p);
		try_execute(&g, &p);
		if (i % 4 == 0)
			try_packet_out(&g, &p);
	}
	brute_unload(&check);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec +
	       (now.tv_nsec - start->tv_nsec) / 1e9;
}

static void report(uint64_t first, unsigned long done, unsigned long samples,
		   double elapsed)
{
	unsigned long total, passed = 0, failed = 0;
	unsigned int i;

	for (i = 0; i < GEN_FORGERIES; i++)
		printf("forged: %-16s %8lu, let in and right %8lu\n",
		       gen_forgery_name(i), counts.forgery[i],
		       counts.forgery_in[i]);
	total = counts.flows + counts.forged + counts.executes * 2 +
		counts.packet_outs * 2;
	printf("%lu rule sets from seed %llu: %lu flows, %lu forged, ", done,
	       (unsigned long long)first, counts.flows, counts.forged);
	printf("%lu packets executed, %lu packet-outs, %lu samples\n",
	       counts.executes, counts.packet_outs, samples);
	printf("slow path: %lu packets, %lu refused\n", counts.slow,
	       counts.slow_refused);
	printf("refused as gate.h says: %lu; not compared: %lu skipped, ",
	       counts.refused_as_said, counts.skipped);
	printf("%lu that rules may have made of another packet\n",
	       counts.guesses);
	printf("%.0f cases per second\n", total / elapsed);
	brute_cases(&passed, &failed);
	counts.failed += failed;
	printf("%lu passed, %lu failed\n", total + passed + failed - counts.failed,
	       counts.failed);
}

int main(int argc, char **argv)
{
	unsigned long done = 0, count = ~0ul, samples = 0;
	uint64_t first = time(NULL) / 86400 * 1000000000;
	double seconds = SECONDS;
	struct timespec start;

	if (argc == 2 || argc > 4) {
		fprintf(stderr, "usage: brute [SEED COUNT [SECONDS]]\n");
		return 2;
	}
	if (argc > 1) {
		first = strtoull(argv[1], NULL, 0);
		count = strtoul(argv[2], NULL, 0);
		seconds = argc > 3 ? atof(argv[3]) : 0;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		run(first + done++);
		samples += check.samples;
	} while (done < count && counts.failed < FAILURES_SHOWN &&
		 (!seconds || seconds_since(&start) < seconds));
	report(first, done, samples, seconds_since(&start));
	return !counts.flows || counts.failed;
}
