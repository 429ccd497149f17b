// SPDX-License-Identifier: GPL-2.0
/* The reference: see model.h. */
#include "model.h"

void model_init(struct model *m, const struct quorum_config *config)
{
	memset(m, 0, sizeof(*m));
	m->config = *config;
}

void model_exit(struct model *m)
{
	while (m->phase_nr)
		free(m->phase[--m->phase_nr].number);
}

static struct model_phase *valid_phase(struct model *m, uint32_t phase,
				       enum quorum_err *why)
{
	unsigned int i;

	*why = QUORUM_EPHASE;
	for (i = 0; i < m->phase_nr; i++) {
		if (m->phase[i].p.phase != phase)
			continue;
		if (!m->phase[i].gone)
			return &m->phase[i];
		*why = QUORUM_ERETIRED;
	}
	return NULL;
}

static bool same(const struct model_body *a, const struct model_body *b)
{
	return a->phase == b->phase && a->sequence == b->sequence &&
	       a->variant == b->variant;
}

static struct model_body name_of(const struct seal_body *b)
{
	struct model_body name = { b->phase, b->sequence, b->variant };

	return name;
}

static struct model_wait *find_wait(struct model *m,
				    const struct model_body *body)
{
	unsigned int i;

	for (i = 0; i < m->wait_nr; i++)
		if (m->wait[i].live && same(&m->wait[i].body, body))
			return &m->wait[i];
	return NULL;
}

static signer_set credits_of(const struct model *m,
			     const struct model_body *body)
{
	signer_set s = 0;
	unsigned int i;

	for (i = 0; i < m->credit_nr; i++)
		if (m->credit[i].live && same(&m->credit[i].body, body))
			s |= (signer_set)1 << m->credit[i].signer;
	return s;
}

static unsigned int count(signer_set s)
{
	return (unsigned int)(__builtin_popcountll((uint64_t)s) +
			      __builtin_popcountll((uint64_t)(s >> 64)));
}

static void drop(struct model *m, struct model_wait *w)
{
	unsigned int i;

	for (i = 0; i < m->credit_nr; i++)
		if (same(&m->credit[i].body, &w->body))
			m->credit[i].live = false;
	w->live = false;
}

static void end_phase(struct model *m, struct model_phase *p)
{
	unsigned int i;

	p->gone = true;
	for (i = 0; i < m->wait_nr; i++)
		if (m->wait[i].live && m->wait[i].body.phase == p->p.phase)
			drop(m, &m->wait[i]);
	for (i = 0; i < m->root_nr; i++)
		if (m->root[i].tree->body[0].phase == p->p.phase)
			m->root[i--] = m->root[--m->root_nr];
}

/* What is over is of no interest to any question: for speed alone. */
static void sweep(struct model *m)
{
	unsigned int i, nr = 0;

	for (i = 0; i < m->credit_nr; i++)
		if (m->credit[i].live)
			m->credit[nr++] = m->credit[i];
	m->credit_nr = nr;
	for (i = nr = 0; i < m->wait_nr; i++)
		if (m->wait[i].live)
			m->wait[nr++] = m->wait[i];
	m->wait_nr = nr;
}

void model_tick(struct model *m, uint64_t now)
{
	unsigned int i;

	sweep(m);
	if (now > m->now)
		m->now = now;
	for (i = 0; i < m->phase_nr; i++)
		if (!m->phase[i].gone && m->phase[i].until <= m->now)
			end_phase(m, &m->phase[i]);
}

enum quorum_err model_phase_add(struct model *m, const struct quorum_phase *p,
				uint64_t now)
{
	struct model_phase *last = m->phase_nr ?
		&m->phase[m->phase_nr - 1] : NULL, *n;
	unsigned int i;

	model_tick(m, now);
	if (last && p->phase != last->p.phase + 1)
		return QUORUM_EKEYSET;
	for (i = 0; i + 1 < m->phase_nr; i++)
		if (!m->phase[i].gone)
			end_phase(m, &m->phase[i]);
	if (last && !last->gone)
		last->until = m->now + m->config.overlap_ms;
	model_tick(m, now);
	n = &m->phase[m->phase_nr++];
	n->p = *p;
	n->until = UINT64_MAX;
	n->first = last ? 1 : m->config.next_sequence;
	n->number = calloc(MODEL_NUMBERS, 1);
	return QUORUM_OK;
}

enum quorum_err model_retire(struct model *m, uint32_t phase)
{
	enum quorum_err why;
	struct model_phase *p = valid_phase(m, phase, &why);

	if (!p)
		return QUORUM_EPHASE;
	end_phase(m, p);
	return QUORUM_OK;
}

uint64_t model_base(const struct model_phase *p)
{
	uint64_t i = p->first;

	while (p->number[i] == 1)
		i++;
	return i;
}

