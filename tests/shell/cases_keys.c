// SPDX-License-Identifier: GPL-2.0
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/stat.h>

#include "../../lib/bls/sha256.h"
#include "cases.h"
#include "clock.h"
#include "identity.h"
#include "keys.h"
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
	struct identity id;
	struct words why;
	struct key *key;

	if (!identity_make(&id, type, "test", &why))
		return NULL;
	key = key_create(id.key, &why);
	id.key = NULL;
	identity_uninit(&id);
	return key;
}

static bool sign_and_verify(const char *type)
{
	struct key *key = new_key(type), *stranger = new_key(type);
	uint8_t message[100], sig[64], bad[64];
	unsigned int i, leading_zero = 0;
	size_t len;

	ASK(key && stranger);
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

static bool identity_on_disk(void)
{
	const char *path = scratch(), *path2 = scratch();
	uint8_t pin[2][IDENTITY_PIN_LEN];
	struct identity id, id2, read;
	struct words why;
	char name[700], name2[700];
	struct stat st;

	ASK(identity_make(&id, "P-256", "one", &why));
	ASK(identity_make(&id2, "ED25519", "two", &why));
	ASK(identity_save(&id, path, &why));
	ASK(identity_save(&id2, path2, &why));
	ASK(!identity_save(&id2, path, &why));
	snprintf(name, sizeof(name), "%s.key", path);
	snprintf(name2, sizeof(name2), "%s.key", path2);
	ASK(!stat(name, &st) && (st.st_mode & 0777) == 0600);
	ASK(identity_load(&read, path, true, &why));
	identity_pin(pin[0], id.cert);
	identity_pin(pin[1], read.cert);
	ASK(!memcmp(pin[0], pin[1], sizeof(pin[0])));
	identity_uninit(&read);
	ASK(identity_load(&read, path, false, &why) && !read.key);
	identity_pin(pin[1], id2.cert);
	ASK(memcmp(pin[0], pin[1], sizeof(pin[0])));
	identity_uninit(&read);
	ASK(!rename(name2, name));
	ASK(!identity_load(&read, path, true, &why));
	ASK(!identity_load(&read, "/nonexistent/x", true, &why));
	ASK(!identity_make(&read, "no such type", "x", &why));
	identity_uninit(&id);
	identity_uninit(&id2);
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
	TEST("keys: P-256", sign_and_verify("P-256"));
	TEST("keys: Ed25519", sign_and_verify("ED25519"));
	TEST("sha256: of pieces", sha256_of_pieces());
	TEST("keys: what was valid is remembered", remembers_what_was_valid());
	TEST("keys: others are refused", other_keys_are_refused());
	TEST("identity: on disk", identity_on_disk());
	TEST("clock: follows the time of day and never goes back", clock_follows());
}
