// SPDX-License-Identifier: GPL-2.0
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../user/controller/shell/keys.h"
#include "../../user/controller/shell/pubkey.h"

enum { GIVE_UP_S = 120, BEAT_MS = 10, DAYS = 30 };

/* The order of the groups of BLS12-381 */
#define BLS_ORDER "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"

const char *agent_program;

void path_of(char out[160], const struct world *w, const char *name)
{
	snprintf(out, 160, "%s/%s", w->dir, name);
}

bool write_text(const struct world *w, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	path_of(path, w, name);
	f = fopen(path, "w");
	if (!f)
		return false;
	fputs(text, f);
	return !fclose(f);
}

bool write_key(const struct world *w, const char *name, EVP_PKEY *key)
{
	char path[160];
	bool ok;
	FILE *f;
	int fd;

	path_of(path, w, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return false;
	ok = PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	return !fclose(f) && ok;
}

static void hex(char *out, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static bool public_hex(char *out, EVP_PKEY *key)
{
	uint8_t bytes[KEYSET_KEY_MAX], alg;
	struct words why;
	size_t len = pubkey_wire(bytes, &alg, key, &why);

	hex(out, bytes, len);
	return len;
}

static bool write_domain(struct world *w)
{
	char *text = malloc(TEXT_MAX), key[2 * KEYSET_KEY_MAX + 1], group[256] = "";
	size_t used = 0;
	unsigned int i;
	bool ok;

	if (w->threshold) {
		hex(key, w->group, sizeof(w->group));
		snprintf(group, sizeof(group), "group_key = \"%.192s\";", key);
	}
	used += (size_t)snprintf(text, TEXT_MAX,
		"id = %d;\nsignatures = { scheme = \"%s\"; quorum = %d; %s };\napp = { name = \"learning\"; };\ncontrollers = (\n",
		DOMAIN, w->threshold ? "threshold" : "individual", QUORUM, group);
	for (i = 0; i < CONTROLLERS; i++) {
		struct far *f = &w->far[i];

		public_hex(key, f->id.key);
		used += (size_t)snprintf(text + used, TEXT_MAX - used,
			"%s{ name = \"c%u\"; host = \"127.0.0.1\"; port = %u; switch_port = %u; agree_key = \"%s\"; ",
			i ? ",\n" : "", i + 1, i + 1, f->port, key);
		hex(key, f->key, f->key_len);
		used += (size_t)snprintf(text + used, TEXT_MAX - used,
			"sign_alg = \"%s\"; sign_key = \"%s\"; }",
			w->threshold ? "bls" : i & 1 ? "rsa" : "ecdsa", key);
	}
	public_hex(key, w->switch_key);
	snprintf(text + used, TEXT_MAX - used,
		 "\n);\nswitches = ( { name = \"s1\"; dpid = 0x%xL; key = \"%s\"; }, { } );\nlimits = { retransmit_ms = 100; };\n",
		 DPID, key);
	ok = write_text(w, "domain.conf", text);
	free(text);
	return ok;
}

bool write_conf(const struct world *w, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "domain = \"domain.conf\";\nself = \"s1\";\nstate = \"state\";\n"
		 "tls = {\n\tauthority = \"ca.crt\";\n\tcertificate = \"tls.crt\";\n\tkey = \"tls.key\";\n};\n"
		 "key = \"switch.key\";\nopenflow = \"of.sock\";\nverifier = \"process\";\nkeyset = \"keyset.bin\";\n"
		 "vswitchd_ctl = \"ovs.pid\";\nhistory = \"history\";\n%s", more);
	return write_text(w, "agent.conf", text);
}

static bool write_keyset(struct world *w, const struct keyset *set,
			 const struct keyset_key *key)
{
	uint8_t bytes[8192];
	char path[160];
	size_t used;
	bool ok;
	FILE *f;

	ASK(keyset_encode(bytes, sizeof(bytes), &used, set, key) == WIRE_OK);
	path_of(path, w, "keyset.bin");
	f = fopen(path, "w");
	ASK(f);
	ok = fwrite(bytes, 1, used, f) == used;
	return !fclose(f) && ok;
}

static bool make_individual(struct world *w)
{
	struct keyset set = {
		.phase = 1, .scheme = SCHEME_INDIVIDUAL, .n = CONTROLLERS,
		.quorum = QUORUM, .key_nr = CONTROLLERS,
	};
	struct keyset_key key[CONTROLLERS];
	struct words why;
	unsigned int i;

	for (i = 0; i < CONTROLLERS; i++) {
		struct far *f = &w->far[i];

		f->sign = i & 1 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
		ASK(f->sign);
		f->key_len = pubkey_wire(f->key, &key[i].alg, f->sign, &why);
		ASK(f->key_len);
		key[i].signer = (uint16_t)(i + 1);
		key[i].key = f->key;
		key[i].len = f->key_len;
	}
	return write_keyset(w, &set, key);
}

static struct bls_scratch scratch;

static bool make_point(uint8_t out[BLS_PK_LEN], struct bls_fr *sk,
		       const BIGNUM *number)
{
	uint8_t bytes[BLS_SK_LEN];
	struct bls_g2 pk;

	BN_bn2binpad(number, bytes, sizeof(bytes));
	ASK(!bls_sk_decode(sk, bytes, sizeof(bytes)));
	ASK(!bls_sk_to_pk(&pk, sk, &scratch));
	bls_pk_encode(out, &pk, &scratch);
	return true;
}

/* Shares a + i b of the secret a: two of them make a signature. */
static bool make_threshold(struct world *w)
{
	BIGNUM *order = NULL, *a = BN_new(), *b = BN_new(), *s = BN_new();
	struct keyset set = {
		.phase = 1, .scheme = SCHEME_THRESHOLD, .n = CONTROLLERS,
		.quorum = QUORUM, .key_nr = 1,
	};
	struct keyset_key key = {
		.alg = ALG_BLS, .key = w->group, .len = sizeof(w->group),
	};
	BN_CTX *ctx = BN_CTX_new();
	struct bls_fr secret;
	unsigned int i;
	bool ok;

	bls_scratch_init(&scratch);
	BN_hex2bn(&order, BLS_ORDER);
	BN_rand_range(a, order);
	BN_rand_range(b, order);
	ok = make_point(w->group, &secret, a);
	BN_copy(s, a);
	for (i = 0; ok && i < CONTROLLERS; i++) {
		BN_mod_add(s, s, b, order, ctx);
		w->far[i].key_len = BLS_PK_LEN;
		ok = make_point(w->far[i].key, &w->far[i].share, s);
	}
	BN_free(order);
	BN_free(a);
	BN_free(b);
	BN_free(s);
	BN_CTX_free(ctx);
	return ok && write_keyset(w, &set, &key);
}

static bool make_switch(struct world *w)
{
	char name[IDENTITY_NAME_MAX], cert[160], key[160];
	struct words why;

	identity_name(name, DOMAIN, IDENTITY_SWITCH, "s1");
	ASK(identity_make(&w->tls, &w->authority, name, DAYS, &why));
	path_of(cert, w, "tls.crt");
	path_of(key, w, "tls.key");
	ASK(identity_save(&w->tls, cert, key, &why));
	path_of(cert, w, "ca.crt");
	path_of(key, w, "ca.key");
	ASK(identity_save(&w->authority, cert, key, &why));
	w->switch_key = EVP_EC_gen("P-256");
	ASK(w->switch_key && write_key(w, "switch.key", w->switch_key));
	EVP_PKEY_up_ref(w->switch_key);
	w->switch_verify = key_create(w->switch_key, &why);
	return w->switch_verify;
}

static void on_beat(uv_timer_t *timer)
{
	(void)timer;
}

static bool make(struct world *w)
{
	char name[IDENTITY_NAME_MAX], label[16], path[160];
	struct words why;
	unsigned int i;

	ASK(mkdtemp(w->dir));
	path_of(w->openflow, w, "of.sock");
	path_of(path, w, "state");
	ASK(!mkdir(path, 0700));
	ASK(authority_make(&w->authority, "test", DAYS, &why));
	for (i = 0; i < CONTROLLERS; i++) {
		struct far *f = &w->far[i];

		f->world = w;
		f->number = i;
		f->start = 1;
		snprintf(label, sizeof(label), "c%u", i + 1);
		identity_name(name, DOMAIN, IDENTITY_CONTROLLER, label);
		ASK(identity_make(&f->id, &w->authority, name, DAYS, &why));
	}
	ASK(w->threshold ? make_threshold(w) : make_individual(w));
	ASK(make_switch(w));
	for (i = 0; i < CONTROLLERS; i++)
		ASK(far_open(&w->far[i]));
	w->vswitchd = vswitchd_new(w);
	w->fake_ctl = ctl_new(w);
	return w->vswitchd && w->fake_ctl && write_domain(w) &&
	       write_conf(w, "");
}

bool world_create(struct world *w, bool threshold)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->dir, sizeof(w->dir), "%s/agent-XXXXXX",
		 getenv("TMPDIR") ?: "/tmp");
	w->threshold = threshold;
	w->log = malloc(TEXT_MAX);
	uv_loop_init(&w->loop);
	uv_timer_init(&w->loop, &w->beat);
	uv_timer_start(&w->beat, on_beat, BEAT_MS, BEAT_MS);
	return make(w);
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void world_free(struct world *w)
{
	unsigned int i;

	if (w->agent) {
		kill(w->agent, SIGKILL);
		agent_wait(w);
	}
	vswitchd_free(w->vswitchd);
	ctl_free(w->fake_ctl);
	for (i = 0; i < CONTROLLERS; i++) {
		far_close(&w->far[i]);
		EVP_PKEY_free(w->far[i].sign);
		identity_uninit(&w->far[i].id);
	}
	uv_close((uv_handle_t *)&w->beat, NULL);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	uv_loop_close(&w->loop);
	key_free(w->switch_verify);
	EVP_PKEY_free(w->switch_key);
	identity_uninit(&w->tls);
	identity_uninit(&w->authority);
	free(w->log);
	nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

bool agent_spawn(struct world *w, bool check)
{
	char conf[160], log[160];
	char *argv[] = { (char *)agent_program, check ? (char *)"--check" : conf,
			 check ? conf : NULL, NULL };
	int fd;

	path_of(conf, w, "agent.conf");
	path_of(log, w, "log");
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	w->agent = fork();
	if (!w->agent) {
		/* It must not outlive a test that is stopped, nor hold its output open. */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		setpgid(0, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execv(agent_program, argv);
		_exit(127);
	}
	close(fd);
	return w->agent > 0;
}

bool agent_signal(struct world *w, int number)
{
	return !kill(w->agent, number);
}

pid_t agent_child(struct world *w)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", w->agent,
		 w->agent);
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &child) != 1)
		child = 0;
	if (f)
		fclose(f);
	return child;
}

