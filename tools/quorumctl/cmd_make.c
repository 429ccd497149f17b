// SPDX-License-Identifier: GPL-2.0
/* update make, update batch: unsigned updates, alone and as leaves of a tree. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../lib/bls/bls.h"
#include "args.h"
#include "file.h"
#include "keysetfile.h"
#include "output.h"
#include "quorumctl.h"
#include "sealed.h"
#include "text/text.h"

/* The payload while it grows */
struct payload {
	uint8_t *data;
	size_t len;
	struct of_message *msg;
	uint8_t *frame;
};

static void append_message(struct payload *p, const char *text)
{
	size_t used;
	enum wire_err err = of_encode(p->data + p->len, UPDATE_BODY_MAX - p->len,
				      &used, p->msg);

	if (err)
		die(CTL_REFUSED, "\"%s\": %s", text, wire_err_text(err));
	p->len += used;
}

static void append_texts(struct payload *p, const struct arg_list *list,
			 bool (*parse)(struct of_message *msg, const char *text,
				       struct text_err *err))
{
	struct text_err err;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (!parse(p->msg, list->item[i], &err))
			die(CTL_REFUSED, "\"%s\": %s", list->item[i], err.what);
		append_message(p, list->item[i]);
	}
	free(list->item);
}

static void append_packet_outs(struct payload *p, const struct arg_list *list)
{
	struct text_err err;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (!packet_out_text_parse(p->msg, p->frame, UPDATE_BODY_MAX,
					   list->item[i], &err))
			die(CTL_REFUSED, "\"%s\": %s", list->item[i], err.what);
		append_message(p, list->item[i]);
	}
	free(list->item);
}

static void append_file(struct payload *p, const char *path)
{
	size_t len;
	uint8_t *data = file_read(path, &len);

	if (len > UPDATE_BODY_MAX - p->len)
		die(CTL_REFUSED, "%s: the update would be above %d bytes", path,
		    UPDATE_BODY_MAX);
	memcpy(p->data + p->len, data, len);
	p->len += len;
	free(data);
}

static void openflow_check(const struct payload *p)
{
	unsigned int nr;
	enum wire_err err;
	size_t at = 0;

	err = of_check(p->msg, p->data, p->len, &nr, &at);
	if (err)
		die(CTL_REFUSED, "OpenFlow message at byte %zu: %s", at,
		    wire_err_text(err));
}

