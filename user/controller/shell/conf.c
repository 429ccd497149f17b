// SPDX-License-Identifier: GPL-2.0
#include "conf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../core/app_external.h"
#include "identity.h"
#include "privilege.h"
#include "setting.h"
#include "signer.h"
#include "storage.h"

static const char *const root_names[] = {
	"domain", "self", "state", "tls", "agree_key", "sign_key", "listen",
	"control", "metrics_port", "user", "app_host", "app_port", "history",
	"log", NULL,
};

static const char *const tls_names[] = {
	"authority", "certificate", "key", NULL,
};

static const char *const log_names[] = { "level", "json", NULL };

static const struct choice log_levels[] = {
	{ "error", LOG_L_ERROR },
	{ "warning", LOG_L_WARNING },
	{ "info", LOG_L_INFO },
	{ "debug", LOG_L_DEBUG },
	{ NULL, 0 },
};

static void read_tls(struct conf_tls *tls, const struct group *root)
{
	struct group g;

	if (!group_group(root, "tls", &g, true))
		return;
	group_only(&g, tls_names);
	group_path(&g, "authority", tls->authority, sizeof(tls->authority), true);
	group_path(&g, "certificate", tls->certificate,
		   sizeof(tls->certificate), true);
	group_path(&g, "key", tls->key, sizeof(tls->key), true);
}

static void read_log(struct conf_log *log, const struct group *root)
{
	unsigned int level = LOG_L_INFO;
	struct group g;

	log->level = LOG_L_INFO;
	log->json = false;
	if (!group_group(root, "log", &g, false))
		return;
	group_only(&g, log_names);
	group_choice(&g, "level", log_levels, &level, false);
	group_bool(&g, "json", &log->json);
	log->level = level;
}

static uint16_t read_port(const struct group *g, const char *name)
{
	uint64_t port = 0;

	group_number(g, name, &port, 0, UINT16_MAX, false);
	return (uint16_t)port;
}

static void read_conf(struct conf *conf, const struct group *g)
{
	group_only(g, root_names);
	group_path(g, "domain", conf->domain, sizeof(conf->domain), true);
	group_string(g, "self", conf->self, sizeof(conf->self), true);
	group_path(g, "state", conf->state, sizeof(conf->state), true);
	read_tls(&conf->tls, g);
	group_path(g, "agree_key", conf->agree_key, sizeof(conf->agree_key),
		   true);
	group_path(g, "sign_key", conf->sign_key, sizeof(conf->sign_key), true);
	group_string(g, "listen", conf->listen, sizeof(conf->listen), false);
	group_path(g, "control", conf->control, sizeof(conf->control), false);
	conf->metrics_port = read_port(g, "metrics_port");
	group_string(g, "user", conf->user, sizeof(conf->user), false);
	group_string(g, "app_host", conf->app_host, sizeof(conf->app_host),
		     false);
	conf->app_port = read_port(g, "app_port");
	group_path(g, "history", conf->history, sizeof(conf->history), false);
	read_log(&conf->log, g);
	if (conf->app_host[0] && !conf->app_port)
		complain(g->c, g->file, group_line(g, "app_host"),
			 "app_host without app_port");
}

bool conf_load(struct conf *conf, const char *path, struct complaints *c)
{
	unsigned int before = c->nr;
	struct group root;
	config_t config;

	memset(conf, 0, sizeof(*conf));
	if (group_open(&root, &config, path, c))
		read_conf(conf, &root);
	config_destroy(&config);
	return c->nr == before;
}

static void check_tls(const struct conf *conf, const struct domain *domain,
		      struct complaints *c)
{
	char name[IDENTITY_NAME_MAX];
	struct identity id;
	X509_STORE *store;
	struct words why;

	identity_name(name, domain->id, IDENTITY_CONTROLLER, conf->self);
	store = authority_load(conf->tls.authority, &why);
	if (!store)
		complain(c, conf->tls.authority, 0, "%s", why.text);
	if (!identity_load(&id, conf->tls.certificate, conf->tls.key, &why))
		complain(c, conf->tls.certificate, 0, "%s", why.text);
	else if (store && !identity_check(&id, name, store, &why))
		complain(c, conf->tls.certificate, 0, "%s", why.text);
	else
		identity_uninit(&id);
	X509_STORE_free(store);
}

static void check_keys(const struct conf *conf, const struct domain *domain,
		       unsigned int self, struct complaints *c)
{
	struct signer *signer;
	struct words why;
	EVP_PKEY *pkey;

	pkey = signer_agree_key(conf->agree_key, &domain->controller[self], &why);
	if (!pkey)
		complain(c, conf->agree_key, 0, "%s", why.text);
	EVP_PKEY_free(pkey);
	signer = signer_create(conf->sign_key, self, &domain->controller[self],
			       &why);
	if (!signer)
		complain(c, conf->sign_key, 0, "%s", why.text);
	signer_free(signer);
}

static void check_state(const struct conf *conf, const struct domain *domain,
			unsigned int self, struct complaints *c)
{
	uint8_t identity[STORAGE_IDENTITY_LEN];
	struct words why;

	signer_state_identity(identity, &domain->controller[self]);
	if (!storage_check(conf->state, identity, &why))
		complain(c, conf->state, 0, "%s", why.text);
}

bool conf_check(const struct conf *conf, const struct domain *domain,
		struct complaints *c)
{
	int self = domain_controller(domain, conf->self);
	unsigned int before = c->nr;
	struct words why;

	if (self < 0) {
		complain(c, conf->domain, 0, "there is no controller \"%s\"",
			 conf->self);
		return false;
	}
	check_tls(conf, domain, c);
	check_keys(conf, domain, (unsigned int)self, c);
	check_state(conf, domain, (unsigned int)self, c);
	if (!privilege_user(conf->user, &why))
		complain(c, conf->user, 0, "%s", why.text);
	if (domain_app(domain) == &app_external && !conf->app_port)
		complain(c, conf->domain, 0,
			 "application \"external\" needs app_host and app_port");
	return c->nr == before;
}
