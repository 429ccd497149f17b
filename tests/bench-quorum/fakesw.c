// SPDX-License-Identifier: GPL-2.0
/*
 * fakesw [--window W] [--warm MS] [--measure MS] [--everywhere] ADDRESS...: switches that ask all the time.
 *
 * One OpenFlow 1.3 switch for each ADDRESS: a path (the socket on which a quorum-agent waits for
 * ovs-vswitchd) or HOST:PORT (an OpenFlow controller); DPID@ADDRESS gives its number, else 1, 2, ...
 * Each keeps W PACKET_INs on their way; a FLOW_MOD is the answer to the oldest one.  With
 * --everywhere one at each switch is, whose cookie is the number of who asked: 1 is the first.
 *
 * On stderr `measuring` and `measured`, when that begins and ends.
 *
 * Last line: answers per second; mean, p10, p50, p99 and greatest latency in ms, answers, switches.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../../lib/wire/bytes.h"

enum {
	SWITCHES_MAX = 256,
	WINDOW_MAX = 1024,
	BUFFER = 1 << 20,
	SAMPLES_MAX = 1 << 22,
	FRAME_LEN = 60,
	PACKET_IN_LEN = 42 + FRAME_LEN,
	SETTLE_MS = 500,		/* no message from any peer for so long: handshakes are over */
	STUCK_MS = 20000,
	CONNECT_MS = 30000,
	AFTER_MS = 300,
};

enum {
	HELLO, ERROR, ECHO_REQUEST, ECHO_REPLY, FEATURES_REQUEST = 5,
	FEATURES_REPLY, GET_CONFIG_REQUEST, GET_CONFIG_REPLY, SET_CONFIG,
	PACKET_IN, FLOW_MOD = 14, MULTIPART_REQUEST = 18, MULTIPART_REPLY,
	BARRIER_REQUEST, BARRIER_REPLY,
};

struct sw {
	int fd;
	unsigned int index;
	uint64_t dpid;
	uint64_t sent[WINDOW_MAX];	/* ns, of those on their way; a ring */
	unsigned int first, nr;
	uint64_t told[SWITCHES_MAX];	/* FLOW_MODs that each switch got for this one */
	uint64_t done;			/* asked, and told to all */
	uint32_t xid;
	size_t in_len, out_len;
	uint8_t in[BUFFER], out[BUFFER];
};

static struct sw *sw[SWITCHES_MAX];
static struct pollfd fds[SWITCHES_MAX];
static unsigned int switches, window = 1;
static uint64_t warm_ms = 500, measure_ms = 2000;
static bool running, counting, everywhere;
static uint32_t *sample;		/* latencies, us */
static size_t sample_nr;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "fakesw: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put(struct sw *s, const uint8_t *m, size_t len)
{
	if (s->out_len + len > BUFFER) {
		errno = ENOBUFS;
		die("peer does not read");
	}
	memcpy(s->out + s->out_len, m, len);
	s->out_len += len;
}

static void flush_out(struct sw *s)
{
	ssize_t n;

	if (!s->out_len)
		return;
	n = send(s->fd, s->out, s->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN)
		die("send");
	if (n <= 0)
		return;
	memmove(s->out, s->out + n, s->out_len - (size_t)n);
	s->out_len -= (size_t)n;
}

static struct wire_writer begin(uint8_t *out, size_t len, uint8_t type,
				uint32_t xid)
{
	struct wire_writer w = { out, len, 0 };

	wire_write_be(&w, 4, 1);
	wire_write_be(&w, type, 1);
	wire_write_be(&w, len, 2);
	wire_write_be(&w, xid, 4);
	return w;
}

static void ask(struct sw *s)
{
	uint8_t m[PACKET_IN_LEN];
	struct wire_writer w = begin(m, sizeof(m), PACKET_IN, 0);

	wire_write_be(&w, 0xffffffff, 4);
	wire_write_be(&w, FRAME_LEN, 2);
	wire_write_zero(&w, 2);
	wire_write_zero(&w, 8);
	wire_write_be(&w, 1, 2);
	wire_write_be(&w, 12, 2);
	wire_write_be(&w, 0x80000004, 4);
	wire_write_be(&w, 1, 4);
	wire_write_zero(&w, 4 + 2);
	wire_write_be(&w, 0x020000000000 + s->dpid, 6);
	wire_write_be(&w, 0x040000000000 + ++s->xid % 1000, 6);
	wire_write_be(&w, 0x0800, 2);
	wire_write_zero(&w, FRAME_LEN - 14);
	s->sent[(s->first + s->nr++) % WINDOW_MAX] = now_ns();
	put(s, m, sizeof(m));
}

