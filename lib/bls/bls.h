/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * BLS12-381 signatures: one signer, many, or any t of n.
 *
 * Signatures are points of G1 (48 bytes), public keys points of G2 (96 bytes):
 * "minimal-signature-size" of draft-irtf-cfrg-bls-signature-05 (the draft),
 * hashing by RFC 9380 suite BLS12381G1_XMD:SHA-256_SSWU_RO_, encodings by
 * draft-irtf-cfrg-pairing-friendly-curves appendix C.  How it works and what
 * it costs is in docs/bls.md.
 *
 * Conventions, said once:
 *
 * - Nothing is allocated or kept; every object is the caller's, and nothing
 *   needs releasing, only secrets wiping (bls_wipe()).  Inputs are borrowed for
 *   the call.  An output may be the same object as an input of its type.
 * - Pointers MUST NOT be NULL, except to bytes or arrays of length 0.
 * - After an error an output holds nothing of use, and nothing secret.
 * - Functions with _vartime in their name take a time that depends on their
 *   inputs and MUST see public values only.  All others are constant time in
 *   their secrets (struct bls_fr): no branch and no index depends on them.
 *   Lengths, counts and indices are public everywhere.
 * - Bytes from outside may be anything: they are refused with an error code.
 *   Points (struct bls_g1, struct bls_g2) MUST come from a function of this
 *   header; then they are on their curve, in their subgroup, not infinity.
 * - Every call that needs it takes a struct bls_scratch; two calls at one time
 *   need two.  Its contents between calls do not matter, but for what
 *   bls_scratch_init() put there.  No frame on the stack is above 1 KiB and no
 *   call uses more than 3 KiB in all.
 * - "M" is one multiplication in Fp, squarings counted the same; rounded.
 */
#ifndef BLS_H
#define BLS_H

#include "port.h"

enum {
	BLS_SK_LEN = 32,	/* bytes of a secret key or share, big-endian */
	BLS_SIG_LEN = 48,	/* bytes of a signature: compressed G1 */
	BLS_PK_LEN = 96,	/* bytes of a public key: compressed G2 */
	BLS_SAMPLE_LEN = 48,	/* random bytes for one scalar */
	BLS_RANDOM_LEN = 16,	/* random bytes for one signature of a batch */
	BLS_DIGEST_LEN = 32,	/* SHA-256 */
	BLS_IKM_MIN = 32,	/* bytes to make a key from, at least */
	BLS_DST_MAX = 255,	/* bytes of a domain separation tag */
	BLS_PARTIES_MAX = 128,	/* share holders: indices 1 .. 128 */
	BLS_BATCH_MAX = 256,	/* signatures added up at a time */
	BLS_MERKLE_DEPTH_MAX = 24,
	BLS_MERKLE_LEAVES_MAX = 1 << BLS_MERKLE_DEPTH_MAX,
	BLS_LINES = 68,		/* steps of the Miller loop */
};

/* name, text.  Values are part of the interface: add at the end only. */
#define BLS_ERRORS(E)							\
	E(OK, "success")						\
	E(ELENGTH, "wrong number of bytes")				\
	E(EFLAGS, "bad flag bits of a point")				\
	E(ERANGE, "coordinate not below the field modulus")		\
	E(ECURVE, "no point of the curve has this coordinate")		\
	E(ESUBGROUP, "point outside the subgroup")			\
	E(EINFINITY, "point at infinity")				\
	E(EMISMATCH, "well-formed, but not valid")			\
	E(ESCALAR, "scalar zero or not below the group order")		\
	E(EINDEX, "share index zero or above the number of parties")	\
	E(EDUPLICATE, "the same index or message twice")		\
	E(ECOUNT, "too few or too many")				\
	E(ERANDOM, "random bytes are all zero")				\
	E(ECPU, "the CPU lacks what this engine needs")

#define BLS_ENUM(name, text) BLS_##name,
enum bls_err { BLS_ERRORS(BLS_ENUM) BLS_ERR_NR };
#undef BLS_ENUM

/**
 * bls_err_text() - the text of an error code
 * @err: any value
 *
 * Return: a constant string, never NULL.
 */
const char *bls_err_text(enum bls_err err);

/* Opaque: elements of Fp and Fp2 (Montgomery form), of the scalar field. */
#define BLS_FP_LIMBS	(384 / BLS_LIMB_BITS)
#define BLS_FR_LIMBS	(256 / BLS_LIMB_BITS)

struct bls_fp {
	bls_limb v[BLS_FP_LIMBS];
};

struct bls_fp2 {
	struct bls_fp c[2];
};

