// SPDX-License-Identifier: GPL-2.0
/*
 * quorumd-hostile CONF FAULTS: the controller that CONF describes, with the faults that the
 * file FAULTS has words for (hostile.h), now and whenever it changes.  FAULTS.did counts them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile.h"

enum { OLD_EACH_TICK = 16, HOSTILE_BOTH = 2 };

static void say(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

static void keep(struct hostile *h, uint32_t to, bool to_switch,
		 const uint8_t *bytes, size_t len)
{
	struct hostile_message *m = &h->kept[h->kept_next++ % HOSTILE_KEPT];
	uint8_t *copy = realloc(m->bytes, len);

	if (!copy)
		return;
	memcpy(copy, bytes, len);
	*m = (struct hostile_message){ copy, len, to, to_switch };
}

static void repeat(struct hostile *h, struct node *node)
{
	unsigned int i;

	for (i = 0; i < OLD_EACH_TICK; i++) {
		const struct hostile_message *m =
			&h->kept[(h->kept_next + i) % HOSTILE_KEPT];

		if (!m->bytes)
			continue;
		if (m->to_switch)
			node_raw_to_switch(node, m->to, m->bytes, m->len);
		else
			node_raw_to_member(node, (uint16_t)m->to, m->bytes,
					   m->len);
		h->did[HOSTILE_REPEAT]++;
	}
}

static bool to_member(void *ctx, struct node *node, uint16_t to,
		      const uint8_t *bytes, size_t len)
{
	struct hostile *h = ctx;
	const uint8_t *other;
	size_t other_len;

	if (h->on[HOSTILE_SILENCE]) {
		h->did[HOSTILE_SILENCE]++;
		return false;
	}
	keep(h, to, false, bytes, len);
	if (!h->on[HOSTILE_EQUIVOCATE])
		return true;
	other_len = hostile_twist(h, node, to, bytes, len, &other);
	if (!other_len)
		return true;
	node_raw_to_member(node, to, other, other_len);
	/* One of them hears both. */
	return to == HOSTILE_BOTH;
}

static bool to_switch(void *ctx, struct node *node, uint32_t sw,
		      const uint8_t *bytes, size_t len)
{
	struct hostile *h = ctx;

	(void)node;
	if (h->on[HOSTILE_SILENCE]) {
		h->did[HOSTILE_SILENCE]++;
		return false;
	}
	keep(h, sw, true, bytes, len);
	return true;
}

static void on_tick(void *ctx, struct node *node)
{
	struct hostile *h = ctx;
	uint16_t signer = h->config.signer;

	hostile_read(h);
	if (h->on[HOSTILE_FORGE])
		hostile_forge(h, node, signer % h->domain->n + 1, false);
	if (h->on[HOSTILE_UNSOLICITED])
		hostile_forge(h, node, signer, true);
	if (h->on[HOSTILE_REPEAT])
		repeat(h, node);
	hostile_write(h);
}

struct process {
	struct node *node;
	uv_signal_t signals[2];
};

static void on_signal(uv_signal_t *handle, int number)
{
	struct process *p = handle->data;
	struct words why;

	if (number == SIGHUP) {
		node_renew(p->node, &why);
		return;
	}
	node_close(p->node, NULL, NULL);
	uv_close((uv_handle_t *)&p->signals[0], NULL);
	uv_close((uv_handle_t *)&p->signals[1], NULL);
}

static void catch(struct process *p, uv_loop_t *loop)
{
	unsigned int i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < 2; i++) {
		uv_signal_init(loop, &p->signals[i]);
		p->signals[i].data = p;
		uv_signal_start(&p->signals[i], on_signal, i ? SIGHUP : SIGTERM);
	}
}

static void forget(struct hostile *h)
{
	unsigned int i;

	for (i = 0; i < HOSTILE_KEPT; i++)
		free(h->kept[i].bytes);
}

int main(int argc, char **argv)
{
	struct complaints c = { .say = say };
	static struct hostile h;
	struct node_hooks hooks = {
		.ctx = &h, .to_member = to_member, .to_switch = to_switch,
		.tick = on_tick,
	};
	static struct conf conf;
	static struct process p;
	struct domain *domain;
	struct words why;
	uv_loop_t loop;

	if (argc != 3) {
		fprintf(stderr, "usage: quorumd-hostile CONF FAULTS\n");
		return 2;
	}
	if (!conf_load(&conf, argv[1], &c))
		return 1;
	domain = domain_load(conf.domain, &c);
	if (!domain)
		return 1;
	log_open("quorumd-hostile", conf.log.level, conf.log.json);
	h.domain = domain;
	h.faults_path = argv[2];
	snprintf(h.did_path, sizeof(h.did_path), "%s.did", argv[2]);
	domain_ctl_config(domain, (unsigned int)domain_controller(domain, conf.self),
			  &h.config);
	uv_loop_init(&loop);
	p.node = node_create(&loop, &conf, domain, &hooks, &why);
	if (!p.node) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	catch(&p, &loop);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	domain_free(domain);
	forget(&h);
	return 0;
}
