// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on lib/quorum and on the model, all answers compared.
 *
 *	machine [FIRST-SEED [SEEDS [OPERATIONS]]]
 *
 * A seed decides the configuration, the key sets, which kinds of operation are
 * more frequent, and the operations.  Any number of updates are between offer,
 * credit and finish at a time.  A difference prints the seed and the number of
 * the operation.
 */
#include "model.h"

enum { FLIGHTS = 12, TREES = 4000, FORESTS = 100 };

/* A submitted update on its way */
struct flight {
	enum { NONE, OFFERED, REACHED } state;
	struct quorum_ticket t;
	struct model_ticket mt;
	uint8_t *bytes;
};

static struct model model;
static struct quorum *q;
static struct quorum_config config;
static struct flight flight[FLIGHTS];
static struct seal_tree tree[TREES];
static unsigned int tree_nr, operation;
static unsigned int forests[MODEL_PHASES + 8];	/* trees of many leaves, by phase */
static uint64_t seed, now, rng;
static uint8_t bytes[SEAL_ROOM];
static unsigned long tally[QUORUM_ERR_NR], reached, expired, evicted, phases;

static uint64_t next(void)
{
	uint64_t z;

	rng += 0x9e3779b97f4a7c15;
	z = rng;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)(next() >> 33) % n;
}

#define SAME(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("FAIL seed %llu operation %u (%s:%d): %s\n", \
			       (unsigned long long)seed, operation,	\
			       __FILE__, __LINE__, #cond);		\
			exit(1);					\
		}							\
	} while (0)

static signer_set set_of(const uint64_t bits[2])
{
	return (signer_set)bits[1] << 64 | bits[0];
}

static void check_status(void)
{
	struct quorum_phase *p[QUORUM_PHASES];
	unsigned int slot[QUORUM_PHASES], i, nr, live = 0;
	struct quorum_status a, b;
	uint64_t n;

	/* What no call has ended yet counts still: make one that does. */
	quorum_phases(q, now, p, slot);
	quorum_status(q, &a);
	model_status(&model, &b);
	SAME(a.next_sequence == b.next_sequence);
	SAME(a.evicted == b.evicted);
	SAME(a.pending == b.pending);
	SAME(a.roots == b.roots);
	n = b.next_sequence + below(20) - 10;
	SAME(quorum_is_done(q, n) == model_is_done(&model, n));
	n = b.next_sequence + below(5000);
	SAME(quorum_is_done(q, n) == model_is_done(&model, n));

	nr = quorum_phases(q, now, p, slot);
	for (i = model.phase_nr; i--;) {
		const struct model_phase *m = &model.phase[i];

		if (m->gone || m->until <= now)
			continue;
		SAME(live < nr);
		SAME(p[live]->phase == m->p.phase);
		SAME(slot[live] < QUORUM_PHASES);
		live++;
	}
	SAME(live == nr);
	SAME(nr < 2 || slot[0] != slot[1]);
}

static void add_phase(void)
{
	static const uint16_t sizes[] = { 1, 4, 4, 7, 10, 33, 128 };
	struct quorum_phase p = { 0 };
	unsigned int i, f, slot = 9;
	enum quorum_err err;

	p.phase = model.phase_nr ?
		model.phase[model.phase_nr - 1].p.phase + 1 : 1 + below(3);
	p.n = sizes[below(7)];
	f = (p.n - 1) / 3;
	p.quorum = (uint16_t)(f + 1 + below(p.n - 2 * f));
	if (below(4)) {
		p.scheme = SCHEME_INDIVIDUAL;
		for (i = 1; i <= p.n; i++)
			p.alg[i] = (uint8_t)(ALG_RSA + below(2));
	} else {
		p.scheme = SCHEME_THRESHOLD;
		p.alg[0] = ALG_BLS;
	}
	if (!below(8))
		p.phase += below(2) ? 1 : -1u;
	if (!p.phase)	/* there is none, which the model does not know */
		p.phase = 100;
	if (model.phase_nr == MODEL_PHASES)
		return;
	err = quorum_phase_add(q, &p, now, &slot);
	SAME(err == model_phase_add(&model, &p, now));
	SAME(err || slot < QUORUM_PHASES);
	tally[err]++;
	phases += !err;
}

