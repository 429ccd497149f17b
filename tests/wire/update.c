// SPDX-License-Identifier: GPL-2.0
/*
 * update PROTOCOL.md FILE...: bodies, sealed updates, key sets and statements of
 * golden files, all that is near them, and the largest there may be; and that
 * the example in PROTOCOL.md has the bytes of the golden one.
 */
#include "test.h"

#include <inttypes.h>

#include "golden.h"
#include "say.h"

enum { ROOM = 1 << 18 };

static const char *const survive = "does not survive encoding";
static uint8_t out[ROOM];

/* A decoder with its words and its encoder, for all that follows */
static const char *body_says(const uint8_t *in, size_t len, enum wire_err *err)
{
	static struct update_dep deps[UPDATE_DEPS_MAX];
	struct update_body body;
	unsigned int i;
	size_t used;

	*err = update_body_decode(&body, in, len);
	if (*err)
		return NULL;
	for (i = 0; i < body.dep_nr; i++)
		deps[i] = update_body_dep(&body, i);
	if (update_body_encode(out, ROOM, &used, &body, deps) ||
	    used != len || memcmp(out, in, len) ||
	    update_body_encode(out, len - 1, &used, &body, deps) !=
		    WIRE_EROOM || used != len)
		return survive;
	return say_body(&body);
}

static const char *sealed_says(const uint8_t *in, size_t len,
			       enum wire_err *err)
{
	static struct update_sig sig[UPDATE_SIGS_MAX];
	struct update_sealed sealed;
	unsigned int i = 0;
	size_t used, at = 0;

	*err = update_sealed_decode(&sealed, in, len);
	if (*err)
		return NULL;
	while (i < UPDATE_SIGS_MAX && update_sealed_sig(&sealed, &at, &sig[i]))
		i++;
	if (i != sealed.sig_nr || at != sealed.sigs_len ||
	    update_sealed_encode(out, ROOM, &used, &sealed, sig) ||
	    used != len || memcmp(out, in, len) ||
	    update_sealed_encode(out, len - 1, &used, &sealed, sig) !=
		    WIRE_EROOM || used != len)
		return survive;
	return say_sealed(&sealed);
}

static const char *keyset_says(const uint8_t *in, size_t len,
			       enum wire_err *err)
{
	static struct keyset_key key[UPDATE_SIGNERS_MAX];
	struct keyset set;
	unsigned int i = 0;
	size_t used, at = 0;

	*err = keyset_decode(&set, in, len);
	if (*err)
		return NULL;
	while (i < UPDATE_SIGNERS_MAX && keyset_key(&set, &at, &key[i]))
		i++;
	if (i != set.key_nr || at != set.keys_len ||
	    keyset_encode(out, ROOM, &used, &set, key) ||
	    used != len || memcmp(out, in, len) ||
	    keyset_encode(out, len - 1, &used, &set, key) != WIRE_EROOM ||
	    used != len)
		return survive;
	return say_keyset(&set);
}

typedef const char *says_fn(const uint8_t *in, size_t len, enum wire_err *err);

static unsigned long flips, flips_accepted;

static bool near(const struct golden *g, says_fn *says)
{
	uint8_t *bytes = test_copy(g->bytes, g->len);
	enum wire_err err;
	const char *words;
	bool ok = true;
	size_t n;

	for (n = 0; ok && n < 8 * g->len; n++, flips++) {
		bytes[n / 8] ^= 1u << n % 8;
		words = says(bytes, g->len, &err);
		if (words) {
			flips_accepted++;
			ok = strcmp(words, survive) && strcmp(words, g->words);
		}
		bytes[n / 8] ^= 1u << n % 8;
	}
	free(bytes);
	for (n = 0; ok && n < g->len; n++) {
		bytes = test_copy(g->bytes, n);
		says(bytes, n, &err);
		ok = err == WIRE_ESHORT;
		free(bytes);
	}
	for (n = g->len + 1; ok && n < g->len + 20; n++) {
		bytes = calloc(1, n);
		if (!bytes)
			abort();
		memcpy(bytes, g->bytes, g->len);
		says(bytes, n, &err);
		ok = err == WIRE_ELONG;
		free(bytes);
	}
	return ok;
}

static bool decodes(const struct golden *g, says_fn *says)
{
	uint8_t *bytes = test_copy(g->bytes, g->len);
	enum wire_err err;
	const char *words = says(bytes, g->len, &err);
	bool ok;

	if (g->refused) {
		ok = err && !strcmp(golden_error(err), g->words);
		if (!ok)
			printf("# %s instead of %s\n", golden_error(err),
			       g->words);
	} else {
		ok = words && !strcmp(words, g->words);
		if (!ok)
			printf("# says  %s\n# wants %s\n",
			       words ? words : golden_error(err), g->words);
	}
	free(bytes);
	return ok && (g->refused || near(g, says));
}