static bool done(const struct model_phase *p, uint64_t sequence)
{
	return sequence < p->first || (sequence < MODEL_NUMBERS &&
				       p->number[sequence] == 1);
}

static enum quorum_err admissible(struct model *m, const struct seal_body *b)
{
	const struct model_phase *p;
	enum quorum_err err;
	unsigned int i;

	p = valid_phase(m, b->phase, &err);
	if (!p)
		return err;
	if (done(p, b->sequence))
		return QUORUM_EREPLAY;
	if (b->sequence > model_base(p) + 4095)
		return QUORUM_EWINDOW;
	if (p->number[b->sequence] == 2)
		return QUORUM_EBUSY;
	for (i = 0; i < b->dep_nr; i++) {
		if (b->dep[i].dpid != m->config.dpid)
			return QUORUM_EFOREIGN;
		if (b->dep[i].sequence > b->sequence)
			return QUORUM_ECYCLE;
		if (!done(p, b->dep[i].sequence))
			return QUORUM_EDEPENDS;
	}
	return QUORUM_OK;
}

enum quorum_err model_offer(struct model *m, struct model_ticket *t,
			    const struct seal *seal, uint64_t now)
{
	const struct seal_body *b = &seal->tree->body[seal->index];
	bool group;
	const struct model_phase *p;
	enum quorum_err err;
	struct model_body name = name_of(b);
	unsigned int i;

	model_tick(m, now);
	memset(t, 0, sizeof(*t));
	t->tree = seal->bad_path ? NULL : seal->tree;
	t->leaves = seal->tree->leaves;
	t->body = *b;
	if (b->domain != m->config.domain)
		return QUORUM_EDOMAIN;
	if (b->dpid != m->config.dpid)
		return QUORUM_EDPID;
	err = admissible(m, b);
	if (err)
		return err;
	p = valid_phase(m, b->phase, &err);
	group = p->p.scheme == SCHEME_THRESHOLD;
	if (!seal->sig_nr)
		return QUORUM_EUNSIGNED;
	for (i = 0; i < seal->sig_nr; i++) {
		uint16_t who = seal->sig[i].signer;

		if (seal->sig[i].alg == ALG_BLS && who)
			return QUORUM_EALG;
		if (group ? who != 0 : who < 1 || who > p->p.n)
			return QUORUM_ESIGNER;
		if (seal->sig[i].alg != p->p.alg[who])
			return QUORUM_EALG;
	}
	if (seal->depth_error)
		return QUORUM_EPATH;
	for (i = 0; i < m->root_nr; i++)
		if (m->root[i].tree == t->tree)
			t->known = m->root[i].who;
	t->counted = credits_of(m, &name);
	for (i = 0; i < seal->sig_nr; i++) {
		uint16_t who = seal->sig[i].signer;

		t->verify |= (signer_set)1 << (who ? who - 1 : 0);
	}
	t->verify &= ~(t->known | t->counted);
	return QUORUM_OK;
}

static unsigned int share(const struct model *m, const struct model_phase *p)
{
	unsigned int n = p->p.scheme == SCHEME_THRESHOLD ? 1 : p->p.n;
	unsigned int all = m->config.pending_max * 32 < 128 ? 128 :
			   m->config.pending_max * 32;

	return n * m->config.pending_max <= all ? m->config.pending_max :
	       all / n;
}

/* Credit one signer, whose oldest goes if he has too many: false if it cannot. */
static bool give(struct model *m, const struct model_phase *p,
		 const struct model_body *body, unsigned int signer)
{
	struct model_credit *c, *oldest = NULL;
	unsigned int i, has = 0;
	struct model_wait *w;

	for (i = 0; i < m->credit_nr; i++) {
		c = &m->credit[i];
		if (!c->live || c->signer != signer ||
		    c->body.phase != body->phase)
			continue;
		has++;
		if (!oldest && !find_wait(m, &c->body)->busy)
			oldest = c;
	}
	if (has >= share(m, p)) {
		if (!oldest)
			return false;
		oldest->live = false;
		m->evicted++;
		if (!credits_of(m, &oldest->body))
			find_wait(m, &oldest->body)->live = false;
	}
	w = find_wait(m, body);
	if (!w) {
		w = &m->wait[m->wait_nr++];
		w->body = *body;
		w->live = true;
		w->busy = false;
	}
	w->since = m->now;
	c = &m->credit[m->credit_nr++];
	c->body = *body;
	c->signer = signer;
	c->live = true;
	return true;
}

static void learn(struct model *m, const struct seal_tree *tree, signer_set who)
{
	unsigned int i;

	for (i = 0; i < m->root_nr && m->root[i].tree != tree; i++)
		;
	if (i == m->root_nr) {
		m->root[i].tree = tree;
		m->root[i].who = 0;
		m->root_nr++;
	}
	m->root[i].who |= who;
}

