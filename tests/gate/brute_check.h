/* SPDX-License-Identifier: GPL-2.0 */
/* Verdicts of lib/gate, and whether packets agree with them. */
#ifndef BRUTE_CHECK_H
#define BRUTE_CHECK_H

#include "gen.h"

struct brute_check {
	struct gen *g;
	const struct brute_rules *rules;
	struct gate_pipeline pipeline;
	struct gate_view view;
	struct gate_scratch *scratch;
	struct brute_outs want, got;	/* of the last comparison */
	struct brute_pkt witness;
	enum gate_err err;		/* of the last check */
	struct gate_result result;
	unsigned long samples;		/* packets compared */
};

/* Puts rules into a pipeline; on an error @words says at which. */
bool brute_load(struct brute_check *c, const struct brute_rules *r,
		struct gen *g, char *words, size_t room);
void brute_unload(struct brute_check *c);

/*
 * Asks lib/gate about a flow.  If it says yes, runs up to @samples of the flow's
 * packets; false: one of them, c->witness, shows that it should have said no.
 */
bool brute_check_flow(struct brute_check *c, const struct brute_message *m,
		      unsigned int samples);

/*
 * The same for a packet with actions; @guess: rules may have made it of another
 * packet, so nothing is claimed where the outputs differ: set on return if so.
 */
bool brute_check_packet(struct brute_check *c, const struct brute_pkt *p,
			const uint8_t *bytes, size_t len,
			const struct brute_attrs *actions, bool *guess);
bool brute_check_packet_out(struct brute_check *c,
			    const struct of_packet_out *po,
			    const struct brute_pkt *p, const uint8_t *bytes,
			    size_t len, const struct brute_attrs *actions);

#endif
