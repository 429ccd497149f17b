// SPDX-License-Identifier: GPL-2.0
/*
 * check-history [-n] FILE...: do the histories of a domain's daemons, controllers that
 * do not lie and switches, keep the promises that the simulator looks for?  -n: the
 * procedure is no-ack, so switches apply in any order.
 *
 * A line for each violation; the last one is totals.  Exit status: 0 if something
 * was executed and nothing is wrong, 1 if not, 2 for a file that cannot be read.
 */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"

static void totals(const struct records *r)
{
	size_t i, controllers = 0;

	for (i = 0; i < r->files; i++)
		controllers += r->file[i].controller;
	printf("%zu controllers, %zu switches: %llu executions of %llu requests in %llu blocks (%llu not compared with who issued them), %llu issued; ",
	       controllers, r->files - controllers, r->executed, r->places,
	       r->blocks, r->unjudged, r->issued);
	printf("%llu updates given out, %llu applied, %llu refused, %llu again after a loss, %llu not written by the switch, ",
	       r->given, r->applied, r->refused, r->repeated, r->lost);
	if (r->given)
		printf("%llu", r->unknown);
	else
		printf("all");
	printf(" not compared with what was given; %llu violations\n",
	       r->wrong);
}

int main(int argc, char **argv)
{
	struct records r = { 0 };
	bool readable = true;
	int option;
	size_t i;

	while ((option = getopt(argc, argv, "n")) == 'n')
		r.unordered = true;
	if (option != -1 || optind == argc) {
		fprintf(stderr, "usage: check-history [-n] FILE...\n");
		return 2;
	}
	r.files = (size_t)(argc - optind);
	r.file = must_have(NULL, r.files * sizeof(*r.file));
	memset(r.file, 0, r.files * sizeof(*r.file));
	for (i = 0; i < r.files; i++)
		readable &= record_read(&r, &r.file[i], argv[optind + (int)i]);
	if (readable) {
		record_order(&r);
		record_given(&r);
		record_applied(&r);
		if (!r.executed)
			printf("nothing was executed\n");
		totals(&r);
	}
	for (i = 0; i < r.files; i++)
		free(r.file[i].record);
	free(r.file);
	free(r.give);
	return !readable ? 2 : r.wrong || !r.executed;
}
