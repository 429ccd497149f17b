// SPDX-License-Identifier: GPL-2.0
/*
 * Key sets: the keys of one phase.  Constant once made, so that any number of
 * verifications may use one at a time, under no lock.
 */
#include "keys.h"
#include "alg.h"
#include "known_answers.h"

#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

struct oq_key {
	u8 alg;				/* 0: not made yet */
	u16 signer;
	size_t len;
	const u8 *bytes;		/* as they came, for dumps */
	union {
		struct crypto_akcipher *rsa;
		struct oq_ecdsa ecdsa;
		struct bls_prepared *bls;
	};
};

struct oq_keyset {
	refcount_t ref;
	struct rcu_head rcu;
	struct llist_node grave;
	u32 phase;
	u8 scheme;
	u16 n, quorum;
	unsigned int key_nr;
	u8 *bytes;			/* of all keys */
	struct oq_key key[];
};

/* Use the kernel's ECDSA; decided at load. */
static bool oq_ecdsa_akcipher;

static void key_free(struct oq_key *key)
{
	switch (key->alg) {
	case ALG_RSA:
		oq_rsa_free(key->rsa);
		break;
	case ALG_ECDSA_P256:
		oq_ecdsa_exit(&key->ecdsa);
		break;
	case ALG_BLS:
		oq_bls_free(key->bls);
		break;
	}
}

static void keyset_free(struct oq_keyset *ks)
{
	unsigned int i;

	for (i = 0; i < ks->key_nr; i++)
		key_free(&ks->key[i]);
	kvfree(ks->bytes);
	kvfree(ks);
}

/* Freeing a transformation may sleep, so RCU's callback only queues. */
static LLIST_HEAD(oq_graves);

static void bury(struct work_struct *work)
{
	struct oq_keyset *ks, *next;

	llist_for_each_entry_safe(ks, next, llist_del_all(&oq_graves), grave)
		keyset_free(ks);
}

static DECLARE_WORK(oq_bury, bury);

static void keyset_dead(struct rcu_head *rcu)
{
	struct oq_keyset *ks = container_of(rcu, struct oq_keyset, rcu);

	if (llist_add(&ks->grave, &oq_graves))
		schedule_work(&oq_bury);
}

struct oq_keyset *oq_keyset_get(struct oq_keyset *ks)
{
	refcount_inc(&ks->ref);
	return ks;
}

void oq_keyset_put(struct oq_keyset *ks)
{
	if (refcount_dec_and_test(&ks->ref))
		call_rcu(&ks->rcu, keyset_dead);
}

static int key_make(struct oq_key *key, u8 alg, struct netlink_ext_ack *extack)
{
	int err;

	switch (alg) {
	case ALG_RSA:
		err = oq_rsa_create(&key->rsa, key->bytes, key->len, extack);
		break;
	case ALG_ECDSA_P256:
		err = oq_ecdsa_init(&key->ecdsa, oq_ecdsa_akcipher, key->bytes,
				    key->len, extack);
		break;
	case ALG_BLS:
		err = oq_bls_create(&key->bls, key->bytes, key->len, extack);
		break;
	default:
		NL_SET_ERR_MSG(extack, "unknown algorithm of a key");
		return -EINVAL;
	}
	if (!err)
		key->alg = alg;
	return err;
}

/* The sets that update.h allows; key sets put together by hand have not gone
 * through keyset_decode().
 */
static int check_set(const struct keyset *set, struct netlink_ext_ack *extack)
{
	unsigned int f;

	if (!set->phase) {
		NL_SET_ERR_MSG(extack, "phases begin with 1");
		return -EINVAL;
	}
	if (!set->n || set->n > UPDATE_SIGNERS_MAX) {
		NL_SET_ERR_MSG(extack, "a key set is of 1 to 128 controllers");
		return -EINVAL;
	}
	f = (set->n - 1) / 3;
	if (set->quorum < f + 1 || set->quorum > set->n - f) {
		NL_SET_ERR_MSG(extack, "quorum must be f + 1 to n - f, with f = (n - 1) / 3");
		return -EINVAL;
	}
	if (set->scheme != SCHEME_INDIVIDUAL &&
	    set->scheme != SCHEME_THRESHOLD) {
		NL_SET_ERR_MSG(extack, "unknown scheme");
		return -EINVAL;
	}
	if (set->key_nr != (set->scheme == SCHEME_THRESHOLD ? 1 : set->n)) {
		NL_SET_ERR_MSG(extack, "one key for each controller, or one of the group");
		return -EINVAL;
	}
	return 0;
}

