// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <string.h>

#include "cases.h"
#include "link_conn.h"
#include "net.h"

enum { ALL = (1 << NET_ENDS) - 1 };

static struct net net;

static bool up_01(const struct net *n)
{
	return links_up(n->end[0].links, 1) && links_up(n->end[1].links, 0);
}

static bool down_01(const struct net *n)
{
	return !links_up(n->end[1].links, 0);
}

static unsigned int wanted;		/* frames from 1 to 0 */

static bool arrived(const struct net *n)
{
	return n->end[0].frames[1] >= wanted;
}

static bool frames_of_all_sizes(void)
{
	static const size_t size[] = { 1, 4, 5, 1000, 16379, 16380, 16381, 65536,
				       300000, FRAME_MAX - 1, FRAME_MAX };
	enum { SIZES = sizeof(size) / sizeof(size[0]) };
	uint64_t bytes = 0;
	unsigned int i;

	ASK(net_create(&net, NET_ENDS));
	ASK(net_dial(&net, 1, 0));
	ASK(!net_send(&net, 1, 0, 0, 10));	/* not up yet */
	ASK(net_until(&net, ALL, up_01));
	for (i = 0; i < SIZES; i++) {
		ASK(net_send(&net, 1, 0, i, size[i]));
		ASK(net_send(&net, 0, 1, i, size[i]));
		wanted = i + 1;
		ASK(net_until(&net, ALL, arrived));
		bytes += size[i];
	}
	wanted += 5000;
	for (i = 0; i < 5000; i++)
		ASK(net_send(&net, 1, 0, SIZES + i, 20 + i % 200));
	ASK(net_until(&net, ALL, arrived));
	ASK(!net.end[0].wrong && !net.end[1].wrong);
	ASK(net.end[0].bytes[1] > bytes);
	net_free(&net);
	return true;
}

/* Many small frames of one turn are few records and few writes. */
static bool small_frames_share_a_record(void)
{
	struct links_stats stats;
	unsigned int i;

	ASK(net_create(&net, NET_ENDS));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	for (i = 0; i < 100; i++)
		ASK(links_send(net.end[1].links, 0, (const uint8_t *)"abcd", 4));
	links_stats(net.end[1].links, &stats);
	ASK(stats.frames_out == 100 && !stats.bytes_out);
	links_flush(net.end[1].links);
	links_stats(net.end[1].links, &stats);
	ASK(stats.bytes_out == 800);
	net_free(&net);
	return true;
}

static bool heard_0(const struct net *n)
{
	return n->end[1].frames[0];
}

static bool slow_reader(void)
{
	struct links_stats stats;
	unsigned int sent = 0, i, before;

	ASK(net_create(&net, NET_ENDS));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	/* End 0 stands still.  The sockets fill, then the queue, then the newest are dropped. */
	for (i = 0; i < 100000 && sent == i; i++)
		sent += net_send(&net, 1, 0, i, 10000);
	ASK(sent < i && sent * 10000ull >= QUEUE_MAX - 20000);
	for (i = 0; i < 100; i++)
		ASK(!net_send(&net, 1, 0, 1000000 + i, 10000));
	links_stats(net.end[1].links, &stats);
	ASK(stats.dropped_full >= 100);
	/* What it said before does not make us forget what we have for it. */
	ASK(net_send(&net, 0, 1, 0, 10));
	ASK(net_until(&net, 1 << 1, heard_0));
	/* It goes on: all that was taken arrives, in order, then new ones do. */
	wanted = sent;
	ASK(net_until(&net, ALL, arrived));
	before = net.end[0].frames[1];
	ASK(before == sent && !net.end[0].wrong && up_01(&net));
	ASK(net_send(&net, 1, 0, 2000000, 10));
	wanted = before + 1;
	ASK(net_until(&net, ALL, arrived));
	net_free(&net);
	return true;
}

static bool dials_again(void)
{
	uint16_t port;

	ASK(net_create(&net, NET_ENDS));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	port = links_port(net.end[0].links);
	net_shut(&net, 0);
	ASK(net_until(&net, ALL, down_01));
	ASK(net.end[1].downs == 1);
	ASK(net_open(&net, 0, port));
	ASK(net_until(&net, ALL, up_01));
	ASK(net_send(&net, 1, 0, 0, 10));
	wanted = 1;
	ASK(net_until(&net, ALL, arrived));
	net_free(&net);
	return true;
}

static unsigned int ups_wanted;

static bool ups_of_0(const struct net *n)
{
	return n->end[0].ups >= ups_wanted && links_up(n->end[0].links, 1);
}

static bool heard_by_2(const struct net *n)
{
	return n->end[2].frames[0];
}

/* The same peer comes again, as after a crash that we have not noticed: the new link counts. */
static bool newest_link_counts(void)
{
	ASK(net_create(&net, NET_ENDS));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	/* End 2 gets the key of end 1. */
	net_shut(&net, 2);
	identity_uninit(&net.end[2].id);
	net.end[2].id = net.end[1].id;
	ASK(net_open(&net, 2, 0));
	ASK(net_dial(&net, 2, 0));
	ups_wanted = 2;
	ASK(net_until(&net, 1 << 0 | 1 << 2, ups_of_0));
	ASK(net.end[0].downs == 1);
	ASK(net_send(&net, 2, 0, 0, 10));
	wanted = 1;
	ASK(net_until(&net, 1 << 0 | 1 << 2, arrived));
	ASK(net_send(&net, 0, 1, 0, 10));
	ASK(net_until(&net, 1 << 0 | 1 << 2, heard_by_2));
	net.end[2].id = (struct identity){ 0 };
	net_free(&net);
	return true;
}

static bool both_01_and_02(const struct net *n)
{
	return links_up(n->end[0].links, 1) && links_up(n->end[0].links, 2);
}

static bool both_sent(const struct net *n)
{
	return n->end[0].frames[1] && n->end[0].frames[2];
}

/* A peer with a lot to say does not keep the others from being heard. */
static bool turns_are_shared(bool patient)
{
	struct pollfd there = { .events = POLLIN };
	unsigned int i;

	ASK(net_create(&net, NET_ENDS));
	net.peer[1].patient = patient;
	ASK(net_dial(&net, 1, 0));
	ASK(net_dial(&net, 2, 0));
	ASK(net_until(&net, ALL, both_01_and_02));
	for (i = 0; net_send(&net, 1, 0, i, 10000);)
		i++;
	ASK(net_send(&net, 2, 0, 0, 10));
	/* On its way; counted is what 0 does from when it is there. */
	there.fd = net.end[0].links->up[2]->fd;
	ASK(poll(&there, 1, -1) == 1);
	ASK(net_until(&net, 1 << 0, both_sent));
	ASK(net.end[0].frames[1] < i / 2);
	ASK(!patient || net.end[0].bytes[1] <= 4 * LINK_PATIENT_READ_MAX);
	wanted = i;
	ASK(net_until(&net, ALL, arrived));
	ASK(!net.end[0].wrong);
	net_free(&net);
	return true;
}

void cases_links(void)
{
	TEST("links: frames of all sizes", frames_of_all_sizes());
	TEST("links: small frames share a record", small_frames_share_a_record());
	TEST("links: a slow reader costs itself only", slow_reader());
	TEST("links: dials again", dials_again());
	TEST("links: the newest link counts", newest_link_counts());
	TEST("links: turns are shared", turns_are_shared(false));
	TEST("links: the patient wait", turns_are_shared(true));
}