/* A scalar: secret key, share of one, or coefficient of a polynomial.  Secret,
 * unless a function says otherwise.
 */
struct bls_fr {
	bls_limb v[BLS_FR_LIMBS];
};

/* A signature, or the share of one.  Affine, in G1, not infinity. */
struct bls_g1 {
	struct bls_fp x, y;
};

/* A public key, that of a share, or a commitment.  Affine, in G2. */
struct bls_g2 {
	struct bls_fp2 x, y;
};

/* A key with its part of the Miller loop done: about 13 KiB, no secrets. */
struct bls_line {
	struct bls_fp2 slope, cst;
};

struct bls_prepared {
	struct bls_line line[BLS_LINES];
};

struct bls_engine;

#define BLS_SCRATCH_LEN		22528	/* bytes */
#define BLS_BATCH_LEN		98304	/* bytes */

struct bls_scratch {
	const struct bls_engine *engine;
	uint64_t space[BLS_SCRATCH_LEN / 8];
};

/* Further scratch, for bls_batch_verify_vartime() only; needs no init. */
struct bls_batch {
	uint64_t space[BLS_BATCH_LEN / 8];
};

/*
 * Scratch
 */

enum bls_engine_id {
	BLS_ENGINE_PORTABLE,	/* C for any machine, the reference */
	BLS_ENGINE_ADX,		/* x86-64 with MULX, ADCX, ADOX */
};

/**
 * bls_scratch_init() - make a scratch ready, with the fastest engine
 * @s: any contents
 *
 * All engines give the same results.  Asks the CPU what it can (CPUID, which
 * is slow in a virtual machine: keep scratches rather than calls).
 */
void bls_scratch_init(struct bls_scratch *s);

/**
 * bls_scratch_init_engine() - the same with a given engine, for tests
 *
 * Return: BLS_OK, or BLS_ECPU if this CPU or this build does not have it.
 */
enum bls_err bls_scratch_init_engine(struct bls_scratch *s,
				     enum bls_engine_id id);

/**
 * bls_scratch_engine() - the name of the engine: "portable", "adx"
 */
const char *bls_scratch_engine(const struct bls_scratch *s);

/**
 * bls_wipe() - zero memory in a way that the compiler does not drop
 * @p:   what held a secret: scalars, polynomials, seeds, struct bls_scratch
 * @len: bytes
 *
 * Functions that compute with secrets wipe what they put into the scratch and
 * into large temporaries themselves; a scratch wiped whole needs its init again.
 */
void bls_wipe(void *p, size_t len);

/*
 * Scalars and keys
 */

/**
 * bls_keygen() - derive a secret key from secret bytes
 * @sk:       out
 * @ikm:      secret, with 256 bits of entropy at least
 * @ikm_len:  bytes, BLS_IKM_MIN or more
 * @info:     public, tells apart keys from one @ikm; may be empty
 * @info_len: bytes, 0 .. 65000
 *
 * Return: BLS_OK, BLS_ELENGTH.
 * Source: the draft, 2.3 (KeyGen), salt "BLS-SIG-KEYGEN-SALT-".
 */
enum bls_err bls_keygen(struct bls_fr *sk, const uint8_t *ikm, size_t ikm_len,
			const uint8_t *info, size_t info_len);

/**
 * bls_sk_decode() - read a secret key or share
 * @sk:  out
 * @in:  big-endian integer
 * @len: bytes, BLS_SK_LEN
 *
 * Return: BLS_OK, BLS_ELENGTH, or BLS_ESCALAR if it is 0 or not below r.
 */
enum bls_err bls_sk_decode(struct bls_fr *sk, const uint8_t *in, size_t len);
void bls_sk_encode(uint8_t out[BLS_SK_LEN], const struct bls_fr *sk);

/**
 * bls_sk_to_pk() - the public key of a secret key or share
 *
 * Return: BLS_OK, or BLS_EINFINITY for a key of 0.
 * Cost: 8,900 M.  Source: the draft, 2.4 (SkToPk).
 */
enum bls_err bls_sk_to_pk(struct bls_g2 *pk, const struct bls_fr *sk,
			  struct bls_scratch *s);

/*
 * Points and bytes
 */

/**
 * bls_sig_decode_vartime() - read a signature or the share of one
 * @sig: out
 * @in:  compressed point of G1; any bytes
 * @len: bytes, BLS_SIG_LEN
 * @s:   scratch
 *
 * Checks everything: length, flags, range, curve, subgroup, in this order.
 * Return: BLS_OK, BLS_ELENGTH, BLS_EFLAGS, BLS_EINFINITY, BLS_ERANGE,
 *         BLS_ECURVE, BLS_ESUBGROUP.
 * Cost: 1,600 M.
 * Source: draft-irtf-cfrg-pairing-friendly-curves, appendix C; subgroup:
 *         eprint 2021/1130.
 */
