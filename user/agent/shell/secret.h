/* SPDX-License-Identifier: GPL-2.0 */
/* The agent's keys: files that nobody but their owner can read */
#ifndef AGENT_SECRET_H
#define AGENT_SECRET_H

#include "../../controller/shell/conf.h"
#include "../../controller/shell/identity.h"
#include "../../controller/shell/keyfile.h"

/* The certificate with its key */
bool tls_identity(struct identity *id, const struct conf_tls *tls,
		  struct words *why);

#endif
