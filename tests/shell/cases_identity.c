// SPDX-License-Identifier: GPL-2.0
/*
 * Certificates: on disk, and who is refused for what.
 */
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

#include "cases.h"
#include "net.h"

enum { ALL = (1 << NET_ENDS) - 1, HOUR_S = 3600 };

static struct net net;

static bool on_disk(void)
{
	const char *cert = scratch(), *key = scratch(), *cert2 = scratch(),
		*key2 = scratch();
	struct identity authority, id, id2, read;
	struct words why;
	struct stat st;

	ASK(authority_make(&authority, "a", 1, &why));
	ASK(identity_make(&id, &authority, "ashlar://1/switch/one", 1, &why));
	ASK(identity_make(&id2, &authority, "ashlar://1/switch/two", 1, &why));
	ASK(identity_save(&id, cert, key, &why));
	ASK(identity_save(&id2, cert2, key2, &why));
	ASK(!identity_save(&id2, cert, key, &why));
	ASK(!stat(key, &st) && (st.st_mode & 0777) == 0600);
	ASK(identity_load(&read, cert, key, &why));
	ASK(!X509_cmp(read.cert, id.cert) && EVP_PKEY_eq(read.key, id.key) == 1);
	identity_uninit(&read);
	ASK(identity_load(&read, cert, NULL, &why) && !read.key);
	identity_uninit(&read);
	ASK(!identity_load(&read, cert, key2, &why));
	/* A group may read a key, everybody may not. */
	ASK(!chmod(key, 0640) && identity_load(&read, cert, key, &why));
	identity_uninit(&read);
	ASK(!chmod(key, 0604) && !identity_load(&read, cert, key, &why) &&
	    strstr(why.text, "mode 604"));
	ASK(!identity_load(&read, cert, "/dev/null", &why) &&
	    strstr(why.text, "regular"));
	ASK(!identity_load(&read, key, key, &why));
	ASK(!identity_load(&read, "/nonexistent/x", NULL, &why));
	ASK(!authority_load(key, &why) && strstr(why.text, "no certificate"));
	ASK(!authority_load("/nonexistent/x", &why));
	identity_uninit(&id);
	identity_uninit(&id2);
	identity_uninit(&authority);
	return true;
}

static bool check(const struct identity *id, X509_STORE *store,
		  const char *words)
{
	struct words why = { "" };
	bool good = identity_check(id, "ashlar://1/switch/one", store, &why);

	if (!words)
		return good;
	if (!good && strstr(why.text, words))
		return true;
	printf("# \"%s\" instead of \"%s\"\n", why.text, words);
	return false;
}

static bool checked(void)
{
	static const char one[] = "ashlar://1/switch/one";
	struct identity a, b, id, sub = { 0 };
	time_t now = time(NULL);
	X509_STORE *store;
	struct words why;

	ASK(authority_make(&a, "a", 1, &why) && authority_make(&b, "a", 1, &why));
	store = authority_store(&a);
	ASK(identity_make(&id, &a, one, 1, &why));
	ASK(check(&id, store, NULL));
	ASK(identity_sign(&id, &a, "ashlar://1/switch/two", now - 1, now + HOUR_S,
			  &why));
	ASK(check(&id, store, "ashlar://1/switch/two"));
	ASK(identity_sign(&id, &a, "http://one", now - 1, now + HOUR_S, &why));
	ASK(check(&id, store, "no name"));
	ASK(identity_sign(&id, &a, "ashlar://1/switch/one,URI:ashlar://1/switch/two",
			  now - 1, now + HOUR_S, &why));
	ASK(check(&id, store, "no single name"));
	ASK(identity_sign(&id, &a, one, now - 2 * HOUR_S, now - HOUR_S, &why));
	ASK(check(&id, store, "expired"));
	ASK(identity_sign(&id, &a, one, now + HOUR_S, now + 2 * HOUR_S, &why));
	ASK(check(&id, store, "not yet valid"));
	/* Titles of authorities are equal; keys are what counts. */
	ASK(identity_sign(&id, &b, one, now - 1, now + HOUR_S, &why));
	ASK(check(&id, store, "authority"));
	/* Who is no authority signs nobody. */
	ASK(identity_sign(&id, &a, one, now - 1, now + HOUR_S, &why));
	ASK(identity_make(&sub, &id, one, 1, &why));
	ASK(check(&sub, store, "authority"));
	identity_uninit(&sub);
	identity_uninit(&id);
	identity_uninit(&a);
	identity_uninit(&b);
	X509_STORE_free(store);
	return true;
}