static int dep_order(const void *a, const void *b)
{
	const struct update_dep *x = a, *y = b;

	if (x->dpid != y->dpid)
		return x->dpid < y->dpid ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void deps_parse(struct update_body *body, struct update_dep *deps,
		       const struct arg_list *list)
{
	size_t i;

	if (list->nr > UPDATE_DEPS_MAX)
		die_usage("more than %d dependencies", UPDATE_DEPS_MAX);
	for (i = 0; i < list->nr; i++) {
		char *colon = strrchr(list->item[i], ':');

		if (!colon)
			die_usage("--dep: \"%s\" is not DPID:SEQUENCE",
				  list->item[i]);
		*colon = '\0';
		deps[i].dpid = arg_dpid(list->item[i]);
		deps[i].sequence = arg_number("--dep", colon + 1, 1, UINT64_MAX);
	}
	qsort(deps, list->nr, sizeof(*deps), dep_order);
	for (i = 1; i < list->nr; i++)
		if (!dep_order(&deps[i - 1], &deps[i]))
			die_usage("--dep: the same update twice");
	body->dep_nr = list->nr;
	free(list->item);
}

static void write_unsigned(const struct update_body *body,
			   const struct update_dep *deps, const char *path)
{
	static const struct sig_set none;
	struct sealed_file f = {
		.path = path, .sealed = { .leaves = 1, .path = (uint8_t *)"" },
	};
	uint8_t *data = alloc(UPDATE_BODY_MAX);
	enum wire_err err;

	err = update_body_encode(data, UPDATE_BODY_MAX, &f.sealed.body_len,
				 body, deps);
	if (err)
		die(CTL_REFUSED, "%s: %s", path, wire_err_text(err));
	f.sealed.body = data;
	sealed_store(&f, &none, path);
	free(data);
}

int cmd_update_make(int argc, char **argv)
{
	const char *domain = NULL, *dpid = NULL, *phase = NULL;
	const char *sequence = NULL, *keyset = NULL, *out = NULL;
	struct arg_list dep = { 0 }, flow = { 0 }, group = { 0 };
	struct arg_list packet = { 0 }, openflow = { 0 };
	const struct arg args[] = {
		{ .name = "--domain", .text = &domain },
		{ .name = "--dpid", .text = &dpid },
		{ .name = "--phase", .text = &phase },
		{ .name = "--sequence", .text = &sequence },
		{ .name = "--dep", .list = &dep },
		{ .name = "--flow", .list = &flow },
		{ .name = "--group", .list = &group },
		{ .name = "--packet-out", .list = &packet },
		{ .name = "--openflow", .list = &openflow },
		{ .name = "--keyset", .text = &keyset },
		{ .name = "-o", .text = &out },
		{ 0 },
	};
	struct update_dep deps[UPDATE_DEPS_MAX];
	struct update_body body = { .kind = UPDATE_OPENFLOW };
	struct keyset_file set = { 0 };
	struct payload p;
	size_t i;

	args_parse(argc, argv, args, 0, 0);
	if (!domain || !dpid || !phase || !sequence || !out)
		die_usage("--domain, --dpid, --phase, --sequence and -o are needed");
	if (!keyset == !(flow.nr + group.nr + packet.nr + openflow.nr))
		die_usage("either OpenFlow messages or a key set");
	body.domain = arg_number("--domain", domain, 0, UINT64_MAX);
	body.dpid = arg_dpid(dpid);
	body.phase = arg_number("--phase", phase, 1, UINT32_MAX);
	body.sequence = arg_number("--sequence", sequence, 1, UINT64_MAX);
	deps_parse(&body, deps, &dep);
	p = (struct payload){ alloc(UPDATE_BODY_MAX), 0, alloc(sizeof(*p.msg)),
			      alloc(UPDATE_BODY_MAX) };
	if (keyset) {
		body.kind = UPDATE_KEYSET;
		keyset_load(&set, keyset);
		body.payload = set.data;
		body.payload_len = set.len;
	} else {
		/* Groups first: rules may name them. */
		append_texts(&p, &group, group_text_parse);
		append_texts(&p, &flow, flow_text_parse);
		append_packet_outs(&p, &packet);
		for (i = 0; i < openflow.nr; i++)
			append_file(&p, openflow.item[i]);
		free(openflow.item);
		openflow_check(&p);
		body.payload = p.data;
		body.payload_len = p.len;
	}
	write_unsigned(&body, deps, out);
	keyset_free(&set);
	free(p.data);
	free(p.msg);
	free(p.frame);
	return CTL_OK;
}

int cmd_update_batch(int argc, char **argv)
{
	const struct arg args[] = { { 0 } };
	static const struct sig_set none;
	uint8_t path[BLS_MERKLE_DEPTH_MAX][BLS_DIGEST_LEN];
	int nr = args_parse(argc, argv, args, 1, -1), i;
	uint8_t (*leaf)[BLS_DIGEST_LEN] = alloc(nr * sizeof(*leaf));
	struct sealed_file *f = alloc(nr * sizeof(*f));
	unsigned int depth;
	json_object *o;

	for (i = 0; i < nr; i++) {
		sealed_load(&f[i], argv[1 + i]);
		if (f[i].body.domain != f[0].body.domain ||
		    f[i].body.phase != f[0].body.phase)
			die(CTL_REFUSED, "%s: another domain or phase than %s",
			    f[i].path, f[0].path);
		memcpy(leaf[i], f[i].leaf, sizeof(leaf[i]));
	}
	for (i = 0; i < nr; i++) {
		if (bls_merkle_path(path, &depth, leaf, nr, i))
			die(CTL_REFUSED, "too many updates for one tree");
		f[i].sealed.leaves = nr;
		f[i].sealed.index = i;
		f[i].sealed.depth = depth;
		f[i].sealed.path = path[0];
		sealed_store(&f[i], &none, f[i].path);
		o = json_object_new_object();
		json_text(o, "file", f[i].path);
		json_number(o, "index", i);
		output(o, "%s: leaf %d of %d", f[i].path, i, nr);
		sealed_free(&f[i]);
	}
	free(leaf);
	free(f);
	return CTL_OK;
}
