// SPDX-License-Identifier: GPL-2.0
/* What comes from controllers: a message of docs/controller.md at a time. */
#include "agent_state.h"

enum agent_err link_message(struct agent *a, unsigned int from,
			    const uint8_t *bytes, size_t len)
{
	struct ctl_to_switch m;

	if (len > AGENT_MESSAGE_MAX)
		return AGENT_EFORMAT;
	switch (ctl_to_switch_decode(&m, a->config.domain, bytes, len)) {
	case AGREE_OK:
		break;
	case AGREE_EDOMAIN:
		return AGENT_EDOMAIN;
	default:
		return AGENT_EFORMAT;
	}
	switch (m.type) {
	case CTL_UPDATE:
		return update_take(a, from, m.sealed, m.sealed_len);
	case CTL_BUNDLE_DONE:
		return bundle_done(a, from, &m);
	case CTL_ACK_SEEN:
		return ack_seen(a, from, &m);
	case CTL_ASK:
		return ask_take(a, from, m.request, m.request_len);
	default:
		return AGENT_ETYPE;
	}
}

void link_up(struct agent *a, unsigned int from)
{
	a->peer[from].linked = true;
	bundle_link(a, from);
	ack_link(a, from);
}

void link_down(struct agent *a, unsigned int from)
{
	a->peer[from].linked = false;
}
