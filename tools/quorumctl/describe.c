// SPDX-License-Identifier: GPL-2.0
/* Key sets and OpenFlow messages in words. */
#include <inttypes.h>
#include <stdlib.h>
#include "describe.h"
#include "keysetfile.h"
#include "output.h"
#include "quorumctl.h"
#include "text/text.h"

json_object *describe_key(const struct keyset_key *key, FILE *text,
			  const char *indent)
{
	json_object *o = json_object_new_object();
	uint8_t digest[32];

	pubkey_fingerprint(digest, key);
	json_number(o, "signer", key->signer);
	json_text(o, "algorithm", alg_name(key->alg));
	json_bytes(o, "sha256", digest, sizeof(digest));
	json_bytes(o, "key", key->key, key->len);
	if (key->signer)
		fprintf(text, "\n%ssigner %u %s", indent, key->signer,
			pubkey_text(key));
	else
		fprintf(text, "\n%sgroup %s", indent, pubkey_text(key));
	return o;
}

json_object *describe_keyset(const struct keyset *set, FILE *text,
			     const char *indent)
{
	json_object *o = json_object_new_object();
	json_object *keys = json_object_new_array();
	struct keyset_key key;
	size_t at = 0;

	json_number(o, "phase", set->phase);
	json_text(o, "scheme", scheme_name(set->scheme));
	json_number(o, "n", set->n);
	json_number(o, "quorum", set->quorum);
	fprintf(text, "\n%sphase %" PRIu32 " %s quorum %u of %u", indent,
		set->phase, scheme_name(set->scheme), set->quorum, set->n);
	while (keyset_key(set, &at, &key))
		json_object_array_add(keys, describe_key(&key, text, indent));
	json_object_object_add(o, "keys", keys);
	return o;
}

static char *printed(void (*print)(FILE *, const void *), const void *what)
{
	char *buffer;
	size_t room;
	FILE *f = open_memstream(&buffer, &room);

	if (!f)
		die(CTL_REFUSED, "out of memory");
	print(f, what);
	fclose(f);
	return buffer;
}

static void print_message(FILE *f, const void *msg)
{
	message_text_print(f, msg);
}

static void print_match(FILE *f, const void *match)
{
	match_text_print(f, match);
}

static void print_instructions(FILE *f, const void *in)
{
	instructions_text_print(f, in);
}

static void add_printed(json_object *o, const char *key,
			void (*print)(FILE *, const void *), const void *what)
{
	char *text = printed(print, what);

	json_text(o, key, text);
	free(text);
}

static void describe_flow_mod(json_object *o, const struct of_flow_mod *fm)
{
	json_number(o, "table", fm->table);
	json_number(o, "priority", fm->priority);
	json_hex64(o, "cookie", fm->cookie);
	json_number(o, "idle_timeout", fm->idle_timeout);
	json_number(o, "hard_timeout", fm->hard_timeout);
	add_printed(o, "match", print_match, &fm->match);
	add_printed(o, "actions", print_instructions, &fm->instructions);
}

json_object *describe_message(const struct of_message *msg)
{
	json_object *o = json_object_new_object();

	switch (msg->type) {
	case OF_FLOW_MOD:
		json_text(o, "message", "flow_mod");
		describe_flow_mod(o, &msg->flow_mod);
		break;
	case OF_GROUP_MOD:
		json_text(o, "message", "group_mod");
		json_number(o, "group", msg->group_mod.group);
		break;
	case OF_PACKET_OUT:
		json_text(o, "message", "packet_out");
		json_number(o, "in_port", msg->packet_out.in_port);
		break;
	}
	add_printed(o, "text", print_message, msg);
	return o;
}

enum wire_err describe_openflow(struct of_message *msg, const uint8_t *in,
				size_t len, json_object *array, FILE *text,
				const char *indent)
{
	static const char *const name[] = {
		[OF_PACKET_OUT] = "packet-out", [OF_FLOW_MOD] = "flow",
		[OF_GROUP_MOD] = "group",
	};
	enum wire_err err;
	size_t used;

	for (; len; in += used, len -= used) {
		err = of_decode(msg, in, len, &used);
		if (err)
			return err;
		json_object_array_add(array, describe_message(msg));
		fprintf(text, "\n%s%s ", indent, name[msg->type]);
		message_text_print(text, msg);
	}
	return WIRE_OK;
}
