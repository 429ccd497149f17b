// SPDX-License-Identifier: GPL-2.0
/* The list of subcommands, and which one is meant. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "output.h"
#include "quorumctl.h"

static const struct command {
	const char *name;		/* one word or two */
	const char *args;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "switch set", "DPID [--domain D] [--datapath NAME] [--mode off|verify|enforce]\n"
	  "\t[--miss drop|controller] [--vlan-limit 1|2] [--overlap MS] [--expiry MS]\n"
	  "\t[--pending-max N] [--rules-max N] [--next-sequence S]", cmd_switch_set },
	{ "switch show", "[DPID]", cmd_switch_show },
	{ "switch del", "DPID", cmd_switch_del },
	{ "key add", "DPID KEYSET | DPID --phase P [--quorum Q] KEY...", cmd_key_add },
	{ "key show", "DPID", cmd_key_show },
	{ "key retire", "DPID PHASE", cmd_key_retire },
	{ "port set", "DPID NUMBER|LOCAL NETDEV [--no-flood]", cmd_port_set },
	{ "port show", "DPID", cmd_port_show },
	{ "port del", "DPID NUMBER|LOCAL", cmd_port_del },
	{ "update submit", "DPID FILE...", cmd_update_submit },
	{ "update make", "--domain D --dpid X --phase P --sequence S [--dep DPID:SEQUENCE]...\n"
	  "\t[--flow TEXT]... [--group TEXT]... [--packet-out TEXT]... [--openflow FILE]...\n"
	  "\t[--keyset FILE] -o FILE", cmd_update_make },
	{ "update batch", "FILE...", cmd_update_batch },
	{ "rules", "DPID", cmd_rules },
	{ "flows", "DPID", cmd_flows },
	{ "stats", "DPID", cmd_stats },
	{ "monitor", "[--until EVENT] [--count N] [--timeout SECONDS]", cmd_monitor },
	{ "lock", "[DPID]", cmd_lock },
	{ "flush", "DPID", cmd_flush },
	{ "check", "", cmd_check },
	{ "keygen", "rsa FILE | ecdsa FILE | threshold -n N [-t T] DIR", cmd_keygen },
	{ "keyset make", "--phase P [--scheme individual|threshold] [--quorum Q] [-n N]\n"
	  "\t-o FILE KEY...",
	  cmd_keyset_make },
	{ "sign", "--key FILE [--signer I] [-o FILE] UPDATE...", cmd_sign },
	{ "combine", "--group FILE [-o FILE] UPDATE...", cmd_combine },
	{ "merge", "[-o FILE] UPDATE...", cmd_merge },
	{ "domain init", "DIR --id N --controllers N --switches M [--mode byzantine|crash|centralized]\n"
	  "\t[--scheme individual|threshold] [--sign rsa|ecdsa] [--rsa BITS] [--app NAME] [--spare N]\n"
	  "\t[--procedure update-consistent|event-linearizable|no-ack]\n"
	  "\t[--verifier kernel|process] [--user NAME] [--host ADDRESS]... [--base-port P]\n"
	  "\t[--days D]",
	  cmd_domain_init },
	{ "domain add-switch", "DIR NAME [--dpid X] [--verifier kernel|process] [--user NAME]\n"
	  "\t[--days D]",
	  cmd_domain_add_switch },
	{ "domain renew", "DIR [NAME] [--days D]", cmd_domain_renew },
	{ "domain show", "DIR", cmd_domain_show },
	{ "cluster status", "[--socket PATH]...", cmd_cluster_status },
	{ "cluster members", "[--socket PATH]...", cmd_cluster_members },
	{ "cluster switches", "[--socket PATH]...", cmd_cluster_switches },
	{ "cluster events", "[--count N] [--follow] [--socket PATH]...", cmd_cluster_events },
	{ "cluster updates", "[--count N] [--follow] [--socket PATH]...", cmd_cluster_updates },
	{ "cluster log", "[--level error|warning|info|debug] [--socket PATH]...", cmd_cluster_log },
	{ "inspect", "[--key I:FILE]... [--keyset FILE] [--group FILE] FILE...", cmd_inspect },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct command *current;

void die(int status, const char *fmt, ...)
{
	va_list ap;

	output_end();
	fputs("quorumctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

void die_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("quorumctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (current)
		fprintf(stderr, "\nusage: quorumctl [--json] %s %s\n",
			current->name, current->args);
	else
		fputs("; see quorumctl --help\n", stderr);
	exit(CTL_USAGE);
}

void *alloc(size_t len)
{
	void *p = calloc(1, len ? len : 1);

	if (!p)
		die(CTL_REFUSED, "out of memory");
	return p;
}

static void help(void)
{
	const struct command *c;

	puts("usage: quorumctl [--json] COMMAND ...\n");
	for (c = commands; c < commands + COMMANDS; c++)
		printf("quorumctl %s %s\n", c->name, c->args);
	puts("\nExit status: 0 done, 1 refused, 2 usage, 3 not found, 4 pending, 5 rejected.\n"
	     "See quorumctl(8).");
}

/* How many words of argv name this command; 0: another one is meant */
static int words_matched(const struct command *c, int argc, char **argv)
{
	const char *space = strchr(c->name, ' ');
	size_t first = space ? (size_t)(space - c->name) : strlen(c->name);

	if (strlen(argv[0]) != first || memcmp(argv[0], c->name, first))
		return 0;
	if (!space)
		return 1;
	return argc > 1 && !strcmp(argv[1], space + 1) ? 2 : 0;
}

int main(int argc, char **argv)
{
	int at = 1, words = 0, status;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "--help") || !strcmp(argv[at], "-h")) {
			help();
			return CTL_OK;
		}
		if (strcmp(argv[at], "--json") && strcmp(argv[at], "-j"))
			die_usage("unknown option %s", argv[at]);
		output_json();
	}
	if (at == argc)
		die_usage("no command");
	for (current = commands; current < commands + COMMANDS; current++) {
		words = words_matched(current, argc - at, argv + at);
		if (words)
			break;
	}
	if (!words) {
		current = NULL;
		die_usage("no command \"%s%s%s\"", argv[at],
			  at + 1 < argc ? " " : "",
			  at + 1 < argc ? argv[at + 1] : "");
	}
	at += words - 1;
	status = current->run(argc - at, argv + at);
	output_end();
	if (fflush(stdout) || ferror(stdout))
		die(CTL_REFUSED, "cannot write the output");
	return status;
}
