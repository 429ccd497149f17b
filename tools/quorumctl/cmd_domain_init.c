// SPDX-License-Identifier: GPL-2.0
/* domain init: authority, keys, certificates and configuration of a new domain. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "domain_file.h"
#include "domain_make.h"
#include "file.h"
#include "keymake.h"
#include "output.h"
#include "quorumctl.h"

enum {
	SPARE_DEFAULT = 16,
	BASE_PORT_DEFAULT = 7000,
	PORT_MIN = 1024,
	PORT_MAX = 65535,
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 4096,
	/* One of 3072 takes six times as long: four controllers on one machine miss 4 ms */
	RSA_BITS_DEFAULT = RSA_BITS_MIN,
	AUTHORITY_DAYS = DOMAIN_DAYS_MAX,
};

#define MODES "byzantine crash centralized"
#define PROCEDURES "update-consistent event-linearizable no-ack"
#define APPS "learning cbench path route external"

struct options {
	const char *id, *controllers, *switches, *scheme, *procedure, *mode,
		*app, *verifier, *user, *base_port, *days, *spare, *rsa, *sign;
	struct arg_list hosts;
};

struct plan {
	struct domain_text text;
	struct domain_make make;
	unsigned int rsa_bits;
	bool threshold, ecdsa;
	struct bls_group_file *group;
	struct bls_share_file *share;
	uint8_t keyset[UPDATE_BODY_MAX];
};

static const char *word_or(const char *what, const char *given,
			   const char *words, const char *otherwise)
{
	if (!given)
		return otherwise;
	arg_word(what, given, words);
	return given;
}

static unsigned int number_or(const char *what, const char *given,
			      unsigned int min, unsigned int max,
			      unsigned int otherwise)
{
	return given ? (unsigned int)arg_number(what, given, min, max) :
		       otherwise;
}

static void check_size(const struct domain_text *d)
{
	if (!strcmp(d->mode, "centralized") && d->n != 1)
		die_usage("--mode centralized has one controller");
	if (!strcmp(d->mode, "crash") && d->n < 3)
		die_usage("--mode crash needs 3 controllers or more");
	if (!strcmp(d->mode, "byzantine") && d->n < 4)
		die_usage("--mode byzantine needs 4 controllers or more: a third of them may lie");
}

static void place_controllers(struct domain_text *d, const struct options *o)
{
	unsigned int i, base;
	uint8_t address[16];
	const char *host;

	base = number_or("--base-port", o->base_port, PORT_MIN,
			 PORT_MAX + 1 - 3 * d->n, BASE_PORT_DEFAULT);
	if (o->hosts.nr > 1 && o->hosts.nr != d->n)
		die_usage("%zu times --host for %u controllers: once for all, or once for each",
			  o->hosts.nr, d->n);
	for (i = 0; i < d->n; i++) {
		struct domain_text_controller *c = &d->controller[i];

		host = !o->hosts.nr ? "127.0.0.1" :
		       o->hosts.item[o->hosts.nr > 1 ? i : 0];
		if (strlen(host) > DOMAIN_NAME_LEN ||
		    (inet_pton(AF_INET, host, address) != 1 &&
		     inet_pton(AF_INET6, host, address) != 1))
			die_usage("--host: \"%s\" is not an IPv4 or IPv6 address",
				  host);
		c->host = host;
		c->port = (uint16_t)(base + 2 * i);
		c->switch_port = (uint16_t)(base + 2 * i + 1);
		c->metrics_port = (uint16_t)(base + 2 * d->n + i);
		snprintf(c->name, sizeof(c->name), "controller-%u", i + 1);
	}
}

static void place_switches(struct domain_text *d)
{
	unsigned int i;

	for (i = 0; i < d->m; i++) {
		snprintf(d->sw[i].name, sizeof(d->sw[i].name), "s%u", i + 1);
		d->sw[i].dpid = i + 1;
	}
}