enum bls_err bls_sig_decode_vartime(struct bls_g1 *sig, const uint8_t *in,
				    size_t len, struct bls_scratch *s);
void bls_sig_encode(uint8_t out[BLS_SIG_LEN], const struct bls_g1 *sig,
		    struct bls_scratch *s);

/**
 * bls_pk_decode_vartime() - read a public key or a commitment
 * @pk:  out
 * @in:  compressed point of G2; any bytes
 * @len: bytes, BLS_PK_LEN
 * @s:   scratch
 *
 * This is KeyValidate of the draft (2.5): a key that came out of it needs no
 * more checks.  Return: as bls_sig_decode_vartime().  Cost: 2,500 M or 3,000 M.
 */
enum bls_err bls_pk_decode_vartime(struct bls_g2 *pk, const uint8_t *in,
				   size_t len, struct bls_scratch *s);
void bls_pk_encode(uint8_t out[BLS_PK_LEN], const struct bls_g2 *pk,
		   struct bls_scratch *s);

/**
 * bls_pk_equal() - are two keys the same point?
 */
bool bls_pk_equal(const struct bls_g2 *a, const struct bls_g2 *b);

/**
 * bls_hash_to_g1() - hash_to_curve of suite BLS12381G1_XMD:SHA-256_SSWU_RO_
 * @r:       out
 * @msg:     bytes of any length
 * @dst:     domain separation tag
 * @dst_len: bytes, 1 .. BLS_DST_MAX
 *
 * Constant time for messages of one length.
 * Return: BLS_OK, BLS_ELENGTH for a bad @dst_len; BLS_EINFINITY if a message
 *         hashes to infinity, which nobody can find.
 * Cost: 2,200 M and 8 blocks of SHA-256.  Source: RFC 9380 3, 5.3.1, 8.8.1.
 */
enum bls_err bls_hash_to_g1(struct bls_g1 *r, const uint8_t *msg,
			    size_t msg_len, const uint8_t *dst, size_t dst_len,
			    struct bls_scratch *s);

/*
 * Sign and verify
 */

enum bls_suite {
	BLS_SUITE_NUL,	/* BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_ */
	BLS_SUITE_POP,	/* BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_ */
};

/**
 * bls_sign() - sign, with a key or with a share of one
 * @sig:     out, affine; bls_sig_encode() for the wire
 * @sk:      secret key or share
 * @suite:   which domain separation tag
 * @msg:     bytes of any length
 *
 * Constant time in @sk; also in @msg of one length.
 * Return: BLS_OK, BLS_EINFINITY for a key of 0.
 * Cost: 5,600 M.  Source: the draft, 2.6 (CoreSign).
 */
enum bls_err bls_sign(struct bls_g1 *sig, const struct bls_fr *sk,
		      enum bls_suite suite, const uint8_t *msg, size_t msg_len,
		      struct bls_scratch *s);

/**
 * bls_verify_vartime() - check a signature as it came from the wire
 * @pk:      key, or key of a share
 * @suite:   which domain separation tag
 * @msg:     bytes of any length
 * @sig:     any bytes
 * @sig_len: bytes, BLS_SIG_LEN
 *
 * Return: BLS_OK if valid; what bls_sig_decode_vartime() says of a bad @sig;
 *         BLS_EMISMATCH for a good point that is not the signature.
 * Cost: 21,300 M: two Miller loops (that of the generator from a table) and one
 * final exponentiation.
 * Source: the draft, 2.7 (CoreVerify).
 */
enum bls_err bls_verify_vartime(const struct bls_g2 *pk, enum bls_suite suite,
				const uint8_t *msg, size_t msg_len,
				const uint8_t *sig, size_t sig_len,
				struct bls_scratch *s);

/**
 * bls_pk_prepare() - do a key's part of the Miller loop, once
 * @prepared: out
 * @pk:       key
 *
 * Cost: 32,600 M.
 */
void bls_pk_prepare(struct bls_prepared *prepared, const struct bls_g2 *pk,
		    struct bls_scratch *s);

/**
 * bls_verify_prepared_vartime() - bls_verify_vartime() with a prepared key
 *
 * Return: the same.  Cost: 19,300 M.
 */
enum bls_err bls_verify_prepared_vartime(const struct bls_prepared *prepared,
					 enum bls_suite suite,
					 const uint8_t *msg, size_t msg_len,
					 const uint8_t *sig, size_t sig_len,
					 struct bls_scratch *s);