bool agent_stop(struct world *w)
{
	return !kill(-w->agent, SIGTERM);
}

static bool has_ended(struct world *w, const void *arg)
{
	(void)arg;
	return waitpid(w->agent, &w->status, WNOHANG) == w->agent;
}

bool agent_wait(struct world *w)
{
	if (!until(w, has_ended, NULL))
		return false;
	w->agent = 0;
	return true;
}

const char *world_log(struct world *w)
{
	char path[160];
	size_t n = 0;
	FILE *f;

	path_of(path, w, "log");
	f = fopen(path, "r");
	if (f) {
		n = fread(w->log, 1, TEXT_MAX - 1, f);
		fclose(f);
	}
	w->log[n] = '\0';
	return w->log;
}

void world_forget_log(struct world *w)
{
	char path[160];

	path_of(path, w, "log");
	/* Whoever has it open goes on at its new end. */
	if (truncate(path, 0) && errno != ENOENT)
		abort();
}

bool logged(struct world *w, const char *words)
{
	return strstr(world_log(w), words);
}

bool until(struct world *w, bool (*done)(struct world *w, const void *arg),
	   const void *arg)
{
	const char *patience_s = getenv("TEST_PATIENCE_S");
	uint64_t wait_s = patience_s ? strtoul(patience_s, NULL, 10) : GIVE_UP_S;
	uint64_t end_ns = uv_hrtime() + wait_s * 1000000000;

	while (!done(w, arg)) {
		if (uv_hrtime() > end_ns) {
			printf("# gave up; the agent said:\n%s", world_log(w));
			return false;
		}
		uv_run(&w->loop, UV_RUN_ONCE);
	}
	return true;
}

static bool is_logged(struct world *w, const void *arg)
{
	return logged(w, arg);
}

bool until_logged(struct world *w, const char *words)
{
	return until(w, is_logged, words);
}
