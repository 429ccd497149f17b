// SPDX-License-Identifier: GPL-2.0
/* cluster status, members, switches, events, updates and log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "args.h"
#include "cluster.h"
#include "output.h"
#include "quorumctl.h"

enum { RECENT_MAX = 256, FOLLOW_S = 1, TIME_LEN = 24 };

static const char *text_in(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
	       json_object_get_string(v) : "?";
}

static uint64_t number_in(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
	       json_object_get_uint64(v) : 0;
}

static bool flag_in(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) &&
	       json_object_get_boolean(v);
}

static size_t length_of(json_object *o, const char *key, json_object **list)
{
	if (!json_object_object_get_ex(o, key, list) ||
	    !json_object_is_type(*list, json_type_array))
		return 0;
	return json_object_array_length(*list);
}

static json_object *request_for(const char *command)
{
	json_object *o = json_object_new_object();

	json_text(o, "command", command);
	return o;
}

/* What each command says of one answer, which it does not take */
typedef void show_fn(json_object *answer, void *ctx);

static int ask_all(struct cluster *c, json_object *request, show_fn *show,
		   void *ctx)
{
	int status = CTL_OK;
	json_object *answer;
	size_t i;

	for (i = 0; i < c->sockets.nr; i++) {
		answer = cluster_ask(c->sockets.item[i], request);
		if (answer)
			show(answer, ctx);
		else
			status = CTL_REFUSED;
		json_object_put(answer);
	}
	return status;
}

/* One question without arguments, to all */
static int ask_once(int argc, char **argv, const char *command, show_fn *show)
{
	struct cluster c = { 0 };
	const struct arg args[] = {
		{ .name = "--socket", .list = &c.sockets },
		{ 0 },
	};
	json_object *request = request_for(command);
	int status;

	args_parse(argc, argv, args, 0, 0);
	cluster_find(&c);
	status = ask_all(&c, request, show, NULL);
	json_object_put(request);
	cluster_free(&c);
	return status;
}

static void show_status(json_object *o, void *ctx)
{
	bool healthy = flag_in(o, "healthy");

	(void)ctx;
	output(json_object_get(o),
	       "%-16s %s%s, height %" PRIu64 ", term %" PRIu64 " led by %s, %" PRIu64
	       " events, %" PRIu64 " updates, %" PRIu64 " outstanding, %" PRIu64
	       " equivocations, up %" PRIu64 " s",
	       text_in(o, "controller"), healthy ? "healthy" : "unhealthy: ",
	       healthy ? "" : text_in(o, "why"), number_in(o, "decided"),
	       number_in(o, "term"), text_in(o, "leader"),
	       number_in(o, "events"), number_in(o, "updates"),
	       number_in(o, "outstanding"), number_in(o, "equivocations"),
	       number_in(o, "uptime_ms") / 1000);
}

int cmd_cluster_status(int argc, char **argv)
{
	return ask_once(argc, argv, "status", show_status);
}

/* A row of a list is an object of its own, which says whose view it is. */
static json_object *row_of(json_object *answer, json_object *list, size_t i)
{
	json_object *row = json_object_get(json_object_array_get_idx(list, i));

	json_text(row, "controller", text_in(answer, "controller"));
	return row;
}

static void show_members(json_object *o, void *ctx)
{
	json_object *list, *row;
	size_t i, nr = length_of(o, "members", &list);

	(void)ctx;
	for (i = 0; i < nr; i++) {
		row = row_of(o, list, i);
		output(row, "%-16s %-16s %s%s", text_in(o, "controller"),
		       text_in(row, "name"), flag_in(row, "self") ? "self" :
		       flag_in(row, "up") ? "up" : "down",
		       flag_in(row, "evidence") ? ", contradicted itself" : "");
	}
}

int cmd_cluster_members(int argc, char **argv)
{
	return ask_once(argc, argv, "members", show_members);
}

static void show_switches(json_object *o, void *ctx)
{
	json_object *list, *row;
	size_t i, nr = length_of(o, "switches", &list);

	(void)ctx;
	for (i = 0; i < nr; i++) {
		row = row_of(o, list, i);
		output(row, "%-16s %-12s %s link %s, %s, epoch %" PRIu64 ", done %"
		       PRIu64 ", next %" PRIu64 ", %" PRIu64 " outstanding, %"
		       PRIu64 " events, %" PRIu64 " updates",
		       text_in(o, "controller"), text_in(row, "name"),
		       text_in(row, "dpid"), flag_in(row, "up") ? "up" : "down",
		       !flag_in(row, "known") ? "never seen" :
		       flag_in(row, "down") ? "given up" : "in the order",
		       number_in(row, "epoch"), number_in(row, "floor"),
		       number_in(row, "next"), number_in(row, "outstanding"),
		       number_in(row, "events"), number_in(row, "updates"));
	}
}

