// SPDX-License-Identifier: GPL-2.0
/*
 * cases SEED COUNT: rules and flows as text, with the verdicts of lib/gate, for
 * oracle.py.  COUNT rule sets, each with flows as user space makes them, and
 * forged ones.
 */
#include <stdlib.h>

#include "brute_check.h"

enum { FLOWS = 6, FORGERIES = 3, OUTPUTS_MAX = 12 };

static struct brute_rules rules;
static struct brute_check check;
static struct brute_message flow;
static struct brute_outs outs;

static void verdict(void)
{
	struct gate_flow attrs = brute_gate_flow(&flow);
	enum gate_err err;

	err = gate_check_flow(&check.view, &attrs, check.scratch,
			      &check.result);
	brute_dump_flow(stdout, &flow);
	printf("gate %s %s\n", err ? "REFUSE" : "ACCEPT", gate_err_text(err));
}

static void some_flows(struct gen *g)
{
	unsigned int i, how = gen_below(g, 8);
	struct brute_wc wc = {
		.style = gen_below(g, STYLE_NR),
		.seed = gen_u32(g),
	};
	struct brute_pkt p;

	gen_packet(g, &rules, &p);
	brute_run_rules(&rules, &p, gen_below(g, 1u << rules.idle_nr), &wc,
			&outs);
	if (outs.nr > OUTPUTS_MAX)
		return;
	for (i = 0; i <= FORGERIES; i++) {
		flow.has_mask = true;
		brute_message_key(&flow.key, &p, how);
		brute_message_actions(&flow.actions, &p, &outs, &wc.mask, how);
		brute_message_mask(&flow.mask, &rules, &p, &wc.mask, how);
		if (i)
			gen_forge(g, &rules, &flow);
		verdict();
	}
}

int main(int argc, char **argv)
{
	unsigned long i, n, count;
	char words[128];
	uint64_t seed;
	struct gen g;

	if (argc != 3) {
		fprintf(stderr, "usage: cases SEED COUNT\n");
		return 2;
	}
	seed = strtoull(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	for (i = 0; i < count; i++) {
		gen_seed(&g, seed + i);
		gen_rules(&g, &rules);
		if (!brute_load(&check, &rules, &g, words, sizeof(words))) {
			fprintf(stderr, "cases: %s\n", words);
			return 1;
		}
		printf("case %llu\n", (unsigned long long)(seed + i));
		brute_print_rules(stdout, &rules);
		for (n = 0; n < FLOWS; n++)
			some_flows(&g);
		brute_unload(&check);
	}
	return 0;
}
