// SPDX-License-Identifier: GPL-2.0
/*
 * fakeswitch DIRECTORY EVENTS [SECONDS]: the switch whose keys are in DIRECTORY, without a datapath.  It sends
 * signed bundles of one PACKET_IN each to all controllers, and ends when all are executed, and as many updates have
 * come with valid signatures of a quorum.  Signatures that are not valid, updates of another switch, two bodies with one
 * number: it says so, and ends with status 1.
 */
#include <assert.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/bls/bls.h"
#include "../../lib/bls/merkle.h"
#include "../../lib/quorum/path.h"
#include "../../user/controller/core/ctl_frame.h"
#include "../../user/controller/shell/domain.h"
#include "../../user/controller/shell/keys.h"
#include "../../user/controller/shell/link.h"
#include "../../user/controller/shell/pubkey.h"

enum {
	SEQUENCES_MAX = 1 << 16,
	WINDOW = 16,			/* bundles under way */
	AGAIN_MS = 300,
	PACKET_LEN = 24 + 16 + 2 + 60,
	BUNDLE_MAX = 512,
	TIMEOUT_S = 180,
};

struct update_seen {
	uint32_t signers;
	bool applied;
	uint8_t body[32];
};

static struct {
	const struct domain *domain;
	unsigned int number;
	uint64_t epoch;
	struct key *key;
	struct links *links;
	unsigned int events, sent, applied, invalid, doubled;
	bool done[SEQUENCES_MAX];	/* bundles executed at f + 1 */
	uint32_t done_by[SEQUENCES_MAX];
	unsigned int done_nr;
	struct update_seen seen[SEQUENCES_MAX];
	uint64_t floor;
	struct bls_scratch scratch;
	bool over;
} s;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

static void frame_send(unsigned int to, uint8_t *frame, size_t len)
{
	bool ok = ctl_frame_head(frame, frame[CTL_FRAME_HEAD + 5], len);

	assert(ok);
	links_send(s.links, to, frame, CTL_FRAME_HEAD + len);
	links_flush(s.links);
}

static void frame_send_all(uint8_t *frame, size_t len)
{
	unsigned int i;

	for (i = 0; i < s.domain->n; i++)
		frame_send(i, frame, len);
}

static void bundle_send(uint64_t counter)
{
	uint8_t frame[BUNDLE_MAX], packet[PACKET_LEN] = {
		4, 10, 0, PACKET_LEN, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 60,
		[24] = 0, 1, 0, 12, 0x80, 0, 0, 4, 0, 0, 0, 1,
		[42] = 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
	};
	struct ctl_bundle_event event = {
		.kind = APP_PACKET_IN, .message = packet, .len = sizeof(packet),
	};
	struct ctl_bundle bundle = {
		.dpid = s.domain->sw[s.number].dpid, .epoch = s.epoch,
		.counter = counter, .phase = s.domain->phase,
		.floor = s.floor, .count = 1,
	};
	uint8_t *out = frame + CTL_FRAME_HEAD;
	size_t len = ctl_bundle_encode(out, sizeof(frame) - CTL_FRAME_HEAD,
				       s.domain->id, &bundle, &event);

	assert(len);
	key_sign(s.key, out + len, out, len);
	frame_send_all(frame, len + KEY_SIG_LEN);
}

static void ack_send(unsigned int to, uint64_t sequence)
{
	uint8_t frame[BUNDLE_MAX];
	struct ctl_ack ack = {
		.dpid = s.domain->sw[s.number].dpid, .epoch = s.epoch,
		.phase = s.domain->phase, .sequence = sequence, .count = 1,
		.status = CTL_APPLIED,
	};
	uint8_t *out = frame + CTL_FRAME_HEAD;
	size_t len;

	memcpy(ack.body, s.seen[sequence].body, sizeof(ack.body));
	len = ctl_ack_encode(out, sizeof(frame) - CTL_FRAME_HEAD, s.domain->id,
			     &ack);
	assert(len);
	key_sign(s.key, out + len, out, len);
	frame_send(to, frame, len + KEY_SIG_LEN);
}