enum quorum_err model_credit(struct model *m, struct model_ticket *t,
			     signer_set valid, uint64_t now,
			     enum quorum_state *state, unsigned int *have,
			     unsigned int *need)
{
	signer_set good = t->known | t->counted | valid, had;
	struct model_body name = name_of(&t->body);
	struct model_phase *p;
	enum quorum_err err;
	bool full = false;
	unsigned int i;

	*state = QUORUM_PENDING;
	*have = 0;
	*need = 0;
	model_tick(m, now);
	p = valid_phase(m, t->body.phase, &err);
	if (!p)
		return err;
	if (t->tree && t->leaves > 1 && valid)
		learn(m, t->tree, valid);
	err = admissible(m, &t->body);
	if (err)
		return err;
	if (!good)
		return QUORUM_ESIGNATURE;
	had = credits_of(m, &name);
	for (i = 0; i < 128; i++)
		if ((good & ~had) >> i & 1 && !give(m, p, &name, i))
			full = true;
	had = credits_of(m, &name);
	if (!had)
		return QUORUM_EFULL;
	*need = p->p.quorum;
	*have = p->p.scheme == SCHEME_THRESHOLD ? p->p.quorum : count(had);
	if (*have >= *need) {
		*state = QUORUM_REACHED;
		p->number[t->body.sequence] = 2;
		find_wait(m, &name)->busy = true;
		return QUORUM_OK;
	}
	return full ? QUORUM_EFULL : QUORUM_OK;
}

void model_finish(struct model *m, struct model_ticket *t, bool is_done)
{
	struct model_body name = name_of(&t->body);
	struct model_phase *p;
	enum quorum_err why;
	unsigned int i;

	p = valid_phase(m, t->body.phase, &why);
	if (!p)
		return;
	p->number[t->body.sequence] = is_done;
	if (!is_done) {
		find_wait(m, &name)->busy = false;
		find_wait(m, &name)->since = m->now;
		return;
	}
	for (i = 0; i < m->wait_nr; i++)
		if (m->wait[i].live && m->wait[i].body.phase == name.phase &&
		    m->wait[i].body.sequence == name.sequence)
			drop(m, &m->wait[i]);
}

uint64_t model_deadline(const struct model *m)
{
	uint64_t first = UINT64_MAX, at;
	unsigned int i;

	for (i = 0; i < m->wait_nr; i++) {
		at = m->wait[i].since + m->config.expiry_ms;
		if (m->wait[i].live && !m->wait[i].busy && at < first)
			first = at;
	}
	return first;
}

bool model_expired(struct model *m, const struct quorum_pending *out)
{
	uint64_t deadline = model_deadline(m);
	struct seal_body b;
	uint8_t leaf[32];
	unsigned int i, have;
	enum quorum_err why;
	struct model_wait *w;

	for (i = 0; i < m->wait_nr; i++) {
		w = &m->wait[i];
		if (!w->live || w->busy ||
		    w->since + m->config.expiry_ms != deadline ||
		    deadline > m->now || w->body.phase != out->phase ||
		    w->body.sequence != out->sequence)
			continue;
		b = seal_dependent(out->phase, out->sequence, w->body.variant);
		seal_leaf(leaf, &b);
		if (memcmp(leaf, out->leaf, 32))
			continue;
		have = count(credits_of(m, &w->body));
		if (valid_phase(m, out->phase, &why)->p.scheme ==
		    SCHEME_THRESHOLD)
			have = valid_phase(m, out->phase, &why)->p.quorum;
		drop(m, w);
		return have == out->have;
	}
	return false;
}

unsigned int model_flush(struct model *m)
{
	unsigned int i, nr = 0;

	for (i = 0; i < m->wait_nr; i++) {
		if (!m->wait[i].live || m->wait[i].busy)
			continue;
		drop(m, &m->wait[i]);
		nr++;
	}
	return nr;
}

const struct model_phase *model_newest(const struct model *m)
{
	unsigned int i;

	for (i = m->phase_nr; i--;)
		if (!m->phase[i].gone)
			return &m->phase[i];
	return NULL;
}

void model_status(const struct model *m, struct quorum_status *out)
{
	const struct model_phase *p = model_newest(m);
	unsigned int i;

	memset(out, 0, sizeof(*out));
	out->next_sequence = p ? model_base(p) : m->config.next_sequence;
	out->evicted = m->evicted;
	for (i = 0; i < m->wait_nr; i++)
		out->pending += m->wait[i].live && !m->wait[i].busy;
	for (i = 0; i < m->root_nr; i++)
		out->roots += m->root[i].who != 0;
}

bool model_is_done(const struct model *m, uint64_t sequence)
{
	const struct model_phase *p = model_newest(m);

	return p ? done(p, sequence) : sequence < m->config.next_sequence;
}
