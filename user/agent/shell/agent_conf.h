/* SPDX-License-Identifier: GPL-2.0 */
/*
 * quorum-agent.conf: what one switch's agent alone knows: who it is, and where its files are.
 * Paths are relative to the file.  libconfig syntax, errors as in domain.h; quorum-agent(8).
 */
#ifndef AGENT_CONF_H
#define AGENT_CONF_H

#include "../../controller/shell/conf.h"

enum agent_conf_verifier {
	VERIFIER_KERNEL = 1,		/* ovs_quorum.ko */
	VERIFIER_PROCESS,		/* the same code here */
};

struct agent_conf {
	char domain[CONF_PATH_MAX];	/* domain.conf */
	char self[DOMAIN_NAME_MAX];
	char state[CONF_PATH_MAX];	/* directory of the epoch */
	struct conf_tls tls;
	char key[CONF_PATH_MAX];	/* the switch's: PKCS #8, PEM */
	char openflow[CONF_PATH_MAX];	/* unix socket that ovs-vswitchd connects to */
	char openflow_owner[DOMAIN_NAME_MAX]; /* who may connect; "": who started us */
	enum agent_conf_verifier verifier;
	char keyset[CONF_PATH_MAX];	/* PROCESS: the first key set */
	char vswitchd_ctl[CONF_PATH_MAX]; /* ovs-vswitchd's unixctl, or its pid file; "": none */
	char user[DOMAIN_NAME_MAX];	/* become this user once all is open; "": stay */
	char history[CONF_PATH_MAX];	/* what was applied, for checkers; "": none */
	uint32_t statistics_ms;		/* between reports of port statistics; 0: none */
	struct conf_log log;
};

/* false after complaints */
bool agent_conf_load(struct agent_conf *conf, const char *path,
		     struct complaints *c);
/* Files are there, keys fit what domain.conf says, users exist */
bool agent_conf_check(const struct agent_conf *conf, const char *path,
		      const struct domain *domain, struct complaints *c);

#endif
