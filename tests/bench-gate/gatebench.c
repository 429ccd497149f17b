// SPDX-License-Identifier: GPL-2.0
/*
 * gatebench LABEL WHAT ARGS...: the median of many operations, in nanoseconds of
 * the clock, as a line `LABEL MEDIAN P10 P90 MEAN NR`.
 *
 *	put DATAPATH IN OUT DST/BITS NR [RULES]	FLOW_NEW; FLOW_DEL is not counted
 *	execute DATAPATH IN OUT DST NR		PACKET_EXECUTE
 *	keep DATAPATH IN OUT DST/BITS NR	as put, but the flows stay: one for
 *						each address from DST on
 *	refused DATAPATH IN OUT DST/BITS NR	as keep, and each must be refused
 *	submit DPID FILE...			an update each
 *	udp FROM TO ADDRESS SIZE NR		datagrams; paths of namespaces
 *
 * With RULES the address goes from DST on, a prime's multiple modulo RULES.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/openvswitch.h>
#include <linux/ovs_quorum.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flows.h"
#include "nl.h"
#include "packets.h"
#include "samples.h"

enum { WARM_UP = 20, STEP = 7919 };

static struct request request;
static struct samples samples;

static __attribute__((noreturn)) void usage(void)
{
	fputs("usage: gatebench LABEL put|execute|keep|refused|submit|udp ARGS...\n",
	      stderr);
	exit(2);
}

static struct flow flow_read(char **argv)
{
	struct flow f = { .dst_mask = UINT32_MAX };
	char *bits = strchr(argv[3], '/');
	struct in_addr a;

	if (bits) {
		*bits++ = '\0';
		f.dst_mask <<= 32 - atoi(bits);
	}
	if (inet_pton(AF_INET, argv[3], &a) != 1)
		usage();
	flows_open(argv[0]);
	f.in_port = atoi(argv[1]);
	f.out = atoi(argv[2]);
	f.dst = ntohl(a.s_addr);
	return f;
}

/* A UFID that no run before has used. */
static uint64_t ufid_first(void)
{
	return (uint64_t)getpid() << 32;
}

/* One flow with this mask stays, as in a busy datapath: masks are not measured. */
static void put(struct flow f, int nr, int rules)
{
	struct flow stay = f;
	uint64_t ufid = ufid_first(), start;
	uint32_t first = f.dst;
	int i;

	stay.dst = ~f.dst;
	stay.out = 0;
	flow_new(&request, &stay, ufid);
	nl_must(&request, "flow that stays");
	for (i = -WARM_UP; i < nr; i++) {
		if (rules)
			f.dst = first + (uint64_t)(i + WARM_UP) * STEP % rules;
		flow_new(&request, &f, ++ufid);
		start = now();
		nl_must(&request, "put");
		if (i >= 0)
			samples_add(&samples, now() - start);
		flow_del(&request, ufid);
		nl_must(&request, "delete");
	}
	flow_del(&request, ufid_first());
	nl_must(&request, "delete");
}

static void keep(struct flow f, int nr, int want)
{
	uint64_t ufid = ufid_first(), start;
	int i;

	for (i = 0; i < nr; i++, f.dst++) {
		flow_new(&request, &f, ++ufid);
		start = now();
		errno = -nl_ask(&request);
		if (errno != want)
			die("keep");
		samples_add(&samples, now() - start);
	}
}

static void execute(const struct flow *f, int nr)
{
	uint64_t start;
	int i;

	for (i = -WARM_UP; i < nr; i++) {
		flow_execute(&request, f);
		start = now();
		nl_must(&request, "execute");
		if (i >= 0)
			samples_add(&samples, now() - start);
	}
}

/* Files are read before the clock is: they may come from the host. */
static void submit(const char *of, char **files)
{
	static unsigned char update[1 << 17];
	uint64_t dpid = strtoull(of, NULL, 0), start;
	uint16_t family = nl_family(OVS_QUORUM_GENL_NAME);
	size_t len;
	FILE *f;

	for (; *files; files++) {
		f = fopen(*files, "re");
		if (!f)
			die(*files);
		len = fread(update, 1, sizeof(update), f);
		fclose(f);
		nl_begin(&request, family, OVS_QUORUM_CMD_UPDATE_SUBMIT, 0);
		nl_attr(&request, OVS_QUORUM_A_DPID, &dpid, sizeof(dpid));
		nl_attr(&request, OVS_QUORUM_A_UPDATE, update, len);
		start = now();
		nl_must(&request, *files);
		samples_add(&samples, now() - start);
	}
}

int main(int argc, char **argv)
{
	const char *label = argv[1], *what = argc > 3 ? argv[2] : "";
	struct flow f;

	if (argc < 4)
		usage();
	nl_open();
	argv += 3;
	argc -= 3;
	if (!strcmp(what, "submit") && argc >= 2) {
		submit(argv[0], argv + 1);
	} else if (!strcmp(what, "udp") && argc == 5) {
		packets_run(&samples, argv[0], argv[1], argv[2], atoi(argv[3]),
			    atoi(argv[4]));
	} else if (argc >= 5) {
		f = flow_read(argv);
		if (!strcmp(what, "put"))
			put(f, atoi(argv[4]), argc > 5 ? atoi(argv[5]) : 0);
		else if (!strcmp(what, "execute"))
			execute(&f, atoi(argv[4]));
		else if (!strcmp(what, "keep"))
			keep(f, atoi(argv[4]), 0);
		else if (!strcmp(what, "refused"))
			keep(f, atoi(argv[4]), EPERM);
		else
			usage();
	} else {
		usage();
	}
	samples_print(label, &samples);
	return 0;
}
