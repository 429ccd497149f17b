// SPDX-License-Identifier: GPL-2.0
#include "control_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

enum { DEPTH_MAX = 4, RECENT_DEFAULT = 20 };

static void put_number(json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

static void put_text(json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void put_flag(json_object *o, const char *key, bool b)
{
	json_object_object_add(o, key, json_object_new_boolean(b));
}

json_object *control_error(const char *words)
{
	json_object *o = json_object_new_object();

	put_text(o, "error", words);
	return o;
}

/* An answer says whose it is. */
static json_object *answer(const struct node *node)
{
	json_object *o = json_object_new_object();

	put_text(o, "controller",
		 node_domain(node)->controller[node_self(node)].name);
	return o;
}

static void put_health(json_object *o, const struct node *node)
{
	struct words why = { "" };
	bool healthy = node_healthy(node, &why);

	put_flag(o, "healthy", healthy);
	if (!healthy)
		put_text(o, "why", why.text);
}

static void put_agreement(json_object *o, const struct agree_stats *a,
			  const struct domain *d)
{
	put_number(o, "height", a->height);
	put_number(o, "decided", a->decided);
	put_number(o, "checkpoint", a->checkpoint);
	put_number(o, "executed", a->executed);
	put_number(o, "term", a->term);
	if (a->leader < d->n)
		put_text(o, "leader", d->controller[a->leader].name);
	put_number(o, "waiting", a->pool);
	put_flag(o, "recovering", a->recovering);
	put_flag(o, "repairing", a->repairing);
	put_number(o, "equivocations", a->equivocations);
}

static json_object *status(struct node *node, const json_object *request)
{
	json_object *o = answer(node);
	struct node_stats s;

	(void)request;
	node_stats(node, &s);
	put_number(o, "domain", node_domain(node)->id);
	put_health(o, node);
	put_number(o, "uptime_ms", s.uptime_ms);
	put_agreement(o, &s.ctl.agree, node_domain(node));
	put_number(o, "events", s.ctl.events);
	put_number(o, "updates", s.ctl.updates);
	put_number(o, "sent", s.ctl.sent);
	put_number(o, "resent", s.ctl.resent);
	put_number(o, "acknowledged", s.ctl.acked);
	put_number(o, "retired", s.ctl.retired);
	put_number(o, "refused", s.ctl.refused);
	put_number(o, "outstanding", s.ctl.outstanding);
	put_number(o, "switches_down", s.ctl.down);
	put_number(o, "switches_to_fill", s.ctl.resync);
	if (!strcmp(node_domain(node)->app, "external"))
		put_flag(o, "application_up", s.app_up);
	return o;
}

static json_object *members(struct node *node, const json_object *request)
{
	json_object *o = answer(node), *list = json_object_new_array(), *one;
	struct node_member m;
	unsigned int i;

	(void)request;
	for (i = 0; i < node_domain(node)->n && node_member(node, i, &m); i++) {
		one = json_object_new_object();
		put_text(one, "name", m.name);
		put_flag(one, "self", m.self);
		put_flag(one, "up", m.up);
		put_flag(one, "evidence", m.evidence);
		json_object_array_add(list, one);
	}
	json_object_object_add(o, "members", list);
	return o;
}

/* Datapath ids are texts: readers of JSON lose digits of large numbers. */
static json_object *switch_object(const struct node_switch *sw)
{
	json_object *o = json_object_new_object();
	char dpid[17];

	snprintf(dpid, sizeof(dpid), "%016" PRIx64, sw->dpid);
	put_text(o, "name", sw->name);
	put_text(o, "dpid", dpid);
	put_flag(o, "up", sw->up);
	put_flag(o, "known", sw->known);
	put_flag(o, "down", sw->down);
	put_number(o, "epoch", sw->epoch);
	put_number(o, "floor", sw->floor);
	put_number(o, "next", sw->next);
	put_number(o, "outstanding", sw->outstanding);
	put_number(o, "events", sw->events);
	put_number(o, "updates", sw->updates);
	return o;
}

static json_object *switches(struct node *node, const json_object *request)
{
	json_object *o = answer(node), *list = json_object_new_array();
	struct node_switch sw;
	unsigned int i;

	(void)request;
	for (i = 0; i < node_domain(node)->switches; i++)
		if (node_switch(node, i, &sw))
			json_object_array_add(list, switch_object(&sw));
	json_object_object_add(o, "switches", list);
	return o;
}

static bool count_of(const json_object *request, unsigned int *count)
{
	json_object *v;
	int64_t n;

	*count = RECENT_DEFAULT;
	if (!json_object_object_get_ex(request, "count", &v))
		return true;
	if (!json_object_is_type(v, json_type_int))
		return false;
	n = json_object_get_int64(v);
	*count = (unsigned int)n;
	return n >= 1 && n <= NODE_RECENT;
}

static json_object *recent(struct node *node, const json_object *request,
			   enum node_recent_kind kind, const char *name)
{
	json_object *o, *list, *one;
	unsigned int i, count;
	struct node_recent r;

	if (!count_of(request, &count))
		return control_error("count is not a number from 1 to 256");
	o = answer(node);
	list = json_object_new_array();
	for (i = 0; i < count && node_recent(node, kind, i, &r); i++) {
		one = json_object_new_object();
		put_number(one, "height", r.height);
		put_number(one, "index", r.index);
		put_number(one, "time_ms", r.time_ms);
		put_text(one, "switch", r.sw ? r.sw : "");
		if (kind == NODE_UPDATE)
			put_number(one, "sequence", r.sequence);
		put_text(one, "text", r.text);
		json_object_array_add(list, one);
	}
	json_object_object_add(o, name, list);
	return o;
}

static json_object *events(struct node *node, const json_object *request)
{
	return recent(node, request, NODE_EVENT, "events");
}

static json_object *updates(struct node *node, const json_object *request)
{
	return recent(node, request, NODE_UPDATE, "updates");
}

/* Lines of the log so far, and what they were mostly about */
static json_object *log_summary(struct node *node, const json_object *request)
{
	json_object *o = answer(node);
	struct node_stats s;

	(void)request;
	node_stats(node, &s);
	put_text(o, "level", log_level_name(log_get_level()));
	put_number(o, "errors", log_count(LOG_L_ERROR));
	put_number(o, "warnings", log_count(LOG_L_WARNING));
	put_number(o, "strangers", s.members.strangers + s.switches.strangers);
	put_number(o, "breaches", s.members.breaches + s.switches.breaches);
	return o;
}

static json_object *log_level_set(struct node *node, const json_object *request)
{
	enum log_level level;
	json_object *v;

	if (!json_object_object_get_ex(request, "level", &v) ||
	    !json_object_is_type(v, json_type_string) ||
	    !log_level_parse(json_object_get_string(v), &level))
		return control_error("level is none of: error warning info debug");
	log_set_level(level);
	log_say(LOG_L_WARNING, "control", "the level of the log was set level=%s",
		log_level_name(level));
	return log_summary(node, request);
}

static const struct command {
	const char *name, *argument;
	json_object *(*reply)(struct node *node, const json_object *request);
} commands[] = {
	{ "status", NULL, status },
	{ "members", NULL, members },
	{ "switches", NULL, switches },
	{ "events", "count", events },
	{ "updates", "count", updates },
	{ "log", NULL, log_summary },
	{ "log-level", "level", log_level_set },
};

static json_object *run(struct node *node, const json_object *request)
{
	const struct command *c = commands;
	json_object *name;

	if (!json_object_object_get_ex(request, "command", &name) ||
	    !json_object_is_type(name, json_type_string))
		return control_error("there is no command");
	while (strcmp(c->name, json_object_get_string(name)))
		if (++c == commands + sizeof(commands) / sizeof(commands[0]))
			return control_error("no such command: status members switches events updates log log-level");
	json_object_object_foreach(request, key, value) {
		(void)value;
		if (strcmp(key, "command") &&
		    (!c->argument || strcmp(key, c->argument)))
			return control_error("the command does not take this argument");
	}
	return c->reply(node, request);
}

json_object *control_reply(struct node *node, const char *line, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
	json_object *request = NULL, *reply;

	if (!tok)
		return control_error("no memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	if (!memchr(line, 0, len)) {
		request = json_tokener_parse_ex(tok, line, (int)len);
		if (json_tokener_get_error(tok) != json_tokener_success ||
		    json_tokener_get_parse_end(tok) != len) {
			json_object_put(request);
			request = NULL;
		}
	}
	json_tokener_free(tok);
	if (json_object_is_type(request, json_type_object))
		reply = run(node, request);
	else
		reply = control_error("not a JSON object in one line");
	json_object_put(request);
	return reply;
}
