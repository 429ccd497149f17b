// SPDX-License-Identifier: GPL-2.0
/*
 * What a walk costs with 10 to 10,000 rules, of three kinds, for packets that
 * are known in full and for regions as openvswitch makes them: the fields of
 * later lookup stages are wildcards, and of an address there is a prefix.
 */
#include <time.h>

#include "unit.h"

enum { WALKS = 20000, QUESTIONS = 512 };

enum kind { ROUTES, TUPLES, MACS, KINDS };
enum shape { EXACT, PARTLY, MISS, SHAPES };

static const char *const kind_name[] = { "ipv4_dst /32 and /24", "5-tuples",
					 "MAC pairs" };
static const char *const shape_name[] = { "exact", "partly known", "prefix, miss" };

static struct gate_state question[QUESTIONS];
static struct gate_effects want;
static struct of_flow_mod fm;

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static uint32_t mixed(uint32_t i)
{
	return i * 2654435761u;
}

static void rule_match(struct flow_match *m, enum kind kind, uint32_t i)
{
	memset(m, 0, sizeof(*m));
	if (kind == MACS) {
		unit_match(m, FLOW_ETH_DST, 0x020000000000 | mixed(i));
		unit_match(m, FLOW_ETH_SRC, 0x020000000000 | mixed(i / 16));
		return;
	}
	unit_match(m, FLOW_ETH_TYPE, 0x0800);
	if (kind == ROUTES) {
		if (i % 4)
			unit_match(m, FLOW_IPV4_DST, mixed(i));
		else
			unit_match_masked(m, FLOW_IPV4_DST, mixed(i),
					  0xffffff00);
		return;
	}
	unit_match(m, FLOW_IPV4_SRC, mixed(i % 64));
	unit_match(m, FLOW_IPV4_DST, mixed(i / 64));
	unit_match(m, FLOW_IP_PROTO, i % 2 ? 6 : 17);
	unit_match(m, i % 2 ? FLOW_TCP_SRC : FLOW_UDP_SRC, 1024 + i % 1000);
	unit_match(m, i % 2 ? FLOW_TCP_DST : FLOW_UDP_DST, i % 50);
}

static void make_question(struct gate_state *s, enum kind kind, enum shape shape,
			  uint32_t i)
{
	struct flow_match m;
	unsigned int w;

	memset(s, 0, sizeof(*s));
	rule_match(&m, kind, i);
	memcpy(&s->val, &m.key, sizeof(s->val));
	memset(&s->known, 0xff, sizeof(s->known));
	if (shape == EXACT)
		return;
	memset(&s->known.key.tp_src, 0, 4);
	memset(&s->known.key.ipv4_src, 0, 4);
	if (shape == PARTLY) {
		/* what the rule needs, and not a bit more */
		memcpy(&s->known, &m.mask, sizeof(s->known));
	} else {
		/* one bit off at the end of a prefix: in no rule, mostly */
		s->val.key.ipv4_dst ^= htonl(0x2000);
		s->known.key.ipv4_dst = htonl(0xffffe000);
		s->val.key.eth_dst[3] ^= 0x40;
		memset(s->known.key.eth_dst + 4, 0, 2);
		memset(s->known.key.eth_src, 0, 6);
	}
	memset(s->known.key.vlan, 0xff, sizeof(s->known.key.vlan));
	memset(&s->known.key.in_port, 0xff, 4);
	s->known.key.ip_frag = 0xff;
	for (w = 0; w < FLOW_KEY_WORDS; w++)
		s->val.word[w] &= s->known.word[w];
}

static bool fill(struct gate_pipeline *p, enum kind kind, unsigned int rules,
		 double *load_ms)
{
	struct gate_touched touched;
	struct gate_change *c;
	double start = now_ns();
	unsigned int i;

	if (gate_pipeline_init(p, rules))
		return false;
	c = gate_change_begin(p);
	for (i = 0; c && i < rules; i++) {
		unit_flow_mod(&fm, OF_FLOW_ADD, 0, 0);
		rule_match(&fm.match, kind, i);
		/* longest prefix first, as routers have it */
		fm.priority = fm.match.mask.ipv4_dst == 0xffffffff ? 20 : 10;
		unit_output(&fm, 1);
		if (gate_change_flow_mod(c, &fm, 0)) {
			gate_change_abort(c);
			return false;
		}
	}
	gate_change_commit(c, &touched);
	*load_ms = (now_ns() - start) / 1e6;
	return true;
}

/* ns for one walk; negative: it went wrong */
static double measure(const struct gate_pipeline *p, enum kind kind,
		      enum shape shape, unsigned int rules)
{
	static const struct gate_port port = { .of_port = 1, .dp_port = 1 };
	const struct gate_view view = {
		.rules = p->version, .ports = { 1, &port }, .vlan_limit = 1,
	};
	unsigned int i, choices, wrong = 0, outputs = 0;
	struct gate_result result;
	double start;

	for (i = 0; i < QUESTIONS; i++)
		make_question(&question[i], kind, shape, mixed(i) % rules);
	start = now_ns();
	for (i = 0; i < WALKS; i++) {
		want.nr = 0;
		want.state_nr = 0;
		memset(&result, 0, sizeof(result));
		wrong += gate_walk(&view, &question[i % QUESTIONS], 0, &choices,
				   &want, &result) != GATE_OK;
		outputs += want.nr;
	}
	if (shape != MISS && (wrong || outputs != WALKS))
		return -1;
	return (now_ns() - start) / WALKS;
}

int main(void)
{
	static const unsigned int sizes[] = { 10, 100, 1000, 10000 };
	double ns, first, load_ms, ratio, worst = 0;
	struct gate_pipeline p;
	unsigned int kind, shape, i;

	for (kind = 0; kind < KINDS; kind++) {
		for (shape = 0; shape < SHAPES; shape++) {
			printf("%-22s %-14s", kind_name[kind], shape_name[shape]);
			first = 0;
			for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
				if (!fill(&p, kind, sizes[i], &load_ms)) {
					TEST("rules are accepted", false);
					return test_end();
				}
				ns = measure(&p, kind, shape, sizes[i]);
				gate_pipeline_destroy(&p);
				if (!i)
					first = ns;
				ratio = ns / first;
				printf(" %6u: %5.0f ns (x%.1f)", sizes[i], ns,
				       ratio);
				if (ns < 0 || first < 0)
					worst = 1e9;
			}
			if (ratio > worst)
				worst = ratio;
			printf("  load %.0f ms\n", load_ms);
		}
	}
	printf("# 1000 times the rules: at most %.1f times the cost\n", worst);
	/* Linear would be 1000; half of this machine may be somebody else's. */
	TEST("cost does not grow with the number of rules", worst < 50);
	return test_end();
}
