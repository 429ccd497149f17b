// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

double cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
		(double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static enum agree_mode parse_mode(const char *name)
{
	if (!strcmp(name, "byzantine"))
		return AGREE_BYZANTINE;
	if (!strcmp(name, "crash"))
		return AGREE_CRASH;
	if (!strcmp(name, "centralized"))
		return AGREE_CENTRALIZED;
	die("mode %s: byzantine, crash or centralized", name);
}

static enum hostility parse_hostile(const char *name)
{
	if (!strcmp(name, "silent"))
		return HOSTILE_SILENT;
	if (!strcmp(name, "slow"))
		return HOSTILE_SLOW;
	if (!strcmp(name, "flood"))
		return HOSTILE_FLOOD;
	die("hostile %s: silent, slow or flood", name);
}

int options_parse(struct options *o, int argc, char **argv)
{
	struct { const char *name; unsigned int *value; unsigned int max; } number[] = {
		{ "members", &o->n, AGREE_MEMBERS_MAX },
		{ "clients", &o->clients, 1024 },
		{ "bundle", &o->bundle, BUNDLE_MAX },
		{ "outstanding", &o->outstanding, 4096 },
		{ "batch", &o->batch, 4096 },
		{ "linger", &o->linger_ms, 1000 },
		{ "rotate", &o->rotate_blocks, 1u << 30 },
		{ "port", &o->port, 65000 },
		{ "warm", &o->warm_ms, 600000 },
		{ "measure", &o->measure_ms, 600000 },
		{ "hostile-from", &o->hostile_ms, 600000 },
	};
	enum { NUMBERS = sizeof(number) / sizeof(number[0]) };
	struct option option[NUMBERS + 4] = { 0 };
	int i, c;

	*o = (struct options){
		.dir = ".", .mode = AGREE_BYZANTINE, .n = 4, .clients = 1,
		.bundle = 1, .outstanding = 1, .batch = 256,
		.rotate_blocks = 1024, .port = 21000, .warm_ms = 1000,
		.measure_ms = 3000,
	};
	for (i = 0; i < NUMBERS; i++)
		option[i] = (struct option){ number[i].name, required_argument,
					     NULL, i + 1 };
	option[i++] = (struct option){ "dir", required_argument, NULL, 'd' };
	option[i++] = (struct option){ "mode", required_argument, NULL, 'm' };
	option[i] = (struct option){ "hostile", required_argument, NULL, 'h' };
	while ((c = getopt_long(argc, argv, "", option, NULL)) != -1) {
		if (c == 'd')
			o->dir = optarg;
		else if (c == 'm')
			o->mode = parse_mode(optarg);
		else if (c == 'h')
			o->hostile = parse_hostile(optarg);
		else if (c >= 1 && c <= NUMBERS &&
			 strtoul(optarg, NULL, 10) <= number[c - 1].max)
			*number[c - 1].value =
				(unsigned int)strtoul(optarg, NULL, 10);
		else
			die("options that make no sense");
	}
	if (!o->n || !o->clients || !o->bundle || !o->outstanding || !o->batch)
		die("options that make no sense");
	return optind;
}

size_t options_request_len(const struct options *o)
{
	return REQUEST_HEAD + (size_t)o->bundle * EVENT_LEN + KEY_SIG_LEN;
}

static uint32_t power_of_two(uint32_t at_least)
{
	uint32_t p = 64;

	while (p < at_least)
		p *= 2;
	return p;
}

void options_agree(const struct options *o, struct agree_config *c)
{
	size_t request = options_request_len(o);
	size_t block = request * o->batch + 4096;

	memset(c, 0, sizeof(*c));
	c->mode = o->mode;
	c->n = (uint16_t)o->n;
	c->domain = 1;
	c->phase = 1;
	c->clients = o->clients;
	c->request_max = (uint32_t)request;
	c->pool_per_client = 2 * o->outstanding + 16;
	c->pool_total = c->pool_per_client * o->clients;
	c->batch_max = o->batch;
	c->block_max = block > 1 << 20 ? 1 << 20 : (uint32_t)block;
	if (c->block_max < request + 4096)
		c->block_max = (uint32_t)request + 4096;
	c->linger_ms = o->linger_ms;
	c->heights = 64;
	c->history = 256;
	c->checkpoint_blocks = 1024;
	c->window = power_of_two(2 * c->pool_per_client);
	c->snapshot_max = 65536 + o->clients * (64 + c->window / 8);
	c->segment_max = 32 << 20;
	c->rotate_blocks = o->rotate_blocks;
	c->timeout_min_ms = 100;
	c->timeout_max_ms = 2000;
	c->status_ms = 500;
	c->clock_skew_ms = 500;
}
