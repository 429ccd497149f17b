/* SPDX-License-Identifier: GPL-2.0 */
/* What a policy says of a frame that no table will look at, because a packet-out takes it to a port. */
#ifndef CTL_APP_POLICY_MATCH_H
#define CTL_APP_POLICY_MATCH_H

#include "app.h"

/*
 * Would the rules at this switch let the frame in?  Never true where they would not.  It may
 * be false for a frame that is too odd to be sure: two tags, IPv6 options, fragments.
 */
bool app_policy_allows(const struct app_config *config, uint32_t sw,
		       const uint8_t *frame, size_t len);

/* Does the rule hold at this switch? */
bool app_policy_at(const struct app_policy_rule *rule, uint32_t sw);

#endif
