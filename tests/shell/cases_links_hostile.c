// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "link_conn.h"
#include "net.h"

enum { ALL = (1 << NET_ENDS) - 1 };

static struct net net;
static uint64_t strangers_wanted, breaches_wanted;

static bool up_01(const struct net *n)
{
	return links_up(n->end[0].links, 1) && links_up(n->end[1].links, 0);
}

static bool strangers(const struct net *n)
{
	struct links_stats stats;

	links_stats(n->end[0].links, &stats);
	return stats.strangers >= strangers_wanted;
}

static bool breaches(const struct net *n)
{
	struct links_stats stats;

	links_stats(n->end[0].links, &stats);
	return stats.breaches >= breaches_wanted;
}

static bool arrived(const struct net *n)
{
	return n->end[0].frames[1];
}

/* End 3's name is known to nobody. */
static bool wrong_certificate(void)
{
	ASK(net_create(&net, 3));
	ASK(net_dial(&net, 3, 0));
	ASK(net_dial(&net, 1, 0));	/* the control */
	strangers_wanted = 2;
	ASK(net_until(&net, ALL, strangers));
	ASK(net_until(&net, ALL, up_01));
	ASK(net.end[0].ups == 1 && !links_up(net.end[3].links, 0));
	net_free(&net);
	return true;
}

static bool refused_by_1(const struct net *n)
{
	struct links_stats stats;

	links_stats(n->end[1].links, &stats);
	return stats.strangers >= 2;
}

/* Who is dialed as 0 shows the certificate of 2, which is known too. */
static bool not_whom_we_dialed(void)
{
	struct words why;

	ASK(net_create(&net, NET_ENDS));
	ASK(links_dial(net.end[1].links, 0, "127.0.0.1",
		       links_port(net.end[2].links), &why));
	ASK(net_until(&net, ALL, refused_by_1));
	ASK(strstr(net.end[1].refused.text, "another name"));
	ASK(!links_up(net.end[1].links, 0) && !links_up(net.end[1].links, 2));
	ASK(!net.end[1].ups);
	net_free(&net);
	return true;
}

/* Bytes that links_send() would never send, on the link of 1 to 0 */
static void put_raw(const uint8_t *bytes, size_t len)
{
	struct link *l = net.end[1].links->up[0];

	link_queue(l, bytes, len);
	if (net.framing == LINK_LENGTH)
		l->out.head += LINK_FRAME_HEAD;	/* the frame without its head */
	links_flush(net.end[1].links);
}

static bool reopen_all(enum link_framing framing)
{
	unsigned int i;

	net.framing = framing;
	for (i = 0; i < NET_ENDS; i++) {
		net_shut(&net, i);
		ASK(net_open(&net, i, 0));
	}
	return true;
}

static const uint8_t echo[] = { 4, 2, 0, 8, 0, 0, 0, 1 };

static bool bad_frame(enum link_framing framing, const uint8_t *head)
{
	ASK(net_create(&net, NET_ENDS));
	ASK(reopen_all(framing));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	put_raw(head, LINK_FRAME_HEAD);
	breaches_wanted = 1;
	ASK(net_until(&net, ALL, breaches));
	ASK(net.end[0].downs == 1 && !net.end[0].frames[1]);
	/* It dials again, and is heard. */
	ASK(net_until(&net, ALL, up_01));
	while (!net.end[1].downs || !up_01(&net))
		ASK(net_until(&net, ALL, up_01) &&
		    uv_run(&net.end[1].loop, UV_RUN_NOWAIT) >= 0);
	if (framing == LINK_LENGTH)
		ASK(net_send(&net, 1, 0, 0, 100));
	else
		put_raw(echo, sizeof(echo));
	ASK(net_until(&net, ALL, arrived));
	net_free(&net);
	return true;
}

/* OpenFlow messages arrive whole, with their headers, by the length that these say. */
static bool openflow_frames(void)
{
	static uint8_t largest[65535] = { 4, 0, 0xff, 0xff };
	uint8_t two[16];

	ASK(net_create(&net, NET_ENDS));
	ASK(reopen_all(LINK_OPENFLOW));
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	memcpy(two, echo, sizeof(echo));
	memcpy(two + sizeof(echo), echo, sizeof(echo));
	put_raw(two, sizeof(two));
	ASK(net_until(&net, ALL, arrived));
	ASK(net.end[0].frames[1] == 2 && net.end[0].bytes[1] == sizeof(two));
	put_raw(largest, sizeof(largest));
	while (net.end[0].frames[1] < 3)
		ASK(net_until(&net, ALL, net_any));
	ASK(net.end[0].bytes[1] == sizeof(two) + sizeof(largest));
	net_free(&net);
	return true;
}

