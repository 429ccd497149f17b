// SPDX-License-Identifier: GPL-2.0
/* quorum-agent(8) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"

static void on_complaint(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

static int usage(FILE *out, int status)
{
	fputs("usage: quorum-agent [--check] FILE\n", out);
	return status;
}

static int check(const struct agent_conf *conf, const char *path)
{
	struct complaints c = { .say = on_complaint };
	struct domain *domain = domain_load(conf->domain, &c);

	if (domain)
		agent_conf_check(conf, path, domain, &c);
	domain_free(domain);
	return c.nr ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(const struct agent_conf *conf, const char *path,
	       struct purger *purger)
{
	struct complaints c = { .say = on_complaint };
	struct domain *domain = domain_load(conf->domain, &c);
	struct daemon *d = NULL;
	int status = EXIT_FAILURE;
	struct words why;

	if (domain && agent_conf_check(conf, path, domain, &c)) {
		d = daemon_create(conf, domain, purger, &why);
		if (!d)
			log_say(LOG_L_ERROR, "main", "cannot start: %s",
				why.text);
	} else {
		purger_close(purger);
	}
	if (d)
		status = daemon_run(d);
	daemon_free(d);
	domain_free(domain);
	return status;
}

/* The purger's process comes before keys, domain and loop: it gets none of them. */
int main(int argc, char **argv)
{
	struct complaints c = { .say = on_complaint };
	bool only_check = argc == 3 && !strcmp(argv[1], "--check");
	struct purger *purger = NULL;
	struct agent_conf conf;
	struct words why;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout, EXIT_SUCCESS);
	if ((argc != 2 && !only_check) || argv[argc - 1][0] == '-')
		return usage(stderr, 2);
	if (!agent_conf_load(&conf, argv[argc - 1], &c))
		return EXIT_FAILURE;
	if (only_check)
		return check(&conf, argv[argc - 1]);
	log_open("quorum-agent", conf.log.level, conf.log.json);
	if (*conf.vswitchd_ctl) {
		purger = purger_create(conf.vswitchd_ctl, &why);
		if (!purger) {
			log_say(LOG_L_ERROR, "main", "cannot start: %s",
				why.text);
			return EXIT_FAILURE;
		}
	}
	return run(&conf, argv[argc - 1], purger);
}
