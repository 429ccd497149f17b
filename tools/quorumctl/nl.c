// SPDX-License-Identifier: GPL-2.0
/* Netlink on libnl, with the kernel's words for errors. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "nl.h"
#include "quorumctl.h"

enum { DUMP_TRIES = 32 };

/* libnl 3.7 reads these, but does not give them out. */
static void words_take(struct nl_conn *c, const void *attrs, int len)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	if (len < 0 || nla_parse(tb, NLMSGERR_ATTR_MAX, (struct nlattr *)attrs,
				 len, NULL))
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		snprintf(c->said, sizeof(c->said), "%s",
			 nl_string(tb[NLMSGERR_ATTR_MSG]));
#ifdef NLMSGERR_ATTR_MISS_TYPE
	else if (tb[NLMSGERR_ATTR_MISS_TYPE])
		snprintf(c->said, sizeof(c->said),
			 "attribute %u is missing",
			 (unsigned int)nl_number(tb[NLMSGERR_ATTR_MISS_TYPE]));
#endif
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)err - 1;
	struct nl_conn *c = arg;
	size_t used = sizeof(*err);

	(void)from;
	c->error = err->error;
	c->done = true;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
		    err->msg.nlmsg_len > sizeof(err->msg))
			used += NLMSG_ALIGN(err->msg.nlmsg_len) -
				sizeof(err->msg);
		words_take(c, (const uint8_t *)err + used,
			   (int)(nlh->nlmsg_len - NLMSG_HDRLEN - used));
	}
	return NL_STOP;
}

/* The end of a dump carries an error number, and words behind it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nl_conn *c = arg;
	int error = 0;

	c->done = true;
	if (nlmsg_datalen(nlh) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(nlh), sizeof(error));
	if (error < 0) {
		c->error = error;
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			words_take(c, (uint8_t *)nlmsg_data(nlh) + sizeof(error),
				   nlmsg_datalen(nlh) - (int)sizeof(error));
	}
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct nl_conn *c = arg;

	(void)msg;
	c->done = true;
	return NL_STOP;
}

static void open_socket(struct nl_conn *c, int protocol)
{
	int one = 1;

	memset(c, 0, sizeof(*c));
	c->sock = nl_socket_alloc();
	if (!c->sock)
		die(CTL_REFUSED, "out of memory");
	nl_socket_disable_auto_ack(c->sock);
	if (nl_connect(c->sock, protocol))
		die(CTL_REFUSED, "cannot open a netlink socket");
	nl_socket_set_buffer_size(c->sock, 1 << 20, 1 << 20);
	nl_socket_set_msg_buf_size(c->sock, 1 << 16);
	setsockopt(nl_socket_get_fd(c->sock), SOL_NETLINK, NETLINK_EXT_ACK,
		   &one, sizeof(one));
}

void nl_connect_protocol(struct nl_conn *c, int protocol)
{
	open_socket(c, protocol);
}

bool nl_connect_family(struct nl_conn *c, const char *name)
{
	open_socket(c, NETLINK_GENERIC);
	c->family = genl_ctrl_resolve(c->sock, name);
	if (c->family >= 0)
		return true;
	nl_disconnect(c);
	return false;
}

void nl_disconnect(struct nl_conn *c)
{
	nl_socket_free(c->sock);
	c->sock = NULL;
}

void nl_connect_quorum(struct nl_conn *c)
{
	if (!nl_connect_family(c, OVS_QUORUM_GENL_NAME))
		die(CTL_NOT_FOUND, "the module ovs_quorum is not loaded");
}

struct nl_msg *nl_request(int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(UINT16_MAX * 8);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, 0, 0, flags,
				 cmd, OVS_QUORUM_GENL_VERSION))
		die(CTL_REFUSED, "out of memory");
	return msg;
}

struct nlattr *nl_nest_start(struct nl_msg *msg, int type)
{
	return nla_nest_start(msg, type | NLA_F_NESTED);
}

struct dispatch {
	nl_answer answer;
	void *arg;
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	const struct dispatch *d = arg;

	if (d->answer)
		d->answer(nlmsg_hdr(msg), d->arg);
	return NL_OK;
}

/*
 * Everything but dumps asks for an acknowledgment, which comes after the
 * answer: so one read loop until an end mark serves all.
 */
