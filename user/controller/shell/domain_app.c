// SPDX-License-Identifier: GPL-2.0
/*
 * The application of a domain, and what it is told of the network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/app_external.h"
#include "domain_parts.h"
#include "pubkey.h"

enum {
	PORTS_DEFAULT = 64,
	PROBE_DEFAULT_S = 5,
	HOSTS_DEFAULT = 1024,
	HOSTS_ALL = 1 << 17,		/* of all switches, by default */
	LINKS_MAX = 1 << 14,
	PORT_MAX = 0x7fffff00,
	IDLE_TIMEOUT_S = 60,
};

static const struct app_ops *const apps[] = {
	&app_cbench, &app_learning, &app_path, &app_route, &app_external,
};

enum { APPS = sizeof(apps) / sizeof(apps[0]) };

static const char *const app_names[] = {
	"name", "idle_timeout_s", "hosts_max", "ports_max", "probe_s", "secret",
	"links", "hosts", "policy", "every_switch", NULL,
};

static const char *const link_names[] = {
	"a", "a_port", "b", "b_port", NULL,
};

static const char *const host_names[] = { "mac", "switch", "port", NULL };

const struct app_ops *domain_app_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < APPS; i++)
		if (!strcmp(name, apps[i]->name))
			return apps[i];
	return NULL;
}

const struct app_ops *domain_app(const struct domain *d)
{
	return d->app_config.base ? &app_policy : domain_app_named(d->app);
}

static bool read_end(const struct domain *d, const struct group *g,
		     const char *name, const char *port_name, uint32_t *sw,
		     uint32_t *port)
{
	char is[DOMAIN_NAME_MAX];
	uint64_t value;
	int i;

	if (!domain_read_name(g, name, is))
		return false;
	i = domain_switch(d, is);
	if (i < 0) {
		complain(g->c, g->file, group_line(g, name),
			 "%s: there is no switch \"%s\"", name, is);
		return false;
	}
	if (!group_number(g, port_name, &value, 1, PORT_MAX, true))
		return false;
	*sw = (uint32_t)i;
	*port = (uint32_t)value;
	return true;
}

static void *read_list(const struct group *app, const char *name, size_t each,
		       unsigned int max, const config_setting_t **list,
		       unsigned int *nr)
{
	void *array;

	*nr = group_list(app, name, list, false);
	if (!*nr)
		return NULL;
	if (*nr > max) {
		complain(app->c, app->file, setting_line(*list),
			 "%s: %u at most", name, max);
		*nr = max;
	}
	array = calloc(*nr, each);
	if (!array) {
		complain(app->c, app->file, 0, "no memory");
		*nr = 0;
	}
	return array;
}

static void read_links(struct domain *d, const struct group *app)
{
	struct domain_owned *o = d->owned;
	const config_setting_t *list;
	unsigned int i, nr;
	struct group g;

	o->link = read_list(app, "links", sizeof(*o->link), LINKS_MAX, &list,
			    &nr);
	for (i = 0; i < nr; i++) {
		struct app_link *link = &o->link[i];

		if (!group_of_list(app, list, i, &g))
			continue;
		group_only(&g, link_names);
		if (read_end(d, &g, "a", "a_port", &link->sw[0], &link->port[0]) &&
		    read_end(d, &g, "b", "b_port", &link->sw[1], &link->port[1]) &&
		    link->sw[0] == link->sw[1])
			complain(g.c, g.file, setting_line(g.s),
				 "a link has two different switches");
	}
	d->app_config.link = o->link;
	d->app_config.link_nr = nr;
}

static void read_hosts(struct domain *d, const struct group *app)
{
	struct domain_owned *o = d->owned;
	const config_setting_t *list;
	unsigned int i, k, nr;
	struct group g;

	o->host = read_list(app, "hosts", sizeof(*o->host), APP_HOSTS_MAX, &list,
			    &nr);
	for (i = 0; i < nr; i++) {
		struct app_host *host = &o->host[i];

		if (!group_of_list(app, list, i, &g))
			continue;
		group_only(&g, host_names);
		if (domain_read_mac(&g, "mac", host->mac) && host->mac[0] & 1)
			complain(g.c, g.file, group_line(&g, "mac"),
				 "mac is that of a group");
		read_end(d, &g, "switch", "port", &host->sw, &host->port);
		for (k = 0; k < i; k++)
			if (!memcmp(host->mac, o->host[k].mac, sizeof(host->mac)))
				complain(g.c, g.file, group_line(&g, "mac"),
					 "two hosts have this mac");
	}
	d->app_config.host = o->host;
	d->app_config.host_nr = nr;
}

static void read_app_name(struct domain *d, const struct group *app)
{
	char words[256] = "";
	size_t used = 0;
	unsigned int i;

	if (!group_string(app, "name", d->app, sizeof(d->app), true) ||
	    domain_app_named(d->app))
		return;
	for (i = 0; i < APPS; i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used,
					 "%s%s", i ? ", " : "", apps[i]->name);
	complain(app->c, app->file, group_line(app, "name"),
		 "name is \"%s\": one of %s is possible", d->app, words);
}

/* Who knows the secret can make links that are not there: it has no default. */
static void read_route(struct domain *d, const struct group *app)
{
	uint64_t ports_max = PORTS_DEFAULT, probe_s = PROBE_DEFAULT_S;
	char text[2 * APP_SECRET_LEN + 2];

	group_number(app, "ports_max", &ports_max, 1, APP_PORTS_MAX, false);
	group_number(app, "probe_s", &probe_s, 1, APP_PROBE_MAX_S, false);
	d->app_config.ports_max = (uint32_t)ports_max;
	d->app_config.probe_s = (uint16_t)probe_s;
	if (group_string(app, "secret", text, sizeof(text),
			 domain_app_named(d->app) == &app_route) &&
	    !hex_decode(d->app_config.secret, APP_SECRET_LEN, text))
		complain(app->c, app->file, group_line(app, "secret"),
			 "secret: %d hexadecimal digits are expected",
			 2 * APP_SECRET_LEN);
}

void domain_read_app(struct domain *d, const struct group *root)
{
	struct domain_owned *o = d->owned;
	uint64_t idle_timeout_s = IDLE_TIMEOUT_S, hosts_max;
	struct group app;

	d->app_config.switches = d->switches;
	d->app_config.dpid = o->dpid;
	if (!group_group(root, "app", &app, true))
		return;
	group_only(&app, app_names);
	read_app_name(d, &app);
	hosts_max = HOSTS_ALL / (d->switches ? d->switches : 1);
	if (hosts_max > HOSTS_DEFAULT)
		hosts_max = HOSTS_DEFAULT;
	group_number(&app, "idle_timeout_s", &idle_timeout_s, 0, UINT16_MAX,
		     false);
	group_number(&app, "hosts_max", &hosts_max, 2, APP_HOSTS_MAX, false);
	d->app_config.idle_timeout_s = (uint16_t)idle_timeout_s;
	d->app_config.hosts_max = (uint32_t)hosts_max;
	group_bool(&app, "every_switch", &d->app_config.every_switch);
	if (d->app_config.every_switch && d->switches > APP_UPDATES_MAX)
		complain(app.c, app.file, group_line(&app, "every_switch"),
			 "every_switch: %d switches at most", APP_UPDATES_MAX);
	read_route(d, &app);
	read_links(d, &app);
	read_hosts(d, &app);
	domain_read_policy(d, &app);
}
