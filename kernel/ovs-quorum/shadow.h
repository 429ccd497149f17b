/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flows of a guarded datapath, as they were let in: shadow.c.  All with the
 * guard's lock.
 *
 * In a datapath whose guard enforces, each flow with actions is here, with the
 * key and mask that it has in the kernel.
 */
#ifndef OQ_SHADOW_H
#define OQ_SHADOW_H

#include "quorum_switch.h"

enum {
	OQ_UFID_MAX = 16,		/* bytes; MAX_UFID_LENGTH of openvswitch */
	OQ_SHADOW_MAX = 65536,		/* flows of one datapath */
	OQ_MUZZLES_MAX = OQ_SHADOW_MAX / 4,
	OQ_SHADOW_BYTES_MAX = 128 << 20,
};

/* Of another length is another one: padded, so that memcmp() compares. */
struct oq_ufid {
	u8 len;				/* 1 .. 16 */
	u8 id[OQ_UFID_MAX];
};

struct oq_flow {
	struct rhash_head node;
	struct rb_node age;
	u64 id;				/* ascending; never used twice by a guard */
	struct oq_ufid ufid;
	bool muzzle;			/* refused: drops instead */
	bool approved;			/* the check said yes */
	struct oq_switch *sw;		/* has the input port; NULL: nobody */
	struct gate_result result;
	struct nlattr *key, *mask, *actions;	/* mask may be NULL */
	size_t size;
	u8 data[] __aligned(NLA_ALIGNTO);
};

int oq_shadow_init(struct oq_guard *guard);
void oq_shadow_destroy(struct oq_guard *guard);

/* false: it is none that openvswitch takes for one. */
bool oq_ufid_read(struct oq_ufid *ufid, const struct nlattr *attr);

struct oq_flow *oq_shadow_find(struct oq_guard *guard,
			       const struct oq_ufid *ufid);

/*
 * A flow that is not in the table yet.  -ENOMEM; -ENOSPC: there are too many
 * (@replaces: one of them goes).
 */
struct oq_flow *oq_flow_alloc(struct oq_guard *guard, const struct oq_ufid *ufid,
			      const struct nlattr *key, const struct nlattr *mask,
			      const struct nlattr *actions,
			      const struct oq_flow *replaces);
void oq_flow_free(struct oq_flow *f);

int oq_shadow_insert(struct oq_guard *guard, struct oq_flow *f);
/* Frees @f. */
void oq_shadow_remove(struct oq_guard *guard, struct oq_flow *f);
/* Cannot fail; frees @old. */
void oq_shadow_replace(struct oq_guard *guard, struct oq_flow *old,
		       struct oq_flow *f);
void oq_shadow_clear(struct oq_guard *guard);

/* In order of age; NULL: the end. */
struct oq_flow *oq_shadow_first(struct oq_guard *guard);
struct oq_flow *oq_shadow_next(struct oq_flow *f);

static inline void oq_flow_set_attr(const void **data, size_t *len,
				    const struct nlattr *attr)
{
	*data = attr ? nla_data(attr) : NULL;
	*len = attr ? nla_len(attr) : 0;
}

/* What lib/gate takes; @mask may be NULL. */
static inline struct gate_flow oq_gate_flow(const struct nlattr *key,
					    const struct nlattr *mask,
					    const struct nlattr *actions)
{
	struct gate_flow flow = { .has_mask = mask };

	oq_flow_set_attr(&flow.key, &flow.key_len, key);
	oq_flow_set_attr(&flow.mask, &flow.mask_len, mask);
	oq_flow_set_attr(&flow.actions, &flow.actions_len, actions);
	return flow;
}

#endif