int nl_run(struct nl_conn *c, struct nl_msg *msg, nl_answer answer, void *arg)
{
	struct dispatch d = { answer, arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int err;

	if (!cb)
		die(CTL_REFUSED, "out of memory");
	if (c->family)
		nlh->nlmsg_type = (uint16_t)c->family;
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	c->error = 0;
	c->said[0] = '\0';
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &d);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, c);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, c);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, c);
	c->done = false;
	err = nl_send_auto(c->sock, msg);
	while (err >= 0 && !c->done)
		err = nl_recvmsgs(c->sock, cb);
	nl_cb_put(cb);
	nlmsg_free(msg);
	if (err == -NLE_DUMP_INTR)
		c->error = -EAGAIN;
	else if (err < 0 && !c->error)
		c->error = -EIO;
	return c->error;
}

void nl_die(const struct nl_conn *c, const char *what)
{
	int status = c->error == -ENOENT || c->error == -ENODEV ?
		     CTL_NOT_FOUND : CTL_REFUSED;

	if (c->said[0])
		die(status, "%s%s%s", what ? what : "", what ? ": " : "",
		    c->said);
	die(status, "%s%s%s", what ? what : "", what ? ": " : "",
	    strerror(-c->error));
}

void nl_must(struct nl_conn *c, struct nl_msg *msg, nl_answer answer, void *arg)
{
	if (nl_run(c, msg, answer, arg))
		nl_die(c, NULL);
}

struct answers {
	struct nlmsghdr **nlh;
	size_t nr;
};

static void keep(struct nlmsghdr *nlh, void *arg)
{
	struct answers *a = arg;
	struct nlmsghdr **grown;

	grown = realloc(a->nlh, (a->nr + 1) * sizeof(*grown));
	if (!grown)
		die(CTL_REFUSED, "out of memory");
	a->nlh = grown;
	grown[a->nr] = alloc(nlh->nlmsg_len);
	memcpy(grown[a->nr++], nlh, nlh->nlmsg_len);
}

void nl_list(struct nl_conn *c, int cmd, const uint64_t *dpid, nl_answer answer,
	     void *arg)
{
	struct answers a = { 0 };
	struct nl_msg *msg;
	int tries = 0, err;
	size_t i;

	do {
		while (a.nr)
			free(a.nlh[--a.nr]);
		msg = nl_request(cmd, NLM_F_DUMP);
		if (dpid)
			nla_put_u64(msg, OVS_QUORUM_A_DPID, *dpid);
		err = nl_run(c, msg, keep, &a);
	} while (err == -EAGAIN && ++tries < DUMP_TRIES);
	if (err == -EAGAIN)
		die(CTL_REFUSED, "it changes faster than it can be listed");
	for (i = 0; !err && i < a.nr; i++)
		answer(a.nlh[i], arg);
	while (a.nr)
		free(a.nlh[--a.nr]);
	free(a.nlh);
}

bool nl_attrs(struct nlattr **tb, int max, struct nlmsghdr *nlh)
{
	return !genlmsg_parse(nlh, 0, tb, max, NULL);
}

bool nl_nest(struct nlattr **tb, int max, struct nlattr *nest)
{
	return nest && !nla_parse_nested(tb, max, nest, NULL);
}

uint64_t nl_number(const struct nlattr *a)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	if (!a)
		return 0;
	switch (nla_len(a)) {
	case 1:
		return *(uint8_t *)nla_data(a);
	case 2:
		memcpy(&u16, nla_data(a), sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, nla_data(a), sizeof(u32));
		return u32;
	case 8:
		memcpy(&u64, nla_data(a), sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

const char *nl_string(const struct nlattr *a)
{
	return a && nla_len(a) > 0 && memchr(nla_data(a), 0, nla_len(a)) ?
	       nla_data(a) : "";
}
