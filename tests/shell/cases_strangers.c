// SPDX-License-Identifier: GPL-2.0
/*
 * Strangers in numbers, and a peer that keeps TLS busy.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cases.h"
#include "link_conn.h"
#include "net.h"

enum { ALL = (1 << NET_ENDS) - 1, FLOOD = 400, KEY_UPDATES = 1000,
       PATIENCE_MS = 120 * 1000,
       HANDSHAKES = LINK_PENDING_MAX - 4 };

static struct net net;

static bool up_01(const struct net *n)
{
	return links_up(n->end[0].links, 1) && links_up(n->end[1].links, 0);
}

static unsigned int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static unsigned int most;

/* Before the loop closes what was closed in this turn */
static void on_check(uv_check_t *check)
{
	unsigned int nr = descriptors();

	(void)check;
	most = nr > most ? nr : most;
}

/* From 127.0.0.@last to end 0 */
static int connect_from(uint8_t last)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons(links_port(net.end[0].links));
	return connect(fd, (struct sockaddr *)&at, sizeof(at)) ? -1 : fd;
}

static bool all_came(const struct net *n)
{
	struct links_stats stats;

	links_stats(n->end[0].links, &stats);
	return stats.strangers >= FLOOD - LINK_PENDING_MAX;
}

/* A journal's next segment must find a descriptor however many connect in one turn. */
static bool flood_leaves_descriptors(void)
{
	static int fd[FLOOD];
	unsigned int i, before;
	uv_check_t check;

	ASK(net_create(&net, NET_ENDS));
	uv_check_init(&net.end[0].loop, &check);
	uv_check_start(&check, on_check);
	for (i = 0; i < FLOOD; i++) {
		fd[i] = connect_from(1);
		ASK(fd[i] >= 0);
	}
	before = descriptors();
	most = 0;
	while (!all_came(&net))
		uv_run(&net.end[0].loop, UV_RUN_NOWAIT);
	ASK(net.end[0].links->pending_nr == LINK_PENDING_MAX);
	ASK(most >= before && most - before <= LINK_PENDING_MAX + LINK_ACCEPT_MAX);
	uv_close((uv_handle_t *)&check, NULL);
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	for (i = 0; i < FLOOD; i++)
		close(fd[i]);
	net_free(&net);
	return true;
}

static bool is_open(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
}

/* The news of it may be on their way. */
static bool is_closed(int fd)
{
	struct pollfd ended = { .fd = fd, .events = POLLIN };

	return poll(&ended, 1, PATIENCE_MS) == 1 && !is_open(fd);
}

/* One address that connects without end pushes out itself, and nobody from elsewhere. */
static bool room_for_other_addresses(void)
{
	static int fd[FLOOD];
	unsigned int i;
	int other[2];

	ASK(net_create(&net, NET_ENDS));
	other[0] = connect_from(2);
	other[1] = connect_from(3);
	for (i = 0; i < FLOOD; i++) {
		fd[i] = connect_from(1);
		ASK(fd[i] >= 0);
		uv_run(&net.end[0].loop, UV_RUN_NOWAIT);
	}
	while (!all_came(&net))
		uv_run(&net.end[0].loop, UV_RUN_NOWAIT);
	ASK(is_open(other[0]) && is_open(other[1]));
	ASK(is_closed(fd[0]) && is_open(fd[FLOOD - 1]));
	for (i = 0; i < FLOOD; i++)
		close(fd[i]);
	close(other[0]);
	close(other[1]);
	net_free(&net);
	return true;
}

/* The first bytes of a handshake, as any client has them */
static size_t client_hello(uint8_t *out, size_t room)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(tls);
	BIO *in = BIO_new(BIO_s_mem()), *to = BIO_new(BIO_s_mem());
	int len;

	SSL_set_bio(ssl, in, to);
	SSL_connect(ssl);
	len = BIO_read(to, out, (int)room);
	SSL_free(ssl);
	SSL_CTX_free(tls);
	return len > 0 ? (size_t)len : 0;
}

static bool all_pending(const struct net *n)
{
	return n->end[0].links->pending_nr == HANDSHAKES;
}

/* Handshakes that strangers begin wait for each other, and not everybody for all of them. */
static bool handshakes_take_turns(void)
{
	uint8_t hello[4096], byte;
	unsigned int i, answered = 0, turns = 0;
	int fd[HANDSHAKES];
	size_t len = client_hello(hello, sizeof(hello));

	ASK(len);
	ASK(net_create(&net, NET_ENDS));
	for (i = 0; i < HANDSHAKES; i++) {
		fd[i] = connect_from(1);
		ASK(fd[i] >= 0);
	}
	ASK(net_until(&net, 1 << 0, all_pending));
	for (i = 0; i < HANDSHAKES; i++)
		ASK(send(fd[i], hello, len, MSG_NOSIGNAL) == (ssize_t)len);
	while (answered < HANDSHAKES) {
		turns++;
		uv_run(&net.end[0].loop, UV_RUN_NOWAIT);
		answered = 0;
		for (i = 0; i < HANDSHAKES; i++)
			answered += recv(fd[i], &byte, 1,
					 MSG_DONTWAIT | MSG_PEEK) == 1;
	}
	/* Each takes a good part of LINK_PATIENT_NS. */
	ASK(turns > 2);
	for (i = 0; i < HANDSHAKES; i++)
		close(fd[i]);
	net_free(&net);
	return true;
}

static bool update_keys(SSL *ssl, unsigned int nr)
{
	while (nr--)
		if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(ssl) != 1)
			return false;
	return true;
}

static bool went_down(const struct net *n)
{
	return n->end[0].downs;
}

static bool arrived(const struct net *n)
{
	return n->end[0].frames[1];
}

/* SSL_read() does not return between messages of TLS's own. */
static bool key_updates_without_end(void)
{
	struct links_stats stats;

	ASK(net_create(&net, NET_ENDS));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	/* The control: a few are nothing. */
	ASK(update_keys(net.end[1].links->up[0]->ssl, LINK_CHATTER_MAX));
	ASK(net_send(&net, 1, 0, 0, 100));
	ASK(net_until(&net, ALL, arrived));
	ASK(!net.end[0].downs);
	ASK(update_keys(net.end[1].links->up[0]->ssl, KEY_UPDATES));
	ASK(net_until(&net, 1 << 0, went_down));
	links_stats(net.end[0].links, &stats);
	ASK(stats.breaches == 1 && strstr(net.end[0].refused.text, "TLS busy"));
	/* It dials again. */
	ASK(net_until(&net, ALL, up_01));
	net_free(&net);
	return true;
}

void cases_strangers(void)
{
	TEST("strangers: a flood leaves descriptors", flood_leaves_descriptors());
	TEST("strangers: room for other addresses", room_for_other_addresses());
	TEST("strangers: handshakes take turns", handshakes_take_turns());
	TEST("strangers: key updates without end", key_updates_without_end());
}
