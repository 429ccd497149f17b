// SPDX-License-Identifier: GPL-2.0
/*
 * member [options] SELF: one member, with its links, its disk and the smallest
 * application there is.  On SIGTERM it prints what it did and ends.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../lib/wire/bytes.h"
#include "driver.h"
#include "hostile.h"
#include "verified.h"

enum {
	VERIFIED_PLACES = 8192,
	PREPARED_CLIENTS = 4,		/* tables for each key take their time at the start */
};

struct member {
	struct options o;
	unsigned int self;
	struct agree_config config;
	struct roll roll;
	struct identity identity;
	struct key *key;
	struct verified *verified;
	struct agree *agree;
	struct agree_update update;
	struct storage *storage;
	struct links *links;
	struct driver *driver;
	struct hostile *hostile;
	uint64_t state, events;		/* the application's */
	uint64_t sign_ns, verify_ns, check_ns, step_ns;
	uint64_t signed_nr, verified_nr, checked_nr, refused_nr;
	double cpu_began;		/* tables of keys, and what else is done once, come before */
};

/* Not the time of day: more members than processors take turns. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void sign(void *ctx, uint8_t sig[AGREE_SIG_LEN], const uint8_t *bytes,
		 size_t len)
{
	struct member *m = ctx;
	uint64_t began_ns = cpu_ns();

	key_sign(m->key, sig, bytes, len);
	m->sign_ns += cpu_ns() - began_ns;
	m->signed_nr++;
}

static bool verify(void *ctx, unsigned int member, const uint8_t *bytes,
		   size_t len, const uint8_t sig[AGREE_SIG_LEN])
{
	struct member *m = ctx;
	uint64_t began_ns = cpu_ns();
	bool good = verified_check(m->verified, member, m->roll.key[member],
				   bytes, len, sig);

	m->verify_ns += cpu_ns() - began_ns;
	m->verified_nr++;
	return good;
}

static enum agree_err request_check(void *ctx, const uint8_t *bytes,
				    size_t len, struct request_id *id)
{
	struct member *m = ctx;
	enum agree_err err = request_decode(&m->o, bytes, len, id);
	uint64_t began_ns = cpu_ns();

	if (err)
		return err;
	if (!verified_check(m->verified, m->o.n + id->client,
			    m->roll.key[m->o.n + id->client], bytes,
			    len - KEY_SIG_LEN, bytes + len - KEY_SIG_LEN))
		err = AGREE_ESIGNATURE;
	m->check_ns += cpu_ns() - began_ns;
	m->checked_nr++;
	return err;
}

/* Every request and its place go into the state: replies agree only if all before them did. */
static void execute(void *ctx, const struct agree_decided *d)
{
	struct member *m = ctx;
	struct reply reply = {
		.counter = d->id.counter, .height = d->height, .index = d->index,
	};
	uint8_t bytes[REPLY_LEN];

	m->state = (m->state ^ d->id.client) * 0x100000001b3u;
	m->state = (m->state ^ d->id.counter) * 0x100000001b3u;
	m->events += m->o.bundle;
	reply.state = m->state;
	reply_encode(bytes, &reply);
	hostile_executed(m->hostile);
	driver_output(m->driver, m->o.n + d->id.client, bytes, sizeof(bytes));
}

static void block_end(void *ctx, uint64_t height, uint64_t time_ms)
{
	(void)ctx;
	(void)height;
	(void)time_ms;
}

static size_t state_save(void *ctx, uint8_t *out, size_t room)
{
	struct member *m = ctx;
	struct wire_writer w = { .out = out, .room = room };

	wire_write_be(&w, m->state, 8);
	wire_write_be(&w, m->events, 8);
	return w.used;
}

static bool state_load(void *ctx, const uint8_t *in, size_t len)
{
	struct member *m = ctx;

	if (len != 16)
		return false;
	m->state = wire_get64(in);
	m->events = wire_get64(in + 8);
	return true;
}

static const struct agree_ops agree_ops = {
	.sign = sign, .verify = verify, .request_check = request_check,
	.execute = execute, .block_end = block_end,
	.state_save = state_save, .state_load = state_load,
};