static int make_keys(struct oq_keyset *ks, const struct keyset *set,
		     struct netlink_ext_ack *extack)
{
	bool bls, group = set->scheme == SCHEME_THRESHOLD;
	struct keyset own = *set;
	struct keyset_key k;
	unsigned int i;
	size_t at = 0;
	int err;

	memcpy(ks->bytes, set->keys, set->keys_len);
	own.keys = ks->bytes;
	for (i = 0; i < set->key_nr; i++) {
		if (!keyset_key(&own, &at, &k) ||
		    k.signer != (group ? 0 : i + 1)) {
			NL_SET_ERR_MSG(extack, "signers of keys: 1 to n in order, or 0, the group");
			return -EINVAL;
		}
		bls = k.alg == ALG_BLS;
		if (bls != group) {
			NL_SET_ERR_MSG(extack, "algorithm of a key does not fit the scheme");
			return -EINVAL;
		}
		ks->key[i].signer = k.signer;
		ks->key[i].bytes = k.key;
		ks->key[i].len = k.len;
		err = key_make(&ks->key[i], k.alg, extack);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

struct oq_keyset *oq_keyset_create(const struct keyset *set,
				   struct netlink_ext_ack *extack)
{
	struct oq_keyset *ks;
	int err;

	err = check_set(set, extack);
	if (err)
		return ERR_PTR(err);
	ks = kvzalloc(struct_size(ks, key, set->key_nr), GFP_KERNEL_ACCOUNT);
	if (!ks)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ks->ref, 1);
	ks->phase = set->phase;
	ks->scheme = set->scheme;
	ks->n = set->n;
	ks->quorum = set->quorum;
	ks->key_nr = set->key_nr;
	ks->bytes = kvmalloc(set->keys_len, GFP_KERNEL_ACCOUNT);
	err = ks->bytes ? make_keys(ks, set, extack) : -ENOMEM;
	if (err) {
		keyset_free(ks);
		return ERR_PTR(err);
	}
	return ks;
}

void oq_keyset_phase(const struct oq_keyset *ks, struct quorum_phase *phase)
{
	unsigned int i;

	memset(phase, 0, sizeof(*phase));
	phase->phase = ks->phase;
	phase->scheme = ks->scheme;
	phase->n = ks->n;
	phase->quorum = ks->quorum;
	for (i = 0; i < ks->key_nr; i++)
		phase->alg[ks->key[i].signer] = ks->key[i].alg;
}

bool oq_keyset_key(const struct oq_keyset *ks, unsigned int i,
		   struct keyset_key *key)
{
	if (i >= ks->key_nr)
		return false;
	key->alg = ks->key[i].alg;
	key->signer = ks->key[i].signer;
	key->key = ks->key[i].bytes;
	key->len = ks->key[i].len;
	return true;
}

/* quorum_offer() has refused what does not fit the key set of the ticket. */
static const struct oq_key *key_of(const struct oq_keyset *ks,
				   const struct update_sig *sig)
{
	unsigned int i = sig->signer ? sig->signer - 1u : 0;

	if (i >= ks->key_nr || ks->key[i].signer != sig->signer ||
	    ks->key[i].alg != sig->alg)
		return NULL;
	return &ks->key[i];
}

static int verify(const struct oq_key *key, const struct update_sig *sig,
		  const u8 *statement, const u8 *digest)
{
	switch (key->alg) {
	case ALG_RSA:
		return oq_rsa_verify(key->rsa, sig->sig, sig->len, digest);
	case ALG_ECDSA_P256:
		return oq_ecdsa_verify(&key->ecdsa, sig->sig, sig->len, digest);
	default:
		return oq_bls_verify(key->bls, sig->sig, sig->len, statement,
				     STATEMENT_LEN);
	}
}

int oq_keyset_verify(struct oq_keyset *ks, struct quorum_ticket *t)
{
	u8 digest[SHA256_DIGEST_SIZE];
	const struct oq_key *key;
	int err, valid = 0;
	unsigned int i;

	sha256(t->statement, STATEMENT_LEN, digest);
	for (i = 0; i < t->verify_nr; i++) {
		key = key_of(ks, &t->verify[i].sig);
		err = key ? verify(key, &t->verify[i].sig, t->statement, digest)
			  : -EINVAL;
		if (err == -ENOMEM)
			return err;
		t->verify[i].valid = !err;
		valid += !err;
		cond_resched();
	}
	return valid;
}

/* A key, and what one signature is to it: as it should be, of another digest or
 * message, and with a bit changed.
 */
static int known_answer(const char *what, u8 alg, const u8 *bytes, size_t len,
			const u8 *msg, size_t msg_len, const u8 *sig,
			size_t sig_len)
{
	struct oq_key key = { .bytes = bytes, .len = len };
	u8 digest[SHA256_DIGEST_SIZE], bad[OQ_AKCIPHER_SIG_MAX];
	struct update_sig s = { .alg = alg, .sig = sig, .len = sig_len };
	int err, good, other, changed;
	u8 statement[STATEMENT_LEN] = { 0 };

	err = key_make(&key, alg, NULL);
	if (err == -EOPNOTSUPP) {
		pr_notice("ovs_quorum: this kernel has no %s: no such keys\n",
			  what);
		return 0;
	}
	if (err) {
		pr_err("ovs_quorum: self-test of %s: good key refused: %d\n",
		       what, err);
		return -EINVAL;
	}
	sha256(msg, msg_len, digest);
	memcpy(bad, sig, sig_len);
	bad[sig_len - 1] ^= 1;
	if (alg == ALG_BLS) {
		good = oq_bls_verify(key.bls, sig, sig_len, msg, msg_len);
		other = oq_bls_verify(key.bls, sig, sig_len, digest,
				      sizeof(digest));
		changed = oq_bls_verify(key.bls, bad, sig_len, msg, msg_len);
	} else {
		good = verify(&key, &s, statement, digest);
		s.sig = bad;
		changed = verify(&key, &s, statement, digest);
		s.sig = sig;
		digest[0] ^= 1;
		other = verify(&key, &s, statement, digest);
	}
	key_free(&key);
	if (!good && other && other != -ENOMEM && changed && changed != -ENOMEM)
		return 0;
	pr_err("ovs_quorum: self-test of %s failed: good %d, of another message %d, changed %d\n",
	       what, good, other, changed);
	return -EINVAL;
}

#define KNOWN(what, alg, name)						\
	known_answer(what, alg, name##_key, sizeof(name##_key), name##_msg, \
		     sizeof(name##_msg), name##_sig, sizeof(name##_sig))

int oq_keys_selftest(void)
{
	int err;

	/* Ours in any case: another kernel may need it. */
	oq_ecdsa_akcipher = false;
	err = KNOWN("RSA, pkcs1pad(rsa,sha256)", ALG_RSA, known_rsa) ?:
	      KNOWN("ECDSA P-256", ALG_ECDSA_P256, known_ecdsa) ?:
	      KNOWN("BLS12-381", ALG_BLS, known_bls);
	if (err)
		return err;
	oq_ecdsa_akcipher = oq_ecdsa_has_akcipher();
	if (!oq_ecdsa_akcipher)
		return 0;
	return KNOWN("ECDSA P-256, ecdsa-nist-p256", ALG_ECDSA_P256,
		     known_ecdsa);
}

void oq_keys_exit(void)
{
	rcu_barrier();
	flush_work(&oq_bury);
}