static void answered(struct sw *s)
{
	if (!running || !s->nr)
		return;
	if (counting && sample_nr < SAMPLES_MAX)
		sample[sample_nr++] =
			(uint32_t)((now_ns() - s->sent[s->first]) / 1000);
	s->first = (s->first + 1) % WINDOW_MAX;
	s->nr--;
	ask(s);
}

static void told(const struct sw *at, const uint8_t *in, size_t len)
{
	uint64_t who = len >= 16 ? wire_get64(in + 8) - 1 : SWITCHES_MAX;
	unsigned int i;
	struct sw *s;

	if (who >= switches)
		return;
	s = sw[who];
	s->told[at->index]++;
	for (i = 0; i < switches; i++)
		if (s->told[i] <= s->done)
			return;
	s->done++;
	answered(s);
}

static void features(struct sw *s, uint32_t xid)
{
	uint8_t m[32];
	struct wire_writer w = begin(m, sizeof(m), FEATURES_REPLY, xid);

	wire_write_be(&w, s->dpid, 8);
	wire_write_be(&w, 0, 4);
	wire_write_be(&w, 254, 1);
	wire_write_zero(&w, 3);
	wire_write_be(&w, 0x4f, 4);
	wire_write_zero(&w, 4);
	put(s, m, w.used);
}

/* One port; no flows, no groups, no statistics */
static void multipart(struct sw *s, const uint8_t *in, uint32_t xid)
{
	uint8_t m[16 + 64];
	uint16_t type = wire_get16(in + 8);
	size_t len = type == 13 ? sizeof(m) : 16;
	struct wire_writer w = begin(m, len, MULTIPART_REPLY, xid);

	wire_write_be(&w, type, 2);
	wire_write_zero(&w, 6);
	if (type == 13) {
		wire_write_be(&w, 1, 4);
		wire_write_zero(&w, 4);
		wire_write_be(&w, 0x020000000100 + s->dpid, 6);
		wire_write_zero(&w, 50);
	}
	put(s, m, w.used);
}

static void echo(struct sw *s, const uint8_t *in, size_t len)
{
	static uint8_t m[65536];

	memcpy(m, in, len);
	m[1] = ECHO_REPLY;
	put(s, m, len);
}

static void message(struct sw *s, const uint8_t *in, size_t len)
{
	uint32_t xid = wire_get32(in + 4);
	uint8_t m[12];
	struct wire_writer w;

	switch (in[1]) {
	case ECHO_REQUEST:
		echo(s, in, len);
		break;
	case FEATURES_REQUEST:
		features(s, xid);
		break;
	case GET_CONFIG_REQUEST:
		w = begin(m, 12, GET_CONFIG_REPLY, xid);
		wire_write_be(&w, 0xffff, 4);
		put(s, m, w.used);
		break;
	case MULTIPART_REQUEST:
		if (len >= 16)
			multipart(s, in, xid);
		break;
	case BARRIER_REQUEST:
		begin(m, 8, BARRIER_REPLY, xid);
		put(s, m, 8);
		break;
	case FLOW_MOD:
		if (everywhere)
			told(s, in, len);
		else
			answered(s);
		break;
	default:
		break;
	}
}

static bool got(struct sw *s)
{
	ssize_t n = recv(s->fd, s->in + s->in_len, BUFFER - s->in_len,
			 MSG_DONTWAIT);
	size_t at = 0, len;

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		die("peer is gone");
	s->in_len += (size_t)n;
	while (s->in_len - at >= 8) {
		len = wire_get16(s->in + at + 2);
		if (len < 8) {
			errno = EPROTO;
			die("peer");
		}
		if (s->in_len - at < len)
			break;
		message(s, s->in + at, len);
		at += len;
	}
	memmove(s->in, s->in + at, s->in_len - at);
	s->in_len -= at;
	return true;
}

/* Until @until_ns, or nothing came for @quiet_ns */
static void turn(uint64_t until_ns, uint64_t quiet_ns)
{
	uint64_t last = now_ns(), now;
	unsigned int i;

	while ((now = now_ns()) < until_ns) {
		if (quiet_ns && now - last > quiet_ns)
			return;
		if (now - last > STUCK_MS * 1000000ull) {
			errno = ETIMEDOUT;
			die("no answers");
		}
		for (i = 0; i < switches; i++) {
			flush_out(sw[i]);
			fds[i].events = POLLIN | (sw[i]->out_len ? POLLOUT : 0);
		}
		if (poll(fds, switches, 20) < 0 && errno != EINTR)
			die("poll");
		for (i = 0; i < switches; i++)
			if (fds[i].revents & (POLLIN | POLLHUP | POLLERR) &&
			    got(sw[i]))
				last = now_ns();
	}
}

