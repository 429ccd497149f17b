/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A directory that `quorumctl domain init` made, and the domain.conf in it, as far as these commands need
 * them.  Whatever is wrong ends the program with exit status 1.
 */
#ifndef DOMAIN_FILE_H
#define DOMAIN_FILE_H

#include <libconfig.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	DOMAIN_CONTROLLERS_MAX = 32,
	DOMAIN_PLACES_MAX = 1024,	/* switches and spare places */
	DOMAIN_DAYS = 365,		/* of a certificate */
	DOMAIN_DAYS_MAX = 3650,		/* and of the authority's */
	DOMAIN_NAME_LEN = 63,
};

#define DOMAIN_DPID_MAX 0xfffeffffffffffffull

struct domain_peer {
	const char *name;		/* NULL: a spare place */
	const char *host;		/* controller */
	unsigned int port, switch_port;
	uint64_t dpid;			/* switch */
};

struct domain_file {
	const char *dir;
	char *path, *text;
	config_t config;
	uint64_t id;
	unsigned int n, places;
	struct domain_peer *controller, *sw;
};

void domain_file_load(struct domain_file *f, const char *dir);
void domain_file_free(struct domain_file *f);

/* Letters, digits, dots, dashes and underscores: names are in certificates and paths. */
bool domain_name_ok(const char *name);

/* The value of --user, checked, or NULL */
const char *domain_user(const char *given);

/* DIR/controller-I or DIR/switch-J, from 0; the caller frees it. */
char *domain_file_place(const struct domain_file *f, bool controller,
			unsigned int i);

/*
 * domain.conf with @text in the first spare place; what else is in it stays as it is, comments too.
 * All copies in the directory must be equal.  The caller frees it.
 */
char *domain_file_filled(const struct domain_file *f, const char *text);
/* A new text for domain.conf and all copies */
void domain_file_replace(const struct domain_file *f, const char *text);

#endif
