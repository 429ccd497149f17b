/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of a domain as text: domain.conf, quorumd.conf, quorum-agent.conf (docs/operating.md) and
 * the script that configures the kernel's gate.
 */
#ifndef DOMAIN_TEXT_H
#define DOMAIN_TEXT_H

#include "pubkey.h"

struct domain_text_controller {
	char name[64];
	const char *host;
	uint16_t port, switch_port, metrics_port;
	struct pubkey agree, sign;
};

struct domain_text_switch {
	char name[64];
	uint64_t dpid;
	struct pubkey key;
};

struct domain_text {
	uint64_t id;
	const char *mode, *procedure, *scheme, *app;
	unsigned int quorum;
	const uint8_t *group_key;	/* threshold: BLS_PK_LEN bytes */
	unsigned int n, m, spare;
	struct domain_text_controller *controller;	/* n */
	struct domain_text_switch *sw;			/* m */
};

void domain_text_write(const struct domain_text *d, const char *path);
/* @user: who the daemon becomes; NULL: stays who started it */
void controller_text_write(const struct domain_text_controller *dc,
			   const char *user, const char *path);
void switch_text_write(const char *name, const char *verifier,
		       const char *user, const char *path);
void guard_text_write(uint64_t id, const char *name, uint64_t dpid,
		      const char *path);

/* One switch of domain.conf, from brace to brace; the caller frees it. */
char *switch_text(const struct domain_text_switch *sw);

#endif