static int try_connect(const char *to)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	const char *colon = strrchr(to, ':');
	char host[64];
	int fd, one = 1;

	if (*to == '/') {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", to);
		if (!connect(fd, (struct sockaddr *)&un, sizeof(un)))
			return fd;
	} else {
		snprintf(host, sizeof(host), "%.*s",
			 (int)(colon ? colon - to : 0), to);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		in.sin_port = htons((uint16_t)atoi(colon ? colon + 1 : "0"));
		if (inet_pton(AF_INET, host, &in.sin_addr) == 1 &&
		    !connect(fd, (struct sockaddr *)&in, sizeof(in)) &&
		    !setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
			return fd;
	}
	close(fd);
	return -1;
}

static void add(const char *to)
{
	static const uint8_t hello[16] = { 4, HELLO, 0, 16, 0, 0, 0, 1,
					   0, 1, 0, 8, 0, 0, 0, 16 };
	uint64_t until = now_ns() + CONNECT_MS * 1000000ull;
	const char *at = strchr(to, '@');
	struct sw *s = calloc(1, sizeof(*s));

	if (!s || switches == SWITCHES_MAX)
		die("switches");
	s->dpid = at ? strtoull(to, NULL, 0) : switches + 1;
	do {
		s->fd = try_connect(at ? at + 1 : to);
	} while (s->fd < 0 && now_ns() < until && !usleep(20000));
	if (s->fd < 0)
		die(to);
	fds[switches].fd = s->fd;
	s->index = switches;
	sw[switches++] = s;
	put(s, hello, sizeof(hello));
}

static int ascending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(double seconds)
{
	double p10 = 0, p50 = 0, p99 = 0, most = 0, sum = 0;
	size_t i;

	for (i = 0; i < sample_nr; i++)
		sum += sample[i] / 1000.0;
	qsort(sample, sample_nr, sizeof(*sample), ascending);
	if (sample_nr) {
		p10 = sample[sample_nr / 10] / 1000.0;
		p50 = sample[sample_nr / 2] / 1000.0;
		p99 = sample[sample_nr * 99 / 100] / 1000.0;
		most = sample[sample_nr - 1] / 1000.0;
	}
	printf("rate %.1f mean %.3f p10 %.3f p50 %.3f p99 %.3f max %.3f answers %zu switches %u\n",
	       (double)sample_nr / seconds,
	       sample_nr ? sum / (double)sample_nr : 0, p10, p50, p99, most,
	       sample_nr, switches);
}

static unsigned int number(const char *s, unsigned int max)
{
	unsigned long v = strtoul(s, NULL, 10);

	if (!v || v > max) {
		errno = EINVAL;
		die(s);
	}
	return (unsigned int)v;
}

int main(int argc, char **argv)
{
	unsigned int i, k;
	double seconds;
	uint64_t from;
	int a;

	sample = malloc(SAMPLES_MAX * sizeof(*sample));
	if (!sample)
		die("memory");
	for (a = 1; a < argc && argv[a][0] == '-' && a + 1 < argc; a += 2) {
		if (!strcmp(argv[a], "--window"))
			window = number(argv[a + 1], WINDOW_MAX);
		else if (!strcmp(argv[a], "--warm"))
			warm_ms = number(argv[a + 1], 600000);
		else if (!strcmp(argv[a], "--measure"))
			measure_ms = number(argv[a + 1], 600000);
		else
			break;
	}
	if (a < argc && !strcmp(argv[a], "--everywhere")) {
		everywhere = true;
		a++;
	}
	for (; a < argc; a++)
		add(argv[a]);
	if (!switches) {
		fputs("usage: fakesw [--window W] [--warm MS] [--measure MS] [--everywhere] ADDRESS...\n",
		      stderr);
		return 2;
	}
	turn(now_ns() + CONNECT_MS * 1000000ull, SETTLE_MS * 1000000ull);
	running = true;
	for (i = 0; i < switches; i++)
		for (k = 0; k < window; k++)
			ask(sw[i]);
	turn(now_ns() + warm_ms * 1000000, 0);
	counting = true;
	fputs("measuring\n", stderr);
	from = now_ns();
	turn(from + measure_ms * 1000000, 0);
	counting = false;
	seconds = (double)(now_ns() - from) / 1e9;
	fputs("measured\n", stderr);
	/* Whoever reads counters now does so under the same load. */
	turn(now_ns() + AFTER_MS * 1000000ull, 0);
	report(seconds);
	return 0;
}
