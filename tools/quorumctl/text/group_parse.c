// SPDX-License-Identifier: GPL-2.0
/* Group mods and packet-outs from text. */
#include <ctype.h>
#include <stdlib.h>
#include "action.h"

static bool bucket(struct of_group_mod *gm, char *text, struct text_err *err)
{
	struct action_list list = {
		.action = gm->action, .nr = gm->action_nr, .blind = true,
	};

	if (gm->bucket_nr == OF_BUCKETS_MAX)
		return text_fail(err, "more than %d buckets", OF_BUCKETS_MAX);
	if (!strncmp(text, "actions=", 8))
		text += 8;
	if (!actions_parse(&list, text, err))
		return false;
	gm->action_nr = list.nr;
	gm->bucket_end[gm->bucket_nr++] = list.nr;
	return true;
}

/* Cuts at ",bucket=", since actions have commas of their own. */
static char *bucket_cut(char *text)
{
	char *s = text;

	while ((s = strstr(s, "bucket="))) {
		if (s == text || strchr(", \t\r\n", s[-1])) {
			*s = '\0';
			return s + strlen("bucket=");
		}
		s++;
	}
	return NULL;
}

static bool group_attribute(struct of_group_mod *gm, const struct token *t,
			    bool *named, struct text_err *err)
{
	uint64_t n;

	if (!strcmp(t->key, "group_id")) {
		if (*named)
			return text_fail(err, "group_id: given twice");
		*named = true;
		if (gm->command == OF_GROUP_DELETE && text_same(t->value, "all")) {
			gm->group = OF_GROUP_ALL;
			return true;
		}
		if (!text_number(t->value, OF_GROUP_MAX, &n))
			return text_fail(err, "bad group_id \"%.64s\"", t->value);
		gm->group = n;
		return true;
	}
	if (!strcmp(t->key, "type") && gm->command != OF_GROUP_DELETE) {
		if (!strcmp(t->value, "all"))
			gm->type = OF_GROUP_TYPE_ALL;
		else if (!strcmp(t->value, "indirect"))
			gm->type = OF_GROUP_TYPE_INDIRECT;
		else
			return text_fail(err, "group type \"%.64s\" is not supported",
					 t->value);
		return true;
	}
	return text_fail(err, "%.64s: unknown in a group", t->key);
}

static bool group_parse(struct of_group_mod *gm, char *text,
			struct text_err *err)
{
	static const char *const command[] = { "add", "modify", "delete" };
	bool named = false;
	struct token t;
	char *next;
	size_t len;
	int got, i;

	text += strspn(text, ", \t\r\n");
	len = strcspn(text, ", \t\r\n");
	for (i = OF_GROUP_ADD; i <= OF_GROUP_DELETE; i++)
		if (strlen(command[i]) == len && !memcmp(text, command[i], len))
			gm->command = i;
	if (len == strlen(command[gm->command]) &&
	    !memcmp(text, command[gm->command], len))
		text += len;
	if (gm->command == OF_GROUP_DELETE)
		gm->group = OF_GROUP_ALL;
	next = bucket_cut(text);
	while ((got = token_next(&text, &t, err)) > 0)
		if (!group_attribute(gm, &t, &named, err))
			return false;
	if (got < 0)
		return false;
	if (!named && gm->command != OF_GROUP_DELETE)
		return text_fail(err, "no group_id");
	if (next && gm->command == OF_GROUP_DELETE)
		return text_fail(err, "a deletion has no buckets");
	while (next) {
		text = next;
		next = bucket_cut(text);
		if (!bucket(gm, text, err))
			return false;
	}
	return true;
}

bool group_text_parse(struct of_message *msg, const char *text,
		      struct text_err *err)
{
	char *copy = strdup(text);
	bool ok;

	memset(msg, 0, sizeof(*msg));
	msg->type = OF_GROUP_MOD;
	ok = copy ? group_parse(&msg->group_mod, copy, err) :
		    text_fail(err, "out of memory");
	free(copy);
	return ok;
}

static bool frame_parse(struct of_packet_out *po, uint8_t *frame, size_t room,
			const char *hex, struct text_err *err)
{
	size_t len = strlen(hex), i;

	if (!len || len % 2 || len / 2 > room)
		return text_fail(err, "packet: not whole bytes in hex, at most %zu",
				 room);
	for (i = 0; i < len; i++) {
		if (!isxdigit((unsigned char)hex[i]))
			return text_fail(err, "packet: not hex");
		frame[i / 2] = (uint8_t)(frame[i / 2] << 4 | hex_digit(hex[i]));
	}
	po->data = frame;
	po->data_len = len / 2;
	return true;
}

static bool packet_out_parse(struct of_packet_out *po, uint8_t *frame,
			     size_t room, char *text, struct text_err *err)
{
	struct action_list list = { .action = po->action, .blind = true };
	char *actions = strstr(text, "actions=");
	struct token t;
	int got;

	if (!actions)
		return text_fail(err, "no actions");
	*actions = '\0';
	actions += strlen("actions=");
	while ((got = token_next(&text, &t, err)) > 0) {
		if (!strcmp(t.key, "in_port")) {
			if (!port_text_parse(t.value, &po->in_port))
				return text_fail(err, "bad in_port \"%.64s\"",
						 t.value);
		} else if (!strcmp(t.key, "packet")) {
			if (!frame_parse(po, frame, room, t.value, err))
				return false;
		} else {
			return text_fail(err, "%.64s: unknown in a packet-out",
					 t.key);
		}
	}
	if (got < 0)
		return false;
	if (!po->data)
		return text_fail(err, "no packet");
	if (!actions_parse(&list, actions, err))
		return false;
	po->action_nr = list.nr;
	return true;
}

bool packet_out_text_parse(struct of_message *msg, uint8_t *frame, size_t room,
			   const char *text, struct text_err *err)
{
	char *copy = strdup(text);
	bool ok;

	memset(msg, 0, sizeof(*msg));
	msg->type = OF_PACKET_OUT;
	msg->packet_out.in_port = OF_PORT_CONTROLLER;
	ok = copy ? packet_out_parse(&msg->packet_out, frame, room, copy, err) :
		    text_fail(err, "out of memory");
	free(copy);
	return ok;
}
