// SPDX-License-Identifier: GPL-2.0
#include "genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
	SOCKET_BYTES = 1 << 20,
	MESSAGE_BYTES = 1 << 16,
	ANSWER_S = 10,			/* the kernel answers at once; this is for a broken one */
	ATTRS_ROOM = 128,		/* headers, and the datapath id */
};

/* libnl 3.7 reads these, but does not give them out. */
static void words_take(struct genl *g, const void *attrs, int len)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	if (len < 0 || nla_parse(tb, NLMSGERR_ATTR_MAX, (struct nlattr *)attrs,
				 len, NULL))
		return;
	snprintf(g->said, sizeof(g->said), "%s",
		 genl_string(tb[NLMSGERR_ATTR_MSG]));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)err - 1;
	size_t used = sizeof(*err);
	struct genl *g = arg;

	(void)from;
	g->error = err->error;
	g->done = true;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
		    err->msg.nlmsg_len > sizeof(err->msg))
			used += NLMSG_ALIGN(err->msg.nlmsg_len) -
				sizeof(err->msg);
		words_take(g, (const uint8_t *)err + used,
			   (int)(nlh->nlmsg_len - NLMSG_HDRLEN - used));
	}
	return NL_STOP;
}

/* The end of a dump carries an error number, and words behind it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct genl *g = arg;
	int error = 0;

	g->done = true;
	if (nlmsg_datalen(nlh) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(nlh), sizeof(error));
	if (error < 0) {
		g->error = error;
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			words_take(g, (uint8_t *)nlmsg_data(nlh) + sizeof(error),
				   nlmsg_datalen(nlh) - (int)sizeof(error));
	}
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct genl *g = arg;

	(void)msg;
	g->done = true;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct genl *g = arg;

	if (g->answer)
		g->answer(nlmsg_hdr(msg), g->arg);
	return NL_OK;
}

bool genl_open(struct genl *g, struct words *why)
{
	struct timeval limit = { .tv_sec = ANSWER_S };
	int one = 1, fd;

	memset(g, 0, sizeof(*g));
	g->sock = nl_socket_alloc();
	g->cb = nl_cb_alloc(NL_CB_CUSTOM);
	if (!g->sock || !g->cb || nl_connect(g->sock, NETLINK_GENERIC)) {
		genl_close(g);
		return words_set(why, "cannot open a netlink socket");
	}
	nl_socket_disable_auto_ack(g->sock);
	nl_socket_set_buffer_size(g->sock, SOCKET_BYTES, SOCKET_BYTES);
	nl_socket_set_msg_buf_size(g->sock, MESSAGE_BYTES);
	fd = nl_socket_get_fd(g->sock);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	nl_cb_set(g->cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, g);
	nl_cb_set(g->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, g);
	nl_cb_set(g->cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, g);
	nl_cb_err(g->cb, NL_CB_CUSTOM, on_error, g);
	return true;
}

void genl_close(struct genl *g)
{
	nl_cb_put(g->cb);
	nl_socket_free(g->sock);
	g->cb = NULL;
	g->sock = NULL;
}

bool genl_family(struct genl *g)
{
	int family;

	if (g->family)
		return true;
	if (!g->sock)
		return false;
	family = genl_ctrl_resolve(g->sock, OVS_QUORUM_GENL_NAME);
	if (family < 0)
		return false;
	g->family = family;
	return true;
}

struct nl_msg *genl_request(struct genl *g, int cmd, int flags, uint64_t dpid,
			    size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(room + ATTRS_ROOM);

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0, flags,
			(uint8_t)cmd, OVS_QUORUM_GENL_VERSION) &&
	    !nla_put_u64(msg, OVS_QUORUM_A_DPID, dpid))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* An answer may still come, to a question that nobody asks any more. */
static void broken(struct genl *g)
{
	struct words why;

	genl_close(g);
	genl_open(g, &why);
	g->error = -EIO;
}

/*
 * Everything but dumps asks for an acknowledgement, which comes after the answer: so
 * one loop until an end mark serves all.
 */
int genl_run(struct genl *g, struct nl_msg *msg,
	     void (*answer)(struct nlmsghdr *nlh, void *arg), void *arg)
{
	struct nlmsghdr *nlh;
	int err;

	g->error = 0;
	g->said[0] = '\0';
	if (!msg) {
		g->error = -ENOMEM;
		return g->error;
	}
	nlh = nlmsg_hdr(msg);
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	g->done = false;
	g->answer = answer;
	g->arg = arg;
	err = nl_send_auto(g->sock, msg);
	while (err >= 0 && !g->done)
		err = nl_recvmsgs(g->sock, g->cb);
	nlmsg_free(msg);
	if (err == -NLE_DUMP_INTR)
		g->error = -EAGAIN;
	else if (err < 0 && !g->error)
		broken(g);
	/* No such family any more: the module went, and may come back under another number. */
	if (g->error == -ENOENT)
		g->family = 0;
	return g->error;
}

const char *genl_words(const struct genl *g)
{
	if (!g->family)
		return "the module ovs_quorum is not loaded";
	return g->said[0] ? g->said : strerror(-g->error);
}

bool genl_attrs(struct nlattr **tb, int max, struct nlmsghdr *nlh)
{
	return !genlmsg_parse(nlh, 0, tb, max, NULL);
}

bool genl_nest(struct nlattr **tb, int max, struct nlattr *nest)
{
	return nest && !nla_parse_nested(tb, max, nest, NULL);
}

uint64_t genl_number(const struct nlattr *a)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (a ? nla_len(a) : 0) {
	case sizeof(uint8_t):
		return *(const uint8_t *)nla_data(a);
	case sizeof(u16):
		memcpy(&u16, nla_data(a), sizeof(u16));
		return u16;
	case sizeof(u32):
		memcpy(&u32, nla_data(a), sizeof(u32));
		return u32;
	case sizeof(u64):
		memcpy(&u64, nla_data(a), sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

const char *genl_string(const struct nlattr *a)
{
	return a && nla_len(a) > 0 &&
	       memchr(nla_data(a), 0, (size_t)nla_len(a)) ? nla_data(a) : "";
}
