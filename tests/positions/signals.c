// SPDX-License-Identifier: GPL-2.0
/* Signal handlers that use the open file in whose operation they came, and cancellation. */
#define _GNU_SOURCE
#include "positions.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static int file;
static volatile int handled, wrong;
static uint16_t handler_number;

static void writes(int sig)
{
	(void)sig;
	handled++;
	wrong += write(file, "[handler......]\n", RECORD) != RECORD;
}

static void reads(int sig)
{
	(void)sig;
	handled++;
	wrong += read(file, &handler_number, 2) != 2;
}

static void seeks(int sig)
{
	(void)sig;
	handled++;
	wrong += lseek(file, 2, SEEK_CUR) < 0;
}

static void start(void (*handler)(int))
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = SA_RESTART };

	handled = wrong = 0;
	sigaction(SIGALRM, &act, NULL);
	sigaction(SIGUSR1, &act, NULL);
}

/* One signal, at some moment of what comes next. */
static void arm(int i)
{
	struct itimerval timer = { .it_value.tv_usec = 20 + i * 37 % 300 };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void stop(void)
{
	struct itimerval timer = { 0 };

	setitimer(ITIMER_REAL, &timer, NULL);
	signal(SIGALRM, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
}

/* Writes until the handler has done so @n times: all records are there and whole. */
static bool storm(const char *name, int n)
{
	char record[RECORD];
	int written = 0, found[2] = { 0 };
	struct stat st;

	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	start(writes);
	while (handled < n) {
		arm(written);
		ASK(write(file, "main...........\n", RECORD) == RECORD);
		written++;
	}
	stop();
	ASK(wrong == 0);
	ASK(lseek(file, 0, SEEK_CUR) == (off_t)(written + handled) * RECORD);
	ASK(fstat(file, &st) == 0 && st.st_size == (off_t)(written + handled) * RECORD);
	ASK(lseek(file, 0, SEEK_SET) == 0);
	while (read(file, record, RECORD) == RECORD) {
		if (!memcmp(record, "main...........\n", RECORD))
			found[0]++;
		else if (!memcmp(record, "[handler......]\n", RECORD))
			found[1]++;
	}
	ASK(found[0] == written && found[1] == handled);
	close(file);
	return true;
}

/* Reads while a handler reads: no number twice, none left out. */
static bool rain(void)
{
	static unsigned char seen[NUMBERS];
	uint16_t number;
	int i, n = 0;

	file = numbered("rain");
	promote(file);
	start(reads);
	while (handled < 100 && n + handled < NUMBERS - 10) {
		int before = handled;

		arm(n);
		ASK(read(file, &number, 2) == 2);
		seen[number]++;
		n++;
		/* The last one that the handler read; others are not looked at. */
		if (handled == before + 1)
			seen[handler_number] |= 2;
	}
	stop();
	ASK(wrong == 0 && lseek(file, 0, SEEK_CUR) == 2L * (n + handled));
	for (i = 0; i < n + handled; i++)
		ASK(seen[i] != 3 && (seen[i] & 0x7d) <= 1);
	close(file);
	return true;
}

/* The library raises the signal in the middle. */
static bool trapped(bool shared)
{
	uint16_t numbers[2];
	char buf[2 * RECORD];

	file = numbered("trapped");
	if (shared)
		promote(file);
	ASK(lseek(file, 1000, SEEK_SET) == 1000);
	start(writes);
	ASK(write(file, "TRAP:RAISE.....\n", RECORD) == RECORD);
	ASK(handled == 1 && !wrong);
	ASK(lseek(file, 0, SEEK_CUR) == 1000 + 2 * RECORD);
	ASK(pread(file, buf, 2 * RECORD, 1000) == 2 * RECORD);
	ASK(!memcmp(buf, "TRAP:RAISE.....\n[handler......]\n", 2 * RECORD));

	/* A handler's read or lseek() comes before the read it interrupts. */
	start(reads);
	ASK(lseek(file, 1000, SEEK_SET) == 1000);
	ASK(read(file, buf, RECORD) == RECORD && handled == 1 && !wrong);
	ASK(!memcmp(buf, "AP:RAISE.....\n[h", RECORD));
	ASK(!memcmp(&handler_number, "TR", 2));
	ASK(lseek(file, 0, SEEK_CUR) == 1000 + 2 + RECORD);
	start(seeks);
	ASK(lseek(file, 1000, SEEK_SET) == 1000);
	ASK(read(file, buf, RECORD) == RECORD && handled == 1 && !wrong);
	ASK(!memcmp(buf, "AP:RAISE.....\n[h", RECORD));
	ASK(lseek(file, 0, SEEK_CUR) == 1000 + 2 + RECORD);
	stop();
	ASK(lseek(file, 0, SEEK_SET) == 0 && read(file, numbers, 4) == 4);
	ASK(run_static("expect", file, 2) == 0);
	close(file);
	return true;
}

static sigjmp_buf jump;

static void jumps(int sig)
{
	(void)sig;
	siglongjmp(jump, 1);
}

static void *jumper(void *arg)
{
	if (!sigsetjmp(jump, 1))
		write(file, "TRAP:RAISE.....\n", RECORD);
	lseek(file, 0, SEEK_CUR);
	return arg;
}

/* A handler that does not come back, in one thread, is no reason for others to wait. */
static bool jumped(void)
{
	pthread_t thread;

	file = numbered("jumped");
	promote(file);
	ASK(lseek(file, 1000, SEEK_SET) == 1000);
	start(jumps);
	ASK(pthread_create(&thread, NULL, jumper, NULL) == 0);
	pthread_join(thread, NULL);
	stop();
	ASK(lseek(file, 0, SEEK_SET) == 0);
	ASK(expect(file, 0) && run_static("expect", file, 1) == 0);
	close(file);
	return true;
}

static void *endless(void *arg)
{
	char c;

	for (;;) {
		if (read(file, &c, 1) == 0)
			lseek(file, 0, SEEK_SET);
		handled = 1;
	}
	return arg;
}

/* A thread cancelled at any moment takes nothing with it. */
static bool cancelled(void)
{
	pthread_t thread;
	void *result;
	int i;

	file = numbered("cancelled");
	for (i = 0; i < 30; i++) {
		handled = 0;
		ASK(pthread_create(&thread, NULL, endless, NULL) == 0);
		while (!handled)
			sched_yield();
		ASK(pthread_cancel(thread) == 0);
		ASK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
		ASK(lseek(file, 0, SEEK_SET) == 0 && expect(file, 0));
	}
	ASK(run_static("expect", file, 1) == 0);
	close(file);
	return true;
}

void test_signals(bool trap)
{
	if (trap) {
		TEST("a handler inside an operation", trapped(false));
		TEST("where the position is shared", trapped(true));
		TEST("a handler that leaves by siglongjmp", jumped());
		return;
	}
	TEST("a handler writes as its thread does", storm("storm", 100));
	TEST("a handler reads as its thread does", rain());
	TEST("cancelled threads", cancelled());
}
