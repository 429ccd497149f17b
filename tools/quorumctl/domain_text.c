// SPDX-License-Identifier: GPL-2.0
/* Writes the files of a domain. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain_text.h"
#include "file.h"
#include "output.h"
#include "quorumctl.h"

enum { HEX_BYTES = 32 };		/* of a line */

struct text {
	FILE *f;
	char *bytes;
	size_t len;
};

static FILE *text_open(struct text *t)
{
	t->f = open_memstream(&t->bytes, &t->len);
	if (!t->f)
		die(CTL_REFUSED, "out of memory");
	return t->f;
}

static char *text_close(struct text *t)
{
	if (fclose(t->f))
		die(CTL_REFUSED, "out of memory");
	return t->bytes;
}

static void text_write(struct text *t, const char *path, unsigned int mode)
{
	text_close(t);
	file_write(path, t->bytes, t->len, mode);
	free(t->bytes);
}

/* libconfig joins strings that follow one another. */
static void hex(FILE *f, const char *name, const uint8_t *bytes, size_t len)
{
	size_t at, piece;

	fprintf(f, "\t\t%s =", name);
	for (at = 0; at < len; at += piece) {
		piece = len - at < HEX_BYTES ? len - at : HEX_BYTES;
		fprintf(f, "\n\t\t\t\"%s\"", hex_text(bytes + at, piece));
	}
	fputs(";\n", f);
}

static void controller(FILE *f, const struct domain_text_controller *c,
		       const char *comma)
{
	fprintf(f, "\t{\n\t\tname = \"%s\";\n\t\thost = \"%s\";\n"
		"\t\tport = %u;\n\t\tswitch_port = %u;\n", c->name, c->host,
		c->port, c->switch_port);
	hex(f, "agree_key", c->agree.data, c->agree.len);
	fprintf(f, "\t\tsign_alg = \"%s\";\n", alg_name(c->sign.alg));
	hex(f, "sign_key", c->sign.data, c->sign.len);
	fprintf(f, "\t}%s\n", comma);
}

char *switch_text(const struct domain_text_switch *sw)
{
	struct text t;
	FILE *f = text_open(&t);

	fprintf(f, "{\n\t\tname = \"%s\";\n\t\tdpid = 0x%016" PRIx64 "L;\n"
		"\t\tweight = 1;\n", sw->name, sw->dpid);
	hex(f, "key", sw->key.data, sw->key.len);
	fputs("\t}", f);
	return text_close(&t);
}

static void signatures(FILE *f, const struct domain_text *d)
{
	fputs("# Who signs updates, and how many must: PROTOCOL.md, section 4.\n"
	      "signatures: {\n", f);
	fprintf(f, "\tscheme = \"%s\";\n\tphase = 1;\n\tquorum = %u;\n",
		d->scheme, d->quorum);
	if (d->group_key)
		hex(f, "group_key", d->group_key, BLS_PK_LEN);
	fputs("};\n\n", f);
}

void domain_text_write(const struct domain_text *d, const char *path)
{
	struct text t;
	FILE *f = text_open(&t);
	unsigned int i;
	char *one;

	fprintf(f, "# Domain %" PRIu64 ".  Equal on all controllers and switches: docs/operating.md\n"
		"# Made by quorumctl domain init; keys are in hexadecimal, as PROTOCOL.md encodes them.\n\n"
		"id = %" PRIu64 "L;\nmode = \"%s\";\nprocedure = \"%s\";\n\n",
		d->id, d->id, d->mode, d->procedure);
	signatures(f, d);
	fputs("# Their order gives members and signers their numbers, and never changes.\n"
	      "controllers = (\n", f);
	for (i = 0; i < d->n; i++)
		controller(f, &d->controller[i], i + 1 < d->n ? "," : "");
	fputs(");\n\n"
	      "# So does that of switches.  { } is a spare place: quorumctl domain add-switch fills the first.\n"
	      "switches = (\n", f);
	for (i = 0; i < d->m; i++) {
		one = switch_text(&d->sw[i]);
		fprintf(f, "\t%s%s\n", one,
			i + 1 < d->m + d->spare ? "," : "");
		free(one);
	}
	for (i = 0; i < d->spare; i++)
		fprintf(f, "\t{ }%s\n", i + 1 < d->spare ? "," : "");
	fprintf(f, ");\n\n"
		"# What decides which flows events lead to, and what it is told of the network\n"
		"app: {\n\tname = \"%s\";\n};\n\n"
		"# Memory and times; what is not here has the default of docs/operating.md.\n"
		"limits: {\n};\n", d->app);
	text_write(&t, path, 0644);
}