static bool statement(const struct golden *g)
{
	uint8_t got[STATEMENT_LEN], root[UPDATE_DIGEST_LEN];
	unsigned int phase, leaves;
	uint64_t domain;
	size_t len = 0;
	char hex[65];

	ASK(sscanf(g->words, "domain=%" SCNu64 " phase=%u leaves=%u root=%64s",
		   &domain, &phase, &leaves, hex) == 4);
	ASK(golden_hex(root, sizeof(root), &len, hex) && len == sizeof(root));
	statement_encode(got, domain, phase, leaves, root);
	ASK(g->len == sizeof(got) && !memcmp(got, g->bytes, sizeof(got)));
	return true;
}

/* What the document has: the sealed update, then root, statement, a key */
static struct {
	uint8_t bytes[4096];
	size_t len;
} example, signed_text, key_set;

static void keep(const struct golden *g)
{
	size_t room = sizeof(example.bytes);

	if (g->len > room)
		return;
	if (!strcmp(g->name, "example")) {
		memcpy(example.bytes, g->bytes, g->len);
		example.len = g->len;
	} else if (!strcmp(g->name, "example-statement")) {
		memcpy(signed_text.bytes, g->bytes, g->len);
		signed_text.len = g->len;
	} else if (!strcmp(g->name, "example-keyset")) {
		memcpy(key_set.bytes, g->bytes, g->len);
		key_set.len = g->len;
	}
}

static void golden(const struct golden *g)
{
	bool ok = false;

	if (!strcmp(g->test, "body"))
		ok = decodes(g, body_says);
	else if (!strcmp(g->test, "sealed"))
		ok = decodes(g, sealed_says);
	else if (!strcmp(g->test, "keyset"))
		ok = decodes(g, keyset_says);
	else if (!strcmp(g->test, "statement"))
		ok = statement(g);
	TEST(g->name, ok);
	keep(g);
}

/*
 * Behind the line "<!-- example -->": lines of an offset, a colon, bytes in
 * hexadecimal, two blanks and words; then lines of hexadecimal digits alone.
 */
static bool documented(const char *path)
{
	enum { ROOT_AT = 36, KEY_AT = 12 + 6, KEY_LEN = 65 };
	static uint8_t bytes[4096], more[4096];
	size_t len = 0, more_len = 0, digits;
	bool inside = false, good = true;
	char line[256], *hex;
	unsigned int offset;
	FILE *file;

	file = fopen(path, "r");
	ASK(file);
	while (good && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "<!-- example -->"))
			inside = true;
		digits = strspn(line, "0123456789abcdef");
		if (!inside || !digits) {
			continue;
		} else if (!line[digits]) {
			good = golden_hex(more, sizeof(more), &more_len, line);
		} else if (digits == 4 && line[4] == ':') {
			hex = line + 6;
			if (strstr(hex, "  "))
				*strstr(hex, "  ") = '\0';
			good = sscanf(line, "%4x", &offset) == 1 &&
			       offset == len &&
			       golden_hex(bytes, sizeof(bytes), &len, hex);
		}
	}
	fclose(file);
	ASK(good);
	ASK(example.len && len == example.len);
	ASK(!memcmp(bytes, example.bytes, len));
	ASK(signed_text.len == STATEMENT_LEN && key_set.len > KEY_AT + KEY_LEN);
	ASK(more_len == UPDATE_DIGEST_LEN + STATEMENT_LEN + KEY_LEN);
	ASK(!memcmp(more, signed_text.bytes + ROOT_AT, UPDATE_DIGEST_LEN));
	ASK(!memcmp(more + UPDATE_DIGEST_LEN, signed_text.bytes,
		    STATEMENT_LEN));
	ASK(!memcmp(more + UPDATE_DIGEST_LEN + STATEMENT_LEN,
		    key_set.bytes + KEY_AT, KEY_LEN));
	return true;
}

