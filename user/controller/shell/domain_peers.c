// SPDX-License-Identifier: GPL-2.0
/*
 * The controllers and switches of a domain: names, addresses, public keys.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "domain_parts.h"
#include "pubkey.h"

enum { KEY_TEXT_MAX = 2 * KEYSET_KEY_MAX + 2 };

#define DPID_SPARE 0xffff000000000000ull

static const char *const controller_names[] = {
	"name", "host", "port", "switch_port", "agree_key", "sign_alg",
	"sign_key", NULL,
};

static const char *const switch_names[] = {
	"name", "dpid", "weight", "key", NULL,
};

static const struct choice algs[] = {
	{ "rsa", ALG_RSA },
	{ "ecdsa", ALG_ECDSA_P256 },
	{ "bls", ALG_BLS },
	{ NULL, 0 },
};

/* Bytes of the key; 0 after complaints */
static size_t read_key(const struct group *g, const char *name, uint8_t alg,
		       uint8_t out[KEYSET_KEY_MAX])
{
	char text[KEY_TEXT_MAX];
	struct words why;
	size_t len;

	if (!group_string(g, name, text, sizeof(text), true))
		return 0;
	len = strlen(text) / 2;
	if (!hex_decode(out, len, text))
		words_set(&why, "an even number of hexadecimal digits is expected");
	else if (pubkey_check(alg, out, len, &why))
		return len;
	complain(g->c, g->file, group_line(g, name), "%s: %s", name, why.text);
	return 0;
}

/* For votes, events and acknowledgements: signatures of 64 bytes */
static EVP_PKEY *read_p256(const struct group *g, const char *name)
{
	uint8_t key[KEYSET_KEY_MAX];
	size_t len = read_key(g, name, ALG_ECDSA_P256, key);

	return len ? pubkey_p256(key, len) : NULL;
}

static void read_sign_key(struct domain *d, struct domain_controller *dc,
			  const struct group *g)
{
	unsigned int alg = 0;

	if (!group_choice(g, "sign_alg", algs, &alg, true))
		return;
	dc->sign_alg = (uint8_t)alg;
	if ((alg == ALG_BLS) != (d->scheme == SCHEME_THRESHOLD))
		complain(g->c, g->file, group_line(g, "sign_alg"),
			 "sign_alg is not of the scheme: threshold has bls, individual has rsa or ecdsa");
	dc->sign_key_len = read_key(g, "sign_key", dc->sign_alg, dc->sign_key);
}

static void read_address(struct domain_controller *dc, const struct group *g)
{
	uint8_t address[16];
	uint64_t port;

	if (group_string(g, "host", dc->host, sizeof(dc->host), true) &&
	    inet_pton(AF_INET, dc->host, address) != 1 &&
	    inet_pton(AF_INET6, dc->host, address) != 1)
		complain(g->c, g->file, group_line(g, "host"),
			 "host \"%s\" is not an IPv4 or IPv6 address", dc->host);
	if (group_number(g, "port", &port, 1, UINT16_MAX, true))
		dc->port = (uint16_t)port;
	if (group_number(g, "switch_port", &port, 1, UINT16_MAX, true))
		dc->switch_port = (uint16_t)port;
}

/* Whatever two controllers have alike is a mistake, and one key twice is two votes of one member. */
static void compare_controllers(const struct domain *d, const struct group *g)
{
	const struct domain_controller *a = &d->controller[d->n - 1], *b;

	if (a->port && a->port == a->switch_port)
		complain(g->c, g->file, group_line(g, "switch_port"),
			 "switch_port is port too");
	for (b = d->controller; b < a; b++) {
		if (a->name[0] && !strcmp(a->name, b->name))
			complain(g->c, g->file, group_line(g, "name"),
				 "two controllers have the name %s", a->name);
		if (a->port && !strcmp(a->host, b->host) &&
		    (a->port == b->port || a->port == b->switch_port ||
		     a->switch_port == b->port ||
		     a->switch_port == b->switch_port))
			complain(g->c, g->file, group_line(g, "port"),
				 "a port of %s is one of %s at %s too", a->name,
				 b->name, a->host);
		if (a->agree_key && b->agree_key &&
		    EVP_PKEY_eq(a->agree_key, b->agree_key) == 1)
			complain(g->c, g->file, group_line(g, "agree_key"),
				 "agree_key is that of %s too", b->name);
		if (a->sign_key_len && a->sign_key_len == b->sign_key_len &&
		    !memcmp(a->sign_key, b->sign_key, a->sign_key_len))
			complain(g->c, g->file, group_line(g, "sign_key"),
				 "sign_key is that of %s too", b->name);
	}
}

