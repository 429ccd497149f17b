/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One running agent: the core (agent.h) between ovs-vswitchd's connection, the links to
 * the controllers and the verifier.  All on one loop's thread.
 */
#ifndef AGENT_DAEMON_H
#define AGENT_DAEMON_H

#include "agent_conf.h"
#include "purger.h"

struct daemon;

/*
 * Opens everything, becomes the configured user, and is ready to run.  @conf and @domain
 * were checked, and are borrowed; @purger is taken over, and may be NULL.
 * NULL: *why has words.
 */
struct daemon *daemon_create(const struct agent_conf *conf,
			     const struct domain *domain,
			     struct purger *purger, struct words *why);

/* Until a signal says that it is enough; the status to exit with */
int daemon_run(struct daemon *d);
void daemon_free(struct daemon *d);

#endif
