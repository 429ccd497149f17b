// SPDX-License-Identifier: GPL-2.0
#include "quorum_wait.h"

#include <uv.h>

#include "../../controller/core/ctl_wire.h"
#include "../../../lib/wire/update.h"

/* What takes longer is not followed to its end. */
#define LOST_NS 2000000000ull

void quorum_wait_begin(struct quorum_wait *w, uint64_t domain,
		       const uint8_t *bytes, size_t len)
{
	struct update_sealed sealed;
	struct update_body body;
	struct ctl_to_switch m;

	if (w->sequence && uv_hrtime() - w->since_ns < LOST_NS)
		return;
	if (ctl_type_of(bytes, len) != CTL_UPDATE ||
	    ctl_to_switch_decode(&m, domain, bytes, len) ||
	    update_sealed_decode(&sealed, m.sealed, m.sealed_len) ||
	    update_body_decode(&body, sealed.body, sealed.body_len) ||
	    body.sequence <= w->done)
		return;
	w->sequence = body.sequence;
	w->since_ns = uv_hrtime();
}

void quorum_wait_end(struct quorum_wait *w, uint64_t sequence)
{
	if (w->done < sequence)
		w->done = sequence;
	if (w->sequence != sequence)
		return;
	w->sequence = 0;
	w->sum_ns += uv_hrtime() - w->since_ns;
	w->nr++;
}