static void user_line(FILE *f, const char *user)
{
	if (user)
		fprintf(f, "# Who it becomes once all is open\nuser = \"%s\";\n\n",
			user);
}

void controller_text_write(const struct domain_text_controller *dc,
			   const char *user, const char *path)
{
	struct text t;
	FILE *f = text_open(&t);

	fprintf(f, "# What %s alone knows: docs/operating.md.  Paths are relative to this file.\n\n"
		"domain = \"domain.conf\";\nself = \"%s\";\nstate = \"state\";\n\n"
		"# Who others see, and whose certificates they must show\n"
		"tls: {\n\tauthority = \"ca.crt\";\n\tcertificate = \"tls.crt\";\n"
		"\tkey = \"tls.key\";\n};\n\n"
		"# What signs votes, and what signs updates\n"
		"agree_key = \"agree.key\";\nsign_key = \"sign.key\";\n\n"
		"# For operators of this machine: quorumctl cluster, http://127.0.0.1:%u/metrics\n"
		"control = \"/run/ashlar/%s.sock\";\nmetrics_port = %u;\n\n",
		dc->name, dc->name, dc->metrics_port, dc->name,
		dc->metrics_port);
	user_line(f, user);
	fputs("log: {\n\tlevel = \"info\";\n};\n", f);
	text_write(&t, path, 0644);
}

void switch_text_write(const char *name, const char *verifier,
		       const char *user, const char *path)
{
	bool process = !strcmp(verifier, "process");
	struct text t;
	FILE *f = text_open(&t);

	fprintf(f, "# What the agent of %s alone knows: docs/operating.md.  Paths are relative to this file.\n\n"
		"domain = \"domain.conf\";\nself = \"%s\";\nstate = \"state\";\n\n"
		"# Who controllers see, and whose certificates they must show\n"
		"tls: {\n\tauthority = \"ca.crt\";\n\tcertificate = \"tls.crt\";\n"
		"\tkey = \"tls.key\";\n};\n\n"
		"# What signs events and acknowledgements\n"
		"key = \"switch.key\";\n\n"
		"# ovs-vswitchd's controller is unix: and this.\n"
		"openflow = \"/var/run/openvswitch/%s.openflow\";\n\n"
		"# Applications have no other clock than events: these come when nothing else does.\n"
		"statistics_ms = 5000;\n\n"
		"# Who verifies updates: ovs_quorum.ko (guard.sh), or the agent\n"
		"verifier = \"%s\";\n%s\n", name, name, name, verifier,
		process ? "keyset = \"keyset.bin\";\n" : "");
	user_line(f, user);
	fputs("log: {\n\tlevel = \"info\";\n};\n", f);
	text_write(&t, path, 0644);
}

void guard_text_write(uint64_t id, const char *name, uint64_t dpid,
		      const char *path)
{
	const char *dp = dpid_text(dpid);
	struct text t;
	FILE *f = text_open(&t);

	fprintf(f, "#!/bin/sh\n"
		"# guard.sh BRIDGE [DATAPATH [NEXT-SEQUENCE]]: ovs_quorum.ko guards this bridge as %s of\n"
		"# domain %" PRIu64 ".  NEXT-SEQUENCE: after a reboot, where to go on (docs/operating.md).\n\n"
		"set -eu\n"
		"here=$(dirname \"$0\")\n"
		"bridge=${1:?\"which bridge?\"}\n"
		"datapath=${2:-ovs-system}\n"
		"next=${3:+--next-sequence $3}\n\n"
		"# shellcheck disable=SC2086 # an option and its value, or nothing\n"
		"quorumctl switch set %s --domain %" PRIu64 " --datapath \"$datapath\" \\\n"
		"\t--mode verify $next\n"
		"quorumctl key add %s \"$here/keyset.bin\"\n"
		"quorumctl port set %s LOCAL \"$bridge\"\n"
		"for port in $(ovs-vsctl list-ports \"$bridge\"); do\n"
		"\tnumber=$(ovs-vsctl get Interface \"$port\" ofport)\n"
		"\tquorumctl port set %s \"$number\" \"$port\"\n"
		"done\n"
		"quorumctl switch set %s --mode enforce\n",
		name, id, dp, id, dp, dp, dp, dp);
	text_write(&t, path, 0755);
}
