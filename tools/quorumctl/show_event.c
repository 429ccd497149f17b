// SPDX-License-Identifier: GPL-2.0
/* Results of updates and violations, as the kernel tells them. */
#include <inttypes.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include "nl.h"
#include "output.h"
#include "show.h"

bool result_parse(struct result *r, struct nlmsghdr *nlh)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_RESULT_A_MAX + 1];
	struct nlattr *digest;

	memset(r, 0, sizeof(*r));
	if (!nl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !nl_nest(a, OVS_QUORUM_RESULT_A_MAX, top[OVS_QUORUM_A_RESULT]))
		return false;
	r->dpid = nl_number(a[OVS_QUORUM_RESULT_A_DPID]);
	r->phase = nl_number(a[OVS_QUORUM_RESULT_A_PHASE]);
	r->sequence = nl_number(a[OVS_QUORUM_RESULT_A_SEQUENCE]);
	r->state = nl_number(a[OVS_QUORUM_RESULT_A_STATE]);
	r->have = nl_number(a[OVS_QUORUM_RESULT_A_HAVE]);
	r->need = nl_number(a[OVS_QUORUM_RESULT_A_NEED]);
	r->revoked = nl_number(a[OVS_QUORUM_RESULT_A_REVOKED]);
	r->reason = nl_string(a[OVS_QUORUM_RESULT_A_REASON]);
	digest = a[OVS_QUORUM_RESULT_A_DIGEST];
	if (digest && nla_len(digest) == sizeof(r->digest))
		memcpy(r->digest, nla_data(digest), sizeof(r->digest));
	return a[OVS_QUORUM_RESULT_A_STATE];
}

const char *result_state(const struct result *r)
{
	switch (r->state) {
	case OVS_QUORUM_UPDATE_PENDING:
		return "pending";
	case OVS_QUORUM_UPDATE_APPLIED:
		return "applied";
	case OVS_QUORUM_UPDATE_REJECTED:
		return "rejected";
	case OVS_QUORUM_UPDATE_EXPIRED:
		return "expired";
	default:
		return "?";
	}
}

const char *result_text(const struct result *r)
{
	static char text[512];

	switch (r->state) {
	case OVS_QUORUM_UPDATE_APPLIED:
		snprintf(text, sizeof(text), "applied, %" PRIu32 " flows revoked",
			 r->revoked);
		break;
	case OVS_QUORUM_UPDATE_REJECTED:
		snprintf(text, sizeof(text), "rejected: %s", r->reason);
		break;
	default:
		snprintf(text, sizeof(text), "%s %u/%u", result_state(r),
			 r->have, r->need);
	}
	return text;
}

json_object *result_json(const struct result *r)
{
	json_object *o = json_object_new_object();

	json_text(o, "state", result_state(r));
	json_text(o, "dpid", dpid_text(r->dpid));
	json_number(o, "phase", r->phase);
	json_number(o, "sequence", r->sequence);
	json_bytes(o, "digest", r->digest, sizeof(r->digest));
	json_number(o, "have", r->have);
	json_number(o, "need", r->need);
	json_number(o, "revoked", r->revoked);
	if (r->reason[0])
		json_text(o, "reason", r->reason);
	return o;
}

static const char *show_update(struct nlmsghdr *nlh)
{
	struct result r;
	json_object *o;

	if (!result_parse(&r, nlh))
		return NULL;
	o = result_json(&r);
	json_text(o, "event", result_state(&r));
	output(o, "%s phase %" PRIu32 " sequence %" PRIu64 " %s",
	       dpid_text(r.dpid), r.phase, r.sequence, result_text(&r));
	return result_state(&r);
}

static const char *kind_name(unsigned int kind)
{
	switch (kind) {
	case OVS_QUORUM_VIOLATION_FLOW_NEW:
		return "flow_new";
	case OVS_QUORUM_VIOLATION_FLOW_SET:
		return "flow_set";
	case OVS_QUORUM_VIOLATION_EXECUTE:
		return "execute";
	case OVS_QUORUM_VIOLATION_DATAPATH:
		return "datapath";
	default:
		return "?";
	}
}

static const char *show_violation(struct nlmsghdr *nlh)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_VIOLATION_A_MAX + 1];
	json_object *o;
	bool refused;

	if (!nl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !nl_nest(a, OVS_QUORUM_VIOLATION_A_MAX,
		     top[OVS_QUORUM_A_VIOLATION]))
		return NULL;
#define A(name) a[OVS_QUORUM_VIOLATION_A_##name]
	refused = nl_number(A(REFUSED));
	o = json_object_new_object();
	json_text(o, "event", "violation");
	if (A(DPID))
		json_text(o, "dpid", dpid_text(nl_number(A(DPID))));
	json_text(o, "kind", kind_name(nl_number(A(KIND))));
	json_text(o, "reason", nl_string(A(REASON)));
	json_flag(o, "refused", refused);
	json_text(o, "comm", nl_string(A(COMM)));
	json_number(o, "portid", nl_number(A(PORTID)));
	if (A(TABLE))
		json_number(o, "table", nl_number(A(TABLE)));
	if (A(UFID))
		json_bytes(o, "ufid", nla_data(A(UFID)), nla_len(A(UFID)));
	json_number(o, "missed", nl_number(A(MISSED)));
	output(o, "%s violation %s %s: %s (by %s, port id %" PRIu64 ")",
	       A(DPID) ? dpid_text(nl_number(A(DPID))) : "-",
	       kind_name(nl_number(A(KIND))), refused ? "refused" : "counted",
	       nl_string(A(REASON)), nl_string(A(COMM)), nl_number(A(PORTID)));
#undef A
	return "violation";
}

const char *show_event(struct nlmsghdr *nlh)
{
	const struct genlmsghdr *g = nlmsg_data(nlh);

	switch (g->cmd) {
	case OVS_QUORUM_CMD_UPDATE_NTF:
		return show_update(nlh);
	case OVS_QUORUM_CMD_VIOLATION_NTF:
		return show_violation(nlh);
	default:
		return NULL;
	}
}