static const struct agree_update *step(void *ctx,
				       const struct agree_event *event,
				       uint64_t now_ms)
{
	struct member *m = ctx;
	uint64_t began_ns = cpu_ns();

	agree_step(m->agree, event, now_ms, &m->update);
	m->step_ns += cpu_ns() - began_ns;
	return &m->update;
}

static void send_message(void *ctx, uint16_t to, const uint8_t *bytes,
			 size_t len)
{
	struct member *m = ctx;
	unsigned int i;

	if (hostile_send(m->hostile, to, bytes, len))
		return;
	for (i = 0; i < m->o.n; i++)
		if (i != m->self && (to == AGREE_ALL || to == i))
			links_send(m->links, i, bytes, len);
}

static void output(void *ctx, uint32_t to, const uint8_t *bytes, size_t len)
{
	struct member *m = ctx;

	if (hostile_answers(m->hostile))
		links_send(m->links, to, bytes, len);
}

static void flush(void *ctx)
{
	struct member *m = ctx;

	links_flush(m->links);
}

static void say(void *ctx, const char *words)
{
	struct member *m = ctx;

	fprintf(stderr, "member %u: %s\n", m->self, words);
}

static void fatal(void *ctx, const char *words)
{
	say(ctx, words);
	_Exit(1);
}

static const struct driver_ops driver_ops = {
	.step = step, .send = send_message, .output = output, .flush = flush,
	.say = say, .fatal = fatal,
};

static void on_frame(void *ctx, unsigned int who, const uint8_t *bytes,
		     size_t len)
{
	struct member *m = ctx;
	struct agree_event event = { .bytes = bytes, .len = len };

	if (who < m->o.n) {
		event.kind = AGREE_MESSAGE;
		event.from = (uint16_t)who;
	} else {
		event.kind = AGREE_REQUEST;
	}
	if (driver_event(m->driver, &event) &&
	    event.kind == AGREE_REQUEST)
		m->refused_nr++;
}

static void print_stats(const struct member *m)
{
	struct driver_stats d;
	struct agree_stats a;
	struct links_stats l;

	agree_stats(m->agree, &a);
	driver_stats(m->driver, &d);
	links_stats(m->links, &l);
	printf("member=%u events=%" PRIu64 " executed=%" PRIu64
	       " blocks=%" PRIu64 " dummies=%" PRIu64 " timeouts=%" PRIu64
	       " slow_leaders=%" PRIu64 " term=%" PRIu64 " timeout_ms=%u"
	       " fetches=%" PRIu64 " refused=%" PRIu64,
	       m->self, m->events, a.executed, a.decided, a.dummies,
	       a.timeouts, a.slow_leaders, a.term, a.timeout_ms, a.fetches,
	       m->refused_nr);
	printf(" steps=%" PRIu64 " turns=%" PRIu64 " syncs=%" PRIu64
	       " sync_us=%" PRIu64 " sync_max_us=%" PRIu64
	       " journal=%" PRIu64 " segments=%" PRIu64 " snapshots=%" PRIu64,
	       d.steps, d.turns, d.syncs, d.sync_ns / 1000,
	       d.sync_max_ns / 1000, d.journal_bytes, d.segments, d.snapshots);
	printf(" frames_in=%" PRIu64 " frames_out=%" PRIu64
	       " bytes_out=%" PRIu64 " full=%" PRIu64 " down=%" PRIu64,
	       l.frames_in, l.frames_out, l.bytes_out, l.dropped_full,
	       l.dropped_down);
	printf(" sign=%" PRIu64 " sign_us=%" PRIu64 " verify=%" PRIu64
	       " verify_us=%" PRIu64 " check=%" PRIu64 " check_us=%" PRIu64
	       " step_us=%" PRIu64 " cpu_us=%.0f\n",
	       m->signed_nr, m->sign_ns / 1000, m->verified_nr,
	       m->verify_ns / 1000, m->checked_nr, m->check_ns / 1000,
	       m->step_ns / 1000, (cpu_seconds() - m->cpu_began) * 1e6);
	fflush(stdout);
}

