// SPDX-License-Identifier: GPL-2.0
#include "node_trace.h"

#include <string.h>

#include "../core/ctl_wire.h"
#include "../../../lib/wire/bytes.h"
#include "../../../lib/wire/update.h"

/* What takes longer was lost, or refused: it is followed no further. */
#define LOST_NS 2000000000ull

enum { BUNDLE_EPOCH = 24, BUNDLE_COUNTER = 32, BUNDLE_COUNT = 52,
       ACK_SEQUENCE = 32 };

void node_trace_init(struct node_trace *t)
{
	*t = (struct node_trace){ .stage = NODE_STAGES };
}

static void next(struct node_trace *t, enum node_stage stage)
{
	uint64_t now_ns = uv_hrtime();
	struct node_time *time = &t->time[t->stage];

	time->sum_ns += now_ns - t->since_ns;
	time->nr++;
	t->since_ns = now_ns;
	t->stage = stage;
}

static void begin(struct node_trace *t, uint32_t sw, const uint8_t *bundle)
{
	uint64_t now_ns = uv_hrtime();

	if (t->stage != NODE_STAGES && now_ns - t->since_ns < LOST_NS)
		return;
	t->stage = NODE_AGREEMENT;
	t->sw = sw;
	t->epoch = wire_get64(bundle + BUNDLE_EPOCH);
	t->counter = wire_get64(bundle + BUNDLE_COUNTER);
	t->sequence = 0;
	t->since_ns = now_ns;
}

void node_trace_in(struct node_trace *t, uint32_t sw, const uint8_t *bytes,
		   size_t len)
{
	enum ctl_type type = ctl_type_of(bytes, len);

	if (type == CTL_BUNDLE && len > CTL_BUNDLE_LEN &&
	    wire_get32(bytes + BUNDLE_COUNT))
		begin(t, sw, bytes);
	else if (type == CTL_ACK && len > CTL_ACK_LEN &&
		 t->stage == NODE_ACKNOWLEDGEMENT && t->sw == sw &&
		 wire_get64(bytes + ACK_SEQUENCE) >= t->sequence)
		next(t, NODE_STAGES);
}

void node_trace_executed(struct node_trace *t, uint32_t sw,
			 const struct ctl_bundle *bundle)
{
	if (t->stage == NODE_PROCESSING && !t->sequence)
		t->stage = NODE_STAGES;	/* that bundle led to no update */
	if (t->stage == NODE_AGREEMENT && t->sw == sw &&
	    t->epoch == bundle->epoch && t->counter == bundle->counter)
		next(t, NODE_PROCESSING);
}

void node_trace_updated(struct node_trace *t, uint32_t sw, uint64_t sequence)
{
	if (t->stage != NODE_PROCESSING || t->sequence)
		return;
	t->sw = sw;
	t->sequence = sequence;
}

void node_trace_out(struct node_trace *t, uint32_t sw, uint64_t domain,
		    const uint8_t *bytes, size_t len)
{
	struct update_sealed sealed;
	struct update_body body;
	struct ctl_to_switch m;

	if (t->stage != NODE_PROCESSING || t->sw != sw || !t->sequence ||
	    ctl_type_of(bytes, len) != CTL_UPDATE ||
	    ctl_to_switch_decode(&m, domain, bytes, len) ||
	    update_sealed_decode(&sealed, m.sealed, m.sealed_len) ||
	    update_body_decode(&body, sealed.body, sealed.body_len) ||
	    body.sequence != t->sequence)
		return;
	next(t, NODE_ACKNOWLEDGEMENT);
}
