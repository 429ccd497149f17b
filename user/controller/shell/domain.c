// SPDX-License-Identifier: GPL-2.0
#include "domain.h"

#include <stdlib.h>
#include <string.h>

#include "domain_parts.h"
#include "pubkey.h"

enum { DOMAIN_PHASE_MAX = INT32_MAX };

static const char *const root_names[] = {
	"id", "mode", "procedure", "signatures", "controllers", "switches",
	"app", "limits", NULL,
};

static const char *const signatures_names[] = {
	"scheme", "phase", "quorum", "group_key", NULL,
};

static const struct choice modes[] = {
	{ "byzantine", AGREE_BYZANTINE },
	{ "crash", AGREE_CRASH },
	{ "centralized", AGREE_CENTRALIZED },
	{ NULL, 0 },
};

static const struct choice procedures[] = {
	{ "event-linearizable", CTL_LINEARIZABLE },
	{ "update-consistent", CTL_CONSISTENT },
	{ "no-ack", CTL_NO_ACK },
	{ NULL, 0 },
};

static const struct choice schemes[] = {
	{ "individual", SCHEME_INDIVIDUAL },
	{ "threshold", SCHEME_THRESHOLD },
	{ NULL, 0 },
};

bool domain_read_name(const struct group *g, const char *name,
		      char out[DOMAIN_NAME_MAX])
{
	if (!group_string(g, name, out, DOMAIN_NAME_MAX, true))
		return false;
	if (!out[strspn(out, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		return true;
	complain(g->c, g->file, group_line(g, name),
		 "%s \"%s\": letters, digits, dots, dashes and underscores are possible",
		 name, out);
	return false;
}

static void read_group_key(struct domain *d, const struct group *g)
{
	char text[2 * sizeof(d->group_key) + 2];
	struct words why;

	if (!group_string(g, "group_key", text, sizeof(text),
			  d->scheme == SCHEME_THRESHOLD))
		return;
	if (!hex_decode(d->group_key, sizeof(d->group_key), text))
		words_set(&why, "%zu hexadecimal digits are expected",
			  2 * sizeof(d->group_key));
	else if (pubkey_check(ALG_BLS, d->group_key, sizeof(d->group_key), &why))
		return;
	complain(g->c, g->file, group_line(g, "group_key"), "group_key: %s",
		 why.text);
}

static void read_signatures(struct domain *d, const struct group *g)
{
	unsigned int scheme = SCHEME_INDIVIDUAL;
	uint64_t phase = 1;

	group_only(g, signatures_names);
	group_choice(g, "scheme", schemes, &scheme, false);
	group_number(g, "phase", &phase, 1, DOMAIN_PHASE_MAX, false);
	d->scheme = (uint8_t)scheme;
	d->phase = (uint32_t)phase;
	read_group_key(d, g);
}

/* PROTOCOL.md section 4: f + 1 <= quorum <= n - f */
static void read_quorum(struct domain *d, const struct group *g)
{
	unsigned int f = d->n ? (d->n - 1) / 3 : 0;
	uint64_t quorum = f + 1;

	group_number(g, "quorum", &quorum, f + 1, d->n ? d->n - f : 1, false);
	d->quorum = (uint16_t)quorum;
}

static void read_domain(struct domain *d, const struct group *root)
{
	unsigned int mode = AGREE_BYZANTINE, procedure = CTL_CONSISTENT;
	unsigned int before = root->c->nr;
	bool signatures;
	struct group g;

	group_only(root, root_names);
	group_number(root, "id", &d->id, 1, INT64_MAX, true);
	group_choice(root, "mode", modes, &mode, false);
	group_choice(root, "procedure", procedures, &procedure, false);
	d->mode = mode;
	d->procedure = procedure;
	signatures = group_group(root, "signatures", &g, true);
	if (signatures)
		read_signatures(d, &g);
	domain_read_controllers(d, root);
	if (signatures)
		read_quorum(d, &g);
	domain_read_switches(d, root);
	domain_read_app(d, root);
	domain_read_limits(d, root, root->c->nr == before);
}

struct domain *domain_load(const char *path, struct complaints *c)
{
	struct domain *d = calloc(1, sizeof(*d));
	unsigned int before = c->nr;
	struct group root;
	config_t config;

	if (d)
		d->owned = calloc(1, sizeof(struct domain_owned));
	if (!d || !d->owned) {
		free(d);
		complain(c, path, 0, "no memory");
		return NULL;
	}
	if (group_open(&root, &config, path, c))
		read_domain(d, &root);
	config_destroy(&config);
	if (c->nr == before)
		return d;
	domain_free(d);
	return NULL;
}

void domain_free(struct domain *d)
{
	struct domain_owned *o;
	unsigned int i;

	if (!d)
		return;
	o = d->owned;
	for (i = 0; i < AGREE_MEMBERS_MAX; i++)
		EVP_PKEY_free(d->controller[i].agree_key);
	for (i = 0; d->sw && i < d->switches; i++)
		EVP_PKEY_free(d->sw[i].key);
	free(d->sw);
	free(o->sw);
	free(o->dpid);
	free(o->link);
	free(o->host);
	for (i = 0; i < o->rule_nr; i++)
		free((void *)o->rule[i].sw);
	free(o->rule);
	free(o);
	free(d);
}

int domain_controller(const struct domain *d, const char *name)
{
	unsigned int i;

	for (i = 0; i < d->n; i++)
		if (!strcmp(d->controller[i].name, name))
			return (int)i;
	return -1;
}

int domain_switch(const struct domain *d, const char *name)
{
	unsigned int i;

	for (i = 0; *name && i < d->switches; i++)
		if (!strcmp(d->sw[i].name, name))
			return (int)i;
	return -1;
}
