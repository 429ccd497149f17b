/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the daemon share. */
#ifndef AGENT_DAEMON_PARTS_H
#define AGENT_DAEMON_PARTS_H

#include "../../controller/core/ctl_frame.h"
#include "../../controller/shell/keys.h"
#include "../../controller/shell/link.h"
#include "../core/agent.h"
#include "daemon.h"
#include "epoch.h"
#include "history.h"
#include "ofconn.h"
#include "quorum_wait.h"
#include "threshold.h"
#include "verifier.h"

enum {
	DAEMON_LOOK_MS = 1000,
	DAEMON_ECHO_MS = 5000,		/* to controllers: TCP notices then that one is gone */
	DAEMON_WARN_MS = 10 * 1000,	/* between two lines about one controller's nonsense */
};

/* A controller's end of things */
struct far_end {
	char name[IDENTITY_NAME_MAX];	/* in its certificate */
	bool linked;			/* it said HELLO on a link that is up */
	uint64_t nonsense;		/* messages refused since the last line about them */
	uint64_t warned_ms;
};

struct daemon {
	const struct agent_conf *conf;
	const struct domain *domain;
	const struct domain_switch *self;
	uv_loop_t loop;
	bool loop_open, stopping;
	int status;

	struct agent *agent;
	struct key *key;
	struct epoch *epoch;
	struct applied_file *history;
	struct verifier *verifier;
	bool fresh;			/* the domain has yet to say where numbers go on */
	struct threshold *threshold;	/* NULL: signatures are individual */
	struct ofconn *ofconn;
	struct purger *purger;

	struct links *links;
	struct link_peer peer[AGREE_MEMBERS_MAX];
	struct far_end far[AGREE_MEMBERS_MAX];
	struct quorum_wait wait;

	uv_prepare_t before_poll;
	uv_check_t after_poll;
	uv_idle_t soon;
	bool tick;			/* the core wants to be called */
	uv_timer_t wake, look, echo, watchdog;
	uv_signal_t term, interrupt, hangup, user1;
	uint8_t frame[CTL_FRAME_MAX];
};

/* daemon_core.c: what the core asks for, and what it is told */
bool daemon_core_create(struct daemon *d, struct words *why);
void daemon_step(struct daemon *d, const struct agent_event *event);
/* After what was there to read */
void daemon_tick(struct daemon *d);
/* daemon.c: this life is over */
void daemon_stop(struct daemon *d, int status);
/* A look at the verifier's window; ends this life if it was lost */
void daemon_window(struct daemon *d);

/* daemon_links.c */
bool daemon_links_create(struct daemon *d, struct words *why);
bool daemon_links_renew(struct daemon *d, struct words *why);
void daemon_links_send(struct daemon *d, unsigned int to, const uint8_t *bytes,
		       size_t len);
void daemon_links_echo(struct daemon *d);
/* The core said no to a message of this controller */
void daemon_links_nonsense(struct daemon *d, unsigned int who, const char *what);

/* daemon_stats.c */
void daemon_stats_say(const struct daemon *d);

#endif