static uint64_t some_number(void)
{
	const struct model_phase *p = model_newest(&model);
	uint64_t base = p ? model_base(p) : 1;

	switch (below(24)) {
	case 0:
		return base + QUORUM_WINDOW - 1 + below(2);
	case 1:
		return base > 3 ? base - 1 - below(3) : 1;
	case 2:
		return base + below(QUORUM_WINDOW);
	case 3 ... 9:
		return base;
	default:
		return base + below(12);
	}
}

static uint32_t some_phase(void)
{
	const struct model_phase *p = model_newest(&model);
	uint32_t phase = p ? p->p.phase : 1;

	switch (below(10)) {
	case 0:
	case 1:
		return phase > 1 ? phase - 1 : 1;
	case 2:
		return below(3) ? phase : phase + 1;
	default:
		return phase;
	}
}

static void plant(struct seal_tree *t)
{
	uint32_t phase = some_phase();
	unsigned int i;

	/* Fewer than the library remembers: what it remembers is everything. */
	t->leaves = below(3) || forests[phase] == FORESTS ? 1 :
		    1 + below(SEAL_LEAVES);
	forests[phase] += t->leaves > 1;
	for (i = 0; i < t->leaves; i++)
		t->body[i] = seal_dependent(phase, some_number(),
					    (uint8_t)(below(4) ? 0 : below(3)));
	if (!below(50))
		t->body[0].domain++;
	else if (!below(50))
		t->body[0].dpid++;
}

static bool equal_trees(const struct seal_tree *a, const struct seal_tree *b)
{
	unsigned int i;

	for (i = 0; i < a->leaves && i < b->leaves; i++) {
		const struct seal_body *x = &a->body[i], *y = &b->body[i];

		/* what else is in a body follows from these */
		if (x->domain != y->domain || x->dpid != y->dpid ||
		    x->phase != y->phase || x->sequence != y->sequence ||
		    x->variant != y->variant)
			return false;
	}
	return a->leaves == b->leaves;
}

/* Trees stay, so that updates come again. */
static struct seal_tree *some_tree(void)
{
	static struct seal_tree t;
	unsigned int i;

	if (tree_nr && (below(2) || tree_nr == TREES))
		return &tree[tree_nr - 1 - below(tree_nr < 20 ? tree_nr : 20)];
	memset(&t, 0, sizeof(t));
	plant(&t);
	for (i = 0; i < tree_nr; i++)
		if (equal_trees(&tree[i], &t))
			return &tree[i];
	tree[tree_nr] = t;
	return &tree[tree_nr++];
}

static void choose_signers(struct seal *s, uint32_t phase)
{
	const struct model_phase *p = NULL;
	unsigned int i, nr, place;
	bool in[UPDATE_SIGNERS_MAX + 1] = { false };

	for (i = 0; i < model.phase_nr; i++)
		if (model.phase[i].p.phase == phase)
			p = &model.phase[i];
	if (p && p->p.scheme == SCHEME_THRESHOLD && below(12)) {
		s->sig_nr = 1;
		s->sig[0].signer = 0;
		s->sig[0].alg = ALG_BLS;
		s->sig[0].forged = !below(4);
		return;
	}
	nr = below(6) ? 1 + below(3) : below(2) * below(UPDATE_SIGNERS_MAX + 1);
	for (i = 0; i < nr; i++)
		in[1 + below(p && below(30) ? p->p.n : UPDATE_SIGNERS_MAX)] = true;
	for (place = 1; place <= UPDATE_SIGNERS_MAX; place++) {
		if (!in[place])
			continue;
		s->sig[s->sig_nr].signer = (uint16_t)place;
		s->sig[s->sig_nr].alg = p && p->p.alg[place] && below(200) ?
			p->p.alg[place] : ALG_RSA;
		s->sig[s->sig_nr++].forged = !below(5);
	}
	if (!below(40))		/* shares */
		for (i = 0; i < s->sig_nr; i++)
			s->sig[i].alg = ALG_BLS;
}

