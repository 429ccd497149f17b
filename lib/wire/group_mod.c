// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * GROUP_MOD: OpenFlow 1.3.5 A.3.4.2.
 *
 *	8 command 2 | 10 type 1 | 11 pad 1 | 12 group 4 | 16 buckets
 *
 * A bucket: 0 len 2 | 2 weight 2 | 4 watch_port 4 | 8 watch_group 4 | 12 pad 4
 * | 16 actions
 */
#include "parts.h"

static enum wire_err of_bucket_decode(struct of_group_mod *gm,
				      const uint8_t *in, size_t len)
{
	/* For select and fast failover; Open vSwitch refuses them elsewhere. */
	if (wire_get16(in + 2))
		return WIRE_EVALUE;
	if (wire_get32(in + 4) != OF_PORT_ANY)
		return WIRE_EPORT;
	if (wire_get32(in + 8) != OF_GROUP_ANY)
		return WIRE_EGROUP;
	if (!wire_zero(in + 12, 4))
		return WIRE_EPAD;
	return of_actions_decode(gm->action, &gm->action_nr,
				 in + OF_BUCKET_LEN, len - OF_BUCKET_LEN);
}

enum wire_err of_group_mod_decode(struct of_group_mod *gm, const uint8_t *in,
				  size_t len)
{
	unsigned int command;
	enum wire_err err;
	size_t n;

	if (len < OF_GROUP_MOD_LEN)
		return WIRE_ESHORT;
	command = wire_get16(in + 8);
	if (command > OF_GROUP_DELETE)
		return WIRE_ECOMMAND;
	gm->command = command;
	gm->type = in[10];
	if (in[11])
		return WIRE_EPAD;
	gm->group = wire_get32(in + 12);
	in += OF_GROUP_MOD_LEN;
	len -= OF_GROUP_MOD_LEN;
	for (; len; in += n, len -= n) {
		if (len < OF_BUCKET_LEN)
			return WIRE_ESHORT;
		n = wire_get16(in);
		if (n < OF_BUCKET_LEN || n % 8)
			return WIRE_ELENGTH;
		if (n > len)
			return WIRE_ESHORT;
		if (gm->bucket_nr >= OF_BUCKETS_MAX)
			return WIRE_ECOUNT;
		err = of_bucket_decode(gm, in, n);
		if (err)
			return err;
		gm->bucket_end[gm->bucket_nr++] = gm->action_nr;
	}
	err = of_group_mod_check(gm);
	/* Not looked at by a deletion, where Open vSwitch writes ALL */
	if (gm->command == OF_GROUP_DELETE)
		gm->type = OF_GROUP_TYPE_ALL;
	return err;
}

enum wire_err of_group_mod_check(const struct of_group_mod *gm)
{
	unsigned int i, start = 0;
	enum wire_err err;

	if (gm->command > OF_GROUP_DELETE)
		return WIRE_ECOMMAND;
	if (gm->type != OF_GROUP_TYPE_ALL && gm->type != OF_GROUP_TYPE_INDIRECT)
		return WIRE_EGROUP;
	if (gm->bucket_nr > OF_BUCKETS_MAX || gm->action_nr > OF_ACTIONS_MAX)
		return WIRE_ECOUNT;
	if (gm->command == OF_GROUP_DELETE) {
		if (gm->group > OF_GROUP_MAX && gm->group != OF_GROUP_ALL)
			return WIRE_EGROUP;
		return gm->bucket_nr || gm->action_nr ? WIRE_ECOUNT : WIRE_OK;
	}
	if (gm->group > OF_GROUP_MAX)
		return WIRE_EGROUP;
	if (gm->type == OF_GROUP_TYPE_INDIRECT && gm->bucket_nr != 1)
		return WIRE_ECOUNT;
	/* A bucket is an action set (6.5), of packets that nothing is known of. */
	for (i = 0; i < gm->bucket_nr; i++) {
		struct of_place place = { .set = true };

		if (gm->bucket_end[i] < start ||
		    gm->bucket_end[i] > gm->action_nr)
			return WIRE_EORDER;
		err = of_actions_check(gm->action + start,
				       gm->bucket_end[i] - start, &place);
		if (err)
			return err;
		start = gm->bucket_end[i];
	}
	return start == gm->action_nr ? WIRE_OK : WIRE_ECOUNT;
}
