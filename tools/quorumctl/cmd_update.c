// SPDX-License-Identifier: GPL-2.0
/* update submit, monitor: updates on their way to the kernel, and what came of it. */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "args.h"
#include "file.h"
#include "nl.h"
#include "output.h"
#include "quorumctl.h"
#include "show.h"
#include "../../lib/wire/update.h"

struct submitted {
	struct result result;
	bool answered;
	const char *path;
};

static void on_result(struct nlmsghdr *nlh, void *arg)
{
	struct submitted *s = arg;
	json_object *o;

	if (!result_parse(&s->result, nlh))
		die(CTL_REFUSED, "cannot read the answer: the module is of another version");
	s->answered = true;
	o = result_json(&s->result);
	json_text(o, "file", s->path);
	output(o, "%s: %s", s->path, result_text(&s->result));
}

static void submit(struct nl_conn *c, uint64_t dpid, struct submitted *s)
{
	struct nl_msg *msg = nl_request(OVS_QUORUM_CMD_UPDATE_SUBMIT, 0);
	uint8_t *data;
	size_t len;

	data = file_read(s->path, &len);
	/* The length of an attribute has 16 bits, and its header takes 4. */
	if (len > UINT16_MAX - NLA_HDRLEN)
		die(CTL_REFUSED, "%s: above %d bytes", s->path,
		    UINT16_MAX - NLA_HDRLEN);
	nla_put_u64(msg, OVS_QUORUM_A_DPID, dpid);
	nla_put(msg, OVS_QUORUM_A_UPDATE, len, data);
	free(data);
	if (nl_run(c, msg, on_result, s)) {
		json_object *o = json_object_new_object();
		const char *why = c->said[0] ? c->said : strerror(-c->error);

		if (c->error == -ENOENT || c->error == -ENODEV)
			nl_die(c, s->path);
		json_text(o, "file", s->path);
		json_text(o, "state", "refused");
		json_text(o, "reason", why);
		output(o, "%s: refused: %s", s->path, why);
	}
}

/* Is it still without quorum after everything that was submitted? */
static bool still_pending(const struct submitted *s, int nr, int at)
{
	int i;

	if (!s[at].answered ||
	    s[at].result.state != OVS_QUORUM_UPDATE_PENDING)
		return false;
	for (i = at + 1; i < nr; i++)
		if (s[i].answered &&
		    s[i].result.state != OVS_QUORUM_UPDATE_PENDING &&
		    !memcmp(s[i].result.digest, s[at].result.digest, 32))
			return false;
	return true;
}

int cmd_update_submit(int argc, char **argv)
{
	const struct arg args[] = { { 0 } };
	int nr = args_parse(argc, argv, args, 2, -1) - 1, i;
	struct submitted *s = alloc(nr * sizeof(*s));
	uint64_t dpid = arg_dpid(argv[1]);
	bool refused = false, rejected = false, pending = false;
	struct nl_conn c;

	nl_connect_quorum(&c);
	for (i = 0; i < nr; i++) {
		s[i].path = argv[2 + i];
		submit(&c, dpid, &s[i]);
	}
	nl_disconnect(&c);
	for (i = 0; i < nr; i++) {
		refused |= !s[i].answered;
		rejected |= s[i].answered &&
			    s[i].result.state == OVS_QUORUM_UPDATE_REJECTED;
		pending |= still_pending(s, nr, i);
	}
	free(s);
	return refused ? CTL_REFUSED : rejected ? CTL_REJECTED :
	       pending ? CTL_PENDING : CTL_OK;
}

struct monitor {
	const char *until;
	uint64_t left;			/* events; 0: any number */
	bool done;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct monitor *m = arg;
	const char *what = show_event(nlmsg_hdr(msg));

	if (what && ((m->left && !--m->left) ||
		     (m->until && !strcmp(m->until, what)))) {
		m->done = true;
		return NL_STOP;
	}
	return NL_OK;
}

static void join(struct nl_conn *c, const char *name)
{
	int group = genl_ctrl_resolve_grp(c->sock, OVS_QUORUM_GENL_NAME, name);

	if (group < 0 || nl_socket_add_membership(c->sock, group))
		die(CTL_REFUSED, "cannot listen to group %s: CAP_NET_ADMIN is needed",
		    name);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A line that says itself, so that scripts know that nothing is missed now */
static void say(const char *event)
{
	json_object *o = json_object_new_object();

	json_text(o, "event", event);
	output(o, "%s", event);
}

static void wait_forever(struct nl_conn *c)
{
	struct pollfd p = { .fd = nl_socket_get_fd(c->sock), .events = POLLIN };

	poll(&p, 1, -1);
}

/* Waits for something to read; false when the time is over. */
static bool wait_readable(struct nl_conn *c, uint64_t end_ms)
{
	struct pollfd p = { .fd = nl_socket_get_fd(c->sock), .events = POLLIN };
	uint64_t now = now_ms(), left;

	if (!end_ms)
		return true;
	if (now >= end_ms)
		return false;
	left = end_ms - now;
	return poll(&p, 1, left > 1000000 ? 1000000 : (int)left) != 0 ||
	       now_ms() < end_ms;
}

int cmd_monitor(int argc, char **argv)
{
	const char *until = NULL, *count = NULL, *timeout = NULL;
	const struct arg args[] = {
		{ .name = "--until", .text = &until },
		{ .name = "--count", .text = &count },
		{ .name = "--timeout", .text = &timeout },
		{ 0 },
	};
	struct monitor m = { .until = until };
	uint64_t end_ms = 0;
	struct nl_conn c;
	int err;

	args_parse(argc, argv, args, 0, 0);
	if (until)
		arg_word("--until", until,
			 "applied rejected expired violation");
	if (count)
		m.left = arg_number("--count", count, 1, UINT64_MAX);
	if (timeout)
		end_ms = now_ms() +
			 1000 * arg_number("--timeout", timeout, 1, 1 << 30);
	output_lines();
	nl_connect_quorum(&c);
	join(&c, OVS_QUORUM_MCGRP_UPDATES);
	join(&c, OVS_QUORUM_MCGRP_VIOLATIONS);
	nl_socket_disable_seq_check(c.sock);
	nl_socket_modify_cb(c.sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, &m);
	nl_socket_set_nonblocking(c.sock);
	say("listening");
	while (!m.done && wait_readable(&c, end_ms)) {
		if (!end_ms)
			wait_forever(&c);
		err = nl_recvmsgs_default(c.sock);
		if (err == -NLE_NOMEM)		/* ENOBUFS: the socket was full */
			say("lost");
		else if (err < 0 && err != -NLE_AGAIN && err != -NLE_INTR)
			die(CTL_REFUSED, "cannot read events");
	}
	nl_disconnect(&c);
	return m.done ? CTL_OK : CTL_PENDING;
}