static int raw_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	to.sin_port = htons(links_port(net.end[0].links));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return -1;
	return fd;
}

static bool nonsense_instead_of_tls(void)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fd;

	ASK(net_create(&net, NET_ENDS));
	fd = raw_connect();
	ASK(fd >= 0 && send(fd, http, sizeof(http), MSG_NOSIGNAL) > 0);
	strangers_wanted = 1;
	ASK(net_until(&net, ALL, strangers));
	ASK(strstr(net.end[0].refused.text, "does not speak TLS"));
	close(fd);
	net_free(&net);
	return true;
}

/* Exit status 0 if our side of the handshake succeeds; then waits for the other's. */
static int tls_client(int version, bool certificate)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	uint8_t byte;
	SSL *ssl;

	SSL_CTX_set_max_proto_version(tls, version);
	if (certificate) {
		SSL_CTX_use_certificate(tls, net.end[1].id.cert);
		SSL_CTX_use_PrivateKey(tls, net.end[1].id.key);
	}
	ssl = SSL_new(tls);
	SSL_set_fd(ssl, raw_connect());
	if (SSL_connect(ssl) != 1)
		return 1;
	return SSL_read(ssl, &byte, 1) > 0 ? 2 : 0;
}

static bool tls_is_refused(int version, bool certificate, int expected,
			   const char *words)
{
	int status = 0;
	pid_t child;

	ASK(net_create(&net, NET_ENDS));
	fflush(stdout);
	child = fork();
	if (!child)
		_exit(tls_client(version, certificate));
	strangers_wanted = 1;
	ASK(net_until(&net, ALL, strangers));
	ASK(strstr(net.end[0].refused.text, words));
	ASK(waitpid(child, &status, 0) == child);
	ASK(WIFEXITED(status) && WEXITSTATUS(status) == expected);
	ASK(!net.end[0].ups);
	net_free(&net);
	return true;
}

/* Many connect and say nothing: they make room for each other, not for themselves only. */
static bool silent_strangers(void)
{
	int fd[3 * LINK_PENDING_MAX];
	unsigned int i;

	ASK(net_create(&net, NET_ENDS));
	for (i = 0; i < 3 * LINK_PENDING_MAX; i++) {
		fd[i] = raw_connect();
		ASK(fd[i] >= 0);
		uv_run(&net.end[0].loop, UV_RUN_NOWAIT);
		ASK(net.end[0].links->pending_nr <= LINK_PENDING_MAX);
	}
	ASK(net.end[0].links->pending_nr == LINK_PENDING_MAX);
	ASK(net_dial(&net, 1, 0));
	ASK(net_until(&net, ALL, up_01));
	for (i = 0; i < 3 * LINK_PENDING_MAX; i++)
		close(fd[i]);
	net_free(&net);
	return true;
}

void cases_links_hostile(void)
{
	static const uint8_t too_long[] = { 0, 0x10, 0, 1 };
	static const uint8_t enormous[] = { 0xff, 0xff, 0xff, 0xff };
	static const uint8_t empty[] = { 0, 0, 0, 0 };
	static const uint8_t seven[] = { 4, 2, 0, 7 };

	TEST("links: a certificate that nobody knows", wrong_certificate());
	TEST("links: not whom we dialed", not_whom_we_dialed());
	TEST("links: a frame one byte too long", bad_frame(LINK_LENGTH, too_long));
	TEST("links: a frame of four gigabytes", bad_frame(LINK_LENGTH, enormous));
	TEST("links: an empty frame", bad_frame(LINK_LENGTH, empty));
	TEST("links: OpenFlow messages", openflow_frames());
	TEST("links: an OpenFlow message of seven bytes",
	     bad_frame(LINK_OPENFLOW, seven));
	TEST("links: nonsense instead of TLS", nonsense_instead_of_tls());
	TEST("links: TLS 1.2 is refused", tls_is_refused(TLS1_2_VERSION, true, 1,
					     "TLS 1.3"));
	/* A client of TLS 1.3 learns of it after its own part. */
	TEST("links: no certificate", tls_is_refused(TLS1_3_VERSION, false, 0,
						    "no certificate"));
	TEST("links: silent strangers", silent_strangers());
}
