/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * When may an update be applied?  The bookkeeping of quorum verification for
 * one switch: key sets and their phases, replay windows, who has signed what,
 * which roots are already known to be signed.
 *
 * Deterministic, freestanding, no allocation after quorum_init(), no
 * cryptography: signatures are checked by the caller, between two calls and
 * outside the lock that serialises the calls, because they take milliseconds:
 *
 *	lock    quorum_offer()   cheap checks; says which signatures to verify
 *	unlock  verify them: RSA, ECDSA, BLS over ticket->statement
 *	lock    quorum_credit()  counts; says whether this is the quorum
 *	unlock  apply the payload
 *	lock    quorum_finish()  the update's number is used up
 *
 * Sources: dissertation §2.6.5 (counting controllers, not sequence numbers:
 * its algorithm 1 slips there), §3.3.2; DESIGN.md.
 */
#ifndef QUORUM_H
#define QUORUM_H

#include "port.h"
#include "../wire/update.h"

enum {
	QUORUM_WINDOW = 4096,		/* numbers above the lowest that is open */
	QUORUM_PENDING_DEFAULT = 256,	/* updates that one signer may keep waiting */
	QUORUM_PENDING_MAX = 4096,
	QUORUM_SHARES = 32,		/* signers that there is memory for: see pending_max */
	QUORUM_ROOTS = 256,		/* signed roots remembered */
	QUORUM_PHASES = 2,		/* key sets that may be valid at a time */
};

/* name, text.  Values are part of the interface: add at the end only. */
#define QUORUM_ERRORS(E)						\
	E(OK, "success")						\
	E(EWIRE, "malformed update")					\
	E(EDOMAIN, "update is for another domain")			\
	E(EDPID, "update is for another datapath")			\
	E(EPHASE, "no key set of this phase")				\
	E(ERETIRED, "the key set of this phase is retired")		\
	E(EREPLAY, "update was already applied or rejected")		\
	E(EWINDOW, "sequence number is beyond the window")		\
	E(EDEPENDS, "an update that this one depends on is not applied")	\
	E(EFOREIGN, "dependency on another datapath cannot be checked here")	\
	E(EUNSIGNED, "update has no signature")				\
	E(ESIGNER, "signer is not in the key set")			\
	E(EALG, "signature is not of the key's algorithm")		\
	E(EPATH, "Merkle path does not fit the tree")			\
	E(ESIGNATURE, "no signature is valid")				\
	E(EBUSY, "update is being applied")				\
	E(EKEYSET, "key set does not follow the current one")		\
	E(EFULL, "too many updates are waiting")			\
	E(ECYCLE, "update depends on itself or on a later one")

#define QUORUM_ENUM(name, text) QUORUM_##name,
enum quorum_err { QUORUM_ERRORS(QUORUM_ENUM) QUORUM_ERR_NR };
#undef QUORUM_ENUM

const char *quorum_err_text(enum quorum_err err);

struct quorum;

struct quorum_config {
	uint64_t domain, dpid;
	uint32_t pending_max;		/* per signer, 1 .. QUORUM_PENDING_MAX.  In a key set of
					 * more than QUORUM_SHARES, all share what that many have
					 */
	uint32_t expiry_ms;		/* an update without quorum is forgotten so long after
					 * its last new signer; not 0
					 */
	uint32_t overlap_ms;		/* the last phase stays valid for; 0: not at all */
	uint64_t next_sequence;		/* lower ones count as applied; 1 normally */
};

/*
 * quorum_size() gives the bytes that an object needs for a configuration;
 * quorum_init() makes one in such memory, zeroed or not.
 */
size_t quorum_size(const struct quorum_config *config);
void quorum_init(struct quorum *q, const struct quorum_config *config);

/* Other times from now on.  A phase that is ending already keeps its end. */
void quorum_set_times(struct quorum *q, uint32_t expiry_ms,
		      uint32_t overlap_ms);

/* The handle of a key set: the caller keeps the keys, in slot 0 or 1. */
struct quorum_phase {
	uint32_t phase;
	uint8_t scheme;
	uint16_t n, quorum;
	uint8_t alg[UPDATE_SIGNERS_MAX + 1];	/* of signer i; [0]: of the group */
};

/**
 * quorum_phase_add() - a key set becomes valid
 * @slot: out: where the caller puts the keys: 0 .. QUORUM_PHASES - 1
 *
 * The first may have any phase; each other must be the last one added plus one,
 * retired or not: a phase does not come back, or its updates would.  If it comes
 * by an update, the caller must have checked that it is the phase of that update
 * plus one: or the last phase could decide who comes after the current one.
 * The current one stays valid for overlap_ms (at least until now, then
 * QUORUM_ERETIRED); what was before it ends at once, and so does what is
 * pending under it.  The new phase's window starts at sequence 1; the first
 * phase's at next_sequence.  May be called between QUORUM_REACHED and
 * quorum_finish(), which then does what is left to do, if anything is.
 * Return: QUORUM_OK, QUORUM_EKEYSET.
 */