int cmd_cluster_switches(int argc, char **argv)
{
	return ask_once(argc, argv, "switches", show_switches);
}

/* What was executed lately, and the newest of it that was shown */
struct recent {
	const char *list;
	bool updates;
	json_object **shown;		/* of each socket */
	size_t at;			/* which socket */
};

static void time_text(char out[TIME_LEN], uint64_t time_ms)
{
	time_t t = (time_t)(time_ms / 1000);
	struct tm tm;
	size_t len;

	len = gmtime_r(&t, &tm) ? strftime(out, TIME_LEN, "%H:%M:%S", &tm) : 0;
	snprintf(out + len, TIME_LEN - len, ".%03u",
		 (unsigned int)(time_ms % 1000));
}

static void show_row(json_object *answer, json_object *row, bool updates)
{
	char when[TIME_LEN], number[24] = "";

	time_text(when, number_in(row, "time_ms"));
	if (updates)
		snprintf(number, sizeof(number), " #%" PRIu64,
			 number_in(row, "sequence"));
	output(row, "%-16s %s %" PRIu64 ".%" PRIu64 " %s%s %s",
	       text_in(answer, "controller"), when, number_in(row, "height"),
	       number_in(row, "index"), text_in(row, "switch"), number,
	       text_in(row, "text"));
}

/* They come newest first, and are shown oldest first. */
static void show_recent(json_object *o, void *ctx)
{
	struct recent *r = ctx;
	json_object **shown = &r->shown[r->at++];
	size_t i, nr, total;
	json_object *list;

	total = length_of(o, r->list, &list);
	for (nr = 0; nr < total; nr++)
		if (json_object_equal(json_object_array_get_idx(list, nr), *shown))
			break;
	if (!nr)
		return;
	json_object_put(*shown);
	*shown = NULL;
	json_object_deep_copy(json_object_array_get_idx(list, 0), shown, NULL);
	for (i = nr; i-- > 0;)
		show_row(o, row_of(o, list, i), r->updates);
}

static int recent(int argc, char **argv, const char *command, bool updates)
{
	struct recent r = { .list = command, .updates = updates };
	const char *count = NULL;
	struct cluster c = { 0 };
	bool follow = false;
	const struct arg args[] = {
		{ .name = "--count", .text = &count },
		{ .name = "--follow", .flag = &follow },
		{ .name = "--socket", .list = &c.sockets },
		{ 0 },
	};
	json_object *request = request_for(command);
	int status;

	args_parse(argc, argv, args, 0, 0);
	if (count)
		json_number(request, "count",
			    arg_number("--count", count, 1, RECENT_MAX));
	cluster_find(&c);
	r.shown = alloc(c.sockets.nr * sizeof(json_object *));
	if (follow)
		output_lines();
	do {
		r.at = 0;
		status = ask_all(&c, request, show_recent, &r);
		json_object_object_del(request, "count");
		json_number(request, "count", RECENT_MAX);
	} while (follow && !status && !ferror(stdout) && !sleep(FOLLOW_S));
	for (r.at = 0; r.at < c.sockets.nr; r.at++)
		json_object_put(r.shown[r.at]);
	json_object_put(request);
	cluster_free(&c);
	free(r.shown);
	return status;
}

int cmd_cluster_events(int argc, char **argv)
{
	return recent(argc, argv, "events", false);
}

int cmd_cluster_updates(int argc, char **argv)
{
	return recent(argc, argv, "updates", true);
}

static void show_log(json_object *o, void *ctx)
{
	(void)ctx;
	output(json_object_get(o),
	       "%-16s level %s, %" PRIu64 " errors, %" PRIu64 " warnings, %" PRIu64
	       " connections refused, %" PRIu64 " links closed for what they sent",
	       text_in(o, "controller"), text_in(o, "level"),
	       number_in(o, "errors"), number_in(o, "warnings"),
	       number_in(o, "strangers"), number_in(o, "breaches"));
}

int cmd_cluster_log(int argc, char **argv)
{
	struct cluster c = { 0 };
	const char *level = NULL;
	const struct arg args[] = {
		{ .name = "--level", .text = &level },
		{ .name = "--socket", .list = &c.sockets },
		{ 0 },
	};
	json_object *request;
	int status;

	args_parse(argc, argv, args, 0, 0);
	request = request_for(level ? "log-level" : "log");
	if (level) {
		arg_word("--level", level, "error warning info debug");
		json_text(request, "level", level);
	}
	cluster_find(&c);
	status = ask_all(&c, request, show_log, NULL);
	json_object_put(request);
	cluster_free(&c);
	return status;
}