static void plan_make(struct plan *p, const struct options *o)
{
	struct domain_text *d = &p->text;

	if (!o->id || !o->controllers || !o->switches)
		die_usage("--id, --controllers and --switches are needed");
	d->id = arg_number("--id", o->id, 1, INT64_MAX);
	d->n = (unsigned int)arg_number("--controllers", o->controllers, 1,
					DOMAIN_CONTROLLERS_MAX);
	d->m = (unsigned int)arg_number("--switches", o->switches, 1,
					DOMAIN_PLACES_MAX);
	d->spare = number_or("--spare", o->spare, 0, DOMAIN_PLACES_MAX - d->m,
			     d->m + SPARE_DEFAULT <= DOMAIN_PLACES_MAX ?
			     SPARE_DEFAULT : DOMAIN_PLACES_MAX - d->m);
	d->mode = word_or("--mode", o->mode, MODES, "byzantine");
	d->procedure = word_or("--procedure", o->procedure, PROCEDURES,
			       "update-consistent");
	d->scheme = word_or("--scheme", o->scheme, "individual threshold",
			    "individual");
	d->app = word_or("--app", o->app, APPS, "learning");
	p->threshold = !strcmp(d->scheme, "threshold");
	p->ecdsa = !strcmp(word_or("--sign", o->sign, "rsa ecdsa", "rsa"),
			   "ecdsa");
	if (p->threshold && (o->rsa || o->sign))
		die_usage("--rsa and --sign are for individual keys");
	if (p->ecdsa && o->rsa)
		die_usage("--rsa is not for ECDSA keys");
	p->rsa_bits = number_or("--rsa", o->rsa, RSA_BITS_MIN, RSA_BITS_MAX,
				RSA_BITS_DEFAULT);
	check_size(d);
	d->quorum = p->threshold ? keymake_threshold_default(d->n) :
				   (d->n - 1) / 3 + 1;
	d->controller = alloc(d->n * sizeof(*d->controller));
	d->sw = alloc(d->m * sizeof(*d->sw));
	place_controllers(d, o);
	place_switches(d);
	p->make.id = d->id;
	p->make.verifier = word_or("--verifier", o->verifier, "kernel process",
				   "kernel");
	p->make.user = domain_user(o->user);
	p->make.days = (int)number_or("--days", o->days, 1, DOMAIN_DAYS_MAX,
				      DOMAIN_DAYS);
}

static void make_authority(struct plan *p, struct tree *t)
{
	char *crt = tree_path(t, "ca.crt"), *key = tree_path(t, "ca.key");
	struct words why;
	char title[64];

	snprintf(title, sizeof(title), "Ashlar domain %llu",
		 (unsigned long long)p->text.id);
	if (!authority_make(&p->make.authority, title, AUTHORITY_DAYS, &why) ||
	    !identity_save(&p->make.authority, crt, key, &why))
		die(CTL_REFUSED, "the authority: %s", why.text);
	p->make.ca_path = crt;
	free(key);
}

static void make_shares(struct plan *p)
{
	p->group = alloc(sizeof(*p->group));
	p->share = alloc(p->text.n * sizeof(*p->share));
	keymake_threshold(p->group, p->share, p->text.n, p->text.quorum);
	p->text.group_key = p->group->key;
}

static void make_share(struct plan *p, const struct tree *t, unsigned int i)
{
	struct pubkey *pub = &p->text.controller[i].sign;
	char *path = tree_path(t, "controller-%u/sign.key", i + 1);
	struct bls_g2 pk;

	if (bls_share_pk_vartime(&pk, p->group->commit, p->text.quorum, i + 1,
				 bls_scratch()))
		die(CTL_REFUSED, "key generation made a share of zero");
	pub->alg = ALG_BLS;
	pub->len = BLS_PK_LEN;
	bls_pk_encode(pub->data, &pk, bls_scratch());
	bls_share_write(&p->share[i], path);
	free(path);
}

static EVP_PKEY *make_sign_key(const struct plan *p)
{
	if (p->threshold)
		return NULL;
	return p->ecdsa ? keymake_p256() : keymake_rsa(p->rsa_bits);
}

static void make_controllers(struct plan *p, struct tree *t)
{
	unsigned int i;
	char dir[32];

	if (p->threshold)
		make_shares(p);
	for (i = 0; i < p->text.n; i++) {
		EVP_PKEY *sign = make_sign_key(p);

		snprintf(dir, sizeof(dir), "controller-%u", i + 1);
		tree_mkdir(t, 0700, "%s", dir);
		domain_make_controller(&p->make, t, dir,
				       &p->text.controller[i], sign);
		if (p->threshold)
			make_share(p, t, i);
		EVP_PKEY_free(sign);
	}
	if (p->share)
		bls_wipe(p->share, p->text.n * sizeof(*p->share));
}

