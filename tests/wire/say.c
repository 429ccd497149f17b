// SPDX-License-Identifier: GPL-2.0
#include "say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "golden.h"
#include "parts.h"

static char text[2 * GOLDEN_BYTES_MAX + GOLDEN_WORDS_MAX];
static size_t used;

__attribute__((format(printf, 1, 2)))
static void add(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	used += vsnprintf(text + used, sizeof(text) - used, format, ap);
	va_end(ap);
	if (used >= sizeof(text))
		abort();
}

static void add_hex(const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	if (used + 2 * len >= sizeof(text))
		abort();
	for (; len; len--, bytes++) {
		text[used++] = digits[*bytes >> 4];
		text[used++] = digits[*bytes & 15];
	}
	text[used] = '\0';
}

static void add_actions(const char *word, const struct of_action *a,
			unsigned int nr)
{
	uint8_t value[FLOW_VALUE_MAX];
	struct flow_key none = { 0 };
	unsigned int i;

	add(" %s=", word);
	for (i = 0; i < nr; i++, a++) {
		add(i ? "," : "");
		switch (a->type) {
		case OF_ACTION_OUTPUT:
			if (a->port == OF_PORT_CONTROLLER)
				add("controller:%u", a->max_len);
			else
				add("output:0x%x", a->port);
			break;
		case OF_ACTION_GROUP:
			add("group:0x%x", a->group);
			break;
		case OF_ACTION_PUSH_VLAN:
			add("push:0x%x", a->tpid);
			break;
		case OF_ACTION_POP_VLAN:
			add("pop");
			break;
		case OF_ACTION_SET_FIELD:
			add("set:%s:", flow_field_name(a->field));
			add_hex(a->value,
				flow_field_get(value, &none, a->field));
			break;
		case OF_ACTION_SET_NW_TTL:
			add("ttl:%u", a->ttl);
			break;
		case OF_ACTION_DEC_NW_TTL:
			add("dec_ttl");
			break;
		default:
			add("action %u", a->type);
		}
	}
}

static void add_match(const struct flow_match *m)
{
	uint8_t value[FLOW_VALUE_MAX], mask[FLOW_VALUE_MAX];
	uint8_t ones[FLOW_VALUE_MAX];
	struct flow_key whole;
	const char *comma = "";
	uint64_t fields;
	unsigned int f;
	size_t n;

	add(" match=");
	if (oxm_match_check(m, &fields))
		add("?");
	for (f = 0; f < FLOW_FIELD_NR; f++) {
		if (!(fields >> f & 1))
			continue;
		n = flow_field_get(value, &m->key, f);
		flow_field_get(mask, &m->mask, f);
		flow_field_mask(&whole, f);
		flow_field_get(ones, &whole, f);
		add("%s%s:", comma, flow_field_name(f));
		add_hex(value, n);
		if (memcmp(mask, ones, n)) {
			add("/");
			add_hex(mask, n);
		}
		comma = ",";
	}
}

static void add_flow_mod(const struct of_flow_mod *fm)
{
	static const char *const commands[] = {
		"add", "modify", "modify_strict", "delete", "delete_strict",
	};
	const struct of_instructions *ins = &fm->instructions;

	add("flow_mod %s table=%u priority=%u cookie=0x%" PRIx64 "/0x%" PRIx64,
	    commands[fm->command], fm->table, fm->priority, fm->cookie,
	    fm->cookie_mask);
	add(" idle=%u hard=%u flags=0x%x out_port=0x%x out_group=0x%x",
	    fm->idle_timeout, fm->hard_timeout, fm->flags, fm->out_port,
	    fm->out_group);
	add_match(&fm->match);
	if (ins->apply_nr)
		add_actions("apply", ins->action, ins->apply_nr);
	if (ins->clear_actions)
		add(" clear");
	if (ins->write_nr)
		add_actions("write", ins->action + ins->apply_nr,
			    ins->write_nr);
	if (ins->metadata_mask)
		add(" metadata=0x%" PRIx64 "/0x%" PRIx64, ins->metadata,
		    ins->metadata_mask);
	if (ins->has_goto)
		add(" goto=%u", ins->goto_table);
}

const char *say_message(const struct of_message *msg)
{
	static const char *const commands[] = { "add", "modify", "delete" };
	const struct of_packet_out *po = &msg->packet_out;
	const struct of_group_mod *gm = &msg->group_mod;
	unsigned int i, start;

	used = 0;
	switch (msg->type) {
	case OF_FLOW_MOD:
		add_flow_mod(&msg->flow_mod);
		break;
	case OF_GROUP_MOD:
		add("group_mod %s group=0x%x type=%u", commands[gm->command],
		    gm->group, gm->type);
		for (i = 0, start = 0; i < gm->bucket_nr; i++) {
			add_actions("bucket", gm->action + start,
				    gm->bucket_end[i] - start);
			start = gm->bucket_end[i];
		}
		break;
	case OF_PACKET_OUT:
		add("packet_out in_port=0x%x", po->in_port);
		add_actions("actions", po->action, po->action_nr);
		add(" data=");
		add_hex(po->data, po->data_len);
		break;
	default:
		add("message %u", msg->type);
	}
	return text;
}

const char *say_body(const struct update_body *body)
{
	struct update_dep dep;
	unsigned int i;

	used = 0;
	add("kind=%u domain=0x%" PRIx64 " dpid=0x%" PRIx64 " phase=%u"
	    " sequence=%" PRIu64 " deps=", body->kind, body->domain,
	    body->dpid, body->phase, body->sequence);
	for (i = 0; i < body->dep_nr; i++) {
		dep = update_body_dep(body, i);
		add("%s0x%" PRIx64 ":%" PRIu64, i ? "," : "", dep.dpid,
		    dep.sequence);
	}
	add(" payload=");
	add_hex(body->payload, body->payload_len);
	return text;
}

const char *say_sealed(const struct update_sealed *sealed)
{
	struct update_sig sig;
	size_t at = 0;

	used = 0;
	add("leaves=%u index=%u body=", sealed->leaves, sealed->index);
	add_hex(sealed->body, sealed->body_len);
	add(" path=");
	add_hex(sealed->path, UPDATE_DIGEST_LEN * sealed->depth);
	while (update_sealed_sig(sealed, &at, &sig)) {
		add(" sig=%u:%u:", sig.signer, sig.alg);
		add_hex(sig.sig, sig.len);
	}
	return text;
}

const char *say_keyset(const struct keyset *set)
{
	struct keyset_key key;
	size_t at = 0;

	used = 0;
	add("phase=%u scheme=%u n=%u quorum=%u", set->phase, set->scheme,
	    set->n, set->quorum);
	while (keyset_key(set, &at, &key)) {
		add(" key=%u:%u:", key.signer, key.alg);
		add_hex(key.key, key.len);
	}
	return text;
}