static bool openssl_valid(const struct domain_controller *c,
			  const uint8_t *statement, const struct update_sig *sig)
{
	const uint8_t *at = c->sign_key;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at,
				       (long)c->sign_key_len);
	bool ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
		EVP_DigestVerify(ctx, sig->sig, sig->len, statement,
				 STATEMENT_LEN) == 1;

	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool valid(const struct domain_controller *c, const uint8_t *statement,
		  const struct update_sig *sig)
{
	struct words why;
	struct bls_g2 pk;
	struct key *key;
	bool ok;

	if (sig->alg != c->sign_alg)
		return false;
	switch (sig->alg) {
	case ALG_RSA:
		return openssl_valid(c, statement, sig);
	case ALG_ECDSA_P256:
		key = key_create(pubkey_p256(c->sign_key, c->sign_key_len), &why);
		ok = key_verify(key, statement, STATEMENT_LEN, sig->sig);
		key_free(key);
		return ok;
	default:
		return !bls_pk_decode_vartime(&pk, c->sign_key, c->sign_key_len,
					      &s.scratch) &&
			!bls_verify_vartime(&pk, BLS_SUITE_NUL, statement,
					    STATEMENT_LEN, sig->sig, sig->len,
					    &s.scratch);
	}
}

static void floor_advance(void)
{
	while (s.floor + 1 < SEQUENCES_MAX && s.seen[s.floor + 1].applied)
		s.floor++;
}

static void applied(uint64_t sequence)
{
	unsigned int i;

	s.seen[sequence].applied = true;
	s.applied++;
	floor_advance();
	for (i = 0; i < s.domain->n; i++)
		ack_send(i, sequence);
}

static void take_update(unsigned int from, const struct ctl_to_switch *m)
{
	uint8_t leaf[32], root[32], body_digest[32], statement[STATEMENT_LEN];
	struct update_sealed sealed;
	struct update_seen *seen;
	struct update_body body;
	struct update_sig sig;
	size_t at = 0;

	if (update_sealed_decode(&sealed, m->sealed, m->sealed_len) ||
	    update_body_decode(&body, sealed.body, sealed.body_len) ||
	    body.domain != s.domain->id ||
	    body.dpid != s.domain->sw[s.number].dpid ||
	    body.sequence >= SEQUENCES_MAX ||
	    !update_sealed_sig(&sealed, &at, &sig) || sig.signer != from + 1) {
		s.invalid++;
		return;
	}
	bls_merkle_leaf(leaf, sealed.body, sealed.body_len);
	if (quorum_path_root(root, leaf, &sealed)) {
		s.invalid++;
		return;
	}
	statement_encode(statement, body.domain, body.phase, sealed.leaves, root);
	if (!valid(&s.domain->controller[from], statement, &sig)) {
		s.invalid++;
		return;
	}
	seen = &s.seen[body.sequence];
	SHA256(sealed.body, sealed.body_len, body_digest);
	if (!seen->signers)
		memcpy(seen->body, body_digest, sizeof(body_digest));
	else if (memcmp(seen->body, body_digest, sizeof(body_digest)))
		s.doubled++;
	seen->signers |= 1u << from;
	if (seen->applied)
		ack_send(from, body.sequence);
	else if ((unsigned int)__builtin_popcount(seen->signers) >=
		 s.domain->quorum)
		applied(body.sequence);
}

static void more(void)
{
	while (s.sent < s.events && s.sent < s.done_nr + WINDOW)
		bundle_send(++s.sent);
}

static void take_done(unsigned int from, const struct ctl_to_switch *m)
{
	if (m->epoch != s.epoch || m->counter >= SEQUENCES_MAX)
		return;
	s.done_by[m->counter] |= 1u << from;
	if (s.done[m->counter] ||
	    __builtin_popcount(s.done_by[m->counter]) < 2)
		return;
	s.done[m->counter] = true;
	s.done_nr++;
	/* Numbers go on where another life of this switch ended (C10). */
	if (s.floor + 1 < m->start)
		s.floor = m->start - 1;
	floor_advance();
	more();
}

static void on_frame(void *ctx, unsigned int from, const uint8_t *frame,
		     size_t frame_len)
{
	struct ctl_to_switch m;
	const uint8_t *bytes;
	const char *why;
	size_t len;

	(void)ctx;
	switch (ctl_frame_decode(frame, frame_len, &bytes, &len, &why)) {
	case CTL_FRAME_MESSAGE:
		break;
	case CTL_FRAME_BAD:
		die("controller %u: %s", from + 1, why);
	default:
		return;
	}
	if (ctl_to_switch_decode(&m, s.domain->id, bytes, len))
		die("controller %u: a message that is none", from + 1);
	if (m.type == CTL_UPDATE)
		take_update(from, &m);
	else if (m.type == CTL_BUNDLE_DONE)
		take_done(from, &m);
	s.over |= s.done_nr == s.sent && s.applied >= s.events;
}

