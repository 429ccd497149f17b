// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of quorum-agent as a process: fake controllers and a fake ovs-vswitchd, real keys.
 *
 *	cases QUORUM-AGENT [GROUP]
 */
#include <signal.h>
#include <string.h>

#include "world.h"

static const struct {
	const char *name;
	void (*run)(const char *program);
} groups[] = {
	{ "conf", cases_conf },
	{ "process", cases_process },
	{ "threshold", cases_threshold },
	{ "links", cases_links },
};

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2) {
		fputs("usage: cases QUORUM-AGENT [GROUP]\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (argc < 3 || !strcmp(argv[2], groups[i].name))
			groups[i].run(argv[1]);
	return test_end();
}
