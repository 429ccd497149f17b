// SPDX-License-Identifier: GPL-2.0
/*
 * Constant time, asked of valgrind: secrets are marked as undefined memory, and
 * memcheck reports every branch and every index that depends on undefined bits.
 * The idea is Langley's ctgrind (2010).  Run without valgrind it is skipped.
 *
 * The library is compiled with BLS_CT_TEST for this program, so that what it
 * declares public (bls_public()) becomes defined.
 */
#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>

#include "test.h"
#include "engine.h"

enum { T = 3 };

static struct bls_scratch scratch;
static const uint8_t msg[] = "a message";
static volatile unsigned int sink;

void bls_public(const void *p, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(p, len);
}

static void secret(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

/* Did memcheck complain since it was asked last? */
static bool quiet(void)
{
	static unsigned int before;
	unsigned int now = VALGRIND_COUNT_ERRORS, new = now - before;

	before = now;
	return !new;
}

/* The controls: memcheck must see these two. */
static bool leaks_by_branch(void)
{
	uint8_t key[32] = { 1 };

	secret(key, sizeof(key));
	if (key[0])
		sink++;
	return !quiet();
}

static bool leaks_by_index(void)
{
	static const unsigned int table[256] = { 1 };
	uint8_t key[32] = { 1 };

	secret(key, sizeof(key));
	sink += table[key[0]];
	return !quiet();
}

static bool test_keys(struct bls_fr *sk)
{
	uint8_t ikm[32], bytes[BLS_SK_LEN];
	struct bls_fr again;

	test_random(ikm, sizeof(ikm));
	secret(ikm, sizeof(ikm));
	if (bls_keygen(sk, ikm, sizeof(ikm), NULL, 0))
		return false;
	bls_sk_encode(bytes, sk);
	if (bls_sk_decode(&again, bytes, sizeof(bytes)))
		return false;
	return quiet();
}

static bool test_sign(const struct bls_fr *sk)
{
	uint8_t bytes[BLS_PK_LEN];
	struct bls_g1 sig;
	struct bls_g2 pk;

	if (bls_sign(&sig, sk, BLS_SUITE_NUL, msg, sizeof(msg), &scratch) ||
	    bls_sk_to_pk(&pk, sk, &scratch))
		return false;
	bls_sig_encode(bytes, &sig, &scratch);
	bls_pk_encode(bytes, &pk, &scratch);
	if (bls_pop_prove(&sig, sk, &scratch))
		return false;
	return quiet();
}

/* even a secret message is hashed in constant time */
static bool test_hash(void)
{
	uint8_t text[100];
	struct bls_g1 hash;

	test_random(text, sizeof(text));
	secret(text, sizeof(text));
	if (bls_hash_to_g1(&hash, text, sizeof(text), msg, 4, &scratch))
		return false;
	return quiet();
}

static bool test_dkg(const struct bls_fr *sk)
{
	uint8_t random[T * BLS_SAMPLE_LEN];
	struct bls_fr a[T], b[T], share[T], blind, sum;
	struct bls_g1 pedersen[T];
	struct bls_g2 feldman[T];
	static const unsigned int dealer[T] = { 3, 1, 4 };
	unsigned int i;

	test_random(random, sizeof(random));
	secret(random, sizeof(random));
	if (bls_poly_sample(a, T, NULL, random, sizeof(random)) ||
	    bls_poly_sample(b, T, sk, random, 2 * BLS_SAMPLE_LEN) ||
	    bls_feldman_commit(feldman, a, T, &scratch) ||
	    bls_pedersen_commit(pedersen, a, b, T, &scratch))
		return false;
	VALGRIND_MAKE_MEM_DEFINED(feldman, sizeof(feldman));
	VALGRIND_MAKE_MEM_DEFINED(pedersen, sizeof(pedersen));
	for (i = 0; i < T; i++)
		if (bls_poly_eval(&share[i], a, T, i + 1))
			return false;
	if (bls_poly_eval(&blind, b, T, 2) ||
	    bls_feldman_check(&share[1], 2, feldman, T, &scratch) ||
	    bls_pedersen_check(&share[1], &blind, 2, pedersen, T, &scratch) ||
	    bls_dkg_share(&sum, share, T) ||
	    bls_reshare_share(&sum, dealer, share, T, 5, &scratch))
		return false;
	bls_wipe(a, sizeof(a));
	return quiet();
}

static void test_engine(void)
{
	struct bls_fr sk;

	TEST("keygen, encode, decode", test_keys(&sk));
	TEST("sign, public key, proof", test_sign(&sk));
	TEST("hash", test_hash());
	TEST("dkg", test_dkg(&sk));
}

#ifdef BLS_HAVE_X86
static bool cpu_has_adx(void)
{
	char line[8192];
	bool has = false;
	FILE *f;

	f = fopen("/proc/cpuinfo", "r");
	if (!f)
		return false;
	while (!has && fgets(line, sizeof(line), f))
		has = strstr(line, " bmi2 ") && strstr(line, " adx ");
	fclose(f);
	return has;
}
#endif

int main(void)
{
	if (!RUNNING_ON_VALGRIND) {
		printf("# to be run by valgrind\n");
		return 77;
	}
	TEST("control: a branch is seen", leaks_by_branch());
	TEST("control: an index is seen", leaks_by_index());
	bls_scratch_init_engine(&scratch, BLS_ENGINE_PORTABLE);
	printf("# engine %s\n", bls_scratch_engine(&scratch));
	test_engine();
#ifdef BLS_HAVE_X86
	/* valgrind runs MULX, ADCX and ADOX, but its CPUID does not say so */
	if (cpu_has_adx()) {
		scratch.engine = &bls_engine_adx;
		printf("# engine %s\n", bls_scratch_engine(&scratch));
		test_engine();
	}
#endif
	return test_end();
}