void domain_read_controllers(struct domain *d, const struct group *root)
{
	const config_setting_t *list;
	unsigned int i, nr = group_list(root, "controllers", &list, true);
	struct group g;

	if (!list)
		return;
	if (!nr || nr > AGREE_MEMBERS_MAX) {
		complain(root->c, root->file, setting_line(list),
			 "controllers: 1 to %d are possible", AGREE_MEMBERS_MAX);
		return;
	}
	for (i = 0; i < nr; i++) {
		struct domain_controller *dc = &d->controller[d->n];

		if (!group_of_list(root, list, i, &g))
			continue;
		d->n++;
		group_only(&g, controller_names);
		domain_read_name(&g, "name", dc->name);
		read_address(dc, &g);
		dc->agree_key = read_p256(&g, "agree_key");
		read_sign_key(d, dc, &g);
		compare_controllers(d, &g);
	}
}

static void read_dpid(struct domain_switch *sw, const struct group *g)
{
	const config_setting_t *s = config_setting_get_member(g->s, "dpid");

	/* libconfig cuts the others to 32 bits, and says nothing. */
	if (!s || config_setting_type(s) != CONFIG_TYPE_INT64) {
		complain(g->c, g->file, group_line(g, "dpid"),
			 "dpid: a number with an L behind it is expected, as in 0x1L");
		return;
	}
	sw->dpid = (uint64_t)config_setting_get_int64(s);
	if (!sw->dpid || sw->dpid >= DPID_SPARE)
		complain(g->c, g->file, setting_line(s),
			 "dpid is %016llx: 1 to fffeffffffffffff are possible",
			 (unsigned long long)sw->dpid);
}

static void compare_switches(const struct domain *d, unsigned int i,
			     const struct group *g)
{
	const struct domain_switch *a = &d->sw[i], *b;

	for (b = d->sw; b < a; b++) {
		if (a->name[0] && !strcmp(a->name, b->name))
			complain(g->c, g->file, group_line(g, "name"),
				 "two switches have the name %s", a->name);
		if (a->dpid && a->dpid == b->dpid)
			complain(g->c, g->file, group_line(g, "dpid"),
				 "two switches have the dpid %016llx",
				 (unsigned long long)a->dpid);
		if (a->key && b->key && EVP_PKEY_eq(a->key, b->key) == 1)
			complain(g->c, g->file, group_line(g, "key"),
				 "key is that of %s too", b->name);
	}
}

/* { } is a spare place. */
static void read_switch(struct domain *d, unsigned int i, const struct group *g)
{
	struct domain_switch *sw = &d->sw[i];
	uint64_t weight = 1;

	if (!config_setting_length(g->s)) {
		sw->dpid = DPID_SPARE + i;
		sw->weight = 1;
		return;
	}
	group_only(g, switch_names);
	domain_read_name(g, "name", sw->name);
	read_dpid(sw, g);
	group_number(g, "weight", &weight, 1, UINT16_MAX, false);
	sw->weight = (uint16_t)weight;
	sw->key = read_p256(g, "key");
	compare_switches(d, i, g);
}

void domain_read_switches(struct domain *d, const struct group *root)
{
	const config_setting_t *list;
	unsigned int i, nr = group_list(root, "switches", &list, true);
	struct domain_owned *o = d->owned;
	struct group g;

	if (!list)
		return;
	if (!nr || nr > DOMAIN_SWITCHES_MAX) {
		complain(root->c, root->file, group_line(root, "switches"),
			 "switches: 1 to %d are expected, spare places { } included",
			 DOMAIN_SWITCHES_MAX);
		return;
	}
	d->sw = calloc(nr, sizeof(*d->sw));
	o->sw = calloc(nr, sizeof(*o->sw));
	o->dpid = calloc(nr, sizeof(*o->dpid));
	if (!d->sw || !o->sw || !o->dpid) {
		complain(root->c, root->file, 0, "no memory");
		return;
	}
	d->switches = nr;
	for (i = 0; i < nr; i++) {
		if (group_of_list(root, list, i, &g))
			read_switch(d, i, &g);
		o->sw[i].dpid = d->sw[i].dpid;
		o->sw[i].weight = d->sw[i].weight;
		o->dpid[i] = d->sw[i].dpid;
	}
}
