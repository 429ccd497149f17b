// SPDX-License-Identifier: GPL-2.0
/* Who leads next (docs/agreement.md section 2, Term): against a model that walks every dummy. */
#include "agree_state.h"
#include "test.h"

struct model {
	unsigned int leader, skip[AGREE_SKIP_MAX + 1], nr;
};

static void next(struct model *m, unsigned int n)
{
	unsigned int i;

	do {
		m->leader = (m->leader + 1) % n;
		for (i = 0; i < m->nr && m->skip[i] != m->leader; i++)
			;
	} while (i < m->nr);
}

static bool same(const struct model *m, const struct block_header *h)
{
	unsigned int i;

	if (h->leader != m->leader)
		return false;
	for (i = 0; i < AGREE_SKIP_MAX; i++)
		if (h->skip[i] != (i < m->nr ? m->skip[i] + 1 : 0))
			return false;
	return true;
}

static bool walks(enum agree_mode mode, unsigned int n)
{
	struct agree_config c = { .mode = mode, .n = (uint16_t)n };
	static struct agree a;
	struct block_header parent, child;
	struct model m;
	unsigned int i, round, dummies, f = agree_faulty(&c), wrong = 0;

	a.config = c;
	a.config.rotate_blocks = 5;
	a.n = n;
	a.f = f;
	memset(&parent, 0, sizeof(parent));
	memset(&m, 0, sizeof(m));
	for (round = 0; round < 2000; round++) {
		dummies = test_below(3) ? test_below(4) : test_below(9 * n);
		memset(&child, 0, sizeof(child));
		chain_term(&a, &parent, parent.height + 1 + dummies, &child);
		if (parent.run + 1 >= 5)
			next(&m, n);
		for (i = 0; i < dummies; i++) {
			if (f && m.nr == f)
				memmove(m.skip, m.skip + 1,
					--m.nr * sizeof(m.skip[0]));
			if (f)
				m.skip[m.nr++] = m.leader;
			next(&m, n);
		}
		ASK(same(&m, &child));
		ASK(child.term == parent.term + dummies +
				  (parent.run + 1 >= 5));
		ASK(child.run == (dummies || parent.run + 1 >= 5 ?
				  0 : parent.run + 1));
		/* control: another leader, or another mark, is another header */
		parent = child;
		ASK(chain_term_equal(&parent, &child));
		parent.leader ^= 1;
		wrong += !chain_term_equal(&parent, &child);
		parent.leader ^= 1;
		parent.skip[test_below(AGREE_SKIP_MAX)] ^= 1;
		wrong += !chain_term_equal(&parent, &child);
		parent = child;
	}
	ASK(wrong == 2 * round);
	return true;
}

int main(void)
{
	unsigned int n;
	bool good = true;

	for (n = 4; n <= AGREE_MEMBERS_MAX; n++)
		good = good && walks(AGREE_BYZANTINE, n);
	TEST("terms, byzantine, 4 to 32 members", good);
	for (n = 3; n <= AGREE_MEMBERS_MAX; n++)
		good = good && walks(AGREE_CRASH, n);
	TEST("terms, crash, 3 to 32 members", good);
	TEST("terms, alone", walks(AGREE_CENTRALIZED, 1));
	return test_end();
}