static const char *wanted_words;

static bool refused_by_0(const struct net *n)
{
	return strstr(n->end[0].refused.text, wanted_words);
}

static bool told_1(const struct net *n)
{
	return strstr(n->end[1].refused.text, "refuses us");
}

static bool up_01(const struct net *n)
{
	return links_up(n->end[0].links, 1) && links_up(n->end[1].links, 0) &&
		n->end[0].frames[1];
}

/* End 1 with another certificate dials end 0, which says why it refuses; then with its own. */
static bool refused(const char *name, long from_s, long to_s, bool stranger,
		    const char *words)
{
	struct links_stats stats;
	struct identity other;
	time_t now = time(NULL);
	struct words why;

	ASK(net_create(&net, 3));
	ASK(authority_make(&other, "test", 1, &why));
	net_shut(&net, 1);
	ASK(identity_sign(&net.end[1].id, stranger ? &other : &net.authority,
			  name, now + from_s, now + to_s, &why));
	ASK(net_open(&net, 1, 0));
	ASK(net_dial(&net, 1, 0));
	wanted_words = words;
	if (!net_until(&net, ALL, refused_by_0)) {
		printf("# \"%s\" instead of \"%s\"\n", net.end[0].refused.text,
		       words);
		return false;
	}
	ASK(net_until(&net, ALL, told_1));
	links_stats(net.end[0].links, &stats);
	ASK(stats.strangers && !net.end[0].ups);
	/* The control: the same end, with a good certificate */
	ASK(identity_sign(&net.end[1].id, &net.authority, net.name[1], now - 1,
			  now + HOUR_S, &why));
	ASK(links_renew(net.end[1].links, &net.end[1].id, net.store, &why));
	while (!up_01(&net)) {
		net_send(&net, 1, 0, 0, 10);
		ASK(net_until(&net, ALL, net_any));
	}
	net_free(&net);
	identity_uninit(&other);
	return true;
}

/* End 1 with a certificate that @change made of its own is refused by end 0. */
static bool refused_after(bool (*change)(struct identity *id),
			  const char *words)
{
	ASK(net_create(&net, 3));
	net_shut(&net, 1);
	ASK(change(&net.end[1].id));
	ASK(net_open(&net, 1, 0));
	ASK(net_dial(&net, 1, 0));
	wanted_words = words;
	if (!net_until(&net, ALL, refused_by_0)) {
		printf("# \"%s\" instead of \"%s\"\n", net.end[0].refused.text,
		       words);
		return false;
	}
	ASK(!net.end[0].ups);
	net_free(&net);
	return true;
}

/* The authority itself, which knows no better than to call */
static bool become_authority(struct identity *id)
{
	identity_uninit(id);
	*id = net.authority;
	return EVP_PKEY_up_ref(id->key) && X509_up_ref(id->cert);
}

/* A known name in what looks like the authority, and is signed with its key */
static bool become_named_authority(struct identity *id)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(id->cert, NID_subject_alt_name,
						NULL, NULL);

	identity_uninit(id);
	id->key = net.authority.key;
	id->cert = X509_dup(net.authority.cert);
	ASK(EVP_PKEY_up_ref(id->key) && id->cert);
	ASK(X509_add1_ext_i2d(id->cert, NID_subject_alt_name, names, 0,
			      X509V3_ADD_APPEND) == 1);
	GENERAL_NAMES_free(names);
	return X509_sign(id->cert, id->key, EVP_sha256());
}

/* ashlar://7/controller/end-1, a zero, and something else behind it */
static bool hide_behind_zero(struct identity *id)
{
	static const char name[] = "ashlar://7/controller/end-1\0.example";
	GENERAL_NAMES *names = X509_get_ext_d2i(id->cert, NID_subject_alt_name,
						NULL, NULL);
	GENERAL_NAME *first = sk_GENERAL_NAME_value(names, 0);
	bool ok;

	ok = ASN1_STRING_set(first->d.uniformResourceIdentifier, name,
			     sizeof(name) - 1) &&
		X509_add1_ext_i2d(id->cert, NID_subject_alt_name, names, 0,
				  X509V3_ADD_REPLACE) == 1 &&
		X509_sign(id->cert, net.authority.key, EVP_sha256());
	GENERAL_NAMES_free(names);
	return ok;
}

