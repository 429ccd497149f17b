// SPDX-License-Identifier: GPL-2.0
/*
 * vectors [FILE...]: runs files in the format of tests/vectors on every engine
 * that this machine and this build have; `-` is standard input.
 *
 * What fails is printed with its place, file and number of the stanza.  Last
 * line: N passed, N failed, counting a stanza once for each engine.
 */
#include "../bls-oracle/stanza.h"
#include "vector.h"

static struct stanza stanza;
static struct vector_work work;
static uint8_t bytes[STANZA_BYTES_MAX];
static unsigned int passed, failed, skipped;

enum how { HEX, WORD, NUMBER };

#define NAME(name, word, ...)	word,
#define HOW(name, word, how)	how,
static const char *const kind_names[] = { VECTOR_KINDS(NAME) };
static const char *const key_names[] = { VECTOR_KEYS(NAME) };
static const enum how key_hows[] = { VECTOR_KEYS(HOW) };
static const char *const expect_names[] = { VECTOR_EXPECTS(NAME) };

/* Where a word is among names, or n */
static unsigned int find(const char *const *names, unsigned int n,
			 const char *word)
{
	unsigned int i;

	for (i = 0; i < n && strcmp(names[i], word); i++)
		;
	return i;
}

static void die(const char *file, unsigned int n, const char *why)
{
	fprintf(stderr, "vectors: %s, stanza %u: %s\n", file, n, why);
	exit(2);
}

/* Bytes have one home each, exactly as long as they are, so that the address
 * sanitizer sees who reads beyond.
 */
static const uint8_t *keep(const uint8_t *from, size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	if (!p)
		abort();
	memcpy(p, from, len);
	return p;
}

static void read_field(struct vector_field *f, unsigned int line,
		       const char *file, unsigned int n)
{
	const char *key = stanza.key[line], *value = stanza.value[line];
	int i = 0;
	unsigned int before;

	for (before = 0; before < line; before++)
		i += !strcmp(stanza.key[before], key);
	f->bytes = NULL;
	switch (key_hows[f->key]) {
	case NUMBER:
		f->number = (uint32_t)stanza_number(&stanza, key, i);
		break;
	case WORD:
		f->number = find(expect_names, VECTOR_EXPECT_NR, value);
		if (f->number == VECTOR_EXPECT_NR)
			die(file, n, "unknown word");
		break;
	case HEX:
		f->number = (uint32_t)stanza_bytes(&stanza, key, i, bytes,
						   sizeof(bytes));
		f->bytes = keep(bytes, f->number);
		break;
	}
}

static void run_engines(const struct vector *v, const char *file,
			unsigned int n)
{
	static const enum bls_engine_id ids[] = { BLS_ENGINE_PORTABLE,
						  BLS_ENGINE_ADX };
	const char *note = stanza_get(&stanza, "note", 0);
	const char *why;
	unsigned int i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (bls_scratch_init_engine(&work.s, ids[i]))
			continue;
		if (vector_skip(v)) {
			skipped++;
			continue;
		}
		why = vector_run(v, &work);
		if (!why) {
			passed++;
			continue;
		}
		failed++;
		printf("FAIL %s, stanza %u, %s%s%s: %s (%s)\n", file, n,
		       vector_kind_name(v->kind), note ? ", " : "",
		       note ? note : "", why, bls_scratch_engine(&work.s));
	}
}

static void run_stanza(const char *file, unsigned int n)
{
	static struct vector_field field[STANZA_LINES_MAX];
	struct vector v = { .name = file, .field = field };
	unsigned int i, key;

	if (strcmp(stanza.key[0], "test"))
		die(file, n, "does not start with its test");
	v.kind = find(kind_names, VECTOR_KIND_NR, stanza.value[0]);
	if (v.kind == VECTOR_KIND_NR)
		die(file, n, "unknown test");
	for (i = 0; i < (unsigned int)stanza.lines; i++) {
		key = find(key_names, VECTOR_KEY_NR, stanza.key[i]);
		if (key == VECTOR_KEY_NR)
			continue;
		field[v.fields].key = key;
		read_field(&field[v.fields++], i, file, n);
	}
	run_engines(&v, file, n);
	for (i = 0; i < v.fields; i++)
		free((void *)(uintptr_t)field[i].bytes);
}

static void run_file(const char *name)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "r") : stdin;
	unsigned int n = 0;
	int rc;

	if (!f) {
		perror(name);
		exit(2);
	}
	while ((rc = stanza_read(f, &stanza)) > 0)
		run_stanza(name, ++n);
	if (rc < 0)
		die(name, n + 1, "not the format, or too long");
	if (!n)
		die(name, n, "there is none");
	printf("# %s: %u stanzas\n", name, n);
	if (f != stdin)
		fclose(f);
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: vectors FILE|-...\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# limbs of %d bits, %s\n", BLS_LIMB_BITS,
	       bls_scratch_init_engine(&work.s, BLS_ENGINE_ADX) ?
	       "portable engine only" : "both engines");
	for (i = 1; i < argc; i++)
		run_file(argv[i]);
	if (skipped)
		printf("%u passed, %u failed, %u skipped\n", passed, failed,
		       skipped);
	else
		printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
