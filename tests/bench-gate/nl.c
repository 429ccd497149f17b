// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nl.h"

static int sock = -1;
static unsigned char answer[1 << 16];

void die(const char *what)
{
	fprintf(stderr, "gatebench: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void nl_open(void)
{
	int room = 1 << 20;

	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (sock < 0)
		die("netlink");
	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

void nl_raw(struct request *r, const void *data, size_t len)
{
	if (r->len + NLMSG_ALIGN(len) > sizeof(r->data)) {
		errno = EMSGSIZE;
		die("request");
	}
	memcpy(r->data + r->len, data, len);
	memset(r->data + r->len + len, 0, NLMSG_ALIGN(len) - len);
	r->len += NLMSG_ALIGN(len);
}

void nl_begin(struct request *r, uint16_t family, uint8_t command, uint16_t flags)
{
	struct nlmsghdr h = {
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	struct genlmsghdr g = { .cmd = command, .version = 1 };

	r->len = 0;
	nl_raw(r, &h, sizeof(h));
	nl_raw(r, &g, sizeof(g));
}

void nl_attr(struct request *r, uint16_t type, const void *data, size_t len)
{
	struct nlattr a = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	nl_raw(r, &a, sizeof(a));
	nl_raw(r, data, len);
}

size_t nl_nest(struct request *r, uint16_t type)
{
	nl_attr(r, type, NULL, 0);
	return r->len - NLA_HDRLEN;
}

void nl_nest_end(struct request *r, size_t nest)
{
	((struct nlattr *)(r->data + nest))->nla_len = r->len - nest;
}

/* Answers before the acknowledgment are skipped, but for the last. */
int nl_ask(struct request *r)
{
	struct nlmsghdr *h = (struct nlmsghdr *)r->data;
	const struct nlmsgerr *e;
	ssize_t got;

	h->nlmsg_len = r->len;
	h->nlmsg_flags |= NLM_F_ACK;
	if (send(sock, r->data, r->len, 0) < 0)
		die("send");
	for (;;) {
		got = recv(sock, answer, sizeof(answer), 0);
		if (got < 0)
			die("recv");
		h = (struct nlmsghdr *)answer;
		if (NLMSG_OK(h, got) && h->nlmsg_type == NLMSG_ERROR) {
			e = NLMSG_DATA(h);
			return e->error;
		}
	}
}

void nl_must(struct request *r, const char *what)
{
	int err = nl_ask(r);

	if (err) {
		errno = -err;
		die(what);
	}
}

/* The one request whose answer is read: it comes before its acknowledgment. */
uint16_t nl_family(const char *name)
{
	static struct request r;
	const struct nlattr *a;
	struct nlmsghdr *h = (struct nlmsghdr *)r.data;
	uint16_t id = 0;
	ssize_t got;
	size_t at;

	nl_begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	nl_attr(&r, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	h->nlmsg_len = r.len;
	if (send(sock, r.data, r.len, 0) < 0)
		die("send");
	got = recv(sock, answer, sizeof(answer), 0);
	if (got < 0)
		die("recv");
	h = (struct nlmsghdr *)answer;
	if (!NLMSG_OK(h, got) || h->nlmsg_type == NLMSG_ERROR) {
		errno = ENOENT;
		die(name);
	}
	for (at = NLMSG_HDRLEN + GENL_HDRLEN; at + NLA_HDRLEN <= h->nlmsg_len;
	     at += NLA_ALIGN(a->nla_len)) {
		a = (const struct nlattr *)(answer + at);
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&id, a + 1, sizeof(id));
		if (a->nla_len < NLA_HDRLEN)
			break;
	}
	return id;
}
