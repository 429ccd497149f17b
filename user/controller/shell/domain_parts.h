/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the domain_*.c files share: each reads a part of domain.conf.
 */
#ifndef SHELL_DOMAIN_PARTS_H
#define SHELL_DOMAIN_PARTS_H

#include "setting.h"

/* What struct domain points to */
struct domain_owned {
	struct ctl_switch *sw;
	uint64_t *dpid;
	struct app_link *link;
	struct app_host *host;
	struct app_policy_rule *rule;
	unsigned int rule_nr;
};

/* domain_peers.c */
void domain_read_controllers(struct domain *d, const struct group *root);
void domain_read_switches(struct domain *d, const struct group *root);
/* domain_app.c; after the switches */
void domain_read_app(struct domain *d, const struct group *root);
const struct app_ops *domain_app_named(const char *name);
/* domain_policy.c */
void domain_read_policy(struct domain *d, const struct group *app);
bool domain_read_mac(const struct group *g, const char *name, uint8_t mac[6]);
/* domain_limits.c; last.  @sound: nothing was wrong so far */
void domain_read_limits(struct domain *d, const struct group *root, bool sound);

/* Letters, digits, dots, dashes and underscores; complains */
bool domain_read_name(const struct group *g, const char *name,
		      char out[DOMAIN_NAME_MAX]);

#endif
