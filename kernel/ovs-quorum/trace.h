/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ovs_quorum

#if !defined(OQ_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define OQ_TRACE_H

#include <linux/tracepoint.h>

#include "compat.h"
#include "quorum_switch.h"

/* verdict: enum oq_verdict; err: enum gate_err */
TRACE_EVENT(ovs_quorum_flow,
	TP_PROTO(u64 dpid, u8 cmd, u8 verdict, const char *reason),
	TP_ARGS(dpid, cmd, verdict, reason),
	TP_STRUCT__entry(
		__field(u64, dpid)
		__field(u8, cmd)
		__field(u8, verdict)
		__string(reason, reason)
	),
	TP_fast_assign(
		__entry->dpid = dpid;
		__entry->cmd = cmd;
		__entry->verdict = verdict;
		oq_assign_str(reason, reason);
	),
	TP_printk("dpid=%016llx cmd=%s verdict=%s reason=%s", __entry->dpid,
		  __print_symbolic(__entry->cmd,
				   { OVS_QUORUM_VIOLATION_FLOW_NEW, "new" },
				   { OVS_QUORUM_VIOLATION_FLOW_SET, "set" }),
		  __print_symbolic(__entry->verdict, { 0, "pass" },
				   { 1, "count" }, { 2, "refuse" }),
		  __get_str(reason))
);

TRACE_EVENT(ovs_quorum_execute,
	TP_PROTO(u64 dpid, u8 verdict, const char *reason),
	TP_ARGS(dpid, verdict, reason),
	TP_STRUCT__entry(
		__field(u64, dpid)
		__field(u8, verdict)
		__string(reason, reason)
	),
	TP_fast_assign(
		__entry->dpid = dpid;
		__entry->verdict = verdict;
		oq_assign_str(reason, reason);
	),
	TP_printk("dpid=%016llx verdict=%s reason=%s", __entry->dpid,
		  __print_symbolic(__entry->verdict, { 0, "pass" },
				   { 1, "count" }, { 2, "refuse" }),
		  __get_str(reason))
);

/* err: enum gate_err, why the flow does not follow any more */
TRACE_EVENT(ovs_quorum_revoke,
	TP_PROTO(u64 dpid, const u8 *ufid, int err),
	TP_ARGS(dpid, ufid, err),
	TP_STRUCT__entry(
		__field(u64, dpid)
		__array(u8, ufid, 16)
		__string(reason, gate_err_text(err))
	),
	TP_fast_assign(
		__entry->dpid = dpid;
		memcpy(__entry->ufid, ufid, sizeof(__entry->ufid));
		oq_assign_str(reason, gate_err_text(err));
	),
	TP_printk("dpid=%016llx ufid=%s reason=%s", __entry->dpid,
		  __print_hex_str(__entry->ufid, 16), __get_str(reason))
);

/* state: enum ovs_quorum_update_state */
TRACE_EVENT(ovs_quorum_update,
	TP_PROTO(u64 dpid, u32 phase, u64 sequence, u8 state),
	TP_ARGS(dpid, phase, sequence, state),
	TP_STRUCT__entry(
		__field(u64, dpid)
		__field(u64, sequence)
		__field(u32, phase)
		__field(u8, state)
	),
	TP_fast_assign(
		__entry->dpid = dpid;
		__entry->sequence = sequence;
		__entry->phase = phase;
		__entry->state = state;
	),
	TP_printk("dpid=%016llx phase=%u sequence=%llu state=%s", __entry->dpid,
		  __entry->phase, __entry->sequence,
		  __print_symbolic(__entry->state,
				   { OVS_QUORUM_UPDATE_PENDING, "pending" },
				   { OVS_QUORUM_UPDATE_APPLIED, "applied" },
				   { OVS_QUORUM_UPDATE_REJECTED, "rejected" },
				   { OVS_QUORUM_UPDATE_EXPIRED, "expired" }))
);

/* alg: enum ovs_quorum_alg; of n signatures that were verified, valid ones */
TRACE_EVENT(ovs_quorum_verify,
	TP_PROTO(u8 alg, unsigned int n, unsigned int valid),
	TP_ARGS(alg, n, valid),
	TP_STRUCT__entry(
		__field(unsigned int, n)
		__field(unsigned int, valid)
		__field(u8, alg)
	),
	TP_fast_assign(
		__entry->n = n;
		__entry->valid = valid;
		__entry->alg = alg;
	),
	TP_printk("alg=%s n=%u valid=%u",
		  __print_symbolic(__entry->alg,
				   { OVS_QUORUM_ALG_RSA, "rsa" },
				   { OVS_QUORUM_ALG_ECDSA_P256, "ecdsa-p256" },
				   { OVS_QUORUM_ALG_BLS, "bls" }),
		  __entry->n, __entry->valid)
);

#endif /* OQ_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
