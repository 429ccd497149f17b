/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules R1..R8 of docs/agreement.md for n = 4: members 0 to 2 are correct, the
 * fourth is Byzantine.  README.md says what is left out, and why that is sound.
 *
 * Votes are sets that only grow.  A certificate exists when the correct votes and
 * the liar's make a quorum; who acts on it, and when, is open, as is every timer.
 *
 * A block is a place, two for each height: a leader that equivocates.  What its
 * parent is, is settled by the first who votes for it.
 */
#ifndef HEIGHTS
#define HEIGHTS 2
#endif
#ifndef QUORUM
#define QUORUM 3
#endif

#define BLOCKS		(2 * HEIGHTS)
#define NOBODY		255			/* parent of a block that nobody proposed */
#define EMPTY		254			/* the beginning, at height 0 */
#define PLACE(h, s)	(2 * ((h) - 1) + (s))
#define HEIGHT(b)	((b) == EMPTY -> 0 : (b) / 2 + 1)	/* of a block */

/* Bits of a member's votes */
#define NOTARIZE(b)	(1 << (b))
#define FINALIZE(b)	(1 << (BLOCKS + (b)))
#define DUMMY(h)	(1 << (2 * BLOCKS + (h) - 1))
#define NOTARIZES(h)	(3 << PLACE(h, 0))		/* any of that height */
#define FINALIZES(h)	(3 << (BLOCKS + PLACE(h, 0)))

byte parent[BLOCKS] = NOBODY;
short vote[3];
/* What members remember of them */
#ifdef CRASHES
short memory[3];
bool crashed;
#define REMEMBER(m, bit)	memory[m] = memory[m] | bit
#else
#define memory			vote
#define REMEMBER(m, bit)	skip
#endif

/* The Byzantine member's vote is there whenever it helps. */
#define CERTIFIED(bit)	(((vote[0] & bit) != 0) + ((vote[1] & bit) != 0) + \
			 ((vote[2] & bit) != 0) + 1 >= QUORUM)

/* R4: a notarized parent, and a dummy certificate for each height between */
#define NOTARIZED(b)	((b) == EMPTY || CERTIFIED(NOTARIZE((b) % BLOCKS)))
#ifdef NO_DUMMY_CERTIFICATES
#define PASSED(h)	true
#else
#define PASSED(h)	CERTIFIED(DUMMY(h))
#endif
#define VALID(h, p)	(NOTARIZED(p) &&				\
			 (HEIGHT(p) >= 2 || (h) <= 2 || PASSED(2)) &&	\
			 (HEIGHT(p) >= 1 || (h) <= 1 || PASSED(1)))

#ifdef NOTARIZES_TWICE		/* R5: once a height */
#define MAY_NOTARIZE(h, m)	true
#else
#define MAY_NOTARIZE(h, m)	(!(memory[m] & NOTARIZES(h)))
#endif
#ifdef FINALIZES_AFTER_DUMMY	/* R8 */
#define MAY_FINALIZE(h, m)	(!(memory[m] & FINALIZES(h)))
#else
#define MAY_FINALIZE(h, m)	(!(memory[m] & (FINALIZES(h) | DUMMY(h))))
#endif
#ifdef DUMMY_AFTER_FINALIZE	/* R6 */
#define MAY_DUMMY(h, m)		(!(memory[m] & DUMMY(h)))
#else
#define MAY_DUMMY(h, m)		(!(memory[m] & (FINALIZES(h) | DUMMY(h))))
#endif

hidden byte one, other, up;
hidden short word;

/*
 * R9: a finalized block is decided, with its ancestors.  So another block that is
 * decided too, or only notarized, has it as an ancestor, or is one.  AGREEMENT_ONLY: for
 * mutants, which have to do real harm: two chains decided.
 */
#ifdef AGREEMENT_ONLY
#define MATTERS(b)	CERTIFIED(FINALIZE(b))
#else
#define MATTERS(b)	CERTIFIED(NOTARIZE(b))
#endif

/* Controls: what has to be possible */
#if WITNESS == 1	/* two decisions, one on top of the other */
#define REACHED	(CERTIFIED(FINALIZE(0)) && CERTIFIED(FINALIZE(2)))
#elif WITNESS == 2	/* a decision past a dummy */
#define REACHED	(CERTIFIED(FINALIZE(2)) && parent[2] == EMPTY)
#elif WITNESS == 3	/* a height with both certificates */
#define REACHED	(CERTIFIED(NOTARIZE(0)) && CERTIFIED(DUMMY(1)))
#elif WITNESS == 4	/* two proposals for one height, with different parents */
#define REACHED	(parent[3] != NOBODY && parent[3] != parent[2])
#endif

