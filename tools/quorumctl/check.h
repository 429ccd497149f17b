/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside `check`: what is known of the guarded switches, and the lines that are
 * said.  docs/threat-model.md has a row for each topic.
 */
#ifndef CHECK_H
#define CHECK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum check_level {
	CHECK_OK,
	CHECK_WARN,		/* makes the exit status 1 */
	CHECK_SKIP,		/* cannot be seen from here, for the reason given */
};

__attribute__((format(printf, 3, 4)))
void check_say(enum check_level level, const char *topic, const char *fmt, ...);

struct check_port {
	uint64_t dpid;
	char netdev[IFNAMSIZ];
	bool attached;		/* the datapath has such a port */
	unsigned int ifindex;	/* 0: there is no such device here */
};

struct check_switch {
	uint64_t dpid;
	char datapath[IFNAMSIZ];
	unsigned int mode, vlan_limit;
	bool locked, attached;
};

struct check {
	struct check_switch *sw;
	struct check_port *port;
	size_t sw_nr, port_nr;
};

/* Each says one line at least for each of its topics. */
void check_kernel(void);		/* check_kernel.c */
void check_crypto(void);		/* check_crypto.c */
void check_links(struct check *c);	/* check_links.c; fills in ifindex */
void check_hooks(const struct check *c);	/* check_hooks.c: tc, tcx, nft */
void check_processes(const struct check *c);	/* check_proc.c */
void check_datapaths(const struct check *c);	/* check_ovs.c */
void check_ovsdb(const struct check *c);	/* check_ovs.c */

/* A port by the index of its device; NULL: not guarded */
const struct check_port *check_port_by_ifindex(const struct check *c,
					       unsigned int ifindex);
const struct check_switch *check_switch_by_dpid(const struct check *c,
						uint64_t dpid);

/* The first line of a file, without its newline; false if it cannot be read */
bool check_read_line(const char *path, char *line, size_t room);

/*
 * Run a program, found in PATH, and take what it writes; standard error goes
 * nowhere.  NULL: there is no such program, or it failed.  The caller frees.
 */
char *check_run(const char *const argv[]);

#endif
