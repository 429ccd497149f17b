/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One controller on an agreement that decides in the order in which requests
 * come (stub_agree.c), an application that does what its events say, and
 * signatures that nobody here forges by accident.
 */
#ifndef CTL_RIG_H
#define CTL_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "../../user/controller/core/ctl_state.h"

enum {
	RIG_DOMAIN = 7,
	RIG_SWITCHES_MAX = 16,
};

/* What left for a switch in the last step, decoded.  Bytes are the rig's until the next step. */
struct rig_sent {
	uint32_t sw;
	struct ctl_to_switch m;
	struct update_sealed sealed;
	struct update_body body;
};

struct rig {
	struct ctl_config config;
	struct ctl_switch sw[RIG_SWITCHES_MAX];
	uint64_t dpid[RIG_SWITCHES_MAX];
	void *mem;
	struct ctl *ctl;
	struct ctl_update update;
	uint64_t now_ms;
	uint64_t steps, synced;		/* of ctl_step() */
	uint64_t epoch[RIG_SWITCHES_MAX], counter[RIG_SWITCHES_MAX];
	uint64_t floor[RIG_SWITCHES_MAX];
	uint64_t member_counter[AGREE_MEMBERS_MAX];
	unsigned int sent_nr;
	struct rig_sent sent[CTL_SWITCH_MESSAGES_MAX];
	unsigned int verified;		/* signatures of switches looked at */
};

/* Four members, f = 1; change rig->config, then rig_start(). */
void rig_config(struct rig *rig, enum ctl_procedure procedure,
		uint32_t switches);
void rig_start(struct rig *rig);
/* Memory, links and clock anew; then the state of another one, if any */
void rig_restart(struct rig *rig, struct rig *from);
void rig_free(struct rig *rig);

/* One event, and what left; the verdict. */
enum agree_err rig_step(struct rig *rig, const struct ctl_event *event);
enum agree_err rig_tick(struct rig *rig, uint64_t ms);
enum agree_err rig_link(struct rig *rig, uint32_t sw, bool up);
enum agree_err rig_switch(struct rig *rig, uint32_t sw, const uint8_t *bytes,
			  size_t len);
/* Whatever is left to do at once */
void rig_settle(struct rig *rig);

/*
 * One update of the event's script: the application puts exactly these.  A
 * script is what an APP_PACKET_IN carries.
 */
struct rig_put {
	uint8_t sw, flow;
	uint64_t after;
	uint16_t len;			/* of the payload; 0: 8 */
};

size_t rig_script(uint8_t *out, const struct rig_put *put, unsigned int nr);

/*
 * The next bundle of a switch with its rig->floor and one event of @nr updates,
 * or none; encoded and signed.
 */
size_t rig_bundle_bytes(struct rig *rig, uint32_t sw,
			const struct rig_put *put, unsigned int nr,
			uint8_t *out, size_t room);
enum agree_err rig_bundle(struct rig *rig, uint32_t sw,
			  const struct rig_put *put, unsigned int nr);
/* A floor alone */
enum agree_err rig_floor(struct rig *rig, uint32_t sw, uint64_t floor);
/* An acknowledgement of a body */
size_t rig_ack_bytes(struct rig *rig, uint32_t sw, uint64_t sequence,
		     enum ctl_ack_status status, uint8_t *out, size_t room);
enum agree_err rig_ack(struct rig *rig, uint32_t sw, uint64_t sequence);
/* A request of member @member, decided at once */
enum agree_err rig_member(struct rig *rig, uint32_t member,
			  struct ctl_request *request);

void rig_sign_switch(uint32_t sw, const uint8_t *bytes, size_t len,
		     uint8_t sig[AGREE_SIG_LEN]);
void rig_sign_member(uint32_t member, const uint8_t *bytes, size_t len,
		     uint8_t sig[AGREE_SIG_LEN]);
/* Is this sealed update one that the controller's key signed? */
bool rig_sealed_valid(const struct rig *rig, const struct rig_sent *sent);

/* Updates sent to @sw in the last step; the first in *first if not NULL */
unsigned int rig_updates(const struct rig *rig, uint32_t sw,
			 const struct rig_sent **first);
unsigned int rig_messages(const struct rig *rig, uint32_t sw,
			  enum ctl_type type);
struct ctl_stats rig_stats(const struct rig *rig);
/* Saved state, malloc'ed */
uint8_t *rig_save(struct rig *rig, size_t *len);
bool rig_equal(struct rig *a, struct rig *b);

/* Events that the application saw, by kind; and SWITCH_UPs with resync */
uint64_t rig_app_events(const struct rig *rig, enum app_event_kind kind);
uint64_t rig_app_resyncs(const struct rig *rig);

/* stub_agree.c: false: requests wait for a tick, and then make one block */
void stub_at_once(struct agree *agree, bool at_once);
void stub_copy(struct agree *to, const struct agree *from);
/* Its steps that it was not told to be durable, the last one included */
uint64_t stub_unsynced(const struct agree *agree);
void stub_drop(struct agree *agree);	/* what waits */

extern const struct app_ops app_script;

#endif
