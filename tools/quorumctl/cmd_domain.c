// SPDX-License-Identifier: GPL-2.0
/* domain add-switch, renew and show: on a directory that domain init made. */
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "args.h"
#include "domain_file.h"
#include "domain_make.h"
#include "file.h"
#include "keymake.h"
#include "output.h"
#include "quorumctl.h"

enum { DATE_LEN = 11, DAY_S = 24 * 60 * 60, HOUR_S = 60 * 60 };

static void authority_of(struct identity *authority, const char *dir,
			 char **ca_path)
{
	char *key = path_join(dir, "ca.key");
	struct words why;

	*ca_path = path_join(dir, "ca.crt");
	if (!identity_load(authority, *ca_path, key, &why))
		die(CTL_REFUSED, "the authority: %s", why.text);
	free(key);
}

static int days_of(const char *text)
{
	return text ? (int)arg_number("--days", text, 1, DOMAIN_DAYS_MAX) :
		      DOMAIN_DAYS;
}

/* No certificate is good for longer than its authority's. */
static void check_days(const struct identity *authority, int days)
{
	time_t end = time(NULL) + (time_t)days * DAY_S;

	if (X509_cmp_time(X509_get0_notAfter(authority->cert), &end) < 0)
		die(CTL_REFUSED, "the authority's own certificate ends in less than %d days",
		    days);
}

static void date_text(char out[DATE_LEN], const X509 *cert)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) ||
	    !strftime(out, DATE_LEN, "%Y-%m-%d", &tm))
		memcpy(out, "?", 2);
}

static unsigned int new_place(const struct domain_file *f, const char *name,
			      const char *dpid_given, uint64_t *dpid)
{
	unsigned int i, place = f->places;

	for (i = 0; i < f->places; i++)
		if (!f->sw[i].name && place == f->places)
			place = i;
	if (place == f->places)
		die(CTL_REFUSED, "%s: no spare place { } for a switch", f->path);
	*dpid = dpid_given ? arg_dpid(dpid_given) : place + 1;
	if (!*dpid || *dpid > DOMAIN_DPID_MAX)
		die_usage("--dpid: 1 to fffeffffffffffff are possible");
	for (i = 0; i < f->places; i++) {
		if (!f->sw[i].name)
			continue;
		if (!strcmp(f->sw[i].name, name))
			die(CTL_REFUSED, "there is a switch %s already", name);
		if (f->sw[i].dpid == *dpid)
			die(CTL_REFUSED, "%s has the datapath id %s already: --dpid",
			    f->sw[i].name, dpid_text(*dpid));
	}
	return place;
}

static void add_switch(struct domain_file *f, struct domain_make *m,
		       struct domain_text_switch *sw, unsigned int place)
{
	char *dir = domain_file_place(f, false, place);
	char *path, *text, *filled;
	struct tree *t = tree_begin(dir);

	domain_make_switch(m, t, "", sw);
	text = switch_text(sw);
	filled = domain_file_filled(f, text);
	path = tree_path(t, "domain.conf");
	file_write(path, filled, strlen(filled), 0644);
	tree_commit(t);
	domain_file_replace(f, filled);
	free(filled);
	free(text);
	free(path);
	free(dir);
}

int cmd_domain_add_switch(int argc, char **argv)
{
	const char *dpid = NULL, *days = NULL, *verifier = NULL, *user = NULL;
	const struct arg args[] = {
		{ .name = "--dpid", .text = &dpid },
		{ .name = "--days", .text = &days },
		{ .name = "--verifier", .text = &verifier },
		{ .name = "--user", .text = &user },
		{ 0 },
	};
	json_object *o = json_object_new_object();
	struct domain_text_switch sw = { .dpid = 0 };
	struct domain_make m = { 0 };
	struct domain_file f;
	unsigned int place;
	char *ca, *set;

	args_parse(argc, argv, args, 2, 2);
	if (!domain_name_ok(argv[2]))
		die_usage("\"%s\" is no name: letters, digits, dots, dashes and underscores, 63 at most",
			  argv[2]);
	if (verifier)
		arg_word("--verifier", verifier, "kernel process");
	domain_file_load(&f, argv[1]);
	place = new_place(&f, argv[2], dpid, &sw.dpid);
	snprintf(sw.name, sizeof(sw.name), "%s", argv[2]);
	m.id = f.id;
	m.days = days_of(days);
	m.verifier = verifier ? verifier : "kernel";
	m.user = domain_user(user);
	authority_of(&m.authority, argv[1], &ca);
	check_days(&m.authority, m.days);
	m.ca_path = ca;
	set = path_join(argv[1], "keyset.bin");
	m.keyset = file_read(set, &m.keyset_len);
	add_switch(&f, &m, &sw, place);
	output_single();
	json_text(o, "switch", sw.name);
	json_number(o, "number", place + 1);
	json_text(o, "dpid", dpid_text(sw.dpid));
	output(o, "switch-%u: %s, datapath id %s", place + 1, sw.name,
	       dpid_text(sw.dpid));
	identity_uninit(&m.authority);
	domain_file_free(&f);
	free((uint8_t *)m.keyset);
	free(set);
	free(ca);
	return CTL_OK;
}

