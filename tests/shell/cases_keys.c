// SPDX-License-Identifier: GPL-2.0
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/stat.h>

#include "../../lib/bls/sha256.h"
#include "cases.h"
#include "clock.h"
#include "keys.h"
#include "p256.h"
#include "verified.h"

static bool from_hex(uint8_t *out, const char *hex)
{
	unsigned int byte;

	for (; *hex; hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1)
			return false;
		*out++ = (uint8_t)byte;
	}
	return true;
}

static EVP_PKEY *p256_public(const uint8_t point[65])
{
	OSSL_PARAM param[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 (char *)"prime256v1", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  (void *)point, 65),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, param);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* RFC 6979 A.2.5, "sample", SHA-256 */
static bool published_p256(void)
{
	uint8_t point[65] = { 4 }, sig[64];
	struct words why;
	struct key *key;

	ASK(from_hex(point + 1,
		     "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
		     "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"));
	ASK(from_hex(sig,
		     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
		     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"));
	key = key_create(p256_public(point), &why);
	ASK(key);
	ASK(key_verify(key, (const uint8_t *)"sample", 6, sig));
	ASK(!key_verify(key, (const uint8_t *)"simple", 6, sig));
	key_prepare(key);
	ASK(key_verify(key, (const uint8_t *)"sample", 6, sig));
	ASK(!key_verify(key, (const uint8_t *)"simple", 6, sig));
	key_free(key);
	return true;
}

/* RFC 8032 7.1, TEST 2 */
static bool published_ed25519(void)
{
	static const uint8_t message = 0x72;
	uint8_t public[32], sig[64];
	struct words why;
	struct key *key;

	ASK(from_hex(public,
		     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
	ASK(from_hex(sig,
		     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
	key = key_create(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						     public, sizeof(public)),
			 &why);
	ASK(key);
	ASK(key_verify(key, &message, 1, sig));
	ASK(!key_verify(key, &message, 0, sig));
	key_free(key);
	return true;
}

static struct key *new_key(const char *type)
{
	struct words why;

	return key_create(strcmp(type, "P-256") ?
			  EVP_PKEY_Q_keygen(NULL, NULL, type) :
			  EVP_PKEY_Q_keygen(NULL, NULL, "EC", type), &why);
}

static bool sign_and_verify(const char *type, bool prepared)
{
	struct key *key = new_key(type), *stranger = new_key(type);
	uint8_t message[100], sig[64], bad[64];
	unsigned int i, leading_zero = 0;
	size_t len;

	ASK(key && stranger);
	if (prepared) {
		key_prepare(key);
		key_prepare(stranger);
	}
	/* Until a number with a zero in front has come, and then some; one in 256 has */
	for (i = 0; i < 200 || (!leading_zero && i < 10000); i++) {
		memset(message, (int)i, sizeof(message));
		message[0] = (uint8_t)(i >> 8);
		key_sign(key, sig, message, i % sizeof(message));
		ASK(key_verify(key, message, i % sizeof(message), sig));
		leading_zero += !sig[0];
	}
	ASK(leading_zero);
	len = (i - 1) % sizeof(message);
	for (i = 0; i < 512; i++) {
		memcpy(bad, sig, sizeof(bad));
		bad[i / 8] ^= 1u << i % 8;
		ASK(!key_verify(key, message, len, bad));
	}
	ASK(!key_verify(stranger, message, len, sig));
	memset(bad, 0, sizeof(bad));
	ASK(!key_verify(key, message, 5, bad));
	memset(bad, 0xff, sizeof(bad));
	ASK(!key_verify(key, message, 5, bad));
	/* A failure leaves nothing behind. */
	ASK(key_verify(key, message, len, sig));
	key_free(key);
	key_free(stranger);
	return true;
}

/* The order of the base point (FIPS 186-5, SP 800-186 3.2.1.3) */
static const char order[] =
	"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

enum { EDGES = 9 };

/* 0, 1, 2, n-1, n, n+1, n/2, 2^255 and 2^256-1 */
static void edge_numbers(uint8_t out[EDGES][32])
{
	memset(out, 0, EDGES * 32);
	out[1][31] = 1;
	out[2][31] = 2;
	from_hex(out[3], order);
	from_hex(out[4], order);
	from_hex(out[5], order);
	out[3][31]--;
	out[5][31]++;
	from_hex(out[6], "7FFFFFFF800000007FFFFFFFFFFFFFFF"
		 "DE737D56D38BCF4279DCE5617E3192A8");
	out[7][0] = 0x80;
	memset(out[8], 0xff, 32);
}

/* s becomes n - s: of the same point's negative, so that it is a signature too */
static void negate(uint8_t s[32])
{
	unsigned int i;
	uint8_t n[32];
	int borrow = 0, d;

	from_hex(n, order);
	for (i = 32; i--;) {
		d = n[i] - s[i] - borrow;
		borrow = d < 0;
		s[i] = (uint8_t)d;
	}
}

struct both {
	struct key *tables, *plain;	/* one key, with tables and without */
	unsigned int valid;
};

static bool same_verdict(struct both *b, const uint8_t *message, size_t len,
			 const uint8_t sig[64])
{
	bool good = key_verify(b->plain, message, len, sig);

	b->valid += good;
	return key_verify(b->tables, message, len, sig) == good;
}

static bool both_make(struct both *b)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	struct words why;

	EVP_PKEY_up_ref(pkey);
	b->plain = key_create(pkey, &why);
	b->tables = key_create(pkey, &why);
	ASK(b->plain && b->tables);
	key_prepare(b->tables);
	b->valid = 0;
	return true;
}

/* Edges in the places of r and s, alone and together */
static bool edges_agree(struct both *b, const uint8_t *message,
			const uint8_t good[64])
{
	uint8_t edge[EDGES][32], sig[64];
	unsigned int i, j;

	edge_numbers(edge);
	for (i = 0; i < EDGES; i++) {
		memcpy(sig, good, sizeof(sig));
		memcpy(sig, edge[i], 32);
		ASK(same_verdict(b, message, 32, sig));
		memcpy(sig, good, sizeof(sig));
		memcpy(sig + 32, edge[i], 32);
		ASK(same_verdict(b, message, 32, sig));
		for (j = 0; j < EDGES; j++) {
			memcpy(sig, edge[i], 32);
			memcpy(sig + 32, edge[j], 32);
			ASK(same_verdict(b, message, 32, sig));
		}
	}
	return true;
}

/* What tables say against what OpenSSL says, signature by signature */
static bool tables_agree(void)
{
	uint8_t message[32], sig[64], bad[64];
	struct both b, other;
	unsigned int key, i;

	for (key = 0; key < 4; key++) {
		ASK(both_make(&b) && both_make(&other));
		for (i = 0; i < 250; i++) {
			RAND_bytes(message, sizeof(message));
			key_sign(b.plain, sig, message, sizeof(message));
			ASK(same_verdict(&b, message, 32, sig));
			ASK(same_verdict(&other, message, 32, sig));
			memcpy(bad, sig, sizeof(bad));
			negate(bad + 32);
			ASK(same_verdict(&b, message, 32, bad));
			negate(bad);
			ASK(same_verdict(&b, message, 32, bad));
			memcpy(bad, sig, sizeof(bad));
			bad[i % 64] ^= 1u << i % 8;
			ASK(same_verdict(&b, message, 32, bad));
			memcpy(bad, sig + 32, 32);
			memcpy(bad + 32, sig, 32);
			ASK(same_verdict(&b, message, 32, bad));
			RAND_bytes(bad, sizeof(bad));
			ASK(same_verdict(&b, message, 32, bad));
		}
		ASK(edges_agree(&b, message, sig));
		/* The signature and its negative, and nothing else */
		ASK(b.valid == 2 * i && !other.valid);
		key_free(b.plain);
		key_free(b.tables);
		key_free(other.plain);
		key_free(other.tables);
	}
	return true;
}

static bool der_verify(EVP_PKEY_CTX *ctx, const uint8_t digest[32],
		       const uint8_t sig[64])
{
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	uint8_t *der = NULL;
	bool good;
	int len;

	ECDSA_SIG_set0(numbers, BN_bin2bn(sig, 32, NULL),
		       BN_bin2bn(sig + 32, 32, NULL));
	len = i2d_ECDSA_SIG(numbers, &der);
	good = EVP_PKEY_verify(ctx, der, (size_t)len, digest, 32) == 1;
	ERR_clear_error();
	OPENSSL_free(der);
	ECDSA_SIG_free(numbers);
	return good;
}

/* The digest for which r = the base point's x and s = 1 are a signature: 1 - r d */
static bool digest_for_one(uint8_t digest[32], const uint8_t r[32],
			   const EVP_PKEY *pkey)
{
	BIGNUM *d = NULL, *e = BN_new(), *n = NULL, *x = BN_bin2bn(r, 32, NULL);
	BN_CTX *ctx = BN_CTX_new();
	bool ok;

	ok = BN_hex2bn(&n, order) &&
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) &&
		BN_mod_mul(e, x, d, n, ctx) && BN_sub(e, BN_value_one(), e) &&
		BN_nnmod(e, e, n, ctx) && BN_bn2binpad(e, digest, 32) == 32;
	BN_free(d);
	BN_free(e);
	BN_free(n);
	BN_free(x);
	BN_CTX_free(ctx);
	return ok;
}

/* One that is a signature with s = 1, and is none with s = n + 1 */
static bool small_s(struct p256 *p, EVP_PKEY_CTX *ctx, const EVP_PKEY *pkey)
{
	uint8_t digest[32], sig[64], edge[EDGES][32];

	edge_numbers(edge);
	from_hex(sig, "6B17D1F2E12C4247F8BCE6E563A440F2"
		 "77037D812DEB33A0F4A13945D898C296");
	ASK(digest_for_one(digest, sig, pkey));
	memcpy(sig + 32, edge[1], 32);
	ASK(p256_verify(p, digest, sig) && der_verify(ctx, digest, sig));
	memcpy(sig + 32, edge[3], 32);
	ASK(p256_verify(p, digest, sig) && der_verify(ctx, digest, sig));
	memcpy(sig + 32, edge[5], 32);
	ASK(!p256_verify(p, digest, sig) && !der_verify(ctx, digest, sig));
	return true;
}

/* Nobody signs with these, but hashes and signatures are numbers that others choose. */
static bool chosen_points(void)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	uint8_t x[65], digest[32], sig[64], edge[EDGES][32];
	struct p256 *p = p256_create(pkey);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	unsigned int i, j, k, valid = 0;
	size_t len;
	bool good;

	ASK(p && EVP_PKEY_verify_init(ctx) == 1);
	ASK(EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, x,
					    sizeof(x), &len));
	edge_numbers(edge);
	/* digest 0, r = s = x: R is the key itself, whose x is r. */
	memcpy(edge[7], x + 1, 32);
	for (i = 0; i < EDGES * EDGES * EDGES; i++) {
		j = i / EDGES % EDGES;
		k = i / EDGES / EDGES;
		memcpy(digest, edge[i % EDGES], 32);
		memcpy(sig, edge[j], 32);
		memcpy(sig + 32, edge[k], 32);
		good = der_verify(ctx, digest, sig);
		valid += good;
		ASK(p256_verify(p, digest, sig) == good);
	}
	ASK(valid && small_s(p, ctx, pkey));
	p256_free(p);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return true;
}

static bool remembers_what_was_valid(void)
{
	struct key *key = new_key("P-256"), *stranger = new_key("P-256");
	struct verified *v = verified_create(2);
	uint8_t message[40] = "twice", sig[64];
	unsigned int i;

	ASK(key && stranger && v);
	for (i = 0; i < 50; i++) {
		message[20] = (uint8_t)i;
		key_sign(key, sig, message, sizeof(message));
		ASK(!verified_check(v, 2, stranger, message, sizeof(message), sig));
		ASK(verified_check(v, 1, key, message, sizeof(message), sig));
		/* Known: no key is asked any more.  What is another in anything is not known. */
		ASK(verified_check(v, 1, stranger, message, sizeof(message), sig));
		ASK(!verified_check(v, 2, stranger, message, sizeof(message), sig));
		ASK(!verified_check(v, 1, stranger, message, 39, sig));
		sig[i] ^= 1;
		ASK(!verified_check(v, 1, key, message, sizeof(message), sig));
		ASK(!verified_check(v, 1, key, message, sizeof(message), sig));
	}
	verified_free(v);
	key_free(key);
	key_free(stranger);
	return true;
}

static bool other_keys_are_refused(void)
{
	EVP_PKEY *p384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	EVP_PKEY *x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	struct words why;

	ASK(!key_create(p384, &why));
	ASK(!key_create(x25519, &why));
	EVP_PKEY_free(p384);
	EVP_PKEY_free(x25519);
	return true;
}

/* Ours, which takes pieces, against OpenSSL's, which gets all at once */
static bool sha256_of_pieces(void)
{
	static uint8_t bytes[700];
	uint8_t out[32], want[32];
	struct bls_sha256 s;
	size_t len, at, part;

	ASK(from_hex(want, "ba7816bf8f01cfea414140de5dae2223"
		     "b00361a396177a9cb410ff61f20015ad"));
	bls_sha256_init(&s);
	bls_sha256_update(&s, (const uint8_t *)"abc", 3);
	bls_sha256_final(&s, out);
	ASK(!memcmp(out, want, sizeof(out)));
	for (len = 0; len < sizeof(bytes); len++) {
		bytes[len] = (uint8_t)(len * 7 + len / 3);
		for (part = 1; part < 200; part += 1 + part / 3) {
			bls_sha256_init(&s);
			for (at = 0; at < len; at += part)
				bls_sha256_update(&s, bytes + at,
						  len - at < part ? len - at : part);
			bls_sha256_final(&s, out);
			SHA256(bytes, len, want);
			ASK(!memcmp(out, want, sizeof(out)));
		}
	}
	return true;
}

static bool clock_follows(void)
{
	const uint64_t s = 1000000000ull, day = 1000000 * s;
	struct shell_clock c;
	uint64_t at = 5 * s, shown, before;
	unsigned int i;

	clock_init(&c, at, day);
	ASK(clock_read(&c, at, day) == day / 1000000);
	ASK(clock_read(&c, at + s, day + s) == (day + s) / 1000000);
	at += s;
	before = (day + s) / 1000000;
	/* Somebody sets the time of day back by an hour: on we go, at half the speed. */
	for (i = 0; i < 10; i++) {
		at += s;
		shown = clock_read(&c, at, day - 3600 * s);
		ASK(shown == before + 500);
		before = shown;
	}
	/* And ahead by a day: twice the speed. */
	for (i = 0; i < 10; i++) {
		at += s;
		shown = clock_read(&c, at, day + 86400 * s);
		ASK(shown == before + 2000);
		before = shown;
	}
	/* Caught up: no further. */
	at += s;
	ASK(clock_read(&c, at, before * 1000000 + 3 * s / 2) == before + 1500);
	clock_start(&c);
	before = clock_now_ms(&c);
	for (i = 0; i < 1000; i++) {
		shown = clock_now_ms(&c);
		ASK(shown >= before);
		before = shown;
	}
	return true;
}

void cases_keys(void)
{
	TEST("keys: a published P-256 signature", published_p256());
	TEST("keys: a published Ed25519 signature", published_ed25519());
	TEST("keys: P-256", sign_and_verify("P-256", false));
	TEST("keys: P-256, prepared", sign_and_verify("P-256", true));
	TEST("keys: tables and OpenSSL agree", tables_agree());
	TEST("keys: tables and OpenSSL agree on chosen numbers", chosen_points());
	TEST("keys: Ed25519", sign_and_verify("ED25519", true));
	TEST("sha256: of pieces", sha256_of_pieces());
	TEST("keys: what was valid is remembered", remembers_what_was_valid());
	TEST("keys: others are refused", other_keys_are_refused());
	TEST("clock: follows the time of day and never goes back", clock_follows());
}
