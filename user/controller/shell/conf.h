/* SPDX-License-Identifier: GPL-2.0 */
/*
 * quorumd.conf: what one controller alone knows: who it is, and where its files are.  Paths are relative
 * to the file.  libconfig syntax, errors as in domain.h; docs/operating.md.
 */
#ifndef SHELL_CONF_H
#define SHELL_CONF_H

#include "domain.h"
#include "log.h"

enum { CONF_PATH_MAX = 512 };

struct conf_tls {
	char authority[CONF_PATH_MAX];	/* certificates of the domain's authority, PEM; several while it changes */
	char certificate[CONF_PATH_MAX];
	char key[CONF_PATH_MAX];
};

struct conf_log {
	enum log_level level;
	bool json;
};

struct conf {
	char domain[CONF_PATH_MAX];	/* domain.conf */
	char self[DOMAIN_NAME_MAX];
	char state[CONF_PATH_MAX];	/* directory of journal and snapshots */
	struct conf_tls tls;
	char agree_key[CONF_PATH_MAX];	/* PKCS #8, PEM */
	char sign_key[CONF_PATH_MAX];	/* RSA or ECDSA: PKCS #8, PEM; threshold: a share as `quorumctl keygen` writes it */
	char listen[DOMAIN_NAME_MAX];	/* address to listen on; "": that of domain.conf */
	char control[CONF_PATH_MAX];	/* unix socket; "": none */
	uint16_t metrics_port;		/* on loopback; 0: none */
	char user[DOMAIN_NAME_MAX];	/* become this user once all is open; "": stay */
	char app_host[DOMAIN_NAME_MAX];	/* application "external": where the OpenFlow controller listens */
	uint16_t app_port;
	char history[CONF_PATH_MAX];	/* what was executed, for checkers (docs/simulation.md); "": none */
	struct conf_log log;
};

/* false after complaints */
bool conf_load(struct conf *conf, const char *path, struct complaints *c);
/* Files are there, keys fit what domain.conf says, the state is this controller's */
bool conf_check(const struct conf *conf, const struct domain *domain,
		struct complaints *c);

#endif