static void offer(struct flight *f)
{
	struct seal s = { .tree = some_tree() };
	signer_set verify = 0;
	enum quorum_err err;
	unsigned int i;
	size_t len;

	s.index = below(s.tree->leaves);
	choose_signers(&s, s.tree->body[0].phase);
	if (!below(40))
		s.depth_error = s.tree->leaves > 1 && below(2) ? -1 : 1;
	else if (s.tree->leaves > 1 && !below(15))
		s.bad_path = true;
	len = seal_make(bytes, &s);
	f->bytes = malloc(len);		/* exactly: sanitizers watch its end */
	memcpy(f->bytes, bytes, len);

	err = quorum_offer(q, &f->t, f->bytes, len, now);
	SAME(err == model_offer(&model, &f->mt, &s, now));
	tally[err]++;
	if (err) {
		free(f->bytes);
		return;
	}
	SAME(set_of(f->t.known) == f->mt.known);
	SAME(set_of(f->t.counted) == f->mt.counted);
	for (i = 0; i < f->t.verify_nr; i++) {
		uint16_t who = f->t.verify[i].sig.signer;

		verify |= (signer_set)1 << (who ? who - 1 : 0);
	}
	SAME(verify == f->mt.verify);
	f->state = OFFERED;
}

static void credit(struct flight *f)
{
	unsigned int i, have, need, mhave, mneed;
	enum quorum_state state, mstate;
	signer_set valid = 0;
	enum quorum_err err;

	seal_verify(&f->t);
	for (i = 0; i < f->t.verify_nr; i++) {
		uint16_t who = f->t.verify[i].sig.signer;

		if (f->t.verify[i].valid)
			valid |= (signer_set)1 << (who ? who - 1 : 0);
	}
	SAME(f->mt.tree || !valid);
	err = quorum_credit(q, &f->t, now, &state, &have, &need);
	SAME(err == model_credit(&model, &f->mt, valid, now, &mstate, &mhave,
				 &mneed));
	tally[err]++;
	SAME(state == mstate && have == mhave && need == mneed);
	if (state == QUORUM_REACHED) {
		f->state = REACHED;
		reached++;
	} else {
		f->state = NONE;
		free(f->bytes);
	}
}

static void finish(struct flight *f)
{
	bool done = below(5) != 0;

	quorum_finish(q, &f->t, done);
	model_finish(&model, &f->mt, done);
	f->state = NONE;
	free(f->bytes);
}

static void expire(void)
{
	struct quorum_pending out;
	unsigned int i;
	uint64_t at;

	model_tick(&model, now);
	for (i = 0; quorum_expire(q, now, &out, &at); i++) {
		SAME(i < 100000);
		SAME(model_expired(&model, &out));
		expired++;
	}
	SAME(at == model_deadline(&model));
	SAME(at > now);
}

/* A long run of numbers: the window has to slide. */
static void rush(void)
{
	const struct model_phase *p = model_newest(&model);
	unsigned int nr = below(300), have, need, i;
	struct seal s = { 0 };
	struct seal_tree t;
	enum quorum_state state;
	struct flight *f = NULL;
	enum quorum_err err;
	size_t len;

	for (i = 0; i < FLIGHTS; i++)
		if (flight[i].state == NONE)
			f = &flight[i];
	if (!f || !p || p->p.n > 10)
		return;
	for (; nr-- && model_base(p) < MODEL_NUMBERS - 6000;) {
		memset(&t, 0, sizeof(t));
		t.leaves = 1;
		t.body[0] = seal_body(p->p.phase, model_base(p) + below(4), 99);
		s.tree = &t;
		s.sig_nr = p->p.scheme == SCHEME_THRESHOLD ? 1 : p->p.quorum;
		for (i = 0; i < s.sig_nr; i++) {
			s.sig[i].signer = p->p.scheme == SCHEME_THRESHOLD ?
				0 : (uint16_t)(i + 1);
			s.sig[i].alg = p->p.alg[s.sig[i].signer];
		}
		len = seal_make(bytes, &s);
		err = quorum_offer(q, &f->t, bytes, len, now);
		SAME(err == model_offer(&model, &f->mt, &s, now));
		if (err)
			continue;
		seal_verify(&f->t);
		err = quorum_credit(q, &f->t, now, &state, &have, &need);
		SAME(err == model_credit(&model, &f->mt, f->mt.verify, now,
					 &state, &have, &need));
		if (err || state != QUORUM_REACHED)
			continue;
		quorum_finish(q, &f->t, true);
		model_finish(&model, &f->mt, true);
	}
}

