/* SPDX-License-Identifier: GPL-2.0 */
/*
 * quorumctl: configures ovs_quorum.ko, submits updates to it, and makes and
 * signs updates without it; makes domains, and asks controllers how they are.  A subcommand is a function here and a row in main.c.
 */
#ifndef QUORUMCTL_H
#define QUORUMCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* quorumctl(8), EXIT STATUS */
enum {
	CTL_OK = 0,
	CTL_REFUSED = 1,
	CTL_USAGE = 2,
	CTL_NOT_FOUND = 3,
	CTL_PENDING = 4,
	CTL_REJECTED = 5,
};

/* Words to standard error, and the end. */
__attribute__((noreturn, format(printf, 2, 3)))
void die(int status, const char *fmt, ...);

/* The end because of how a subcommand was called: shows how it wants to be. */
__attribute__((noreturn, format(printf, 1, 2)))
void die_usage(const char *fmt, ...);

void *alloc(size_t len);	/* zeroed, or the end */

/*
 * Subcommands: argv[0] is the subcommand's last word.  Each returns an exit
 * status.
 */
int cmd_switch_set(int argc, char **argv);
int cmd_switch_show(int argc, char **argv);
int cmd_switch_del(int argc, char **argv);
int cmd_key_add(int argc, char **argv);
int cmd_key_show(int argc, char **argv);
int cmd_key_retire(int argc, char **argv);
int cmd_port_set(int argc, char **argv);
int cmd_port_show(int argc, char **argv);
int cmd_port_del(int argc, char **argv);
int cmd_update_submit(int argc, char **argv);
int cmd_update_make(int argc, char **argv);
int cmd_update_batch(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_flows(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_lock(int argc, char **argv);
int cmd_flush(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_keyset_make(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_combine(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_domain_init(int argc, char **argv);
int cmd_domain_add_switch(int argc, char **argv);
int cmd_domain_renew(int argc, char **argv);
int cmd_domain_show(int argc, char **argv);
int cmd_cluster_status(int argc, char **argv);
int cmd_cluster_members(int argc, char **argv);
int cmd_cluster_switches(int argc, char **argv);
int cmd_cluster_events(int argc, char **argv);
int cmd_cluster_updates(int argc, char **argv);
int cmd_cluster_log(int argc, char **argv);

#endif
