// SPDX-License-Identifier: GPL-2.0
#include "agent_conf.h"

#include <string.h>
#include <unistd.h>

#include "../../controller/shell/identity.h"
#include "../../controller/shell/privilege.h"
#include "../../controller/shell/setting.h"
#include "secret.h"

enum { STATISTICS_MIN_MS = 100, STATISTICS_MAX_MS = 24 * 60 * 60 * 1000 };

static const char *const known[] = {
	"domain", "self", "state", "tls", "key", "openflow", "openflow_owner",
	"verifier", "keyset", "vswitchd_ctl", "user", "history",
	"statistics_ms", "log", NULL
};
static const char *const known_tls[] = {
	"authority", "certificate", "key", NULL
};
static const char *const known_log[] = { "level", "json", NULL };

static const struct choice verifiers[] = {
	{ "kernel", VERIFIER_KERNEL },
	{ "process", VERIFIER_PROCESS },
	{ NULL, 0 }
};

static const struct choice levels[] = {
	{ "error", LOG_L_ERROR },
	{ "warning", LOG_L_WARNING },
	{ "info", LOG_L_INFO },
	{ "debug", LOG_L_DEBUG },
	{ NULL, 0 }
};

static void take_path(const struct group *g, const char *name,
		      char out[CONF_PATH_MAX], bool required)
{
	group_path(g, name, out, CONF_PATH_MAX, required);
}

static void take_name(const struct group *g, const char *name,
		      char out[DOMAIN_NAME_MAX], bool required)
{
	group_string(g, name, out, DOMAIN_NAME_MAX, required);
}

static void take_tls(struct conf_tls *tls, const struct group *root)
{
	struct group g;

	if (!group_group(root, "tls", &g, true))
		return;
	group_only(&g, known_tls);
	take_path(&g, "authority", tls->authority, true);
	take_path(&g, "certificate", tls->certificate, true);
	take_path(&g, "key", tls->key, true);
}

static void take_log(struct conf_log *log, const struct group *root)
{
	unsigned int level = log->level;
	struct group g;

	if (!group_group(root, "log", &g, false))
		return;
	group_only(&g, known_log);
	group_choice(&g, "level", levels, &level, false);
	log->level = level;
	group_bool(&g, "json", &log->json);
}

static void take_verifier(struct agent_conf *conf, const struct group *root)
{
	unsigned int verifier = conf->verifier;

	group_choice(root, "verifier", verifiers, &verifier, false);
	conf->verifier = verifier;
	take_path(root, "keyset", conf->keyset, false);
	if (verifier == VERIFIER_PROCESS && !*conf->keyset)
		complain(root->c, root->file, group_line(root, "verifier"),
			 "verifier \"process\" needs a keyset");
	if (verifier == VERIFIER_KERNEL && *conf->keyset)
		complain(root->c, root->file, group_line(root, "keyset"),
			 "keyset is for verifier \"process\": the kernel has its own");
}

static void take_all(struct agent_conf *conf, const struct group *root)
{
	uint64_t statistics_ms = 0;

	group_only(root, known);
	take_path(root, "domain", conf->domain, true);
	take_name(root, "self", conf->self, true);
	take_path(root, "state", conf->state, true);
	take_path(root, "key", conf->key, true);
	take_path(root, "openflow", conf->openflow, true);
	take_name(root, "openflow_owner", conf->openflow_owner, false);
	take_path(root, "vswitchd_ctl", conf->vswitchd_ctl, false);
	take_name(root, "user", conf->user, false);
	take_path(root, "history", conf->history, false);
	if (group_number(root, "statistics_ms", &statistics_ms, 0,
			 STATISTICS_MAX_MS, false) &&
	    statistics_ms && statistics_ms < STATISTICS_MIN_MS)
		complain(root->c, root->file, group_line(root, "statistics_ms"),
			 "statistics_ms is neither 0 nor at least %d",
			 STATISTICS_MIN_MS);
	conf->statistics_ms = (uint32_t)statistics_ms;
	take_tls(&conf->tls, root);
	take_log(&conf->log, root);
	take_verifier(conf, root);
}

bool agent_conf_load(struct agent_conf *conf, const char *path,
		     struct complaints *c)
{
	unsigned int before = c->nr;
	struct group root;
	config_t config;

	memset(conf, 0, sizeof(*conf));
	conf->verifier = VERIFIER_KERNEL;
	conf->log.level = LOG_L_INFO;
	if (group_open(&root, &config, path, c))
		take_all(conf, &root);
	config_destroy(&config);
	return c->nr == before;
}

static void check_tls(const struct agent_conf *conf,
		      const struct domain *domain, struct complaints *c)
{
	const struct conf_tls *tls = &conf->tls;
	char name[IDENTITY_NAME_MAX];
	X509_STORE *authority;
	struct identity id;
	struct words why;

	identity_name(name, domain->id, IDENTITY_SWITCH, conf->self);
	authority = authority_load(tls->authority, &why);
	if (!authority)
		complain(c, tls->authority, 0, "%s", why.text);
	if (!tls_identity(&id, tls, &why)) {
		complain(c, tls->certificate, 0, "%s", why.text);
	} else {
		if (authority && !identity_check(&id, name, authority, &why))
			complain(c, tls->certificate, 0, "%s", why.text);
		identity_uninit(&id);
	}
	X509_STORE_free(authority);
}

static void check_readable(const char *path, const char *conf_path,
			   struct complaints *c)
{
	if (*path && access(path, R_OK))
		complain(c, conf_path, 0, "%s cannot be read: %m", path);
}

static void check_user(const char *user, const char *conf_path,
		       struct complaints *c)
{
	struct words why;

	if (!privilege_user(user, &why))
		complain(c, conf_path, 0, "%s", why.text);
}

static void check_key(const struct agent_conf *conf, const char *conf_path,
		      const struct domain_switch *sw, struct complaints *c)
{
	struct words why;
	EVP_PKEY *key = keyfile_load(conf->key, KEYFILE_OWNER, &why);

	if (!key)
		complain(c, conf_path, 0, "%s", why.text);
	else if (sw && EVP_PKEY_eq(key, sw->key) != 1)
		complain(c, conf_path, 0,
			 "%s is not the key that domain.conf has for %s",
			 conf->key, conf->self);
	EVP_PKEY_free(key);
}

bool agent_conf_check(const struct agent_conf *conf, const char *path,
		      const struct domain *domain, struct complaints *c)
{
	int self = domain_switch(domain, conf->self);
	unsigned int before = c->nr;

	if (self < 0)
		complain(c, path, 0, "domain.conf has no switch %s",
			 conf->self);
	check_key(conf, path, self < 0 ? NULL : &domain->sw[self], c);
	check_tls(conf, domain, c);
	check_readable(conf->keyset, path, c);
	check_user(conf->user, path, c);
	check_user(conf->openflow_owner, path, c);
	if (access(conf->state, X_OK))
		complain(c, path, 0, "%s: %m", conf->state);
	return c->nr == before;
}