static bool largest_body(void)
{
	static uint8_t payload[UPDATE_BODY_MAX];
	struct update_body body = {
		.kind = UPDATE_OPENFLOW, .phase = 1, .sequence = 1,
		.payload = payload,
		.payload_len = UPDATE_BODY_MAX - UPDATE_BODY_MIN,
	};
	size_t used;

	ASK(!update_body_encode(out, ROOM, &used, &body, NULL));
	ASK(used == UPDATE_BODY_MAX);
	ASK(!update_body_decode(&body, out, used));
	out[43]++;
	ASK(update_body_decode(&body, out, used + 1) == WIRE_ELONG);
	body.payload = payload;
	body.payload_len++;
	ASK(update_body_encode(out, ROOM, &used, &body, NULL) == WIRE_EVALUE);
	body.payload_len = (size_t)1 << 32;
	ASK(update_body_encode(out, ROOM, &used, &body, NULL) == WIRE_EVALUE);
	body.payload_len = 0;
	body.dep_nr = UPDATE_DEPS_MAX + 1;
	ASK(update_body_encode(out, ROOM, &used, &body, NULL) == WIRE_EVALUE);
	body.dep_nr = 0;
	body.kind = 3;
	ASK(update_body_encode(out, ROOM, &used, &body, NULL) == WIRE_EVALUE);
	return true;
}

static bool largest_sealed(void)
{
	static uint8_t body[UPDATE_BODY_MAX], path[32 * UPDATE_PATH_MAX];
	static uint8_t bytes[UPDATE_SIG_MAX], bigger[UPDATE_SEALED_MAX + 1];
	static struct update_sig sig[UPDATE_SIGS_MAX + 1];
	struct update_sealed sealed = {
		.body = body, .body_len = sizeof(body), .leaves = 1,
		.depth = UPDATE_PATH_MAX, .path = path,
		.sig_nr = UPDATE_SIGS_MAX,
	};
	unsigned int i;
	size_t used;

	for (i = 0; i <= UPDATE_SIGS_MAX; i++)
		sig[i] = (struct update_sig){ ALG_RSA, (uint16_t)(i + 1),
					      bytes, sizeof(bytes) };
	ASK(!update_sealed_encode(out, ROOM, &used, &sealed, sig));
	ASK(used == 24 + 65535 + 24 * 32 + 128 * (6 + 512));
	ASK(!update_sealed_decode(&sealed, out, used));
	ASK(update_sealed_decode(&sealed, bigger, sizeof(bigger)) ==
	    WIRE_ELONG);
	sealed.body = body;
	sealed.path = path;
	sealed.sig_nr++;
	ASK(update_sealed_encode(out, ROOM, &used, &sealed, sig) ==
	    WIRE_EVALUE);
	sealed.sig_nr = 2;
	sig[1].signer = 1;
	ASK(update_sealed_encode(out, ROOM, &used, &sealed, sig) ==
	    WIRE_EVALUE);
	sig[1].signer = 2;
	sig[1].len = 65536 + 256;	/* 256 in the field's sixteen bits */
	ASK(update_sealed_encode(out, ROOM, &used, &sealed, sig) ==
	    WIRE_EVALUE);
	return true;
}

static bool largest_keyset(void)
{
	static struct keyset_key key[UPDATE_SIGNERS_MAX + 1];
	static uint8_t bytes[KEYSET_KEY_MAX];
	struct keyset set = { .phase = 1, .scheme = SCHEME_INDIVIDUAL };
	unsigned int i, n, quorum, f;
	enum wire_err err;
	size_t used;

	for (i = 0; i <= UPDATE_SIGNERS_MAX; i++)
		key[i] = (struct keyset_key){ ALG_RSA, (uint16_t)(i + 1),
					      bytes, sizeof(bytes) };
	for (n = 1; n <= UPDATE_SIGNERS_MAX; n++) {
		f = (n - 1) / 3;
		for (quorum = 0; quorum <= n + 1; quorum++) {
			set.n = (uint16_t)n;
			set.quorum = (uint16_t)quorum;
			set.key_nr = n;
			err = keyset_encode(out, ROOM, &used, &set, key);
			ASK(!err == (quorum > f && quorum <= n - f));
		}
	}
	set.key_nr = UPDATE_SIGNERS_MAX + 1;
	ASK(keyset_encode(out, ROOM, &used, &set, key) == WIRE_EVALUE);
	return true;
}

static bool error_texts(void)
{
	unsigned int i, j;

	for (i = 0; i < WIRE_ERR_NR; i++)
		for (j = 0; j < i; j++)
			ASK(strcmp(wire_err_text(i), wire_err_text(j)));
	ASK(!strcmp(wire_err_text(WIRE_OK), "success"));
	ASK(!strcmp(wire_err_text(WIRE_ERR_NR), "unknown error"));
	ASK(!strcmp(wire_err_text((enum wire_err)-1), "unknown error"));
	return true;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		golden_each(argv[i], golden);
	TEST("flips there were", flips > 1000 && flips_accepted &&
				 flips_accepted < flips);
	TEST("largest body", largest_body());
	TEST("largest sealed update", largest_sealed());
	TEST("largest key set", largest_keyset());
	TEST("error texts", error_texts());
	if (argc > 1)
		TEST("example in the document", documented(argv[1]));
	return test_end();
}