enum quorum_err quorum_phase_add(struct quorum *q,
				 const struct quorum_phase *phase,
				 uint64_t now_ms, unsigned int *slot);

/* End a phase now.  QUORUM_EPHASE if it is not there. */
enum quorum_err quorum_phase_retire(struct quorum *q, uint32_t phase);

/* The valid phases, newest first; returns how many. */
unsigned int quorum_phases(const struct quorum *q, uint64_t now_ms,
			   struct quorum_phase *out[QUORUM_PHASES],
			   unsigned int slot[QUORUM_PHASES]);

/* What is going on with one submitted update; the caller's, about 5 KiB */
struct quorum_ticket {
	struct update_sealed sealed;	/* borrows the submitted bytes */
	struct update_body body;
	uint8_t leaf[UPDATE_DIGEST_LEN];	/* names the body */
	uint8_t root[UPDATE_DIGEST_LEN];
	uint8_t statement[STATEMENT_LEN];
	unsigned int slot;		/* of the key set */
	uint8_t scheme;

	/* Signatures that must be verified, in the order of the update. */
	unsigned int verify_nr;
	struct {
		struct update_sig sig;	/* in for the caller */
		bool valid;		/* out of the caller */
	} verify[UPDATE_SIGS_MAX];

	/* Internal: signers whose signature on the root is known already; and
	 * those who counted for the body at the offer.
	 */
	uint64_t known[2];
	uint64_t counted[2];
	enum wire_err wire;		/* the reason of QUORUM_EWIRE */
};

/**
 * quorum_offer() - the cheap checks of a submitted update
 * @t:   out
 * @in:  the sealed update; any bytes, borrowed until the last call with @t
 *
 * Decodes, checks domain, datapath, phase, window, dependencies, signers and
 * the Merkle path; what is wrong costs no signature.  Signatures known from
 * another update of the same tree, and those of signers that already count for
 * this body, are not to be verified again.  All who are known to have signed the
 * root are credited, whether this update has their signatures or not.
 */
enum quorum_err quorum_offer(struct quorum *q, struct quorum_ticket *t,
			     const uint8_t *in, size_t len, uint64_t now_ms);

enum quorum_state {
	QUORUM_PENDING,		/* counted, more signers are needed */
	QUORUM_REACHED,		/* the caller must now apply, and call finish */
};

/**
 * quorum_credit() - count the signatures that were found valid
 * @state: out
 * @have:  out: distinct valid signers of this body by now; with a group's
 *         signature as many as it needed
 * @need:  out
 *
 * Everything that may have changed since the offer is checked again.  Exactly
 * one caller gets QUORUM_REACHED for a sequence number of a phase; until
 * quorum_finish() others get QUORUM_EBUSY.
 * Return: QUORUM_OK; QUORUM_ESIGNATURE if nothing was valid, neither now nor at
 * the offer; QUORUM_EFULL if a signer's share is full of updates that are just
 * being applied; the errors of quorum_offer().
 */
enum quorum_err quorum_credit(struct quorum *q, struct quorum_ticket *t,
			      uint64_t now_ms, enum quorum_state *state,
			      unsigned int *have, unsigned int *need);

/**
 * quorum_finish() - what became of an update whose quorum was reached
 * @done: true: it was applied or rejected for good, retire its number.
 *        false: it could not be applied for want of memory; its signers stay
 *        credited, and the next offer of it is QUORUM_REACHED again.
 */
void quorum_finish(struct quorum *q, struct quorum_ticket *t, bool done);

/* Name of an update without quorum, for notifications. */
struct quorum_pending {
	uint32_t phase;
	uint64_t sequence;
	uint8_t leaf[UPDATE_DIGEST_LEN];
	unsigned int have;
};

/**
 * quorum_expire() - forget one update that waited too long
 * @out:  what it was
 * @next: out: when to call again, in the same ms; UINT64_MAX: nothing waits
 * Return: true if one was forgotten: call again.
 */
bool quorum_expire(struct quorum *q, uint64_t now_ms,
		   struct quorum_pending *out, uint64_t *next);

/* Forget all that waits; returns how many. */
unsigned int quorum_flush(struct quorum *q);

struct quorum_status {
	uint64_t next_sequence;		/* the lowest open one of the newest phase */
	uint64_t evicted;		/* of signers that had too many */
	unsigned int pending, roots;
};

void quorum_status(const struct quorum *q, struct quorum_status *out);

/* Was this number of the newest phase used up? */
bool quorum_is_done(const struct quorum *q, uint64_t sequence);

#endif