static void on_state(void *ctx, unsigned int who, bool up)
{
	uint8_t hello[CTL_FRAME_SMALL];

	(void)ctx;
	if (!up)
		return;
	links_send(s.links, who, hello, ctl_frame_hello(hello));
	links_flush(s.links);
}

/* A switch repeats what was not executed yet. */
static void on_again(uv_timer_t *timer)
{
	unsigned int i;

	(void)timer;
	for (i = 1; i <= s.sent; i++)
		if (!s.done[i])
			bundle_send(i);
	more();
	/* Of events while its tables were being emptied nothing comes (C8). */
	if (s.done_nr == s.sent && s.applied < s.events)
		bundle_send(++s.sent);
}

static void open_links(uv_loop_t *loop, const char *dir)
{
	static struct link_peer peer[AGREE_MEMBERS_MAX];
	static char name[AGREE_MEMBERS_MAX][IDENTITY_NAME_MAX];
	struct links_config config = {
		.loop = loop, .framing = LINK_OPENFLOW, .peer = peer,
		.peer_nr = s.domain->n, .frame = on_frame, .state = on_state,
	};
	char cert[512], key[512], authority[512];
	struct identity id;
	struct words why;
	unsigned int i;

	snprintf(cert, sizeof(cert), "%s/tls.crt", dir);
	snprintf(key, sizeof(key), "%s/tls.key", dir);
	snprintf(authority, sizeof(authority), "%s/ca.crt", dir);
	config.authority = authority_load(authority, &why);
	if (!config.authority || !identity_load(&id, cert, key, &why))
		die("%s", why.text);
	config.self = &id;
	for (i = 0; i < s.domain->n; i++) {
		identity_name(name[i], s.domain->id, IDENTITY_CONTROLLER,
			      s.domain->controller[i].name);
		peer[i] = (struct link_peer){
			.name = name[i], .frame_max = CTL_FRAME_MAX,
			.queue_max = 1 << 20,
		};
	}
	s.links = links_create(&config, &why);
	if (!s.links)
		die("%s", why.text);
	for (i = 0; i < s.domain->n; i++)
		if (!links_dial(s.links, i, s.domain->controller[i].host,
				s.domain->controller[i].switch_port, &why))
			die("%s", why.text);
	identity_uninit(&id);
	X509_STORE_free(config.authority);
}

static void load(const char *dir)
{
	struct complaints c = { .say = print_line };
	struct words why;
	char path[512];
	EVP_PKEY *pkey;
	unsigned int i;
	FILE *f;

	snprintf(path, sizeof(path), "%s/domain.conf", dir);
	s.domain = domain_load(path, &c);
	if (!s.domain)
		exit(1);
	snprintf(path, sizeof(path), "%s/switch.key", dir);
	f = fopen(path, "r");
	pkey = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	if (!pkey)
		die("%s is no key", path);
	fclose(f);
	for (i = 0; i < s.domain->switches; i++)
		if (s.domain->sw[i].key &&
		    EVP_PKEY_eq(s.domain->sw[i].key, pkey) == 1)
			s.number = i;
	s.key = key_create(pkey, &why);
	if (!s.key)
		die("%s", why.text);
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	struct timespec now;
	uint64_t give_up;
	uv_timer_t again;

	if (argc < 3)
		die("usage: fakeswitch DIRECTORY EVENTS [SECONDS]");
	bls_scratch_init(&s.scratch);
	load(argv[1]);
	s.events = (unsigned int)strtoul(argv[2], NULL, 10);
	assert(s.events && s.events < SEQUENCES_MAX / 2);
	clock_gettime(CLOCK_REALTIME, &now);
	s.epoch = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	open_links(loop, argv[1]);
	uv_timer_init(loop, &again);
	uv_timer_start(&again, on_again, 50, AGAIN_MS);
	give_up = uv_hrtime() + (argc > 3 ? strtoull(argv[3], NULL, 10) :
				 TIMEOUT_S) * 1000000000ull;
	while (!s.over && uv_hrtime() < give_up)
		uv_run(loop, UV_RUN_ONCE);
	printf("%u events, %u executed, %u updates, %u invalid, %u doubled\n",
	       s.sent, s.done_nr, s.applied, s.invalid, s.doubled);
	return !s.over || s.invalid || s.doubled;
}
