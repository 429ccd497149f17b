// SPDX-License-Identifier: GPL-2.0
/*
 * load [options]: all clients, in one process.  Each has its own key and its own
 * links to all members, sends each request to all of them, and believes f + 1
 * equal replies.  It keeps `outstanding` requests on their way.
 *
 * Requests are signed before the measurement: clients are other machines, and
 * these cores belong to the members.  What is sent after those ran out is signed on
 * the way, and counted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum {
	PRESIGNED_BYTES = 256 << 20,	/* of all clients */
	PRESIGNED_MAX = 40000,		/* requests of all clients */
	SAMPLES_MAX = 1 << 22,
	RESEND_MS = 5000,		/* longer than any queue; sending again is load, too */
	SWEEP_MS = 100,
	STALL_NS = 50 * 1000 * 1000,	/* nobody was answered for so long */
	LINKS_UP_MS = 20000,
};

struct outstanding {
	uint64_t counter;		/* 0: free */
	uint64_t sent_ns, resent_ns;
	uint32_t from;			/* members that replied */
	struct reply reply[AGREE_MEMBERS_MAX];
};

struct client {
	struct load *load;
	unsigned int number;
	struct links *links;
	struct key *key;
	unsigned int up;
	uint64_t counter;		/* last sent */
	uint8_t *presigned;
	uint8_t *request;		/* one, for signing on the way and again */
	struct outstanding *outstanding;
};

struct load {
	struct options o;
	struct roll roll;
	uv_loop_t *loop;
	uv_check_t check;
	uv_timer_t phase, sweep;
	struct client *client;
	unsigned int ready;		/* clients with all links */
	unsigned int presigned;		/* requests of each client */
	unsigned int equal;		/* replies that make one believed */
	bool running, measuring;
	uint64_t began_ns, ended_ns, last_ns;
	double cpu_began;
	uint64_t done, resent, signed_late, lies, stalls, stall_max_ns;
	uint32_t *sample_us;
	size_t samples;
};

static const uint8_t *request_of(struct client *c, uint64_t counter)
{
	struct load *load = c->load;
	size_t len = options_request_len(&load->o);

	if (counter <= load->presigned)
		return c->presigned + (counter - 1) * len;
	request_make(c->request, &load->o, c->number, counter, c->key);
	load->signed_late++;
	return c->request;
}

static void send_request(struct client *c, uint64_t counter)
{
	const uint8_t *request = request_of(c, counter);
	unsigned int i;

	for (i = 0; i < c->load->o.n; i++)
		links_send(c->links, i, request,
			   options_request_len(&c->load->o));
}

static void send_next(struct client *c, struct outstanding *out)
{
	memset(out, 0, offsetof(struct outstanding, reply));
	out->counter = ++c->counter;
	out->sent_ns = uv_hrtime();
	out->resent_ns = out->sent_ns;
	send_request(c, out->counter);
}

static void completed(struct load *load, const struct outstanding *out)
{
	uint64_t now_ns = uv_hrtime();

	if (!load->measuring)
		return;
	load->done++;
	if (load->samples < SAMPLES_MAX)
		load->sample_us[load->samples++] =
			(uint32_t)((now_ns - out->sent_ns) / 1000);
	if (now_ns - load->last_ns > STALL_NS)
		load->stalls++;
	if (now_ns - load->last_ns > load->stall_max_ns)
		load->stall_max_ns = now_ns - load->last_ns;
	load->last_ns = now_ns;
}

static bool same(const struct reply *a, const struct reply *b)
{
	return a->height == b->height && a->index == b->index &&
		a->state == b->state;
}

static void on_frame(void *ctx, unsigned int who, const uint8_t *bytes,
		     size_t len)
{
	struct client *c = ctx;
	struct load *load = c->load;
	struct outstanding *out;
	unsigned int i, equal = 0;
	struct reply reply;

	if (!reply_decode(&reply, bytes, len))
		die("member %u sent what is no reply", who);
	out = &c->outstanding[reply.counter % load->o.outstanding];
	if (out->counter != reply.counter || out->from & 1u << who)
		return;
	out->from |= 1u << who;
	out->reply[who] = reply;
	for (i = 0; i < load->o.n; i++)
		if (out->from & 1u << i && same(&out->reply[i], &reply))
			equal++;
		else if (out->from & 1u << i)
			load->lies++;
	if (equal < load->equal)
		return;
	completed(load, out);
	out->counter = 0;
	/* The next one in this place: counters of a client stay near each other. */
	if ((c->counter + 1) % load->o.outstanding ==
	    (uint64_t)(out - c->outstanding)) {
		send_next(c, out);
		for (i = 1; i < load->o.outstanding; i++) {
			out = &c->outstanding[(c->counter + 1) % load->o.outstanding];
			if (out->counter)
				break;
			send_next(c, out);
		}
	}
}

