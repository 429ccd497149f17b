/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * Signed updates: what a quorum approves, byte for byte (PROTOCOL.md).
 *
 * An update (its "body") says what to change at one datapath.  Signatures are
 * never over a body but over a statement, which names the root of a Merkle tree
 * of bodies; an update by itself is a tree of one leaf.  A sealed update is a
 * body, its path in the tree, and signatures over the statement.
 */
#ifndef WIRE_UPDATE_H
#define WIRE_UPDATE_H

#include "port.h"
#include "wire_err.h"

enum {
	UPDATE_BODY_MIN = 48,		/* bytes of a body without deps and payload */
	UPDATE_BODY_MAX = 65535,
	UPDATE_DEPS_MAX = 64,
	UPDATE_PATH_MAX = 24,		/* BLS_MERKLE_DEPTH_MAX */
	UPDATE_DIGEST_LEN = 32,		/* SHA-256 */
	UPDATE_SIGNERS_MAX = 128,	/* controllers of a domain: 1 .. 128 */
	UPDATE_SIG_MAX = 512,		/* bytes of one signature: RSA-4096 */
	UPDATE_SIGS_MAX = 128,		/* of one sealed update */
	UPDATE_SEALED_MAX = 1 << 18,
	STATEMENT_LEN = 68,
	KEYSET_KEY_MAX = 560,		/* bytes of one encoded key */
};

enum update_kind {
	UPDATE_OPENFLOW = 1,		/* payload: OpenFlow messages */
	UPDATE_KEYSET = 2,		/* payload: the key set of the next phase */
};

enum update_scheme {
	SCHEME_INDIVIDUAL = 1,		/* each controller signs with its own key */
	SCHEME_THRESHOLD = 2,		/* one BLS signature of the group */
};

enum update_alg {
	ALG_RSA = 1,			/* PKCS #1 v1.5 with SHA-256; 2048 .. 4096 bits */
	ALG_ECDSA_P256 = 2,		/* with SHA-256; r || s, 64 bytes */
	ALG_BLS = 3,			/* BLS12-381, 48 bytes */
};

/* One update that must have been applied before */
struct update_dep {
	uint64_t dpid, sequence;
};

struct update_body {
	uint8_t kind;			/* enum update_kind */
	uint64_t domain;
	uint64_t dpid;
	uint32_t phase;			/* of the key set that signs; from 1 */
	uint64_t sequence;		/* dense, from 1, for each phase and datapath */
	unsigned int dep_nr;		/* deps[] strictly ascending by (dpid, sequence) */
	const uint8_t *deps;		/* encoded: update_body_dep() reads one */
	const uint8_t *payload;
	size_t payload_len;
};

/* Decode a body.  All bytes must be used.  Borrows @in. */
enum wire_err update_body_decode(struct update_body *body, const uint8_t *in,
				 size_t len);
struct update_dep update_body_dep(const struct update_body *body,
				  unsigned int i);

/* Encode; @deps are host order.  Return WIRE_OK, WIRE_EROOM, WIRE_EVALUE... */
enum wire_err update_body_encode(uint8_t *out, size_t room, size_t *used,
				 const struct update_body *body,
				 const struct update_dep *deps);

struct update_sig {
	uint8_t alg;			/* enum update_alg */
	uint16_t signer;		/* 1 .. UPDATE_SIGNERS_MAX; 0: the group */
	const uint8_t *sig;
	size_t len;
};

struct update_sealed {
	const uint8_t *body;		/* encoded; borrowed */
	size_t body_len;
	uint32_t leaves;		/* of the tree, 1 .. 1 << UPDATE_PATH_MAX */
	uint32_t index;			/* place of this body, 0 .. leaves - 1 */
	unsigned int depth;
	const uint8_t *path;		/* depth digests, from the leaf upwards */
	unsigned int sig_nr;		/* 0: unsigned, for a file that is yet to be signed */
	const uint8_t *sigs;		/* encoded; update_sealed_sig() walks */
	size_t sigs_len;		/* bytes of them; out of decoding only */
};

/**
 * update_sealed_decode() - read a sealed update
 *
 * Checks the frame of everything: lengths, counts, that signers ascend
 * strictly, that algorithms and signature lengths are known and belong
 * together.  There may be no signatures; or those of controllers, RSA or ECDSA;
 * or one BLS signature of signer 0; or BLS shares of signers from 1 on, in
 * files that go to whoever combines them (lib/quorum refuses those).  Does not
 * decode the body and verifies nothing.
 */
enum wire_err update_sealed_decode(struct update_sealed *sealed,
				   const uint8_t *in, size_t len);

/**
 * update_sealed_sig() - the next signature
 * @at: in and out: 0 at first
 * Return: false behind the last.
 */
bool update_sealed_sig(const struct update_sealed *sealed, size_t *at,
		       struct update_sig *sig);

enum wire_err update_sealed_encode(uint8_t *out, size_t room, size_t *used,
				   const struct update_sealed *sealed,
				   const struct update_sig *sig);

/**
 * statement_encode() - what is signed
 *
 * "ashlar-statement-1" padded with zeros to 20 bytes, domain (8), phase (4),
 * leaves (4), root (32): 68 bytes.  @root as bls_merkle_root() makes it from
 * leaves that are encoded bodies.
 */
void statement_encode(uint8_t out[STATEMENT_LEN], uint64_t domain,
		      uint32_t phase, uint32_t leaves,
		      const uint8_t root[UPDATE_DIGEST_LEN]);

/* One key of a key set */
struct keyset_key {
	uint8_t alg;			/* ALG_RSA, ALG_ECDSA_P256; ALG_BLS for the group */
	uint16_t signer;		/* 1 .. n; 0: the group */
	const uint8_t *key;		/* RSA: PKCS #1 RSAPublicKey, DER;
					 * ECDSA: 0x04 || x || y; BLS: compressed G2
					 */
	size_t len;
};

struct keyset {
	uint32_t phase;
	uint8_t scheme;			/* enum update_scheme */
	uint16_t n;			/* controllers: 1 .. UPDATE_SIGNERS_MAX */
	uint16_t quorum;		/* signers (individual) or t (threshold) */
	unsigned int key_nr;		/* n, or 1 for the group's */
	const uint8_t *keys;		/* encoded; keyset_key() walks */
	size_t keys_len;		/* bytes of them; out of decoding only */
};

/*
 * The payload of UPDATE_KEYSET.  Checked: with f = (n - 1) / 3, f + 1 <= quorum
 * <= n - f; signers 1 .. n all there, ascending; lengths of keys.  Not checked:
 * that keys are keys.
 */
enum wire_err keyset_decode(struct keyset *set, const uint8_t *in, size_t len);
bool keyset_key(const struct keyset *set, size_t *at, struct keyset_key *key);
enum wire_err keyset_encode(uint8_t *out, size_t room, size_t *used,
			    const struct keyset *set,
			    const struct keyset_key *key);

#endif
