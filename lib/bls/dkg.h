/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Distributed key generation: the algebra.  Who talks to whom, and how shares
 * are encrypted, is the caller's business.  Dealer d shares a random secret
 * with a polynomial; who complains rightly about d disqualifies it; the key is
 * the sum over the qualified dealers.
 * Sources: Feldman, "A practical scheme for non-interactive verifiable secret
 * sharing" (FOCS 1987); Pedersen, "Non-interactive and information-theoretic
 * secure verifiable secret sharing" (Crypto 1991); Gennaro, Jarecki, Krawczyk
 * and Rabin, "Secure distributed key generation for discrete-log based
 * cryptosystems" (J. Cryptology 20, 2007).
 *
 * Part of bls.h, whose conventions hold.
 */
#ifndef BLS_DKG_H
#define BLS_DKG_H

#include "bls.h"

/**
 * bls_poly_sample() - a random polynomial
 * @coef:   out: @t coefficients, all secret
 * @t:      1 .. BLS_PARTIES_MAX; its degree is @t - 1
 * @secret: the constant coefficient; NULL for a random one
 * @random: BLS_SAMPLE_LEN uniform bytes for each coefficient that is random:
 *          @t of them, @t - 1 with @secret.  Reduced mod r: bias below 2^-128
 * @random_len: bytes, to be sure
 *
 * Return: BLS_OK, BLS_ECOUNT, BLS_ELENGTH, BLS_ERANDOM if a coefficient's
 *         bytes are all zero.
 */
enum bls_err bls_poly_sample(struct bls_fr *coef, unsigned int t,
			     const struct bls_fr *secret,
			     const uint8_t *random, size_t random_len);

/**
 * bls_poly_eval() - the share of one party: the polynomial at its index
 *
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINDEX.
 */
enum bls_err bls_poly_eval(struct bls_fr *share, const struct bls_fr *coef,
			   unsigned int t, unsigned int index);

/**
 * bls_feldman_commit() - commit to a polynomial so that shares can be checked
 * @commit: out: @t points, coefficient times the generator of G2
 *
 * commit[0] is the public key of the secret.
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINFINITY for a coefficient of 0.
 * Cost: 8,900 M each.
 */
enum bls_err bls_feldman_commit(struct bls_g2 *commit,
				const struct bls_fr *coef, unsigned int t,
				struct bls_scratch *s);

/**
 * bls_feldman_check() - is this the share of that polynomial?
 * @share:  secret
 * @index:  whose share, 1 .. BLS_PARTIES_MAX
 * @commit: @t commitments
 *
 * Constant time in @share.
 * Return: BLS_OK; BLS_EMISMATCH; BLS_ECOUNT, BLS_EINDEX; BLS_EINFINITY if it
 *         should be or is 0.
 * Cost: 9,400 M and 320 M for each commitment.
 */
enum bls_err bls_feldman_check(const struct bls_fr *share, unsigned int index,
			       const struct bls_g2 *commit, unsigned int t,
			       struct bls_scratch *s);

/**
 * bls_pedersen_commit() - commit to a polynomial and reveal nothing of it
 * @commit: out: @t points of G1, coef[j] G + blind[j] H, where G is the
 *          generator of G1 and H = hash_to_curve("second generator") with
 *          the tag ASHLAR-BLS12381G1_XMD:SHA-256_SSWU_RO_PEDERSEN_, whose
 *          logarithm to base G nobody knows
 * @coef:   @t coefficients
 * @blind:  @t coefficients of a second random polynomial, which is shared too
 *
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINFINITY.
 */
enum bls_err bls_pedersen_commit(struct bls_g1 *commit,
				 const struct bls_fr *coef,
				 const struct bls_fr *blind, unsigned int t,
				 struct bls_scratch *s);

/**
 * bls_pedersen_check() - do both shares fit these commitments?
 *
 * Constant time in the shares.  Return: as bls_feldman_check().
 */
enum bls_err bls_pedersen_check(const struct bls_fr *share,
				const struct bls_fr *blind, unsigned int index,
				const struct bls_g1 *commit, unsigned int t,
				struct bls_scratch *s);

/**
 * bls_dkg_share() - a party's share of the key: the sum of what it was dealt
 * @share: out
 * @dealt: @n shares, one from each qualified dealer
 *
 * Return: BLS_OK, BLS_ECOUNT.
 */
enum bls_err bls_dkg_share(struct bls_fr *share, const struct bls_fr *dealt,
			   unsigned int n);

/**
 * bls_dkg_commit_vartime() - commitments to the sum of the dealers' polynomials
 * @sum:    out: @t points.  sum[0] is the group's public key, and
 *          bls_share_pk_vartime() gives those of the shares
 * @commit: @n pointers, to the @t Feldman commitments of each qualified dealer
 *
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINFINITY.
 */
enum bls_err bls_dkg_commit_vartime(struct bls_g2 *sum,
				    const struct bls_g2 *const commit[],
				    unsigned int n, unsigned int t,
				    struct bls_scratch *s);

/*
 * Resharing, (t, n) to (t', n'), group public key unchanged: each of t or more
 * old parties deals its share with a polynomial of degree t' - 1
 * (bls_poly_sample() with @secret), and the new shares are interpolated from
 * what exactly t agreed dealers dealt.  Desmedt and Jajodia, "Redistributing
 * secret shares to new access structures" (1997); checks as in Wong, Wang and
 * Wing, "Verifiable secret redistribution for archive systems" (2002).
 */

/**
 * bls_reshare_check_vartime() - does a dealer deal the share it has?
 * @dealt:  the dealer's commitment 0
 * @dealer: its index among the old parties
 * @commit: @t commitments of the old polynomial
 *
 * To be asked of each dealer before its dealing is used; what it sends to each
 * new party is checked with bls_feldman_check().
 * Return: BLS_OK, BLS_EMISMATCH, BLS_ECOUNT, BLS_EINDEX.
 */
enum bls_err bls_reshare_check_vartime(const struct bls_g2 *dealt,
				       unsigned int dealer,
				       const struct bls_g2 *commit,
				       unsigned int t, struct bls_scratch *s);

/**
 * bls_reshare_share() - a new party's share
 * @share:  out
 * @dealer: @t old indices, all different, the same set for everybody
 * @dealt:  what each of them dealt to this party
 * @t:      the OLD threshold
 * @n:      the old number of parties: indices are 1 .. @n
 *
 * Constant time in @dealt.
 * Return: BLS_OK, BLS_ECOUNT, BLS_EINDEX, BLS_EDUPLICATE.
 */
enum bls_err bls_reshare_share(struct bls_fr *share,
			       const unsigned int dealer[],
			       const struct bls_fr *dealt, unsigned int t,
			       unsigned int n, struct bls_scratch *s);

/**
 * bls_reshare_commit_vartime() - commitments to the new polynomial
 * @commit: out: @t_new points; commit[0] is what it was before
 * @dealer: @t old indices, as above
 * @dealt:  @t pointers, to the @t_new commitments of each dealer
 *
 * Return: as bls_reshare_share(); BLS_EINFINITY.
 */
enum bls_err bls_reshare_commit_vartime(struct bls_g2 *commit,
					const unsigned int dealer[],
					const struct bls_g2 *const dealt[],
					unsigned int t, unsigned int n,
					unsigned int t_new,
					struct bls_scratch *s);

#endif
