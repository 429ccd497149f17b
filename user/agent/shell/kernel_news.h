/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ovs_quorum.ko tells everybody: updates applied, rejected or expired, and
 * violations.  Each becomes a line for the operator.
 */
#ifndef AGENT_KERNEL_NEWS_H
#define AGENT_KERNEL_NEWS_H

#include <stdbool.h>

#include "verifier.h"

struct kernel_news;

struct kernel_news_config {
	uv_loop_t *loop;
	uint64_t dpid;
	void *ctx;
	/* An update of this switch was applied or rejected, perhaps by us; @lost: or several */
	void (*update)(void *ctx, bool lost);
	void (*say)(void *ctx, int level, const char *words);
};

struct kernel_news *kernel_news_create(const struct kernel_news_config *config);
/* Joins the groups of the module that is loaded now.  false: not possible */
bool kernel_news_listen(struct kernel_news *n);
void kernel_news_close(struct kernel_news *n);

struct nlmsghdr;

/* An answer to UPDATE_SUBMIT, or a notice; false: malformed */
struct kernel_result {
	uint64_t dpid, sequence;
	uint32_t phase;
	unsigned int state, have, need, revoked;
	const char *reason;
};

bool kernel_result(struct kernel_result *r, struct nlmsghdr *nlh);

#endif