static void retire(void)
{
	uint32_t phase = some_phase();
	enum quorum_err err;

	if (below(4))
		return;
	model_tick(&model, now);
	expire();
	err = quorum_phase_retire(q, phase);
	SAME(err == model_retire(&model, phase));
}

static void step(void)
{
	struct flight *f = &flight[below(FLIGHTS)];
	unsigned int what = below(1000);

	if (what < 4)
		add_phase();
	else if (what < 8)
		retire();
	else if (what < 10)
		SAME(quorum_flush(q) == model_flush(&model));
	else if (what < 16)
		rush();
	else if (what < 18)
		quorum_set_times(q, model.config.expiry_ms = 1 + below(200),
				 model.config.overlap_ms = below(2) * below(200));
	else if (what < 60)
		now += below(1 + below(60));
	else if (what < 80)
		expire();
	else if (f->state == NONE)
		offer(f);
	else if (f->state == OFFERED)
		credit(f);
	else
		finish(f);
	model_tick(&model, now);
	expire();
	check_status();
}

static void run(unsigned int operations)
{
	static const uint32_t pending[] = { 1, 2, 3, 5, 40 };
	unsigned int i;

	rng = seed * 0x2545f4914f6cdd1d;
	memset(&config, 0, sizeof(config));
	config.domain = SEAL_DOMAIN;
	config.dpid = SEAL_DPID;
	config.pending_max = pending[below(5)];
	config.expiry_ms = 1 + below(2) * below(1000);
	config.overlap_ms = below(2) * below(300);
	config.next_sequence = 1 + below(2) * below(50);
	now = below(1000);
	tree_nr = 0;
	memset(forests, 0, sizeof(forests));
	q = malloc(quorum_size(&config));
	memset(q, 0xa5, quorum_size(&config));
	quorum_init(q, &config);
	model_init(&model, &config);
	for (operation = 0; operation < operations; operation++)
		step();
	evicted += model.evicted;
	for (i = 0; i < FLIGHTS; i++) {
		if (flight[i].state != NONE)
			free(flight[i].bytes);
		flight[i].state = NONE;
	}
	model_exit(&model);
	free(q);
}

static unsigned long number(char **argv, int argc, int i, unsigned long dflt)
{
	return i < argc ? strtoul(argv[i], NULL, 0) : dflt;
}

int main(int argc, char **argv)
{
	unsigned long first = number(argv, argc, 1, 1);
	unsigned long seeds = number(argv, argc, 2, 60), i;
	unsigned int operations = (unsigned int)number(argv, argc, 3, 2000);

	for (i = 0; i < seeds; i++) {
		seed = first + i;
		run(operations);
	}
	printf("# %lu quorums, %lu expired, %lu evicted, %lu phases\n", reached,
	       expired, evicted, phases);
	for (i = 0; i < QUORUM_ERR_NR; i++) {
		printf("# %lu: %s\n", tally[i], quorum_err_text((enum quorum_err)i));
		/* all that can be met here was */
		TEST(quorum_err_text((enum quorum_err)i),
		     seeds < 20 || tally[i] || i == QUORUM_EWIRE);
	}
	TEST("every answer as the model's", reached && expired && evicted && phases);
	return test_end();
}
