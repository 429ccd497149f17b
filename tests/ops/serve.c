// SPDX-License-Identifier: GPL-2.0
/*
 * serve SOCKET [unhealthy]: the control socket and the metrics of a node that is none, until standard
 * input ends.  Says the port of the metrics.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "log.h"
#include "metrics.h"
#include "stub.h"

static struct control *control;
static struct metrics *metrics;
static unsigned int closed;
static char byte[16];

static void on_gone(void *ctx)
{
	(void)ctx;
	closed++;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(byte, sizeof(byte));
}

static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	(void)buf;
	if (n >= 0)
		return;
	uv_close((uv_handle_t *)stream, NULL);
	control_close(control, on_gone, NULL);
	metrics_close(metrics, on_gone, NULL);
}

static void die(const struct words *why)
{
	fprintf(stderr, "serve: %s\n", why->text);
	exit(1);
}

int main(int argc, char **argv)
{
	bool unhealthy = argc > 2 && !strcmp(argv[2], "unhealthy");
	struct node *node = stub_node(unhealthy);
	uv_loop_t loop;
	uv_pipe_t input;
	struct words why;

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	log_open("serve", LOG_L_INFO, false);
	uv_loop_init(&loop);
	control = control_create(&loop, node, argv[1], &why);
	if (!control)
		die(&why);
	metrics = metrics_create(&loop, node, 0, &why);
	if (!metrics)
		die(&why);
	printf("%u\n", metrics_port(metrics));
	fflush(stdout);
	uv_pipe_init(&loop, &input, 0);
	uv_pipe_open(&input, 0);
	uv_read_start((uv_stream_t *)&input, on_alloc, on_input);
	uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop) || closed != 2;
}