/* One signed message, borrowed */
struct bls_item {
	const uint8_t *msg;
	size_t msg_len;
	const uint8_t *sig;	/* BLS_SIG_LEN bytes */
};

/**
 * bls_batch_verify_vartime() - check many signatures under one key
 * @prepared: the key
 * @suite:    which domain separation tag
 * @item:     @n messages with their signatures, borrowed
 * @n:        1 or more; BLS_BATCH_MAX at a time are fastest
 * @random:   BLS_RANDOM_LEN bytes for each item, uniform, made after the
 *            signatures were received and known to nobody else
 * @bad:      out: which item is malformed, where that is the error
 * @s:        scratch
 * @batch:    more scratch
 *
 * Checks e(sum z_i S_i, G2) = e(sum z_i H(m_i), pk) with z_i of 128 bits: a
 * batch with an invalid signature passes with probability 2^-128 (there is one
 * z_i at most that makes up for the others; 64 bits would save a tenth of the
 * time and leave 2^-64 to an attacker who can try often).  Each signature is
 * subgroup-checked by itself: a random combination would miss a component of
 * order 3 in one batch out of three.
 * Return: BLS_OK if all are valid; BLS_ECOUNT; BLS_ERANDOM if the bytes for an
 *         item are all zero (@bad); what bls_sig_decode_vartime() says of item
 *         @bad; BLS_EMISMATCH if one or more are invalid: verify singly or by
 *         halves to find out which.
 * Cost: each, 19,300 M alone, 5,400 M among 16, 3,400 M among 256.
 * Source: Bellare, Garay and Rabin, "Fast batch verification for modular
 *         exponentiation and digital signatures" (Eurocrypt 1998).
 */
enum bls_err bls_batch_verify_vartime(const struct bls_prepared *prepared,
				      enum bls_suite suite,
				      const struct bls_item *item, size_t n,
				      const uint8_t *random, size_t *bad,
				      struct bls_scratch *s,
				      struct bls_batch *batch);

/*
 * Aggregates and proof of possession
 */

/**
 * bls_sig_aggregate_vartime() - add up signatures
 * @r:   out
 * @sig: @n pointers
 * @n:   1 or more
 *
 * Return: BLS_OK, BLS_ECOUNT, or BLS_EINFINITY if the sum is that.
 * Cost: 11 M each and 470 M.  Source: the draft, 2.8 (Aggregate).
 */
enum bls_err bls_sig_aggregate_vartime(struct bls_g1 *r,
				       const struct bls_g1 *const sig[],
				       unsigned int n, struct bls_scratch *s);

/**
 * bls_pk_aggregate_vartime() - add up public keys; 33 M each
 *
 * Without proof of possession of each key the sum means nothing: a last key can
 * be chosen to cancel the others.
 */
enum bls_err bls_pk_aggregate_vartime(struct bls_g2 *r,
				      const struct bls_g2 *const pk[],
				      unsigned int n, struct bls_scratch *s);

/**
 * bls_aggregate_verify_vartime() - one signature over a message for each key
 * @pk:    @n pointers
 * @suite: BLS_SUITE_NUL (all messages must differ) or BLS_SUITE_POP (each key
 *         must have been proven)
 * @item:  @n messages; their sig fields are not read
 * @n:     1 or more
 *
 * Return: as bls_verify_vartime(); BLS_ECOUNT; BLS_EDUPLICATE if two messages
 *         are the same under BLS_SUITE_NUL (n^2 comparisons).
 * Cost: 9,300 M each and 14,800 M.
 * Source: the draft, 2.9, 3.1.1, 3.3 (AggregateVerify).
 */
enum bls_err bls_aggregate_verify_vartime(const struct bls_g2 *const pk[],
					  enum bls_suite suite,
					  const struct bls_item *item,
					  unsigned int n, const uint8_t *sig,
					  size_t sig_len,
					  struct bls_scratch *s);

/**
 * bls_fast_aggregate_verify_vartime() - one message, many keys
 * @pk: @n pointers to keys, the possession of each proven before
 * @n:  1 or more
 *
 * Suite: BLS_SUITE_POP.  Return: as bls_verify_vartime(); BLS_ECOUNT;
 * BLS_EINFINITY if the keys cancel out.
 * Source: the draft, 3.3.4 (FastAggregateVerify).
 */
enum bls_err bls_fast_aggregate_verify_vartime(const struct bls_g2 *const pk[],
					       unsigned int n,
					       const uint8_t *msg,
					       size_t msg_len,
					       const uint8_t *sig,
					       size_t sig_len,
					       struct bls_scratch *s);

