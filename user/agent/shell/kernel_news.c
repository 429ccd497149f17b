// SPDX-License-Identifier: GPL-2.0
#include "kernel_news.h"

#include <inttypes.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "genl.h"

enum { SOCKET_BYTES = 1 << 20, WORDS_LEN = 320 };

struct kernel_news {
	struct kernel_news_config config;
	struct nl_sock *sock;		/* NULL: not listening */
	uv_poll_t *poll;		/* freed by the loop */
};

bool kernel_result(struct kernel_result *r, struct nlmsghdr *nlh)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_RESULT_A_MAX + 1];

	if (!genl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !genl_nest(a, OVS_QUORUM_RESULT_A_MAX, top[OVS_QUORUM_A_RESULT]) ||
	    !a[OVS_QUORUM_RESULT_A_STATE])
		return false;
	*r = (struct kernel_result){
		.dpid = genl_number(a[OVS_QUORUM_RESULT_A_DPID]),
		.phase = (uint32_t)genl_number(a[OVS_QUORUM_RESULT_A_PHASE]),
		.sequence = genl_number(a[OVS_QUORUM_RESULT_A_SEQUENCE]),
		.state = (unsigned int)genl_number(a[OVS_QUORUM_RESULT_A_STATE]),
		.have = (unsigned int)genl_number(a[OVS_QUORUM_RESULT_A_HAVE]),
		.need = (unsigned int)genl_number(a[OVS_QUORUM_RESULT_A_NEED]),
		.revoked = (unsigned int)genl_number(a[OVS_QUORUM_RESULT_A_REVOKED]),
		.reason = genl_string(a[OVS_QUORUM_RESULT_A_REASON]),
	};
	return true;
}

static void on_update(struct kernel_news *n, struct nlmsghdr *nlh)
{
	struct kernel_result r;
	char words[WORDS_LEN];

	if (!kernel_result(&r, nlh) || r.dpid != n->config.dpid)
		return;
	if (r.state == OVS_QUORUM_UPDATE_EXPIRED) {
		snprintf(words, sizeof(words),
			 "an update expired: %s phase=%" PRIu32 " sequence=%" PRIu64 " signers=%u",
			 r.reason, r.phase, r.sequence, r.have);
		n->config.say(n->config.ctx, LOG_WARNING, words);
	} else {
		n->config.update(n->config.ctx, false);
	}
}

static const char *kind_name(uint64_t kind)
{
	switch (kind) {
	case OVS_QUORUM_VIOLATION_FLOW_NEW:
		return "flow_new";
	case OVS_QUORUM_VIOLATION_FLOW_SET:
		return "flow_set";
	case OVS_QUORUM_VIOLATION_EXECUTE:
		return "execute";
	default:
		return "datapath";
	}
}

static void on_violation(struct kernel_news *n, struct nlmsghdr *nlh)
{
	struct nlattr *top[OVS_QUORUM_A_MAX + 1];
	struct nlattr *a[OVS_QUORUM_VIOLATION_A_MAX + 1];
	char words[WORDS_LEN];

	if (!genl_attrs(top, OVS_QUORUM_A_MAX, nlh) ||
	    !genl_nest(a, OVS_QUORUM_VIOLATION_A_MAX,
		       top[OVS_QUORUM_A_VIOLATION]) ||
	    (a[OVS_QUORUM_VIOLATION_A_DPID] &&
	     genl_number(a[OVS_QUORUM_VIOLATION_A_DPID]) != n->config.dpid))
		return;
	snprintf(words, sizeof(words),
		 "the gate %s: %.120s kind=%s comm=\"%.16s\" missed=%" PRIu64,
		 genl_number(a[OVS_QUORUM_VIOLATION_A_REFUSED]) ?
		 "refused" : "would refuse",
		 genl_string(a[OVS_QUORUM_VIOLATION_A_REASON]),
		 kind_name(genl_number(a[OVS_QUORUM_VIOLATION_A_KIND])),
		 genl_string(a[OVS_QUORUM_VIOLATION_A_COMM]),
		 genl_number(a[OVS_QUORUM_VIOLATION_A_MISSED]));
	n->config.say(n->config.ctx, LOG_WARNING, words);
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct genlmsghdr *g = nlmsg_data(nlh);

	if (!genlmsg_valid_hdr(nlh, 0))
		return NL_OK;
	if (g->cmd == OVS_QUORUM_CMD_UPDATE_NTF)
		on_update(arg, nlh);
	else if (g->cmd == OVS_QUORUM_CMD_VIOLATION_NTF)
		on_violation(arg, nlh);
	return NL_OK;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct kernel_news *n = poll->data;
	int err;

	(void)events;
	err = status < 0 ? 0 : nl_recvmsgs_default(n->sock);
	if (err == -NLE_NOMEM) {	/* ENOBUFS: the socket was full */
		n->config.say(n->config.ctx, LOG_WARNING,
			      "notices of the kernel were lost");
		n->config.update(n->config.ctx, true);
	}
}

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void stop(struct kernel_news *n)
{
	if (n->poll)
		uv_close((uv_handle_t *)n->poll, on_poll_closed);
	n->poll = NULL;
	/* The loop looks at the descriptor no more. */
	nl_socket_free(n->sock);
	n->sock = NULL;
}

static bool join(struct kernel_news *n, const char *name)
{
	int group = genl_ctrl_resolve_grp(n->sock, OVS_QUORUM_GENL_NAME, name);

	return group >= 0 && !nl_socket_add_membership(n->sock, group);
}

static bool begin(struct kernel_news *n)
{
	n->sock = nl_socket_alloc();
	if (!n->sock || nl_connect(n->sock, NETLINK_GENERIC))
		return false;
	nl_socket_set_buffer_size(n->sock, SOCKET_BYTES, 0);
	if (!join(n, OVS_QUORUM_MCGRP_UPDATES) ||
	    !join(n, OVS_QUORUM_MCGRP_VIOLATIONS))
		return false;
	nl_socket_disable_seq_check(n->sock);
	nl_socket_modify_cb(n->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, n);
	nl_socket_set_nonblocking(n->sock);
	n->poll = calloc(1, sizeof(*n->poll));
	if (!n->poll || uv_poll_init(n->config.loop, n->poll,
				     nl_socket_get_fd(n->sock))) {
		free(n->poll);
		n->poll = NULL;
		return false;
	}
	n->poll->data = n;
	return !uv_poll_start(n->poll, UV_READABLE, on_readable);
}

bool kernel_news_listen(struct kernel_news *n)
{
	stop(n);
	if (begin(n))
		return true;
	stop(n);
	return false;
}

struct kernel_news *kernel_news_create(const struct kernel_news_config *config)
{
	struct kernel_news *n = calloc(1, sizeof(*n));

	if (n)
		n->config = *config;
	return n;
}

void kernel_news_close(struct kernel_news *n)
{
	if (!n)
		return;
	stop(n);
	free(n);
}