/* The key stays: one file is replaced at once, and daemons may read it at any time. */
static void renew(const struct identity *authority, const struct domain_file *f,
		  bool controller, unsigned int i, int days)
{
	const char *name = controller ? f->controller[i].name : f->sw[i].name;
	char *dir = domain_file_place(f, controller, i);
	char *path = path_join(dir, "tls.crt");
	json_object *o = json_object_new_object();
	BIO *bio = BIO_new(BIO_s_mem());
	char uri[IDENTITY_NAME_MAX], date[DATE_LEN];
	struct identity id;
	struct words why;
	time_t now = time(NULL);

	identity_name(uri, f->id, controller ? IDENTITY_CONTROLLER :
		      IDENTITY_SWITCH, name);
	if (!identity_load(&id, path, NULL, &why))
		die(CTL_REFUSED, "%s: %s", name, why.text);
	id.key = X509_get_pubkey(id.cert);
	if (!identity_sign(&id, authority, uri, now - HOUR_S,
			   now + (time_t)days * DAY_S, &why))
		die(CTL_REFUSED, "%s: %s", name, why.text);
	if (!bio || !PEM_write_bio_X509(bio, id.cert))
		die(CTL_REFUSED, "%s: cannot encode the certificate", name);
	date_text(date, id.cert);
	bio_write(bio, path, 0644);
	json_text(o, "name", name);
	json_text(o, "certificate", path);
	json_text(o, "until", date);
	output(o, "%s until %s", path, date);
	identity_uninit(&id);
	free(path);
	free(dir);
}

int cmd_domain_renew(int argc, char **argv)
{
	const char *days_text = NULL;
	const struct arg args[] = {
		{ .name = "--days", .text = &days_text },
		{ 0 },
	};
	int left = args_parse(argc, argv, args, 1, 2);
	const char *only = left == 2 ? argv[2] : NULL;
	int days = days_of(days_text);
	unsigned int i, done = 0;
	struct identity authority;
	struct domain_file f;
	char *ca;

	domain_file_load(&f, argv[1]);
	authority_of(&authority, argv[1], &ca);
	check_days(&authority, days);
	for (i = 0; i < f.n + f.places; i++) {
		bool controller = i < f.n;
		const struct domain_peer *p = controller ? &f.controller[i] :
							   &f.sw[i - f.n];

		if (!p->name || (only && strcmp(p->name, only)))
			continue;
		renew(&authority, &f, controller, controller ? i : i - f.n, days);
		done++;
	}
	if (!done)
		die(CTL_NOT_FOUND, "%s: there is no controller or switch %s",
		    f.path, only);
	identity_uninit(&authority);
	domain_file_free(&f);
	free(ca);
	return CTL_OK;
}

/* The end of its certificate, if that is in the directory */
static void until(char date[DATE_LEN], const struct domain_file *f,
		  bool controller, unsigned int i)
{
	char *dir = domain_file_place(f, controller, i);
	char *path = path_join(dir, "tls.crt");
	struct identity id;
	struct words why;

	memcpy(date, "?", 2);
	if (identity_load(&id, path, NULL, &why)) {
		date_text(date, id.cert);
		identity_uninit(&id);
	}
	free(path);
	free(dir);
}

static void show_controller(const struct domain_file *f, unsigned int i)
{
	const struct domain_peer *p = &f->controller[i];
	json_object *o = json_object_new_object();
	char date[DATE_LEN];

	until(date, f, true, i);
	json_text(o, "controller", p->name);
	json_number(o, "number", i + 1);
	json_text(o, "host", p->host);
	json_number(o, "port", p->port);
	json_number(o, "switch_port", p->switch_port);
	json_text(o, "certificate_until", date);
	output(o, "%-20s %s ports %u %u, certificate until %s", p->name,
	       p->host, p->port, p->switch_port, date);
}

static void show_switch(const struct domain_file *f, unsigned int i)
{
	const struct domain_peer *p = &f->sw[i];
	json_object *o = json_object_new_object();
	char date[DATE_LEN];

	until(date, f, false, i);
	json_text(o, "switch", p->name);
	json_number(o, "number", i + 1);
	json_text(o, "dpid", dpid_text(p->dpid));
	json_text(o, "certificate_until", date);
	output(o, "%-20s dpid %s switch-%u, certificate until %s", p->name,
	       dpid_text(p->dpid), i + 1, date);
}

int cmd_domain_show(int argc, char **argv)
{
	const struct arg args[] = { { 0 } };
	unsigned int i, switches = 0;
	struct domain_file f;
	json_object *o;

	args_parse(argc, argv, args, 1, 1);
	domain_file_load(&f, argv[1]);
	for (i = 0; i < f.places; i++)
		switches += f.sw[i].name != NULL;
	o = json_object_new_object();
	json_number(o, "domain", f.id);
	json_number(o, "controllers", f.n);
	json_number(o, "switches", switches);
	json_number(o, "spare", f.places - switches);
	output(o, "domain %llu: %u controllers, %u switches, %u spare places",
	       (unsigned long long)f.id, f.n, switches, f.places - switches);
	for (i = 0; i < f.n; i++)
		show_controller(&f, i);
	for (i = 0; i < f.places; i++)
		if (f.sw[i].name)
			show_switch(&f, i);
	domain_file_free(&f);
	return CTL_OK;
}