static void on_term(uv_signal_t *term, int number)
{
	(void)number;
	print_stats(term->data);
	_Exit(0);
}

static void open_storage(struct member *m)
{
	uint8_t identity[STORAGE_IDENTITY_LEN] = { (uint8_t)m->self };
	struct words why;
	char dir[512];

	snprintf(dir, sizeof(dir), "%s/member-%u.disk", m->o.dir, m->self);
	/* There already: it comes back after a crash. */
	if (access(dir, F_OK) && !storage_format(dir, identity, false, &why))
		die("%s", why.text);
	m->storage = storage_open(dir, identity, m->config.segment_max, &why);
	if (!m->storage)
		die("%s", why.text);
}

static void open_links(struct member *m, uv_loop_t *loop)
{
	struct links_config config = {
		.loop = loop, .self = &m->identity,
		.authority = m->roll.authority, .peer = m->roll.peer,
		.peer_nr = m->roll.nr, .ctx = m, .frame = on_frame,
	};
	struct words why;
	unsigned int i;

	m->links = links_create(&config, &why);
	if (!m->links)
		die("%s", why.text);
	if (!links_listen(m->links, "127.0.0.1",
			  (uint16_t)(m->o.port + m->self), &why))
		die("%s", why.text);
	for (i = 0; i < m->self; i++)
		if (!links_dial(m->links, i, "127.0.0.1",
				(uint16_t)(m->o.port + i), &why))
			die("%s", why.text);
}

static void create_core(struct member *m)
{
	const char *why = "";
	void *mem;

	options_agree(&m->o, &m->config);
	m->config.self = (uint16_t)m->self;
	if (agree_config_check(&m->config, &why))
		die("configuration: %s", why);
	mem = aligned_alloc(64, (agree_size(&m->config) + 63) & ~(size_t)63);
	if (!mem)
		die("no memory for the core");
	m->agree = agree_init(mem, &m->config, &agree_ops, m);
}

/* Of the others, whose votes come with every block, and of clients if they are few */
static void prepare_keys(struct member *m)
{
	bool votes = m->o.mode == AGREE_BYZANTINE;
	bool clients = m->o.clients <= PREPARED_CLIENTS;
	unsigned int i;

	for (i = 0; i < m->roll.nr; i++)
		if (i < m->o.n ? votes && i != m->self : clients)
			key_prepare(m->roll.key[i]);
}

int main(int argc, char **argv)
{
	static struct member m;
	uv_loop_t *loop = uv_default_loop();
	struct driver_config driver;
	struct words why;
	uv_signal_t term;
	int i = options_parse(&m.o, argc, argv);

	if (i != argc - 1)
		die("usage: member [options] SELF");
	m.self = (unsigned int)strtoul(argv[i], NULL, 10);
	if (m.self >= m.o.n)
		die("member %u of %u", m.self, m.o.n);
	roll_read(&m.roll, &m.o);
	prepare_keys(&m);
	roll_identity(&m.identity, &m.o, m.self, true);
	EVP_PKEY_up_ref(m.identity.key);
	m.key = key_create(m.identity.key, &why);
	if (!m.key)
		die("%s", why.text);
	m.verified = verified_create(VERIFIED_PLACES);
	if (!m.verified)
		die("no memory");
	create_core(&m);
	open_storage(&m);
	open_links(&m, loop);
	m.hostile = hostile_create(loop, &m.o, m.self, m.links);
	driver = (struct driver_config){
		.loop = loop, .storage = m.storage, .ops = &driver_ops, .ctx = &m,
	};
	m.driver = driver_create(&driver);
	if (!m.driver || !driver_start(m.driver, &why))
		die("%s", m.driver ? why.text : "no memory");
	m.cpu_began = cpu_seconds();
	uv_signal_init(loop, &term);
	term.data = &m;
	uv_signal_start(&term, on_term, SIGTERM);
	uv_run(loop, UV_RUN_DEFAULT);
	return 1;
}
