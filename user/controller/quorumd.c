// SPDX-License-Identifier: GPL-2.0
/*
 * quorumd: one controller of a domain.  quorumd(8), docs/operating.md.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "shell/control.h"
#include "shell/metrics.h"
#include "shell/node.h"
#include "shell/privilege.h"
#include "shell/signer.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum { SIGNALS = 3 };

struct quorumd {
	uv_loop_t loop;
	const char *path;
	struct conf conf;
	struct domain *domain;
	struct node *node;
	struct control *control;
	struct metrics *metrics;
	uv_signal_t signal[SIGNALS];
	uv_timer_t watchdog;
	bool closing;
};

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

static void log_line(void *ctx, const char *line)
{
	(void)ctx;
	log_say(LOG_L_ERROR, "config", "%s", line);
}

/* Secrets of ours are in memory: none of it goes to a file, whoever the user is. */
static void guard_memory(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	umask(027);
}

static bool load(struct quorumd *q, struct complaints *c)
{
	if (!conf_load(&q->conf, q->path, c))
		return false;
	q->domain = domain_load(q->conf.domain, c);
	return q->domain;
}

static int check(struct quorumd *q)
{
	struct complaints c = { .say = print_line };
	bool good = load(q, &c) && conf_check(&q->conf, q->domain, &c);

	domain_free(q->domain);
	if (good)
		printf("%s: good\n", q->path);
	return good ? 0 : EXIT_FAILED;
}

static int format(struct quorumd *q, bool lost)
{
	struct complaints c = { .say = print_line };
	uint8_t identity[STORAGE_IDENTITY_LEN];
	struct words why;
	bool good = false;
	int self;

	if (!load(q, &c))
		return EXIT_FAILED;
	self = domain_controller(q->domain, q->conf.self);
	if (self < 0) {
		fprintf(stderr, "%s: there is no controller \"%s\"\n",
			q->conf.domain, q->conf.self);
	} else {
		signer_state_identity(identity, &q->domain->controller[self]);
		good = storage_format(q->conf.state, identity, lost, &why);
		if (!good)
			fprintf(stderr, "%s\n", why.text);
	}
	domain_free(q->domain);
	return good ? 0 : EXIT_FAILED;
}

static void stop(struct quorumd *q)
{
	unsigned int i;

	if (q->closing)
		return;
	q->closing = true;
	sd_notify(0, "STOPPING=1");
	if (q->control)
		control_close(q->control, NULL, NULL);
	if (q->metrics)
		metrics_close(q->metrics, NULL, NULL);
	if (q->node)
		node_close(q->node, NULL, NULL);
	for (i = 0; i < SIGNALS; i++)
		uv_close((uv_handle_t *)&q->signal[i], NULL);
	uv_close((uv_handle_t *)&q->watchdog, NULL);
}

/* New certificates, and how much is logged; all else needs a restart. */
static void reload(struct quorumd *q)
{
	struct complaints c = { .say = log_line };
	struct words why;
	struct conf *conf = malloc(sizeof(*conf));

	sd_notify(0, "RELOADING=1");
	if (conf && conf_load(conf, q->path, &c))
		log_set_level(conf->log.level);
	free(conf);
	if (node_renew(q->node, &why))
		log_say(LOG_L_INFO, "config", "certificates are renewed");
	else
		log_say(LOG_L_ERROR, "config",
			"certificates stay as they were why=\"%s\"", why.text);
	sd_notify(0, "READY=1");
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct quorumd *q = signal->data;

	if (number == SIGHUP) {
		reload(q);
		return;
	}
	log_say(LOG_L_INFO, "process", "stops signal=%d", number);
	stop(q);
}

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	sd_notify(0, "WATCHDOG=1");
}

static void start_handles(struct quorumd *q)
{
	static const int number[SIGNALS] = { SIGTERM, SIGINT, SIGHUP };
	uint64_t watchdog_us = 0;
	unsigned int i;

	for (i = 0; i < SIGNALS; i++) {
		uv_signal_init(&q->loop, &q->signal[i]);
		q->signal[i].data = q;
		uv_signal_start(&q->signal[i], on_signal, number[i]);
	}
	uv_timer_init(&q->loop, &q->watchdog);
	/* Half of the time that systemd waits, as sd_watchdog_enabled(3) asks */
	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		uv_timer_start(&q->watchdog, on_watchdog, 0,
			       watchdog_us / 2000);
}

static bool open_all(struct quorumd *q, struct words *why)
{
	const struct conf *conf = &q->conf;

	q->node = node_create(&q->loop, conf, q->domain, NULL, why);
	if (!q->node)
		return false;
	if (conf->control[0]) {
		q->control = control_create(&q->loop, q->node, conf->control,
					    why);
		if (!q->control)
			return false;
	}
	if (conf->metrics_port) {
		q->metrics = metrics_create(&q->loop, q->node,
					    conf->metrics_port, why);
		if (!q->metrics)
			return false;
	}
	return privilege_drop(conf->user, PRIVILEGE_NOTHING, why);
}

static int run(struct quorumd *q)
{
	struct complaints c = { .say = log_line };
	struct words why;
	bool good;

	log_open("quorumd", LOG_L_INFO, false);
	guard_memory();
	if (!load(q, &c)) {
		domain_free(q->domain);
		return EXIT_FAILED;
	}
	log_open("quorumd", q->conf.log.level, q->conf.log.json);
	uv_loop_init(&q->loop);
	start_handles(q);
	good = open_all(q, &why);
	if (good) {
		log_say(LOG_L_INFO, "process",
			"runs controller=%s domain=%llu members=%u application=%s",
			q->conf.self, (unsigned long long)q->domain->id,
			q->domain->n, q->domain->app);
		sd_notify(0, "READY=1");
	} else {
		log_say(LOG_L_ERROR, "process", "cannot run why=\"%s\"",
			why.text);
		stop(q);
	}
	uv_run(&q->loop, UV_RUN_DEFAULT);
	uv_loop_close(&q->loop);
	domain_free(q->domain);
	return good ? 0 : EXIT_FAILED;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: quorumd [--config] FILE\n"
		"       quorumd --check FILE\n"
		"       quorumd --format [--lost] FILE\n"
		"       quorumd --version\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'f' },
		{ "check", no_argument, NULL, 'c' },
		{ "format", no_argument, NULL, 'm' },
		{ "lost", no_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	static struct quorumd q;
	bool to_check = false, to_format = false, lost = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'f')
			q.path = optarg;
		else if (c == 'c')
			to_check = true;
		else if (c == 'm')
			to_format = true;
		else if (c == 'l')
			lost = true;
		else if (c == 'v')
			return printf("quorumd, protocol versions 1\n") < 0;
		else
			return usage();
	}
	if (!q.path && optind < argc)
		q.path = argv[optind++];
	if (!q.path || optind != argc || (to_check && to_format) ||
	    (lost && !to_format))
		return usage();
	if (to_check)
		return check(&q);
	return to_format ? format(&q, lost) : run(&q);
}