static void make_keyset(struct plan *p, const struct tree *t)
{
	struct keyset_key key[DOMAIN_CONTROLLERS_MAX];
	struct keyset set = {
		.phase = 1,
		.scheme = p->threshold ? SCHEME_THRESHOLD : SCHEME_INDIVIDUAL,
		.n = p->text.n,
		.quorum = p->text.quorum,
		.key_nr = p->threshold ? 1 : p->text.n,
	};
	char *path = tree_path(t, "keyset.bin");
	enum wire_err err;
	unsigned int i;

	for (i = 0; i < set.key_nr; i++)
		key[i] = (struct keyset_key){ p->text.controller[i].sign.alg,
			i + 1, p->text.controller[i].sign.data,
			p->text.controller[i].sign.len };
	if (p->threshold)
		key[0] = (struct keyset_key){ ALG_BLS, 0, p->group->key,
					      BLS_PK_LEN };
	err = keyset_encode(p->keyset, sizeof(p->keyset), &p->make.keyset_len,
			    &set, key);
	if (err)
		die(CTL_REFUSED, "the key set: %s", wire_err_text(err));
	p->make.keyset = p->keyset;
	file_write(path, p->keyset, p->make.keyset_len, 0644);
	free(path);
}

static void make_switches(struct plan *p, struct tree *t)
{
	unsigned int i;
	char dir[32];

	for (i = 0; i < p->text.m; i++) {
		snprintf(dir, sizeof(dir), "switch-%u", i + 1);
		tree_mkdir(t, 0700, "%s", dir);
		domain_make_switch(&p->make, t, dir, &p->text.sw[i]);
	}
}

static void make_domain_conf(const struct plan *p, const struct tree *t)
{
	char *first = tree_path(t, "domain.conf"), *path;
	unsigned int i;

	domain_text_write(&p->text, first);
	for (i = 0; i < p->text.n + p->text.m; i++) {
		path = i < p->text.n ?
		       tree_path(t, "controller-%u/domain.conf", i + 1) :
		       tree_path(t, "switch-%u/domain.conf", i + 1 - p->text.n);
		file_copy(first, path, 0644);
		free(path);
	}
	free(first);
}

static void say(const struct plan *p, const char *dir)
{
	json_object *o = json_object_new_object();

	output_single();
	json_text(o, "directory", dir);
	json_number(o, "domain", p->text.id);
	json_text(o, "mode", p->text.mode);
	json_text(o, "procedure", p->text.procedure);
	json_text(o, "scheme", p->text.scheme);
	json_number(o, "controllers", p->text.n);
	json_number(o, "quorum", p->text.quorum);
	json_number(o, "switches", p->text.m);
	json_number(o, "spare", p->text.spare);
	output(o, "%s: domain %llu, %u controllers, quorum %u (%s), %u switches and %u spare places",
	       dir, (unsigned long long)p->text.id, p->text.n, p->text.quorum,
	       p->text.scheme, p->text.m, p->text.spare);
}

int cmd_domain_init(int argc, char **argv)
{
	struct options o = { 0 };
	const struct arg args[] = {
		{ .name = "--id", .text = &o.id },
		{ .name = "--controllers", .text = &o.controllers },
		{ .name = "--switches", .text = &o.switches },
		{ .name = "--scheme", .text = &o.scheme },
		{ .name = "--procedure", .text = &o.procedure },
		{ .name = "--mode", .text = &o.mode },
		{ .name = "--app", .text = &o.app },
		{ .name = "--verifier", .text = &o.verifier },
		{ .name = "--user", .text = &o.user },
		{ .name = "--host", .list = &o.hosts },
		{ .name = "--base-port", .text = &o.base_port },
		{ .name = "--days", .text = &o.days },
		{ .name = "--spare", .text = &o.spare },
		{ .name = "--rsa", .text = &o.rsa },
		{ .name = "--sign", .text = &o.sign },
		{ 0 },
	};
	struct plan *p = alloc(sizeof(*p));
	struct tree *t;

	args_parse(argc, argv, args, 1, 1);
	plan_make(p, &o);
	t = tree_begin(argv[1]);
	make_authority(p, t);
	make_controllers(p, t);
	make_keyset(p, t);
	make_switches(p, t);
	make_domain_conf(p, t);
	tree_commit(t);
	say(p, argv[1]);
	identity_uninit(&p->make.authority);
	free((char *)p->make.ca_path);
	free(p->text.controller);
	free(p->text.sw);
	free(p->group);
	free(p->share);
	free(o.hosts.item);
	free(p);
	return CTL_OK;
}
