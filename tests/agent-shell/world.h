/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A domain of four controllers and one switch in a scratch directory, with real keys and
 * certificates; a loop; a real quorum-agent as a process.
 */
#ifndef AGENT_SHELL_WORLD_H
#define AGENT_SHELL_WORLD_H

#include <openssl/evp.h>
#include <sys/types.h>

#include "../../lib/bls/bls.h"
#include "../../user/controller/shell/identity.h"
#include "../../user/controller/shell/link.h"
#include "../../user/controller/core/ctl.h"
#include "../count.h"

enum {
	CONTROLLERS = 4,
	DOMAIN = 7,
	DPID = 0x11,
	QUORUM = 2,
	TEXT_MAX = 1 << 18,
	BUNDLES_MAX = 4096,
};

struct world;

/* What a fake controller saw */
struct far {
	struct world *world;
	unsigned int number;
	struct links *links;
	uint16_t port;
	struct identity id;
	EVP_PKEY *sign;			/* individual */
	struct bls_fr share;		/* threshold */
	uint8_t key[KEYSET_KEY_MAX];	/* public half of either */
	size_t key_len;
	bool linked, silent;		/* silent: answers nothing */
	uint64_t start;			/* what it says numbers start with */
	unsigned int hellos, ups;
	unsigned int echoes;		/* answered ones */
	unsigned int wrong;		/* what does not decode, or the switch did not sign */
	uint64_t epoch;			/* of the newest bundle */
	bool taken[BUNDLES_MAX];	/* bundles of that epoch, by counter */
	unsigned int events[APP_EVENT_KINDS];
	uint8_t packet_in[256];		/* the last one's message */
	size_t packet_in_len;
	uint64_t acked[CTL_REFUSED + 1];	/* the highest number acknowledged, by status */
	unsigned int acks;
};

struct world {
	uv_loop_t loop;
	uv_timer_t beat;		/* so that conditions outside of the loop are looked at */
	bool threshold;
	char dir[64], openflow[160];
	struct identity authority, tls;
	uint8_t group[BLS_PK_LEN];	/* threshold */
	EVP_PKEY *switch_key;
	struct key *switch_verify;
	struct far far[CONTROLLERS];
	pid_t agent;
	int status;			/* of the agent that ended last */
	char *log;			/* world_log() */
	struct fake_vswitchd *vswitchd;
	struct fake_ctl *fake_ctl;
};

/* false: words are printed */
bool world_create(struct world *w, bool threshold);
void world_free(struct world *w);

void path_of(char out[160], const struct world *w, const char *name);
bool write_text(const struct world *w, const char *name, const char *text);
bool write_key(const struct world *w, const char *name, EVP_PKEY *key);
/* The files of an agent as they should be; @more: lines behind */
bool write_conf(const struct world *w, const char *more);

/* Starts the agent with its log in the file "log"; or says --check. */
bool agent_spawn(struct world *w, bool check);
bool agent_signal(struct world *w, int number);
/* The process that talks to ovs-vswitchd's control socket; 0: there is none */
pid_t agent_child(struct world *w);
/* SIGTERM to all its processes, as systemd sends it */
bool agent_stop(struct world *w);
/* Waits for its end; false: it did not come */
bool agent_wait(struct world *w);

/* All that agents wrote so far */
const char *world_log(struct world *w);
bool logged(struct world *w, const char *words);
void world_forget_log(struct world *w);

/* Runs the loop until @done(w, arg), or gives up after a generous while. */
bool until(struct world *w, bool (*done)(struct world *w, const void *arg),
	   const void *arg);
bool until_logged(struct world *w, const char *words);

/* far.c */
bool far_open(struct far *f);
void far_close(struct far *f);
void far_update(struct far *f, const uint8_t *sealed, size_t len);
/* Waits until the agent has read all that this controller sent. */
bool far_heard(struct far *f);

/* seal.c: an update of one FLOW_MOD or more, sealed and signed by one controller */
struct draft {
	uint64_t sequence;
	const uint8_t *payload;
	size_t len;
	bool after_last;		/* depends on the number before */
};

size_t seal(uint8_t *out, size_t room, const struct far *signer,
	    const struct draft *draft, bool spoil);
/* An ADD of a rule: packets from port @in go to port @out */
size_t flow_add(uint8_t *out, uint16_t priority, uint32_t in, uint32_t to);

/* vswitchd.c */
struct fake_vswitchd;
struct fake_vswitchd *vswitchd_new(struct world *w);
void vswitchd_free(struct fake_vswitchd *v);
bool vswitchd_dial(struct fake_vswitchd *v);
bool vswitchd_is_up(const struct fake_vswitchd *v);
/* Gives its connection up; its rules stay or go. */
void vswitchd_hang_up(struct fake_vswitchd *v, bool forget);
void vswitchd_packet_in(struct fake_vswitchd *v, uint8_t mark);
/* A rule by an administrator, past everybody */
void vswitchd_rule(struct fake_vswitchd *v, const uint8_t *flow_mod, size_t len);
unsigned int vswitchd_rules(const struct fake_vswitchd *v);
bool vswitchd_has(const struct fake_vswitchd *v, uint16_t priority);
unsigned int vswitchd_barriers(const struct fake_vswitchd *v);
void vswitchd_write(struct fake_vswitchd *v, const void *bytes, size_t len);

/* ctl.c: the control socket of an ovs-vswitchd */
struct fake_ctl;
struct fake_ctl *ctl_new(struct world *w);
void ctl_free(struct fake_ctl *c);
unsigned int ctl_purges(const struct fake_ctl *c);

/* The suites */
void cases_process(const char *program);
void cases_conf(const char *program);
void cases_threshold(const char *program);
void cases_links(const char *program);

extern const char *agent_program;

#endif