/* More than OpenSSL takes: nobody reads that much of a stranger. */
static bool grow(struct identity *id)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(id->cert, NID_subject_alt_name,
						NULL, NULL);
	GENERAL_NAME *huge = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	static char letters[128 * 1024];
	bool ok;

	memset(letters, 'a', sizeof(letters));
	ok = ASN1_STRING_set(text, letters, sizeof(letters));
	GENERAL_NAME_set0_value(huge, GEN_DNS, text);
	ok = ok && sk_GENERAL_NAME_push(names, huge) &&
		X509_add1_ext_i2d(id->cert, NID_subject_alt_name, names, 0,
				  X509V3_ADD_REPLACE) == 1 &&
		X509_sign(id->cert, net.authority.key, EVP_sha256());
	GENERAL_NAMES_free(names);
	return ok;
}

static bool other_store(const struct net *n)
{
	return strstr(n->end[1].refused.text, "unknown authority");
}

/* New authorities and certificates come one end after the other; what is up stays up. */
static bool renewed(void)
{
	struct identity next, *id = &net.end[0].id;
	time_t now = time(NULL);
	X509_STORE *store;
	struct words why;

	ASK(net_create(&net, NET_ENDS));
	ASK(net_dial(&net, 1, 0));
	while (!up_01(&net)) {
		net_send(&net, 1, 0, 0, 10);
		ASK(net_until(&net, ALL, net_any));
	}
	ASK(authority_make(&next, "next", 1, &why));
	ASK(identity_sign(id, &next, net.name[0], now - 1, now + HOUR_S, &why));
	store = authority_store(&next);
	X509_STORE_add_cert(store, net.authority.cert);
	ASK(links_renew(net.end[0].links, id, store, &why));
	ASK(net_until(&net, ALL, net_any) && up_01(&net));
	ASK(!net.end[0].downs && !net.end[1].downs);
	/* End 1 does not know the new authority yet. */
	net_shut(&net, 1);
	ASK(net_open(&net, 1, 0));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, other_store));
	ASK(links_renew(net.end[1].links, &net.end[1].id, store, &why));
	net.end[0].frames[1] = 0;
	while (!up_01(&net)) {
		net_send(&net, 1, 0, 0, 10);
		ASK(net_until(&net, ALL, net_any));
	}
	net_free(&net);
	identity_uninit(&next);
	X509_STORE_free(store);
	return true;
}

void cases_identity(void)
{
	TEST("identity: on disk", on_disk());
	TEST("identity: checked", checked());
	TEST("identity: expired",
	     refused("ashlar://7/controller/end-1", -2 * HOUR_S, -HOUR_S, false,
		     "has expired"));
	TEST("identity: not yet valid",
	     refused("ashlar://7/controller/end-1", HOUR_S, 2 * HOUR_S, false,
		     "not yet valid"));
	TEST("identity: unknown authority",
	     refused("ashlar://7/controller/end-1", -1, HOUR_S, true,
		     "unknown authority"));
	TEST("identity: another domain",
	     refused("ashlar://8/controller/end-1", -1, HOUR_S, false,
		     "another domain"));
	TEST("identity: a domain that begins like ours",
	     refused("ashlar://77/controller/end-1", -1, HOUR_S, false,
		     "another domain"));
	TEST("identity: a name that nobody knows",
	     refused("ashlar://7/controller/end-3", -1, HOUR_S, false,
		     "nobody knows"));
	TEST("identity: no name",
	     refused("http://7/controller/end-1", -1, HOUR_S, false, "no name"));
	TEST("identity: another role",
	     refused("ashlar://7/switch/end-1", -1, HOUR_S, false,
		     "nobody knows"));
	TEST("identity: a name for all",
	     refused("ashlar://7/controller/*", -1, HOUR_S, false,
		     "nobody knows"));
	TEST("identity: two names",
	     refused("ashlar://7/controller/end-1,URI:ashlar://7/controller/end-2",
		     -1, HOUR_S, false, "no single name"));
	TEST("identity: a zero in the name",
	     refused_after(hide_behind_zero, "no single name"));
	TEST("identity: the authority's own",
	     refused_after(become_authority, "purpose"));
	TEST("identity: the authority's own, with a name",
	     refused_after(become_named_authority, "unknown authority"));
	TEST("identity: a huge certificate",
	     refused_after(grow, "excessive message size"));
	TEST("identity: renewed", renewed());
}