/**
 * bls_pop_prove() - prove that one has the secret key of a public key
 *
 * A signature of the encoded key with the tag
 * BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_.
 * Return: as bls_sign().  Cost: 14,500 M.  Source: the draft, 3.3.2.
 */
enum bls_err bls_pop_prove(struct bls_g1 *proof, const struct bls_fr *sk,
			   struct bls_scratch *s);

/**
 * bls_pop_verify_vartime() - check such a proof, once for each key
 *
 * Return and cost: as bls_verify_vartime().  Source: the draft, 3.3.3.
 */
enum bls_err bls_pop_verify_vartime(const struct bls_g2 *pk,
				    const uint8_t *proof, size_t proof_len,
				    struct bls_scratch *s);

/*
 * Threshold signatures: Boldyreva, "Threshold signatures, multisignatures and
 * blind signatures based on the gap-Diffie-Hellman-group signature scheme"
 * (PKC 2003).  The secret is f(0) of a polynomial of degree t - 1, party i
 * (1 .. n) has f(i); commit[j] = coefficient j times the generator of G2.
 * A share signs with bls_sign() and is checked with bls_verify_vartime().
 */

/**
 * bls_share_pk_vartime() - the public key of a share
 * @pk:     out
 * @commit: @t commitments to the polynomial
 * @index:  1 .. BLS_PARTIES_MAX
 *
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINDEX, BLS_EINFINITY if the share is 0.
 * Cost: 320 M for each commitment, and 500 M.
 */
enum bls_err bls_share_pk_vartime(struct bls_g2 *pk,
				  const struct bls_g2 *commit, unsigned int t,
				  unsigned int index, struct bls_scratch *s);

/**
 * bls_combine_vartime() - a signature from exactly t shares of one
 * @sig:   out
 * @index: who made each share; all different
 * @share: @t pointers
 * @t:     1 .. BLS_PARTIES_MAX
 * @n:     parties there are: indices are 1 .. @n
 *
 * Lagrange interpolation at 0.  Does not know whether the result is valid.
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINDEX, BLS_EDUPLICATE, BLS_EINFINITY.
 * Cost: 2,100 M for each 8 shares, and up to 600 M for each share.
 */
enum bls_err bls_combine_vartime(struct bls_g1 *sig,
				 const unsigned int index[],
				 const struct bls_g1 *const share[],
				 unsigned int t, unsigned int n,
				 struct bls_scratch *s);

/* Who may sign: the group's key and the polynomial behind it.  Borrowed. */
struct bls_group {
	const struct bls_prepared *key;	/* of commit[0] */
	const struct bls_g2 *commit;	/* t of them */
	unsigned int t, n;
	enum bls_suite suite;
};

/* A share as it came from the wire, and what became of it */
struct bls_share {
	unsigned int index;		/* in */
	uint8_t sig[BLS_SIG_LEN];	/* in */
	enum bls_err verdict;		/* out; BLS_OK: not known to be bad */
	struct bls_g1 point;		/* out */
};

/**
 * bls_combine_verify_vartime() - combine, verify once, find the liars if not
 * @sig:   out, valid if BLS_OK is returned
 * @group: who may sign
 * @msg:   what was signed
 * @share: @m shares, some of which may be anything.  A share whose index is
 *         out of range, or was there before, gets BLS_EINDEX or
 *         BLS_EDUPLICATE and is not used; one that does not decode, what
 *         bls_sig_decode_vartime() says of it.
 * @m:     0 .. BLS_PARTIES_MAX
 *
 * Takes the first t good shares, combines and verifies the result.  Only if
 * that fails, every share is verified under its own key, those that fail get
 * BLS_EMISMATCH, and the first t of the others are combined.  Which of two
 * shares with one index is the right one is not asked: the caller, who knows
 * who sent them, keeps one for each sender.
 *
 * Return: BLS_OK; BLS_ECOUNT if fewer than t shares are good or @group or @m
 *         is out of range; BLS_EMISMATCH if all shares are good under
 *         @group->commit and the result is not under @group->key: the two do
 *         not belong together.
 * Cost: decoding, combining, and 17,700 M; after a failure 17,300 M for each
 * share and combining and verifying once more.
 */
enum bls_err bls_combine_verify_vartime(struct bls_g1 *sig,
					const struct bls_group *group,
					const uint8_t *msg, size_t msg_len,
					struct bls_share *share,
					unsigned int m, struct bls_scratch *s);

#include "dkg.h"
#include "merkle.h"

#endif