inline check()
{
	for (one : 0 .. BLOCKS - 1) {
		if
		:: CERTIFIED(FINALIZE(one)) ->
#ifndef AGREEMENT_ONLY
			assert(!CERTIFIED(DUMMY(one / 2 + 1)));	/* A2 */
#endif
			for (other : 0 .. BLOCKS - 1) {
				if
				:: other / 2 >= one / 2 && MATTERS(other) ->
					up = other;
					do
					:: HEIGHT(up) > HEIGHT(one) ->
						up = parent[up]
					:: else -> break
					od;
					assert(up == one)	/* A1, A3, A4 */
				:: else
				fi
			}
		:: else
		fi
	}
#ifdef WITNESS
	assert(!REACHED);
#endif
	one = 0;
	other = 0;
	up = 0
}

/*
 * Members are alike: of states that differ in who is who, one is kept, the one
 * with their words in ascending order.
 */
#ifdef CRASHES
#define BEFORE(a, b)	(vote[a] < vote[b] ||				\
			 (vote[a] == vote[b] && memory[a] < memory[b]))
#define SWAP_MEMORY(a, b)						\
	word = memory[a]; memory[a] = memory[b]; memory[b] = word
#else
#define BEFORE(a, b)	(vote[a] < vote[b])
#define SWAP_MEMORY(a, b)	skip
#endif
#define ORDER(a, b)							\
	if								\
	:: BEFORE(b, a) ->						\
		word = vote[a]; vote[a] = vote[b]; vote[b] = word;	\
		SWAP_MEMORY(a, b)					\
	:: else								\
	fi

inline sort()
{
	ORDER(0, 1);
	ORDER(1, 2);
	ORDER(0, 1);
	word = 0
}

#define CAST(m, bit)							\
	vote[m] = vote[m] | bit;					\
	REMEMBER(m, bit);						\
	check();							\
	sort()

/* R4, R5: the first vote for a block; a height's second place is used after its first. */
#define PROPOSED(h, s, p, m)						\
	:: d_step {							\
		parent[PLACE(h, s)] == NOBODY && MAY_NOTARIZE(h, m) &&	\
		((s) == 0 || parent[PLACE(h, 0)] != NOBODY) &&		\
		VALID(h, p) ->						\
		parent[PLACE(h, s)] = p;				\
		CAST(m, NOTARIZE(PLACE(h, s)))				\
	}
/* A valid block stays one: certificates do not go away. */
#define NOTARIZED_TOO(h, s, m)						\
	:: d_step {							\
		parent[PLACE(h, s)] != NOBODY && MAY_NOTARIZE(h, m) &&	\
		!(vote[m] & NOTARIZE(PLACE(h, s))) ->			\
		CAST(m, NOTARIZE(PLACE(h, s)))				\
	}
#define FINALIZED(h, s, m)						\
	:: d_step {							\
		parent[PLACE(h, s)] != NOBODY &&			\
		CERTIFIED(NOTARIZE(PLACE(h, s))) && MAY_FINALIZE(h, m) -> \
		CAST(m, FINALIZE(PLACE(h, s)))				\
	}
#define TIMED_OUT(h, m)							\
	:: d_step {							\
		MAY_DUMMY(h, m) ->					\
		CAST(m, DUMMY(h))					\
	}

#define PROPOSALS(h, p)							\
	PROPOSED(h, 0, p, 0) PROPOSED(h, 0, p, 1) PROPOSED(h, 0, p, 2)	\
	PROPOSED(h, 1, p, 0) PROPOSED(h, 1, p, 1) PROPOSED(h, 1, p, 2)
#define VOTES(h, m)							\
	NOTARIZED_TOO(h, 0, m) NOTARIZED_TOO(h, 1, m)			\
	FINALIZED(h, 0, m) FINALIZED(h, 1, m)
#define TIMERS(h)	TIMED_OUT(h, 0) TIMED_OUT(h, 1) TIMED_OUT(h, 2)

/* R10, R11: what a member knows after a crash is what its journal has. */
#ifdef NO_JOURNAL
#define JOURNAL(m)	0
#else
#define JOURNAL(m)	vote[m]
#endif
#ifdef CRASHES
#define CRASH(m)							\
	:: d_step {							\
		!crashed ->						\
		crashed = true;						\
		memory[m] = JOURNAL(m);					\
		sort()							\
	}
#else
#define CRASH(m)
#endif

init {
end:	do
	PROPOSALS(1, EMPTY)
	VOTES(1, 0) VOTES(1, 1) VOTES(1, 2)
	TIMERS(1)
	PROPOSALS(2, EMPTY)
	PROPOSALS(2, PLACE(1, 0))
	PROPOSALS(2, PLACE(1, 1))
	VOTES(2, 0) VOTES(2, 1) VOTES(2, 2)
	TIMERS(2)
#if HEIGHTS == 3
	/* A dummy of the last height would pass nothing, and only keep from finalizing. */
	PROPOSALS(3, EMPTY)
	PROPOSALS(3, PLACE(1, 0))
	PROPOSALS(3, PLACE(1, 1))
	PROPOSALS(3, PLACE(2, 0))
	PROPOSALS(3, PLACE(2, 1))
	VOTES(3, 0) VOTES(3, 1) VOTES(3, 2)
#endif
	CRASH(0) CRASH(1) CRASH(2)
	od
}
