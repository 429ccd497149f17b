// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that takes bytes: what is accepted has one encoding, its own; and
 * a controller with some past takes anything from a switch, and as a saved state.
 */
#include "../fuzz.h"
#include "rig.h"

static uint8_t again[1 << 20];

static void codecs(const uint8_t *data, size_t size)
{
	static struct ctl_bundle_event event[CTL_EVENTS_MAX];
	struct ctl_output_item item;
	struct ctl_request request;
	struct ctl_to_switch to;
	struct ctl_bundle bundle;
	struct ctl_ack ack;
	size_t at = 0, used;
	uint32_t nr = 0;

	if (!ctl_bundle_decode(&bundle, RIG_DOMAIN, data, size)) {
		while (ctl_bundle_event(&bundle, &at, &event[nr]))
			nr++;
		FUZZ_DEMAND(nr == bundle.count);
		used = ctl_bundle_encode(again, sizeof(again), RIG_DOMAIN,
					 &bundle, event);
		FUZZ_DEMAND(used + AGREE_SIG_LEN == size &&
		       !memcmp(again, data, used));
	}
	if (!ctl_ack_decode(&ack, RIG_DOMAIN, data, size)) {
		used = ctl_ack_encode(again, sizeof(again), RIG_DOMAIN, &ack);
		FUZZ_DEMAND(used + AGREE_SIG_LEN == size &&
		       !memcmp(again, data, used));
	}
	if (!ctl_request_decode(&request, RIG_DOMAIN, data, size)) {
		used = ctl_request_encode(again, sizeof(again), RIG_DOMAIN,
					  &request);
		FUZZ_DEMAND(used + AGREE_SIG_LEN == size &&
		       !memcmp(again, data, used));
		for (at = 0; request.list && ctl_output_item(request.list,
				request.list_len, &at, &item); nr++)
			FUZZ_DEMAND(item.update.len <= APP_UPDATE_MAX);
	}
	ctl_to_switch_decode(&to, RIG_DOMAIN, data, size);
}

/* A controller in the middle of things; made once, its state loaded for each input */
static struct rig rig;
static uint8_t *state;
static size_t state_len;

static void begin(void)
{
	static const struct rig_put put[3] = {
		{ 3, 1, 0, 0 }, { 2, 1, 1, 0 }, { 1, 1, 2, 0 },
	};
	uint32_t i;

	rig_config(&rig, CTL_CONSISTENT, 4);
	rig_start(&rig);
	for (i = 0; i < 4; i++)
		rig_bundle(&rig, i, put, 3);
	state = rig_save(&rig, &state_len);
}

/* The first byte says how; signatures are made good half of the time. */
static void steps(const uint8_t *data, size_t size)
{
	uint8_t how = data[0], *bytes = malloc(size);
	uint32_t sw = how & 3;

	if (!bytes)
		abort();
	data++;
	size--;
	if (size)
		memcpy(bytes, data, size);
	if (how & 4 && size >= AGREE_SIG_LEN)
		rig_sign_switch(sw, bytes, size - AGREE_SIG_LEN,
				bytes + size - AGREE_SIG_LEN);
	FUZZ_DEMAND(ctl_state_load(rig.ctl, state, state_len));
	rig_switch(&rig, sw, bytes, size);
	rig_tick(&rig, 100);
	if (ctl_state_load(rig.ctl, bytes, size)) {
		rig_tick(&rig, 100);
		FUZZ_DEMAND(ctl_state_save(rig.ctl, again, sizeof(again)) == size);
		FUZZ_DEMAND(!memcmp(again, bytes, size));
	}
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!state)
		begin();
	codecs(data, size);
	if (size)
		steps(data, size);
	return 0;
}
