// SPDX-License-Identifier: GPL-2.0
/* Who is a controller and who is not; certificates that change while all runs. */
#include "world.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DAYS = 30, HOUR = 3600 };

static bool others_linked(struct world *w, const void *arg)
{
	const unsigned int *except = arg;
	unsigned int i;

	for (i = 0; i < CONTROLLERS; i++)
		if (i != *except && !w->far[i].linked)
			return false;
	return true;
}

/* Controller 4 as somebody else; back to itself in the end */
static bool refused_as(struct world *w, struct identity *who,
		       const char *words)
{
	struct far *f = &w->far[3];
	struct identity own = f->id;
	bool ok;

	far_close(f);
	f->id = *who;
	ok = far_open(f) && until_logged(w, words) && !f->linked;
	far_close(f);
	f->id = own;
	identity_uninit(who);
	return ok && far_open(f);
}

static bool test_stranger(struct world *w)
{
	struct identity authority, id;
	struct words why;

	ASK(authority_make(&authority, "other", DAYS, &why));
	ASK(identity_make(&id, &authority, "ashlar://7/controller/c4", DAYS, &why));
	identity_uninit(&authority);
	return refused_as(w, &id, "authority");
}

static bool test_name(struct world *w)
{
	struct identity id;
	struct words why;

	ASK(identity_make(&id, &w->authority, "ashlar://7/controller/c9", DAYS, &why));
	return refused_as(w, &id, "c9");
}

static bool test_domain(struct world *w)
{
	struct identity id;
	struct words why;

	ASK(identity_make(&id, &w->authority, "ashlar://8/controller/c4", DAYS, &why));
	return refused_as(w, &id, "domain");
}

static bool test_expired(struct world *w)
{
	time_t now = time(NULL);
	struct identity id;
	struct words why;

	ASK(identity_make(&id, &w->authority, "ashlar://7/controller/c4", DAYS, &why));
	ASK(identity_sign(&id, &w->authority, "ashlar://7/controller/c4",
			  now - 2 * HOUR, now - HOUR, &why));
	return refused_as(w, &id, "expired");
}

static bool all_linked(struct world *w, const void *arg)
{
	const unsigned int none = CONTROLLERS;

	(void)arg;
	return others_linked(w, &none);
}

static bool renew(struct world *w, const char *name, const char *words)
{
	struct identity id;
	char cert[160], key[160];
	struct words why;

	ASK(identity_make(&id, &w->authority, name, DAYS, &why));
	path_of(cert, w, "tls.crt");
	path_of(key, w, "tls.key");
	unlink(cert);
	unlink(key);
	ASK(identity_save(&id, cert, key, &why));
	identity_uninit(&id);
	world_forget_log(w);
	ASK(agent_signal(w, SIGHUP));
	return until_logged(w, words);
}

static bool linked_again(struct world *w, const void *arg)
{
	const unsigned int *before = arg;

	return w->far[0].linked && w->far[0].ups > *before;
}

/* The new one is used: a controller that is back knows us by it. */
static bool test_renewed(struct world *w)
{
	unsigned int before = w->far[0].ups;

	ASK(renew(w, "ashlar://7/switch/s1", "certificates are renewed"));
	ASK(w->far[1].linked);
	far_close(&w->far[0]);
	ASK(far_open(&w->far[0]));
	return until(w, linked_again, &before);
}

static bool test_not_renewed(struct world *w)
{
	ASK(renew(w, "ashlar://7/switch/s2", "certificates stay as they were"));
	return w->far[1].linked;
}

static bool test_start(struct world *w)
{
	struct identity id;
	struct words why;
	unsigned int last = 3;
	struct far *f = &w->far[3];
	struct identity own = f->id;

	/* Wrong from the beginning, and the others are served. */
	ASK(identity_make(&id, &w->authority, "ashlar://7/switch/s1", DAYS, &why));
	far_close(f);
	f->id = id;
	ASK(far_open(f));
	ASK(agent_spawn(w, false));
	ASK(until(w, others_linked, &last));
	ASK(until_logged(w, "a link was refused"));
	ASK(!f->linked);
	far_close(f);
	identity_uninit(&id);
	f->id = own;
	return far_open(f);
}

static bool test_stop(struct world *w)
{
	ASK(agent_stop(w));
	ASK(agent_wait(w));
	return WIFEXITED(w->status) && !WEXITSTATUS(w->status);
}

void cases_links(const char *program)
{
	struct world w;

	agent_program = program;
	if (!world_create(&w, false)) {
		TEST("a domain can be made", false);
		world_free(&w);
		return;
	}
	TEST("links: a switch's certificate is no controller's, others are served", test_start(&w));
	TEST("links: another authority", test_stranger(&w));
	TEST("links: another name", test_name(&w));
	TEST("links: another domain", test_domain(&w));
	TEST("links: an expired certificate", test_expired(&w));
	TEST("links: the right one is let in again", until(&w, all_linked, NULL));
	TEST("links: a certificate renewed by SIGHUP", test_renewed(&w));
	TEST("links: a certificate of another switch is not taken", test_not_renewed(&w));
	TEST("links: a clean end", test_stop(&w));
	world_free(&w);
}