static void start(struct load *load)
{
	unsigned int i, j;

	load->running = true;
	for (i = 0; i < load->o.clients; i++)
		for (j = 0; j < load->o.outstanding; j++)
			send_next(&load->client[i],
				  &load->client[i].outstanding[(j + 1) % load->o.outstanding]);
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t percentile(const struct load *load, unsigned int per_1000)
{
	return load->samples ?
		load->sample_us[(load->samples - 1) * per_1000 / 1000] : 0;
}

static void finish(struct load *load)
{
	double seconds = (double)(load->ended_ns - load->began_ns) / 1e9;

	/* A stall that has not ended counts too. */
	if (load->ended_ns - load->last_ns > load->stall_max_ns)
		load->stall_max_ns = load->ended_ns - load->last_ns;
	qsort(load->sample_us, load->samples, sizeof(*load->sample_us),
	      ascending);
	printf("load seconds=%.3f requests=%" PRIu64 " events=%" PRIu64
	       " requests_per_s=%.0f events_per_s=%.0f"
	       " p50_us=%u p90_us=%u p99_us=%u max_us=%u",
	       seconds, load->done, load->done * load->o.bundle,
	       (double)load->done / seconds,
	       (double)(load->done * load->o.bundle) / seconds,
	       percentile(load, 500), percentile(load, 900),
	       percentile(load, 990), percentile(load, 1000));
	printf(" resent=%" PRIu64 " signed_late=%" PRIu64 " lies=%" PRIu64
	       " stalls=%" PRIu64 " stall_max_us=%" PRIu64 " cpu_us=%.0f\n",
	       load->resent, load->signed_late, load->lies, load->stalls,
	       load->stall_max_ns / 1000,
	       (cpu_seconds() - load->cpu_began) * 1e6);
	exit(load->done ? 0 : 1);
}

static void on_measured(uv_timer_t *timer)
{
	struct load *load = timer->data;

	load->ended_ns = uv_hrtime();
	finish(load);
}

static void on_warm(uv_timer_t *timer)
{
	struct load *load = timer->data;

	load->measuring = true;
	load->began_ns = uv_hrtime();
	load->last_ns = load->began_ns;
	load->cpu_began = cpu_seconds();
	uv_timer_start(&load->phase, on_measured, load->o.measure_ms, 0);
}

static void on_never_up(uv_timer_t *timer)
{
	struct load *load = timer->data;

	die("only %u of %u clients reached all members", load->ready,
	    load->o.clients);
}

static void on_state(void *ctx, unsigned int who, bool up)
{
	struct client *c = ctx;
	struct load *load = c->load;

	(void)who;
	/* Later a member may go away and come back: resending takes care of it. */
	if (load->running)
		return;
	if (!up)
		die("a member's link broke");
	if (++c->up < load->o.n || ++load->ready < load->o.clients)
		return;
	start(load);
	uv_timer_start(&load->phase, on_warm, load->o.warm_ms, 0);
}

static void on_sweep(uv_timer_t *timer)
{
	struct load *load = timer->data;
	uint64_t now_ns = uv_hrtime();
	unsigned int i, j;

	for (i = 0; load->running && i < load->o.clients; i++) {
		struct client *c = &load->client[i];

		for (j = 0; j < load->o.outstanding; j++) {
			struct outstanding *out = &c->outstanding[j];

			if (!out->counter || now_ns - out->resent_ns < RESEND_MS * 1000000ull)
				continue;
			out->resent_ns = now_ns;
			send_request(c, out->counter);
			load->resent++;
		}
	}
}

static void on_turn(uv_check_t *check)
{
	struct load *load = check->data;
	unsigned int i;

	for (i = 0; i < load->o.clients; i++)
		links_flush(load->client[i].links);
}

static void prepare_client(struct load *load, unsigned int number)
{
	struct client *c = &load->client[number];
	size_t len = options_request_len(&load->o);
	struct identity id;
	struct links_config config = {
		.loop = load->loop, .self = &id,
		.authority = load->roll.authority, .peer = load->roll.peer,
		.peer_nr = load->o.n, .ctx = c, .frame = on_frame,
		.state = on_state,
	};
	struct words why;
	unsigned int i;

	c->load = load;
	c->number = number;
	roll_identity(&id, &load->o, load->o.n + number, true);
	EVP_PKEY_up_ref(id.key);
	c->key = key_create(id.key, &why);
	c->request = malloc(len);
	c->presigned = malloc(len * load->presigned);
	c->outstanding = calloc(load->o.outstanding, sizeof(*c->outstanding));
	if (!c->key || !c->request || !c->presigned || !c->outstanding)
		die("no memory");
	for (i = 0; i < load->presigned; i++)
		request_make(c->presigned + i * len, &load->o, number, i + 1,
			     c->key);
	c->links = links_create(&config, &why);
	if (!c->links)
		die("%s", why.text);
	for (i = 0; i < load->o.n; i++)
		if (!links_dial(c->links, i, "127.0.0.1",
				(uint16_t)(load->o.port + i), &why))
			die("%s", why.text);
	identity_uninit(&id);
}

int main(int argc, char **argv)
{
	static struct load load;
	struct agree_config config;
	unsigned int i;
	size_t most;

	if (options_parse(&load.o, argc, argv) != argc)
		die("usage: load [options]");
	options_agree(&load.o, &config);
	roll_read(&load.roll, &load.o);
	load.equal = load.o.mode == AGREE_BYZANTINE ? (load.o.n - 1) / 3 + 1 : 1;
	most = PRESIGNED_BYTES / options_request_len(&load.o);
	load.presigned = (unsigned int)(most < PRESIGNED_MAX ? most :
					PRESIGNED_MAX) / load.o.clients;
	load.loop = uv_default_loop();
	load.client = calloc(load.o.clients, sizeof(*load.client));
	load.sample_us = malloc(SAMPLES_MAX * sizeof(*load.sample_us));
	if (!load.client || !load.sample_us)
		die("no memory");
	for (i = 0; i < load.o.clients; i++)
		prepare_client(&load, i);
	uv_check_init(load.loop, &load.check);
	load.check.data = &load;
	uv_check_start(&load.check, on_turn);
	uv_timer_init(load.loop, &load.phase);
	load.phase.data = &load;
	uv_timer_start(&load.phase, on_never_up, LINKS_UP_MS, 0);
	uv_timer_init(load.loop, &load.sweep);
	load.sweep.data = &load;
	uv_timer_start(&load.sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	uv_run(load.loop, UV_RUN_DEFAULT);
	return 1;
}
